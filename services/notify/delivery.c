#include "delivery.h"

#include "channel.h"
#include "decimal.h"
#include "dispatch.h"
#include "log.h"
#include "providers.h"
#include "subject.h"
#include "uuid.h"

#include <inttypes.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LATER_MS = 1000 };

/* A parcel that came back, until the database knows how it ended. */
struct ending {
    struct ending *next;
    struct delivery *delivery;
    struct parcel *parcel;
    const char *state; /* of the row */
    int64_t wait_ms;   /* until the next try; -1: none */
    bool submitted;
};

struct claimed {
    size_t count;
    struct parcel *parcel[64];
    /* Rows that were not sent after all: their alerts are to be published. */
    size_t dropped_count;
    struct {
        int district_id;
        int64_t alert_id;
    } dropped[64];
};

struct delivery {
    struct db *db;
    struct counters *counters;
    const struct settings *settings;
    struct delivery_hooks hooks;
    struct providers providers;
    char instance[37]; /* holder of the leases */
    struct claimed claimed;
    struct ending *endings;
    bool claiming;
    bool again;
    bool stopping;
    size_t out; /* parcels with a provider */
};

/* How a try ended -------------------------------------------------------------------------------*/

/* While a provider is down or wants a rest it has no room, and its messages wait for it: they need
 * no wait of their own. */
static bool waits_for_provider(const struct parcel *p)
{
    return p->end == END_TEMPORARY &&
           (p->sign == SIGN_DOWN || p->sign == SIGN_BUSY || p->began_at == 0);
}

static void end_temporary(struct delivery *delivery, struct ending *ending)
{
    struct parcel *p = ending->parcel;
    const struct retry_policy *policy = &delivery->settings->retry;

    if (waits_for_provider(p))
        ending->wait_ms = p->age_s < policy->give_up_s ? 0 : -1;
    else
        ending->wait_ms = retry_wait_ms(policy, p->attempts, p->age_s, randombytes_uniform(1000));
    ending->state = ending->wait_ms >= 0 ? "queued" : p->end == END_UNKNOWN ? "unknown" : "failed";
}

static void end_unknown(struct delivery *delivery, struct ending *ending)
{
    const struct parcel *p = ending->parcel;

    if (p->channel->repeatable) {
        end_temporary(delivery, ending);
        return;
    }
    bool again =
        !p->was_unknown || (!p->went_out && p->age_s < delivery->settings->retry.give_up_s);

    ending->state = again ? "queued" : "unknown";
    ending->wait_ms = again ? delivery->settings->retry.unknown_s * (int64_t)1000 : -1;
}

/* What an earlier try left unknown, this one did not settle: it sent nothing. */
static void stay_unknown(struct parcel *p)
{
    if (p->was_unknown && !p->went_out && p->end == END_TEMPORARY)
        p->reason = REASON_NO_ANSWER;
}

static void decide(struct delivery *delivery, struct ending *ending)
{
    ending->wait_ms = -1;
    stay_unknown(ending->parcel);
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

static void submit_endings(struct delivery *delivery);

static void end_step_cb(struct db_job *job, void *ctx)
{
    struct ending *ending = ctx;
    const struct parcel *p = ending->parcel;

    db_exec_text(job, "delivery_end", NULL, NULL, 8, DECIMAL(p->district_id),
                 DECIMAL(p->delivery_id), ending->delivery->instance, ending->state,
                 reason_name(p->reason), p->error, p->provider_id, DECIMAL(ending->wait_ms));
    if (strcmp(ending->state, "failed") == 0)
        db_exec_text(job, "escalate_sooner", NULL, NULL, 2, DECIMAL(p->district_id),
                     DECIMAL(p->alert_id));
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

static void end_done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    struct ending *ending = ctx;
    struct delivery *delivery = ending->delivery;

    ending->submitted = false;
    if (outcome == DB_GONE || outcome == DB_UNKNOWN)
        return; /* written down again once the database is back: it changes nothing twice */
    if (outcome == DB_REFUSED && db_error_is_outage(error))
        return;
    if (outcome == DB_REFUSED)
        log_error("delivery_end", "sqlstate=%s", error->sqlstate);
    else
        delivery->hooks.alert_cb(delivery->hooks.ctx, ending->parcel->district_id,
                                 ending->parcel->alert_id);
    forget(delivery, ending);
    delivery_wake(delivery);
}

static void submit_endings(struct delivery *delivery)
{
    for (struct ending *ending = delivery->endings; ending; ending = ending->next)
        if (!ending->submitted && db_submit(delivery->db, end_step_cb, end_done_cb, ending) == 0)
            ending->submitted = true;
}

static void sent_cb(void *ctx, struct provider *provider, struct parcel *parcel)
{
    struct delivery *delivery = ctx;
    struct ending *ending = calloc(1, sizeof *ending);

    (void)provider;
    delivery->out--;
    if (!ending) { /* the lease runs out, and the next try tells */
        parcel_free(parcel);
        return;
    }
    *ending = (struct ending){.next = delivery->endings, .delivery = delivery, .parcel = parcel};
    delivery->endings = ending;
    decide(delivery, ending);
    count(delivery, ending);
    submit_endings(delivery);
}

/* Claiming --------------------------------------------------------------------------------------*/

static void drop_row(struct delivery *delivery, struct db_job *job, struct row row,
                     const char *state, enum reason why, int64_t wait_ms)
{
    struct claimed *claimed = &delivery->claimed;
    size_t at = claimed->dropped_count++;

    claimed->dropped[at].district_id = (int)row_int(row, "district_id");
    claimed->dropped[at].alert_id = row_int(row, "alert_id");
    db_exec_text(job, "delivery_end", NULL, NULL, 8, row_text(row, "district_id"),
                 row_text(row, "delivery_id"), delivery->instance, state, reason_name(why), "", "",
                 DECIMAL(wait_ms));
    if (strcmp(state, "queued") != 0)
        db_exec_text(job, "escalate_sooner", NULL, NULL, 2, row_text(row, "district_id"),
                     row_text(row, "alert_id"));
}

static void take_row(struct delivery *delivery, struct db_job *job, struct row row)
{
    struct token token;
    bool empty;

    token_make(&token);
    struct parcel *parcel = dispatch_parcel(row, delivery->settings, &token, &empty);
    if (!parcel && empty) {
        drop_row(delivery, job, row, "cancelled", REASON_NOTHING_NEW, -1);
        return;
    }
    if (!parcel) {
        drop_row(delivery, job, row, "failed", REASON_UNREADABLE, -1);
        return;
    }
    db_exec_text(job, "token_add", NULL, NULL, 5, token.hash, row_text(row, "district_id"),
                 row_text(row, "alert_id"), row_text(row, "contact_id"),
                 row_text(row, "addressee"));
    delivery->claimed.parcel[delivery->claimed.count++] = parcel;
    sodium_memzero(&token, sizeof token);
}

static void due_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct delivery *delivery = ctx;
    int64_t unknown_ms = delivery->settings->retry.unknown_s * (int64_t)1000;

    for (int i = 0; i < PQntuples(result); i++) {
        struct row row = {result, i};
        enum reason why;

        switch (dispatch_judge(row, delivery->settings, &why)) {
        case DISPATCH_SEND:
            take_row(delivery, job, row);
            break;
        case DISPATCH_CANCEL:
            drop_row(delivery, job, row, "cancelled", why, -1);
            break;
        case DISPATCH_UNKNOWN:
            drop_row(delivery, job, row, "unknown", why, -1);
            break;
        case DISPATCH_WAIT:
            drop_row(delivery, job, row, "queued", why, unknown_ms);
            break;
        case DISPATCH_LATER:
            drop_row(delivery, job, row, "queued", why, LATER_MS);
            break;
        case DISPATCH_FAIL:
            drop_row(delivery, job, row, "failed", why, -1);
            break;
        }
    }
}

/* Each kind of subject reads what its deliveries say. */
static void claimed_cb(struct db_job *job, PGresult *result, void *ctx)
{
    for (int i = 0; i < PQntuples(result); i++) {
        struct row row = {result, i};
        const struct subject_kind *kind = subject_kind_named(row_text(row, "subject_kind"));

        db_exec_text(job, kind->due, due_cb, ctx, 1, row_text(row, "keys"));
    }
}

/* How many of each channel and lane may go, as JSON, and how many that are in all. */
static char *rooms(struct delivery *delivery, size_t *all)
{
    const struct providers *providers = &delivery->providers;
    size_t most = sizeof delivery->claimed.parcel / sizeof *delivery->claimed.parcel;
    json_t *list = json_array();

    size_t share = most / (providers->count + 1);
    *all = share; /* of those that no provider takes: they fail */
    for (size_t i = 0; i < providers->count; i++) {
        size_t room = provider_room(providers->at[i], false);

        room = room < share ? room : share;
        *all += room;
        json_array_append_new(list, json_pack("{s:s, s:b, s:i}", "channel",
                                              provider_channel(providers->at[i])->name, "replay",
                                              provider_lane(providers->at[i]) == LANE_REPLAY,
                                              "room", (int)room));
    }
    char *text = json_dumps(list, JSON_COMPACT);
    json_decref(list);
    return text;
}

static bool has_room(struct delivery *delivery)
{
    bool any = delivery->providers.count < PROVIDERS_MOST;

    for (size_t i = 0; i < delivery->providers.count; i++)
        any |= provider_room(delivery->providers.at[i], false) > 0;
    return any;
}

static void claim_step_cb(struct db_job *job, void *ctx)
{
    struct delivery *delivery = ctx;
    size_t all;
    char *by_provider = rooms(delivery, &all);
    char kinds[SUBJECT_KINDS * 32 + 2] = "{";
    size_t used = 1;

    for (size_t i = 0; i < SUBJECT_KINDS; i++)
        used += (size_t)snprintf(kinds + used, sizeof kinds - used, "%s%s", i ? "," : "",
                                 subject_kinds[i]->name);
    snprintf(kinds + used, sizeof kinds - used, "}");
    db_exec_text(job, "delivery_claim", claimed_cb, delivery, 5, DECIMAL((int64_t)all),
                 delivery->instance, DECIMAL(delivery->settings->lease_s), kinds,
                 by_provider ? by_provider : "[]");
    free(by_provider);
}

static void hand_over(struct delivery *delivery)
{
    struct claimed *claimed = &delivery->claimed;

    for (size_t i = 0; i < claimed->count; i++) {
        struct parcel *parcel = claimed->parcel[i];
        struct provider *provider =
            providers_choose(&delivery->providers, parcel->channel, parcel->lane);

        delivery->out++;
        if (provider && provider_send(provider, parcel) == 0)
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
    delivery->claimed.count = 0;
    delivery->claimed.dropped_count = 0;
    if (outcome == DB_COMMITTED && delivery->again)
        delivery_wake(delivery);
}

void delivery_wake(struct delivery *delivery)
{
    submit_endings(delivery);
    if (delivery->stopping)
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

/* Life ------------------------------------------------------------------------------------------*/

struct delivery *delivery_open(uv_loop_t *loop, struct db *db, struct counters *counters,
                               const struct settings *settings, const struct delivery_hooks *hooks)
{
    struct delivery *delivery = calloc(1, sizeof *delivery);

    if (!delivery)
        return NULL;
    *delivery =
        (struct delivery){.db = db, .counters = counters, .settings = settings, .hooks = *hooks};
    unsigned char instance[UUID_OCTETS];
    uuid_make(instance);
    uuid_format(instance, delivery->instance);
    struct provider_hooks provider_hooks = {.done = sent_cb, .ready = ready_cb, .ctx = delivery};
    if (providers_open(&delivery->providers, loop, settings, &provider_hooks) != 0) {
        free(delivery);
        return NULL;
    }
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
