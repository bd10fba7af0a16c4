#include "subject_call.h"

#include "call_plan.h"
#include "channel.h"
#include "message.h"
#include "statements.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Deciding --------------------------------------------------------------------------------------*/

static enum facts_status status_of(struct row row)
{
    if (row_flag(row, "entered_in_error"))
        return FACTS_ERROR;
    if (row_flag(row, "merged"))
        return FACTS_MERGED;
    if (row_text(row, "relation")[0] == '\0')
        return FACTS_ELSEWHERE;
    if (strcmp(row_text(row, "status"), "cancelled") == 0)
        return FACTS_CANCELLED;
    return strcmp(row_text(row, "status"), "closed") == 0 ? FACTS_CLOSED : FACTS_OPEN;
}

static void read_facts(struct row row, struct facts *f)
{
    f->status = status_of(row);
    f->sensitivity = facts_sensitivity_of(row_text(row, "sensitivity"));
    f->units = (int)row_int(row, "units");
    f->unit_state = facts_units_of(row_text(row, "unit_state"));
    f->closed_at = f->status == FACTS_CLOSED ? row_int(row, "closed_at") : 0;
    snprintf(f->class, sizeof f->class, "%s", row_text(row, "class"));
    snprintf(f->type, sizeof f->type, "%s", row_text(row, "type_code"));
    snprintf(f->relation, sizeof f->relation, "%s", row_text(row, "relation"));
    snprintf(f->place, sizeof f->place, "%s", row_text(row, "place"));
}

static void read_state(struct row row, struct call_plan_input *in)
{
    bool backfill = strcmp(row_text(row, "mode"), "backfill") == 0;

    memset(in, 0, sizeof *in);
    read_facts(row, &in->now);
    in->opened = row_int(row, "opened");
    in->call = (struct call){
        .district_id = (int)row_int(row, "district_id"),
        .school_id = (int)row_int(row, "school_id"),
        .mode = backfill                  ? CALL_BACKFILL
                : row_flag(row, "replay") ? CALL_REPLAY
                                          : CALL_LIVE,
        .sensitivity = in->now.sensitivity,
        .class = row_text(row, "class"),
        .priority = (int)row_int(row, "priority"),
        .in_school_hours = row_flag(row, "in_school_hours"),
        .age_s = row_int(row, "age_s"),
    };
    /* Nobody was told of one that is held back: it is looked at anew. */
    in->alert.exists = !row_null(row, "alert_id") && !row_flag(row, "held");
    if (!in->alert.exists)
        return;
    in->alert.replay = strcmp(row_text(row, "alert_mode"), "replay") == 0;
    in->alert.acknowledged = row_flag(row, "acknowledged");
    if (content_decode(row_text(row, "said"), &in->alert.said) != 0)
        in->alert.said = (struct content){.now = in->now, .first = in->now, .opened = in->opened};
}

static int plan_call(struct row row, const struct batch *batch, const struct settings *settings,
                     struct plan *plan)
{
    struct call_plan_input in;

    read_state(row, &in);
    bool replay = in.alert.exists ? in.alert.replay : in.call.mode == CALL_REPLAY;
    struct contact *contacts =
        batch_contacts_of(batch, in.call.district_id, in.call.school_id, &in.contact_count);
    in.contacts = contacts;
    in.rules = batch->rules;
    in.rule_count = batch->rule_count;
    in.available = channels_available(settings, replay ? LANE_REPLAY : LANE_LIVE);
    int rc = contacts ? call_plan_make(&in, plan) : ERR_NOMEM;
    free(contacts);
    return rc;
}

/* Saying ----------------------------------------------------------------------------------------*/

static int read_notice(struct row row, const char *link, struct notice *n)
{
    *n = (struct notice){
        .kind = message_kind_of(row_text(row, "kind")),
        .replay = strcmp(row_text(row, "mode"), "replay") == 0,
        .wave = (int)row_int(row, "wave"),
        .school = row_text(row, "school"),
        .district = row_text(row, "district"),
        .agency = row_text(row, "agency"),
        .incident_no = row_text(row, "incident_no"),
        .class_name = row_text(row, "class_name"),
        .type_name = row_text(row, "type_name"),
        .disposition = row_text(row, "disposition"),
        .address = row_text(row, "address"),
        .place_name = row_text(row, "place_name"),
        .method = row_text(row, "method"),
        .distance_m = (int)row_int(row, "distance_m"),
        .opened_time = row_text(row, "opened_time"),
        .opened_day = row_text(row, "opened_day"),
        .opened_date = row_text(row, "opened_date"),
        .closed_time = row_text(row, "closed_time"),
        .others = row_text(row, "others"),
        .link = link,
    };
    int rc = content_decode(row_text(row, "content"), &n->content);
    /* The incident may have been sealed or restricted since the delivery was written. */
    enum facts_sensitivity today = facts_sensitivity_of(row_text(row, "sensitivity"));
    if (rc == 0 && today > n->content.now.sensitivity)
        n->content.now.sensitivity = today;
    return rc;
}

static int compose_call(struct row row, const char *link, struct parcel *p, bool *news)
{
    struct notice notice;
    int rc = read_notice(row, link, &notice);

    if (rc != 0)
        return rc;
    *news = message_has_news(&notice, p->channel->brief != NULL);
    if (!*news)
        return 0;
    if (p->channel->brief) {
        message_brief(&notice, p->channel->brief, p->brief);
        return 0;
    }
    p->subject = message_subject(&notice);
    p->text = message_text(&notice);
    p->html = message_html(&notice);
    return p->subject && p->text && p->html ? 0 : ERR_NOMEM;
}

const struct subject_kind subject_call = {
    .name = "call",
    .statements = subject_call_statements,
    .statement_count = &subject_call_statement_count,
    .claim = "outbox_claim",
    .locks = {"outbox_lock", "outbox_budgets"},
    .contacts = "outbox_contacts",
    .state = "outbox_state",
    .open = "call_open",
    .aside = "outbox_aside",
    .due = "call_due",
    .plan = plan_call,
    .compose = compose_call,
};
