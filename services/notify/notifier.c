#include "notifier.h"

#include "alarms.h"
#include "arrivals.h"
#include "aside.h"
#include "bounces.h"
#include "bus.h"
#include "clock.h"
#include "counters.h"
#include "decimal.h"
#include "delivery.h"
#include "heartbeat.h"
#include "log.h"
#include "outbox.h"
#include "plans.h"
#include "presence.h"
#include "probe.h"
#include "retention.h"
#include "statements.h"
#include "subject.h"
#include "uuid.h"

#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum {
    DRAIN_TICK_MS = 20,
    DRAIN_MOST_US = 20 * 1000000,
    ALONE_MOST_US = 30 * 1000000,
    LOOK_LATE_US = 60 * 1000000
};

enum phase { RUNNING, DRAINING, FLUSHING, CLOSED };

struct notifier {
    uv_loop_t *loop;
    const struct settings *settings;
    void *zmq;
    struct bus *bus;
    struct db *db;
    struct db *background; /* another session: for what no message waits for */
    struct db_statement *statements;
    struct counters *counters;
    struct outbox *outbox[SUBJECT_KINDS]; /* as subject_kinds */
    struct delivery *delivery;
    uv_timer_t tick;
    enum phase phase;
    int64_t drain_until;
    void (*drained_cb)(void *ctx);
    void *drained_ctx;
    struct retention retention;
    struct steady steady;
    struct presence presence;
    struct arrivals arrivals;
    struct plans plans;
    struct heartbeat *heartbeat;
    struct alarms alarms;
    struct aside_job look_at_changed;
    int64_t alone_mono; /* until when the background session was there, or was noted to be away */
    char instance[37];  /* this process */
    struct bounces *bounces;
    struct probe *probe;
};

static void tick_cb(uv_timer_t *tick);

static void wake_outboxes(struct notifier *notifier)
{
    for (size_t i = 0; i < SUBJECT_KINDS; i++)
        outbox_wake(notifier->outbox[i]);
}

static bool outboxes_idle(const struct notifier *notifier)
{
    bool idle = true;

    for (size_t i = 0; i < SUBJECT_KINDS; i++)
        idle &= outbox_idle(notifier->outbox[i]);
    return idle;
}

/* Wakes -----------------------------------------------------------------------------------------*/

/* Only whom it concerns: the message that this leads to does not wait for the others' look. */
static void heard_cb(void *ctx, const char *topic, int district, int64_t id)
{
    struct notifier *notifier = ctx;

    (void)district, (void)id;
    if (notifier->phase != RUNNING)
        return;
    for (size_t i = 0; i < SUBJECT_KINDS; i++)
        if (subject_kinds[i]->topic && strcmp(subject_kinds[i]->topic, topic) == 0)
            outbox_wake(notifier->outbox[i]);
}

static void alert_cb(void *ctx, int district_id, int64_t alert_id)
{
    struct notifier *notifier = ctx;

    if (notifier->bus)
        bus_publish(notifier->bus, "alert", district_id, alert_id);
}

static void moved_cb(void *ctx)
{
    struct notifier *notifier = ctx;

    if (notifier->phase == RUNNING)
        delivery_wake(notifier->delivery);
}

static void look(struct notifier *notifier)
{
    wake_outboxes(notifier);
    delivery_wake(notifier->delivery);
}

static void again_step_cb(struct db_job *job, void *ctx)
{
    const struct notifier *notifier = ctx;

    db_exec_text(job, "aside_again", NULL, NULL, 1, DECIMAL(steady_now_us(&notifier->steady)));
}

static void again_done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    (void)ctx;
    if (outcome == DB_REFUSED)
        log_warn("aside_again", "sqlstate=%s", error->sqlstate);
}

/* Steady time is known from now on. */
static void known_cb(void *ctx)
{
    struct notifier *notifier = ctx;

    if (notifier->phase != RUNNING)
        return;
    db_submit(notifier->db, again_step_cb, again_done_cb, notifier);
    presence_tick(&notifier->presence, notifier->db);
    look(notifier);
}

static void look_cb(void *ctx)
{
    struct notifier *notifier = ctx;

    if (notifier->phase == RUNNING)
        wake_outboxes(notifier);
}

static void changed_cb(void *ctx)
{
    struct notifier *notifier = ctx;

    presence_changed(&notifier->presence);
    if (notifier->phase == RUNNING)
        presence_tick(&notifier->presence, notifier->db);
}

/* Rules and contacts change in other programs. */
static void changed_step_cb(struct db_job *job, void *ctx)
{
    (void)ctx;
    db_exec_text(job, "look_at_changed", NULL, NULL, 0);
}

static void changed_done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    struct notifier *notifier = ctx;

    aside_job_ended(notifier->background, &notifier->look_at_changed, outcome, error);
    if (outcome == DB_COMMITTED)
        look_cb(ctx);
}

/* Has the large statements planned before they are needed: the first alert waits for no planner. */
static void warm_step_cb(struct db_job *job, void *ctx)
{
    struct notifier *notifier = ctx;

    for (size_t i = 0; i < SUBJECT_KINDS; i++) {
        outbox_warm(notifier->outbox[i], job);
        db_exec_text(job, subject_kinds[i]->due, NULL, NULL, 2, "[]", "0");
    }
}

static void warm_done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    (void)ctx;
    if (outcome == DB_REFUSED)
        log_warn("warm", "sqlstate=%s", error->sqlstate);
}

static void warm(void *ctx)
{
    struct notifier *notifier = ctx;

    db_submit(notifier->db, warm_step_cb, warm_done_cb, notifier);
}

static void up_cb(void *ctx)
{
    struct notifier *notifier = ctx;

    if (notifier->phase != RUNNING || !notifier->delivery)
        return;
    /* First: until then a step of PostgreSQL's clock would be taken for time that has passed. */
    steady_tick(&notifier->steady, notifier->db);
    db_run(notifier->db, "session_setup");
    plans_none(&notifier->plans);
    plans_tick(&notifier->plans, notifier->db);
    warm(notifier);
    look(notifier);
}

/* A session that never comes would end the looks, alarms and receipts that run in it unseen. */
static void watch_background(struct notifier *notifier)
{
    int64_t now = clock_mono_us();

    if (db_is_up(notifier->background) || !db_is_up(notifier->db))
        notifier->alone_mono = now;
    if (now - notifier->alone_mono < ALONE_MOST_US)
        return;
    notifier->alone_mono = now;
    aside_note(notifier->db, "background", "no_session");
}

static void background_up_cb(void *ctx)
{
    struct notifier *notifier = ctx;

    if (notifier->phase == RUNNING && notifier->background)
        db_run(notifier->background, "session_setup");
}

/* The end ---------------------------------------------------------------------------------------*/

static void db_closed_cb(void *ctx)
{
    struct db **db = ctx;

    *db = NULL;
}

void notifier_stop(struct notifier *notifier)
{
    notifier->phase = CLOSED;
    uv_close((uv_handle_t *)&notifier->tick, NULL);
    bus_close(notifier->bus);
    notifier->bus = NULL;
    db_close(notifier->db, db_closed_cb, &notifier->db);
    db_close(notifier->background, db_closed_cb, &notifier->background);
}

/* First the messages on their way, then what the database is to know of them, then the rest. A look
 * that still runs is not waited for. */
static void drain(struct notifier *notifier)
{
    bool late = clock_mono_us() > notifier->drain_until;

    delivery_wake(notifier->delivery); /* what could not be written down while it was away */
    if (notifier->phase == DRAINING &&
        (late || (outboxes_idle(notifier) && delivery_idle(notifier->delivery) &&
                  bounces_idle(notifier->bounces) && probe_idle(notifier->probe)))) {
        counters_close(notifier->counters);
        notifier->counters = NULL;
        notifier->phase = FLUSHING;
    } else if (notifier->phase == FLUSHING && (late || db_pending(notifier->db) == 0)) {
        notifier->drained_cb(notifier->drained_ctx);
    }
}

static void tick_cb(uv_timer_t *tick)
{
    struct notifier *notifier = tick->data;

    bounces_tick(notifier->bounces);
    probe_tick(notifier->probe);
    if (notifier->phase != RUNNING) {
        drain(notifier);
        return;
    }
    steady_tick(&notifier->steady, notifier->db);
    presence_tick(&notifier->presence, notifier->db);
    plans_tick(&notifier->plans, notifier->db);
    look(notifier);
    watch_background(notifier);
    arrivals_tick(&notifier->arrivals, notifier->background);
    aside_job_begin(notifier->background, &notifier->look_at_changed, changed_step_cb,
                    changed_done_cb, notifier);
    aside_job_watch(notifier->db, &notifier->look_at_changed, LOOK_LATE_US);
    retention_tick(&notifier->retention, notifier->background);
    heartbeat_tick(notifier->heartbeat, notifier->background);
    alarms_tick(&notifier->alarms, notifier->background, notifier->db);
}

void notifier_drain(struct notifier *notifier, void (*drained_cb)(void *ctx), void *ctx)
{
    notifier->drained_cb = drained_cb;
    notifier->drained_ctx = ctx;
    notifier->phase = DRAINING;
    notifier->drain_until = clock_mono_us() + DRAIN_MOST_US;
    delivery_stop(notifier->delivery);
    bounces_stop(notifier->bounces);
    probe_stop(notifier->probe);
    uv_timer_start(&notifier->tick, tick_cb, 0, DRAIN_TICK_MS);
}

/* Life ------------------------------------------------------------------------------------------*/

/* Undoes an opening that failed half way. */
static void abandon(struct notifier *notifier)
{
    bounces_close(notifier->bounces);
    probe_close(notifier->probe);
    delivery_close(notifier->delivery);
    for (size_t i = 0; i < SUBJECT_KINDS; i++)
        outbox_close(notifier->outbox[i]);
    counters_close(notifier->counters);
    if (notifier->bus)
        bus_close(notifier->bus);
    if (notifier->db)
        db_close(notifier->db, NULL, NULL);
    if (notifier->background)
        db_close(notifier->background, NULL, NULL);
    uv_run(notifier->loop, UV_RUN_DEFAULT);
    heartbeat_close(notifier->heartbeat);
    if (notifier->zmq)
        zmq_ctx_term(notifier->zmq);
    free(notifier->statements);
    free(notifier);
}

static struct db_statement *all_statements(size_t *count)
{
    struct db_statement_list lists[SUBJECT_KINDS + 6];
    size_t used = 0;

    for (size_t i = 0; i < SUBJECT_KINDS; i++)
        lists[used++] = (struct db_statement_list){subject_kinds[i]->statements,
                                                   *subject_kinds[i]->statement_count};
    lists[used++] = (struct db_statement_list){outbox_statements, outbox_statement_count};
    lists[used++] = (struct db_statement_list){steady_statements, steady_statement_count};
    lists[used++] = (struct db_statement_list){watch_statements, watch_statement_count};
    lists[used++] = (struct db_statement_list){delivery_statements, delivery_statement_count};
    lists[used++] = (struct db_statement_list){receipts_statements, receipts_statement_count};
    lists[used++] = (struct db_statement_list){counters_statements, counters_statement_count};
    return db_statements_join(lists, used, count);
}

/* What the tick runs, and what it calls back. */
static void init_jobs(struct notifier *notifier)
{
    const struct settings *settings = notifier->settings;

    notifier->presence =
        (struct presence){.steady = &notifier->steady, .instance = notifier->instance};
    notifier->retention =
        (struct retention){.keep_days = settings->keep_days, .forget.name = "watch_forget"};
    notifier->steady = (struct steady){.known_cb = known_cb, .ctx = notifier};
    notifier->alarms = (struct alarms){.settings = settings,
                                       .look.name = "alarm_look",
                                       .holes.name = "alarm_holes",
                                       .looked_cb = look_cb,
                                       .ctx = notifier};
    notifier->plans = (struct plans){.discarded_cb = warm, .ctx = notifier};
    notifier->arrivals.job.name = "providers_failing";
    notifier->look_at_changed.name = "look_at_changed";
}

/* Both sessions. 0 or the error filled. */
static int open_sessions(struct notifier *notifier, struct error *error)
{
    const char *conninfo = notifier->settings->conninfo;
    struct db_options db = {.conninfo = conninfo, .up_cb = up_cb, .ctx = notifier};
    struct db_options background = {
        .conninfo = conninfo, .up_cb = background_up_cb, .ctx = notifier};
    size_t count;

    notifier->statements = all_statements(&count);
    if (!notifier->statements)
        return ERR_NOMEM;
    notifier->db = db_open(notifier->loop, &db, notifier->statements, count, error);
    if (!notifier->db)
        return error->code;
    notifier->background = db_open(notifier->loop, &background, notifier->statements, count, error);
    if (!notifier->background)
        return error->code;
    notifier->alone_mono = clock_mono_us();
    db_allow_partial(notifier->db); /* an upgrade that was not finished stops one kind alone */
    db_allow_partial(notifier->background);
    return 0;
}

struct notifier *notifier_open(uv_loop_t *loop, const struct settings *settings,
                               struct error *error)
{
    struct notifier *notifier = calloc(1, sizeof *notifier);
    struct outbox_hooks outbox_hooks = {
        .alert_cb = alert_cb, .moved_cb = moved_cb, .ctx = notifier};
    struct delivery_hooks delivery_hooks = {
        .alert_cb = alert_cb, .look_cb = look_cb, .changed_cb = changed_cb, .ctx = notifier};
    struct bounces_hooks bounces_hooks = {.alert_cb = alert_cb, .ctx = notifier};
    char link_keys[LINK_MARKS_TEXT];
    unsigned char instance[UUID_OCTETS];

    error_set(error, ERR_NOMEM, "", "no memory");
    if (!notifier)
        return NULL;
    notifier->loop = loop;
    notifier->settings = settings;
    uuid_make(instance);
    uuid_format(instance, notifier->instance);
    init_jobs(notifier);
    notifier->zmq = zmq_ctx_new();
    if (!notifier->zmq)
        goto failed;
    notifier->bus = bus_open(loop, notifier->zmq, settings->publish, settings->subscribe, heard_cb,
                             notifier, error);
    if (!notifier->bus)
        goto failed;
    if (open_sessions(notifier, error) != 0)
        goto failed;
    link_key_marks(&settings->link_key, 1, false, link_keys);
    notifier->counters = counters_open(loop, notifier->db, "notify", LIAISON_VERSION, link_keys);
    delivery_hooks.instance = notifier->instance;
    for (size_t i = 0; i < SUBJECT_KINDS; i++) {
        notifier->outbox[i] = outbox_open(subject_kinds[i], notifier->db, notifier->counters,
                                          settings, &notifier->steady, &outbox_hooks);
        if (!notifier->outbox[i])
            goto failed;
    }
    notifier->delivery = delivery_open(loop, notifier->db, notifier->counters, settings,
                                       &notifier->steady, &delivery_hooks);
    notifier->heartbeat = heartbeat_open(settings);
    notifier->bounces =
        bounces_open(notifier->background, notifier->counters, settings, &bounces_hooks);
    notifier->probe =
        probe_open(notifier->background, settings, &notifier->steady, notifier->instance);
    if (!notifier->counters || !notifier->delivery || !notifier->heartbeat || !notifier->bounces ||
        !notifier->probe)
        goto failed;
    notifier->presence.providers = delivery_providers(notifier->delivery);
    notifier->arrivals.providers = delivery_providers(notifier->delivery);
    uv_timer_init(loop, &notifier->tick);
    notifier->tick.data = notifier;
    uv_timer_start(&notifier->tick, tick_cb, 0, (uint64_t)settings->poll_ms);
    return notifier;
failed:
    abandon(notifier);
    return NULL;
}

void notifier_free(struct notifier *notifier)
{
    if (!notifier)
        return;
    bounces_close(notifier->bounces);
    probe_close(notifier->probe);
    delivery_close(notifier->delivery);
    for (size_t i = 0; i < SUBJECT_KINDS; i++)
        outbox_close(notifier->outbox[i]);
    heartbeat_close(notifier->heartbeat);
    zmq_ctx_term(notifier->zmq);
    free(notifier->statements);
    free(notifier);
}
