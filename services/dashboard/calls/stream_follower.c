#include "stream_follower.h"

#include "decimal.h"
#include "log.h"
#include "service.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void follower_drop_if_idle(struct stream_follower *follower)
{
    if (!TAILQ_EMPTY(&follower->clients) || follower->reading || follower->asking > 0)
        return;
    TAILQ_REMOVE(&follower->streams->followers, follower, link);
    free(follower);
}

void follower_leave(struct stream_client *client)
{
    struct stream_follower *follower = client->follower;

    if (follower == NULL)
        return;
    client->follower = NULL;
    follower->streams->clients--;
    TAILQ_REMOVE(&follower->clients, client, link);
    follower_drop_if_idle(follower);
}

void follower_end_client(struct stream_client *client)
{
    follower_leave(client);
    stream_client_end(client);
}

/* The data of a change or an alert, from JSON texts. NULL: no memory. */
static char *event_data(const char *agency, const char *incident, int64_t change)
{
    json_t *data = json_pack("{s:s, s:s}", "agency", agency, "incident", incident);
    if (data != NULL && change > 0)
        json_object_set_new(data, "change_id", json_integer(change));
    char *text = data == NULL ? NULL : json_dumps(data, JSON_COMPACT);
    json_decref(data);
    return text;
}

/* Whether a number is in the int[] of a column. */
static bool is_named(int number, const PGresult *result, int row, int column)
{
    const char *list = PQgetvalue(result, row, column);

    for (list += strcspn(list, "0123456789"); *list != '\0'; list += strcspn(list, "0123456789")) {
        char *end;
        if (strtol(list, &end, 10) == number)
            return true;
        list = end;
    }
    return false;
}

struct stream_position stream_row_position(const PGresult *result, int row)
{
    return (struct stream_position){strtoull(PQgetvalue(result, row, 0), NULL, 10),
                                    strtoll(PQgetvalue(result, row, 1), NULL, 10)};
}

void stream_tell_change(struct stream_client *client, int listener, const PGresult *result, int row)
{
    struct stream_position position = stream_row_position(result, row);

    if (!stream_before(client->seen, position))
        return;
    client->seen = position;
    bool gone = is_named(listener, result, row, 5);
    if (!gone && !is_named(listener, result, row, 4))
        return;
    char *data =
        event_data(PQgetvalue(result, row, 2), PQgetvalue(result, row, 3), position.change);
    if (data != NULL)
        stream_client_send(client, gone ? "gone" : "change", position.change, data);
    free(data);
}

/* The changes are kept until the rights are read: rights must not be older than the changes that
 * are sent. */
static void changes_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct stream_follower *follower = ctx;

    if (PQntuples(result) == 0)
        return;
    follower->unsaid = PQcopyResult(result, PG_COPYRES_ATTRS | PG_COPYRES_TUPLES);
    if (follower->unsaid == NULL)
        db_abandon(job, "no memory");
}

static void tell_changes(struct stream_follower *follower)
{
    struct stream_client *client, *next;

    follower->rows = PQntuples(follower->unsaid);
    for (int row = 0; row < follower->rows; row++) {
        for (client = TAILQ_FIRST(&follower->clients); client != NULL; client = next) {
            next = TAILQ_NEXT(client, link); /* sending may free the client */
            if (!client->catching_up)
                stream_tell_change(client, client->listener, follower->unsaid, row);
        }
        follower->at = stream_row_position(follower->unsaid, row);
    }
}

void stream_check_rights(struct stream_client *client, const PGresult *result)
{
    const struct person *person = &client->person;

    for (int row = 0; row < PQntuples(result); row++)
        if (strcmp(PQgetvalue(result, row, 0), client->session) == 0 &&
            strcmp(PQgetvalue(result, row, 1), person->district) == 0 &&
            (PQgetvalue(result, row, 2)[0] == 't') == person->whole_district &&
            strcmp(PQgetvalue(result, row, 3), person->schools) == 0)
            return;
    follower_end_client(client);
}

/* Changed rights end the stream: the page reconnects, and reads what it may see now. */
static void rights_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct stream_follower *follower = ctx;
    struct stream_client *client, *next;
    (void)job;

    for (client = TAILQ_FIRST(&follower->clients); client != NULL; client = next) {
        next = TAILQ_NEXT(client, link);
        if (client->asked)
            stream_check_rights(client, result);
    }
    if (follower->unsaid != NULL)
        tell_changes(follower);
}

/* The sessions of the clients as a bytea[]; clients that join later are not included. NULL: no
 * memory. */
static char *sessions_of(struct stream_follower *follower)
{
    struct stream_client *client;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        return NULL;
    fputc('{', out);
    for (client = TAILQ_FIRST(&follower->clients); client != NULL;
         client = TAILQ_NEXT(client, link)) {
        fprintf(out, "%s\"\\%s\"", client == TAILQ_FIRST(&follower->clients) ? "" : ",",
                client->session);
        client->asked = true;
    }
    fputc('}', out);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

/* The client's schools as an element of a text[]; NULL: the whole district. */
static const char *scope_of(const struct stream_client *client)
{
    return client->person.whole_district ? "NULL" : client->person.schools;
}

/* Gives the client its number: clients with the same rights are one listener. */
static void add_listener(struct stream_client *client, int *count, FILE *out)
{
    const struct stream_client *other = TAILQ_FIRST(&client->follower->clients);

    while (other != client && strcmp(scope_of(other), scope_of(client)) != 0)
        other = TAILQ_NEXT(other, link);
    if (other != client) {
        client->listener = other->listener;
        return;
    }
    client->listener = ++*count;
    fprintf(out, *scope_of(client) == '{' ? "%s\"%s\"" : "%s%s", *count > 1 ? "," : "",
            scope_of(client));
}

/* The listeners as a text[] of the schools of each, null for the whole district; clients that join
 * later have no number in the result. NULL: no memory. */
static char *listeners_of(struct stream_follower *follower)
{
    struct stream_client *client;
    char *text = NULL;
    size_t size = 0;
    int count = 0;
    FILE *out = open_memstream(&text, &size);

    if (out == NULL)
        return NULL;
    fputc('{', out);
    for (client = TAILQ_FIRST(&follower->clients); client != NULL;
         client = TAILQ_NEXT(client, link))
        add_listener(client, &count, out);
    fputc('}', out);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

static void ask_rights(struct stream_follower *follower, struct db_job *job)
{
    char *sessions = sessions_of(follower);

    if (sessions != NULL)
        db_exec_text(job, "stream_rights", rights_cb, follower, 2, sessions,
                     DECIMAL(follower->streams->service->config->idle_min));
    else
        db_abandon(job, "no memory");
    free(sessions);
}

static void start_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct stream_follower *follower = ctx;
    (void)job;

    follower->at = stream_row_position(result, 0);
    if (follower->at.xid > 0)
        follower->at.xid--; /* sends changes of xid and later, none of earlier transactions */
    follower->at.change = INT64_MAX;
    follower->started = true;
}

static void alert_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct stream_follower *follower = ctx;
    struct stream_client *client, *next;
    (void)job;

    if (PQntuples(result) == 0)
        return;
    char *data = event_data(PQgetvalue(result, 0, 0), PQgetvalue(result, 0, 1), 0);
    for (client = TAILQ_FIRST(&follower->clients); client != NULL && data != NULL; client = next) {
        next = TAILQ_NEXT(client, link);
        if (is_named(client->listener, result, 0, 2))
            stream_client_send(client, "alert", 0, data);
    }
    free(data);
}

static void ask_alert(struct stream_follower *follower, struct db_job *job, int64_t alert)
{
    char *listeners = listeners_of(follower);

    if (listeners != NULL)
        db_exec_text(job, "stream_alert", alert_cb, follower, 3, DECIMAL(follower->district),
                     DECIMAL(alert), listeners);
    else
        db_abandon(job, "no memory");
    free(listeners);
}

static char known_state(const struct stream_follower *follower, int64_t alert)
{
    for (size_t i = 0; i < follower->alert_count; i++)
        if (follower->alerts[i].alert == alert)
            return follower->alerts[i].state;
    return '\0';
}

static void alerts_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct stream_follower *follower = ctx;
    struct alert_state now[STREAM_ALERTS] = {{0}};
    size_t count = (size_t)PQntuples(result);

    if (count > STREAM_ALERTS)
        count = STREAM_ALERTS;
    for (size_t i = 0; i < count; i++) {
        now[i].alert = strtoll(PQgetvalue(result, (int)i, 0), NULL, 10);
        now[i].state = PQgetvalue(result, (int)i, 1)[0];
        if (follower->alerts_known && known_state(follower, now[i].alert) != now[i].state)
            ask_alert(follower, job, now[i].alert);
    }
    memcpy(follower->alerts, now, count * sizeof now[0]);
    follower->alert_count = count;
    follower->alerts_known = true;
}

static void ask_changes(struct stream_follower *follower, struct db_job *job, const char *district)
{
    char *listeners = listeners_of(follower);
    char xid[24];

    snprintf(xid, sizeof xid, "%llu", (unsigned long long)follower->at.xid);
    if (listeners != NULL)
        db_exec_text(job, "stream_changes", changes_cb, follower, 5, district, xid,
                     DECIMAL(follower->at.change), DECIMAL(STREAM_BATCH), listeners);
    else
        db_abandon(job, "no memory");
    free(listeners);
}

static void read_steps_cb(struct db_job *job, void *ctx)
{
    struct stream_follower *follower = ctx;
    struct decimal district = decimal(follower->district);

    follower->rows = 0;
    if (follower->started)
        ask_changes(follower, job, district.text);
    else
        db_exec_text(job, "stream_start", start_cb, follower, 1, district.text);
    ask_rights(follower, job);
    db_exec_text(job, "stream_alerts", alerts_cb, follower, 2, district.text,
                 DECIMAL(STREAM_ALERTS));
}

/* Sets the position of clients that joined before the follower had one. */
static void seat_clients(struct stream_follower *follower)
{
    struct stream_client *client;

    for (client = TAILQ_FIRST(&follower->clients); client != NULL;
         client = TAILQ_NEXT(client, link))
        if (client->seen.xid == 0 && !client->catching_up)
            client->seen = follower->at;
}

static void read_done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    struct stream_follower *follower = ctx;
    bool again = follower->again || follower->rows == STREAM_BATCH;

    follower->reading = false;
    PQclear(follower->unsaid);
    follower->unsaid = NULL;
    if (outcome == DB_REFUSED)
        log_warn("follow", "district=%d sqlstate=%s", follower->district, error->sqlstate);
    if (outcome == DB_COMMITTED)
        seat_clients(follower);
    if (TAILQ_EMPTY(&follower->clients))
        follower_drop_if_idle(follower);
    else if (again && outcome == DB_COMMITTED)
        follower_read(follower);
}

void follower_read(struct stream_follower *follower)
{
    if (follower->reading) {
        follower->again = true;
        return;
    }
    follower->again = false;
    follower->reading =
        db_submit(follower->streams->service->db, read_steps_cb, read_done_cb, follower) == 0;
}

struct stream_follower *follower_find(struct streams *streams, int district)
{
    struct stream_follower *follower;

    for (follower = TAILQ_FIRST(&streams->followers); follower != NULL;
         follower = TAILQ_NEXT(follower, link))
        if (follower->district == district)
            return follower;
    return NULL;
}

struct stream_follower *follower_get(struct streams *streams, int district)
{
    struct stream_follower *follower = follower_find(streams, district);

    if (follower != NULL)
        return follower;
    follower = calloc(1, sizeof *follower);
    if (follower == NULL)
        return NULL;
    follower->streams = streams;
    follower->district = district;
    TAILQ_INIT(&follower->clients);
    TAILQ_INSERT_TAIL(&streams->followers, follower, link);
    return follower;
}

struct told_alert {
    struct stream_follower *follower;
    int64_t alert;
};

static void told_alert_steps_cb(struct db_job *job, void *ctx)
{
    const struct told_alert *told = ctx;

    ask_rights(told->follower, job);
    ask_alert(told->follower, job, told->alert);
}

static void told_alert_done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    struct told_alert *told = ctx;
    (void)outcome; /* after a failure the timer finds the alert */
    (void)error;

    told->follower->asking--;
    follower_drop_if_idle(told->follower);
    free(told);
}

void follower_hear_alert(struct stream_follower *follower, int64_t alert)
{
    struct told_alert *told = malloc(sizeof *told);

    if (told == NULL)
        return;
    *told = (struct told_alert){follower, alert};
    follower->asking++;
    if (db_submit(follower->streams->service->db, told_alert_steps_cb, told_alert_done_cb, told) !=
        0) {
        follower->asking--;
        free(told);
    }
}
