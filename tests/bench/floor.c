/*
 * floor: lower limits for the latency of one acknowledgement at a time on this machine.
 *
 *   floor echo N                one CURVE round trip: an EVENT's frames out, an ACK's back
 *   floor commit N CONNINFO     intake's statements for one event, in one pipeline and one durable
 *                               commit, by libpq
 *
 * Prints {"p50_us", "p90_us", "p99_us"}.
 */
#include "bodies.h"
#include "clock.h"
#include "event.h"
#include "intake_batch.h"
#include "writer.h"

#include <err.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

static int compare_cb(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

static void print(double *took, size_t count)
{
    qsort(took, count, sizeof *took, compare_cb);
    printf("{\"p50_us\":%.1f,\"p90_us\":%.1f,\"p99_us\":%.1f}\n", took[count / 2],
           took[count * 9 / 10], took[count * 99 / 100]);
}

/* The echo. */

struct echo {
    void *context;
    char public[41], secret[41];
    char endpoint[128];
    void *router;
};

/* Answers each message by an ACK of the same size as intake's. */
static void *echo_cb(void *ctx)
{
    struct echo *echo = ctx;
    char frame[4096], range[16] = {0};

    for (;;) {
        unsigned char id[32];
        int size = zmq_recv(echo->router, id, sizeof id, 0), more = 1;
        size_t more_size = sizeof more;

        if (size < 0)
            return NULL;
        while (more) {
            zmq_recv(echo->router, frame, sizeof frame, 0);
            zmq_getsockopt(echo->router, ZMQ_RCVMORE, &more, &more_size);
        }
        zmq_send(echo->router, id, (size_t)size, ZMQ_SNDMORE);
        zmq_send(echo->router, WIRE_SIGNATURE, 4, ZMQ_SNDMORE);
        zmq_send(echo->router, "ACK", 3, ZMQ_SNDMORE);
        zmq_send(echo->router, range, sizeof range, 0);
    }
}

static void open_echo(struct echo *echo)
{
    int one = 1;
    size_t size = sizeof echo->endpoint;

    echo->context = zmq_ctx_new();
    zmq_curve_keypair(echo->public, echo->secret);
    echo->router = zmq_socket(echo->context, ZMQ_ROUTER);
    zmq_setsockopt(echo->router, ZMQ_CURVE_SERVER, &one, sizeof one);
    zmq_setsockopt(echo->router, ZMQ_CURVE_SECRETKEY, echo->secret, 41);
    if (zmq_bind(echo->router, "tcp://127.0.0.1:*") != 0)
        errx(2, "bind: %s", zmq_strerror(zmq_errno()));
    zmq_getsockopt(echo->router, ZMQ_LAST_ENDPOINT, echo->endpoint, &size);
}

static void round_trip(void *dealer, const struct bodies *bodies, size_t i)
{
    char frame[64];

    zmq_send(dealer, WIRE_SIGNATURE, 4, ZMQ_SNDMORE);
    zmq_send(dealer, "EVENT", 5, ZMQ_SNDMORE);
    zmq_send(dealer, &i, 8, ZMQ_SNDMORE);
    zmq_send(dealer, EVENT_CONTENT_TYPE, strlen(EVENT_CONTENT_TYPE), ZMQ_SNDMORE);
    zmq_send(dealer, bodies->text + bodies->start[i], bodies_size(bodies, i), 0);
    for (int f = 0; f < 3; f++)
        zmq_recv(dealer, frame, sizeof frame, 0);
}

static void run_echo(const struct bodies *bodies, double *took)
{
    struct echo echo = {0};
    char public[41], secret[41];
    pthread_t thread;
    int zero = 0;

    open_echo(&echo);
    if (pthread_create(&thread, NULL, echo_cb, &echo) != 0)
        errx(2, "no thread");
    void *dealer = zmq_socket(echo.context, ZMQ_DEALER);
    zmq_curve_keypair(public, secret);
    zmq_setsockopt(dealer, ZMQ_LINGER, &zero, sizeof zero);
    zmq_setsockopt(dealer, ZMQ_CURVE_SERVERKEY, echo.public, 41);
    zmq_setsockopt(dealer, ZMQ_CURVE_PUBLICKEY, public, 41);
    zmq_setsockopt(dealer, ZMQ_CURVE_SECRETKEY, secret, 41);
    zmq_connect(dealer, echo.endpoint);
    round_trip(dealer, bodies, 0); /* the handshake */
    for (size_t i = 0; i < bodies->count; i++) {
        int64_t begun = clock_mono_us();

        round_trip(dealer, bodies, i);
        took[i] = (double)(clock_mono_us() - begun);
    }
}

/* The commit. */

static void prepare(PGconn *conn, const struct db_statement *statements, size_t count)
{
    for (size_t i = 0; i < count; i++)
        PQclear(PQprepare(conn, statements[i].name, statements[i].sql, 0, NULL));
}

static PGconn *connect_to(const char *conninfo, struct session *session)
{
    PGconn *conn = PQconnectdb(conninfo);

    if (PQstatus(conn) != CONNECTION_OK)
        errx(2, "%s", PQerrorMessage(conn));
    prepare(conn, commit_statements, commit_statement_count);
    prepare(conn, events_statements, events_statement_count);
    PGresult *result =
        PQexec(conn, "insert into agency.stream (agency_id, stream_id, epoch, mode, owner) "
                     "values (1, gen_random_uuid(), 1, 'live', gen_random_uuid()) "
                     "returning stream_no, owner");
    if (PQntuples(result) != 1)
        errx(2, "%s", PQerrorMessage(conn));
    session->stream_no = atoi(PQgetvalue(result, 0, 0));
    snprintf(session->owner, sizeof session->owner, "%s", PQgetvalue(result, 0, 1));
    PQclear(result);
    PQenterPipelineMode(conn);
    return conn;
}

static void send_step(PGconn *conn, const char *name, struct params *params)
{
    if (PQsendQueryPrepared(conn, name, params->count, (const char *const *)params->value,
                            params->length, params->format, 1) != 1)
        errx(2, "%s", PQerrorMessage(conn));
    params_free(params);
}

/* Reads all results up to the sync point; a failed statement ends the program. */
static void take_answers(PGconn *conn)
{
    ExecStatusType status = PGRES_COMMAND_OK;

    while (status != PGRES_PIPELINE_SYNC) {
        PGresult *result = PQgetResult(conn);

        status = result ? PQresultStatus(result) : PGRES_COMMAND_OK;
        if (status == PGRES_FATAL_ERROR || status == PGRES_PIPELINE_ABORTED)
            errx(2, "%s", PQresultErrorMessage(result));
        PQclear(result);
    }
}

static void commit_one(PGconn *conn, struct session *session, const struct event *event, size_t seq)
{
    struct batch *batch = batch_new();
    struct column_origin origin = {session->stream_no, seq, 1, STREAM_LIVE, 1, "[]", NULL};
    struct record record = {.kind = RECORD_EVENT, .session = session, .seq = seq, .stored = true};
    struct params params = {0};

    columns_append(&batch->columns, &origin, event);
    batch_add(batch, &record);
    session_ref(session);
    struct run run = {batch, 0, 1};
    PQsendQueryParams(conn, "begin", 0, NULL, NULL, NULL, NULL, 0);
    run_holds(&run, &params);
    send_step(conn, "hold", &params);
    run_events(&run, &params);
    send_step(conn, "events", &params);
    run_tallies(&run, &params);
    send_step(conn, "tally", &params);
    run_incidents(&run, &params);
    send_step(conn, "settle", &params);
    PQsendQueryParams(conn, "commit", 0, NULL, NULL, NULL, NULL, 0);
    PQpipelineSync(conn);
    take_answers(conn);
    batch_free(batch);
}

static void run_commit(const struct bodies *bodies, double *took, const char *conninfo)
{
    static struct event event;
    struct session session = {.references = 1, .agency_id = 1};
    PGconn *conn = connect_to(conninfo, &session);

    for (size_t i = 0; i < bodies->count; i++) {
        struct event_dropped dropped = {0};
        struct error error;
        int64_t begun = clock_mono_us();

        if (event_decode(&event, bodies->text + bodies->start[i], bodies_size(bodies, i),
                         clock_wall_us(), &dropped, &error) != 0)
            errx(2, "%s %s", error.field, error.reason);
        commit_one(conn, &session, &event, i + 1);
        took[i] = (double)(clock_mono_us() - begun);
    }
    PQfinish(conn);
}

int main(int argc, char **argv)
{
    struct bodies bodies = {0};
    size_t count = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
    double *took = calloc(count + 1, sizeof *took);
    char run[32];

    if (count == 0 || !took)
        errx(2, "floor echo N | floor commit N CONNINFO");
    snprintf(run, sizeof run, "F%lld", (long long)(clock_wall_us() % 1000000000));
    bodies_make(&bodies, count, run, 0, 0, 64);
    if (strcmp(argv[1], "echo") == 0)
        run_echo(&bodies, took);
    else if (strcmp(argv[1], "commit") == 0 && argc == 4)
        run_commit(&bodies, took, argv[3]);
    else
        errx(2, "floor echo N | floor commit N CONNINFO");
    print(took, count);
    fflush(stdout);
    _Exit(0); /* the echo thread never ends */
}
