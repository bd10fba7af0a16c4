#include "subject_call.h"

#include "call_plan.h"
#include "channel.h"
#include "message.h"
#include "statements.h"
#include "when.h"
#include "wording.h"

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

/* A notice, and what it borrows beside the row. */
struct saying {
    struct notice notice;
    struct when when;
    struct wording wording;
};

static void read_texts(struct row row, struct notice *n)
{
    n->school = row_text(row, "school");
    n->district = row_text(row, "district");
    n->agency = row_text(row, "agency");
    n->incident_no = row_text(row, "incident_no");
    n->class_name = row_text(row, "class_name");
    n->type_name = row_text(row, "type_name");
    n->disposition = row_text(row, "disposition");
    n->disposition_code = row_text(row, "disposition_code");
    n->address = row_text(row, "address");
    n->place_name = row_text(row, "place_name");
    n->method = row_text(row, "method");
    n->others = row_text(row, "others");
}

static void read_when(struct row row, struct saying *saying)
{
    struct notice *n = &saying->notice;
    const struct when_form form = {.language = n->words.language,
                                   .hours24 = row_flag(row, "hours24"),
                                   .zone = row_text(row, "zone")};

    when_write(&saying->when, &form, n->content.opened, n->content.now.closed_at,
               row_int(row, "now"));
    n->opened_time = saying->when.opened_time;
    n->opened_day = saying->when.opened_day;
    n->opened_date = saying->when.opened_date;
    n->closed_time = saying->when.closed_time;
}

static int read_notice(struct row row, const char *link, struct saying *saying)
{
    struct notice *n = &saying->notice;
    int rc = wording_read(&saying->wording, row_text(row, "language"), row_text(row, "templates"));

    if (rc != 0)
        return rc;
    *n = (struct notice){
        .words = saying->wording.words,
        .kind = message_kind_of(row_text(row, "kind")),
        .replay = strcmp(row_text(row, "mode"), "replay") == 0,
        .wave = (int)row_int(row, "wave"),
        .distance_m = (int)row_int(row, "distance_m"),
        .link = link,
    };
    rc = content_decode(row_text(row, "content"), &n->content);
    read_texts(row, n);
    read_when(row, saying);
    /* The incident may have been sealed or restricted since the delivery was written. */
    enum facts_sensitivity today = facts_sensitivity_of(row_text(row, "sensitivity"));
    if (rc == 0 && today > n->content.now.sensitivity)
        n->content.now.sensitivity = today;
    return rc;
}

static int write_letter(const struct notice *notice, struct parcel *p)
{
    p->subject = message_subject(notice);
    p->text = message_text(notice);
    p->html = message_html(notice);
    return p->subject && p->text && p->html ? 0 : ERR_NOMEM;
}

static int compose_call(struct row row, const char *link, struct parcel *p, bool *news)
{
    struct saying saying = {0};
    const struct notice *notice = &saying.notice;
    int rc = read_notice(row, link, &saying);

    if (rc != 0)
        goto out;
    *news = message_has_news(notice, p->channel->brief != NULL);
    if (!*news)
        goto out;
    p->important |= notice->asks_again;
    if (p->channel->brief)
        message_brief(notice, p->channel->brief, p->brief);
    else
        rc = write_letter(notice, p);
out:
    wording_free(&saying.wording);
    return rc;
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
