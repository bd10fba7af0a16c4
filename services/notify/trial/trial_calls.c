#include "subject_call.h"
#include "trial_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Calls -----------------------------------------------------------------------------------------*/

static size_t bucket_of(int agency_id, const char *incident_no, size_t count)
{
    uint32_t hash = 2166136261u ^ (uint32_t)agency_id;

    for (; *incident_no; incident_no++)
        hash = (hash ^ (unsigned char)*incident_no) * 16777619u;
    return hash % count;
}

int known_call_find(struct known_call **buckets, size_t count, struct row row,
                    struct known_call **call)
{
    const char *incident_no = row_text(row, "incident_no");
    int agency_id = (int)row_int(row, "agency_id"), school_id = (int)row_int(row, "school_id");
    struct known_call **first = &buckets[bucket_of(agency_id, incident_no, count)];

    for (*call = *first; *call; *call = (*call)->next)
        if ((*call)->agency_id == agency_id && (*call)->call.school_id == school_id &&
            strcmp((*call)->incident_no, incident_no) == 0)
            return 0;
    struct known_call *made = calloc(1, sizeof *made);
    char *copy = strdup(incident_no);
    if (!made || !copy) {
        free(made);
        free(copy);
        return ERR_NOMEM;
    }
    *made = (struct known_call){.next = *first,
                                .agency_id = agency_id,
                                .incident_no = copy,
                                .call = {.school_id = school_id},
                                .alert = {.round = 1}};
    *call = *first = made;
    return 0;
}

/* What the call points to outlives the row. */
static const char *keep(char *to, size_t size, const char *text)
{
    snprintf(to, size, "%s", text);
    return to;
}

void known_call_read(struct known_call *call, struct row row)
{
    struct call *c = &call->call;

    subject_call_read(row, c, &call->now);
    c->class = keep(call->class, sizeof call->class, c->class);
    c->type = keep(call->type, sizeof call->type, c->type);
    c->disposition = keep(call->disposition, sizeof call->disposition, c->disposition);
    c->relation = keep(call->relation, sizeof call->relation, c->relation);
    call->opened_us = row_int(row, "opened") * 1000000;
}

static void free_call(struct known_call *call)
{
    free(call->incident_no);
    free(call->tellings);
    free(call->waiting);
    free(call);
}

void known_call_drop(struct known_call **buckets, size_t count, struct known_call *call)
{
    struct known_call **at = &buckets[bucket_of(call->agency_id, call->incident_no, count)];

    while (*at != call)
        at = &(*at)->next;
    *at = call->next;
    free_call(call);
}

void known_call_drop_all(struct known_call **buckets, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (struct known_call *call = buckets[i], *next; call; call = next) {
            next = call->next;
            free_call(call);
        }
    memset(buckets, 0, count * sizeof(struct known_call *));
}

/* Budgets ---------------------------------------------------------------------------------------*/

struct spent {
    struct spent *next;
    int agency_id, school_id;
    int64_t *at_us; /* in order */
    size_t count;
};

static struct spent *spent_find(struct spent *list, const struct known_call *call)
{
    while (list && (list->agency_id != call->agency_id || list->school_id != call->call.school_id))
        list = list->next;
    return list;
}

size_t spent_count(const struct spent *list, const struct known_call *call, int64_t since_us)
{
    const struct spent *spent = spent_find((struct spent *)list, call);
    size_t count = 0;

    for (size_t i = 0; spent && i < spent->count; i++)
        count += spent->at_us[i] > since_us;
    return count;
}

int spent_add(struct spent **list, const struct known_call *call, int64_t at_us, int64_t since_us)
{
    struct spent *spent = spent_find(*list, call);
    size_t left = 0;

    if (!spent) {
        spent = calloc(1, sizeof *spent);
        if (!spent)
            return ERR_NOMEM;
        *spent = (struct spent){
            .next = *list, .agency_id = call->agency_id, .school_id = call->call.school_id};
        *list = spent;
    }
    for (size_t i = 0; i < spent->count; i++)
        if (spent->at_us[i] > since_us)
            spent->at_us[left++] = spent->at_us[i];
    spent->count = left;
    int64_t *more = realloc(spent->at_us, (left + 1) * sizeof *more);
    if (!more)
        return ERR_NOMEM;
    spent->at_us = more;
    more[spent->count++] = at_us;
    return 0;
}

void spent_free(struct spent *list)
{
    while (list) {
        struct spent *next = list->next;

        free(list->at_us);
        free(list);
        list = next;
    }
}
