/* See sender.h and docs/protocol.md, section 6. */
#include "sender.h"

#include "clock.h"
#include "sender_private.h"

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

static void pause_cb(uv_timer_t *timer);

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

void sender_pause(struct sender *sender, int64_t pause_ms)
{
    int64_t most = sender->options.retry_max_s * INT64_C(1000);

    link_close(sender->link);
    sender->link = NULL;
    ledger_free(&sender->session.asked);
    if (pause_ms == 0) {
        pause_ms = sender->pause_ms;
        sender->pause_ms *= 2;
    }
    if (sender->pause_ms > DOUBLING_MS)
        sender->pause_ms = DOUBLING_MS;
    if (pause_ms > most)
        pause_ms = most;
    uv_timer_start(&sender->pause, pause_cb, (uint64_t)pause_ms, 0);
}

void sender_do_end(const struct sender_input *in)
{
    sender_pause(in->sender, 0);
}

void sender_do_close(const struct sender_input *in)
{
    link_close(in->sender->link);
    in->sender->link = NULL;
}

void sender_do_say_bye(const struct sender_input *in)
{
    sender_say(in->sender, WIRE_BYE, NULL, 0);
    sender_do_close(in);
}

/* Actions for events of the link. Each logs what an operator can do. */

void sender_do_end_key_refused(const struct sender_input *in)
{
    struct sender *sender = in->sender;
    char hint[160];

    snprintf(hint, sizeof hint, "ask the district's operator to let in this agency's public key %s",
             sender->options.link.public_key);
    sender_tell(sender, "refused",
                in->status == 400 ? "the intake does not let in this agency's key"
                                  : "the intake could not check this agency's key",
                hint);
    sender_pause(sender, KEY_PAUSE_MS);
}

void sender_do_end_lost(const struct sender_input *in)
{
    sender_tell(in->sender, "disconnected", "the connection to the intake was lost", "");
    sender_pause(in->sender, 0);
}

void sender_do_end_unconnected(const struct sender_input *in)
{
    sender_tell(in->sender, "cannot_connect", in->what, "check [intake] endpoint and the keys");
    sender_pause(in->sender, 0);
}

void sender_do_tell_no_handshake(const struct sender_input *in)
{
    sender_tell(in->sender, "no_handshake",
                "something answers at the endpoint, but not as our intake",
                "check [intake] endpoint and server_key; the intake may also be busy");
}

void sender_do_tell_unreachable(const struct sender_input *in)
{
    sender_tell(in->sender, "unreachable", "nobody answers at the intake's endpoint",
                "is it running, and does a firewall let this machine out?");
}

static void link_cb(void *ctx, enum link_event event, unsigned detail)
{
    static const enum sender_event events[] = {[LINK_UP] = ON_UP,
                                               [LINK_DOWN] = ON_DOWN,
                                               [LINK_REFUSED] = ON_KEY_REFUSED,
                                               [LINK_NO_HANDSHAKE] = ON_NO_HANDSHAKE,
                                               [LINK_UNREACHABLE] = ON_UNREACHABLE};

    sender_run(&(struct sender_input){.sender = ctx, .status = detail}, events[event]);
}

static void message_cb(void *ctx, struct zsock_message *message)
{
    sender_hear(ctx, message);
}

void sender_do_connect(const struct sender_input *in)
{
    struct sender *sender = in->sender;
    struct error error;

    sender->link = link_open(sender->loop, sender->zmq_context, &sender->options.link, link_cb,
                             message_cb, sender, &error);
    if (!sender->link)
        sender_run(&(struct sender_input){.sender = sender, .what = error.reason},
                   ON_CANNOT_CONNECT);
}

static void pause_cb(uv_timer_t *timer)
{
    sender_raise(timer->data, ON_START);
}

void sender_do_greet(const struct sender_input *in)
{
    struct sender *sender = in->sender;
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
    if (part.size == 0 || part.size > sizeof text || sender_say(sender, WIRE_HELLO, &part, 1) != 0)
        sender_raise(sender, ON_CANNOT_SEND);
}

void sender_do_greet_again(const struct sender_input *in)
{
    log_info("no_session", "action=hello");
    sender_do_greet(in);
}

void sender_do_end_silent(const struct sender_input *in)
{
    sender_tell(in->sender, "silent", "the intake is connected but says nothing", "");
    sender_pause(in->sender, 0);
}

void sender_do_end_unanswered(const struct sender_input *in)
{
    sender_tell(in->sender, "no_answer", "the intake is there but answers no events", "");
    sender_pause(in->sender, 0);
}

/* Checks for silence in both directions. */
static void beat_cb(uv_timer_t *timer)
{
    struct sender *sender = timer->data;
    struct session *session = &sender->session;
    int64_t now = clock_mono_us();

    if (sender->state != SENDER_GREETING && sender->state != SENDER_STREAMING)
        return;
    if (now - session->heard_at > WIRE_HEARTBEATS_MISSED * session->heartbeat_us) {
        sender_raise(sender, ON_SILENT);
        return;
    }
    if (sender->state != SENDER_STREAMING)
        return;
    if (session->unanswered > 0 && now - session->answered_at > ANSWER_US) {
        sender_raise(sender, ON_NO_ANSWER);
        return;
    }
    /* A little early, so that it arrives in time. */
    if (now - session->spoke_at >= session->heartbeat_us - 2 * BEAT_MS * INT64_C(1000))
        sender_raise(sender, ON_IDLE);
    sender_raise(sender, ON_READY);
}

static void soon_cb(uv_idle_t *idle)
{
    uv_idle_stop(idle);
    sender_raise(idle->data, ON_READY);
}

struct sender *sender_open(uv_loop_t *loop, void *zmq_context, struct spool *spool,
                           struct manifests *manifests, const struct sender_options *options,
                           struct error *error)
{
    struct sender *sender = calloc(1, sizeof *sender);

    if (!sender) {
        error_set(error, ERR_NOMEM, "", "no memory");
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
    sender->closed_cb = closed_cb;
    sender->closed_ctx = ctx;
    sender_raise(sender, ON_STOP);
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
