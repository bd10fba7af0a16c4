#include "intake_router.h"

#include "clock.h"
#include "guard.h"
#include "intake_curve.h"
#include "log.h"
#include "reply.h"
#include "session_moves.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    ROUTER_FRAME_MAX = 1049600, /* the protocol's limit: more is answered with REFUSE */
    ROUTER_DELAY_MS = 50,
    ROUTER_SILENT_PARTS = 2, /* of the descriptors; one is for connections without a key */
};

/* What libzmq may hold of incomplete messages. For one connection: the largest frame that is
 * answered and the overdraft, in addition to its credit. For all: several of these, in addition to
 * the budget. */
#define ROUTER_HELD_EACH ((uint64_t)CURVE_FRAME_CUT + CREDIT_OVERDRAFT + 65536)
#define ROUTER_HELD_ALL  ((uint64_t)32 << 20)

/* ---- Messages: frame 0 is the routing id, 1 the signature, 2 the command. ---- */

/* The sender, by the key of the connection; NULL if the message must be dropped. */
static const struct key *identify(struct router *router, struct zsock_message *message)
{
    const char *user = curve_user(message);
    const struct key *key = user ? keys_find(&router->tables->keys, user) : NULL;

    if (!key) {
        counters_add(router->counters, "no_identity", "", 1);
        log_warn("no_identity", "user_id=%s", user ? "unknown" : "absent");
    }
    return key;
}

static void refuse_message(struct session_input *in, const char *code, const char *reason)
{
    in->code = code;
    in->reason = reason;
    session_run(in, ON_BAD_MESSAGE);
}

static void refuse_revoked(struct session_input *in)
{
    counters_add(in->router->counters, "revoked_key", in->key->agency, 1);
    log_warn("revoked_key", "agency=%s", in->key->agency);
    refuse_message(in, "revoked", "the key was revoked");
}

static void refuse_syntax(struct session_input *in, const struct error *error)
{
    char text[240];
    bool version = error->code == ERR_RANGE;

    snprintf(text, sizeof text, "%s: %s", error->field, error->reason);
    counters_add(in->router->counters, "bad_message", in->key->agency, 1);
    log_warn("bad_message", "agency=%s reason=\"%s\"", in->key->agency, text);
    refuse_message(in, version ? "version" : "syntax", text);
}

static bool has_overlong_frame(const struct zsock_message *message)
{
    for (size_t i = 0; i < message->count; i++)
        if (zmq_msg_size(&message->frame[i]) > ROUTER_FRAME_MAX)
            return true;
    return false;
}

static void refuse_overlong(struct session_input *in)
{
    char text[80];

    snprintf(text, sizeof text, "a frame is over %d octets", ROUTER_FRAME_MAX);
    counters_add(in->router->counters, "overlong_frame", in->key->agency, 1);
    log_warn("overlong_frame", "agency=%s limit=%d", in->key->agency, ROUTER_FRAME_MAX);
    refuse_message(in, "syntax", text);
}

/* Whether an agent may send the message; if not, it is answered with an error. */
static bool is_allowed(struct session_input *in, enum wire_command *command)
{
    struct error error = {0};
    int err = wire_check(in->message, 1, command, &error);

    if (!err && *command >= WIRE_WELCOME)
        err = error_set(&error, ERR_STATE, wire_word(*command), "is not an agent's to send");
    if (err)
        refuse_syntax(in, &error);
    return err == 0;
}

static int fd_of(struct zsock_message *message)
{
    return zmq_msg_get(&message->frame[message->count - 1], ZMQ_SRCFD);
}

/* Whether a message outside an open session is handled. */
static bool is_heard(const struct session_input *in)
{
    struct router *router = in->router;
    int fd = fd_of(in->message);

    connections_heard(&router->connections, fd, quotas_of(&router->quotas, in->key));
    return connections_strike(&router->connections, fd, clock_mono_us());
}

static void readable_cb(void *ctx, struct zsock_message *message)
{
    struct router *router = ctx;
    struct session_input in = {.router = router, .message = message};
    enum wire_command command = (enum wire_command)0; /* is_allowed sets it */

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
    if (command == WIRE_HELLO && in.session && !is_heard(&in))
        return;
    if (in.session && in.session->state == SESSION_OPEN) {
        in.session->heard_mono = clock_mono_us();
        in.session->heard_dirty = true;
    }
    session_run(&in, (enum session_event)command);
}

/* ---- The socket ---- */

/* A connection is gone. An open session without BYE was cut: libzmq does not tell whether by the
 * network, by the peer's end, or because a frame was over CURVE_FRAME_CUT. */
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
                 session->agency, CURVE_FRAME_CUT);
        /* The session is kept: a newer connection may have the number by now. If it is gone, it
         * falls silent. */
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
    if (router->handshakes_failed++ < ROUTER_TOLD) /* the rest is logged in one line */
        log_warn("handshake_failed", "kind=%s",
                 event == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL ? "protocol"
                 : event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH   ? "key"
                                                              : "broken_off");
}

static int read_keys(const char *path, char secret[41], struct error *error)
{
    char line[64];
    FILE *file = fopen(path, "r");

    secret[0] = '\0';
    if (!file)
        return error_set(error, ERR_IO, "intake.key_file", "cannot be read");
    while (fgets(line, sizeof line, file))
        sscanf(line, "secret = %40s", secret);
    fclose(file);
    if (strlen(secret) != 40)
        return error_set(error, ERR_SYNTAX, "intake.key_file",
                         "must have a line secret = and 40 characters");
    return 0;
}

int router_listen(struct router *router, struct error *error)
{
    char secret[41];
    int err = read_keys(router->options->key_file, secret, error);

    if (err)
        return err;
    router->sock =
        zsock_open(router->loop, router->zmq_context, ZMQ_ROUTER, readable_cb, router, error);
    if (!router->sock)
        return error->code;
    void *handle = zsock_handle(router->sock);
    err = curve_secure(handle, secret, error);
    sodium_memzero(secret, sizeof secret);
    if (err)
        return err;
    err = zsock_monitor(router->sock,
                        ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED |
                            ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                            ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL,
                        monitor_cb, router, error);
    if (!err)
        err = zsock_bind(router->sock, router->options->listen, error);
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
    session_raise(router, session, ON_STOP);
    zsock_close(router->sock);
    free(router->acking);
    uv_close((uv_handle_t *)&router->delay, closed_cb);
}
