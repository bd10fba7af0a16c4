#include "subject_storm.h"

#include "reconcile.h"
#include "statements.h"
#include "storm.h"
#include "subject_call.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void read_facts(struct row row, struct facts *f)
{
    *f = (struct facts){.calls = (int)row_int(row, "calls"),
                        .severity = (int)row_int(row, "severity"),
                        .sensitivity = row_flag(row, "sealed") ? FACTS_SEALED : FACTS_SAY_ALL};
    f->status = f->calls == 0 ? FACTS_CANCELLED : row_flag(row, "over") ? FACTS_CLOSED : FACTS_OPEN;
}

/* Deciding --------------------------------------------------------------------------------------*/

static const char *text_of(const json_t *call, const char *name)
{
    const char *text = json_string_value(json_object_get(call, name));

    return text ? text : "";
}

static int number_of(const json_t *call, const char *name)
{
    return (int)json_integer_value(json_object_get(call, name));
}

/* Its texts are borrowed from item. */
static struct call call_of(struct row row, const json_t *item)
{
    return (struct call){
        .district_id = (int)row_int(row, "district_id"),
        .school_id = (int)row_int(row, "school_id"),
        .mode = CALL_LIVE,
        .sensitivity = facts_sensitivity_of(text_of(item, "sensitivity")),
        .class = text_of(item, "class"),
        .type = text_of(item, "type"),
        .disposition = text_of(item, "disposition"),
        .relation = text_of(item, "relation"),
        .distance_m = number_of(item, "distance_m"),
        .weekday = number_of(item, "weekday"),
        .priority = number_of(item, "priority"),
        .in_school_hours = json_is_true(json_object_get(item, "in_school_hours")),
        .age_s = number_of(item, "age_s"),
    };
}

/* The calls of a row of state, as a new array; NULL without memory. */
static struct call *calls_of(struct row row, const json_t *called)
{
    size_t count = json_array_size(called);
    struct call *calls = calloc(count + 1, sizeof *calls);

    for (size_t i = 0; calls && i < count; i++)
        calls[i] = call_of(row, json_array_get(called, i));
    return calls;
}

/* A digest that nobody could be told yet is told as soon as somebody can: until then its alert is
 * open, so that it is seen, and looked at as if it were not there. */
static int decide_digest(struct reconcile_input *in, struct plan *plan)
{
    bool opened = in->alert.exists;

    in->alert.exists = opened && in->telling_count > 0;
    int rc = reconcile(in, plan);
    storm_tell_once(plan);
    if (opened && plan->act != PLAN_NOTHING)
        plan->act = PLAN_UPDATE;
    if (plan->act == PLAN_NOBODY || (opened && !in->alert.exists && plan->wish_count == 0))
        plan->state = "open";
    return rc;
}

static int decide(struct row row, const struct batch *batch, const struct settings *settings,
                  struct storm_rules *rules, struct reconcile_input *in, struct plan *plan)
{
    struct contact *contacts =
        batch_contacts_of(batch, in->call.district_id, in->call.school_id, &in->contact_count);
    struct telling *tellings = subject_tellings_of(row, batch, &in->telling_count);
    struct hand_over *handed = subject_hand_overs_of(row, &in->alert.handed_count);
    int rc = ERR_NOMEM;

    in->contacts = contacts;
    in->tellings = tellings;
    in->alert.handed = handed;
    in->available = batch->available[LANE_LIVE];
    in->now_us = batch->now_us;
    in->unknown_us = settings->retry.unknown_s * INT64_C(1000000);
    if (!contacts || !tellings || !handed)
        goto out;
    if (row_flag(row, "digest")) {
        storm_wakes(rules, contacts, in->contact_count);
        rc = decide_digest(in, plan);
    } else {
        rc = reconcile(in, plan);
    }
out:
    free(handed);
    free(contacts);
    free(tellings);
    return rc;
}

static int plan_storm(struct row row, const struct batch *batch, const struct settings *settings,
                      struct plan *plan)
{
    struct reconcile_input in = {0};
    json_t *called = json_loads(row_text(row, "called"), 0, NULL);
    size_t count = json_array_size(called);
    struct call *calls = calls_of(row, called);
    struct storm_rules rules =
        storm_rules_of(batch->rules, batch->rule_count, calls, calls ? count : 0);
    int rc = ERR_NOMEM;

    if (!called || !calls || !rules.rules)
        goto out;
    read_facts(row, &in.now);
    subject_read_alert(row, &in.alert);
    in.call = storm_call_of((int)row_int(row, "district_id"), (int)row_int(row, "school_id"),
                            row_flag(row, "sealed"), calls, count);
    in.rules = rules.rules;
    in.rule_count = rules.count;
    in.now.severity = rules_severity(in.rules, in.rule_count, &in.call, in.alert.severity);
    rc = decide(row, batch, settings, &rules, &in, plan);
out:
    free(rules.rules);
    free(calls);
    json_decref(called);
    return rc;
}

/* Saying ----------------------------------------------------------------------------------------*/

static void read_parts(struct row row, struct notice *n)
{
    json_t *list = json_loads(row_text(row, "by_class"), 0, NULL);

    for (size_t i = 0; i < json_array_size(list) && n->part_count < NOTICE_PARTS; i++) {
        const json_t *part = json_array_get(list, i);
        const char *class = json_string_value(json_array_get(part, 0));
        struct notice_part *to = &n->parts[n->part_count++];

        snprintf(to->class, sizeof to->class, "%s", class ? class : "");
        to->calls = (int)json_integer_value(json_array_get(part, 1));
    }
    json_decref(list);
}

static void read_texts(struct row row, struct notice *n)
{
    n->summary = true;
    n->digest = row_flag(row, "digest");
    n->distance_m = -1;
    n->agency = n->incident_no = n->class_name = n->type_name = "";
    n->disposition = n->disposition_code = n->address = n->place_name = "";
    n->method = n->also = n->others = n->holders = n->handed_by = "";
    read_parts(row, n);
}

static int compose_storm(struct row row, const char *link, struct parcel *p, enum reason *why)
{
    static const struct subject_facts facts = {read_facts, read_texts};

    int rc = subject_compose(row, &facts, link, p, why);
    if (row_flag(row, "digest"))
        p->important = false;
    return rc;
}

const struct subject_kind subject_storm = {
    .name = "storm",
    .statements = subject_storm_statements,
    .statement_count = &subject_storm_statement_count,
    .opened_counter = "alerts",
    .page = "a",
    .claim = "storm_claim",
    .locks = {"storm_count", "storm_alerts", "storm_waiting"},
    .contacts = "storm_contacts",
    .tellings = "storm_tellings",
    .state = "storm_state",
    .open = "storm_open",
    .aside = "storm_aside",
    .due = "storm_due",
    .plan = plan_storm,
    .compose = compose_storm,
};
