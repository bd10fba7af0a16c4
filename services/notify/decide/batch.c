#include "batch.h"

#include "channel.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const hours_words[] =
    {[RULE_ANY_TIME] = "any", [RULE_SCHOOL_HOURS] = "school", [RULE_OUTSIDE_HOURS] = "outside"};

static enum rule_hours hours_of(const char *word)
{
    for (int i = RULE_OUTSIDE_HOURS; i > RULE_ANY_TIME; i--)
        if (strcmp(hours_words[i], word) == 0)
            return (enum rule_hours)i;
    return RULE_ANY_TIME;
}

/* The array of a column; NULL: it is null. */
static json_t *array_of(struct row row, const char *column)
{
    return row_null(row, column) ? NULL : json_loads(row_text(row, column), 0, NULL);
}

static int take_numbers(struct row row, const char *column, struct numbers *list)
{
    json_t *array = array_of(row, column);
    size_t count = json_array_size(array);

    list->number = array ? calloc(count + 1, sizeof *list->number) : NULL;
    for (size_t i = 0; list->number && i < count; i++)
        list->number[list->count++] = (int)json_integer_value(json_array_get(array, i));
    json_decref(array);
    return array && !list->number ? ERR_NOMEM : 0;
}

static int take_words(struct row row, const char *column, struct words *list)
{
    json_t *array = array_of(row, column);
    size_t count = json_array_size(array);

    list->word = array ? calloc(count + 1, sizeof *list->word) : NULL;
    for (size_t i = 0; list->word && i < count; i++) {
        const char *word = json_string_value(json_array_get(array, i));
        snprintf(list->word[list->count++], sizeof *list->word, "%s", word ? word : "");
    }
    json_decref(array);
    return array && !list->word ? ERR_NOMEM : 0;
}

static int64_t moment_of(const struct batch *batch, const json_t *seconds)
{
    return batch->now_us + (int64_t)(json_number_value(seconds) * 1e6);
}

/* Quiet hours, as notify.quiet_windows gives them. */
static void take_quiet(const struct batch *batch, struct row row, struct quiet *quiet)
{
    json_t *array = array_of(row, "quiet");

    quiet->priority = (int)row_int(row, "quiet_priority");
    for (size_t i = 0; i < json_array_size(array) && i < QUIET_WINDOWS; i++) {
        const json_t *window = json_array_get(array, i);

        quiet->windows[quiet->count++] =
            (struct quiet_window){.from_us = moment_of(batch, json_array_get(window, 0)),
                                  .to_us = moment_of(batch, json_array_get(window, 1))};
    }
    json_decref(array);
}

/* A column of flags for each channel, by its name after a prefix. */
static unsigned channels_of(struct row row, const char *prefix)
{
    char column[32];
    unsigned set = 0;

    for (size_t i = 0; i < CHANNELS; i++) {
        snprintf(column, sizeof column, "%s%s", prefix, channels[i]->name);
        if (row_flag(row, column))
            set |= channels[i]->bit;
    }
    return set;
}

static int take_lists(struct row row, struct rule *rule)
{
    const struct {
        const char *column;
        struct words *words;
        struct numbers *numbers;
    } lists[] = {
        {"schools", NULL, &rule->schools},           {"weekdays", NULL, &rule->weekdays},
        {"classes", &rule->classes, NULL},           {"types", &rule->types, NULL},
        {"dispositions", &rule->dispositions, NULL}, {"relations", &rule->relations, NULL},
    };
    int rc = 0;

    for (size_t i = 0; i < sizeof lists / sizeof *lists && rc == 0; i++)
        rc = lists[i].words ? take_words(row, lists[i].column, lists[i].words)
                            : take_numbers(row, lists[i].column, lists[i].numbers);
    return rc;
}

static int take_rule(const struct batch *batch, struct row row, struct rule *rule)
{
    *rule = (struct rule){
        .district_id = (int)row_int(row, "district_id"),
        .rule_id = (int)row_int(row, "rule_id"),
        .within_m = row_null(row, "within_m") ? -1 : (int)row_int(row, "within_m"),
        .min_priority = (int)row_int(row, "min_priority"),
        .hours = hours_of(row_text(row, "hours")),
        .channels = channels_of(row, ""),
        .sealed = row_flag(row, "sealed"),
        .escalate_s = (int)row_int(row, "escalate_s"),
        .max_age_s = (int)row_int(row, "max_age_s"),
        .again_priority = (int)row_int(row, "again_priority"),
        .acks = (int)row_int(row, "acks"),
        .stops = row_flag(row, "stops"),
        .material = row_flag(row, "material"),
        .digest = row_flag(row, "digest"),
    };
    take_quiet(batch, row, &rule->quiet);
    return take_lists(row, rule);
}

int batch_take_rules(struct batch *batch, PGresult *result)
{
    int count = PQntuples(result);
    int rc = 0;

    batch->rules = calloc((size_t)count + 1, sizeof *batch->rules);
    if (!batch->rules)
        return ERR_NOMEM;
    for (int i = 0; i < count && rc == 0; i++)
        rc = take_rule(batch, (struct row){result, i, &batch->gap},
                       &batch->rules[batch->rule_count++]);
    return rc;
}

int batch_take_contacts(struct batch *batch, PGresult *result)
{
    int count = PQntuples(result);

    batch->contacts = calloc((size_t)count + 1, sizeof *batch->contacts);
    if (!batch->contacts)
        return ERR_NOMEM;
    batch->contact_count = (size_t)count;
    for (int i = 0; i < count; i++) {
        struct row row = {result, i, &batch->gap};

        batch->contacts[i] = (struct batch_contact){
            .district_id = (int)row_int(row, "district_id"),
            .school_id = (int)row_int(row, "school_id"),
            .contact = {.contact_id = (int)row_int(row, "contact_id"),
                        .person_id = (int)row_int(row, "person_id"),
                        .step = (int)row_int(row, "step"),
                        .sealed = row_flag(row, "sealed"),
                        .channels = channels_of(row, ""),
                        .opted_out = channels_of(row, "no_more_")},
        };
        take_quiet(batch, row, &batch->contacts[i].contact.quiet);
    }
    return 0;
}

struct contact *batch_contacts_of(const struct batch *batch, int district_id, int school_id,
                                  size_t *count)
{
    struct contact *found = calloc(batch->contact_count + 1, sizeof *found);

    *count = 0;
    for (size_t i = 0; found && i < batch->contact_count; i++)
        if (batch->contacts[i].district_id == district_id &&
            batch->contacts[i].school_id == school_id)
            found[(*count)++] = batch->contacts[i].contact;
    return found;
}

void batch_take_providers(struct batch *batch, PGresult *result)
{
    for (int i = 0; i < PQntuples(result); i++) {
        struct row row = {result, i, &batch->gap};
        const struct channel *channel = channel_named(row_text(row, "channel"));

        if (channel)
            batch->available[row_flag(row, "replay") ? LANE_REPLAY : LANE_LIVE] |= channel->bit;
    }
}

int batch_take_tellings(struct batch *batch, PGresult *result)
{
    int count = PQntuples(result);

    batch->tellings = calloc((size_t)count + 1, sizeof *batch->tellings);
    if (!batch->tellings)
        return ERR_NOMEM;
    for (int i = 0; i < count; i++) {
        struct row row = {result, i, &batch->gap};
        struct batch_telling *t = &batch->tellings[batch->telling_count];

        *t = (struct batch_telling){
            .district_id = (int)row_int(row, "district_id"),
            .alert_id = row_int(row, "alert_id"),
            .contact_id = (int)row_int(row, "contact_id"),
            .round = (int)row_int(row, "round"),
            .channel = channel_named(row_text(row, "channel")),
            .unknown = row_flag(row, "unknown"),
            .repeated = row_flag(row, "repeated"),
            .waiting = row_flag(row, "waiting"),
            .failed = row_flag(row, "failed"),
            .delivery_id = row_int(row, "delivery_id"),
            .ended_us = row_int(row, "ended_us"),
        };
        if (!t->channel) /* of a newer program */
            continue;
        batch->telling_count++;
        if (!row_null(row, "said") && !(t->said = strdup(row_text(row, "said"))))
            return ERR_NOMEM;
        if (t->failed && !row_null(row, "tried") && !(t->tried = strdup(row_text(row, "tried"))))
            return ERR_NOMEM;
    }
    return 0;
}

const struct batch_telling *batch_tellings_of(const struct batch *batch, int district_id,
                                              int64_t alert_id, size_t *count)
{
    size_t first = 0;

    while (first < batch->telling_count && (batch->tellings[first].district_id != district_id ||
                                            batch->tellings[first].alert_id != alert_id))
        first++;
    size_t end = first;
    while (end < batch->telling_count && batch->tellings[end].district_id == district_id &&
           batch->tellings[end].alert_id == alert_id)
        end++;
    *count = end - first;
    return batch->tellings + first;
}

int batch_touch(struct batch *batch, int district_id, int64_t alert_id)
{
    for (size_t i = 0; i < batch->touched_count; i++)
        if (batch->touched[i].district_id == district_id && batch->touched[i].alert_id == alert_id)
            return 0;
    struct touched *more =
        realloc(batch->touched, (batch->touched_count + 1) * sizeof *batch->touched);
    if (!more)
        return ERR_NOMEM;
    batch->touched = more;
    more[batch->touched_count++] = (struct touched){district_id, alert_id};
    return 0;
}

void batch_clear(struct batch *batch)
{
    for (size_t i = 0; i < batch->rule_count; i++)
        rule_free(&batch->rules[i]);
    free(batch->rules);
    free(batch->contacts);
    for (size_t i = 0; i < batch->telling_count; i++) {
        free(batch->tellings[i].said);
        free(batch->tellings[i].tried);
    }
    free(batch->tellings);
    free(batch->touched);
    free(batch->keys);
    memset(batch, 0, sizeof *batch);
}
