#include "bounces.h"

#include "aside.h"
#include "clock.h"
#include "decimal.h"
#include "log.h"
#include "mailbox.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum {
    MAILBOX_NAME_OCTETS = 16,
    FAILED_MOST = 5, /* rounds in succession: from then on it is noted */
};

enum phase {
    IDLE,
    ASKING,  /* the database, where the mark is */
    READING, /* the mailbox, on the thread */
    WRITING, /* what was read, into the database */
    MARKING, /* the messages, on the thread */
};

struct moved {
    int district_id;
    int64_t alert_id;
};

struct bounces {
    struct db *db;
    struct counters *counters;
    const struct settings *settings;
    struct bounces_hooks hooks;
    enum phase phase;
    int64_t due_mono;
    atomic_bool stop;
    char mailbox[MAILBOX_NAME_OCTETS * 2 + 1]; /* digest of its address and user */
    struct mailbox_visit visit;
    uv_thread_t thread; /* while READING or MARKING */
    atomic_bool thread_done;
    int thread_rc;
    struct aside_job mark, read;
    int failed; /* rounds in succession in which the mailbox could not be read */
    size_t moved_count, unknown_count;
    struct moved moved[MAILBOX_MESSAGES_MOST];
};

static void rest(struct bounces *bounces, bool at_once)
{
    int64_t wait_us = bounces->settings->bounces.every_s * INT64_C(1000000);

    bounces->phase = IDLE;
    bounces->due_mono = clock_mono_us() + (at_once ? 0 : wait_us);
}

/* The thread -----------------------------------------------------------------------------------*/

static void thread_cb(void *ctx)
{
    struct bounces *bounces = ctx;

    bounces->thread_rc =
        bounces->phase == READING ? mailbox_read(&bounces->visit) : mailbox_mark(&bounces->visit);
    atomic_store(&bounces->thread_done, true);
}

static void begin_thread(struct bounces *bounces, enum phase phase)
{
    bounces->phase = phase;
    atomic_store(&bounces->thread_done, false);
    if (uv_thread_create(&bounces->thread, thread_cb, bounces) != 0)
        rest(bounces, false);
}

/* Asking where the mark is ---------------------------------------------------------------------*/

static void mark_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct bounces *bounces = ctx;

    (void)job;
    if (PQntuples(result) == 0)
        return;
    bounces->visit.uidvalidity = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
    bounces->visit.uid = strtoll(PQgetvalue(result, 0, 1), NULL, 10);
}

static void ask_step_cb(struct db_job *job, void *ctx)
{
    struct bounces *bounces = ctx;

    db_exec_text(job, "mailbox_mark", mark_cb, bounces, 1, bounces->mailbox);
}

static void ask_done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    struct bounces *bounces = ctx;

    aside_job_ended(bounces->db, &bounces->mark, outcome, error);
    if (outcome == DB_COMMITTED && !atomic_load(&bounces->stop))
        begin_thread(bounces, READING);
    else
        rest(bounces, false);
}

static void ask(struct bounces *bounces)
{
    bounces->visit =
        (struct mailbox_visit){.settings = &bounces->settings->bounces, .stop = &bounces->stop};
    bounces->phase = ASKING;
    if (db_submit(bounces->db, ask_step_cb, ask_done_cb, bounces) != 0)
        rest(bounces, false);
}

/* Writing --------------------------------------------------------------------------------------*/

static void taken_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct bounces *bounces = ctx;

    (void)job;
    if (PQntuples(result) == 0) {
        bounces->unknown_count++;
    } else if (!PQgetisnull(result, 0, 2)) {
        bounces->moved[bounces->moved_count++] =
            (struct moved){.district_id = atoi(PQgetvalue(result, 0, 0)),
                           .alert_id = strtoll(PQgetvalue(result, 0, 1), NULL, 10)};
    }
}

static void write_step_cb(struct db_job *job, void *ctx)
{
    struct bounces *bounces = ctx;
    const struct mailbox_visit *visit = &bounces->visit;

    bounces->moved_count = bounces->unknown_count = 0;
    for (size_t i = 0; i < visit->report_count; i++) {
        const struct dsn *dsn = &visit->report[i].dsn;
        db_exec_text(job, "bounce_take", taken_cb, bounces, 4, dsn->token, dsn->state, dsn->action,
                     dsn->status);
    }
    db_exec_text(job, "mailbox_read", NULL, NULL, 3, bounces->mailbox, DECIMAL(visit->uidvalidity),
                 DECIMAL(visit->uid));
}

static void tell(struct bounces *bounces)
{
    const struct mailbox_visit *visit = &bounces->visit;

    for (size_t i = 0; i < bounces->moved_count; i++)
        bounces->hooks.alert_cb(bounces->hooks.ctx, bounces->moved[i].district_id,
                                bounces->moved[i].alert_id);
    counters_add(bounces->counters, "bounces", "", (long)visit->report_count);
    counters_add(bounces->counters, "bounces_unknown", "", (long)bounces->unknown_count);
    counters_add(bounces->counters, "mailbox_passed_over", "", (long)visit->passed_over);
    if (visit->passed_over > 0)
        log_warn("mailbox", "passed_over=%zu error=\"%s\"", visit->passed_over, visit->error);
    if (visit->seen > 0)
        log_info("mailbox", "messages=%zu reports=%zu moved=%zu unknown=%zu", visit->seen,
                 visit->report_count, bounces->moved_count, bounces->unknown_count);
}

static void write_done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    struct bounces *bounces = ctx;

    aside_job_ended(bounces->db, &bounces->read, outcome, error);
    if (outcome == DB_COMMITTED)
        tell(bounces);
    if (outcome == DB_COMMITTED && bounces->visit.report_count > 0)
        begin_thread(bounces, MARKING);
    else
        rest(bounces, outcome == DB_COMMITTED && bounces->visit.more);
}

/* While nobody reads what comes back, mail that did not arrive stands as sent. */
static void note_failed(struct bounces *bounces)
{
    const char *why = bounces->visit.error;

    counters_add(bounces->counters, "mailbox_failed", "", 1);
    log_warn("mailbox", "error=\"%s\"", why);
    if (++bounces->failed >= FAILED_MOST)
        aside_note(bounces->db, "mailbox", why);
}

/* What was read before the server failed counts. */
static void end_reading(struct bounces *bounces)
{
    const struct mailbox_visit *visit = &bounces->visit;

    if (bounces->thread_rc == 0)
        bounces->failed = 0;
    else if (!atomic_load(&bounces->stop))
        note_failed(bounces);
    bounces->phase = WRITING;
    if (visit->uidvalidity == 0 ||
        db_submit(bounces->db, write_step_cb, write_done_cb, bounces) != 0)
        rest(bounces, false);
}

static void end_marking(struct bounces *bounces)
{
    if (bounces->thread_rc != 0 && !atomic_load(&bounces->stop))
        log_warn("mailbox", "error=\"%s\" step=mark", bounces->visit.error);
    rest(bounces, bounces->visit.more);
}

/* Life -----------------------------------------------------------------------------------------*/

void bounces_tick(struct bounces *bounces)
{
    bool on_thread = bounces->phase == READING || bounces->phase == MARKING;

    if (on_thread && atomic_load(&bounces->thread_done)) {
        uv_thread_join(&bounces->thread);
        if (bounces->phase == READING)
            end_reading(bounces);
        else
            end_marking(bounces);
    }
    if (bounces->phase == IDLE && bounces->settings->bounces.url[0] &&
        !atomic_load(&bounces->stop) && clock_mono_us() >= bounces->due_mono)
        ask(bounces);
}

struct bounces *bounces_open(struct db *db, struct counters *counters,
                             const struct settings *settings, const struct bounces_hooks *hooks)
{
    struct bounces *bounces = calloc(1, sizeof *bounces);
    unsigned char digest[MAILBOX_NAME_OCTETS];
    char name[640];

    if (!bounces)
        return NULL;
    bounces->db = db;
    bounces->counters = counters;
    bounces->settings = settings;
    bounces->hooks = *hooks;
    bounces->mark.name = "mailbox_mark";
    bounces->read.name = "mailbox_read";
    snprintf(name, sizeof name, "%s\n%s\n%s", settings->bounces.url, settings->bounces.mailbox,
             settings->bounces.user);
    crypto_generichash(digest, sizeof digest, (unsigned char *)name, strlen(name), NULL, 0);
    sodium_bin2hex(bounces->mailbox, sizeof bounces->mailbox, digest, sizeof digest);
    return bounces;
}

void bounces_stop(struct bounces *bounces)
{
    atomic_store(&bounces->stop, true);
}

bool bounces_idle(const struct bounces *bounces)
{
    return bounces->phase == IDLE;
}

void bounces_close(struct bounces *bounces)
{
    if (!bounces)
        return;
    bounces_stop(bounces);
    if (bounces->phase == READING || bounces->phase == MARKING)
        uv_thread_join(&bounces->thread);
    free(bounces);
}
