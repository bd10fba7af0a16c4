#include "stream.h"

#include "clock.h"
#include "counters.h"
#include "log.h"
#include "service.h"
#include "session.h"
#include "stream_follower.h"

#include <stdlib.h>
#include <string.h>

enum { POLL_MS = 1000, RECHECK_US = 2 * 1000000 };

/* What a row of a change or an alert must hold for sending it on. */
#define AUDIENCE                                                                               \
    "(select coalesce(array_agg(s.school_id), '{}') from ("                                    \
    "  select s.school_id from district.incident_school s where (s.district_id, s.agency_id, " \
    "    s.incident_no) = (i.district_id, i.agency_id, i.incident_no) "                        \
    "  union select i.school_id where i.elsewhere "                                            \
    "  union select al.school_id from notify.alert al where (al.district_id, al.agency_id, "   \
    "    al.incident_no) = (i.district_id, i.agency_id, i.incident_no)) s)"

#define BELOW_RUNNING "xid < pg_snapshot_xmin(pg_current_snapshot())"

const struct db_statement stream_statements[] = {
    /* Where to begin: what is below the oldest running transaction is old. */
    {"stream_start",
     "select pg_snapshot_xmin(pg_current_snapshot())::text, coalesce((select change_id "
     "  from district.change where district_id = $1::int and " BELOW_RUNNING
     "  order by xid desc, change_id desc limit 1), 0)"},
    {"stream_resume", "select xid::text, change_id from district.change "
                      "where district_id = $1::int and change_id = $2::bigint and " BELOW_RUNNING},
    {"stream_changes",
     "select c.xid::text, c.change_id, a.slug, c.incident_no, "
     "  coalesce(i.sensitivity = 'sealed', true), " AUDIENCE
     " from (select * from district.change where district_id = $1::int "
     "  and (xid, change_id) > ($2::xid8, $3::bigint) and " BELOW_RUNNING
     "  order by xid, change_id limit $4::int) c join agency.agency a using (agency_id) "
     "left join district.incident i using (district_id, agency_id, incident_no) "
     "order by c.xid, c.change_id"},
    {"stream_alert", "select a.slug, al.incident_no, i.sensitivity = 'sealed', array[al.school_id] "
                     "from notify.alert al join agency.agency a using (agency_id) "
                     "join district.incident i using (district_id, agency_id, incident_no) "
                     "where al.district_id = $1::int and al.alert_id = $2::bigint"},
    {"stream_alerts",
     "select alert_id, case when acknowledged_at is not null then 'a' else left(state, 1) end "
     "from notify.alert where district_id = $1::int order by alert_id desc limit $2::int"},
};
const size_t stream_statement_count = sizeof stream_statements / sizeof stream_statements[0];

static void recheck_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct stream_client *client = ctx;
    int district = person_district(&client->person);
    (void)job;

    if (client->http == NULL)
        return;
    if (PQntuples(result) == 0 || person_read(&client->person, result) != 0 ||
        person_district(&client->person) != district)
        follower_end_client(client);
}

static void recheck_steps_cb(struct db_job *job, void *ctx)
{
    struct stream_client *client = ctx;
    session_check_hash(client->service, client->session, job, recheck_cb, client);
}

static void recheck_done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    (void)outcome; /* an outage ends no session */
    (void)error;
    stream_client_job_done(ctx);
}

static void recheck(struct stream_client *client, int64_t now)
{
    if (now - client->checked_us < RECHECK_US)
        return;
    client->checked_us = now;
    client->jobs++;
    if (db_submit(client->service->db, recheck_steps_cb, recheck_done_cb, client) != 0)
        client->jobs--;
}

static void tick_cb(uv_timer_t *timer)
{
    struct streams *streams = timer->data;
    struct stream_follower *follower;
    struct stream_client *client, *next;
    int64_t now = clock_mono_us();

    for (follower = TAILQ_FIRST(&streams->followers); follower != NULL;
         follower = TAILQ_NEXT(follower, link))
        follower_read(follower);
    for (follower = TAILQ_FIRST(&streams->followers); follower != NULL;) {
        struct stream_follower *after = TAILQ_NEXT(follower, link);
        for (client = TAILQ_FIRST(&follower->clients); client != NULL; client = next) {
            next = TAILQ_NEXT(client, link);
            recheck(client, now);
            stream_client_heartbeat(client, now); /* last: it may drop the client */
        }
        follower = after;
    }
}

struct streams *streams_open(struct service *service)
{
    struct streams *streams = calloc(1, sizeof *streams);

    if (streams == NULL)
        return NULL;
    streams->service = service;
    TAILQ_INIT(&streams->followers);
    uv_timer_init(service->loop, &streams->timer);
    streams->timer.data = streams;
    uv_timer_start(&streams->timer, tick_cb, POLL_MS, POLL_MS);
    return streams;
}

void streams_close(struct streams *streams)
{
    if (streams == NULL || streams->closing)
        return;
    streams->closing = true;
    uv_close((uv_handle_t *)&streams->timer, NULL);
}

void streams_free(struct streams *streams)
{
    free(streams);
}

static void hear_alert(struct streams *streams, int district, int64_t alert)
{
    struct stream_follower *follower = follower_find(streams, district);

    if (follower != NULL)
        follower_hear_alert(follower, alert);
}

void streams_heard_cb(void *ctx, const char *topic, int district, int64_t id)
{
    struct service *service = ctx;
    struct stream_follower *follower;

    if (service->streams == NULL || service->streams->closing)
        return;
    if (strcmp(topic, "alert") == 0) {
        hear_alert(service->streams, district, id);
    } else if (strcmp(topic, "change") == 0) {
        follower = follower_find(service->streams, district);
        if (follower != NULL)
            follower_read(follower);
    }
}

void streams_tell_alert(struct service *service, int district, int64_t alert)
{
    counters_add(service->counters, "acknowledged", "", 1);
    if (service->bus != NULL)
        bus_publish(service->bus, "alert", district, alert);
    hear_alert(service->streams, district, alert);
}

void streams_session_ended(struct service *service, const char *hash)
{
    struct stream_follower *follower, *after;
    struct stream_client *client, *next;

    for (follower = TAILQ_FIRST(&service->streams->followers); follower != NULL; follower = after) {
        after = TAILQ_NEXT(follower, link); /* it may go with its last client */
        for (client = TAILQ_FIRST(&follower->clients); client != NULL; client = next) {
            next = TAILQ_NEXT(client, link);
            if (strcmp(client->session, hash) == 0)
                follower_end_client(client);
        }
    }
}
