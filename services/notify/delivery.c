#include "delivery.h"

#include "channel.h"
#include "decimal.h"
#include "dispatch.h"
#include "log.h"
#include "providers.h"
#include "subject.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A parcel that came back, until the database knows how it ended. */
struct ending {
    struct ending *next;
    struct parcel *parcel;
    const char *state; /* of the row */
    int64_t wait_ms;   /* until the next try; -1: none */
    bool elsewhere;    /* its channel has another provider */
    bool submitted;
    bool alone; /* it was refused with others: in a transaction of its own, to find which */
};

enum {
    CLAIM_MOST = 64,
    ELSEWHERE_MS =
        1000, /* until a repetition goes by another provider than the one that was asked */
};

/* What one transaction claims. */
struct claimed {
    /* The queue that comes next, and how many its provider was given so far. */
    size_t provider;
    int lane;
    size_t given;
    size_t taken; /* of all providers */
    size_t count;
    struct parcel *parcel[CLAIM_MOST];
    struct provider *by[CLAIM_MOST]; /* to which it goes */
    /* Rows that were not sent after all: their alerts are to be published. */
    size_t dropped_count;
    struct {
        int district_id;
        int64_t alert_id;
    } dropped[CLAIM_MOST];
};

/* A provider, as the callbacks of its claims know it. */
struct claimant {
    struct delivery *delivery;
    struct provider *provider;
};

struct delivery {
    struct db *db;
    struct counters *counters;
    const struct settings *settings;
    const struct steady *steady;
    struct delivery_hooks hooks;
    struct providers providers;
    struct claimant claimants[PROVIDERS_MOST]; /* as providers.at */
    char kinds[SUBJECT_KINDS * 32 + 2];        /* of subjects, as an array of PostgreSQL */
    struct claimed claimed;
    struct ending *endings; /* by alert */
    bool noting;            /* a transaction writes down those that are submitted */
    bool claiming;
    bool again;
    bool stopping;
    size_t out; /* parcels with a provider */
};

/* How a try ended -------------------------------------------------------------------------------*/

/* While a provider is down or wants a rest it has no room, and its messages wait for it: they need
 * no wait of their own, but where a receiver of its own holds one back (hold_ms). */
static bool waits_for_provider(const struct parcel *p)
{
    return p->sign == SIGN_DOWN || p->sign == SIGN_BUSY || p->began_at == 0 || p->hold_ms;
}

/* Only the recipient's fault fails a message. What nobody took in time has expired. */
static void end_temporary(struct delivery *delivery, struct ending *ending)
{
    const struct parcel *p = ending->parcel;
    const struct retry_policy *policy = &delivery->settings->retry;

    if (waits_for_provider(p))
        ending->wait_ms = p->age_s < policy->give_up_s ? p->hold_ms : -1;
    else
        ending->wait_ms = retry_wait_ms(policy, p->attempts, p->age_s, randombytes_uniform(1000));
    ending->state = ending->wait_ms >= 0          ? "queued"
                    : p->fault == FAULT_RECIPIENT ? "failed"
                                                  : "expired";
}

/* Whether it is repeated is decided where all of its alert is known. A repetition that sent
 * nothing, since the provider could not be asked whether it has the message, is still to come: by
 * the other provider, if there is one. */
static void end_unknown(struct delivery *delivery, struct ending *ending)
{
    const struct parcel *p = ending->parcel;
    const struct retry_policy *policy = &delivery->settings->retry;
    bool again = p->was_unknown && !p->went_out && p->age_s < policy->give_up_s;

    ending->state = again ? "queued" : "unknown";
    ending->wait_ms = !again              ? -1
                      : ending->elsewhere ? ELSEWHERE_MS
                                          : policy->unknown_s * (int64_t)1000;
}

static void decide(struct delivery *delivery, struct ending *ending)
{
    ending->wait_ms = -1;
    switch (ending->parcel->end) {
    case END_OK:
        ending->state = "sent";
        break;
    case END_PERMANENT:
        ending->state = "failed";
        break;
    case END_TEMPORARY:
        end_temporary(delivery, ending);
        break;
    case END_UNKNOWN:
        end_unknown(delivery, ending);
        break;
    }
}

static void count(struct delivery *delivery, const struct ending *ending)
{
    const struct parcel *p = ending->parcel;
    const struct channel *channel = p->channel;
    bool sent = strcmp(ending->state, "sent") == 0;
    bool again = strcmp(ending->state, "queued") == 0;

    counters_add(delivery->counters,
                 sent    ? channel->sent_counter
                 : again ? channel->retried_counter
                         : channel->failed_counter,
                 "", 1);
    log_write(sent ? LOG_LEVEL_INFO : LOG_LEVEL_WARN, "delivery",
              "district=%d alert=%" PRId64 " delivery=%" PRId64
              " channel=%s try=%d end=%s state=%s reason=%s error=\"%s\" next_ms=%" PRId64,
              p->district_id, p->alert_id, p->delivery_id, channel->name, p->attempts,
              parcel_end_name(p->end), ending->state, reason_name(p->reason), p->error,
              ending->wait_ms);
}

/* One that goes alone, if there is one, else all. */
static void choose_endings(struct delivery *delivery)
{
    struct ending *alone = delivery->endings;

    while (alone && !alone->alone)
        alone = alone->next;
    for (struct ending *e = delivery->endings; e; e = e->next)
        e->submitted = !alone || e == alone;
}

/* All alerts are locked before the first delivery, in the order in which every transaction locks
 * several of them. */
static void end_step_cb(struct db_job *job, void *ctx)
{
    struct delivery *delivery = ctx;

    choose_endings(delivery);
    for (const struct ending *e = delivery->endings; e; e = e->next)
        if (e->submitted)
            db_exec_text(job, "delivery_hold", NULL, NULL, 2, DECIMAL(e->parcel->district_id),
                         DECIMAL(e->parcel->delivery_id));
    for (const struct ending *e = delivery->endings; e; e = e->next) {
        const struct parcel *p = e->parcel;

        if (e->submitted)
            db_exec_text(job, "delivery_end", NULL, NULL, 10, DECIMAL(p->district_id),
                         DECIMAL(p->delivery_id), delivery->hooks.instance, e->state,
                         reason_name(p->reason), p->error, p->provider_id, DECIMAL(e->wait_ms),
                         DECIMAL(steady_now_us(delivery->steady)), p->began_at ? "true" : "false");
    }
}

static void forget(struct delivery *delivery, struct ending *ending)
{
    struct ending **at = &delivery->endings;

    while (*at != ending)
        at = &(*at)->next;
    *at = ending->next;
    parcel_free(ending->parcel);
    free(ending);
}

/* The submitted ones are written down: their alerts are told, each once. */
static void forget_submitted(struct delivery *delivery)
{
    int64_t told = 0;
    bool look = false;

    for (struct ending *next, *e = delivery->endings; e; e = next) {
        next = e->next;
        if (!e->submitted)
            continue;
        if (e->parcel->alert_id != told)
            delivery->hooks.alert_cb(delivery->hooks.ctx, e->parcel->district_id,
                                     e->parcel->alert_id);
        told = e->parcel->alert_id;
        look |= strcmp(e->state, "sent") != 0;
        forget(delivery, e);
    }
    if (look)
        delivery->hooks.look_cb(delivery->hooks.ctx);
}

/* Returns how many are submitted. From now on they are not, and those that were refused go alone;
 * one that was alone is forgotten. */
static size_t take_back(struct delivery *delivery, bool refused)
{
    size_t count = 0;

    for (struct ending *next, *e = delivery->endings; e; e = next) {
        next = e->next;
        if (!e->submitted)
            continue;
        count++;
        e->submitted = false;
        if (refused && e->alone)
            forget(delivery, e);
        else
            e->alone |= refused;
    }
    return count;
}

static void end_done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    struct delivery *delivery = ctx;

    delivery->noting = false;
    if (outcome == DB_COMMITTED) {
        forget_submitted(delivery);
    } else {
        bool refused = outcome == DB_REFUSED && !db_error_is_outage(error);
        size_t count = take_back(delivery, refused);

        if (!refused)
            return; /* written down again once the database is back: it changes nothing twice */
        log_error("delivery_end", "sqlstate=%s deliveries=%zu", error->sqlstate, count);
    }
    delivery_wake(delivery);
}

/* Those that came back while others were written down go together, in one transaction. */
static void submit_endings(struct delivery *delivery)
{
    if (delivery->endings && !delivery->noting)
        delivery->noting = db_submit(delivery->db, end_step_cb, end_done_cb, delivery) == 0;
}

static bool comes_before(const struct parcel *one, const struct parcel *other)
{
    return one->district_id != other->district_id ? one->district_id < other->district_id
                                                  : one->alert_id < other->alert_id;
}

static void keep(struct delivery *delivery, struct ending *ending)
{
    struct ending **at = &delivery->endings;

    while (*at && comes_before((*at)->parcel, ending->parcel))
        at = &(*at)->next;
    ending->next = *at;
    *at = ending;
}

static void sent_cb(void *ctx, struct provider *provider, struct parcel *parcel)
{
    struct delivery *delivery = ctx;
    struct ending *ending = calloc(1, sizeof *ending);

    delivery->out--;
    if (!ending) { /* the lease runs out, and the next try tells */
        parcel_free(parcel);
        return;
    }
    ending->parcel = parcel;
    ending->elsewhere = providers_other(&delivery->providers, provider) != NULL;
    keep(delivery, ending);
    decide(delivery, ending);
    count(delivery, ending);
    submit_endings(delivery);
}

/* Claiming --------------------------------------------------------------------------------------*/

static void drop_row(struct delivery *delivery, struct db_job *job, struct row row,
                     const char *state, enum reason why)
{
    struct claimed *claimed = &delivery->claimed;
    size_t at = claimed->dropped_count++;

    claimed->dropped[at].district_id = (int)row_int(row, "district_id");
    claimed->dropped[at].alert_id = row_int(row, "alert_id");
    db_exec_text(job, "delivery_end", NULL, NULL, 10, row_text(row, "district_id"),
                 row_text(row, "delivery_id"), delivery->hooks.instance, state, reason_name(why),
                 "", "", "-1", DECIMAL(steady_now_us(delivery->steady)), "true");
}

static void take_parcel(struct delivery *delivery, struct db_job *job, struct row row,
                        struct parcel *parcel, const struct token *token)
{
    db_exec_text(job, "delivery_composed", NULL, NULL, 5, row_text(row, "district_id"),
                 row_text(row, "delivery_id"), parcel->kind, parcel->content,
                 DECIMAL((int64_t)parcel->created_at));
    db_exec_text(job, "token_add", NULL, NULL, 5, token->hash, row_text(row, "district_id"),
                 row_text(row, "alert_id"), row_text(row, "contact_id"),
                 row_text(row, "addressee"));
    delivery->claimed.parcel[delivery->claimed.count++] = parcel;
}

/* The message of unknown end went out by this provider, as far as is known. */
static bool may_have(const struct provider *provider, struct row row)
{
    const char *by = row_text(row, "unknown_by");

    return by[0] == '\0' || strcmp(by, provider_name(provider)) == 0;
}

static void take_row(struct claimant *claimant, struct db_job *job, struct row row)
{
    struct delivery *delivery = claimant->delivery;
    struct token token;
    struct parcel *parcel;
    enum reason why;

    token_make(&token, &delivery->settings->link_key);
    if (dispatch_parcel(row, delivery->settings, &token, &parcel, &why) != 0) {
        db_abandon(job, "no memory");
    } else if (parcel) {
        parcel->ask = parcel->was_unknown && may_have(claimant->provider, row);
        delivery->claimed.by[delivery->claimed.count] = claimant->provider;
        take_parcel(delivery, job, row, parcel, &token);
    } else
        drop_row(delivery, job, row, "cancelled", why);
    sodium_memzero(&token, sizeof token);
}

static void due_cb(struct db_job *job, PGresult *result, void *ctx)
{
    for (int i = 0; i < PQntuples(result); i++)
        take_row(ctx, job, (struct row){result, i});
}

static void claim_next(struct delivery *delivery, struct db_job *job);

/* Each kind of subject reads what its deliveries say. */
static void claimed_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct delivery *delivery = ((struct claimant *)ctx)->delivery;

    for (int i = 0; i < PQntuples(result); i++) {
        struct row row = {result, i};
        const struct subject_kind *kind = subject_kind_named(row_text(row, "subject_kind"));

        delivery->claimed.taken += (size_t)row_int(row, "count");
        delivery->claimed.given += (size_t)row_int(row, "count");
        db_exec_text(job, kind->due, due_cb, ctx, 2, row_text(row, "keys"),
                     DECIMAL(steady_now_us(delivery->steady)));
    }
    claim_next(delivery, job);
}

/* What of this lane the provider may be given, beside what it was given in this transaction. */
static void share_of(struct delivery *delivery, struct provider *provider, int lane,
                     struct providers_share *share)
{
    const struct claimed *claimed = &delivery->claimed;
    size_t left = CLAIM_MOST - claimed->taken;

    providers_share(&delivery->providers, provider, lane == LANE_URGENT, share);
    share->room = share->room > claimed->given ? share->room - claimed->given : 0;
    if (share->room > left)
        share->room = left;
}

static void claim(struct delivery *delivery, struct db_job *job, struct claimant *claimant,
                  const struct providers_share *share)
{
    const struct provider *provider = claimant->provider;

    db_exec_text(job, "delivery_claim", claimed_cb, claimant, 10, DECIMAL((int64_t)share->room),
                 delivery->hooks.instance, DECIMAL(delivery->settings->lease_s),
                 provider_channel(provider)->name, DECIMAL(delivery->claimed.lane),
                 DECIMAL(steady_now_us(delivery->steady)), delivery->kinds, provider_name(provider),
                 share->other_too ? "true" : "false", share->only_own ? "true" : "false");
}

/* The lanes of each provider, the most urgent first: what waits for one provider, or in a later
 * lane, is never looked at for another. */
static void claim_next(struct delivery *delivery, struct db_job *job)
{
    struct claimed *claimed = &delivery->claimed;

    for (; claimed->provider < delivery->providers.count; claimed->provider++) {
        struct provider *provider = delivery->providers.at[claimed->provider];
        bool replay = provider_lane(provider) == LANE_REPLAY;

        for (; claimed->lane <= LANE_DRILL; claimed->lane++) {
            struct providers_share share;

            share_of(delivery, provider, claimed->lane, &share);
            if (share.room == 0 || replay != (claimed->lane == LANE_LAST))
                continue;
            claim(delivery, job, &delivery->claimants[claimed->provider], &share);
            claimed->lane++;
            return;
        }
        claimed->lane = LANE_URGENT;
        claimed->given = 0;
    }
}

static bool has_room(struct delivery *delivery)
{
    bool any = false;

    for (size_t i = 0; i < delivery->providers.count * 2; i++) {
        struct providers_share share;

        providers_share(&delivery->providers, delivery->providers.at[i / 2], i % 2 == 0, &share);
        any |= share.room > 0;
    }
    return any;
}

static void claim_step_cb(struct db_job *job, void *ctx)
{
    struct delivery *delivery = ctx;

    db_exec_text(job, "delivery_lapse", NULL, NULL, 1, DECIMAL(steady_now_us(delivery->steady)));
    claim_next(delivery, job);
}

static void hand_over(struct delivery *delivery)
{
    struct claimed *claimed = &delivery->claimed;

    for (size_t i = 0; i < claimed->count; i++) {
        struct parcel *parcel = claimed->parcel[i];
        struct provider *provider = claimed->by[i];

        delivery->out++;
        if (providers_other(&delivery->providers, provider))
            delivery->again = true; /* what it has no room for now may be the other's */
        if (provider_send(provider, parcel) == 0)
            continue;
        parcel_judged(parcel, VERDICT_HELD_BACK, "%s", "");
        sent_cb(delivery, provider, parcel);
    }
    for (size_t i = 0; i < claimed->dropped_count; i++)
        delivery->hooks.alert_cb(delivery->hooks.ctx, claimed->dropped[i].district_id,
                                 claimed->dropped[i].alert_id);
    if (claimed->dropped_count) {
        counters_add(delivery->counters, "not_sent", "", (long)claimed->dropped_count);
        delivery->again = true;
    }
}

static void claim_done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    struct delivery *delivery = ctx;
    char quoted[200];

    delivery->claiming = false;
    if (outcome == DB_COMMITTED) {
        hand_over(delivery);
    } else {
        for (size_t i = 0; i < delivery->claimed.count; i++)
            parcel_free(delivery->claimed.parcel[i]);
        if (outcome == DB_REFUSED)
            log_error("delivery_claim", "sqlstate=%s text=%s", error->sqlstate,
                      log_quote(error->text, quoted, sizeof quoted));
    }
    delivery->claimed = (struct claimed){0};
    if (outcome == DB_COMMITTED && delivery->again)
        delivery_wake(delivery);
}

void delivery_wake(struct delivery *delivery)
{
    submit_endings(delivery);
    if (delivery->stopping || !steady_now_us(delivery->steady))
        return;
    if (delivery->claiming || !has_room(delivery)) {
        delivery->again = true; /* an ending, or the claim's end, looks again */
        return;
    }
    delivery->again = false;
    delivery->claiming = db_submit(delivery->db, claim_step_cb, claim_done_cb, delivery) == 0;
}

static void ready_cb(void *ctx, struct provider *provider)
{
    (void)provider;
    delivery_wake(ctx);
}

static void changed_cb(void *ctx, struct provider *provider)
{
    struct delivery *delivery = ctx;

    (void)provider;
    delivery->hooks.changed_cb(delivery->hooks.ctx);
}

const struct providers *delivery_providers(const struct delivery *delivery)
{
    return &delivery->providers;
}

static void list_kinds(char *out, size_t size)
{
    size_t used = (size_t)snprintf(out, size, "{");

    for (size_t i = 0; i < SUBJECT_KINDS; i++)
        used +=
            (size_t)snprintf(out + used, size - used, "%s%s", i ? "," : "", subject_kinds[i]->name);
    snprintf(out + used, size - used, "}");
}

/* Life ------------------------------------------------------------------------------------------*/

struct delivery *delivery_open(uv_loop_t *loop, struct db *db, struct counters *counters,
                               const struct settings *settings, const struct steady *steady,
                               const struct delivery_hooks *hooks)
{
    struct delivery *delivery = calloc(1, sizeof *delivery);

    if (!delivery)
        return NULL;
    *delivery = (struct delivery){
        .db = db, .counters = counters, .settings = settings, .steady = steady, .hooks = *hooks};
    list_kinds(delivery->kinds, sizeof delivery->kinds);
    struct provider_hooks provider_hooks = {
        .done = sent_cb, .ready = ready_cb, .changed = changed_cb, .ctx = delivery};
    if (providers_open(&delivery->providers, loop, settings, &provider_hooks) != 0) {
        free(delivery);
        return NULL;
    }
    for (size_t i = 0; i < delivery->providers.count; i++)
        delivery->claimants[i] = (struct claimant){delivery, delivery->providers.at[i]};
    return delivery;
}

void delivery_stop(struct delivery *delivery)
{
    delivery->stopping = true;
    providers_hurry(&delivery->providers);
}

bool delivery_idle(const struct delivery *delivery)
{
    return !delivery->claiming && delivery->out == 0 && delivery->endings == NULL;
}

void delivery_close(struct delivery *delivery)
{
    if (!delivery)
        return;
    while (delivery->endings)
        forget(delivery, delivery->endings);
    providers_close(&delivery->providers);
    free(delivery);
}
