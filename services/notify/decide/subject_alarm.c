#include "subject_alarm.h"

#include "alarm.h"
#include "alarm_text.h"
#include "people_text.h"
#include "statements.h"
#include "when.h"
#include "wording.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Deciding --------------------------------------------------------------------------------------*/

static int take_telling(const struct batch_telling *from, struct alarm_telling *to)
{
    *to = (struct alarm_telling){
        .contact_id = from->contact_id,
        .channel = from->channel,
        .told = from->said != NULL,
        .failed = from->failed,
        .ended_us = from->ended_us,
    };
    return from->said ? alarm_facts_decode(from->said, &to->said) : 0;
}

static void tellings_free(struct alarm_telling *tellings, size_t count)
{
    for (size_t i = 0; tellings && i < count; i++)
        alarm_facts_free(&tellings[i].said);
    free(tellings);
}

/* NULL without memory. */
static struct alarm_telling *tellings_of(struct row row, const struct batch *batch, size_t *count)
{
    const struct batch_telling *first =
        batch_tellings_of(batch, (int)row_int(row, "district_id"), row_int(row, "alert_id"), count);
    struct alarm_telling *tellings = calloc(*count + 1, sizeof *tellings);
    int rc = tellings ? 0 : ERR_NOMEM;

    for (size_t i = 0; rc == 0 && i < *count; i++)
        rc = take_telling(&first[i], &tellings[i]);
    if (rc == 0)
        return tellings;
    tellings_free(tellings, *count);
    return NULL;
}

static int plan_alarm(struct row row, const struct batch *batch, const struct settings *settings,
                      struct plan *plan)
{
    struct alarm_input in = {.exists = !row_null(row, "alert_id"),
                             .acknowledged = row_flag(row, "acknowledged"),
                             .newer = row_flag(row, "newer"),
                             .lost = row_flag(row, "lost"),
                             .roster = row_flag(row, "roster"),
                             .available = batch->available[LANE_LIVE],
                             .now_us = batch->now_us,
                             .every_us = settings->alarm_every_s * INT64_C(1000000),
                             .repeat_us = settings->alarm_repeat_s * INT64_C(1000000)};
    struct contact *contacts =
        batch_contacts_of(batch, (int)row_int(row, "district_id"), 0, &in.contact_count);
    struct alarm_telling *tellings = tellings_of(row, batch, &in.telling_count);
    int rc = contacts && tellings ? alarm_facts_decode(row_text(row, "now"), &in.now) : ERR_NOMEM;

    in.contacts = contacts;
    in.tellings = tellings;
    if (rc == 0)
        rc = alarm_plan(&in, plan);
    alarm_facts_free(&in.now);
    tellings_free(tellings, in.telling_count);
    free(contacts);
    return rc;
}

/* Saying ----------------------------------------------------------------------------------------*/

enum { LINES_MOST = 40, TIME_SIZE = 96 };

/* What is said, and what it borrows beside the row. */
struct saying {
    struct alarm_facts now, last;
    bool told;
    struct wording wording;
    json_t *shown;
    struct alarm_line lines[LINES_MOST];
    char times[LINES_MOST][TIME_SIZE], since[LINES_MOST][TIME_SIZE], ended[LINES_MOST][TIME_SIZE];
    char holders[PEOPLE_SIZE];
    struct alarm_notice notice;
};

static void saying_free(struct saying *saying)
{
    alarm_facts_free(&saying->now);
    alarm_facts_free(&saying->last);
    wording_free(&saying->wording);
    json_decref(saying->shown);
}

static const char *text_of(const json_t *finding, const char *name)
{
    const char *text = json_string_value(json_object_get(finding, name));

    return text ? text : "";
}

/* "9:12 AM", with the day if it is not today's; "" if the finding has no such time. */
static void write_time(struct row row, const struct saying *saying, const json_t *finding,
                       const char *name, char *out)
{
    int64_t at = json_integer_value(json_object_get(finding, name));
    const struct when_form form = {.language = saying->wording.words.language,
                                   .hours24 = row_flag(row, "hours24"),
                                   .zone = row_text(row, "zone")};
    struct when when;

    when_write(&when, &form, at, 0, row_int(row, "now"));
    snprintf(out, TIME_SIZE, "%s%s%s", when.opened_day, when.opened_day[0] ? " " : "",
             when.opened_time);
}

static void read_line(struct row row, struct saying *saying, const json_t *finding)
{
    size_t at = saying->notice.line_count++;
    struct alarm_line *line = &saying->lines[at];

    *line = (struct alarm_line){
        .check = text_of(finding, "check"),
        .channel = text_of(finding, "channel"),
        .object = text_of(finding, "object"),
        .school = text_of(finding, "school"),
        .time = saying->times[at],
        .since = saying->since[at],
        .ended = saying->ended[at],
        .lane = (int)json_integer_value(json_object_get(finding, "lane")),
        .have = (int)json_integer_value(json_object_get(finding, "have")),
        .asked = (int)json_integer_value(json_object_get(finding, "asked")),
        .hidden = json_is_true(json_object_get(finding, "hidden")),
        .call = json_is_true(json_object_get(finding, "call")),
        .summary = json_is_true(json_object_get(finding, "summary")),
        .notice = json_is_true(json_object_get(finding, "notice")),
        .well = json_is_true(json_object_get(finding, "well")),
        .gone = json_is_true(json_object_get(finding, "gone")),
        .facts.sensitivity = FACTS_SAY_ALL, /* class and type are "" if they may not be said */
    };
    snprintf(line->facts.class, sizeof line->facts.class, "%s", text_of(finding, "class"));
    snprintf(line->facts.type, sizeof line->facts.type, "%s", text_of(finding, "type"));
    write_time(row, saying, finding, "at", saying->times[at]);
    write_time(row, saying, finding, "since", saying->since[at]);
    write_time(row, saying, finding, "ended", saying->ended[at]);
}

/* What goes on is said in each message, what is told once and what has ended in one. */
static bool is_said(const struct saying *saying, const json_t *finding)
{
    int64_t id = json_integer_value(json_object_get(finding, "finding_id"));

    if (json_is_true(json_object_get(finding, "notice")))
        return !saying->told || !alarm_has(&saying->last.notices, id);
    if (json_is_true(json_object_get(finding, "well")))
        return saying->told && alarm_has(&saying->last.open, id);
    return true;
}

/* In the order of notify.alarm_shown. */
static void read_lines(struct row row, struct saying *saying)
{
    for (size_t i = 0; i < json_array_size(saying->shown); i++) {
        const json_t *finding = json_array_get(saying->shown, i);

        if (is_said(saying, finding) && saying->notice.line_count < LINES_MOST)
            read_line(row, saying, finding);
    }
}

static int saying_read(struct row row, const char *link, struct saying *saying)
{
    int rc = wording_read(&saying->wording, row_text(row, "language"), "");

    saying->told = !row_null(row, "last_content");
    if (rc == 0)
        rc = alarm_facts_decode(row_text(row, "now_found"), &saying->now);
    if (rc == 0 && saying->told)
        rc = alarm_facts_decode(row_text(row, "last_content"), &saying->last);
    if (rc != 0)
        return rc;
    saying->shown =
        row_null(row, "shown") ? json_array() : json_loads(row_text(row, "shown"), 0, NULL);
    saying->notice = (struct alarm_notice){
        .words = saying->wording.words,
        .district = row_text(row, "district"),
        .link = saying->now.open.count && !row_flag(row, "acknowledged") ? link : "",
        .open = (long)saying->now.open.count,
        .lines = saying->lines,
        .holders = people_say(&saying->wording.words, row_text(row, "holders"), saying->holders,
                              sizeof saying->holders),
        .several = row_flag(row, "several"),
        .again = saying->told && !alarm_has_news(&saying->last, &saying->now),
    };
    read_lines(row, saying);
    return 0;
}

/* Why it is not sent after all. What is not acknowledged is said again only if that was planned. */
static enum reason needless(struct row row, const struct saying *saying)
{
    bool repeats = strcmp(row_text(row, "planned"), message_kind_name(MESSAGE_FIRST)) == 0;

    if (row_text(row, "withheld")[0])
        return reason_of(row_text(row, "withheld"));
    if (!saying->told)
        return saying->now.open.count + saying->now.notices.count ? REASON_NONE
                                                                  : REASON_NOTHING_NEW;
    if (!saying->notice.again)
        return REASON_NONE;
    if (row_flag(row, "acknowledged"))
        return REASON_ACKNOWLEDGED;
    return repeats && saying->now.open.count ? REASON_NONE : REASON_NOTHING_NEW;
}

static enum message_kind kind_of(const struct saying *saying)
{
    if (!saying->told)
        return MESSAGE_FIRST;
    return saying->now.open.count ? MESSAGE_UPDATE : MESSAGE_CLOSED;
}

static int write_message(const struct alarm_notice *notice, struct parcel *p)
{
    if (p->channel->brief) {
        alarm_brief(notice, p->channel->brief, p->brief);
        return 0;
    }
    p->subject = alarm_subject(notice);
    p->text = alarm_letter(notice);
    p->html = alarm_html(notice);
    return p->subject && p->text && p->html ? 0 : ERR_NOMEM;
}

static int compose_alarm(struct row row, const char *link, struct parcel *p, enum reason *why)
{
    struct saying *saying = calloc(1, sizeof *saying);
    int rc = saying ? saying_read(row, link, saying) : ERR_NOMEM;

    if (rc != 0)
        goto out;
    *why = needless(row, saying);
    if (*why)
        goto out;
    saying->notice.answers = p->answers;
    p->kind = message_kind_name(kind_of(saying));
    p->important = saying->now.open.count > 0;
    p->urgent = true;
    p->content = alarm_facts_encode(&saying->now);
    rc = p->content ? write_message(&saying->notice, p) : ERR_NOMEM;
out:
    if (saying)
        saying_free(saying);
    free(saying);
    return rc;
}

const struct subject_kind subject_alarm = {
    .name = "alarm",
    .statements = subject_alarm_statements,
    .statement_count = &subject_alarm_statement_count,
    .opened_counter = "alarms",
    .page = "c",
    .claim = "alarm_claim",
    .locks = {"subject_lock", "subject_alerts", "subject_waiting"},
    .contacts = "alarm_contacts",
    .tellings = "alarm_tellings",
    .state = "alarm_state",
    .open = "alarm_open",
    .aside = "alarm_aside",
    .due = "alarm_due",
    .plan = plan_alarm,
    .compose = compose_alarm,
};
