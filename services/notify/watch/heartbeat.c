#include "heartbeat.h"

#include "clock.h"
#include "log.h"
#include "transport.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

struct heartbeat {
    const struct settings *settings;
    /* Of the loop's thread. */
    int64_t due_mono;
    bool asking;
    bool held_back; /* the last answer was that something is wrong */
    /* Of the heartbeat's thread. */
    pthread_t thread;
    struct transport transport;
    struct transport_stop stop;
    bool lost; /* the last request failed */
    /* Under the lock. */
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool beat, closing;
};

/* The request -----------------------------------------------------------------------------------*/

static size_t discard_cb(char *data, size_t size, size_t count, void *ctx)
{
    (void)data, (void)ctx;
    return size * count;
}

static CURLcode request(CURL *curl, const struct settings *settings)
{
    curl_easy_setopt(curl, CURLOPT_URL, settings->heartbeat_url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "localhost,127.0.0.1,::1");
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, discard_cb);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "liaison-notify");
    if (settings->heartbeat_ca_file[0])
        curl_easy_setopt(curl, CURLOPT_CAINFO, settings->heartbeat_ca_file);
    return curl_easy_perform(curl);
}

/* Only a change is logged: the watcher itself says that beats stay away. The URL is as good as a
 * password, so it is in no line. */
static void note(struct heartbeat *heartbeat, CURLcode code, long status)
{
    bool lost = code != CURLE_OK;

    if (lost && !heartbeat->lost)
        log_warn("heartbeat", "state=lost error=\"http %s%ld\"",
                 code == CURLE_HTTP_RETURNED_ERROR ? "" : "curl-",
                 code == CURLE_HTTP_RETURNED_ERROR ? status : (long)code);
    else if (!lost && heartbeat->lost)
        log_info("heartbeat", "state=%s", "back");
    heartbeat->lost = lost;
}

static void beat(struct heartbeat *heartbeat)
{
    CURLcode code = CURLE_OUT_OF_MEMORY;
    long status = 0;

    transport_start(&heartbeat->transport, heartbeat->settings->timeout_s);
    CURL *curl = transport_handle(&heartbeat->transport);
    if (curl) {
        code = request(curl, heartbeat->settings);
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    }
    transport_end(&heartbeat->transport, false);
    if (!atomic_load(&heartbeat->stop.abandon))
        note(heartbeat, code, status);
}

static void *work(void *ctx)
{
    struct heartbeat *heartbeat = ctx;

    pthread_mutex_lock(&heartbeat->lock);
    for (;;) {
        while (!heartbeat->beat && !heartbeat->closing)
            pthread_cond_wait(&heartbeat->wake, &heartbeat->lock);
        if (heartbeat->closing)
            break;
        heartbeat->beat = false;
        pthread_mutex_unlock(&heartbeat->lock);
        beat(heartbeat);
        pthread_mutex_lock(&heartbeat->lock);
    }
    pthread_mutex_unlock(&heartbeat->lock);
    return NULL;
}

/* Whether it may go -----------------------------------------------------------------------------*/

static void checked_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct heartbeat *heartbeat = ctx;
    bool good = PQgetisnull(result, 0, 0);

    (void)job;
    if (!good && !heartbeat->held_back)
        log_warn("heartbeat", "state=held_back checks=%s", PQgetvalue(result, 0, 0));
    heartbeat->held_back = !good;
    if (!good)
        return;
    pthread_mutex_lock(&heartbeat->lock);
    heartbeat->beat = true;
    pthread_cond_signal(&heartbeat->wake);
    pthread_mutex_unlock(&heartbeat->lock);
}

static void step_cb(struct db_job *job, void *ctx)
{
    db_exec_text(job, "watch_failing", checked_cb, ctx, 0);
}

static void done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    struct heartbeat *heartbeat = ctx;

    heartbeat->asking = false;
    if (outcome == DB_REFUSED)
        log_warn("watch_failing", "sqlstate=%s", error->sqlstate);
}

void heartbeat_tick(struct heartbeat *heartbeat, struct db *db)
{
    int64_t now = clock_mono_us();

    if (!heartbeat->settings->heartbeat_url[0] || heartbeat->asking || now < heartbeat->due_mono)
        return;
    heartbeat->due_mono = now + heartbeat->settings->heartbeat_s * INT64_C(1000000);
    heartbeat->asking = db_submit(db, step_cb, done_cb, heartbeat) == 0;
}

/* Life ------------------------------------------------------------------------------------------*/

/* Signals are the loop's. */
static int start(struct heartbeat *heartbeat)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&heartbeat->thread, NULL, work, heartbeat);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc;
}

struct heartbeat *heartbeat_open(const struct settings *settings)
{
    struct heartbeat *heartbeat = calloc(1, sizeof *heartbeat);

    if (!heartbeat)
        return NULL;
    heartbeat->settings = settings;
    pthread_mutex_init(&heartbeat->lock, NULL);
    pthread_cond_init(&heartbeat->wake, NULL);
    transport_open(&heartbeat->transport, &heartbeat->stop, NULL);
    if (start(heartbeat) == 0)
        return heartbeat;
    pthread_cond_destroy(&heartbeat->wake);
    pthread_mutex_destroy(&heartbeat->lock);
    free(heartbeat);
    return NULL;
}

void heartbeat_close(struct heartbeat *heartbeat)
{
    if (!heartbeat)
        return;
    atomic_store(&heartbeat->stop.abandon, true);
    pthread_mutex_lock(&heartbeat->lock);
    heartbeat->closing = true;
    pthread_cond_signal(&heartbeat->wake);
    pthread_mutex_unlock(&heartbeat->lock);
    pthread_join(heartbeat->thread, NULL);
    transport_close(&heartbeat->transport);
    pthread_cond_destroy(&heartbeat->wake);
    pthread_mutex_destroy(&heartbeat->lock);
    free(heartbeat);
}
