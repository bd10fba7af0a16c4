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

/* A JSON array of numbers or words into the rule; null leaves it NULL: all. */
static int take_list(const char *text, struct rule *rule, bool of_schools)
{
    json_t *list = text[0] ? json_loads(text, 0, NULL) : NULL;
    size_t count = json_array_size(list);
    int rc = 0;

    if (!list)
        return 0;
    if (of_schools) {
        rule->schools = calloc(count + 1, sizeof *rule->schools);
        rule->school_count = count;
        for (size_t i = 0; rule->schools && i < count; i++)
            rule->schools[i] = (int)json_integer_value(json_array_get(list, i));
        rc = rule->schools ? 0 : ERR_NOMEM;
    } else {
        rule->classes = calloc(count + 1, sizeof *rule->classes);
        rule->class_count = count;
        for (size_t i = 0; rule->classes && i < count; i++) {
            const char *word = json_string_value(json_array_get(list, i));
            snprintf(rule->classes[i], sizeof rule->classes[i], "%s", word ? word : "");
        }
        rc = rule->classes ? 0 : ERR_NOMEM;
    }
    json_decref(list);
    return rc;
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

int batch_take_rules(struct batch *batch, PGresult *result)
{
    int count = PQntuples(result);
    int rc = 0;

    batch->rules = calloc((size_t)count + 1, sizeof *batch->rules);
    if (!batch->rules)
        return ERR_NOMEM;
    for (int i = 0; i < count && rc == 0; i++) {
        struct row row = {result, i};
        struct rule *rule = &batch->rules[batch->rule_count++];

        rule->district_id = (int)row_int(row, "district_id");
        rule->rule_id = (int)row_int(row, "rule_id");
        rule->min_priority = (int)row_int(row, "min_priority");
        rule->hours = hours_of(row_text(row, "hours"));
        rule->channels = channels_of(row, "");
        rule->sealed = row_flag(row, "sealed");
        rule->escalate_s = (int)row_int(row, "escalate_s");
        rule->max_age_s = (int)row_int(row, "max_age_s");
        rule->again_priority = (int)row_int(row, "again_priority");
        rule->acks = (int)row_int(row, "acks");
        rc = take_list(row_text(row, "schools"), rule, true);
        if (rc == 0)
            rc = take_list(row_text(row, "classes"), rule, false);
    }
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
        struct row row = {result, i};

        batch->contacts[i] = (struct batch_contact){
            .district_id = (int)row_int(row, "district_id"),
            .school_id = (int)row_int(row, "school_id"),
            .contact = {.contact_id = (int)row_int(row, "contact_id"),
                        .wave = (int)row_int(row, "wave"),
                        .sealed = row_flag(row, "sealed"),
                        .channels = channels_of(row, ""),
                        .opted_out = channels_of(row, "no_more_")},
        };
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
        struct row row = {result, i};
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
        struct row row = {result, i};
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
