#include "session_moves.h"

#include "arrival.h"
#include "clock.h"
#include "log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(ON_HELLO == (int)WIRE_HELLO && ON_EVENT == (int)WIRE_EVENT &&
                   ON_EVENTS == (int)WIRE_EVENTS && ON_GONE == (int)WIRE_GONE &&
                   ON_MANIFEST == (int)WIRE_MANIFEST && ON_PING == (int)WIRE_PING &&
                   ON_BYE == (int)WIRE_BYE,
               "a command is its own event");

static const struct move {
    void (*action)(struct session_input *in);
    enum session_state next;
} moves[][SESSION_EVENT_COUNT] = {
#define MOVE(state, event, action, next) \
    [SESSION_##state][ON_##event] = {session_do_##action, SESSION_##next},
#include "session_moves.def"
#undef MOVE
};

static const char *const state_words[] =
    {[SESSION_UNKNOWN] = "UNKNOWN", [SESSION_TAKING] = "TAKING", [SESSION_OPEN] = "OPEN"};

static const char *const event_words[] = {
#define AS_WORD(name) [ON_##name] = #name,
    SESSION_EVENTS(AS_WORD)
#undef AS_WORD
};

void session_run(struct session_input *in, enum session_event event)
{
    enum session_state state = in->session ? in->session->state : SESSION_UNKNOWN;
    const struct move *move = &moves[state][event];

    if (!move->action) { /* a defect: this session ends, and the other agencies go on */
        log_error("impossible_event", "state=%s event=%s", state_words[state], event_words[event]);
        if (in->session)
            sessions_forget(&in->router->sessions, in->session);
        return;
    }
    if (in->session)
        in->session->state = move->next;
    move->action(in);
}

void session_raise(struct router *router, struct session *session, enum session_event event)
{
    session_run(&(struct session_input){.router = router, .session = session}, event);
}

void session_fail(struct router *router, struct session *session, enum session_event event,
                  const char *code, const char *reason)
{
    struct session_input in = {.router = router, .session = session};

    in.code = code;
    in.reason = reason;
    session_run(&in, event);
}

/* ---- HELLO ---- */

/* The frames behind the command are its arguments. */
enum { ARG = 3 };

static zmq_msg_t *arg(const struct session_input *in, size_t n)
{
    return &in->message->frame[ARG + n];
}

static void taken_over_cb(void *ctx, struct session *session, enum takeover_verdict verdict);

/* Each agency has at most one takeover in the database's queue. So a HELLO waits for at most one
 * takeover of each other agency, and not for all of an agency that repeats HELLO. */
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
                                       taken_over_cb, router) == 0;
        if (quota->taking)
            return;
        session_raise(router, session, ON_OUTAGE);
    }
}

static void taken_over_cb(void *ctx, struct session *session, enum takeover_verdict verdict)
{
    struct quota *quota = session->quota;
    struct session_input in = {.router = ctx, .session = session, .verdict = verdict};

    quota->taking = false;
    session_run(&in, verdict == TAKEOVER_DONE ? ON_OURS : ON_NOT_OURS);
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

void session_do_begin(struct session_input *in)
{
    struct router *router = in->router;
    zmq_msg_t *id = &in->message->frame[0];
    struct error error = {0};

    if (in->session) /* HELLO again: the fence answers the records in flight */
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
                      &error) != 0) {
        char text[240];
        snprintf(text, sizeof text, "%s: %s", error.field, error.reason);
        session_fail(router, session, ON_MISTAKE, "syntax", text);
        return;
    }
    if (!may_open) {
        counters_add(router->counters, "too_many_sessions", session->agency, 1);
        session_fail(router, session, ON_OVER_LIMIT, "limit", "the agency has all its sessions");
        return;
    }
    if (session->withheld)
        counters_add(router->counters, "withheld_agent", session->agency, session->withheld);
    log_debug("hello", "agency=%s stream=%s waits=%d", session->agency, session->stream_id,
              quota->taking);
    end_older(router, session);
    session->waiting = true;
    if (!quota->taking)
        take_next(router, quota);
}

/* ---- Commands of an open session ---- */

static struct arrival first_event(const struct session_input *in)
{
    return (struct arrival){
        .seq = wire_get_u64(zmq_msg_data(arg(in, 0))),
        .type = zmq_msg_data(arg(in, 1)),
        .type_size = zmq_msg_size(arg(in, 1)),
        .body = zmq_msg_data(arg(in, 2)),
        .size = zmq_msg_size(arg(in, 2)),
    };
}

void session_do_take_event(struct session_input *in)
{
    struct arrival event = first_event(in);
    struct session *session = session_ref(in->session); /* it may be refused on the way */

    arrival_take(in->router, session, &event);
    session_unref(session);
}

void session_do_take_events(struct session_input *in)
{
    struct arrival event = first_event(in);
    struct session *session = in->session;
    struct wire_bodies bodies = {(const unsigned char *)event.body,
                                 (const unsigned char *)event.body + event.size};
    const void *body;

    if (session->minor < WIRE_MINOR_EVENTS) {
        session_fail(in->router, session, ON_MISTAKE, "syntax",
                     "EVENTS: not of the minor version of HELLO");
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

/* Puts a record that costs no credit; an agency may have a limited number of them in flight. */
static void put_unpaid(struct session_input *in, struct record *record)
{
    struct session *session = in->session;

    if (session->quota->unpaid >= CREDIT_UNPAID) {
        counters_add(in->router->counters, "over_credit", session->agency, 1);
        if (record->kind == RECORD_MANIFEST)
            free(record->manifest);
        session_fail(in->router, session, ON_OVER_LIMIT, "credit",
                     "too many unanswered MANIFEST and GONE");
        return;
    }
    session_ref(session);
    writer_put(router_writer(in->router, session), record, NULL, NULL, NULL);
}

void session_do_take_gone(struct session_input *in)
{
    struct session *session = in->session;
    struct record record = {.kind = RECORD_GONE,
                            .session = session,
                            .seq = wire_get_u64(zmq_msg_data(arg(in, 0))),
                            .last = wire_get_u64(zmq_msg_data(arg(in, 1)))};

    if (record.seq == 0 || record.last < record.seq || record.last > INT64_MAX) {
        session_fail(in->router, session, ON_MISTAKE, "syntax", "GONE: bad range");
        return;
    }
    if (!session_gone(session, record.seq, record.last))
        return; /* it was not missing: nothing changes */
    counters_add(in->router->counters, "gone", session->agency, 1);
    log_warn("gone", "agency=%s stream=%s first=%" PRIu64 " last=%" PRIu64, session->agency,
             session->stream_id, record.seq, record.last);
    put_unpaid(in, &record);
}

void session_do_take_manifest(struct session_input *in)
{
    struct record record = {.kind = RECORD_MANIFEST, .session = in->session};

    record.manifest = manifest_parse(zmq_msg_data(arg(in, 0)), zmq_msg_size(arg(in, 0)));
    if (!record.manifest) {
        session_fail(in->router, in->session, ON_MISTAKE, "syntax",
                     "MANIFEST: not as the page says");
        return;
    }
    if (record.manifest->withheld)
        counters_add(in->router->counters, "withheld_source", in->session->agency,
                     record.manifest->withheld);
    if (record.manifest->through > 0 &&
        (uint64_t)record.manifest->through > in->session->high + WIRE_MAX_AHEAD) {
        free(record.manifest);
        counters_add(in->router->counters, "too_far_ahead", in->session->agency, 1);
        session_fail(in->router, in->session, ON_MISTAKE, "syntax",
                     "MANIFEST: too far ahead: begin a new stream");
        return;
    }
    put_unpaid(in, &record);
}

void session_do_end(struct session_input *in)
{
    log_info("session_end", "agency=%s stream=%s", in->session->agency, in->session->stream_id);
    sessions_forget(&in->router->sessions, in->session);
}

/* ---- The end ---- */

void session_do_forget(struct session_input *in)
{
    sessions_forget(&in->router->sessions, in->session);
}

void session_do_forget_silent(struct session_input *in)
{
    struct session *session = in->session;

    counters_add(in->router->counters, "silent_session", session->agency, 1);
    log_info("session_silent", "agency=%s stream=%s", session->agency, session->stream_id);
    connections_asleep(&in->router->connections, session->fd, clock_mono_us());
    sessions_forget(&in->router->sessions, session);
}

void session_do_ignore(struct session_input *in)
{
    (void)in;
}
