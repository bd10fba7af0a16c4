#include "router.h"

#include "arrival.h"
#include "clock.h"
#include "door.h"
#include "guard.h"
#include "log.h"
#include "reply.h"
#include "takeover.h"
#include "upkeep.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    ROUTER_FRAME_MAX = 1049600, /* of the protocol: answered with REFUSE */
    ROUTER_DELAY_MS = 50,
    ROUTER_SILENT_PARTS = 2, /* of the descriptors, for connections that showed no key yet */
};

/* What libzmq may hold that is no whole message yet: of a connection the largest frame that is
 * answered and its overdraft, beside its credit; of all several of these, beside the budget. */
#define ROUTER_HELD_EACH ((uint64_t)DOOR_FRAME_CUT + CREDIT_OVERDRAFT + 65536)
#define ROUTER_HELD_ALL  ((uint64_t)32 << 20)

/* ---- Message handling: frames[0] is the routing id, [1] signature, [2] command, [3]... arguments.
 * ---- */

enum { ARG = 3 };

struct incoming {
    struct router *router;
    struct zsock_message *message;
    const struct key *key;
    struct session *session; /* NULL: none yet */
};

static zmq_msg_t *arg(const struct incoming *in, size_t n)
{
    return &in->message->frame[ARG + n];
}

static void welcome(struct router *router, struct session *session, enum takeover_verdict verdict)
{
    if (session->state == SESSION_FORGOTTEN)
        return;
    if (verdict == TAKEOVER_OUTAGE) {
        reply_refuse(router, session, "busy", "the database is away");
    } else if (verdict == TAKEOVER_WRONG_MODE) {
        reply_refuse(router, session, "mode", "this stream was begun in another mode");
    } else if (verdict == TAKEOVER_TOO_MANY) {
        counters_add(router->counters, "too_many_streams", session->agency, 1);
        reply_refuse_and_cut(router, session, "limit",
                             "the agency has begun too many new streams within the hour");
    } else {
        session->state = SESSION_OPEN;
        session->sent_mono = clock_mono_us(); /* not idle yet */
        reply_welcome(router, session);
        reply_held(router, session);
        log_info("session_open", "agency=%s stream=%s mode=%d high=%" PRIu64 " gaps=%zu",
                 session->agency, session->stream_id, session->mode, session->high,
                 session->gap_count);
    }
}

static void welcome_cb(void *ctx, struct session *session, enum takeover_verdict verdict);

/* Of each agency one takeover at a time is in the database's queue: whoever says HELLO waits for
 * one of each other agency at most, and not for all of one that says it again and again. */
static void take_next(struct router *router, struct quota *quota)
{
    struct session *session, *next;

    SESSIONS_EACH(&router->sessions, session, next)
    {
        if (!session->waiting || session->quota != quota)
            continue;
        session->waiting = false;
        quota->taking = writer_is_up(router_writer(router, session)) &&
                        takeover_begin(router->db, session, router->options->agency_streams_h,
                                       welcome_cb, router) == 0;
        if (quota->taking)
            return;
        reply_refuse(router, session, "busy", "the database is away");
    }
}

static void welcome_cb(void *ctx, struct session *session, enum takeover_verdict verdict)
{
    struct quota *quota = session->quota;

    quota->taking = false;
    welcome(ctx, session, verdict);
    take_next(ctx, quota);
}

/* The same stream on another connection of the same agency: the newer one has it. */
static void end_older(struct router *router, const struct session *newer)
{
    struct session *session, *next;

    SESSIONS_EACH(&router->sessions, session, next)
    if (session != newer && session->agency_id == newer->agency_id &&
        strcmp(session->stream_id, newer->stream_id) == 0)
        router_taken_cb(router, session);
}

static void handle_hello(struct incoming *in)
{
    struct router *router = in->router;
    zmq_msg_t *id = &in->message->frame[0];
    struct fault fault = {0};

    if (in->session) /* HELLO again: what is on its way is answered by the fence */
        sessions_forget(&router->sessions, in->session);
    struct session *session = sessions_add(&router->sessions, zmq_msg_data(id), zmq_msg_size(id));
    if (!session)
        return;
    snprintf(session->key, sizeof session->key, "%s", in->key->z85);
    snprintf(session->agency, sizeof session->agency, "%s", in->key->agency);
    session->agency_id = in->key->agency_id;
    struct quota *quota = quotas_of(&router->quotas, in->key);
    bool may_open = quota_may_open(quota);
    quota_open(&router->quotas, quota, session);
    const char *peer = zmq_msg_gets(arg(in, 0), "Peer-Address");
    snprintf(session->peer, sizeof session->peer, "%s", peer ? peer : "");
    session->fd = zmq_msg_get(arg(in, 0), ZMQ_SRCFD);
    session->heard_mono = clock_mono_us();
    unsigned char owner[UUID_OCTETS];
    uuid_make(owner);
    uuid_format(owner, session->owner);
    session->state = SESSION_TAKING;
    if (session_hello(session, zmq_msg_data(arg(in, 0)), zmq_msg_size(arg(in, 0)), clock_wall_us(),
                      &fault) != 0) {
        char text[240];
        snprintf(text, sizeof text, "%s: %s", fault.field, fault.reason);
        reply_refuse(router, session, "syntax", text);
        return;
    }
    if (!may_open) {
        counters_add(router->counters, "too_many_sessions", session->agency, 1);
        reply_refuse_and_cut(router, session, "limit", "the agency has all its sessions");
        return;
    }
    if (session->withheld)
        counters_add(router->counters, "withheld_agent", session->agency, session->withheld);
    log_debug("hello", "agency=%s stream=%s waits=%d", session->agency, session->stream_id,
              quota->taking);
    end_older(router, session);
    in->session = session;
    session->waiting = true;
    if (!quota->taking)
        take_next(router, quota);
}

static struct arrival first_event(const struct incoming *in)
{
    return (struct arrival){
        .seq = wire_get_u64(zmq_msg_data(arg(in, 0))),
        .type = zmq_msg_data(arg(in, 1)),
        .type_size = zmq_msg_size(arg(in, 1)),
        .body = zmq_msg_data(arg(in, 2)),
        .size = zmq_msg_size(arg(in, 2)),
    };
}

static void handle_event(struct incoming *in)
{
    struct arrival event = first_event(in);

    arrival_take(in->router, in->session, &event);
}

static void handle_events(struct incoming *in)
{
    struct arrival event = first_event(in);
    struct session *session = in->session;
    struct wire_bodies bodies = {(const unsigned char *)event.body,
                                 (const unsigned char *)event.body + event.size};
    const void *body;

    if (session->minor < WIRE_MINOR_EVENTS) {
        reply_refuse(in->router, session, "syntax", "EVENTS: not of the minor version of HELLO");
        return;
    }
    session_ref(session);
    while (session->state == SESSION_OPEN && wire_next_body(&bodies, &body, &event.size)) {
        event.body = body;
        arrival_take(in->router, session, &event);
        event.seq++;
    }
    session_unref(session);
}

/* A record that costs no credit: so many of an agency may be on their way, and no more. */
static void put_unpaid(struct incoming *in, struct record *record)
{
    struct session *session = in->session;

    if (session->quota->unpaid >= CREDIT_UNPAID) {
        counters_add(in->router->counters, "over_credit", session->agency, 1);
        if (record->kind == RECORD_MANIFEST)
            free(record->manifest);
        reply_refuse_and_cut(in->router, session, "credit",
                             "too many unanswered MANIFEST and GONE");
        return;
    }
    session_ref(session);
    writer_put(router_writer(in->router, session), record, NULL, NULL, NULL);
}

static void handle_gone(struct incoming *in)
{
    struct session *session = in->session;
    struct record record = {.kind = RECORD_GONE,
                            .session = session,
                            .seq = wire_get_u64(zmq_msg_data(arg(in, 0))),
                            .last = wire_get_u64(zmq_msg_data(arg(in, 1)))};

    if (record.seq == 0 || record.last < record.seq || record.last > INT64_MAX) {
        reply_refuse(in->router, session, "syntax", "GONE: bad range");
        return;
    }
    if (!session_gone(session, record.seq, record.last))
        return; /* it was not missing: nothing changes */
    counters_add(in->router->counters, "gone", session->agency, 1);
    log_warn("gone", "agency=%s stream=%s first=%" PRIu64 " last=%" PRIu64, session->agency,
             session->stream_id, record.seq, record.last);
    put_unpaid(in, &record);
}

static void handle_manifest(struct incoming *in)
{
    struct record record = {.kind = RECORD_MANIFEST, .session = in->session};

    record.manifest = manifest_parse(zmq_msg_data(arg(in, 0)), zmq_msg_size(arg(in, 0)));
    if (!record.manifest) {
        reply_refuse(in->router, in->session, "syntax", "MANIFEST: not as the page says");
        return;
    }
    if (record.manifest->withheld)
        counters_add(in->router->counters, "withheld_source", in->session->agency,
                     record.manifest->withheld);
    if (record.manifest->through > 0 &&
        (uint64_t)record.manifest->through > in->session->high + WIRE_MAX_AHEAD) {
        free(record.manifest);
        counters_add(in->router->counters, "too_far_ahead", in->session->agency, 1);
        reply_refuse(in->router, in->session, "syntax",
                     "MANIFEST: too far ahead: begin a new stream");
        return;
    }
    put_unpaid(in, &record);
}

static void handle_ping(struct incoming *in)
{
    int64_t theirs = (int64_t)wire_get_u64(zmq_msg_data(arg(in, 0)));

    in->session->skew_ms = session_skew_ms(theirs, clock_wall_us());
    reply_pong(in->router, in->session);
}

static void handle_bye(struct incoming *in)
{
    log_info("session_end", "agency=%s stream=%s", in->session->agency, in->session->stream_id);
    sessions_forget(&in->router->sessions, in->session);
}

static void (*const handlers[])(struct incoming *in) = {
    [WIRE_EVENT] = handle_event,       [WIRE_EVENTS] = handle_events, [WIRE_GONE] = handle_gone,
    [WIRE_MANIFEST] = handle_manifest, [WIRE_PING] = handle_ping,     [WIRE_BYE] = handle_bye,
};

/* Who sent it, by the key of the connection; NULL if it must be dropped. */
static const struct key *identify(struct router *router, struct zsock_message *message)
{
    const char *user = door_user(message);
    const struct key *key = user ? keys_find(&router->tables->keys, user) : NULL;

    if (!key) {
        counters_add(router->counters, "no_identity", "", 1);
        log_warn("no_identity", "user_id=%s", user ? "unknown" : "absent");
    }
    return key;
}

static void refuse_revoked(struct incoming *in)
{
    counters_add(in->router->counters, "revoked_key", in->key->agency, 1);
    log_warn("revoked_key", "agency=%s", in->key->agency);
    reply_refuse_id(in->router, &in->message->frame[0], "revoked", "the key was revoked");
    if (in->session)
        sessions_forget(&in->router->sessions, in->session);
}

static void refuse_syntax(struct incoming *in, const struct fault *fault)
{
    char text[240];
    bool version = fault->code == ERR_RANGE;

    snprintf(text, sizeof text, "%s: %s", fault->field, fault->reason);
    counters_add(in->router->counters, "bad_message", in->key->agency, 1);
    log_warn("bad_message", "agency=%s reason=\"%s\"", in->key->agency, text);
    reply_refuse_id(in->router, &in->message->frame[0], version ? "version" : "syntax", text);
    if (in->session)
        sessions_forget(&in->router->sessions, in->session);
}

static bool has_overlong_frame(const struct zsock_message *message)
{
    for (size_t i = 0; i < message->count; i++)
        if (zmq_msg_size(&message->frame[i]) > ROUTER_FRAME_MAX)
            return true;
    return false;
}

static void refuse_overlong(struct incoming *in)
{
    char text[80];

    snprintf(text, sizeof text, "a frame is over %d octets", ROUTER_FRAME_MAX);
    counters_add(in->router->counters, "overlong_frame", in->key->agency, 1);
    log_warn("overlong_frame", "agency=%s limit=%d", in->key->agency, ROUTER_FRAME_MAX);
    reply_refuse_id(in->router, &in->message->frame[0], "syntax", text);
    if (in->session)
        sessions_forget(&in->router->sessions, in->session);
}

/* Whether the message is an agent's to send; else it is answered. */
static bool is_allowed(struct incoming *in, enum wire_command *command)
{
    struct fault fault = {0};
    int err = wire_check(in->message, 1, command, &fault);

    if (!err && *command >= WIRE_WELCOME)
        err = fault_set(&fault, ERR_STATE, wire_word(*command), "is not an agent's to send");
    if (err)
        refuse_syntax(in, &fault);
    return err == 0;
}

static int fd_of(struct zsock_message *message)
{
    return zmq_msg_get(&message->frame[message->count - 1], ZMQ_SRCFD);
}

/* What is not of an open session: may it be looked at? */
static bool is_heard(struct incoming *in)
{
    struct router *router = in->router;
    int fd = fd_of(in->message);

    connections_heard(&router->connections, fd, quotas_of(&router->quotas, in->key));
    return connections_strike(&router->connections, fd, clock_mono_us());
}

static void readable_cb(void *ctx, struct zsock_message *message)
{
    struct router *router = ctx;
    struct incoming in = {.router = router, .message = message};
    enum wire_command command;

    guard_taken(message);
    in.key = identify(router, message);
    if (!in.key)
        return;
    in.session = sessions_find(&router->sessions, zmq_msg_data(&message->frame[0]),
                               zmq_msg_size(&message->frame[0]));
    /* A session belongs to the key that began it, whatever the routing id says. */
    if (in.session && strcmp(in.session->key, in.key->z85) != 0)
        in.session = NULL;
    if (!in.session && !is_heard(&in))
        return;
    if (in.key->revoked) {
        refuse_revoked(&in);
        return;
    }
    if (has_overlong_frame(message)) {
        refuse_overlong(&in);
        return;
    }
    if (!is_allowed(&in, &command))
        return;
    if (command == WIRE_HELLO) {
        if (!in.session || is_heard(&in))
            handle_hello(&in);
        return;
    }
    if (!in.session || in.session->state != SESSION_OPEN) {
        if (!in.session)
            reply_refuse_id(router, &message->frame[0], "no_session", "say HELLO first");
        return;
    }
    in.session->heard_mono = clock_mono_us();
    in.session->heard_dirty = true;
    handlers[command](&in);
}

/* ---- The socket ---- */

/* A connection is gone. An open session without BYE was cut: libzmq does not tell whether by the
 * network, by the peer's end, or because a frame was over DOOR_FRAME_CUT. */
static void count_disconnection(struct router *router, int fd)
{
    struct session *session, *next;

    counters_add(router->counters, "disconnected", "", 1);
    guard_gone(fd);
    connections_closed(&router->connections, fd);
    SESSIONS_EACH(&router->sessions, session, next)
    {
        if (session->fd != fd)
            continue;
        counters_add(router->counters, "cut_session", session->agency, 1);
        log_warn("cut_session", "agency=%s reason=\"no BYE: network, or a frame over %d octets\"",
                 session->agency, DOOR_FRAME_CUT);
        /* Not forgotten yet: the number may be a newer connection's by now. Silence will tell. */
        session->fd = -1;
        quota_leave(session);
    }
}

static void monitor_cb(void *ctx, int event, unsigned value)
{
    struct router *router = ctx;

    if (event == ZMQ_EVENT_ACCEPTED) {
        connections_accepted(&router->connections, (int)value, clock_mono_us());
        return;
    }
    if (event == ZMQ_EVENT_DISCONNECTED) {
        count_disconnection(router, (int)value);
        return;
    }
    counters_add(router->counters, "handshake_failed", "", 1);
    if (router->handshakes_failed++ < ROUTER_TOLD) /* the rest is told in one line */
        log_warn("handshake_failed", "kind=%s",
                 event == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL ? "protocol"
                 : event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH   ? "key"
                                                              : "broken_off");
}

static int read_keys(const char *path, char secret[41], struct fault *fault)
{
    char line[64];
    FILE *file = fopen(path, "r");

    secret[0] = '\0';
    if (!file)
        return fault_set(fault, ERR_IO, "intake.key_file", "cannot be read");
    while (fgets(line, sizeof line, file))
        sscanf(line, "secret = %40s", secret);
    fclose(file);
    if (strlen(secret) != 40)
        return fault_set(fault, ERR_SYNTAX, "intake.key_file",
                         "must have a line secret = and 40 characters");
    return 0;
}

int router_listen(struct router *router, struct fault *fault)
{
    char secret[41];
    int err = read_keys(router->options->key_file, secret, fault);

    if (err)
        return err;
    router->sock =
        zsock_open(router->loop, router->zmq_context, ZMQ_ROUTER, readable_cb, router, fault);
    if (!router->sock)
        return fault->code;
    void *handle = zsock_handle(router->sock);
    err = door_secure(handle, secret, fault);
    sodium_memzero(secret, sizeof secret);
    if (err)
        return err;
    err = zsock_monitor(router->sock,
                        ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED |
                            ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                            ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL,
                        monitor_cb, router, fault);
    if (!err)
        err = zsock_bind(router->sock, router->options->listen, fault);
    char endpoint[256];
    size_t size = sizeof endpoint;
    if (!err && zmq_getsockopt(handle, ZMQ_LAST_ENDPOINT, endpoint, &size) == 0)
        router->connections.port = atoi(strrchr(endpoint, ':') + 1);
    guard_listen(router->connections.port);
    return err;
}

bool router_is_listening(const struct router *router)
{
    return router->sock != NULL;
}

struct router *router_new(const struct router_parts *parts)
{
    struct router *router = calloc(1, sizeof *router);

    if (!router)
        return NULL;
    router->loop = parts->loop;
    router->zmq_context = parts->zmq_context;
    router->db = parts->db;
    router->counters = parts->counters;
    router->tables = parts->tables;
    router->options = parts->options;
    router->quotas.pool.budget = (uint64_t)parts->options->credit_mb << 20;
    router->quotas.defaults =
        (struct limits){parts->options->agency_connections, parts->options->agency_kb_s * 1024LL,
                        parts->options->agency_records_s};
    connections_init(&router->connections, (int)(sysconf(_SC_OPEN_MAX) / ROUTER_SILENT_PARTS),
                     parts->options->address_connections);
    guard_open(ROUTER_HELD_EACH + router->quotas.pool.budget / CREDIT_PARTS,
               ROUTER_HELD_ALL + router->quotas.pool.budget);
    uv_timer_init(router->loop, &router->delay);
    router->delay.data = router;
    return router;
}

bool router_may_connect_cb(void *ctx, const struct key *key)
{
    struct router *router = ctx;

    return quota_may_connect(quotas_of(&router->quotas, key), clock_mono_us());
}

static void delay_cb(uv_timer_t *timer)
{
    struct router *router = timer->data;
    struct session *session, *next;

    for (struct quota *quota = router->quotas.by_agency; quota; quota = quota->hh.next)
        quota->delayed = false;
    SESSIONS_EACH(&router->sessions, session, next)
    reply_credit(router, session);
}

void router_delay(struct router *router)
{
    if (!uv_is_active((uv_handle_t *)&router->delay))
        uv_timer_start(&router->delay, delay_cb, ROUTER_DELAY_MS, 0);
}

static void closed_cb(uv_handle_t *timer)
{
    struct router *router = timer->data;

    quotas_free(&router->quotas);
    connections_free(&router->connections);
    free(router);
}

void router_set_writers(struct router *router, struct writer *const *writers, size_t count)
{
    router->writers = writers;
    router->writer_count = count;
}

void router_free(struct router *router)
{
    struct session *session, *next;

    if (!router)
        return;
    SESSIONS_EACH(&router->sessions, session, next)
    sessions_forget(&router->sessions, session);
    zsock_close(router->sock);
    free(router->acking);
    uv_close((uv_handle_t *)&router->delay, closed_cb);
}
