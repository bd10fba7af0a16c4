/* liaison-feed: the agent at an agency. Connects the modules; docs/feed.md is its manual. */
#include "check.h"
#include "clock.h"
#include "daemon.h"
#include "endpoint.h"
#include "guess.h"
#include "log.h"
#include "manifests.h"
#include "options.h"
#include "progress.h"
#include "pump.h"
#include "recall.h"
#include "sender.h"
#include "spool.h"
#include "summary.h"

#include <inttypes.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WATCH_MS = 50, SHOW_EVERY = 10, EXIT_INPUT = 1, EXIT_MISTAKE = 2, EXIT_STUCK = 3 };

struct feed {
    struct feed_options options;
    struct mapping mapping;
    struct withhold withhold;
    struct daemon *daemon;
    void *zmq_context;
    struct spool *spool;
    struct recall recall;
    struct manifests manifests;
    struct pump *pump;
    struct sender *sender;
    struct endpoint *endpoint; /* or NULL */
    struct progress progress;
    uv_timer_t watch;
    bool watching; /* the timer is open */
    unsigned watched;
    int argc;
    char **argv;
    struct summary summary;
    int64_t began, moved_at; /* monotonic */
    uint64_t moved_mark;     /* sum of the counters; a change is progress */
};

static void take_summary(struct feed *feed)
{
    struct checkpoint totals;

    pump_totals(feed->pump, &totals);
    summary_make(&feed->summary, &totals, feed->spool, sender_unanswered(feed->sender),
                 (double)(clock_mono_us() - feed->began) / 1e6);
}

static void show(struct feed *feed)
{
    const struct summary *summary = &feed->summary;
    struct progress_now now = {.read = summary->read,
                               .rejected = summary->rejected,
                               .records = summary->records,
                               .acknowledged = summary->acknowledged,
                               .refused = summary->refused,
                               .share = pump_share(feed->pump),
                               .trouble = sender_diagnosis(feed->sender)};

    progress_show(&feed->progress, &now, clock_mono_us());
}

static void missing_cb(void *ctx, uint64_t last)
{
    struct feed *feed = ctx;

    pump_read_again(feed->pump, last);
}

static void spooled_cb(void *ctx)
{
    struct feed *feed = ctx;

    if (feed->sender)
        sender_wake(feed->sender);
}

/* With --once: ends when everything is answered, or after too long without progress. */
static void look_once(struct feed *feed)
{
    const struct summary *summary = &feed->summary;
    int64_t now = clock_mono_us();
    uint64_t mark = summary->read + summary->acknowledged + summary->refused;
    const struct error *failure = pump_failure(feed->pump);

    if (mark != feed->moved_mark) {
        feed->moved_mark = mark;
        feed->moved_at = now;
    }
    if (pump_is_done(feed->pump) && sender_is_done(feed->sender)) {
        if (failure)
            fprintf(stderr, "liaison-feed: %s\n", failure->reason);
        daemon_stop(feed->daemon, failure ? EXIT_INPUT : 0);
    } else if (now - feed->moved_at > feed->options.give_up_s * INT64_C(1000000) &&
               pump_is_done(feed->pump)) {
        fprintf(stderr,
                "liaison-feed: %" PRIu64 " of %" PRIu64
                " records are not acknowledged; they stay in the spool. %s\n",
                summary->records - summary->acknowledged - summary->refused, summary->records,
                sender_diagnosis(feed->sender));
        daemon_stop(feed->daemon, EXIT_STUCK);
    }
}

static void watch_cb(uv_timer_t *timer)
{
    struct feed *feed = timer->data;

    take_summary(feed);
    if (feed->watched++ % SHOW_EVERY == 0) {
        show(feed);
        spool_tidy(feed->spool);
        pump_look(feed->pump);
        endpoint_look(feed->endpoint);
    }
    if (feed->options.once) {
        look_once(feed);
    } else if (pump_failure(feed->pump) && pump_is_done(feed->pump)) {
        fprintf(stderr, "liaison-feed: %s\n", pump_failure(feed->pump)->reason);
        daemon_stop(feed->daemon, EXIT_INPUT);
    }
}

static int open_endpoint(struct feed *feed, struct error *error)
{
    struct endpoint_options endpoint = {.feed = &feed->options,
                                        .withhold = &feed->withhold,
                                        .spool = feed->spool,
                                        .recall = &feed->recall,
                                        .manifests = &feed->manifests,
                                        .pump = feed->pump,
                                        .moved_cb = spooled_cb,
                                        .ctx = feed};

    if (!feed->options.listen[0])
        return 0;
    feed->endpoint = endpoint_open(&feed->daemon->loop, &endpoint, error);
    return feed->endpoint ? 0 : ERR_IO;
}

static int open_rooms(struct feed *feed, struct error *error)
{
    struct feed_options *o = &feed->options;
    struct spool_options spool = {.dir = o->spool_dir,
                                  .mode = o->mode,
                                  .keep_days = o->keep_days,
                                  .keep_octets = (uint64_t)o->keep_mb << 20,
                                  .max_octets = (uint64_t)o->max_mb << 20};
    struct sender_options sender = {
        .link = {o->endpoint, o->server_key, o->public_key, o->secret_key},
        .agency = o->slug,
        .mode = o->mode,
        .retry_max_s = o->retry_max_s,
        .missing_cb = missing_cb,
        .ctx = feed};
    struct pump_options pump = {.feed = o,
                                .mapping = o->source_format == SOURCE_CSV ? &feed->mapping : NULL,
                                .withhold = &feed->withhold,
                                .recall = &feed->recall,
                                .manifests = &feed->manifests,
                                .moved_cb = spooled_cb,
                                .ctx = feed};

    struct recall_options recall = {
        .spool_dir = o->spool_dir,
        .mode = o->mode,
        .snapshot = o->snapshot,
        .durable = (o->source_format == SOURCE_EIDO || o->snapshot || o->listen[0]) &&
                   strcmp(o->mode, "replay") != 0,
        .withhold = &feed->withhold};

    if (options_read_keys(o, error) != 0)
        return ERR_VALUE;
    feed->spool = pump.spool = spool_open(&spool, error);
    if (!feed->spool) {
        fprintf(stderr, "liaison-feed: [spool] dir %s cannot be opened\n", o->spool_dir);
        return ERR_IO;
    }
    if (recall_open(&feed->recall, &recall, feed->spool, error) != 0)
        return ERR_IO;
    manifests_open(&feed->manifests, spool_dir(feed->spool));
    feed->pump = pump_open(&feed->daemon->loop, &pump, error);
    if (!feed->pump)
        return ERR_IO;
    feed->sender = sender_open(&feed->daemon->loop, feed->zmq_context, feed->spool,
                               &feed->manifests, &sender, error);
    return feed->sender ? open_endpoint(feed, error) : ERR_IO;
}

static void start_watching(struct feed *feed)
{
    feed->began = feed->moved_at = clock_mono_us();
    progress_init(&feed->progress, feed->began);
    uv_timer_init(&feed->daemon->loop, &feed->watch);
    feed->watch.data = feed;
    feed->watching = true;
    uv_timer_start(&feed->watch, watch_cb, WATCH_MS, WATCH_MS);
}

static int start_cb(void *ctx, struct daemon *daemon, struct error *error)
{
    struct feed *feed = ctx;

    feed->daemon = daemon;
    feed->zmq_context = zmq_ctx_new();
    int err = open_rooms(feed, error);
    if (err)
        return err;
    log_info("start", "agency=%s mode=%s stream=%s next=%" PRIu64, feed->options.slug,
             feed->options.mode, spool_stream(feed->spool), spool_next(feed->spool));
    start_watching(feed);
    return 0;
}

static int reload_cb(void *ctx, struct error *error)
{
    const struct feed *feed = ctx;
    static struct feed_options again;
    int err = options_read(&again, feed->argc, feed->argv);

    if (!err)
        err = daemon_log("feed", again.level, error);
    else
        error_set(error, ERR_VALUE, "", "the settings are not good");
    options_free(&again);
    return err;
}

static void drain_cb(void *ctx)
{
    struct feed *feed = ctx;

    daemon_stop(feed->daemon, feed->options.once ? EXIT_STUCK : 0);
}

static void stop_cb(void *ctx)
{
    struct feed *feed = ctx;

    if (feed->watching) {
        take_summary(feed);
        show(feed);
        progress_end();
        uv_close((uv_handle_t *)&feed->watch, NULL);
    }
    endpoint_close(feed->endpoint);
    pump_close(feed->pump);
    if (feed->sender)
        sender_close(feed->sender, NULL, NULL);
}

static void free_cb(void *ctx)
{
    struct feed *feed = ctx;

    endpoint_free(feed->endpoint);
    uv_run(&feed->daemon->loop, UV_RUN_DEFAULT);
    recall_close(&feed->recall);
    spool_close(feed->spool);
    zmq_ctx_term(feed->zmq_context);
}

/* Only a service reloads its settings. With --once, SIGHUP (a closed terminal) ends the process. */
static int run(struct feed *feed, int *status, struct error *error)
{
    static const struct daemon_hooks service = {.start = start_cb,
                                                .reload = reload_cb,
                                                .drain = drain_cb,
                                                .stop = stop_cb,
                                                .free = free_cb},
                                     once = {.start = start_cb,
                                             .drain = drain_cb,
                                             .stop = stop_cb,
                                             .free = free_cb};
    static struct daemon daemon;
    int err = daemon_run(&daemon, feed->options.once ? &once : &service, feed, error);

    *status = daemon.status;
    return err;
}

static int check(struct feed *feed, int *status, struct error *error)
{
    const struct feed_options *o = &feed->options;
    int err = check_run(o, o->source_format == SOURCE_CSV ? &feed->mapping : NULL, &feed->withhold,
                        stdout, error);

    if (err > 0)
        *status = EXIT_INPUT;
    return err < 0 ? err : 0;
}

static int load(struct feed *feed, struct error *error)
{
    const struct feed_options *o = &feed->options;
    int err = withhold_load(&feed->withhold, o->types_file, error);

    if (!err && o->source_format == SOURCE_CSV) {
        err = mapping_load(&feed->mapping, o->mapping, error);
        if (err)
            fprintf(stderr, "liaison-feed: [source] mapping %s is not good\n", o->mapping);
    }
    return err;
}

/* --guess: a proposal on standard output, and nothing else. */
static int propose(const struct feed_options *o)
{
    struct error error = {0};
    int rows = o->rows[0] ? atoi(o->rows) : GUESS_ROWS;

    if (rows < 2 || o->rows[strspn(o->rows, "0123456789")] != '\0') {
        fprintf(stderr, "liaison-feed: --rows is a number of 2 or more\n");
        return EXIT_MISTAKE;
    }
    if (guess_run(o->guess, (size_t)rows, o->zone, stdout, &error) == 0)
        return 0;
    fprintf(stderr, "liaison-feed: %s%s%s\n", error.field, error.field[0] ? ": " : "",
            error.reason);
    return EXIT_INPUT;
}

int main(int argc, char **argv)
{
    static struct feed feed;
    struct error error = {0};
    int status = 0;
    int err = options_read(&feed.options, argc, argv);

    if (err)
        return err > 0 ? 0 : EXIT_MISTAKE;
    if (feed.options.guess[0])
        return propose(&feed.options);
    feed.argc = argc;
    feed.argv = argv;
    daemon_log("feed", feed.options.level, &error);
    signal(SIGXFSZ, SIG_IGN); /* a file at its size limit is then like a full disk */
    if (sodium_init() < 0)
        err = error_set(&error, ERR_STATE, "", "libsodium does not start");
    if (!err)
        err = load(&feed, &error);
    if (!err)
        err = feed.options.check ? check(&feed, &status, &error) : run(&feed, &status, &error);
    if (!err && feed.options.summary[0] && !feed.options.check)
        err = summary_write(&feed.summary, feed.options.summary, &error);
    if (err)
        fprintf(stderr, "liaison-feed: %s%s%s\n", error.field, error.field[0] ? ": " : "",
                error.reason);
    mapping_free(&feed.mapping);
    withhold_free(&feed.withhold);
    options_free(&feed.options);
    return err ? EXIT_MISTAKE : status;
}
