#include "service.h"

#include "bus.h"
#include "clock.h"
#include "counters.h"
#include "delivery.h"
#include "log.h"
#include "outbox.h"
#include "statements.h"
#include "subject.h"

#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum { DRAIN_TICK_MS = 20, DRAIN_MOST_US = 20 * 1000000, TOKEN_EXPIRE_US = 3600 * 1000000LL };

enum phase { RUNNING, DRAINING, FLUSHING, CLOSED };

struct service {
    uv_loop_t *loop;
    const struct settings *settings;
    void *zmq;
    struct bus *bus;
    struct db *db;
    struct db_statement *statements;
    struct counters *counters;
    struct outbox *outbox[SUBJECT_KINDS]; /* as subject_kinds */
    struct delivery *delivery;
    uv_timer_t tick;
    enum phase phase;
    int64_t drain_until;
    int64_t expire_at;
};

static void tick_cb(uv_timer_t *tick);

static void wake_outboxes(struct service *service)
{
    for (size_t i = 0; i < SUBJECT_KINDS; i++)
        outbox_wake(service->outbox[i]);
}

static bool outboxes_idle(const struct service *service)
{
    bool idle = true;

    for (size_t i = 0; i < SUBJECT_KINDS; i++)
        idle &= outbox_idle(service->outbox[i]);
    return idle;
}

/* Wakes -----------------------------------------------------------------------------------------*/

static void heard_cb(void *ctx, const char *topic, int district, int64_t id)
{
    struct service *service = ctx;

    (void)district, (void)id;
    if (service->phase == RUNNING && strcmp(topic, "change") == 0)
        wake_outboxes(service);
}

static void alert_cb(void *ctx, int district_id, int64_t alert_id)
{
    struct service *service = ctx;

    if (service->bus)
        bus_publish(service->bus, "alert", district_id, alert_id);
}

static void moved_cb(void *ctx)
{
    struct service *service = ctx;

    if (service->phase == RUNNING)
        delivery_wake(service->delivery);
}

/* Has the large statements planned before they are needed: the first alert waits for no planner. */
static void warm_step_cb(struct db_job *job, void *ctx)
{
    struct service *service = ctx;

    db_exec_text(job, "session_setup", NULL, NULL, 0);
    for (size_t i = 0; i < SUBJECT_KINDS; i++) {
        outbox_warm(service->outbox[i], job);
        db_exec_text(job, subject_kinds[i]->due, NULL, NULL, 1, "[]");
    }
}

static void warm_done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    (void)ctx;
    if (outcome == DB_REFUSED)
        log_warn("session_setup", "sqlstate=%s", error->sqlstate);
}

static void up_cb(void *ctx)
{
    struct service *service = ctx;

    if (service->phase != RUNNING || !service->delivery)
        return;
    db_submit(service->db, warm_step_cb, warm_done_cb, service);
    wake_outboxes(service);
    delivery_wake(service->delivery);
}

static void expire_step_cb(struct db_job *job, void *ctx)
{
    (void)ctx;
    db_exec_text(job, "token_expire", NULL, NULL, 0);
}

static void expire_done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    (void)ctx;
    if (outcome == DB_REFUSED)
        log_warn("token_expire", "sqlstate=%s", error->sqlstate);
}

static void expire_tokens(struct service *service)
{
    if (clock_mono_us() < service->expire_at)
        return;
    service->expire_at = clock_mono_us() + TOKEN_EXPIRE_US;
    db_submit(service->db, expire_step_cb, expire_done_cb, service);
}

/* The end ---------------------------------------------------------------------------------------*/

static void db_closed_cb(void *ctx)
{
    struct service *service = ctx;

    service->db = NULL;
}

static void close_all(struct service *service)
{
    service->phase = CLOSED;
    uv_close((uv_handle_t *)&service->tick, NULL);
    bus_close(service->bus);
    service->bus = NULL;
    db_close(service->db, db_closed_cb, service);
}

/* First the messages on their way, then what the database is to know of them, then the rest. */
static void drain(struct service *service)
{
    bool late = clock_mono_us() > service->drain_until;

    if (service->phase == DRAINING &&
        (late || (outboxes_idle(service) && delivery_idle(service->delivery)))) {
        counters_close(service->counters);
        service->counters = NULL;
        service->phase = FLUSHING;
    } else if (service->phase == FLUSHING && (late || db_pending(service->db) == 0)) {
        close_all(service);
    }
}

static void tick_cb(uv_timer_t *tick)
{
    struct service *service = tick->data;

    if (service->phase != RUNNING) {
        drain(service);
        return;
    }
    wake_outboxes(service);
    delivery_wake(service->delivery);
    expire_tokens(service);
}

void service_stop(struct service *service)
{
    if (service->phase != RUNNING)
        return;
    service->phase = DRAINING;
    service->drain_until = clock_mono_us() + DRAIN_MOST_US;
    delivery_stop(service->delivery);
    uv_timer_start(&service->tick, tick_cb, 0, DRAIN_TICK_MS);
}

/* Life ------------------------------------------------------------------------------------------*/

/* Undoes an opening that failed half way. */
static void abandon(struct service *service)
{
    delivery_close(service->delivery);
    for (size_t i = 0; i < SUBJECT_KINDS; i++)
        outbox_close(service->outbox[i]);
    counters_close(service->counters);
    if (service->bus)
        bus_close(service->bus);
    if (service->db)
        db_close(service->db, NULL, NULL);
    uv_run(service->loop, UV_RUN_DEFAULT);
    if (service->zmq)
        zmq_ctx_term(service->zmq);
    free(service->statements);
    free(service);
}

static struct db_statement *all_statements(size_t *count)
{
    struct db_statement_list lists[SUBJECT_KINDS + 3];
    size_t used = 0;

    for (size_t i = 0; i < SUBJECT_KINDS; i++)
        lists[used++] = (struct db_statement_list){subject_kinds[i]->statements,
                                                   *subject_kinds[i]->statement_count};
    lists[used++] = (struct db_statement_list){outbox_statements, outbox_statement_count};
    lists[used++] = (struct db_statement_list){delivery_statements, delivery_statement_count};
    lists[used++] = (struct db_statement_list){counters_statements, counters_statement_count};
    return db_statements_join(lists, used, count);
}

struct service *service_open(uv_loop_t *loop, const struct settings *settings, struct fault *fault)
{
    struct service *service = calloc(1, sizeof *service);
    struct outbox_hooks outbox_hooks = {.alert_cb = alert_cb, .moved_cb = moved_cb, .ctx = service};
    struct delivery_hooks delivery_hooks = {.alert_cb = alert_cb, .ctx = service};
    struct db_options db = {.conninfo = settings->conninfo, .up_cb = up_cb, .ctx = service};
    size_t count;

    fault_set(fault, ERR_NOMEM, "", "no memory");
    if (!service)
        return NULL;
    service->loop = loop;
    service->settings = settings;
    service->zmq = zmq_ctx_new();
    if (!service->zmq)
        goto failed;
    service->bus = bus_open(loop, service->zmq, settings->publish, settings->subscribe, heard_cb,
                            service, fault);
    if (!service->bus)
        goto failed;
    service->statements = all_statements(&count);
    if (!service->statements)
        goto failed;
    service->db = db_open(loop, &db, service->statements, count, fault);
    if (!service->db)
        goto failed;
    service->counters = counters_open(loop, service->db, "notify", LIAISON_VERSION);
    for (size_t i = 0; i < SUBJECT_KINDS; i++) {
        service->outbox[i] =
            outbox_open(subject_kinds[i], service->db, service->counters, settings, &outbox_hooks);
        if (!service->outbox[i])
            goto failed;
    }
    service->delivery =
        delivery_open(loop, service->db, service->counters, settings, &delivery_hooks);
    if (!service->counters || !service->delivery)
        goto failed;
    uv_timer_init(loop, &service->tick);
    service->tick.data = service;
    uv_timer_start(&service->tick, tick_cb, 0, (uint64_t)settings->poll_ms);
    return service;
failed:
    abandon(service);
    return NULL;
}

void service_free(struct service *service)
{
    if (!service)
        return;
    delivery_close(service->delivery);
    for (size_t i = 0; i < SUBJECT_KINDS; i++)
        outbox_close(service->outbox[i]);
    zmq_ctx_term(service->zmq);
    free(service->statements);
    free(service);
}
