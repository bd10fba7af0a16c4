/*
 * provider: one configured way out of a channel, for live calls or for a replay: a mail relay,
 * Twilio, Kannel. A channel may have two for live calls (route.h). It has workers of its own
 * (courier.h), knows whether it is up (breaker.h) and how much it may be given (bucket.h). Back-off
 * is the provider's, not the message's: while it is down one message goes out as a probe, and the
 * first sign of life lets all go. While it defers everybody each message has its own, and the first
 * one that it takes ends all of these (hook freed).
 *
 * Who goes first is the caller's decision: ask for the room, give so many, the most urgent first.
 * A channel whose messages go to many hosts (webhook.c) has one provider for all, which never goes
 * down: the hosts' back-off is the channel's own (receivers.h), and a message that its host holds
 * back waits by itself (parcel.h, hold_ms).
 *
 * Parcels that wait for a worker when the provider goes down, or asks for a rest, come back at
 * once, unsent (VERDICT_HELD_BACK).
 *
 * All calls and callbacks on the loop's thread.
 */
#ifndef NOTIFY_PROVIDER_H
#define NOTIFY_PROVIDER_H

#include "channel.h"
#include "route.h"

#include <uv.h>

struct provider;

struct provider_hooks {
    /* Once for each parcel that was sent with success of provider_send; it is the owner's again. */
    void (*done)(void *ctx, struct provider *provider, struct parcel *parcel);
    /* It may have room again, after provider_room said that it has none. */
    void (*ready)(void *ctx, struct provider *provider);
    /* It went down or came up. NULL: nobody asks. */
    void (*changed)(void *ctx, struct provider *provider);
    /* It deferred everybody, and takes messages again: what it deferred is due. NULL: as above. */
    void (*freed)(void *ctx, struct provider *provider);
    void *ctx;
};

/* For a row that an operator reads. */
struct provider_state {
    const char *channel, *name;
    enum settings_lane lane;
    bool up;
    time_t since;
    /* While it is not up: why, the answer of the last failure, and when the next probe may go (0:
     * one is out, or it is not down and defers everybody). */
    enum reason reason;
    char error[48];
    time_t next_probe;
};

/* What must be configured for it stands in settings, which must stay. NULL without memory. */
struct provider *provider_open(uv_loop_t *loop, const struct settings *settings,
                               const struct channel *channel, enum settings_way way,
                               const struct provider_hooks *hooks);
/* How many parcels it takes now: none while it is down or may be given no more, one as a probe.
 * Urgent ones have the reserved workers as well. After 0, ready will be called. */
size_t provider_room(struct provider *provider, bool urgent);
/* Whether its messages arrive, as their receipts say; true until somebody says otherwise. */
void provider_arrives(struct provider *provider, bool arrives);
void provider_route(struct provider *provider, struct route_state *state);
/* Room for a probe that is not urgent, while another provider carries the messages of its channel:
 * 1 when it is time for one, else 0. */
size_t provider_probe_room(struct provider *provider);
/* 0, or ERR_STATE without room: then the parcel is still the caller's. */
int provider_send(struct provider *provider, struct parcel *parcel);
void provider_state(const struct provider *provider, struct provider_state *state);
/* Neither down, nor does it defer everybody. */
bool provider_is_up(const struct provider *provider);
bool provider_defers(const struct provider *provider);
/* When it last took a message before it deferred the present ones, or those before the last hook
 * freed; microseconds of a monotonic clock. INT64_MIN: it took none since the program began. */
int64_t provider_took_before_us(const struct provider *provider);
const struct channel *provider_channel(const struct provider *provider);
enum settings_lane provider_lane(const struct provider *provider);
enum settings_way provider_way(const struct provider *provider);
/* Whether it can be asked if it has a message already. */
bool provider_is_asked(const struct provider *provider);
/* As in notify.attempt. Lives as long as the provider. */
const char *provider_name(const struct provider *provider);
/* Tries that have not come to the body of their message end soon, as temporary. */
void provider_hurry(struct provider *provider);
/* Ends everything within about a second, without done; the memory is returned when the loop has
 * closed its handles. NULL is fine. */
void provider_close(struct provider *provider);

#endif
