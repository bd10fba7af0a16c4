#include "delivery.h"

#include "aside.h"
#include "channel.h"
#include "decimal.h"
#include "dispatch.h"
#include "endings.h"
#include "log.h"
#include "providers.h"
#include "release.h"
#include "row_refuse.h"
#include "subject.h"

#include <inttypes.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLAIM_MOST = 128 };

/* A claimed message, of which its kind is asked what it says. */
struct asked {
    const struct subject_kind *kind; /* NULL: there is none */
    int district_id;
    int64_t delivery_id; /* where one is claimed at a time */
};

/* What one transaction claims. */
struct claimed {
    /* The provider that comes next, whether its urgent lane was looked at, and how many it was
     * given so far. */
    size_t provider;
    bool urgent_done;
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
    struct asked asked;  /* last */
    bool no_row;         /* the statement of its kind says nothing of it: */
    bool addressee_gone; /* its contact was deleted */
    struct row_gap gap;  /* a column that a statement lacks: of it nothing may be sent */
};

/* A provider, as the callbacks of its claims know it, and how many messages of each kind of subject
 * it was given. */
struct claimant {
    struct delivery *delivery;
    struct provider *provider;
    struct release release;
    struct claimant_share {
        struct claimant *claimant;
        const struct subject_kind *kind;
        int count;
    } shares[SUBJECT_KINDS];
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
    struct endings endings;
    bool claiming;
    bool again;
    bool stopping;
    size_t out; /* parcels with a provider */
    /* The last claim was refused: one message at a time, to find which is to be set aside, and
     * why: an SQLSTATE, or the statement and what it does not give. */
    bool one;
    struct asked refused;
    bool refused_no_row;
    char why[ASIDE_WHY_SIZE];
};

static void sent_cb(void *ctx, struct provider *provider, struct parcel *parcel)
{
    struct delivery *delivery = ctx;
    const struct provider *other = providers_other(&delivery->providers, provider);

    delivery->out--;
    if (parcel->deferred && provider_defers(provider) && other && provider_is_up(other))
        parcel->at_once = true;
    endings_add(&delivery->endings, parcel, other != NULL);
}

/* Claiming --------------------------------------------------------------------------------------*/

static void note_dropped(struct claimed *claimed, struct row row)
{
    size_t at = claimed->dropped_count++;

    claimed->dropped[at].district_id = (int)row_int(row, "district_id");
    claimed->dropped[at].alert_id = row_int(row, "alert_id");
}

/* The messages of one result: those that are composed, and those that are not sent after all. */
struct taking {
    const struct claimant_share *share;
    json_t *composed, *dropped;
};

static int drop_row(struct taking *taking, struct row row, enum reason why)
{
    note_dropped(&taking->share->claimant->delivery->claimed, row);
    return json_array_append_new(taking->dropped, ending_json((int)row_int(row, "district_id"),
                                                              row_int(row, "delivery_id"),
                                                              "cancelled", why, "", "", -1, true));
}

static int take_parcel(struct taking *taking, struct row row, struct parcel *parcel,
                       const struct token *token)
{
    struct claimed *claimed = &taking->share->claimant->delivery->claimed;

    claimed->by[claimed->count] = taking->share->claimant->provider;
    claimed->parcel[claimed->count++] = parcel;
    return json_array_append_new(
        taking->composed,
        json_pack("{s:i, s:I, s:s, s:s, s:I, s:s, s:I, s:I, s:s}", "district_id",
                  parcel->district_id, "delivery_id", (json_int_t)parcel->delivery_id, "kind",
                  parcel->kind, "content", parcel->content, "said_at",
                  (json_int_t)parcel->created_at, "hash", token->hash, "alert_id",
                  (json_int_t)parcel->alert_id, "contact_id",
                  (json_int_t)row_int(row, "contact_id"), "addressee", row_text(row, "addressee")));
}

/* The message of unknown end went out by this provider, as far as is known. */
static bool may_have(const struct provider *provider, struct row row)
{
    const char *by = row_text(row, "unknown_by");

    return by[0] == '\0' || strcmp(by, provider_name(provider)) == 0;
}

static int take_row(struct taking *taking, struct row row)
{
    const struct claimant_share *share = taking->share;
    const struct settings *settings = share->claimant->delivery->settings;
    struct token token;
    struct parcel *parcel;
    enum reason why;
    int err;

    token_make(&token, &settings->link_key);
    err = dispatch_parcel(row, share->kind, settings, &token, &parcel, &why);
    if (!err && parcel) {
        parcel->ask = parcel->was_unknown && may_have(share->claimant->provider, row);
        err = take_parcel(taking, row, parcel, &token);
    } else if (!err) {
        err = drop_row(taking, row, why);
    }
    sodium_memzero(&token, sizeof token);
    return err;
}

static void write_taken(struct taking *taking, struct db_job *job)
{
    bool any = json_array_size(taking->composed), none = json_array_size(taking->dropped);
    char *composed = endings_text(taking->composed), *dropped = endings_text(taking->dropped);

    if (!composed || !dropped)
        db_abandon(job, "no memory");
    if (composed && any)
        db_exec_text(job, "delivery_composed", NULL, NULL, 1, composed);
    if (dropped && none)
        endings_write(&taking->share->claimant->delivery->endings, job, dropped);
    free(composed);
    free(dropped);
}

/* A message without a row would wait for its lease, and again, for ever. */
static void refuse_missing_row(struct claimed *claimed, struct db_job *job,
                               const struct claimant_share *share, int rows)
{
    log_error("row_missing", "statement=%s rows=%d of=%d", share->kind->due, rows, share->count);
    claimed->no_row = true;
    db_refuse(job, "02000", share->kind->due);
}

static void due_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct claimant_share *share = ctx;
    struct claimed *claimed = &share->claimant->delivery->claimed;

    if (PQntuples(result) != share->count) {
        refuse_missing_row(claimed, job, share, PQntuples(result));
        return;
    }
    struct taking taking = {share, json_array(), json_array()};
    int err = taking.composed && taking.dropped ? 0 : ERR_NOMEM;
    for (int i = 0; !err && i < share->count; i++)
        err = take_row(&taking, (struct row){result, i, &claimed->gap});
    if (err)
        db_abandon(job, "no memory");
    if (!row_refuse(job, share->kind->due, &claimed->gap)) {
        write_taken(&taking, job);
        return;
    }
    json_decref(taking.composed);
    json_decref(taking.dropped);
}

static void claim_next(struct delivery *delivery, struct db_job *job);

/* Each kind of subject reads what its deliveries say. */
static void claimed_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct claimant *claimant = ctx;
    struct delivery *delivery = claimant->delivery;
    struct claimed *claimed = &delivery->claimed;

    for (int i = 0; i < PQntuples(result); i++) {
        struct row row = {result, i, &claimed->gap};
        struct claimant_share *share = &claimant->shares[i];

        *share =
            (struct claimant_share){claimant, subject_kind_named(row_text(row, "subject_kind")),
                                    (int)row_int(row, "count")};
        claimed->asked = (struct asked){share->kind, (int)row_int(row, "district_id"),
                                        row_int(row, "delivery_id")};
        claimed->taken += (size_t)share->count;
        claimed->given += (size_t)share->count;
        const char *keys = row_text(row, "keys");
        if (row_refuse(job, "delivery_claim", &claimed->gap))
            return;
        db_exec_text(job, share->kind->due, due_cb, share, 2, keys,
                     DECIMAL(steady_now_us(delivery->steady)));
    }
    claim_next(delivery, job);
}

/* What the provider may be given, beside what it was given in this transaction. */
static void share_of(struct delivery *delivery, struct provider *provider, bool urgent,
                     struct providers_share *share)
{
    const struct claimed *claimed = &delivery->claimed;
    size_t most = delivery->one ? 1 : CLAIM_MOST;
    size_t left = most > claimed->taken ? most - claimed->taken : 0;

    providers_share(&delivery->providers, provider, urgent, share);
    share->room = share->room > claimed->given ? share->room - claimed->given : 0;
    if (share->room > left)
        share->room = left;
}

/* The lanes that share its ordinary workers, or the urgent one, as an array of PostgreSQL; "": it
 * has none of these. */
static void lanes_of(const struct provider *provider, bool urgent, char *out, size_t size)
{
    if (provider_lane(provider) == LANE_REPLAY)
        snprintf(out, size, urgent ? "" : "{%d}", LANE_LAST);
    else if (urgent)
        snprintf(out, size, "{%d}", LANE_URGENT);
    else
        snprintf(out, size, "{%d,%d,%d}", LANE_FIRST, LANE_LATER, LANE_DRILL);
}

static void claim(struct delivery *delivery, struct db_job *job, struct claimant *claimant,
                  const char *lanes, const struct providers_share *share)
{
    const struct provider *provider = claimant->provider;

    db_exec_text(job, "delivery_claim", claimed_cb, claimant, 12, DECIMAL((int64_t)share->room),
                 delivery->hooks.instance, DECIMAL(delivery->settings->lease_s),
                 provider_channel(provider)->name, lanes, DECIMAL(steady_now_us(delivery->steady)),
                 delivery->kinds, provider_name(provider), share->other_too ? "true" : "false",
                 share->only_own ? "true" : "false", share->asked ? "true" : "false",
                 share->other_asked ? "true" : "false");
}

/* The lanes of each provider, the most urgent first: what waits for one provider, or in a later
 * lane, is never looked at for another. */
static void claim_next(struct delivery *delivery, struct db_job *job)
{
    struct claimed *claimed = &delivery->claimed;

    while (claimed->provider < delivery->providers.count) {
        struct claimant *claimant = &delivery->claimants[claimed->provider];
        bool urgent = !claimed->urgent_done;
        struct providers_share share;
        char lanes[32];

        if (urgent)
            claimed->given = 0;
        lanes_of(claimant->provider, urgent, lanes, sizeof lanes);
        share_of(delivery, claimant->provider, urgent, &share);
        claimed->urgent_done = urgent;
        claimed->provider += !urgent;
        if (lanes[0] && share.room > 0) {
            claim(delivery, job, claimant, lanes, &share);
            return;
        }
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

static void aside_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct claimed *claimed = &((struct delivery *)ctx)->claimed;

    if (PQntuples(result)) {
        struct row row = {result, 0, &claimed->gap};

        claimed->addressee_gone = row_flag(row, "addressee_gone");
        note_dropped(claimed, row);
    }
    row_refuse(job, "delivery_aside", &claimed->gap);
}

static void set_aside(struct delivery *delivery, struct db_job *job)
{
    const struct asked *refused = &delivery->refused;
    char key[80];

    snprintf(key, sizeof key, "[{\"district_id\":%d,\"delivery_id\":%" PRId64 "}]",
             refused->district_id, refused->delivery_id);
    db_exec_text(job, "delivery_hold", NULL, NULL, 1, key);
    db_exec_text(job, "delivery_aside", aside_cb, delivery, 5, DECIMAL(refused->district_id),
                 DECIMAL(refused->delivery_id), delivery->refused_no_row ? "true" : "false",
                 DECIMAL(steady_now_us(delivery->steady)),
                 DECIMAL(delivery->settings->retry.give_up_s));
}

static void claim_step_cb(struct db_job *job, void *ctx)
{
    struct delivery *delivery = ctx;

    if (delivery->refused.kind) {
        set_aside(delivery, job);
        return;
    }
    db_exec_text(job, "delivery_lapse", NULL, NULL, 1, DECIMAL(steady_now_us(delivery->steady)));
    claim_next(delivery, job);
}

/* A message to a contact who was deleted is no work for anybody. */
static bool is_set_aside(const struct delivery *delivery)
{
    return delivery->refused.kind && !delivery->claimed.addressee_gone;
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
        counters_add(delivery->counters, is_set_aside(delivery) ? "messages_aside" : "not_sent", "",
                     (long)claimed->dropped_count);
        delivery->again = true;
    }
}

/* The message that was looked for is set aside, or none is left that could be it: from now on many
 * at a time again. */
static void go_on(struct delivery *delivery)
{
    if (is_set_aside(delivery)) {
        aside_note(delivery->db, delivery->refused.kind->name, delivery->why);
        log_error("delivery_aside", "subject=%s district=%d delivery=%" PRId64 " why=%s",
                  delivery->refused.kind->name, delivery->refused.district_id,
                  delivery->refused.delivery_id, delivery->why);
    }
    delivery->again |= delivery->one;
    if (delivery->refused.kind || delivery->claimed.taken == 0)
        delivery->one = false;
    delivery->refused = (struct asked){0};
}

/* Whatever PostgreSQL refuses, and whatever a statement lacks: the message is found and set aside,
 * and the others go on. */
static void refused(struct delivery *delivery, const struct db_error *error)
{
    const struct claimed *claimed = &delivery->claimed;
    char quoted[200];

    log_error("delivery_claim", "sqlstate=%s text=%s", error->sqlstate,
              log_quote(error->text, quoted, sizeof quoted));
    if (db_error_is_outage(error))
        return;
    snprintf(delivery->why, sizeof delivery->why, "%s",
             claimed->gap.where[0] ? claimed->gap.where
             : claimed->no_row     ? claimed->asked.kind->due
                                   : error->sqlstate);
    delivery->refused_no_row = claimed->no_row;
    delivery->refused = delivery->one ? claimed->asked : (struct asked){0};
    delivery->again = !delivery->one || delivery->refused.kind; /* else at the next look */
    delivery->one = true;
}

static void claim_done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    struct delivery *delivery = ctx;

    delivery->claiming = false;
    if (outcome == DB_COMMITTED) {
        hand_over(delivery);
        go_on(delivery);
    } else {
        for (size_t i = 0; i < delivery->claimed.count; i++)
            parcel_free(delivery->claimed.parcel[i]);
        if (outcome == DB_REFUSED)
            refused(delivery, error);
    }
    delivery->claimed = (struct claimed){0};
    if (delivery->again && (outcome == DB_COMMITTED || outcome == DB_REFUSED))
        delivery_wake(delivery);
}

void delivery_wake(struct delivery *delivery)
{
    endings_submit(&delivery->endings);
    if (delivery->stopping || !steady_now_us(delivery->steady))
        return;
    if (delivery->claiming || !has_room(delivery)) {
        delivery->again = true; /* an ending, or the claim's end, looks again */
    } else {
        delivery->again = false;
        delivery->claiming = db_submit(delivery->db, claim_step_cb, claim_done_cb, delivery) == 0;
    }
    for (size_t i = 0; i < delivery->providers.count; i++)
        release_submit(&delivery->claimants[i].release);
}

static void ended_alert_cb(void *ctx, int district_id, int64_t alert_id)
{
    struct delivery *delivery = ctx;

    delivery->hooks.alert_cb(delivery->hooks.ctx, district_id, alert_id);
}

static void written_cb(void *ctx, bool unsent)
{
    struct delivery *delivery = ctx;

    if (unsent)
        delivery->hooks.look_cb(delivery->hooks.ctx);
    delivery_wake(delivery);
}

static void released_cb(void *ctx)
{
    delivery_wake(ctx);
}

static void ready_cb(void *ctx, struct provider *provider)
{
    (void)provider;
    delivery_wake(ctx);
}

static void freed_cb(void *ctx, struct provider *provider)
{
    struct delivery *delivery = ctx;

    endings_release(&delivery->endings, provider_channel(provider), provider_way(provider));
    for (size_t i = 0; i < delivery->providers.count; i++)
        if (delivery->claimants[i].provider == provider)
            release_want(&delivery->claimants[i].release);
}

/* What one of two defers is the other's, if that is up. */
static void changed_cb(void *ctx, struct provider *provider)
{
    struct delivery *delivery = ctx;
    struct provider *other = providers_other(&delivery->providers, provider);

    delivery->hooks.changed_cb(delivery->hooks.ctx);
    if (other && provider_defers(provider) && provider_is_up(other))
        freed_cb(delivery, provider);
    if (other && provider_defers(other) && provider_is_up(provider))
        freed_cb(delivery, other);
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
    delivery->endings = (struct endings){.db = db,
                                         .counters = counters,
                                         .retry = &settings->retry,
                                         .steady = steady,
                                         .instance = hooks->instance,
                                         .alert_cb = ended_alert_cb,
                                         .written_cb = written_cb,
                                         .ctx = delivery};
    list_kinds(delivery->kinds, sizeof delivery->kinds);
    struct provider_hooks provider_hooks = {.done = sent_cb,
                                            .ready = ready_cb,
                                            .changed = changed_cb,
                                            .freed = freed_cb,
                                            .ctx = delivery};
    if (providers_open(&delivery->providers, loop, settings, &provider_hooks) != 0) {
        free(delivery);
        return NULL;
    }
    for (size_t i = 0; i < delivery->providers.count; i++)
        delivery->claimants[i] =
            (struct claimant){.delivery = delivery,
                              .provider = delivery->providers.at[i],
                              .release = {.db = db,
                                          .steady = steady,
                                          .provider = delivery->providers.at[i],
                                          .done_cb = released_cb,
                                          .ctx = delivery}};
    return delivery;
}

void delivery_stop(struct delivery *delivery)
{
    delivery->stopping = true;
    providers_hurry(&delivery->providers);
}

bool delivery_idle(const struct delivery *delivery)
{
    return !delivery->claiming && delivery->out == 0 && endings_idle(&delivery->endings);
}

void delivery_close(struct delivery *delivery)
{
    if (!delivery)
        return;
    endings_close(&delivery->endings);
    providers_close(&delivery->providers);
    free(delivery);
}
