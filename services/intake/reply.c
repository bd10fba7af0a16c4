#include "reply.h"

#include "clock.h"
#include "log.h"
#include "prove.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { REPLY_GRACE_US = 2000000 }; /* a refused agent has to close its socket by itself */

static void say(struct router *router, struct session *session, enum wire_command command,
                const struct zsock_part *parts, size_t count)
{
    struct zsock_part id = {session->id, session->id_size};

    session->said_mono = clock_mono_us();
    if (wire_send(router->sock, &id, command, parts, count) == 0)
        return;
    /* A peer that is gone, or that does not read, hears nothing: it will say HELLO again. */
    if (session->state != SESSION_FORGOTTEN) {
        counters_add(router->counters, "peer_gone", session->agency, 1);
        log_info("peer_gone", "agency=%s command=%s", session->agency, wire_word(command));
    }
    sessions_forget(&router->sessions, session);
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

void reply_welcome(struct router *router, struct session *session)
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
                    const struct fault *fault)
{
    unsigned char number[8];
    struct zsock_part parts[4] = {{number, 8},
                                  {code, strlen(code)},
                                  {fault->field, strlen(fault->field)},
                                  {fault->reason, strlen(fault->reason)}};

    wire_put_u64(number, seq);
    say(router, session, WIRE_NAK, parts, 4);
}

void reply_held(struct router *router, struct session *session)
{
    for (size_t i = 0; i < session->held_count && session->state == SESSION_OPEN; i++)
        say_nak(router, session, session->held[i].seq, session->held[i].code,
                &session->held[i].fault);
    free(session->held);
    session->held = NULL;
    session->held_count = 0;
}

void reply_again(struct router *router, struct session *session, struct wire_range range)
{
    say_numbers(router, session, WIRE_AGAIN, range.first, range.last, 2);
}

void reply_account(struct router *router, struct session *session, const struct account *account)
{
    json_t *root = json_pack("{s:I,s:s,s:s,s:I,s:I,s:I}", "through", (json_int_t)account->through,
                             "source", account->source, "verdict", account->verdict, "records",
                             (json_int_t)account->records, "ours", (json_int_t)account->ours,
                             "missing", (json_int_t)account->missing);
    char *text = root ? json_dumps(root, JSON_COMPACT) : NULL;

    json_decref(root);
    if (text)
        say(router, session, WIRE_ACCOUNT, &(struct zsock_part){text, strlen(text)}, 1);
    free(text);
}

void reply_pong(struct router *router, struct session *session)
{
    say_numbers(router, session, WIRE_PONG, (uint64_t)clock_wall_us(), 0, 1);
}

void reply_refuse_id(struct router *router, zmq_msg_t *id, const char *code, const char *reason)
{
    struct zsock_part to = {zmq_msg_data(id), zmq_msg_size(id)};
    size_t length = strlen(reason);
    struct zsock_part parts[2] = {{code, strlen(code)}, {reason, length < 159 ? length : 159}};

    wire_send(router->sock, &to, WIRE_REFUSE, parts, 2);
}

void reply_refuse(struct router *router, struct session *session, const char *code,
                  const char *reason)
{
    size_t length = strlen(reason);
    struct zsock_part parts[2] = {{code, strlen(code)}, {reason, length < 159 ? length : 159}};

    log_warn("session_refused", "agency=%s code=%s", session->agency, code);
    counters_add(router->counters, "refused_session", session->agency, 1);
    session_ref(session);
    say(router, session, WIRE_REFUSE, parts, 2);
    sessions_forget(&router->sessions, session);
    session_unref(session);
}

void reply_refuse_and_cut(struct router *router, struct session *session, const char *code,
                          const char *reason)
{
    int fd = session->fd;

    reply_refuse(router, session, code, reason);
    connections_condemn(&router->connections, fd, clock_mono_us() + REPLY_GRACE_US);
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

static void send_ranges(struct router *router, struct session *session)
{
    unsigned char ranges[WIRE_MAX_RANGES * 16];

    for (size_t from = 0; from < session->ack_count; from += WIRE_MAX_RANGES) {
        size_t left = session->ack_count - from, count = 0;

        for (; count < left && count < WIRE_MAX_RANGES; count++) {
            wire_put_u64(&ranges[count * 16], session->ack[from + count].first);
            wire_put_u64(&ranges[count * 16 + 8], session->ack[from + count].last);
        }
        if (session->state == SESSION_OPEN)
            say(router, session, WIRE_ACK, &(struct zsock_part){ranges, count * 16}, 1);
    }
}

/* One ACK a session and commit, however the sessions' events were mixed: the pipe to a peer holds
 * so many messages, and a session whose pipe is full is given up. */
static void send_acks(struct router *router)
{
    for (size_t i = 0; i < router->acking_count; i++) {
        struct session *session = router->acking[i];

        send_ranges(router, session);
        free(session->ack);
        session->ack = NULL;
        session->ack_count = session->ack_room = 0;
        session_unref(session);
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
    case RECORD_REFUSED: {
        char quoted[200];
        counters_add(router->counters, "quarantined", session->agency, 1);
        log_warn("quarantined", "agency=%s seq=%llu code=%s field=%s reason=%s", session->agency,
                 (unsigned long long)record->seq, err_name(record->refusal->fault.code),
                 record->refusal->fault.field,
                 log_quote(record->refusal->fault.reason, quoted, sizeof quoted));
        say_nak(router, session, record->seq, err_name(record->refusal->fault.code),
                &record->refusal->fault);
        break;
    }
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
    struct router *router = ctx;

    if (session->state == SESSION_FORGOTTEN)
        return;
    counters_add(router->counters, "stream_taken", session->agency, 1);
    reply_refuse(router, session, "taken", "another connection has this stream");
}

void router_outage_cb(void *ctx)
{
    struct router *router = ctx;
    struct session *session, *next;

    SESSIONS_EACH(&router->sessions, session, next)
    reply_refuse(router, session, "busy", "the database is away");
}
