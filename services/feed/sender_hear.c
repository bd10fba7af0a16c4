/* What intake says, a function for each command. docs/protocol.md, section 4. */
#include "agent_clock.h"
#include "clock.h"
#include "proofs.h"
#include "sender_session.h"

#include <ctype.h>
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

/* The frames of a command's arguments, behind signature and word. */
struct heard {
    struct sender *sender;
    zmq_msg_t *argument;
};

static uint64_t number_at(const struct heard *heard, size_t i)
{
    return wire_get_u64(zmq_msg_data(&heard->argument[i]));
}

/* A text of intake's, made safe to log: printable ASCII, NUL-terminated. */
static const char *text_at(const struct heard *heard, size_t i, char *out, size_t room)
{
    const char *data = zmq_msg_data(&heard->argument[i]);
    size_t size = zmq_msg_size(&heard->argument[i]);

    if (size >= room)
        size = room - 1;
    for (size_t at = 0; at < size; at++)
        out[at] = isprint((unsigned char)data[at]) ? data[at] : '?';
    out[size] = '\0';
    return out;
}

static void bad(struct sender *sender, const char *what)
{
    sender_tell(sender, "protocol_error", "the intake sent what the protocol does not allow", what);
    sender_drop(sender, "protocol_error", 0);
}

static void answered(struct session *session, uint64_t count)
{
    session->answered_at = clock_mono_us();
    session->unanswered -= count < session->unanswered ? count : session->unanswered;
}

/* WELCOME: everything up to high is decided, but for what is wanted. */
static int take_wanted(struct sender *sender, const json_t *wanted, uint64_t high)
{
    uint64_t from = 1;
    size_t i;
    json_t *pair;

    json_array_foreach(wanted, i, pair)
    {
        uint64_t first = (uint64_t)json_integer_value(json_array_get(pair, 0));
        uint64_t last = (uint64_t)json_integer_value(json_array_get(pair, 1));

        if (first < from || last < first || last > high || !sender_want(sender, first, last))
            return ERR_RANGE;
        if (first > from)
            spool_acknowledge(sender->spool, from, first - 1);
        from = last + 1;
    }
    if (high >= from)
        spool_acknowledge(sender->spool, from, high);
    return 0;
}

/* The spool is behind: what stands in it above that was read since the start, and is not what
 * intake has. Or intake is so far behind that it would take the next record for an error: it has
 * lost what it had said that it has, and gets all that there is. */
static void renew(struct sender *sender, uint64_t high)
{
    struct fault fault = {0};
    bool behind = high > sender->known;

    log_error(behind ? "spool_is_behind" : "intake_is_behind",
              "high=%" PRIu64 " known=%" PRIu64 " action=new_stream", high, sender->known);
    if (spool_renew(sender->spool, !behind, &fault) == 0)
        sender->known = spool_next(sender->spool) - 1;
    else
        sender_tell(sender, "spool_renew", "a new stream cannot be begun", fault.reason);
}

/* Whether the next record is further above intake's mark than one may be. */
static bool is_too_far(const struct sender *sender, uint64_t high)
{
    uint64_t next = ledger_next_open(spool_ledger(sender->spool), high + 1);

    return next < spool_next(sender->spool) && next - high > WIRE_MAX_AHEAD;
}

static int take_welcome(struct sender *sender, const json_t *welcome)
{
    struct session *session = &sender->session;
    uint64_t high = (uint64_t)json_integer_value(json_object_get(welcome, "high"));
    const char *agency = json_string_value(json_object_get(welcome, "agency"));
    json_int_t beat = json_integer_value(json_object_get(welcome, "heartbeat_ms"));

    if (agency && sender->options.agency[0] && strcmp(agency, sender->options.agency) != 0)
        log_warn("other_agency", "hint=\"the key belongs to an agency of another slug\"");
    session->credit = (uint64_t)json_integer_value(json_object_get(welcome, "credit"));
    session->minor =
        (int)json_integer_value(json_object_get(json_object_get(welcome, "version"), "minor"));
    session->max_body = (uint64_t)json_integer_value(json_object_get(welcome, "max_body"));
    agent_clock_hear(json_integer_value(json_object_get(welcome, "clock")));
    session->heartbeat_us = (beat > 0 ? beat : WIRE_HEARTBEAT_MS) * INT64_C(1000);
    if (high > sender->known || is_too_far(sender, high)) {
        renew(sender, high);
        return ERR_STATE;
    }
    session->high = high;
    session->at = high + 1;
    return take_wanted(sender, json_object_get(welcome, "wanted"), high);
}

static void hear_welcome(const struct heard *heard)
{
    struct sender *sender = heard->sender;
    json_t *welcome =
        json_loadb(zmq_msg_data(&heard->argument[0]), zmq_msg_size(&heard->argument[0]), 0, NULL);
    int err = ERR_SYNTAX;

    if (json_is_object(welcome) && sender->state == SENDER_GREETING)
        err = take_welcome(sender, welcome);
    json_decref(welcome);
    if (err == ERR_STATE) {
        sender_drop(sender, "new_stream", 0);
    } else if (err) {
        bad(sender, "WELCOME");
    } else {
        sender->diagnosis[0] = '\0';
        sender_move(sender, SENDER_STREAMING, "WELCOME");
        log_info("session_open", "stream=%s high=%" PRIu64 " next=%" PRIu64,
                 spool_stream(sender->spool), spool_ledger(sender->spool)->high,
                 spool_next(sender->spool));
    }
}

static void hear_credit(const struct heard *heard)
{
    uint64_t limit = number_at(heard, 0);

    if (limit > heard->sender->session.credit)
        heard->sender->session.credit = limit;
}

static void hear_ack(const struct heard *heard)
{
    struct sender *sender = heard->sender;
    const char *ranges = zmq_msg_data(&heard->argument[0]);

    sender->pause_ms = SENDER_PAUSE_MS;
    for (size_t at = 0; at + 16 <= zmq_msg_size(&heard->argument[0]); at += 16) {
        uint64_t first = wire_get_u64(ranges + at), last = wire_get_u64(ranges + at + 8);

        if (spool_acknowledge(sender->spool, first, last) != 0) {
            bad(sender, "ACK of what was never sent");
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

/* After WELCOME intake repeats what it refused in earlier sessions: that answers nothing of this.
 */
static void hear_nak(const struct heard *heard)
{
    struct sender *sender = heard->sender;
    struct session *session = &sender->session;
    uint64_t seq = number_at(heard, 0);
    char code[32], field[64], reason[160], quoted[2 * sizeof reason];
    struct fault fault = {0};
    int put;

    text_at(heard, 1, code, sizeof code);
    text_at(heard, 2, field, sizeof field);
    text_at(heard, 3, reason, sizeof reason);
    put = spool_refuse(sender->spool, seq, code, field, reason, &fault);
    if (put < 0) {
        log_error("reject_store", "reason=%s", log_quote(fault.reason, quoted, sizeof quoted));
        sender_drop(sender, "reject_store", 0);
        return;
    }
    if (put == 0)
        tell_nak(seq, code, field, reason);
    if (seq > session->high || ledger_has(&session->asked, seq))
        answered(session, 1);
}

static void hear_again(const struct heard *heard)
{
    uint64_t first = number_at(heard, 0), last = number_at(heard, 1);

    if (first == 0 || last < first)
        bad(heard->sender, "AGAIN");
    else if (!sender_want(heard->sender, first, last))
        sender_drop(heard->sender, "too_many_again", 0);
    else
        log_info("again", "first=%" PRIu64 " last=%" PRIu64, first, last);
}

static void hear_pong(const struct heard *heard)
{
    struct sender *sender = heard->sender;
    struct fault fault;

    sender->pause_ms = SENDER_PAUSE_MS;
    agent_clock_hear((int64_t)number_at(heard, 0));
    if (!sender->session.pong_due)
        return;
    sender->session.pong_due = false;
    if (manifests_confirm(sender->manifests, sender->session.manifests_told, &fault) == 0)
        sender->session.manifests_told = 0;
}

/* What intake says of the account is kept; what is missing it asks for by itself. */
static void hear_account(const struct heard *heard)
{
    struct sender *sender = heard->sender;
    zmq_msg_t *frame = &heard->argument[0];
    json_t *account = json_loadb(zmq_msg_data(frame), zmq_msg_size(frame), 0, NULL);
    const char *verdict = json_string_value(json_object_get(account, "verdict"));
    json_int_t missing = json_integer_value(json_object_get(account, "missing"));
    struct fault fault = {0};
    char quoted[400];

    if (!verdict) {
        bad(sender, "ACCOUNT");
    } else {
        if (proofs_keep(spool_dir(sender->spool), account, &fault) != 0)
            log_error("proofs", "reason=%s", log_quote(fault.reason, quoted, sizeof quoted));
        if (strcmp(verdict, "same") == 0 || strcmp(verdict, "reread") == 0)
            log_info("proved", "verdict=%s", log_quote(verdict, quoted, sizeof quoted));
        else
            log_warn("not_proved", "verdict=%s missing=%" JSON_INTEGER_FORMAT,
                     log_quote(verdict, quoted, sizeof quoted), missing);
        if (strcmp(verdict, "waiting") != 0)
            sender->session.proof_until = 0;
    }
    json_decref(account);
}

/* REFUSE codes: the pause, and what to tell the operator. */
static const struct {
    const char *code;
    int64_t pause_ms; /* 0: by the doubling rule */
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

static void hear_refuse(const struct heard *heard)
{
    struct sender *sender = heard->sender;
    char code[32], reason[160];
    size_t i = 0;

    text_at(heard, 0, code, sizeof code);
    text_at(heard, 1, reason, sizeof reason);
    if (strcmp(code, "no_session") == 0) {
        /* One comes for each message sent before the last HELLO, which is under way. */
        if (sender->state == SENDER_GREETING)
            return;
        log_info("no_session", "action=hello");
        if (sender_greet(sender) != 0)
            sender_drop(sender, "cannot_send", 0);
        return;
    }
    while (i + 1 < sizeof refusals / sizeof refusals[0] && strcmp(refusals[i].code, code) != 0)
        i++;
    sender_tell(sender, refusals[i].event, reason[0] ? reason : code, refusals[i].hint);
    sender_drop(sender, code, refusals[i].pause_ms);
}

/* Which command is heard in which state. */
static const struct {
    void (*hear)(const struct heard *);
    bool greeting, streaming;
} handlers[] = {
    [WIRE_WELCOME] = {hear_welcome, true, false}, [WIRE_CREDIT] = {hear_credit, false, true},
    [WIRE_ACK] = {hear_ack, false, true},         [WIRE_NAK] = {hear_nak, false, true},
    [WIRE_AGAIN] = {hear_again, false, true},     [WIRE_PONG] = {hear_pong, false, true},
    [WIRE_REFUSE] = {hear_refuse, true, true},    [WIRE_ACCOUNT] = {hear_account, false, true},
};

void sender_hear(struct sender *sender, struct zsock_message *message)
{
    struct heard heard = {sender, &message->frame[2]};
    struct fault fault = {0};
    enum wire_command command;

    if (wire_check(message, 0, &command, &fault) != 0) {
        bad(sender, fault.reason);
        return;
    }
    if (command >= sizeof handlers / sizeof handlers[0] || !handlers[command].hear ||
        !(sender->state == SENDER_GREETING ? handlers[command].greeting
                                           : handlers[command].streaming)) {
        bad(sender, wire_word(command));
        return;
    }
    sender->session.heard_at = clock_mono_us();
    handlers[command].hear(&heard);
    if (sender->state != SENDER_STREAMING)
        return;
    spool_tidy(sender->spool);
    sender_flow(sender);
    if (sender->options.moved_cb)
        sender->options.moved_cb(sender->options.ctx);
}
