/* Handles the messages from intake, with one function for each command (docs/protocol.md, section
 * 4). */
#include "agent_clock.h"
#include "clock.h"
#include "proofs.h"
#include "sender_private.h"

#include <ctype.h>
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

static uint64_t number_at(const struct sender_input *in, size_t i)
{
    return wire_get_u64(zmq_msg_data(&in->argument[i]));
}

/* A text from intake, made safe to log: printable ASCII, NUL-terminated. */
static const char *text_at(const struct sender_input *in, size_t i, char *out, size_t room)
{
    const char *data = zmq_msg_data(&in->argument[i]);
    size_t size = zmq_msg_size(&in->argument[i]);

    if (size >= room)
        size = room - 1;
    for (size_t at = 0; at < size; at++)
        out[at] = isprint((unsigned char)data[at]) ? data[at] : '?';
    out[size] = '\0';
    return out;
}

void sender_do_end_violation(const struct sender_input *in)
{
    sender_tell(in->sender, "protocol_error", "the intake sent what the protocol does not allow",
                in->what);
    sender_pause(in->sender, 0);
}

static void answered(struct session *session, uint64_t count)
{
    session->answered_at = clock_mono_us();
    session->unanswered -= count < session->unanswered ? count : session->unanswered;
}

/* Begins a new stream, because the two sides do not match. If the spool is behind (it was restored
 * from a backup), records that it read since the start have sequences under which intake has other
 * records. If intake is so far behind that the next record would be a violation, it has lost
 * records that it had acknowledged, and gets all that the spool has. */
void sender_do_renew(const struct sender_input *in)
{
    struct sender *sender = in->sender;
    uint64_t high = sender->session.high;
    struct error error = {0};
    bool behind = high > sender->known;

    log_error(behind ? "spool_is_behind" : "intake_is_behind",
              "high=%" PRIu64 " known=%" PRIu64 " action=new_stream", high, sender->known);
    if (spool_renew(sender->spool, !behind, &error) == 0)
        sender->known = spool_next(sender->spool) - 1;
    else
        sender_tell(sender, "spool_renew", "a new stream cannot be begun", error.reason);
    sender_pause(sender, 0);
}

/* Whether the next record is further above intake's high-water mark than the protocol allows. */
static bool is_too_far(const struct sender *sender, uint64_t high)
{
    uint64_t next = ledger_next_open(spool_ledger(sender->spool), high + 1);

    return next < spool_next(sender->spool) && next - high > WIRE_MAX_AHEAD;
}

static struct ledger_range range_of(const json_t *pair)
{
    return (struct ledger_range){(uint64_t)json_integer_value(json_array_get(pair, 0)),
                                 (uint64_t)json_integer_value(json_array_get(pair, 1))};
}

/* Whether the ranges ascend, end at or below high, and fit into the session. */
static bool are_ranges(const json_t *wanted, uint64_t high)
{
    uint64_t from = 1;
    size_t i;
    json_t *pair;

    json_array_foreach(wanted, i, pair)
    {
        struct ledger_range range = range_of(pair);

        if (range.first < from || range.last < range.first || range.last > high)
            return false;
        from = range.last + 1;
    }
    return json_array_size(wanted) <= SENDER_WANTED_MAX;
}

/* Takes the parameters of the session from a WELCOME, and returns the event that it means. */
static enum sender_event hear_welcome(struct sender *sender, const json_t *welcome)
{
    struct session *session = &sender->session;
    const char *agency = json_string_value(json_object_get(welcome, "agency"));
    json_int_t beat = json_integer_value(json_object_get(welcome, "heartbeat_ms"));

    if (!json_is_object(welcome))
        return ON_VIOLATION;
    if (agency && sender->options.agency[0] && strcmp(agency, sender->options.agency) != 0)
        log_warn("other_agency", "hint=\"the key belongs to an agency of another slug\"");
    session->credit = (uint64_t)json_integer_value(json_object_get(welcome, "credit"));
    session->minor =
        (int)json_integer_value(json_object_get(json_object_get(welcome, "version"), "minor"));
    session->max_body = (uint64_t)json_integer_value(json_object_get(welcome, "max_body"));
    agent_clock_hear(json_integer_value(json_object_get(welcome, "clock")));
    session->heartbeat_us = (beat > 0 ? beat : WIRE_HEARTBEAT_MS) * INT64_C(1000);
    session->high = (uint64_t)json_integer_value(json_object_get(welcome, "high"));
    if (session->high > sender->known || is_too_far(sender, session->high))
        return ON_NO_MATCH;
    return are_ranges(json_object_get(welcome, "wanted"), session->high) ? ON_WELCOME
                                                                         : ON_VIOLATION;
}

/* Everything up to high is decided, except the ranges under wanted. */
void sender_do_take_welcome(const struct sender_input *in)
{
    struct sender *sender = in->sender;
    uint64_t high = sender->session.high, from = 1;
    size_t i;
    json_t *pair;

    sender->session.at = high + 1;
    json_array_foreach(json_object_get(in->welcome, "wanted"), i, pair)
    {
        struct ledger_range range = range_of(pair);

        sender_want(sender, range.first, range.last);
        if (range.first > from)
            spool_acknowledge(sender->spool, from, range.first - 1);
        from = range.last + 1;
    }
    if (high >= from)
        spool_acknowledge(sender->spool, from, high);
    sender->diagnosis[0] = '\0';
    log_info("session_open", "stream=%s high=%" PRIu64 " next=%" PRIu64,
             spool_stream(sender->spool), spool_ledger(sender->spool)->high,
             spool_next(sender->spool));
}

void sender_do_take_credit(const struct sender_input *in)
{
    uint64_t limit = number_at(in, 0);

    if (limit > in->sender->session.credit)
        in->sender->session.credit = limit;
}

void sender_do_take_ack(const struct sender_input *in)
{
    struct sender *sender = in->sender;
    const char *ranges = zmq_msg_data(&in->argument[0]);

    sender->pause_ms = SENDER_PAUSE_MS;
    for (size_t at = 0; at + 16 <= zmq_msg_size(&in->argument[0]); at += 16) {
        uint64_t first = wire_get_u64(ranges + at), last = wire_get_u64(ranges + at + 8);

        if (spool_acknowledge(sender->spool, first, last) != 0) {
            sender_violation(sender, "ACK of what was never sent");
            return;
        }
        answered(&sender->session, last - first + 1);
    }
}

static void tell_nak(uint64_t seq, const char *code, const char *field, const char *reason)
{
    char quoted[400], field_quoted[140];

    log_warn("record_refused", "seq=%" PRIu64 " code=%s field=%s reason=%s", seq, code,
             log_quote(field, field_quoted, sizeof field_quoted),
             log_quote(reason, quoted, sizeof quoted));
}

/* After WELCOME, intake repeats the refusals of earlier sessions. They answer no record of this
 * session. */
void sender_do_take_nak(const struct sender_input *in)
{
    struct sender *sender = in->sender;
    struct session *session = &sender->session;
    uint64_t seq = number_at(in, 0);
    char code[32], field[64], reason[160], quoted[2 * sizeof reason];
    struct error error = {0};
    int put;

    text_at(in, 1, code, sizeof code);
    text_at(in, 2, field, sizeof field);
    text_at(in, 3, reason, sizeof reason);
    put = spool_refuse(sender->spool, seq, code, field, reason, &error);
    if (put < 0) {
        log_error("reject_store", "reason=%s", log_quote(error.reason, quoted, sizeof quoted));
        sender_raise(sender, ON_STORE_FAILED);
        return;
    }
    if (put == 0)
        tell_nak(seq, code, field, reason);
    if (seq > session->high || ledger_has(&session->asked, seq))
        answered(session, 1);
}

void sender_do_take_again(const struct sender_input *in)
{
    uint64_t first = number_at(in, 0), last = number_at(in, 1);

    if (first == 0 || last < first)
        sender_violation(in->sender, "AGAIN");
    else if (!sender_want(in->sender, first, last))
        sender_raise(in->sender, ON_TOO_MANY_AGAIN);
    else
        log_info("again", "first=%" PRIu64 " last=%" PRIu64, first, last);
}

void sender_do_take_pong(const struct sender_input *in)
{
    struct sender *sender = in->sender;
    struct error error;

    sender->pause_ms = SENDER_PAUSE_MS;
    agent_clock_hear((int64_t)number_at(in, 0));
    if (!sender->session.pong_due)
        return;
    sender->session.pong_due = false;
    if (manifests_confirm(sender->manifests, sender->session.manifests_told, &error) == 0)
        sender->session.manifests_told = 0;
}

/* Stores the result of a comparison. Intake requests missing records by itself. */
void sender_do_keep_proof(const struct sender_input *in)
{
    struct sender *sender = in->sender;
    zmq_msg_t *frame = &in->argument[0];
    json_t *proof = json_loadb(zmq_msg_data(frame), zmq_msg_size(frame), 0, NULL);
    const char *verdict = json_string_value(json_object_get(proof, "verdict"));
    json_int_t missing = json_integer_value(json_object_get(proof, "missing"));
    struct error error = {0};
    char quoted[400];

    if (!verdict) {
        sender_violation(sender, "ACCOUNT");
    } else {
        if (proofs_keep(spool_dir(sender->spool), proof, &error) != 0)
            log_error("proofs", "reason=%s", log_quote(error.reason, quoted, sizeof quoted));
        if (strcmp(verdict, "same") == 0 || strcmp(verdict, "reread") == 0)
            log_info("proved", "verdict=%s", log_quote(verdict, quoted, sizeof quoted));
        else
            log_warn("not_proved", "verdict=%s missing=%" JSON_INTEGER_FORMAT,
                     log_quote(verdict, quoted, sizeof quoted), missing);
        if (strcmp(verdict, "waiting") != 0)
            sender->session.proof_until = 0;
    }
    json_decref(proof);
}

/* REFUSE codes: the pause, and what to tell the operator. */
static const struct {
    const char *code;
    int64_t pause_ms; /* 0: the next pause of the backoff */
    const char *event, *hint;
} refusals[] = {
    {"syntax", 60000, "refused",
     "this agent and the intake do not understand each other: versions?"},
    {"version", 60000, "refused", "the intake speaks another version: update the agent"},
    {"taken", 60000, "refused", "is another agent running on a copy of this spool?"},
    {"mode", 60000, "refused", "this stream was begun in another mode: use another spool"},
    {"revoked", 60000, "refused", "the key was revoked: ask the district's operator"},
    {"limit", 60000, "refused", "the agency has all its sessions: is another agent running?"},
    {"credit", 5000, "refused", ""},
    {"busy", 0, "busy", "the intake's database is away; events wait in the spool"},
};

void sender_do_end_refused(const struct sender_input *in)
{
    struct sender *sender = in->sender;
    char code[32], reason[160];
    size_t i = 0;

    text_at(in, 0, code, sizeof code);
    text_at(in, 1, reason, sizeof reason);
    while (i + 1 < sizeof refusals / sizeof refusals[0] && strcmp(refusals[i].code, code) != 0)
        i++;
    sender_tell(sender, refusals[i].event, reason[0] ? reason : code, refusals[i].hint);
    sender_pause(sender, refusals[i].pause_ms);
}

static enum sender_event event_of(enum wire_command command, const struct sender_input *in)
{
    static const enum sender_event events[WIRE_LAST + 1] = {
        [WIRE_WELCOME] = ON_WELCOME, [WIRE_CREDIT] = ON_CREDIT,  [WIRE_ACK] = ON_ACK,
        [WIRE_NAK] = ON_NAK,         [WIRE_AGAIN] = ON_AGAIN,    [WIRE_PONG] = ON_PONG,
        [WIRE_REFUSE] = ON_REFUSE,   [WIRE_ACCOUNT] = ON_ACCOUNT};
    char code[32];

    if (command == WIRE_REFUSE && strcmp(text_at(in, 0, code, sizeof code), "no_session") == 0)
        return ON_NO_SESSION;
    return events[command];
}

void sender_hear(struct sender *sender, struct zsock_message *message)
{
    struct sender_input in = {.sender = sender, .argument = &message->frame[2]};
    struct error error = {0};
    enum wire_command command;
    json_t *welcome = NULL;

    if (wire_check(message, 0, &command, &error) != 0) {
        sender_violation(sender, error.reason);
        return;
    }
    in.what = wire_word(command);
    enum sender_event event = event_of(command, &in);
    if (!sender_has_move(sender->state, event)) {
        sender_run(&in, ON_VIOLATION);
        return;
    }
    sender->session.heard_at = clock_mono_us();
    if (event == ON_WELCOME) {
        in.welcome = welcome =
            json_loadb(zmq_msg_data(in.argument), zmq_msg_size(in.argument), 0, NULL);
        event = hear_welcome(sender, welcome);
    }
    sender_run(&in, event);
    json_decref(welcome);
    if (sender->state != SENDER_STREAMING)
        return;
    spool_tidy(sender->spool);
    sender_raise(sender, ON_READY);
}
