#include "endings.h"

#include "aside.h"
#include "channel.h"
#include "decimal.h"
#include "log.h"
#include "reason.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum {
    ELSEWHERE_MS =
        1000,         /* until a repetition goes by another provider than the one that was asked */
    URGENT_WAITS = 6, /* of base_s: between tries of an urgent message, at most */
};

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

/* While a provider is down or wants a rest it has no room, and its messages wait for it: they need
 * no wait of their own, but where a receiver of its own holds one back (hold_ms). */
static bool waits_for_provider(const struct parcel *p)
{
    return p->sign == SIGN_DOWN || p->sign == SIGN_BUSY || p->began_at == 0 || p->hold_ms ||
           p->at_once;
}

/* While its provider defers everybody, an urgent message looks whether that is over. */
static int64_t own_wait_ms(const struct retry_policy *policy, const struct parcel *p)
{
    struct retry_policy own = *policy;

    if (p->everybody && p->urgent && own.most_s > policy->base_s * URGENT_WAITS)
        own.most_s = policy->base_s * URGENT_WAITS;
    return retry_wait_ms(&own, p->attempts, p->age_s, randombytes_uniform(1000));
}

/* Only the recipient's fault fails a message. What nobody took in time has expired. */
static void end_temporary(struct endings *endings, struct ending *ending)
{
    const struct parcel *p = ending->parcel;
    const struct retry_policy *policy = endings->retry;

    if (p->fault == FAULT_NONE) /* it only waited for a worker */
        ending->wait_ms = 0;
    else if (waits_for_provider(p))
        ending->wait_ms = p->age_s < policy->give_up_s ? p->hold_ms : -1;
    else
        ending->wait_ms = own_wait_ms(policy, p);
    ending->state = ending->wait_ms >= 0          ? "queued"
                    : p->fault == FAULT_RECIPIENT ? "failed"
                                                  : "expired";
}

/* Whether it is repeated is decided where all of its alert is known. A repetition that sent
 * nothing, since the provider could not be asked whether it has the message, is still to come: by
 * the other provider, if there is one. */
static void end_unknown(struct endings *endings, struct ending *ending)
{
    const struct parcel *p = ending->parcel;
    const struct retry_policy *policy = endings->retry;
    bool again = p->was_unknown && !p->went_out && p->age_s < policy->give_up_s;

    ending->state = again ? "queued" : "unknown";
    ending->wait_ms = !again              ? -1
                      : ending->elsewhere ? ELSEWHERE_MS
                                          : policy->unknown_s * (int64_t)1000;
}

static void decide(struct endings *endings, struct ending *ending)
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
        end_temporary(endings, ending);
        break;
    case END_UNKNOWN:
        end_unknown(endings, ending);
        break;
    }
}

static void count(struct endings *endings, const struct ending *ending)
{
    const struct parcel *p = ending->parcel;
    const struct channel *channel = p->channel;
    bool sent = strcmp(ending->state, "sent") == 0;
    bool again = strcmp(ending->state, "queued") == 0;
    bool given_back = again && p->began_at == 0; /* a claim that came to nothing */

    if (!given_back)
        counters_add(endings->counters,
                     sent    ? channel->sent_counter
                     : again ? channel->retried_counter
                             : channel->failed_counter,
                     "", 1);
    log_write(given_back ? LOG_LEVEL_DEBUG
              : sent     ? LOG_LEVEL_INFO
                         : LOG_LEVEL_WARN,
              "delivery",
              "district=%d alert=%" PRId64 " delivery=%" PRId64
              " channel=%s try=%d end=%s state=%s reason=%s error=\"%s\" next_ms=%" PRId64,
              p->district_id, p->alert_id, p->delivery_id, channel->name, p->attempts,
              parcel_end_name(p->end), ending->state, reason_name(p->reason), p->error,
              ending->wait_ms);
}

/* One that goes alone, if there is one, else all. */
static void choose_endings(struct endings *endings)
{
    struct ending *alone = endings->first;

    while (alone && !alone->alone)
        alone = alone->next;
    for (struct ending *e = endings->first; e; e = e->next)
        e->submitted = !alone || e == alone;
}

char *endings_text(json_t *list)
{
    char *text = list ? json_dumps(list, JSON_COMPACT) : NULL;

    json_decref(list);
    return text;
}

/* A provider's words may be anything. */
static json_t *words_json(const char *text)
{
    json_t *string = json_string(text);

    return string ? string : json_string("");
}

json_t *ending_json(int district_id, int64_t delivery_id, const char *state, enum reason reason,
                    const char *error, const char *provider_id, int64_t wait_ms, bool tried)
{
    return json_pack("{s:i, s:I, s:s, s:s, s:o, s:o, s:I, s:b}", "district_id", district_id,
                     "delivery_id", (json_int_t)delivery_id, "state", state, "reason",
                     reason_name(reason), "error", words_json(error), "provider_id",
                     words_json(provider_id), "wait_ms", (json_int_t)wait_ms, "tried", tried);
}

static char *list_submitted(const struct endings *endings)
{
    json_t *list = json_array();
    int err = 0;

    for (const struct ending *e = endings->first; !err && e; e = e->next) {
        const struct parcel *p = e->parcel;

        if (e->submitted)
            err = json_array_append_new(list, ending_json(p->district_id, p->delivery_id, e->state,
                                                          p->reason, p->error, p->provider_id,
                                                          e->wait_ms, p->began_at != 0));
    }
    if (!err)
        return endings_text(list);
    json_decref(list);
    return NULL;
}

void endings_write(const struct endings *endings, struct db_job *job, const char *list)
{
    db_exec_text(job, "delivery_end", NULL, NULL, 3, list, endings->instance,
                 DECIMAL(steady_now_us(endings->steady)));
}

/* All alerts are locked before the first delivery. */
static void end_step_cb(struct db_job *job, void *ctx)
{
    struct endings *endings = ctx;

    choose_endings(endings);
    char *list = list_submitted(endings);
    if (list) {
        db_exec_text(job, "delivery_hold", NULL, NULL, 1, list);
        endings_write(endings, job, list);
    } else {
        db_abandon(job, "no memory");
    }
    free(list);
}

static void forget(struct endings *endings, struct ending *ending)
{
    struct ending **at = &endings->first;

    while (*at != ending)
        at = &(*at)->next;
    *at = ending->next;
    parcel_free(ending->parcel);
    free(ending);
}

/* The submitted ones are written down: their alerts are told, each once. Returns whether one was
 * not sent. */
static bool forget_submitted(struct endings *endings)
{
    int64_t told = 0;
    bool look = false;

    for (struct ending *next, *e = endings->first; e; e = next) {
        next = e->next;
        if (!e->submitted)
            continue;
        if (e->parcel->alert_id != told)
            endings->alert_cb(endings->ctx, e->parcel->district_id, e->parcel->alert_id);
        told = e->parcel->alert_id;
        look |= strcmp(e->state, "sent") != 0;
        forget(endings, e);
    }
    return look;
}

/* Returns how many are submitted. From now on they are not, and those that were refused go alone;
 * one that was alone is forgotten. */
static size_t take_back(struct endings *endings, bool refused)
{
    size_t count = 0;

    for (struct ending *next, *e = endings->first; e; e = next) {
        next = e->next;
        if (!e->submitted)
            continue;
        count++;
        e->submitted = false;
        if (refused && e->alone)
            forget(endings, e);
        else
            e->alone |= refused;
    }
    return count;
}

static void end_done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    struct endings *endings = ctx;
    bool unsent = false;

    endings->noting = false;
    if (outcome == DB_COMMITTED) {
        unsent = forget_submitted(endings);
    } else {
        bool refused = outcome == DB_REFUSED && !db_error_is_outage(error);
        size_t count = take_back(endings, refused);

        if (!refused)
            return; /* written down again once the database is back: it changes nothing twice */
        log_error("delivery_end", "sqlstate=%s deliveries=%zu", error->sqlstate, count);
        aside_note(endings->db, "delivery_end", error->sqlstate);
    }
    endings->written_cb(endings->ctx, unsent);
}

/* Those that came back while others were written down go together, in one transaction. */
void endings_submit(struct endings *endings)
{
    if (endings->first && !endings->noting)
        endings->noting = db_submit(endings->db, end_step_cb, end_done_cb, endings) == 0;
}

static bool comes_before(const struct parcel *one, const struct parcel *other)
{
    return one->district_id != other->district_id ? one->district_id < other->district_id
                                                  : one->alert_id < other->alert_id;
}

static void keep(struct endings *endings, struct ending *ending)
{
    struct ending **at = &endings->first;

    while (*at && comes_before((*at)->parcel, ending->parcel))
        at = &(*at)->next;
    ending->next = *at;
    *at = ending;
}

void endings_add(struct endings *endings, struct parcel *parcel, bool elsewhere)
{
    struct ending *ending = calloc(1, sizeof *ending);

    if (!ending) { /* the lease runs out, and the next try tells */
        parcel_free(parcel);
        return;
    }
    ending->parcel = parcel;
    ending->elsewhere = elsewhere;
    keep(endings, ending);
    decide(endings, ending);
    count(endings, ending);
    endings_submit(endings);
}

void endings_release(struct endings *endings, const struct channel *channel, enum settings_way way)
{
    for (struct ending *e = endings->first; e; e = e->next) {
        const struct parcel *p = e->parcel;

        if (p->deferred && p->channel == channel && p->way == way && e->wait_ms > 0)
            e->wait_ms = 0;
    }
}

bool endings_idle(const struct endings *endings)
{
    return endings->first == NULL;
}

void endings_close(struct endings *endings)
{
    while (endings->first)
        forget(endings, endings->first);
}
