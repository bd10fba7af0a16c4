#include "subject_call.h"

#include "channel.h"
#include "message.h"
#include "people_text.h"
#include "reconcile.h"
#include "statements.h"
#include "when.h"
#include "wording.h"

#include <jansson.h>
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
    memset(f, 0, sizeof *f);
    f->status = status_of(row);
    f->sensitivity = facts_sensitivity_of(row_text(row, "sensitivity"));
    f->units = (int)row_int(row, "units");
    f->folded = (int)row_int(row, "folded");
    snprintf(f->folded_by, sizeof f->folded_by, "%s", row_text(row, "folded_by"));
    snprintf(f->folded_still, sizeof f->folded_still, "%s", row_text(row, "folded_still"));
    f->coming = (int)row_int(row, "coming");
    f->sent = (int)row_int(row, "sent");
    f->unit_state = facts_units_of(row_text(row, "unit_state"));
    f->closed_at = f->status == FACTS_CLOSED ? row_int(row, "closed_at") : 0;
    f->held = row_text(row, "holders")[0] != '\0' && row_flag(row, "acknowledged");
    snprintf(f->holders, sizeof f->holders, "%s", row_text(row, "holders"));
    snprintf(f->class, sizeof f->class, "%s", row_text(row, "class"));
    snprintf(f->type, sizeof f->type, "%s", row_text(row, "type_code"));
    snprintf(f->relation, sizeof f->relation, "%s", row_text(row, "relation"));
    snprintf(f->place, sizeof f->place, "%s", row_text(row, "place"));
}

static void read_call(struct row row, struct call *call)
{
    bool backfill = strcmp(row_text(row, "mode"), "backfill") == 0;

    *call = (struct call){
        .district_id = (int)row_int(row, "district_id"),
        .school_id = (int)row_int(row, "school_id"),
        .mode = backfill                  ? CALL_BACKFILL
                : row_flag(row, "replay") ? CALL_REPLAY
                                          : CALL_LIVE,
        .sensitivity = facts_sensitivity_of(row_text(row, "sensitivity")),
        .class = row_text(row, "class"),
        .type = row_text(row, "type_code"),
        .disposition = row_text(row, "ended_as"),
        .relation = row_text(row, "relation"),
        .distance_m = (int)row_int(row, "distance_m"),
        .weekday = (int)row_int(row, "weekday"),
        .life_safety = row_flag(row, "life_safety"),
        .class_rank = (int)row_int(row, "class_rank"),
        .priority = (int)row_int(row, "priority"),
        .in_school_hours = row_flag(row, "in_school_hours"),
        .age_s = row_int(row, "age_s"),
    };
}

void subject_call_read(struct row row, struct call *call, struct facts *facts)
{
    read_call(row, call);
    read_facts(row, facts);
}

/* Nobody was told of an alert that is held back: it is looked at as if it were not there. */
void subject_read_alert(struct row row, struct known_alert *alert)
{
    *alert = (struct known_alert){.exists = !row_null(row, "alert_id") && !row_flag(row, "held"),
                                  .round = 1};
    if (!alert->exists)
        return;
    alert->replay = strcmp(row_text(row, "alert_mode"), "replay") == 0;
    alert->acknowledged = row_flag(row, "acknowledged");
    alert->closed = row_flag(row, "alert_closed");
    alert->round = (int)row_int(row, "round");
    alert->severity = (int)row_int(row, "severity");
    alert->asked_us = row_int(row, "asked_us");
    alert->acted_by = (int)row_int(row, "acted_by");
    alert->lost = (int)row_int(row, "lost");
    alert->lost_us = row_int(row, "lost_us");
}

struct hand_over *subject_hand_overs_of(struct row row, size_t *count)
{
    json_t *handed = json_loads(row_text(row, "handed"), 0, NULL);
    struct hand_over *list = calloc(json_object_size(handed) + 1, sizeof *list);
    const char *contact;
    json_t *one;

    *count = 0;
    if (list)
        json_object_foreach(handed, contact, one)
        {
            list[*count].contact_id = atoi(contact);
            list[(*count)++].number = json_integer_value(json_object_get(one, "number"));
        }
    json_decref(handed);
    return list;
}

static void take_telling(const struct batch_telling *from, struct telling *to)
{
    struct content content;

    *to = (struct telling){
        .contact_id = from->contact_id,
        .channel = from->channel,
        .told = from->said != NULL,
        .round = from->round,
        .unknown = from->unknown,
        .delivery_id = from->delivery_id,
        .ended_us = from->ended_us,
        .repeated = from->repeated,
        .waiting = from->waiting,
        .failed = from->failed,
    };
    if (from->said && content_decode(from->said, &content) == 0)
        to->said = content.now;
    else /* not readable: whatever is true now is news */
        to->said.status = FACTS_STATUSES;
    if (from->tried && content_decode(from->tried, &content) == 0)
        to->tried = content.now;
    else
        to->tried.status = FACTS_STATUSES;
}

struct telling *subject_tellings_of(struct row row, const struct batch *batch, size_t *count)
{
    const struct batch_telling *first =
        batch_tellings_of(batch, (int)row_int(row, "district_id"), row_int(row, "alert_id"), count);
    struct telling *tellings = calloc(*count + 1, sizeof *tellings);

    for (size_t i = 0; tellings && i < *count; i++)
        take_telling(&first[i], &tellings[i]);
    return tellings;
}

static int plan_call(struct row row, const struct batch *batch, const struct settings *settings,
                     struct plan *plan)
{
    struct reconcile_input in = {.rules = batch->rules,
                                 .rule_count = batch->rule_count,
                                 .now_us = batch->now_us,
                                 .unknown_us = settings->retry.unknown_s * INT64_C(1000000)};

    subject_call_read(row, &in.call, &in.now);
    subject_read_alert(row, &in.alert);
    in.now.severity = rules_severity(in.rules, in.rule_count, &in.call, in.alert.severity);
    bool replay = in.alert.exists ? in.alert.replay : in.call.mode == CALL_REPLAY;
    in.available = batch->available[replay ? LANE_REPLAY : LANE_LIVE];
    struct contact *contacts =
        batch_contacts_of(batch, in.call.district_id, in.call.school_id, &in.contact_count);
    struct telling *tellings = subject_tellings_of(row, batch, &in.telling_count);
    struct hand_over *handed = subject_hand_overs_of(row, &in.alert.handed_count);
    in.contacts = contacts;
    in.tellings = tellings;
    in.alert.handed = handed;
    int rc = contacts && tellings && handed ? reconcile(&in, plan) : ERR_NOMEM;
    free(handed);
    free(contacts);
    free(tellings);
    return rc;
}

/* Saying ----------------------------------------------------------------------------------------*/

/* What the contact was told last, if anything. */
struct last_said {
    bool told;
    struct content content;
    int round;
};

static void read_last(struct row row, struct last_said *last)
{
    *last = (struct last_said){.told = !row_null(row, "last_content")};
    if (!last->told)
        return;
    if (content_decode(row_text(row, "last_content"), &last->content) != 0)
        last->content.now.status = FACTS_STATUSES;
    last->round = (int)row_int(row, "last_round");
}

/* How late it is told: of what the district heard late, time has gone by until this message. */
static int64_t late_of(struct row row)
{
    int64_t heard_s = row_int(row, "late_s"), told_s = row_int(row, "now") - row_int(row, "opened");

    return heard_s >= MESSAGE_LATE_FROM_S && told_s > heard_s ? told_s : heard_s;
}

/* What is true now, of what this contact may see. */
static void read_content(struct row row, const struct subject_facts *from,
                         const struct last_said *last, struct content *content)
{
    *content = (struct content){.opened = row_int(row, "opened"), .late_s = late_of(row)};
    from->read_facts(row, &content->now);
    content->now =
        facts_for(&content->now, &last->content.now, row_flag(row, "own"), row_int(row, "handed"));
    content->first = content->now;
    if (!last->told)
        return;
    content->first = last->content.first;
    content->was = last->content.now;
    content->has_was = last->content.now.status != FACTS_WITHDRAWN;
    if (!content->has_was)
        content->first = content->now;
    else if (last->content.opened) /* by the time that was told first, whatever it became */
        content->opened = last->content.opened;
}

/* A notice, and what it borrows beside the row. */
struct saying {
    struct notice notice;
    struct when when;
    struct wording wording;
    char others[PEOPLE_SIZE], holders[PEOPLE_SIZE];
    char handed_by[PEOPLE_SIZE], handed_to[PEOPLE_SIZE];
};

/* Names with their roles, which are said in the reader's language. */
static void say_people(struct saying *saying)
{
    struct notice *n = &saying->notice;

    n->others =
        people_say(&n->words, n->others ? n->others : "", saying->others, sizeof saying->others);
    n->holders = people_say(&n->words, n->holders ? n->holders : "", saying->holders,
                            sizeof saying->holders);
    n->handed_by = people_say(&n->words, n->handed_by ? n->handed_by : "", saying->handed_by,
                              sizeof saying->handed_by);
    n->handed_to = people_say(&n->words, n->handed_to ? n->handed_to : "", saying->handed_to,
                              sizeof saying->handed_to);
}

static void read_texts(struct row row, struct notice *n)
{
    n->told_before = row_flag(row, "told_before");
    n->answered = row_flag(row, "answered");
    n->reopened = row_flag(row, "reopened");
    n->distance_m = (int)row_int(row, "distance_m");
    n->agency = row_text(row, "agency");
    n->incident_no = row_text(row, "incident_no");
    n->class_name = row_text(row, "class_name");
    n->type_name = row_text(row, "type_name");
    n->disposition = row_text(row, "disposition");
    n->disposition_code = row_text(row, "disposition_code");
    n->address = row_text(row, "address");
    n->place_name = row_text(row, "place_name");
    n->method = row_text(row, "method");
    n->also = row_text(row, "also");
    n->others = row_text(row, "others");
    n->others_more = (int)row_int(row, "others_more");
    n->holders = row_text(row, "holder_names");
    n->several = row_flag(row, "several");
    n->handed_by = row_text(row, "handed_by");
    n->handed_back = row_flag(row, "handed_back");
    n->handed_to = row_text(row, "handed_to_name");
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

static int read_notice(struct row row, const struct subject_facts *from, const char *link,
                       struct saying *saying)
{
    struct notice *n = &saying->notice;
    int rc = wording_read(&saying->wording, row_text(row, "language"), row_text(row, "templates"));

    if (rc != 0)
        return rc;
    *n = (struct notice){
        .words = saying->wording.words,
        .replay = strcmp(row_text(row, "alert_mode"), "replay") == 0,
        .school = row_text(row, "school"),
        .district = row_text(row, "district"),
        .link = link,
    };
    from->read_texts(row, n);
    say_people(saying);
    return 0;
}

/* The same message again, under the same id. */
static enum reason repeat(struct row row, const struct last_said *last, struct notice *n)
{
    n->kind = message_kind_of(row_text(row, "last_kind"));
    n->content = last->content;
    if (n->kind == MESSAGE_WITHDRAWN)
        n->link = "";
    return REASON_NONE;
}

/* The contact may not see the call: whoever was told of it is told that, once, and nothing else. A
 * number that wants no more texts gets none at all. */
static enum reason compose_withdrawn(struct row row, const struct last_said *last, struct notice *n)
{
    enum reason why = reason_of(row_text(row, "withheld"));

    if (!last->told || last->content.now.status == FACTS_WITHDRAWN || why == REASON_OPTED_OUT)
        return why ? why : REASON_CONTACT_INACTIVE;
    if (row_flag(row, "repeats")) /* under the id of a repetition nothing else may be said */
        return REASON_WITHDRAWN;
    n->kind = MESSAGE_WITHDRAWN;
    n->link = "";
    n->content = (struct content){.now = {.status = FACTS_WITHDRAWN},
                                  .first = last->content.first,
                                  .opened = last->content.opened};
    return REASON_NONE;
}

/* A first message that need not go out any more: the call never was, is over and somebody heard of
 * it, or somebody has it. Who was told that the alert is withdrawn is told that it stands. */
static enum reason needless(struct row row, const struct last_said *last, const struct facts *now)
{
    if (!facts_stand(now))
        return REASON_WITHDRAWN;
    if (now->status == FACTS_CLOSED && row_flag(row, "told_before"))
        return REASON_CLOSED;
    if (row_int(row, "step") > 1 && !last->told && row_flag(row, "acknowledged") &&
        row_int(row, "handed") == 0)
        return REASON_ACKNOWLEDGED;
    return REASON_NONE;
}

/* To whoever may have heard nothing: neither of a hand-over that has ended. */
static void say_as_first(struct row row, struct content *content)
{
    content->has_was = false;
    content->opened = row_int(row, "opened");
    content->now.handed = row_int(row, "handed");
    content->first = content->now;
}

/* What this message says, or why it is not sent. */
static enum reason decide_message(struct row row, const struct last_said *last, bool brief,
                                  struct notice *n, bool *repeats)
{
    const struct facts *now = &n->content.now;
    bool withheld = row_text(row, "withheld")[0] != '\0';
    bool told = last->told && last->content.now.status != FACTS_WITHDRAWN;

    *repeats = row_flag(row, "repeats_last") && last->told && !told &&
               (withheld || now->status != FACTS_OPEN);
    if (*repeats)
        return repeat(row, last, n);
    if (withheld)
        return compose_withdrawn(row, last, n);
    if (!told) {
        n->kind = MESSAGE_FIRST;
        return row_flag(row, "repeats") ? REASON_WITHDRAWN : needless(row, last, now);
    }
    n->kind = message_kind_between(&last->content.now, now);
    n->asks_again = now->status == FACTS_OPEN && row_flag(row, "ruled") &&
                    !row_flag(row, "acknowledged") && last->round < row_int(row, "round");
    if (n->asks_again && last->round == 0) { /* it went to another address (notify.ask_again) */
        n->kind = MESSAGE_FIRST;
        n->asks_again = false;
        say_as_first(row, &n->content);
        return REASON_NONE;
    }
    if ((facts_stand(&last->content.now) || facts_stand(now)) && message_has_news(n, brief))
        return row_flag(row, "repeats") ? REASON_WITHDRAWN : REASON_NONE;
    *repeats = row_flag(row, "repeats_last");
    return *repeats ? repeat(row, last, n) : REASON_NOTHING_NEW;
}

/* What whoever surely was told no more than sure hears of now. */
static unsigned changes_since(struct row row, const struct subject_facts *from,
                              const struct facts *sure)
{
    struct facts now;

    from->read_facts(row, &now);
    now = facts_for(&now, sure, row_flag(row, "own"), row_int(row, "handed"));
    return facts_changed(sure, &now);
}

/* An update after a message that may be lost is right for whoever has that message, and for whoever
 * has not. Whoever may have heard nothing hears all. */
static void tell_missed(struct row row, const struct subject_facts *from, struct notice *n)
{
    struct content *content = &n->content, sure;
    unsigned changed = facts_changed(&content->was, &content->now);
    bool told = !row_null(row, "sure_content") &&
                content_decode(row_text(row, "sure_content"), &sure) == 0 && facts_known(&sure.now);

    if (told) {
        n->missed = changes_since(row, from, &sure.now);
        if (!(changed & CHANGED_TYPE)) { /* "now a fight, was a fight" tells nobody anything */
            n->missed |= changed;
            content->was = sure.now;
        }
    } else if (changed & CHANGED_TYPE) {
        n->missed =
            CHANGED_HELD * content->now.held | CHANGED_HANDED * (row_int(row, "handed") != 0);
    } else {
        n->kind = MESSAGE_FIRST;
        say_as_first(row, content);
    }
}

/* A text that asks has no room for other agencies: they are told in an update. */
static void leave_agencies(struct content *content)
{
    static const struct facts none;
    const struct facts *said = content->has_was ? &content->was : &none;

    content->now.folded = said->folded;
    memcpy(content->now.folded_by, said->folded_by, sizeof said->folded_by);
}

static int write_message(const struct notice *n, struct parcel *p)
{
    if (p->channel->write)
        return p->channel->write(n, p);
    if (p->channel->brief) {
        message_brief(n, p->channel->brief, p->brief);
        return 0;
    }
    p->subject = message_subject(n);
    p->text = message_text(n);
    p->html = message_html(n);
    return p->subject && p->text && p->html ? 0 : ERR_NOMEM;
}

int subject_compose(struct row row, const struct subject_facts *from, const char *link,
                    struct parcel *p, enum reason *why)
{
    struct last_said last;
    struct saying saying = {0};
    struct notice *notice = &saying.notice;
    int rc = read_notice(row, from, link, &saying);

    if (rc != 0)
        goto out;
    read_last(row, &last);
    read_content(row, from, &last, &notice->content);
    *why = decide_message(row, &last, p->channel->brief != NULL, notice, &p->was_unknown);
    if (*why)
        goto out;
    if (p->channel->brief && !p->was_unknown &&
        (notice->kind == MESSAGE_FIRST || notice->asks_again))
        leave_agencies(&notice->content);
    if (row_flag(row, "last_unknown") && !p->was_unknown && notice->kind == MESSAGE_UPDATE &&
        !notice->asks_again && !notice->summary)
        tell_missed(row, from, notice);
    read_when(row, &saying);
    notice->answers = p->answers;
    notice->holders_unsure = last.told && !p->was_unknown && row_flag(row, "acted") &&
                             (row_flag(row, "last_unknown") || last.round == 0);
    p->kind = message_kind_name(notice->kind);
    p->important = notice->kind == MESSAGE_FIRST || notice->asks_again ||
                   notice->content.now.handed > last.content.now.handed;
    p->urgent = notice->content.now.severity > 0 || last.content.now.severity > 0;
    if (p->was_unknown) /* the same message has the same time */
        p->created_at = (time_t)row_int(row, "last_said_at");
    p->content = content_encode(&notice->content);
    rc = p->content ? write_message(notice, p) : ERR_NOMEM;
out:
    wording_free(&saying.wording);
    return rc;
}

/* The alert has the severity of its last look at which a rule matched. */
static void read_due_facts(struct row row, struct facts *f)
{
    const struct call call = {.life_safety = row_flag(row, "life_safety"),
                              .class_rank = (int)row_int(row, "class_rank")};

    read_facts(row, f);
    f->severity = rules_severity(NULL, 0, &call, (int)row_int(row, "severity"));
}

static int compose_call(struct row row, const char *link, struct parcel *p, enum reason *why)
{
    static const struct subject_facts facts = {read_due_facts, read_texts};

    return subject_compose(row, &facts, link, p, why);
}

const struct subject_kind subject_call = {
    .name = "call",
    .statements = subject_call_statements,
    .statement_count = &subject_call_statement_count,
    .opened_counter = "alerts",
    .topic = "change",
    .page = "a",
    .claim = "outbox_claim",
    .locks = {"outbox_lock", "outbox_budgets", "outbox_alerts", "outbox_waiting"},
    .contacts = "outbox_contacts",
    .tellings = "outbox_tellings",
    .state = "outbox_state",
    .open = "call_open",
    .aside = "outbox_aside",
    .due = "call_due",
    .plan = plan_call,
    .compose = compose_call,
};
