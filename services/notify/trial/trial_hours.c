#include "trial_private.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct hours *find(struct hours *list, size_t count, const char *from, const char *to)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i].from, from) == 0 && strcmp(list[i].to, to) == 0)
            return &list[i];
    return NULL;
}

int hours_add(struct hours **list, size_t *count, const char *from, const char *to, size_t *number)
{
    struct hours *there = find(*list, *count, from, to);

    if (!there) {
        struct hours *more = realloc(*list, (*count + 1) * sizeof *more);

        if (!more)
            return ERR_NOMEM;
        *list = more;
        there = &more[(*count)++];
        *there = (struct hours){.windows = NULL};
        snprintf(there->from, sizeof there->from, "%s", from);
        snprintf(there->to, sizeof there->to, "%s", to);
    }
    *number = (size_t)(there - *list);
    return 0;
}

char *hours_json(const struct hours *list, size_t count)
{
    json_t *all = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(all, json_pack("[ss]", list[i].from, list[i].to));
    char *text = json_dumps(all, JSON_COMPACT);
    json_decref(all);
    return text;
}

static int add_window(struct hours *hours, struct row row)
{
    struct quiet_window *more = realloc(hours->windows, (hours->count + 1) * sizeof *more);

    if (!more)
        return ERR_NOMEM;
    hours->windows = more;
    more[hours->count++] = (struct quiet_window){.from_us = row_int(row, "begins_us"),
                                                 .to_us = row_int(row, "ends_us")};
    return 0;
}

int hours_take(struct hours *list, size_t count, PGresult *moments, struct row_gap *gap)
{
    int rc = 0;

    for (int i = 0; i < PQntuples(moments) && rc == 0; i++) {
        struct row row = {moments, i, gap};
        struct hours *hours =
            find(list, count, row_text(row, "from_time"), row_text(row, "to_time"));

        if (hours)
            rc = add_window(hours, row);
    }
    return rc;
}

void hours_around(const struct hours *hours, int64_t at_us, struct quiet *quiet)
{
    size_t low = 0, high = hours->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (hours->windows[middle].to_us <= at_us)
            low = middle + 1;
        else
            high = middle;
    }
    quiet->count = 0;
    while (low < hours->count && quiet->count < QUIET_WINDOWS)
        quiet->windows[quiet->count++] = hours->windows[low++];
}

void hours_free(struct hours *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(list[i].windows);
    free(list);
}
