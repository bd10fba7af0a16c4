#include "reply.h"

#include "clock.h"
#include "log.h"
#include "prove.h"
#include "session_moves.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum {
    REPLY_GRACE_US = 2000000, /* a refused agent has to close its socket by itself */
    REASON_MAX = 159,
};

/* Sends a message. False if the peer is gone or does not read: it will send HELLO again. */
static bool put(struct router *router, struct session *session, enum wire_command command,
                const struct zsock_part *parts, size_t count)
{
    struct zsock_part id = {session->id, session->id_size};

    session->said_mono = clock_mono_us();
    if (wire_send(router->sock, &id, command, parts, count) == 0)
        return true;
    counters_add(router->counters, "peer_gone", session->agency, 1);
    log_info("peer_gone", "agency=%s command=%s", session->agency, wire_word(command));
    return false;
}

static void say(struct router *router, struct session *session, enum wire_command command,
                const struct zsock_part *parts, size_t count)
{
    if (!put(router, session, command, parts, count))
        session_raise(router, session, ON_PEER_GONE);
}

static void say_numbers(struct router *router, struct session *session, enum wire_command command,
                        uint64_t a, uint64_t b, size_t count)
{
    unsigned char number[2][8];
    struct zsock_part parts[2] = {{number[0], 8}, {number[1], 8}};

    wire_put_u64(number[0], a);
    wire_put_u64(number[1], b);
    say(router, session, command, parts, count);
}

static void say_welcome(struct router *router, struct session *session)
{
    json_t *wanted = json_array();

    for (size_t i = 0; i < session->gap_count; i++)
        json_array_append_new(wanted, json_pack("[I,I]", (json_int_t)session->gap[i].first,
                                                (json_int_t)session->gap[i].last));
    quota_first(session);
    json_t *root = json_pack(
        "{s:{s:i,s:i},s:s,s:I,s:o,s:I,s:i,s:i,s:I}", "version", "major", WIRE_MAJOR, "minor",
        session->minor, "agency", session->agency, "high", (json_int_t)session->high, "wanted",
        wanted, "credit", (json_int_t)session->limit, "heartbeat_ms", router->options->heartbeat_ms,
        "max_body", EVENT_MAX_EIDO_OCTETS, "clock", (json_int_t)clock_wall_us());
    char *text = json_dumps(root, JSON_COMPACT);

    json_decref(root);
    if (!text)
        abort(); /* a few hundred octets */
    say(router, session, WIRE_WELCOME, &(struct zsock_part){text, strlen(text)}, 1);
    free(text);
}

static void say_nak(struct router *router, struct session *session, uint64_t seq, const char *code,
                    const struct error *error)
{
    unsigned char number[8];
    struct zsock_part parts[4] = {{number, 8},
                                  {code, strlen(code)},
                                  {error->field, strlen(error->field)},
                                  {error->reason, strlen(error->reason)}};

    wire_put_u64(number, seq);
    say(router, session, WIRE_NAK, parts, 4);
}

/* Repeats the refusals that the agent may not have received. */
static void repeat_naks(struct router *router, struct session *session)
{
    for (size_t i = 0; i < session->held_count && session->state == SESSION_OPEN; i++)
        say_nak(router, session, session->held[i].seq, session->held[i].code,
                &session->held[i].error);
    free(session->held);
    session->held = NULL;
    session->held_count = 0;
}

void session_do_welcome(struct session_input *in)
{
    struct session *session = in->session;

    session->sent_mono = clock_mono_us(); /* not idle yet */
    say_welcome(in->router, session);
    repeat_naks(in->router, session);
    log_info("session_open", "agency=%s stream=%s mode=%d high=%" PRIu64 " gaps=%zu",
             session->agency, session->stream_id, session->mode, session->high, session->gap_count);
}

void session_do_ask_again(struct session_input *in)
{
    say_numbers(in->router, in->session, WIRE_AGAIN, in->range.first, in->range.last, 2);
}

void session_do_tell_comparison(struct session_input *in)
{
    const struct comparison *comparison = in->comparison;
    struct session *session = in->session;

    log_info("account", "agency=%s stream=%s through=%" PRId64 " verdict=%s missing=%" PRId64,
             session->agency, session->stream_id, comparison->through, comparison->verdict,
             comparison->missing);
    if (session->minor < WIRE_MINOR_ACCOUNT)
        return;
    json_t *root =
        json_pack("{s:I,s:s,s:s,s:I,s:I,s:I}", "through", (json_int_t)comparison->through, "source",
                  comparison->source, "verdict", comparison->verdict, "records",
                  (json_int_t)comparison->records, "ours", (json_int_t)comparison->ours, "missing",
                  (json_int_t)comparison->missing);
    char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;

    json_decref(root);
    if (text)
        say(in->router, session, WIRE_ACCOUNT, &(struct zsock_part){text, strlen(text)}, 1);
    free(text);
}

void session_do_pong(struct session_input *in)
{
    int64_t theirs = (int64_t)wire_get_u64(zmq_msg_data(&in->message->frame[3]));

    in->session->skew_ms = session_skew_ms(theirs, clock_wall_us());
    say_numbers(in->router, in->session, WIRE_PONG, (uint64_t)clock_wall_us(), 0, 1);
}

/* ---- Refusals ---- */

/* The frames of a REFUSE. */
struct refuse_parts {
    struct zsock_part part[2];
};

static struct refuse_parts refuse_parts(const char *code, const char *reason)
{
    size_t length = strlen(reason);

    return (struct refuse_parts){
        {{code, strlen(code)}, {reason, length < REASON_MAX ? length : REASON_MAX}}};
}

/* Sends the reason, and forgets the session. */
static void refuse(struct session_input *in, const char *code, const char *reason)
{
    struct refuse_parts refusal = refuse_parts(code, reason);
    struct session *session = in->session;

    log_warn("session_refused", "agency=%s code=%s", session->agency, code);
    counters_add(in->router->counters, "refused_session", session->agency, 1);
    put(in->router, session, WIRE_REFUSE, refusal.part, 2);
    sessions_forget(&in->router->sessions, session);
}

/* As refuse; also cuts the connection if the peer continues nevertheless. */
static void refuse_and_cut(struct session_input *in, const char *code, const char *reason)
{
    int fd = in->session->fd;

    refuse(in, code, reason);
    connections_condemn(&in->router->connections, fd, clock_mono_us() + REPLY_GRACE_US);
}

void session_do_refuse(struct session_input *in)
{
    refuse(in, in->code, in->reason);
}

void session_do_refuse_and_cut(struct session_input *in)
{
    refuse_and_cut(in, in->code, in->reason);
}

void session_do_refuse_stream(struct session_input *in)
{
    if (in->verdict == TAKEOVER_WRONG_MODE) {
        refuse(in, "mode", "this stream was begun in another mode");
    } else if (in->verdict == TAKEOVER_TOO_MANY) {
        counters_add(in->router->counters, "too_many_streams", in->session->agency, 1);
        refuse_and_cut(in, "limit", "the agency has begun too many new streams within the hour");
    } else {
        session_do_refuse_busy(in);
    }
}

void session_do_refuse_busy(struct session_input *in)
{
    refuse(in, "busy", "the database is away");
}

void session_do_refuse_taken(struct session_input *in)
{
    counters_add(in->router->counters, "stream_taken", in->session->agency, 1);
    refuse(in, "taken", "another connection has this stream");
}

void session_do_refuse_revoked(struct session_input *in)
{
    counters_add(in->router->counters, "revoked_key", in->session->agency, 1);
    log_warn("revoked_key", "agency=%s", in->session->agency);
    refuse(in, "revoked", "the key was revoked");
}

void session_do_reclaim(struct session_input *in)
{
    counters_add(in->router->counters, "credit_taken_back", in->session->agency, 1);
    refuse(in, "no_session", "begin again: the credit is needed");
}

/* Refuses the sender of the message, who may have no session, or name another agent's. */
static void refuse_sender(struct session_input *in, const char *code, const char *reason)
{
    zmq_msg_t *id = &in->message->frame[0];
    struct refuse_parts refusal = refuse_parts(code, reason);
    struct zsock_part to = {zmq_msg_data(id), zmq_msg_size(id)};

    wire_send(in->router->sock, &to, WIRE_REFUSE, refusal.part, 2);
}

void session_do_refuse_no_session(struct session_input *in)
{
    refuse_sender(in, "no_session", "say HELLO first");
}

void session_do_refuse_message(struct session_input *in)
{
    refuse_sender(in, in->code, in->reason);
    if (in->session)
        sessions_forget(&in->router->sessions, in->session);
}

/* ---- Answers of a commit ---- */

/* Doubles a list that is full. */
static void *grow(void *list, size_t *room, size_t count, size_t unit)
{
    if (count < *room)
        return list;
    *room = *room ? *room * 2 : 8;
    list = realloc(list, *room * unit);
    if (!list)
        abort(); /* bounded by the rows of a commit */
    return list;
}

void session_do_acknowledge(struct session_input *in)
{
    struct session *session = in->session;
    unsigned char ranges[WIRE_MAX_RANGES * 16];

    for (size_t from = 0; from < session->ack_count; from += WIRE_MAX_RANGES) {
        size_t left = session->ack_count - from, count = 0;

        for (; count < left && count < WIRE_MAX_RANGES; count++) {
            wire_put_u64(&ranges[count * 16], session->ack[from + count].first);
            wire_put_u64(&ranges[count * 16 + 8], session->ack[from + count].last);
        }
        if (session->state == SESSION_OPEN)
            say(in->router, session, WIRE_ACK, &(struct zsock_part){ranges, count * 16}, 1);
    }
    free(session->ack);
    session->ack = NULL;
    session->ack_count = session->ack_room = 0;
}

/* Sends one ACK per session and commit, however the sessions' events were mixed: the pipe to a peer
 * holds a limited number of messages, and a session whose pipe is full is given up. */
static void send_acks(struct router *router)
{
    for (size_t i = 0; i < router->acking_count; i++) {
        session_raise(router, router->acking[i], ON_COMMITTED);
        session_unref(router->acking[i]);
    }
    router->acking_count = 0;
}

static void gather_ack(struct router *router, struct session *session, uint64_t seq)
{
    if (session->ack_count == 0) {
        router->acking = grow(router->acking, &router->acking_room, router->acking_count,
                              sizeof(struct session *));
        router->acking[router->acking_count++] = session_ref(session);
    } else if (session->ack[session->ack_count - 1].last + 1 == seq) {
        session->ack[session->ack_count - 1].last = seq;
        return;
    }
    session->ack = grow(session->ack, &session->ack_room, session->ack_count, sizeof *session->ack);
    session->ack[session->ack_count++] = (struct wire_range){seq, seq};
}

void session_do_nak(struct session_input *in)
{
    const struct record *record = in->record;
    const struct error *error = &record->refusal->error;
    char quoted[200];

    counters_add(in->router->counters, "quarantined", in->session->agency, 1);
    log_warn("quarantined", "agency=%s seq=%llu code=%s field=%s reason=%s", in->session->agency,
             (unsigned long long)record->seq, err_name(error->code), error->field,
             log_quote(error->reason, quoted, sizeof quoted));
    say_nak(in->router, in->session, record->seq, err_name(error->code), error);
}

void router_answered_cb(void *ctx, const struct record *record)
{
    struct router *router = ctx;
    struct session *session = record->session;

    session->settled += record->cost;
    quota_note(session);
    if (session->state != SESSION_OPEN)
        return;
    switch (record->kind) {
    case RECORD_EVENT:
    case RECORD_REPEATED:
        gather_ack(router, session, record->seq);
        break;
    case RECORD_REFUSED:
        session_run(&(struct session_input){.router = router, .session = session, .record = record},
                    ON_QUARANTINED);
        break;
    case RECORD_GONE:
        break;
    case RECORD_MANIFEST:
        router->proof_due = true;
        break;
    }
}

void router_flushed_cb(void *ctx)
{
    struct router *router = ctx;
    struct session *session, *next;

    send_acks(router);
    if (router->proof_due)
        router_prove(router);
    router->proof_due = false;
    SESSIONS_EACH(&router->sessions, session, next)
    reply_credit(router, session);
}

void reply_credit(struct router *router, struct session *session)
{
    bool was_delayed = session->quota->delayed, told, delayed;

    if (session->state != SESSION_OPEN)
        return;
    session_ref(session);
    told = quota_raise(session, clock_mono_us());
    delayed = session->quota->delayed;
    if (told)
        say_numbers(router, session, WIRE_CREDIT, session->limit, 0, 1);
    if (delayed)
        router_delay(router);
    if (delayed && !was_delayed)
        counters_add(router->counters, "rate_delayed", session->agency, 1);
    session_unref(session);
}

void reply_alive(struct router *router, int64_t silent_us)
{
    struct session *session, *next;

    SESSIONS_EACH(&router->sessions, session, next)
    if (session->state == SESSION_OPEN && session->spent != session->settled &&
        clock_mono_us() - session->said_mono >= silent_us)
        say_numbers(router, session, WIRE_CREDIT, session->limit, 0, 1);
}

void router_taken_cb(void *ctx, struct session *session)
{
    session_raise(ctx, session, ON_TAKEN);
}

void router_outage_cb(void *ctx)
{
    struct router *router = ctx;
    struct session *session, *next;

    SESSIONS_EACH(&router->sessions, session, next)
    session_raise(router, session, ON_OUTAGE);
}
