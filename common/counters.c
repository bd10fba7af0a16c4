#include "counters.h"

#include "link_key.h"
#include "log.h"
#include "uuid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COUNTERS_MAX = 512, COUNTERS_NAME = 32, COUNTERS_LABEL = 40, COUNTERS_FLUSH_MS = 1000 };

struct count {
    char name[COUNTERS_NAME];
    char label[COUNTERS_LABEL + 1];
    long pending; /* not yet written */
    long writing; /* in the running job */
};

struct counters {
    struct db *db;
    char service[32];
    char version[32];
    char instance[UUID_TEXT];
    char link_keys[LINK_MARKS_TEXT]; /* "": none */
    uv_timer_t timer;
    bool running;
    bool closing;
    bool timer_closed;
    size_t count;
    struct count row[COUNTERS_MAX];
};

static struct count *find(struct counters *counters, const char *name, const char *label)
{
    for (size_t i = 0; i < counters->count; i++) {
        struct count *row = &counters->row[i];
        if (strcmp(row->name, name) == 0 && strcmp(row->label, label) == 0)
            return row;
    }
    return NULL;
}

void counters_add(struct counters *counters, const char *name, const char *label, long delta)
{
    struct count *row = find(counters, name, label);

    if (!row) {
        /* Only an attack fills the table with labels: new ones are then counted as "other". */
        if (counters->count == COUNTERS_MAX - 1 && strcmp(label, "other") != 0) {
            counters_add(counters, name, "other", delta);
            return;
        }
        if (counters->count == COUNTERS_MAX)
            return;
        row = &counters->row[counters->count++];
        snprintf(row->name, sizeof row->name, "%s", name);
        snprintf(row->label, sizeof row->label, "%s", label);
    }
    row->pending += delta;
}

/* Names and labels are constants, slugs and Z85 characters: quotes are enough in an array
 * literal. */
static void put_item(FILE *out, const char *text, bool first)
{
    fputs(first ? "{\"" : ",\"", out);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

/* Three array literals of what is pending; the caller frees them. False when there is nothing. */
static bool take_pending(struct counters *counters, char *array[3])
{
    size_t size[3];
    FILE *out[3];
    bool first = true;

    for (int i = 0; i < 3; i++)
        out[i] = open_memstream(&array[i], &size[i]);
    for (size_t i = 0; i < counters->count; i++) {
        struct count *row = &counters->row[i];
        char number[24];

        if (row->pending == 0)
            continue;
        snprintf(number, sizeof number, "%ld", row->pending);
        put_item(out[0], row->name, first);
        put_item(out[1], row->label, first);
        put_item(out[2], number, first);
        row->writing = row->pending;
        row->pending = 0;
        first = false;
    }
    for (int i = 0; i < 3; i++) {
        fputc('}', out[i]);
        fclose(out[i]);
    }
    return !first;
}

static void step_cb(struct db_job *job, void *ctx)
{
    struct counters *counters = ctx;
    char *array[3];

    if (take_pending(counters, array))
        db_exec_text(job, "counters_add", NULL, NULL, 4, counters->service, array[0], array[1],
                     array[2]);
    db_exec_text(job, "counters_alive", NULL, NULL, 4, counters->service, counters->instance,
                 counters->version, counters->link_keys[0] ? counters->link_keys : NULL);
    for (int i = 0; i < 3; i++)
        free(array[i]);
}

static void maybe_free(struct counters *counters)
{
    if (counters->closing && counters->timer_closed && !counters->running)
        free(counters);
}

static void done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    struct counters *counters = ctx;

    for (size_t i = 0; i < counters->count; i++) {
        struct count *row = &counters->row[i];
        if (outcome == DB_REFUSED || outcome == DB_GONE)
            row->pending += row->writing;
        row->writing = 0;
    }
    if (outcome == DB_REFUSED)
        log_warn("counters_refused", "sqlstate=%s", error->sqlstate);
    counters->running = false;
    maybe_free(counters);
}

static void flush(struct counters *counters)
{
    if (counters->running || !db_is_up(counters->db))
        return;
    counters->running = db_submit(counters->db, step_cb, done_cb, counters) == 0;
}

static void timer_cb(uv_timer_t *timer)
{
    flush(timer->data);
}

struct counters *counters_open(uv_loop_t *loop, struct db *db, const char *service,
                               const char *version, const char *link_keys)
{
    struct counters *counters = calloc(1, sizeof *counters);
    if (!counters)
        return NULL;
    counters->db = db;
    snprintf(counters->service, sizeof counters->service, "%s", service);
    snprintf(counters->version, sizeof counters->version, "%s", version);
    snprintf(counters->link_keys, sizeof counters->link_keys, "%s", link_keys ? link_keys : "");
    unsigned char instance[UUID_OCTETS];
    uuid_make(instance);
    uuid_format(instance, counters->instance);
    uv_timer_init(loop, &counters->timer);
    counters->timer.data = counters;
    uv_timer_start(&counters->timer, timer_cb, 0, COUNTERS_FLUSH_MS);
    return counters;
}

static void timer_closed_cb(uv_handle_t *handle)
{
    struct counters *counters = handle->data;

    counters->timer_closed = true;
    maybe_free(counters);
}

void counters_close(struct counters *counters)
{
    if (!counters)
        return;
    flush(counters);
    counters->closing = true;
    uv_close((uv_handle_t *)&counters->timer, timer_closed_cb);
}
