#include "publisher.h"

#include "db.h"
#include "decimal.h"
#include "log.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { DAY_MS = 24 * 3600 * 1000, PUBLISHER_MS = 300000 /* many years of calls */ };

struct publisher {
    struct db *db;
    uv_timer_t daily;
    bool running;
    int district; /* the last one that was published in this round; 0: none yet */
    int next;     /* the one that the running transaction published; 0: none was left */
};

/* Publishes the year of the first district after publisher->district. */
static void submit(struct publisher *publisher);

static void published_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct publisher *publisher = ctx;

    (void)job;
    publisher->next = PQgetisnull(result, 0, 0) ? 0 : atoi(PQgetvalue(result, 0, 0));
}

static void step_cb(struct db_job *job, void *ctx)
{
    struct publisher *publisher = ctx;

    db_exec_text(job, "publish", published_cb, publisher, 1, DECIMAL(publisher->district));
}

static void done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    struct publisher *publisher = ctx;

    publisher->running = false;
    if (outcome == DB_REFUSED)
        log_warn("publish", "sqlstate=%s", error->sqlstate);
    else if (outcome == DB_COMMITTED && publisher->next != 0) {
        publisher->district = publisher->next;
        submit(publisher);
    } else if (outcome == DB_COMMITTED)
        log_debug("publish", "state=done");
}

static void submit(struct publisher *publisher)
{
    if (!publisher->running && publisher->db != NULL)
        publisher->running = db_submit(publisher->db, step_cb, done_cb, publisher) == 0;
}

static void begin(struct publisher *publisher)
{
    if (publisher->running)
        return;
    publisher->district = 0;
    submit(publisher);
}

static void up_cb(void *ctx)
{
    begin(ctx);
}

static void daily_cb(uv_timer_t *timer)
{
    begin(timer->data);
}

struct publisher *publisher_open(uv_loop_t *loop, const char *conninfo, struct error *error)
{
    struct publisher *publisher = calloc(1, sizeof *publisher);

    if (publisher == NULL) {
        error_set(error, ERR_NOMEM, "", "no memory");
        return NULL;
    }
    publisher->db =
        db_open(loop, &(struct db_options){conninfo, up_cb, NULL, publisher, PUBLISHER_MS},
                publisher_statements, publisher_statement_count, error);
    if (publisher->db == NULL) {
        free(publisher);
        return NULL;
    }
    uv_timer_init(loop, &publisher->daily);
    publisher->daily.data = publisher;
    uv_timer_start(&publisher->daily, daily_cb, DAY_MS, DAY_MS);
    return publisher;
}

void publisher_stop(struct publisher *publisher)
{
    if (publisher == NULL || publisher->db == NULL)
        return;
    uv_close((uv_handle_t *)&publisher->daily, NULL);
    db_close(publisher->db, NULL, NULL);
    publisher->db = NULL;
}

void publisher_free(struct publisher *publisher)
{
    free(publisher);
}
