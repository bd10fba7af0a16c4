/*
 * floor: lower limits for the latency of one acknowledgement at a time on this machine.
 *
 *   floor echo N                one CURVE round trip: an EVENT's frames out, an ACK's back
 *   floor commit N CONNINFO     intake's statements for one event, in one pipeline and one durable
 *                               commit, by libpq
 *   floor mail N CONNINFO RATE URL SIZE
 *                               such a commit, then one SMTP transaction over a kept connection,
 * RATE times a second, in the middle between the instants of the monotonic clock at which others
 * begin floor mails N CONNECTIONS URL SIZE N SMTP transactions, as fast as they go
 *
 * Prints {"p50_us", "p90_us", "p99_us"}; floor mails {"rate"}, in mails a second.
 */
#include "bodies.h"
#include "clock.h"
#include "event.h"
#include "intake_batch.h"
#include "letter.h"
#include "writer.h"

#include <err.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
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

/* What a commit needs. */
struct committer {
    PGconn *conn;
    struct session session;
};

static void committer_open(struct committer *committer, const char *conninfo)
{
    committer->session = (struct session){.references = 1, .agency_id = 1};
    committer->conn = connect_to(conninfo, &committer->session);
}

static void commit_body(struct committer *committer, const struct bodies *bodies, size_t i)
{
    static struct event event;
    struct event_dropped dropped = {0};
    struct error error;

    if (event_decode(&event, bodies->text + bodies->start[i], bodies_size(bodies, i),
                     clock_wall_us(), &dropped, &error) != 0)
        errx(2, "%s %s", error.field, error.reason);
    commit_one(committer->conn, &committer->session, &event, i + 1);
}

static void run_commit(const struct bodies *bodies, double *took, const char *conninfo)
{
    struct committer committer;

    committer_open(&committer, conninfo);
    for (size_t i = 0; i < bodies->count; i++) {
        int64_t begun = clock_mono_us();

        commit_body(&committer, bodies, i);
        took[i] = (double)(clock_mono_us() - begun);
    }
    PQfinish(committer.conn);
}

/* Mails. */

/* Waits for the next instant that is half a period behind a multiple of the period. */
static void wait_turn(int64_t period_us)
{
    int64_t now_us = clock_mono_us();
    int64_t at_us = (now_us / period_us) * period_us + period_us / 2;

    if (at_us <= now_us)
        at_us += period_us;
    struct timespec at = {at_us / 1000000, (at_us % 1000000) * 1000};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
}

static void run_mail(const struct bodies *bodies, double *took, char **argv)
{
    struct committer committer;
    struct letter letter;

    committer_open(&committer, argv[0]);
    letter_open(&letter, argv[2], strtoul(argv[3], NULL, 10));
    commit_body(&committer, bodies, 0);
    letter_send(&letter);
    for (size_t i = 1; i < bodies->count; i++) {
        wait_turn(1000000 / atoi(argv[1]));
        int64_t begun = clock_mono_us();
        commit_body(&committer, bodies, i);
        letter_send(&letter);
        took[i] = (double)(clock_mono_us() - begun);
    }
    took[0] = took[1];
    letter_close(&letter);
    PQfinish(committer.conn);
}

struct mails {
    atomic_long left;
    const char *url;
    size_t size;
};

static void *mails_cb(void *ctx)
{
    struct mails *mails = ctx;
    struct letter letter;

    letter_open(&letter, mails->url, mails->size);
    while (atomic_fetch_sub(&mails->left, 1) > 0)
        letter_send(&letter);
    letter_close(&letter);
    return NULL;
}

static void run_mails(size_t count, char **argv)
{
    struct mails mails = {.left = (long)count, .url = argv[1], .size = strtoul(argv[2], NULL, 10)};
    size_t connections = strtoul(argv[0], NULL, 10);
    pthread_t *threads = calloc(connections + 1, sizeof *threads);
    int64_t begun = clock_mono_us();

    for (size_t i = 0; threads && i < connections; i++)
        if (pthread_create(&threads[i], NULL, mails_cb, &mails) != 0)
            errx(2, "no thread");
    for (size_t i = 0; threads && i < connections; i++)
        pthread_join(threads[i], NULL);
    printf("{\"rate\":%.1f}\n", (double)count * 1e6 / (double)(clock_mono_us() - begun));
    free(threads);
}

static void usage(void)
{
    errx(2, "floor echo N | floor commit N CONNINFO | floor mail N CONNINFO RATE URL SIZE | "
            "floor mails N CONNECTIONS URL SIZE");
}

int main(int argc, char **argv)
{
    struct bodies bodies = {0};
    size_t count = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
    double *took = calloc(count + 1, sizeof *took);
    char run[32];

    if (count < 2 || !took)
        usage();
    curl_global_init(CURL_GLOBAL_ALL);
    if (strcmp(argv[1], "mails") == 0 && argc == 6) {
        run_mails(count, argv + 3);
        free(took);
        return 0;
    }
    snprintf(run, sizeof run, "F%lld", (long long)(clock_wall_us() % 1000000000));
    bodies_make(&bodies, count, run, 0, 0, 64);
    if (strcmp(argv[1], "echo") == 0)
        run_echo(&bodies, took);
    else if (strcmp(argv[1], "commit") == 0 && argc == 4)
        run_commit(&bodies, took, argv[3]);
    else if (strcmp(argv[1], "mail") == 0 && argc == 7)
        run_mail(&bodies, took, argv + 3);
    else
        usage();
    print(took, count);
    fflush(stdout);
    _Exit(0); /* the echo thread never ends */
}
