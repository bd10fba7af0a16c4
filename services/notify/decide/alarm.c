#include "alarm.h"

#include <jansson.h>
#include <stdlib.h>

/* Facts -----------------------------------------------------------------------------------------*/

bool alarm_has(const struct alarm_ids *ids, int64_t id)
{
    for (size_t i = 0; i < ids->count; i++)
        if (ids->id[i] == id)
            return true;
    return false;
}

/* Each of the one is in the other. */
static bool covers(const struct alarm_ids *all, const struct alarm_ids *some)
{
    for (size_t i = 0; i < some->count; i++)
        if (!alarm_has(all, some->id[i]))
            return false;
    return true;
}

bool alarm_has_news(const struct alarm_facts *said, const struct alarm_facts *now)
{
    return !covers(&said->open, &now->open) || !covers(&now->open, &said->open) ||
           !covers(&said->notices, &now->notices);
}

static int take_ids(const json_t *list, struct alarm_ids *ids)
{
    ids->id = calloc(json_array_size(list) + 1, sizeof *ids->id);
    if (!ids->id)
        return ERR_NOMEM;
    for (size_t i = 0; i < json_array_size(list); i++)
        ids->id[ids->count++] = json_integer_value(json_array_get(list, i));
    return 0;
}

int alarm_facts_decode(const char *json, struct alarm_facts *facts)
{
    json_t *document = json_loads(json, 0, NULL);
    const json_t *said = json_object_get(document, "now");
    const json_t *from = said ? said : document;
    int rc;

    *facts = (struct alarm_facts){0};
    rc = take_ids(json_object_get(from, "open"), &facts->open);
    if (rc == 0)
        rc = take_ids(json_object_get(from, "notices"), &facts->notices);
    facts->severity = (int)json_integer_value(json_object_get(from, "severity"));
    json_decref(document);
    return rc;
}

static json_t *ids_json(const struct alarm_ids *ids)
{
    json_t *list = json_array();

    for (size_t i = 0; list && i < ids->count; i++)
        json_array_append_new(list, json_integer(ids->id[i]));
    return list;
}

char *alarm_facts_encode(const struct alarm_facts *facts)
{
    json_t *document = json_pack("{s:{s:o, s:o, s:i}}", "now", "open", ids_json(&facts->open),
                                 "notices", ids_json(&facts->notices), "severity", facts->severity);
    char *text = document ? json_dumps(document, JSON_COMPACT) : NULL;

    json_decref(document);
    return text;
}

void alarm_facts_free(struct alarm_facts *facts)
{
    free(facts->open.id);
    free(facts->notices.id);
    *facts = (struct alarm_facts){0};
}

/* The plan --------------------------------------------------------------------------------------*/

static const struct alarm_telling *telling_of(const struct alarm_input *in, int contact_id,
                                              const struct channel *channel)
{
    for (size_t i = 0; i < in->telling_count; i++)
        if (in->tellings[i].contact_id == contact_id && in->tellings[i].channel == channel)
            return &in->tellings[i];
    return NULL;
}

/* All of his channels; of the roster alone by e-mail, if he has it. */
static unsigned channels_for(const struct alarm_input *in, const struct contact *contact)
{
    unsigned may = contact->channels & in->available;
    unsigned letters = 0;

    for (size_t c = 0; c < CHANNELS; c++)
        if (!channels[c]->brief)
            letters |= channels[c]->bit;
    return in->roster && may & letters ? may & letters : may;
}

/* Whether something is to be said, and what; due_us is when, if nothing was said lately. */
static bool wanted(const struct alarm_input *in, const struct alarm_telling *telling,
                   bool acknowledged, struct wish *wish)
{
    bool told = telling && telling->told;
    int64_t rest_us = telling && telling->failed ? in->repeat_us : in->every_us;

    if (!told && in->now.open.count == 0 && in->now.notices.count == 0)
        return false;
    if (!told) {
        wish->kind = MESSAGE_FIRST;
        wish->due_us = telling && telling->failed ? telling->ended_us + rest_us : in->now_us;
    } else if (alarm_has_news(&telling->said, &in->now)) {
        wish->kind = in->now.open.count ? MESSAGE_UPDATE : MESSAGE_CLOSED;
        wish->due_us = telling->ended_us + rest_us;
        if (!telling->failed && in->now.severity > telling->said.severity)
            wish->due_us = in->now_us;
    } else {
        wish->kind = MESSAGE_FIRST;
        wish->due_us = telling->ended_us + (in->lost ? in->every_us : in->repeat_us);
        return in->now.open.count && !acknowledged;
    }
    return true;
}

static void tell(const struct alarm_input *in, const struct contact *contact, bool acknowledged,
                 struct plan *plan)
{
    unsigned by = channels_for(in, contact);

    for (size_t c = 0; c < CHANNELS; c++) {
        struct wish wish = {.contact_id = contact->contact_id,
                            .channel = channels[c],
                            .step = 1,
                            .lane = in->roster ? LANE_LATER : LANE_URGENT};

        if (!(by & channels[c]->bit) ||
            !wanted(in, telling_of(in, contact->contact_id, channels[c]), acknowledged, &wish))
            continue;
        if (wish.due_us < in->now_us)
            wish.due_us = in->now_us;
        plan->wishes[plan->wish_count++] = wish;
    }
}

int alarm_plan(const struct alarm_input *in, struct plan *plan)
{
    bool asks_anew = in->newer || in->lost;
    bool acknowledged = in->exists && in->acknowledged && !asks_anew;

    *plan = (struct plan){.acks = 1, .new_round = in->exists && in->acknowledged && asks_anew};
    plan->wishes = calloc(in->contact_count * CHANNELS + 1, sizeof *plan->wishes);
    if (!plan->wishes)
        return ERR_NOMEM;
    for (size_t i = 0; i < in->contact_count; i++)
        tell(in, &in->contacts[i], acknowledged, plan);
    plan->state = in->now.open.count == 0 ? "closed" : acknowledged ? "acknowledged" : "open";
    plan->why = acknowledged ? REASON_ACKNOWLEDGED : REASON_NOTHING_NEW;
    plan->act = in->exists ? PLAN_UPDATE : plan->wish_count ? PLAN_OPEN : PLAN_NOTHING;
    return 0;
}
