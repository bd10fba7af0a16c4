/* See sender.h and docs/protocol.md, section 6. */
#include "sender.h"

#include "clock.h"
#include "sender_session.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum {
    BEAT_MS = 200,
    KEY_PAUSE_MS = 60000,
    DOUBLING_MS = 30000,
    GREETING_US = 15000000,
    ANSWER_US = 60000000,
};

static const char *const words[] = {
    [SENDER_CLOSED] = "CLOSED",
    [SENDER_CONNECTING] = "CONNECTING",
    [SENDER_GREETING] = "GREETING",
    [SENDER_STREAMING] = "STREAMING",
};

/* The moves that docs/protocol.md allows. */
static const bool allowed[4][4] = {
    [SENDER_CLOSED] = {[SENDER_CONNECTING] = true},
    [SENDER_CONNECTING] = {[SENDER_GREETING] = true, [SENDER_CLOSED] = true},
    [SENDER_GREETING] =
        {[SENDER_STREAMING] = true, [SENDER_GREETING] = true, [SENDER_CLOSED] = true},
    [SENDER_STREAMING] = {[SENDER_GREETING] = true, [SENDER_CLOSED] = true},
};

static void pause_cb(uv_timer_t *timer);

void sender_move(struct sender *sender, enum sender_state to, const char *why)
{
    enum sender_state from = sender->state;

    if (!allowed[from][to]) {
        log_error("impossible_move", "from=%s to=%s why=%s", words[from], words[to], why);
        abort();
    }
    log_debug("session", "from=%s to=%s why=%s", words[from], words[to], why);
    sender->state = to;
    if (sender->options.moved_cb && !sender->closing)
        sender->options.moved_cb(sender->options.ctx);
}

void sender_tell(struct sender *sender, const char *event, const char *why, const char *hint)
{
    char text[sizeof sender->diagnosis], quoted[2 * sizeof text];

    if (snprintf(text, sizeof text, "%s%s%s", why, *hint ? ": " : "", hint) < 0 ||
        strcmp(text, sender->diagnosis) == 0)
        return;
    strcpy(sender->diagnosis, text);
    log_warn(event, "agency=%s what=%s", sender->options.agency,
             log_quote(text, quoted, sizeof quoted));
}

void sender_drop(struct sender *sender, const char *why, int64_t pause_ms)
{
    int64_t most = sender->options.retry_max_s * INT64_C(1000);

    link_close(sender->link);
    sender->link = NULL;
    ledger_free(&sender->session.asked);
    sender_move(sender, SENDER_CLOSED, why);
    if (pause_ms == 0) {
        pause_ms = sender->pause_ms;
        sender->pause_ms *= 2;
    }
    if (sender->pause_ms > DOUBLING_MS)
        sender->pause_ms = DOUBLING_MS;
    if (pause_ms > most)
        pause_ms = most;
    if (!sender->closing)
        uv_timer_start(&sender->pause, pause_cb, (uint64_t)pause_ms, 0);
}

/* What the link tells, and what an operator can do about it. */

static void refused(struct sender *sender, unsigned status)
{
    char hint[160];

    snprintf(hint, sizeof hint, "ask the district's operator to let in this agency's public key %s",
             sender->options.link.public_key);
    sender_tell(sender, "refused",
                status == 400 ? "the intake does not let in this agency's key"
                              : "the intake could not check this agency's key",
                hint);
    sender_drop(sender, "key_refused", KEY_PAUSE_MS);
}

static void no_handshake(struct sender *sender)
{
    sender_tell(sender, "no_handshake", "something answers at the endpoint, but not as our intake",
                "check [intake] endpoint and server_key; the intake may also be busy");
}

static void link_cb(void *ctx, enum link_event event, unsigned detail)
{
    struct sender *sender = ctx;

    switch (event) {
    case LINK_UP:
        if (sender->state == SENDER_CONNECTING && sender_greet(sender) != 0)
            sender_drop(sender, "cannot_send", 0);
        break;
    case LINK_DOWN:
        sender_tell(sender, "disconnected", "the connection to the intake was lost", "");
        sender_drop(sender, "disconnected", 0);
        break;
    case LINK_REFUSED:
        refused(sender, detail);
        break;
    case LINK_NO_HANDSHAKE:
        no_handshake(sender);
        break;
    case LINK_UNREACHABLE:
        sender_tell(sender, "unreachable", "nobody answers at the intake's endpoint",
                    "is it running, and does a firewall let this machine out?");
        break;
    }
}

static void message_cb(void *ctx, struct zsock_message *message)
{
    sender_hear(ctx, message);
}

static void pause_cb(uv_timer_t *timer)
{
    struct sender *sender = timer->data;
    struct fault fault;

    sender->link = link_open(sender->loop, sender->zmq_context, &sender->options.link, link_cb,
                             message_cb, sender, &fault);
    sender_move(sender, SENDER_CONNECTING, "start");
    if (sender->link)
        return;
    sender_tell(sender, "cannot_connect", fault.reason, "check [intake] endpoint and the keys");
    sender_drop(sender, "cannot_connect", 0);
}

int sender_greet(struct sender *sender)
{
    char text[1024];
    json_t *hello = json_pack(
        "{s:{s:i,s:i},s:s,s:I,s:s,s:I,s:I,s:I,s:s}", "version", "major", WIRE_MAJOR, "minor",
        WIRE_MINOR, "stream", spool_stream(sender->spool), "epoch",
        (json_int_t)spool_epoch(sender->spool), "mode", sender->options.mode, "first",
        (json_int_t)spool_first(sender->spool), "next", (json_int_t)spool_next(sender->spool),
        "clock", (json_int_t)clock_wall_us(), "agent", "liaison-feed " LIAISON_VERSION);
    struct zsock_part part = {text, hello ? json_dumpb(hello, text, sizeof text, JSON_COMPACT) : 0};

    json_decref(hello);
    ledger_free(&sender->session.asked);
    sender->session = (struct session){
        .heard_at = clock_mono_us(), .spoke_at = clock_mono_us(), .heartbeat_us = GREETING_US / 3};
    sender_move(sender, SENDER_GREETING, "handshake_done");
    return part.size > 0 && part.size <= sizeof text ? sender_say(sender, WIRE_HELLO, &part, 1)
                                                     : ERR_SIZE;
}

/* Silence either way. */
static void beat_cb(uv_timer_t *timer)
{
    struct sender *sender = timer->data;
    struct session *session = &sender->session;
    int64_t now = clock_mono_us();

    if (sender->state != SENDER_GREETING && sender->state != SENDER_STREAMING)
        return;
    if (now - session->heard_at > WIRE_HEARTBEATS_MISSED * session->heartbeat_us) {
        sender_tell(sender, "silent", "the intake is connected but says nothing", "");
        sender_drop(sender, "silent", 0);
        return;
    }
    if (sender->state != SENDER_STREAMING)
        return;
    if (session->unanswered > 0 && now - session->answered_at > ANSWER_US) {
        sender_tell(sender, "no_answer", "the intake is there but answers no events", "");
        sender_drop(sender, "no_answer", 0);
        return;
    }
    /* A little early, so that it is heard in time. */
    if (now - session->spoke_at >= session->heartbeat_us - 2 * BEAT_MS * INT64_C(1000))
        sender_ping(sender);
    sender_flow(sender);
}

static void soon_cb(uv_idle_t *idle)
{
    struct sender *sender = idle->data;

    uv_idle_stop(idle);
    if (sender->state == SENDER_STREAMING)
        sender_flow(sender);
}

struct sender *sender_open(uv_loop_t *loop, void *zmq_context, struct spool *spool,
                           struct manifests *manifests, const struct sender_options *options,
                           struct fault *fault)
{
    struct sender *sender = calloc(1, sizeof *sender);

    if (!sender) {
        fault_set(fault, ERR_NOMEM, "", "no memory");
        return NULL;
    }
    sender->loop = loop;
    sender->zmq_context = zmq_context;
    sender->spool = spool;
    sender->manifests = manifests;
    sender->options = *options;
    sender->pause_ms = SENDER_PAUSE_MS;
    sender->known = spool_next(spool) - 1;
    uv_timer_init(loop, &sender->pause);
    uv_timer_init(loop, &sender->beat);
    uv_timer_init(loop, &sender->hold);
    uv_idle_init(loop, &sender->soon);
    sender->pause.data = sender->beat.data = sender->hold.data = sender->soon.data = sender;
    sender->open_handles = 4;
    uv_timer_start(&sender->pause, pause_cb, 0, 0);
    uv_timer_start(&sender->beat, beat_cb, BEAT_MS, BEAT_MS);
    return sender;
}

void sender_wake(struct sender *sender)
{
    if (sender->state == SENDER_STREAMING)
        uv_idle_start(&sender->soon, soon_cb);
}

static void handle_closed_cb(uv_handle_t *handle)
{
    struct sender *sender = handle->data;

    if (--sender->open_handles > 0)
        return;
    ledger_free(&sender->session.asked);
    if (sender->closed_cb)
        sender->closed_cb(sender->closed_ctx);
    free(sender);
}

void sender_close(struct sender *sender, void (*closed_cb)(void *ctx), void *ctx)
{
    sender->closing = true;
    sender->closed_cb = closed_cb;
    sender->closed_ctx = ctx;
    if (sender->state == SENDER_STREAMING)
        sender_say(sender, WIRE_BYE, NULL, 0);
    link_close(sender->link);
    sender->link = NULL;
    uv_close((uv_handle_t *)&sender->pause, handle_closed_cb);
    uv_close((uv_handle_t *)&sender->beat, handle_closed_cb);
    uv_close((uv_handle_t *)&sender->hold, handle_closed_cb);
    uv_close((uv_handle_t *)&sender->soon, handle_closed_cb);
}

enum sender_state sender_state(const struct sender *sender)
{
    return sender->state;
}

const char *sender_state_word(enum sender_state state)
{
    return words[state];
}

bool sender_is_done(const struct sender *sender)
{
    return spool_ledger(sender->spool)->high + 1 >= spool_next(sender->spool) &&
           sender->manifests->count == 0 &&
           (sender->state != SENDER_STREAMING || clock_mono_us() >= sender->session.proof_until);
}

const char *sender_diagnosis(const struct sender *sender)
{
    return sender->state == SENDER_STREAMING ? "" : sender->diagnosis;
}

uint64_t sender_unanswered(const struct sender *sender)
{
    return sender->state == SENDER_STREAMING ? sender->session.unanswered : 0;
}
