#include "subject_drill.h"

#include "drill.h"
#include "statements.h"
#include "when.h"
#include "wording.h"

#include <stdlib.h>
#include <string.h>

/* Deciding --------------------------------------------------------------------------------------*/

static int plan_drill(struct row row, const struct batch *batch, const struct settings *settings,
                      struct plan *plan)
{
    int district_id = (int)row_int(row, "district_id");
    struct drill_input in = {.exists = !row_null(row, "alert_id"),
                             .available = batch->available[LANE_LIVE],
                             .now_us = batch->now_us};
    const struct batch_telling *tellings =
        batch_tellings_of(batch, district_id, row_int(row, "alert_id"), &in.waiting_count);
    struct contact *contacts =
        batch_contacts_of(batch, district_id, (int)row_int(row, "drill_id"), &in.contact_count);
    struct drill_waiting *waiting = calloc(in.waiting_count + 1, sizeof *waiting);
    int rc = contacts && waiting ? 0 : ERR_NOMEM;

    (void)settings;
    for (size_t i = 0; rc == 0 && i < in.waiting_count; i++)
        waiting[i] = (struct drill_waiting){tellings[i].contact_id, tellings[i].channel};
    in.contacts = contacts;
    in.waiting = waiting;
    if (rc == 0)
        rc = drill_plan(&in, plan);
    free(contacts);
    free(waiting);
    return rc;
}

/* Saying ----------------------------------------------------------------------------------------*/

/* An alert of a call of which nothing is known, marked as a drill. */
static void read_notice(struct row row, const char *link, struct notice *n)
{
    *n = (struct notice){
        .words = n->words,
        .kind = MESSAGE_FIRST,
        .drill = true,
        .content = {.now = {.status = FACTS_OPEN, .relation = "at"},
                    .opened = row_int(row, "opened")},
        .school = row_text(row, "school"),
        .district = row_text(row, "district"),
        .agency = "",
        .incident_no = "",
        .class_name = "",
        .type_name = "",
        .disposition = "",
        .disposition_code = "",
        .address = "",
        .place_name = "",
        .method = "",
        .distance_m = -1,
        .others = "",
        .link = link,
    };
    n->content.first = n->content.now;
}

static int write_message(const struct notice *n, struct parcel *p)
{
    p->content = content_encode(&n->content);
    if (p->channel->brief) {
        message_brief(n, p->channel->brief, p->brief);
        return p->content ? 0 : ERR_NOMEM;
    }
    p->subject = message_subject(n);
    p->text = message_text(n);
    p->html = message_html(n);
    return p->content && p->subject && p->text && p->html ? 0 : ERR_NOMEM;
}

static int compose_drill(struct row row, const char *link, struct parcel *p, enum reason *why)
{
    struct wording wording;
    struct when when;
    int rc = wording_read(&wording, row_text(row, "language"), row_text(row, "templates"));
    struct notice notice = {.words = wording.words};
    const struct when_form form = {.language = wording.words.language,
                                   .hours24 = row_flag(row, "hours24"),
                                   .zone = row_text(row, "zone")};

    if (rc != 0)
        goto out;
    *why = reason_of(row_text(row, "withheld"));
    if (*why)
        goto out;
    read_notice(row, link, &notice);
    notice.answers = p->answers;
    when_write(&when, &form, notice.content.opened, 0, row_int(row, "now"));
    notice.opened_time = when.opened_time;
    notice.opened_day = when.opened_day;
    notice.opened_date = when.opened_date;
    notice.closed_time = when.closed_time;
    p->kind = message_kind_name(MESSAGE_FIRST);
    rc = write_message(&notice, p);
out:
    wording_free(&wording);
    return rc;
}

const struct subject_kind subject_drill = {
    .name = "drill",
    .statements = subject_drill_statements,
    .statement_count = &subject_drill_statement_count,
    .opened_counter = "drills",
    .page = "c",
    .claim = "drill_claim",
    .locks = {"subject_lock", "subject_alerts", "subject_waiting"},
    .contacts = "drill_contacts",
    .tellings = "drill_tellings",
    .state = "drill_state",
    .open = "drill_open",
    .aside = "drill_aside",
    .due = "drill_due",
    .plan = plan_drill,
    .compose = compose_drill,
};
