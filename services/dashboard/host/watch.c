#include "watch.h"

#include "clock.h"
#include "log.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    EVERY_MS = 10000,
    FRESH_US = 5 * 1000000,
    KNOWN_US = 60 * 1000000,
    READ_MS = 10000, /* most for one reading */
    WAITING_MOST = 16,
};

struct watch {
    struct db *db;
    uv_timer_t timer;
    bool running;
    int64_t read_mono; /* when it was read last; 0: never */
    char *text;        /* of /metrics */
    size_t text_size;
    json_t *alerts;      /* rows failing and working, by family: objects with a district */
    json_t *read_alerts; /* by the running reading, with its text */
    char *read_text;
    size_t read_text_size, waiting_count;
    struct {
        watch_text_cb text_cb;
        void *ctx;
    } waiting[WAITING_MOST];
};

/* The families of /metrics. */
static const struct family {
    const char *name, *type, *help;
} families[] = {
    {"check_ok", "gauge", "1: the check of notify.health() has found nothing"},
    {"check_found", "gauge", "How many it found"},
    {"check_since_seconds", "gauge", "Age of the oldest that it found"},
    {"due_oldest_seconds", "gauge", "For how long the oldest due message has waited"},
    {"failures", "gauge", "Tries of the last hour that failed"},
    {"given_up", "gauge", "Messages of the last day that were not sent"},
    {"agency_silence_seconds", "gauge", "Time since the agency was heard"},
    {"probe_way_seconds", "gauge", "Time until the last test message was read back"},
    {"service_instances", "gauge", "Processes that were heard of in the last 30 seconds"},
    {"count_total", "counter", "Counters of the services (docs/operator.md)"},
};

/* Reading ---------------------------------------------------------------------------------------*/

static void print_label(FILE *out, const char *name, const char *value, bool first)
{
    fprintf(out, "%s%s=\"", first ? "{" : ",", name);
    for (; *value; value++) {
        if (*value == '\n')
            fputs("\\n", out);
        else if (*value == '"' || *value == '\\')
            fprintf(out, "\\%c", *value);
        else
            fputc(*value, out);
    }
    fputc('"', out);
}

static void print_sample(FILE *out, const char *family, json_t *labels, const char *value)
{
    const char *name;
    json_t *label;
    bool first = true;

    fprintf(out, "liaison_%s", family);
    json_object_foreach(labels, name, label)
    {
        print_label(out, name, json_string_value(label), first);
        first = false;
    }
    fprintf(out, "%s %s\n", first ? "" : "}", value);
}

static void print_head(FILE *out, const char *name)
{
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
        if (strcmp(families[i].name, name) == 0)
            fprintf(out, "# HELP liaison_%s %s.\n# TYPE liaison_%s %s\n", name, families[i].help,
                    name, families[i].type);
}

static void drop_reading(struct watch *watch)
{
    free(watch->read_text);
    watch->read_text = NULL;
    json_decref(watch->read_alerts);
    watch->read_alerts = NULL;
}

static void read_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct watch *watch = ctx;
    const char *family = "";

    drop_reading(watch);
    watch->read_alerts = json_pack("{s:[], s:[]}", "failing", "working");
    FILE *out = open_memstream(&watch->read_text, &watch->read_text_size);
    if (out == NULL || watch->read_alerts == NULL) {
        if (out != NULL)
            fclose(out);
        db_abandon(job, "no memory");
        return;
    }
    for (int i = 0; i < PQntuples(result); i++) {
        const char *name = PQgetvalue(result, i, 0);
        json_t *labels = json_loads(PQgetvalue(result, i, 1), 0, NULL);
        json_t *alerts = json_object_get(watch->read_alerts, name);
        if (alerts != NULL) {
            json_array_append(alerts, labels);
        } else {
            if (strcmp(name, family) != 0)
                print_head(out, name);
            print_sample(out, name, labels, PQgetvalue(result, i, 2));
            family = name;
        }
        json_decref(labels);
    }
    fclose(out);
}

static void step_cb(struct db_job *job, void *ctx)
{
    db_exec_text(job, "watch_read", read_cb, ctx, 0);
}

static void keep(struct watch *watch)
{
    free(watch->text);
    json_decref(watch->alerts);
    watch->text = watch->read_text;
    watch->text_size = watch->read_text_size;
    watch->alerts = watch->read_alerts;
    watch->read_text = NULL;
    watch->read_alerts = NULL;
    watch->read_mono = clock_mono_us();
}

static void answer_all(struct watch *watch, const char *text)
{
    size_t count = watch->waiting_count;

    watch->waiting_count = 0;
    for (size_t i = 0; i < count; i++)
        watch->waiting[i].text_cb(watch->waiting[i].ctx, text, text ? watch->text_size : 0);
}

static void done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    struct watch *watch = ctx;
    bool good = outcome == DB_COMMITTED && watch->read_text != NULL;

    watch->running = false;
    if (outcome == DB_REFUSED)
        log_warn("watch", "sqlstate=%s", error->sqlstate);
    if (good)
        keep(watch);
    drop_reading(watch);
    answer_all(watch, good ? watch->text : NULL);
}

static void read_again(struct watch *watch)
{
    if (!watch->running && watch->db != NULL)
        watch->running = db_submit(watch->db, step_cb, done_cb, watch) == 0;
}

static void timer_cb(uv_timer_t *timer)
{
    read_again(timer->data);
}

static void up_cb(void *ctx)
{
    read_again(ctx);
}

/* Asking ----------------------------------------------------------------------------------------*/

static bool is_younger(const struct watch *watch, int64_t most_us)
{
    return watch->read_mono != 0 && clock_mono_us() - watch->read_mono < most_us;
}

void watch_text(struct watch *watch, watch_text_cb text_cb, void *ctx)
{
    if (is_younger(watch, FRESH_US)) {
        text_cb(ctx, watch->text, watch->text_size);
        return;
    }
    read_again(watch);
    if (!watch->running || watch->waiting_count == WAITING_MOST) {
        text_cb(ctx, NULL, 0);
        return;
    }
    watch->waiting[watch->waiting_count].text_cb = text_cb;
    watch->waiting[watch->waiting_count++].ctx = ctx;
}

static void add_alerts(json_t *out, const json_t *rows, const char *district, bool with_check)
{
    const json_t *row;
    size_t i;

    json_array_foreach(rows, i, row)
    {
        const char *of = json_string_value(json_object_get(row, "district"));
        const char *channel = json_string_value(json_object_get(row, "channel"));
        if (*of != '\0' && strcmp(of, district) != 0)
            continue;
        if (with_check)
            json_array_append_new(out,
                                  json_pack("{s:O, s:s?}", "check", json_object_get(row, "check"),
                                            "channel", *channel != '\0' ? channel : NULL));
        else
            json_array_append_new(out, json_string(channel));
    }
}

char *watch_alerts(const struct watch *watch, const char *district)
{
    json_t *failing = json_array(), *working = json_array();

    if (!is_younger(watch, KNOWN_US)) {
        json_array_append_new(failing, json_pack("{s:s, s:n}", "check", "unknown", "channel"));
    } else {
        add_alerts(failing, json_object_get(watch->alerts, "failing"), district, true);
        add_alerts(working, json_object_get(watch->alerts, "working"), district, false);
    }
    json_t *alerts = json_pack("{s:o, s:o}", "failing", failing, "working", working);
    char *text = alerts ? json_dumps(alerts, JSON_COMPACT) : NULL;
    json_decref(alerts);
    return text;
}

/* Life ------------------------------------------------------------------------------------------*/

struct watch *watch_open(uv_loop_t *loop, const char *conninfo, struct error *error)
{
    struct watch *watch = calloc(1, sizeof *watch);

    if (watch == NULL) {
        error_set(error, ERR_NOMEM, "", "no memory");
        return NULL;
    }
    watch->db = db_open(loop, &(struct db_options){conninfo, up_cb, NULL, watch, READ_MS},
                        watch_statements, watch_statement_count, error);
    if (watch->db == NULL) {
        free(watch);
        return NULL;
    }
    uv_timer_init(loop, &watch->timer);
    watch->timer.data = watch;
    uv_timer_start(&watch->timer, timer_cb, EVERY_MS, EVERY_MS);
    return watch;
}

void watch_stop(struct watch *watch)
{
    struct db *db = watch != NULL ? watch->db : NULL;

    if (db == NULL)
        return;
    watch->db = NULL;
    uv_close((uv_handle_t *)&watch->timer, NULL);
    db_close(db, NULL, NULL);
}

void watch_free(struct watch *watch)
{
    if (watch == NULL)
        return;
    drop_reading(watch);
    free(watch->text);
    json_decref(watch->alerts);
    free(watch);
}
