#include "courier.h"

#include "channel.h"
#include "clock.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

enum { PACE_US = 50000 };

#define UNKNOWN_US INT64_MAX

struct queue {
    struct parcel *first, **end;
    size_t count;
};

struct worker {
    pthread_t thread;
    pthread_cond_t wake;
    struct courier *courier;
    struct worker *next_idle;
    struct parcel *parcel; /* NULL: idle */
    bool reserved;
    unsigned number;
    struct transport transport;
};

struct courier {
    struct courier_options options;
    uv_async_t async;
    uv_timer_t timer; /* while parcels wait: looks whether one has waited too long */
    unsigned handles; /* of these two, that are open */
    struct transport_stop stop;
    /* All that follows is under the lock. */
    pthread_mutex_t lock;
    bool closing;
    bool paused; /* the provider failed: the loop's thread decides what becomes of the queues */
    struct queue ordinary, urgent, done;
    struct worker *idle[2]; /* stacks: of ordinary, of reserved workers */
    size_t idle_count[2];
    size_t started;
    /* How many came back in this twentieth of a second, and in the one before. */
    int64_t pace_us;
    size_t now, before;
    int64_t took_us; /* the try that ended last; UNKNOWN_US: none since one waited too long */
    struct worker workers[];
};

static void queue_init(struct queue *queue)
{
    *queue = (struct queue){.end = &queue->first};
}

static void queue_put(struct queue *queue, struct parcel *parcel)
{
    parcel->next = NULL;
    *queue->end = parcel;
    queue->end = &parcel->next;
    queue->count++;
}

static struct parcel *queue_take(struct queue *queue)
{
    struct parcel *parcel = queue->first;

    if (!parcel)
        return NULL;
    queue->first = parcel->next;
    if (!queue->first)
        queue->end = &queue->first;
    queue->count--;
    parcel->next = NULL;
    return parcel;
}

static struct parcel *queue_take_all(struct queue *queue)
{
    struct parcel *first = queue->first;

    queue_init(queue);
    return first;
}

static void free_all(struct parcel *parcel)
{
    while (parcel) {
        struct parcel *next = parcel->next;

        parcel_free(parcel);
        parcel = next;
    }
}

/* The workers -----------------------------------------------------------------------------------*/

static bool is_late(const struct courier *courier, const struct parcel *parcel, int64_t now_us)
{
    return now_us - parcel->given_us > courier->options.patience_us;
}

static void deliver(struct worker *worker, struct parcel *parcel)
{
    const struct courier_options *options = &worker->courier->options;
    int64_t now_us = clock_mono_us();

    if (is_late(worker->courier, parcel, now_us)) {
        parcel_judged(parcel, VERDICT_WAITED, "%s", "");
        return;
    }
    parcel->began_us = now_us;
    parcel->worker = worker->number;
    transport_start(&worker->transport, options->settings->timeout_s);
    options->channel->send(&worker->transport, options->settings, parcel);
    if (parcel->sign == SIGN_DOWN) /* what comes over that connection now is not to be trusted */
        transport_close(&worker->transport);
    parcel->took_us = clock_mono_us() - now_us;
}

static struct worker *take_idle(struct courier *courier, bool reserved)
{
    struct worker *worker = courier->idle[reserved];

    if (worker) {
        courier->idle[reserved] = worker->next_idle;
        courier->idle_count[reserved]--;
    }
    return worker;
}

static void give(struct worker *worker, struct parcel *parcel)
{
    worker->parcel = parcel;
    pthread_cond_signal(&worker->wake);
}

/* Under the lock: whoever is idle gets what waits. */
static void hand_out(struct courier *courier)
{
    struct worker *worker;

    if (courier->paused)
        return;
    while (courier->urgent.count &&
           ((worker = take_idle(courier, false)) || (worker = take_idle(courier, true))))
        give(worker, queue_take(&courier->urgent));
    while (courier->ordinary.count && (worker = take_idle(courier, false)))
        give(worker, queue_take(&courier->ordinary));
}

static void become_idle(struct worker *worker)
{
    struct courier *courier = worker->courier;

    worker->parcel = NULL;
    worker->next_idle = courier->idle[worker->reserved];
    courier->idle[worker->reserved] = worker;
    courier->idle_count[worker->reserved]++;
}

static void *work(void *ctx)
{
    struct worker *worker = ctx;
    struct courier *courier = worker->courier;

    pthread_mutex_lock(&courier->lock);
    while (!courier->closing) {
        if (!worker->parcel) {
            pthread_cond_wait(&worker->wake, &courier->lock);
            continue;
        }
        pthread_mutex_unlock(&courier->lock);
        deliver(worker, worker->parcel);
        pthread_mutex_lock(&courier->lock);
        courier->paused |= worker->parcel->sign == SIGN_DOWN || worker->parcel->sign == SIGN_BUSY;
        courier->took_us = worker->parcel->began_us ? worker->parcel->took_us : UNKNOWN_US;
        queue_put(&courier->done, worker->parcel);
        become_idle(worker);
        hand_out(courier);
        uv_async_send(&courier->async);
    }
    pthread_mutex_unlock(&courier->lock);
    transport_close(&worker->transport);
    return NULL;
}

/* Under the lock. */
static void count_pace(struct courier *courier, size_t done)
{
    int64_t passed_us = clock_mono_us() - courier->pace_us;

    if (passed_us >= PACE_US) {
        courier->before = passed_us < 2 * PACE_US ? courier->now : 0;
        courier->now = 0;
        courier->pace_us += passed_us;
    }
    courier->now += done;
}

/* The wall clock is read on the loop's thread alone (clock.h). */
static void date(struct parcel *parcel)
{
    if (parcel->worker)
        parcel->began_at =
            (time_t)((clock_wall_us() + parcel->began_us - clock_mono_us()) / 1000000);
}

static void all_done(struct courier *courier, struct parcel *parcel)
{
    while (parcel) {
        struct parcel *next = parcel->next;

        parcel->next = NULL;
        date(parcel);
        courier->options.done(courier->options.ctx, parcel);
        parcel = next;
    }
}

static void done_cb(uv_async_t *async)
{
    struct courier *courier = async->data;

    pthread_mutex_lock(&courier->lock);
    count_pace(courier, courier->done.count);
    struct parcel *parcel = queue_take_all(&courier->done);
    pthread_mutex_unlock(&courier->lock);
    all_done(courier, parcel);
    pthread_mutex_lock(&courier->lock);
    courier->paused = false;
    hand_out(courier);
    pthread_mutex_unlock(&courier->lock);
}

static void take_late(const struct courier *courier, struct queue *from, struct queue *late)
{
    int64_t now_us = clock_mono_us();

    while (from->first && is_late(courier, from->first, now_us)) {
        struct parcel *parcel = queue_take(from);

        parcel_judged(parcel, VERDICT_WAITED, "%s", "");
        queue_put(late, parcel);
    }
}

static void late_cb(uv_timer_t *timer)
{
    struct courier *courier = timer->data;
    struct queue late;

    queue_init(&late);
    pthread_mutex_lock(&courier->lock);
    take_late(courier, &courier->urgent, &late);
    take_late(courier, &courier->ordinary, &late);
    if (late.count)
        courier->took_us = UNKNOWN_US;
    if (courier->urgent.count + courier->ordinary.count == 0)
        uv_timer_stop(timer);
    pthread_mutex_unlock(&courier->lock);
    all_done(courier, late.first);
}

/* Giving ----------------------------------------------------------------------------------------*/

/* Under the lock. How many the workers begin in half of the time that one may wait, if each try
 * takes as long as the last. */
static size_t begun_in_time(const struct courier *courier)
{
    int64_t patience_us = courier->options.patience_us;

    if (courier->took_us > patience_us)
        return 0;
    return courier->options.workers * (size_t)(patience_us / 2) / (size_t)(courier->took_us + 1);
}

/* Under the lock. How many may wait for a worker: as many as there are, or as came back in a
 * twentieth of a second lately, but none that would wait until it is old. So a quick provider is
 * kept busy while the next are claimed. */
static size_t places_of(const struct courier *courier)
{
    size_t workers = courier->options.workers, in_time = begun_in_time(courier);
    size_t pace = courier->before > courier->now ? courier->before : courier->now;

    if (clock_mono_us() - courier->pace_us >= 2 * PACE_US || pace < workers)
        pace = workers;
    if (pace > in_time)
        pace = in_time;
    return pace < COURIER_AHEAD ? pace : COURIER_AHEAD;
}

static size_t room(const struct courier *courier, bool urgent, size_t places)
{
    const struct queue *queue = urgent ? &courier->urgent : &courier->ordinary;
    size_t idle = courier->idle_count[false] + (urgent ? courier->idle_count[true] : 0);

    if (urgent && places)
        places += courier->options.reserved;
    places += idle;
    return places > queue->count ? places - queue->count : 0;
}

size_t courier_room(struct courier *courier, bool urgent)
{
    pthread_mutex_lock(&courier->lock);
    size_t count = room(courier, urgent, places_of(courier));
    pthread_mutex_unlock(&courier->lock);
    return count;
}

int courier_send(struct courier *courier, struct parcel *parcel)
{
    const uv_handle_t *timer = (const uv_handle_t *)&courier->timer;
    int err = ERR_STATE;

    pthread_mutex_lock(&courier->lock);
    /* What was claimed when there was more room is taken. */
    if (room(courier, parcel->urgent, courier->options.workers + COURIER_AHEAD) == 0)
        goto out;
    parcel->given_us = clock_mono_us();
    queue_put(parcel->urgent ? &courier->urgent : &courier->ordinary, parcel);
    hand_out(courier);
    if (courier->urgent.count + courier->ordinary.count && !uv_is_active(timer))
        uv_timer_start(&courier->timer, late_cb, PACE_US / 1000, PACE_US / 1000);
    err = 0;
out:
    pthread_mutex_unlock(&courier->lock);
    return err;
}

struct parcel *courier_recall(struct courier *courier)
{
    pthread_mutex_lock(&courier->lock);
    *courier->urgent.end = courier->ordinary.first;
    struct parcel *first = queue_take_all(&courier->urgent);
    queue_init(&courier->ordinary);
    pthread_mutex_unlock(&courier->lock);
    return first;
}

void courier_hurry(struct courier *courier)
{
    atomic_store(&courier->stop.hurry, true);
}

/* Life ------------------------------------------------------------------------------------------*/

static void closed_cb(uv_handle_t *handle)
{
    struct courier *courier = handle->data;

    if (--courier->handles)
        return;
    pthread_mutex_destroy(&courier->lock);
    free(courier);
}

void courier_close(struct courier *courier)
{
    if (!courier)
        return;
    atomic_store(&courier->stop.abandon, true);
    pthread_mutex_lock(&courier->lock);
    courier->closing = true;
    for (size_t i = 0; i < courier->started; i++)
        pthread_cond_signal(&courier->workers[i].wake);
    pthread_mutex_unlock(&courier->lock);
    for (size_t i = 0; i < courier->started; i++) {
        pthread_join(courier->workers[i].thread, NULL);
        pthread_cond_destroy(&courier->workers[i].wake);
        parcel_free(courier->workers[i].parcel);
    }
    free_all(queue_take_all(&courier->urgent));
    free_all(queue_take_all(&courier->ordinary));
    free_all(queue_take_all(&courier->done));
    uv_close((uv_handle_t *)&courier->async, closed_cb);
    uv_close((uv_handle_t *)&courier->timer, closed_cb);
}

/* Signals are the loop's: a worker takes none. */
static int start(struct courier *courier, struct worker *worker)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_cond_init(&worker->wake, NULL);
    int failed = pthread_create(&worker->thread, NULL, work, worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed) {
        pthread_cond_destroy(&worker->wake);
        return ERR_NOMEM;
    }
    courier->started++;
    return 0;
}

struct courier *courier_open(uv_loop_t *loop, const struct courier_options *options)
{
    size_t count = options->workers + options->reserved;
    struct courier *courier = calloc(1, sizeof *courier + count * sizeof courier->workers[0]);

    if (!courier)
        return NULL;
    courier->options = *options;
    if (uv_async_init(loop, &courier->async, done_cb) != 0) {
        free(courier);
        return NULL;
    }
    courier->async.data = courier;
    uv_unref((uv_handle_t *)&courier->async);
    uv_timer_init(loop, &courier->timer);
    courier->timer.data = courier;
    uv_unref((uv_handle_t *)&courier->timer);
    courier->handles = 2;
    courier->took_us = UNKNOWN_US;
    pthread_mutex_init(&courier->lock, NULL);
    queue_init(&courier->ordinary);
    queue_init(&courier->urgent);
    queue_init(&courier->done);
    for (size_t i = 0; i < count; i++) {
        struct worker *worker = &courier->workers[i];

        *worker = (struct worker){.courier = courier, .reserved = i >= options->workers};
        worker->number = (unsigned)i + 1;
        transport_open(&worker->transport, &courier->stop, options->shared);
        pthread_mutex_lock(&courier->lock);
        int err = start(courier, worker);
        if (err == 0)
            become_idle(worker);
        pthread_mutex_unlock(&courier->lock);
        if (err) {
            courier_close(courier);
            return NULL;
        }
    }
    return courier;
}
