#include "outbox.h"

#include "aside.h"
#include "batch.h"
#include "channel.h"
#include "decimal.h"
#include "log.h"
#include "row_refuse.h"
#include "subject.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH_ROWS = 100 };

/* One thing to look at: a row of the outbox, or an alert. 0: neither. */
struct work {
    int64_t row;
    int district_id;
    int64_t alert_id;
};

struct outbox {
    const struct subject_kind *kind;
    struct db *db;
    struct counters *counters;
    const struct settings *settings;
    const struct steady *steady;
    struct outbox_hooks hooks;
    struct batch batch;
    struct work first; /* of the batch */
    bool running;
    bool again;               /* woken while a batch ran */
    bool one;                 /* the last batch was refused: one row at a time, to find which */
    struct work refused;      /* what is to be set aside */
    char why[ASIDE_WHY_SIZE]; /* SQLSTATE, or the statement and column that was missing */
};

static void begin(struct outbox *outbox);

static bool is_work(const struct work *work)
{
    return work->row != 0 || work->alert_id != 0;
}

/* The wishes of a plan, as notify.put_deliveries takes them. The caller frees it; NULL without
 * memory. */
static char *wishes_json(const struct plan *plan)
{
    json_t *list = json_array();

    for (size_t i = 0; list && i < plan->wish_count; i++) {
        const struct wish *w = &plan->wishes[i];
        json_t *item =
            json_pack("{s:i, s:s, s:i, s:i, s:s, s:f}", "contact_id", w->contact_id, "channel",
                      w->channel->name, "step", w->step, "lane", (int)w->lane, "kind",
                      message_kind_name(w->kind), "due", (double)w->due_us / 1e6);
        if (item && w->held)
            json_object_set_new(item, "held", json_true());
        if (item && w->quiet_us)
            json_object_set_new(item, "quiet_at", json_real((double)w->quiet_us / 1e6));
        if (item && w->repeat_of)
            json_object_set_new(item, "repeat_of", json_integer((json_int_t)w->repeat_of));
        json_array_append_new(list, item);
    }
    char *text = list ? json_dumps(list, JSON_COMPACT) : NULL;
    json_decref(list);
    return text;
}

/* Ends a transaction that did not read all of what it asked this statement for. */
static bool take(struct outbox *outbox, struct db_job *job, const char *statement, int rc)
{
    if (row_refuse(job, statement, &outbox->batch.gap))
        return false;
    if (rc != 0)
        db_abandon(job, "no memory");
    return rc == 0;
}

/* Carrying out a plan ---------------------------------------------------------------------------*/

static void opened_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct outbox *outbox = ctx;
    struct row row = {result, 0, &outbox->batch.gap};
    int rc = 0;

    if (PQntuples(result) == 0)
        return;
    if (row_flag(row, "held")) {
        outbox->batch.held++;
        outbox->batch.floods += row_flag(row, "first_held");
    } else {
        outbox->batch.opened++;
        rc =
            batch_touch(&outbox->batch, (int)row_int(row, "district_id"), row_int(row, "alert_id"));
    }
    take(outbox, job, outbox->kind->open, rc);
}

static void open_alert(struct outbox *outbox, struct db_job *job, struct row row,
                       const struct plan *plan, const char *wishes)
{
    db_exec_text(job, outbox->kind->open, opened_cb, outbox, 10, row_text(row, "district_id"),
                 row_text(row, "subject"), DECIMAL(plan->rule_id), plan->replay ? "replay" : "live",
                 DECIMAL(plan->severity), DECIMAL(plan->acks), wishes, outbox->settings->domain,
                 DECIMAL(outbox->batch.now_us), plan->digest ? "held" : plan->state);
}

static int update_alert(struct outbox *outbox, struct db_job *job, struct row row,
                        const struct plan *plan, const char *wishes)
{
    const char *district = row_text(row, "district_id");
    const char *alert = row_text(row, "alert_id");

    if (plan->new_round)
        db_exec_text(job, "alert_round", NULL, NULL, 3, district, alert,
                     DECIMAL(outbox->batch.now_us));
    db_exec_text(job, "alert_update", NULL, NULL, 6, district, alert, plan->state,
                 DECIMAL(plan->severity), DECIMAL(plan->rule_id), DECIMAL(plan->acks));
    db_exec_text(job, "alert_put", NULL, NULL, 5, district, alert, wishes, outbox->settings->domain,
                 reason_name(plan->why));
    return batch_touch(&outbox->batch, (int)row_int(row, "district_id"), row_int(row, "alert_id"));
}

/* An alert of an open call that nobody can be told of is kept too, so that it can be seen. */
static bool opens(const struct plan *plan)
{
    return plan->act == PLAN_OPEN ||
           (plan->act == PLAN_NOBODY && !plan->replay && strcmp(plan->state, "open") == 0);
}

static int carry_out(struct outbox *outbox, struct db_job *job, struct row row,
                     const struct plan *plan)
{
    char *wishes;
    int rc = 0;

    if (plan->act == PLAN_NOBODY)
        outbox->batch.nobody++;
    if (!opens(plan) && plan->act != PLAN_UPDATE)
        return 0;
    wishes = wishes_json(plan);
    if (!wishes)
        return ERR_NOMEM;
    if (opens(plan))
        open_alert(outbox, job, row, plan, wishes);
    else
        rc = update_alert(outbox, job, row, plan, wishes);
    free(wishes);
    return rc;
}

/* One transaction -------------------------------------------------------------------------------*/

static int consider(struct outbox *outbox, struct db_job *job, struct row row)
{
    struct plan plan = {.act = PLAN_NOTHING};
    int rc = outbox->kind->plan(row, &outbox->batch, outbox->settings, &plan);

    if (rc == 0)
        rc = carry_out(outbox, job, row, &plan);
    plan_free(&plan);
    return rc;
}

static void state_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct outbox *outbox = ctx;

    for (int i = 0; i < PQntuples(result); i++) {
        int rc = consider(outbox, job, (struct row){result, i, &outbox->batch.gap});

        if (!take(outbox, job, outbox->kind->state, rc))
            return;
    }
}

static void rules_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct outbox *outbox = ctx;

    take(outbox, job, "outbox_rules", batch_take_rules(&outbox->batch, result));
}

static void contacts_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct outbox *outbox = ctx;

    take(outbox, job, outbox->kind->contacts, batch_take_contacts(&outbox->batch, result));
}

static void tellings_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct outbox *outbox = ctx;

    take(outbox, job, outbox->kind->tellings, batch_take_tellings(&outbox->batch, result));
}

static void providers_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct outbox *outbox = ctx;

    batch_take_providers(&outbox->batch, result);
    take(outbox, job, "providers", 0);
}

static void read_batch(struct outbox *outbox, struct db_job *job, const char *keys, bool take)
{
    const struct subject_kind *kind = outbox->kind;

    for (size_t i = 0; i < sizeof kind->locks / sizeof *kind->locks && kind->locks[i]; i++)
        db_exec_text(job, kind->locks[i], NULL, NULL, 1, keys);
    db_exec_text(job, "providers", take ? providers_cb : NULL, outbox, 1,
                 DECIMAL(outbox->batch.now_us));
    db_exec_text(job, "outbox_rules", take ? rules_cb : NULL, outbox, 1, keys);
    db_exec_text(job, kind->contacts, take ? contacts_cb : NULL, outbox, 1, keys);
    db_exec_text(job, kind->tellings, take ? tellings_cb : NULL, outbox, 1, keys);
    db_exec_text(job, kind->state, take ? state_cb : NULL, outbox, 1, keys);
}

void outbox_warm(struct outbox *outbox, struct db_job *job)
{
    read_batch(outbox, job, "[]", false);
}

static void claimed_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct outbox *outbox = ctx;
    struct row row = {result, 0, &outbox->batch.gap};

    outbox->batch.rows = (long)row_int(row, "rows");
    if (!take(outbox, job, outbox->kind->claim, 0) || outbox->batch.rows == 0)
        return;
    outbox->first = (struct work){.row = row_int(row, "first"),
                                  .district_id = (int)row_int(row, "district_id"),
                                  .alert_id = row_int(row, "alert_id")};
    outbox->batch.keys = strdup(row_text(row, "keys"));
    if (take(outbox, job, outbox->kind->claim, outbox->batch.keys ? 0 : ERR_NOMEM))
        read_batch(outbox, job, outbox->batch.keys, true);
}

static void set_aside(struct outbox *outbox, struct db_job *job)
{
    db_exec_text(job, outbox->kind->aside, NULL, NULL, 4, DECIMAL(outbox->refused.row),
                 DECIMAL(outbox->refused.district_id), DECIMAL(outbox->refused.alert_id),
                 DECIMAL(outbox->batch.now_us));
}

static void step_cb(struct db_job *job, void *ctx)
{
    struct outbox *outbox = ctx;

    outbox->batch.now_us = steady_now_us(outbox->steady);
    outbox->first = (struct work){0};
    db_exec_text(job, "outbox_soon", NULL, NULL, 0);
    if (is_work(&outbox->refused))
        set_aside(outbox, job);
    else
        db_exec_text(job, outbox->kind->claim, claimed_cb, outbox, 2,
                     DECIMAL(outbox->one ? 1 : BATCH_ROWS), DECIMAL(outbox->batch.now_us));
}

static void committed(struct outbox *outbox)
{
    const struct batch *batch = &outbox->batch;

    if (is_work(&outbox->refused)) {
        log_error("outbox_aside", "subject=%s outbox=%" PRId64 " alert=%" PRId64 " why=%s",
                  outbox->kind->name, outbox->refused.row, outbox->refused.alert_id, outbox->why);
        outbox->refused = (struct work){0};
        aside_note(outbox->db, outbox->kind->name, outbox->why);
        counters_add(outbox->counters, "outbox_aside", "", 1);
        outbox->again = true;
        return;
    }
    if (batch->rows == 0) {
        outbox->one = false;
        return;
    }
    outbox->again |= batch->rows == (outbox->one ? 1 : BATCH_ROWS);
    counters_add(outbox->counters, "outbox_rows", "", batch->rows);
    if (batch->opened)
        counters_add(outbox->counters, outbox->kind->opened_counter, "", batch->opened);
    if (batch->nobody) {
        counters_add(outbox->counters, "alerts_for_nobody", "", batch->nobody);
        log_warn("nobody_to_tell", "alerts=%ld", batch->nobody);
    }
    if (batch->held)
        counters_add(outbox->counters, "alerts_held", "", batch->held);
    if (batch->floods) /* once in a flood; liaisonctl status says whose */
        log_warn("alerts_held", "floods=%ld reason=budget", batch->floods);
    if (batch->opened)
        log_info("alerts", "subject=%s opened=%ld rows=%ld", outbox->kind->name, batch->opened,
                 batch->rows);
    for (size_t i = 0; i < batch->touched_count; i++)
        outbox->hooks.alert_cb(outbox->hooks.ctx, batch->touched[i].district_id,
                               batch->touched[i].alert_id);
    outbox->hooks.moved_cb(outbox->hooks.ctx);
}

/* Finds the row, sets it aside, and goes on. Where no row was taken, all of the kind waits until
 * the next look. */
static void refused(struct outbox *outbox, const struct db_error *error)
{
    const struct row_gap *gap = &outbox->batch.gap;

    snprintf(outbox->why, sizeof outbox->why, "%s", gap->where[0] ? gap->where : error->sqlstate);
    if (outbox->one)
        outbox->refused = outbox->first;
    outbox->again = !outbox->one || is_work(&outbox->first);
    if (!outbox->again)
        aside_note(outbox->db, outbox->kind->name, outbox->why);
    outbox->one = true;
}

static void done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    struct outbox *outbox = ctx;
    char quoted[200];

    outbox->running = false;
    if (outcome == DB_COMMITTED) {
        committed(outbox);
    } else if (outcome == DB_REFUSED) {
        log_error("outbox_refused", "sqlstate=%s text=%s", error->sqlstate,
                  log_quote(error->text, quoted, sizeof quoted));
        if (!db_error_is_outage(error))
            refused(outbox, error);
    }
    batch_clear(&outbox->batch);
    if (outbox->again)
        begin(outbox);
}

static void begin(struct outbox *outbox)
{
    if (outbox->running || !steady_now_us(outbox->steady) ||
        db_submit(outbox->db, step_cb, done_cb, outbox) != 0)
        return;
    outbox->running = true;
    outbox->again = false;
}

void outbox_wake(struct outbox *outbox)
{
    if (outbox->running)
        outbox->again = true;
    else
        begin(outbox);
}

bool outbox_idle(const struct outbox *outbox)
{
    return !outbox->running;
}

struct outbox *outbox_open(const struct subject_kind *kind, struct db *db,
                           struct counters *counters, const struct settings *settings,
                           const struct steady *steady, const struct outbox_hooks *hooks)
{
    struct outbox *outbox = calloc(1, sizeof *outbox);

    if (outbox)
        *outbox = (struct outbox){.kind = kind,
                                  .db = db,
                                  .counters = counters,
                                  .settings = settings,
                                  .steady = steady,
                                  .hooks = *hooks};
    return outbox;
}

void outbox_close(struct outbox *outbox)
{
    if (!outbox)
        return;
    batch_clear(&outbox->batch);
    free(outbox);
}
