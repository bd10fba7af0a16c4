/* See replay.h. */
#include "replay.h"

#include "clock.h"
#include "localtime.h"
#include "log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TURN_EVENTS = 1000, RETRY_MS = 1000 };

struct recorded {
    event_time at;
    uint64_t order; /* in the file; events of equal time keep it */
    size_t offset;
    uint32_t size;
};

struct replay {
    struct replay_options options;
    struct recorded *event;
    size_t count, room;
    char *text; /* the events as JSON, one after the other */
    size_t text_size, text_room;
    bool started;
    size_t next;
    int64_t began;
    int64_t base; /* wall clock that stands for the first event's time */
    uv_timer_t timer;
    struct event scratch;
};

struct replay *replay_open(uv_loop_t *loop, const struct replay_options *options,
                           struct error *error)
{
    struct replay *replay = calloc(1, sizeof *replay);

    if (!replay) {
        error_set(error, ERR_NOMEM, "", "no memory");
        return NULL;
    }
    replay->options = *options;
    uv_timer_init(loop, &replay->timer);
    replay->timer.data = replay;
    return replay;
}

static void closed_cb(uv_handle_t *handle)
{
    struct replay *replay = handle->data;

    free(replay->event);
    free(replay->text);
    free(replay);
}

void replay_close(struct replay *replay)
{
    if (replay)
        uv_close((uv_handle_t *)&replay->timer, closed_cb);
}

static int grow(void **array, size_t *room, size_t needed, size_t item)
{
    size_t more = *room ? *room : 1024;
    void *larger;

    while (more < needed)
        more *= 2;
    if (more == *room)
        return 0;
    larger = reallocarray(*array, more, item);
    if (!larger)
        return ERR_NOMEM;
    *array = larger;
    *room = more;
    return 0;
}

int replay_add(struct replay *replay, const struct event *event, struct error *error)
{
    int size;

    if (event->occurred_at < replay->options.from || event->occurred_at >= replay->options.to)
        return 0;
    if (grow((void **)&replay->event, &replay->room, replay->count + 1, sizeof *replay->event) ||
        grow((void **)&replay->text, &replay->text_room, replay->text_size + EVENT_MAX_OCTETS + 1,
             1))
        return error_set(error, ERR_NOMEM, "", "no memory");
    size = event_encode(event, replay->text + replay->text_size, EVENT_MAX_OCTETS + 1);
    if (size < 0)
        return error_set(error, ERR_SIZE, "", "longer than %d octets", EVENT_MAX_OCTETS);
    replay->event[replay->count] =
        (struct recorded){event->occurred_at, replay->count, replay->text_size, (uint32_t)size};
    replay->count++;
    replay->text_size += (size_t)size;
    return 0;
}

static int compare_cb(const void *a, const void *b)
{
    const struct recorded *one = a, *two = b;

    if (one->at != two->at)
        return one->at < two->at ? -1 : 1;
    return one->order < two->order ? -1 : one->order > two->order;
}

/* How long after the beginning an event is due, in microseconds. */
static int64_t due_after(const struct replay *replay, size_t i)
{
    double after = (double)(replay->event[i].at - replay->event[0].at);

    return replay->options.pace > 0 ? (int64_t)(after / replay->options.pace) : 0;
}

/* Lists all times of an event, whether they are set or not. */
static size_t times_of(struct event *event, event_time *times[64])
{
    size_t count = 0;

    times[count++] = &event->occurred_at;
    times[count++] = &event->times.received;
    times[count++] = &event->times.dispatched;
    times[count++] = &event->times.en_route;
    times[count++] = &event->times.on_scene;
    times[count++] = &event->times.cleared;
    times[count++] = &event->times.closed;
    for (size_t i = 0; i < event->units.count; i++)
        times[count++] = &event->units.item[i].at;
    for (size_t i = 0; i < event->outcomes.count; i++)
        times[count++] = &event->outcomes.item[i].decided_at;
    return count;
}

static void mark_number(char *number, size_t room, int64_t began)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    char suffix[16];
    size_t at = sizeof suffix - 1, size = strlen(number);

    if (!*number)
        return;
    suffix[at] = '\0';
    for (int64_t left = began / 1000000; left > 0; left /= 36)
        suffix[--at] = digits[left % 36];
    suffix[--at] = '~';
    if (size + strlen(suffix + at) >= room)
        size = room - 1 - strlen(suffix + at);
    strcpy(number + size, suffix + at);
}

void replay_shift(struct event *event, int64_t by_us, int64_t began)
{
    event_time *times[64];
    size_t count = times_of(event, times);

    for (size_t i = 0; i < count; i++)
        if (*times[i] != EVENT_TIME_NONE)
            *times[i] += by_us;
    mark_number(event->incident, sizeof event->incident, began);
    mark_number(event->merged_into, sizeof event->merged_into, began);
    mark_number(event->split_from, sizeof event->split_from, began);
}

static int play(struct replay *replay, size_t i, struct error *error)
{
    const struct recorded *recorded = &replay->event[i];
    int err = event_decode(&replay->scratch, replay->text + recorded->offset, recorded->size,
                           clock_wall_us(), NULL, error);

    if (err)
        return err;
    if (replay->options.shift)
        replay_shift(&replay->scratch, replay->base + due_after(replay, i) - recorded->at,
                     replay->began);
    return replay->options.event_cb(replay->options.ctx, &replay->scratch, error);
}

static void timer_cb(uv_timer_t *timer);

static void commit(struct replay *replay)
{
    struct error error = {0};
    char quoted[400];
    int64_t wait;

    if (replay->options.commit_cb(replay->options.ctx, replay->next, replay->began, &error) != 0) {
        log_error("disk", "reason=%s action=retry", log_quote(error.reason, quoted, sizeof quoted));
        uv_timer_start(&replay->timer, timer_cb, RETRY_MS, 0);
        return;
    }
    if (replay->next >= replay->count) {
        replay->count = replay->text_size = 0;
        replay->started = false;
        replay->options.end_cb(replay->options.ctx);
        return;
    }
    wait = (replay->base + due_after(replay, replay->next) - clock_wall_us()) / 1000;
    uv_timer_start(&replay->timer, timer_cb, wait > 0 ? (uint64_t)wait + 1 : 1, 0);
}

static void timer_cb(uv_timer_t *timer)
{
    struct replay *replay = timer->data;
    int64_t now = clock_wall_us();
    struct error error;

    for (int left = TURN_EVENTS; left > 0 && replay->next < replay->count; left--) {
        if (replay->base + due_after(replay, replay->next) > now)
            break;
        if (play(replay, replay->next, &error) != 0)
            log_error("replay", "field=%s code=%s", error.field, err_name(error.code));
        replay->next++;
    }
    commit(replay);
}

void replay_start(struct replay *replay, uint64_t skip, int64_t began)
{
    if (replay->count > 0)
        qsort(replay->event, replay->count, sizeof *replay->event, compare_cb);
    replay->started = true;
    replay->next = skip < replay->count ? skip : replay->count;
    replay->base = clock_wall_us();
    replay->began = began ? began : replay->base;
    if (replay->next > 0 && replay->next < replay->count)
        replay->base -= due_after(replay, replay->next);
    log_info("replay_begin", "events=%zu from=%zu", replay->count, replay->next);
    uv_timer_start(&replay->timer, timer_cb, 0, 0);
}

double replay_share(const struct replay *replay)
{
    if (!replay->started)
        return -1;
    return replay->count > 0 ? (double)replay->next / (double)replay->count : 1;
}

int replay_time(const char *text, event_time fallback, const struct mapping *mapping,
                event_time *out, struct error *error)
{
    static const char *const formats[] = {"%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S",
                                          "%Y-%m-%d %H:%M"};
    bool doubled;

    *out = fallback;
    if (!*text || event_time_parse(text, strlen(text), out) == 0)
        return 0;
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        struct tm civil = {0};
        const char *end = strptime(text, formats[i], &civil);

        if (!end || *end)
            continue;
        if (mapping && mapping->zone[0])
            return localtime_to_utc(&civil, out, &doubled, error);
        *out = (event_time)timegm(&civil) * 1000000;
        return 0;
    }
    return error_set(error, ERR_TIME, "--from, --to", "is not a time such as 2015-09-09");
}
