#include "outbox.h"

#include "batch.h"
#include "channel.h"
#include "decimal.h"
#include "log.h"
#include "subject.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH_ROWS = 100 };

struct outbox {
    const struct subject_kind *kind;
    struct db *db;
    struct counters *counters;
    const struct settings *settings;
    struct outbox_hooks hooks;
    struct batch batch;
    bool running;
    bool again;      /* woken while a batch ran */
    bool one;        /* the last batch was refused: one row at a time, to find which */
    int64_t refused; /* the row to set aside, or 0 */
};

static void begin(struct outbox *outbox);

static char *told_json(const struct plan *plan)
{
    json_t *list = json_array();

    for (size_t i = 0; list && i < plan->told_count; i++) {
        const struct telling *t = &plan->told[i];
        json_array_append_new(list, json_pack("{s:i, s:s, s:i, s:i}", "contact_id", t->contact_id,
                                              "channel", t->channel->name, "wave", t->wave,
                                              "delay_s", t->delay_s));
    }
    char *text = list ? json_dumps(list, JSON_COMPACT) : NULL;
    json_decref(list);
    return text;
}

/* Carrying out a plan ---------------------------------------------------------------------------*/

static void opened_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct outbox *outbox = ctx;
    struct row row = {result, 0};

    if (PQntuples(result) == 0)
        return;
    if (row_flag(row, "held")) {
        outbox->batch.held++;
        outbox->batch.floods += row_flag(row, "first_held");
        return;
    }
    outbox->batch.opened++;
    if (batch_touch(&outbox->batch, (int)row_int(row, "district_id"), row_int(row, "alert_id")) !=
        0)
        db_abandon(job, "no memory");
}

static void open_alert(struct outbox *outbox, struct db_job *job, struct row row,
                       const struct plan *plan)
{
    char *told = told_json(plan);

    if (told)
        db_exec_text(job, outbox->kind->open, opened_cb, outbox, 8, row_text(row, "district_id"),
                     row_text(row, "subject"), DECIMAL(plan->rule_id),
                     plan->replay ? "replay" : "live", plan->said, told, plan->content,
                     outbox->settings->domain);
    else
        db_abandon(job, "no memory");
    free(told);
}

static void follow(struct outbox *outbox, struct db_job *job, const char *district,
                   const char *alert, const struct plan *plan)
{
    char by[CHANNELS * 16 + 2] = "{";
    size_t used = 1;

    if (!plan->channels)
        return;
    for (size_t i = 0; i < CHANNELS; i++)
        if (plan->channels & channels[i]->bit)
            used += (size_t)snprintf(by + used, sizeof by - used, "%s%s", used > 1 ? "," : "",
                                     channels[i]->name);
    snprintf(by + used, sizeof by - used, "}");
    db_exec_text(job, "delivery_follow", NULL, NULL, 7, district, alert,
                 message_kind_name(plan->kind), outbox->settings->domain, plan->content, by,
                 plan->sealed ? "true" : "false");
}

static void widen(struct outbox *outbox, struct db_job *job, const char *district,
                  const char *alert, const struct plan *plan)
{
    if (plan->told_count == 0)
        return;
    char *told = told_json(plan);
    if (told)
        db_exec_text(job, "alert_widen", NULL, NULL, 5, district, alert, told, plan->opening,
                     outbox->settings->domain);
    else
        db_abandon(job, "no memory");
    free(told);
}

static void update_alert(struct outbox *outbox, struct db_job *job, struct row row,
                         const struct plan *plan)
{
    const char *district = row_text(row, "district_id");
    const char *alert = row_text(row, "alert_id");

    if (plan->withdraw_from)
        db_exec_text(job, "delivery_withdraw", NULL, NULL, 4, district, alert,
                     DECIMAL(plan->withdraw_from), reason_name(plan->withdraw_why));
    db_exec_text(job, "delivery_refresh", NULL, NULL, 4, district, alert, plan->content,
                 plan->channels ? message_kind_name(plan->kind) : "");
    follow(outbox, job, district, alert, plan);
    widen(outbox, job, district, alert, plan);
    db_exec_text(job, "alert_said", NULL, NULL, 4, district, alert, plan->said, plan->state);
    if (batch_touch(&outbox->batch, (int)row_int(row, "district_id"), row_int(row, "alert_id")) !=
        0)
        db_abandon(job, "no memory");
}

/* One transaction -------------------------------------------------------------------------------*/

static int consider(struct outbox *outbox, struct db_job *job, struct row row)
{
    struct plan plan = {.act = PLAN_NOTHING};
    int rc = outbox->kind->plan(row, &outbox->batch, outbox->settings, &plan);

    if (rc == 0 && plan.act == PLAN_OPEN)
        open_alert(outbox, job, row, &plan);
    else if (rc == 0 && plan.act == PLAN_UPDATE)
        update_alert(outbox, job, row, &plan);
    else if (rc == 0 && plan.act == PLAN_NOBODY)
        outbox->batch.nobody++;
    plan_free(&plan);
    return rc;
}

static void state_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct outbox *outbox = ctx;

    for (int i = 0; i < PQntuples(result); i++)
        if (consider(outbox, job, (struct row){result, i}) != 0) {
            db_abandon(job, "no memory");
            return;
        }
}

static void rules_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct outbox *outbox = ctx;

    if (batch_take_rules(&outbox->batch, result) != 0)
        db_abandon(job, "no memory");
}

static void contacts_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct outbox *outbox = ctx;

    if (batch_take_contacts(&outbox->batch, result) != 0)
        db_abandon(job, "no memory");
}

static void read_batch(struct outbox *outbox, struct db_job *job, const char *keys, bool take)
{
    const struct subject_kind *kind = outbox->kind;

    for (size_t i = 0; i < sizeof kind->locks / sizeof *kind->locks && kind->locks[i]; i++)
        db_exec_text(job, kind->locks[i], NULL, NULL, 1, keys);
    db_exec_text(job, "outbox_rules", take ? rules_cb : NULL, outbox, 1, keys);
    db_exec_text(job, kind->contacts, take ? contacts_cb : NULL, outbox, 1, keys);
    db_exec_text(job, kind->state, take ? state_cb : NULL, outbox, 1, keys);
}

void outbox_warm(struct outbox *outbox, struct db_job *job)
{
    read_batch(outbox, job, "[]", false);
}

static void claimed_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct outbox *outbox = ctx;
    struct row row = {result, 0};

    outbox->batch.rows = (long)row_int(row, "rows");
    if (outbox->batch.rows == 0)
        return;
    outbox->batch.first = row_int(row, "first");
    outbox->batch.keys = strdup(row_text(row, "keys"));
    if (!outbox->batch.keys) {
        db_abandon(job, "no memory");
        return;
    }
    read_batch(outbox, job, outbox->batch.keys, true);
}

static void step_cb(struct db_job *job, void *ctx)
{
    struct outbox *outbox = ctx;

    if (outbox->refused)
        db_exec_text(job, outbox->kind->aside, NULL, NULL, 1, DECIMAL(outbox->refused));
    else
        db_exec_text(job, outbox->kind->claim, claimed_cb, outbox, 1,
                     DECIMAL(outbox->one ? 1 : BATCH_ROWS));
}

static void committed(struct outbox *outbox)
{
    const struct batch *batch = &outbox->batch;

    if (outbox->refused) {
        log_error("outbox_aside", "subject=%s outbox=%" PRId64, outbox->kind->name,
                  outbox->refused);
        outbox->refused = 0;
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
        counters_add(outbox->counters, "alerts", "", batch->opened);
    if (batch->nobody) {
        counters_add(outbox->counters, "alerts_for_nobody", "", batch->nobody);
        log_warn("nobody_to_tell", "alerts=%ld", batch->nobody);
    }
    if (batch->held)
        counters_add(outbox->counters, "alerts_held", "", batch->held);
    if (batch->floods) /* once in a flood; liaisonctl status says whose */
        log_warn("alerts_held", "floods=%ld reason=budget", batch->floods);
    if (batch->opened)
        log_info("alerts", "opened=%ld rows=%ld", batch->opened, batch->rows);
    for (size_t i = 0; i < batch->touched_count; i++)
        outbox->hooks.alert_cb(outbox->hooks.ctx, batch->touched[i].district_id,
                               batch->touched[i].alert_id);
    outbox->hooks.moved_cb(outbox->hooks.ctx);
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
        if (!db_error_is_outage(error)) { /* find the row, set it aside, go on */
            outbox->refused = outbox->one ? outbox->batch.first : 0;
            outbox->one = true;
            outbox->again = true;
        }
    }
    batch_clear(&outbox->batch);
    if (outbox->again)
        begin(outbox);
}

static void begin(struct outbox *outbox)
{
    if (outbox->running || db_submit(outbox->db, step_cb, done_cb, outbox) != 0)
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
                           const struct outbox_hooks *hooks)
{
    struct outbox *outbox = calloc(1, sizeof *outbox);

    if (outbox)
        *outbox = (struct outbox){
            .kind = kind, .db = db, .counters = counters, .settings = settings, .hooks = *hooks};
    return outbox;
}

void outbox_close(struct outbox *outbox)
{
    if (!outbox)
        return;
    batch_clear(&outbox->batch);
    free(outbox);
}
