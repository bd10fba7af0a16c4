#include "provider.h"

#include "breaker.h"
#include "bucket.h"
#include "clock.h"
#include "courier.h"
#include "log.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SECOND_US = 1000000,
    PATIENCE_US = SECOND_US / 4, /* later a message might say what is not true any more */
    SILENT_US = 5 * SECOND_US,   /* a provider that ends no try for so long is passed by */
    PROBE_WAITS = 6,             /* of base_s: between two messages that try whether they arrive */
};

struct provider {
    const struct channel *channel;
    enum settings_way way;
    struct provider_plan plan;
    struct provider_hooks hooks;
    void *shared; /* by its workers, if its channel has something to share */
    struct courier *courier;
    struct breaker breaker;
    struct bucket bucket;
    uv_timer_t timer;   /* until it has room again */
    size_t out;         /* messages that it has */
    int64_t ended_us;   /* since when it has some, and has ended none */
    bool arrives;       /* as receipts say */
    int64_t given_us;   /* its last message while they said so, or it deferred everybody */
    int base_s;         /* as in settings */
    enum reason reason; /* why it is down */
    char error[48];
};

/* Up and down -----------------------------------------------------------------------------------*/

static void tell_change(struct provider *provider)
{
    bool up = breaker_is_up(&provider->breaker);

    log_write(up ? LOG_LEVEL_INFO : LOG_LEVEL_WARN, "provider",
              "channel=%s name=%s lane=%s state=%s reason=%s error=\"%s\"", provider->channel->name,
              provider->plan.name, provider->way == WAY_REPLAY ? "replay" : "live",
              up ? "up" : "down", up ? "" : reason_name(provider->reason),
              up ? "" : provider->error);
    if (provider->hooks.changed)
        provider->hooks.changed(provider->hooks.ctx, provider);
}

static void give_back(struct provider *provider, struct parcel *parcel)
{
    provider->out--;
    if (parcel->began_us) /* it was tried */
        provider->ended_us = clock_mono_us();
    provider->hooks.done(provider->hooks.ctx, provider, parcel);
}

/* What waits for a worker would fare no better. */
static void recall(struct provider *provider, enum reason why)
{
    struct parcel *parcel = courier_recall(provider->courier);

    while (parcel) {
        struct parcel *next = parcel->next;

        parcel->next = NULL;
        parcel_judged(parcel, VERDICT_HELD_BACK, "%s", "");
        parcel->reason = why;
        if (parcel->probe)
            breaker_probe_lost(&provider->breaker, parcel->urgent);
        give_back(provider, parcel);
        parcel = next;
    }
}

static void note_why(struct provider *provider, const struct parcel *parcel)
{
    provider->reason = parcel->reason;
    snprintf(provider->error, sizeof provider->error, "%s", parcel->error);
}

static void failed(struct provider *provider, const struct parcel *parcel, int64_t now_us)
{
    bool went_down = breaker_failed(&provider->breaker, parcel->probe, parcel->urgent,
                                    parcel->began_us, now_us, randombytes_uniform(1000));

    if (!provider->breaker.down)
        return;
    note_why(provider, parcel);
    if (went_down) {
        tell_change(provider);
        recall(provider, REASON_PROVIDER_DOWN);
    }
}

static void alive(struct provider *provider, const struct parcel *parcel, int64_t now_us)
{
    bool took = parcel->end == END_OK && parcel->went_out; /* and had it not before */
    bool freed = took && breaker_took(&provider->breaker, now_us);

    if (!breaker_alive(&provider->breaker, now_us) && !freed)
        return;
    note_why(provider, parcel); /* it may still defer everybody */
    tell_change(provider);
    if (freed && provider->hooks.freed)
        provider->hooks.freed(provider->hooks.ctx, provider);
    provider->hooks.ready(provider->hooks.ctx, provider);
}

static uint64_t recipient_of(const struct parcel *parcel)
{
    static const unsigned char key[crypto_shorthash_KEYBYTES];
    const char *to = parcel->to ? parcel->to : "";
    unsigned char hash[crypto_shorthash_BYTES];
    uint64_t recipient;

    crypto_shorthash(hash, (const unsigned char *)to, strlen(to), key);
    memcpy(&recipient, hash, sizeof recipient);
    return recipient;
}

static void deferred(struct provider *provider, struct parcel *parcel, int64_t now_us)
{
    struct breaker *breaker = &provider->breaker;
    bool begins = breaker_deferred(breaker, recipient_of(parcel), parcel->began_us, now_us);

    parcel->everybody = breaker->defers;
    parcel->at_once = parcel->began_us <= breaker->freed_us;
    if (breaker->defers && !breaker->down)
        note_why(provider, parcel);
    if (!begins)
        return;
    provider->given_us = now_us;
    tell_change(provider);
}

static void busy(struct provider *provider, const struct parcel *parcel, int64_t now_us)
{
    bucket_refused(&provider->bucket, parcel->retry_after_s, parcel->began_us, now_us);
    alive(provider, parcel, now_us);
    recall(provider, REASON_RATE_LIMITED);
}

static void learn(struct provider *provider, struct parcel *parcel)
{
    int64_t now_us = clock_mono_us();

    switch (parcel->sign) {
    case SIGN_ALIVE:
        bucket_taken(&provider->bucket);
        alive(provider, parcel, now_us);
        break;
    case SIGN_DOWN:
        failed(provider, parcel, now_us);
        break;
    case SIGN_BUSY:
        busy(provider, parcel, now_us);
        break;
    case SIGN_NONE:
        if (parcel->probe)
            breaker_probe_lost(&provider->breaker, parcel->urgent);
        break;
    }
    if (parcel->deferred)
        deferred(provider, parcel, now_us);
}

static void done_cb(void *ctx, struct parcel *parcel)
{
    struct provider *provider = ctx;

    learn(provider, parcel);
    give_back(provider, parcel);
}

/* Room ------------------------------------------------------------------------------------------*/

static void ready_cb(uv_timer_t *timer)
{
    struct provider *provider = timer->data;

    provider->hooks.ready(provider->hooks.ctx, provider);
}

/* Calls back at that time, if it does not sooner: urgent messages wait for less long; INT64_MAX:
 * something else will. */
static void wait_until(struct provider *provider, int64_t at_us, int64_t now_us)
{
    if (at_us == INT64_MAX)
        return;
    int64_t wait_ms = (at_us - now_us) / 1000 + 2; /* the loop's clock may be a millisecond ahead */
    uv_update_time(provider->timer.loop);
    if (uv_is_active((uv_handle_t *)&provider->timer) &&
        (int64_t)uv_timer_get_due_in(&provider->timer) <= wait_ms)
        return;
    uv_timer_start(&provider->timer, ready_cb, wait_ms > 1 ? (uint64_t)wait_ms : 1, 0);
}

static size_t least(size_t one, size_t other)
{
    return one < other ? one : other;
}

/* How many it may be given, whether or not there are workers. */
static size_t allowance(struct provider *provider, bool urgent)
{
    int64_t now_us = clock_mono_us();
    enum breaker_gate gate = breaker_gate(&provider->breaker, urgent, now_us);
    size_t allowed = bucket_room(&provider->bucket, urgent, now_us);

    if (gate == GATE_SHUT)
        wait_until(provider, breaker_opens_us(&provider->breaker, urgent), now_us);
    else if (allowed == 0)
        wait_until(provider, bucket_opens_us(&provider->bucket, urgent, now_us), now_us);
    return gate == GATE_OPEN ? allowed : gate == GATE_PROBE ? least(allowed, 1) : 0;
}

size_t provider_room(struct provider *provider, bool urgent)
{
    return least(allowance(provider, urgent), courier_room(provider->courier, urgent));
}

void provider_arrives(struct provider *provider, bool arrives)
{
    if (provider->arrives == arrives)
        return;
    provider->arrives = arrives;
    log_write(arrives ? LOG_LEVEL_INFO : LOG_LEVEL_WARN, "provider_receipts",
              "channel=%s name=%s state=%s", provider->channel->name, provider->plan.name,
              arrives ? "arriving" : "not_arriving");
    provider->hooks.ready(provider->hooks.ctx, provider);
}

void provider_route(struct provider *provider, struct route_state *state)
{
    int64_t now_us = clock_mono_us();

    *state = (struct route_state){
        .up = breaker_is_up(&provider->breaker),
        .arrives = provider->arrives,
        .silent = provider->out > 0 && now_us - provider->ended_us > SILENT_US,
        .full = bucket_room(&provider->bucket, false, now_us) == 0 ||
                provider_room(provider, true) == 0,
    };
}

size_t provider_probe_room(struct provider *provider)
{
    int64_t next_us = provider->given_us + provider->base_s * (int64_t)PROBE_WAITS * SECOND_US;

    if (!provider->breaker.down && clock_mono_us() < next_us)
        return 0;
    return least(provider_room(provider, false), 1);
}

int provider_send(struct provider *provider, struct parcel *parcel)
{
    int64_t now_us = clock_mono_us();

    if (allowance(provider, parcel->urgent) == 0)
        return ERR_STATE;
    parcel->probe = breaker_gate(&provider->breaker, parcel->urgent, now_us) == GATE_PROBE;
    parcel->retry_after_s = -1;
    parcel->way = provider->way;
    if (courier_send(provider->courier, parcel) != 0)
        return ERR_STATE;
    if (provider->out++ == 0)
        provider->ended_us = now_us;
    if (!provider->arrives || provider->breaker.defers)
        provider->given_us = now_us;
    bucket_take(&provider->bucket, now_us);
    if (parcel->probe)
        breaker_probe(&provider->breaker, parcel->urgent);
    return 0;
}

/* Life ------------------------------------------------------------------------------------------*/

static time_t wall_of(int64_t mono_us)
{
    return (time_t)((clock_wall_us() + mono_us - clock_mono_us()) / SECOND_US);
}

void provider_state(const struct provider *provider, struct provider_state *state)
{
    const struct breaker *breaker = &provider->breaker;

    *state = (struct provider_state){.channel = provider->channel->name,
                                     .name = provider->plan.name,
                                     .lane = provider_lane(provider),
                                     .up = breaker_is_up(breaker),
                                     .since = wall_of(breaker->since_us)};
    if (state->up)
        return;
    state->reason = provider->reason;
    snprintf(state->error, sizeof state->error, "%s", provider->error);
    if (breaker->down && !breaker->probing[false])
        state->next_probe = wall_of(breaker->next_us);
}

bool provider_is_up(const struct provider *provider)
{
    return breaker_is_up(&provider->breaker);
}

bool provider_defers(const struct provider *provider)
{
    return provider->breaker.defers;
}

int64_t provider_took_before_us(const struct provider *provider)
{
    return provider->breaker.before_us;
}

const struct channel *provider_channel(const struct provider *provider)
{
    return provider->channel;
}

enum settings_lane provider_lane(const struct provider *provider)
{
    return provider->way == WAY_REPLAY ? LANE_REPLAY : LANE_LIVE;
}

enum settings_way provider_way(const struct provider *provider)
{
    return provider->way;
}

bool provider_is_asked(const struct provider *provider)
{
    return provider->plan.asked;
}

const char *provider_name(const struct provider *provider)
{
    return provider->plan.name;
}

void provider_hurry(struct provider *provider)
{
    courier_hurry(provider->courier);
}

static void closed_cb(uv_handle_t *handle)
{
    free(handle->data);
}

void provider_close(struct provider *provider)
{
    if (!provider)
        return;
    courier_close(provider->courier); /* no worker runs any more */
    if (provider->shared)
        provider->channel->unshare(provider->shared);
    uv_close((uv_handle_t *)&provider->timer, closed_cb);
}

struct provider *provider_open(uv_loop_t *loop, const struct settings *settings,
                               const struct channel *channel, enum settings_way way,
                               const struct provider_hooks *hooks)
{
    struct provider *provider = calloc(1, sizeof *provider);
    int64_t now_us = clock_mono_us();

    if (!provider)
        return NULL;
    *provider = (struct provider){.channel = channel,
                                  .way = way,
                                  .hooks = *hooks,
                                  .arrives = true,
                                  .base_s = settings->base_s};
    channel->plan(settings, way, &provider->plan);
    breaker_init(&provider->breaker, settings->base_s, settings->most_s, now_us);
    bucket_init(&provider->bucket, provider->plan.per_second, now_us);
    uv_timer_init(loop, &provider->timer);
    provider->timer.data = provider;
    uv_unref((uv_handle_t *)&provider->timer);
    provider->shared = channel->share ? channel->share(settings) : NULL;
    struct courier_options options = {
        .channel = channel,
        .settings = settings,
        .shared = provider->shared,
        .workers = (size_t)provider->plan.workers,
        .reserved = (size_t)provider->plan.reserved,
        .patience_us = PATIENCE_US,
        .done = done_cb,
        .ctx = provider,
    };
    if (provider->shared || !channel->share)
        provider->courier = courier_open(loop, &options);
    if (!provider->courier) {
        provider_close(provider);
        return NULL;
    }
    return provider;
}
