#include "delivery.h"

#include "channel.h"
#include "courier.h"
#include "decimal.h"
#include "dispatch.h"
#include "log.h"
#include "subject.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    /* The queue that is claimed from next, and how many deliveries were claimed so far. */
    int lane;
    size_t channel;
    size_t taken;
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
    const struct steady *steady;
    struct delivery_hooks hooks;
    struct courier *courier;
    struct claimed claimed;
    struct ending *endings;
    bool claiming;
    bool again;
    bool stopping;
    size_t out; /* parcels with the courier */
};

/* How a try ended -------------------------------------------------------------------------------*/

static void end_temporary(struct delivery *delivery, struct ending *ending)
{
    struct parcel *p = ending->parcel;

    ending->wait_ms =
        retry_wait_ms(&delivery->settings->retry, p->attempts, p->age_s, randombytes_uniform(1000));
    ending->state = ending->wait_ms >= 0 ? "queued" : "failed";
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
    case END_UNKNOWN: /* whether it is repeated is decided where all of its alert is known */
        ending->state = "unknown";
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

    db_exec_text(job, "delivery_end", NULL, NULL, 9, DECIMAL(p->district_id),
                 DECIMAL(p->delivery_id), ending->delivery->hooks.instance, ending->state,
                 reason_name(p->reason), p->error, p->provider_id, DECIMAL(ending->wait_ms),
                 DECIMAL(steady_now_us(ending->delivery->steady)));
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
    if (outcome == DB_COMMITTED && strcmp(ending->state, "sent") != 0)
        delivery->hooks.look_cb(delivery->hooks.ctx);
    forget(delivery, ending);
    delivery_wake(delivery);
}

static void submit_endings(struct delivery *delivery)
{
    for (struct ending *ending = delivery->endings; ending; ending = ending->next)
        if (!ending->submitted && db_submit(delivery->db, end_step_cb, end_done_cb, ending) == 0)
            ending->submitted = true;
}

static void sent_cb(void *ctx, struct parcel *parcel)
{
    struct delivery *delivery = ctx;
    struct ending *ending = calloc(1, sizeof *ending);

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
                     const char *state, enum reason why)
{
    struct claimed *claimed = &delivery->claimed;
    size_t at = claimed->dropped_count++;

    claimed->dropped[at].district_id = (int)row_int(row, "district_id");
    claimed->dropped[at].alert_id = row_int(row, "alert_id");
    db_exec_text(job, "delivery_end", NULL, NULL, 9, row_text(row, "district_id"),
                 row_text(row, "delivery_id"), delivery->hooks.instance, state, reason_name(why),
                 "", "", "-1", DECIMAL(steady_now_us(delivery->steady)));
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

static void take_row(struct delivery *delivery, struct db_job *job, struct row row)
{
    struct token token;
    struct parcel *parcel;
    enum reason why;

    token_make(&token);
    if (dispatch_parcel(row, delivery->settings, &token, &parcel, &why) != 0)
        db_abandon(job, "no memory");
    else if (parcel)
        take_parcel(delivery, job, row, parcel, &token);
    else
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
    struct delivery *delivery = ctx;

    for (int i = 0; i < PQntuples(result); i++) {
        struct row row = {result, i};
        const struct subject_kind *kind = subject_kind_named(row_text(row, "subject_kind"));

        delivery->claimed.taken += (size_t)row_int(row, "count");
        db_exec_text(job, kind->due, due_cb, ctx, 2, row_text(row, "keys"),
                     DECIMAL(steady_now_us(delivery->steady)));
    }
    claim_next(delivery, job);
}

/* The lanes of a channel that this process can serve, the most urgent first. */
static bool next_queue(struct delivery *delivery)
{
    struct claimed *claimed = &delivery->claimed;

    while (claimed->lane <= LANE_LAST) {
        enum settings_lane mode = claimed->lane == LANE_LAST ? LANE_REPLAY : LANE_LIVE;
        unsigned available = channels_available(delivery->settings, mode);

        while (claimed->channel < CHANNELS && !(channels[claimed->channel]->bit & available))
            claimed->channel++;
        if (claimed->channel < CHANNELS)
            return true;
        claimed->channel = 0;
        claimed->lane++;
    }
    return false;
}

static void claim_next(struct delivery *delivery, struct db_job *job)
{
    struct claimed *claimed = &delivery->claimed;
    size_t room = courier_room(delivery->courier);
    char kinds[SUBJECT_KINDS * 32 + 2] = "{";
    size_t used = 1;

    if (claimed->taken >= room || !next_queue(delivery))
        return;
    for (size_t i = 0; i < SUBJECT_KINDS; i++)
        used += (size_t)snprintf(kinds + used, sizeof kinds - used, "%s%s", i ? "," : "",
                                 subject_kinds[i]->name);
    snprintf(kinds + used, sizeof kinds - used, "}");
    db_exec_text(job, "delivery_claim", claimed_cb, delivery, 7,
                 DECIMAL((int64_t)(room - claimed->taken)), delivery->hooks.instance,
                 DECIMAL(delivery->settings->lease_s), channels[claimed->channel]->name,
                 DECIMAL(claimed->lane), DECIMAL(steady_now_us(delivery->steady)), kinds);
    claimed->channel++;
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
        if (courier_send(delivery->courier, claimed->parcel[i]) == 0)
            delivery->out++;
        else
            parcel_free(claimed->parcel[i]); /* the lease runs out */
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
    if (delivery->claiming || courier_room(delivery->courier) == 0) {
        delivery->again = true; /* an ending, or the claim's end, looks again */
        return;
    }
    delivery->again = false;
    delivery->claiming = db_submit(delivery->db, claim_step_cb, claim_done_cb, delivery) == 0;
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
    delivery->courier = courier_open(loop, settings, sent_cb, delivery);
    if (!delivery->courier) {
        free(delivery);
        return NULL;
    }
    return delivery;
}

void delivery_stop(struct delivery *delivery)
{
    delivery->stopping = true;
    courier_hurry(delivery->courier);
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
    courier_close(delivery->courier);
    free(delivery);
}
