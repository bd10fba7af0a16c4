/* See pump.h. */
#include "pump.h"

#include "agent_clock.h"
#include "clock.h"
#include "log.h"
#include "pump_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 1 << 18, RETRY_MS = 1000, FULL_MS = 500, REREAD_US = 60000000 };
enum { HOLD_MS = 1000, OPEN_US = 5000000 };
enum { PARK_MS = 1000, PARK_MOST_MS = 60000 };

static void turn_cb(uv_idle_t *idle);
static void begin_item_anew(struct pump *pump);

static void again(struct pump *pump)
{
    uv_idle_start(&pump->turn, turn_cb);
}

static void later_cb(uv_timer_t *timer)
{
    again(timer->data);
}

static void again_after(struct pump *pump, uint64_t ms)
{
    uv_timer_start(&pump->later, later_cb, ms, 0);
}

static void moved(struct pump *pump)
{
    if (pump->options.moved_cb)
        pump->options.moved_cb(pump->options.ctx);
}

static void fail(struct pump *pump, const struct error *error)
{
    pump->failed = pump->done = true;
    pump->failure = *error;
    moved(pump);
}

static void leave_item(struct pump *pump, bool accepted)
{
    checkpoint_add(&pump->totals, &pump->now);
    pump->now = (struct checkpoint){.rejects_size = pump->reject.size};
    pump->in_item = false;
    input_next(pump->input, accepted);
    again(pump);
}

/* Commits. If the disk fails, everything stays in memory and the commit is tried again later. */
static bool commit(struct pump *pump, int (*how)(struct pump *, struct error *))
{
    char quoted[400];
    struct error error = {0};

    if (how(pump, &error) == 0) {
        if (pump->waiting_for_disk)
            log_info("disk_back", "state=ok");
        pump->waiting_for_disk = false;
        moved(pump);
        return true;
    }
    if (!pump->waiting_for_disk)
        log_error("disk", "reason=%s action=retry", log_quote(error.reason, quoted, sizeof quoted));
    pump->waiting_for_disk = true;
    again_after(pump, RETRY_MS);
    return false;
}

/* Whether a row whose time lies ahead waits for intake's clock: this machine's clock may be wrong,
 * and a live row that is refused is lost. Standard input cannot be read again, so it does not
 * wait. */
static bool is_to_hold(const struct pump *pump)
{
    const struct feed_options *feed = pump->options.feed;

    return !agent_clock_is_known() && strcmp(feed->mode, "live") == 0 && !feed->once &&
           strcmp(feed->input, "-") != 0;
}

/* Handles all complete rows of the octets so far. Negative: the input cannot be used. */
static int take_rows(struct pump *pump, struct error *error)
{
    struct source_row row;
    int got;

    while ((got = source_next(pump->source, &row, error)) == SOURCE_ROW) {
        if (row.ahead && row.end > pump->resume && is_to_hold(pump)) {
            pump->held = true;
            return error_set(error, ERR_TIME, row.error.field,
                             "a row's time lies ahead of this machine's clock, and the intake has "
                             "not sent its own yet");
        }
        if (item_row(pump, &row) != 0)
            return error_set(error, ERR_NOMEM, "", "no memory");
    }
    return got;
}

/* Whether the agent continues without its source: more files are to come, or the file may be
 * corrected. */
static bool is_to_park(const struct pump *pump)
{
    const struct feed_options *feed = pump->options.feed;

    return !feed->once && !pump->replay &&
           (input_is_growing(pump->input) || input_is_folder(pump->input) || feed->listen[0]);
}

/* The source cannot be read now. What was read of it is kept, and reading is tried again later. */
static void park(struct pump *pump, const struct error *error)
{
    char quoted[400];

    if (strcmp(pump->parked.reason, error->reason) != 0 || pump->took_row) {
        log_error("input_parked", "name=\"%s\" field=\"%s\" reason=%s action=retry",
                  pump->in_item ? pump->now.name : "", error->field,
                  log_quote(error->reason, quoted, sizeof quoted));
        pump->park_ms = PARK_MS;
    }
    pump->parked = *error;
    pump->took_row = false;
    pump->parking = true;
    if (spool_batch_octets(pump->options.spool) > 0 && !commit(pump, item_commit))
        return; /* turn_cb continues after the commit */
    again_after(pump, pump->park_ms);
    pump->park_ms = pump->park_ms * 2 < PARK_MOST_MS ? pump->park_ms * 2 : PARK_MOST_MS;
}

/* Keeps what was read before the row. The source is read again from that row on once the clock is
 * known. */
static void hold(struct pump *pump, const struct error *error)
{
    log_warn("rows_held", "name=\"%s\" field=\"%s\" reason=\"%s\" action=wait", pump->now.name,
             error->field, error->reason);
    pump->parking = true;
    if (spool_batch_octets(pump->options.spool) == 0 || commit(pump, item_commit))
        again_after(pump, HOLD_MS);
}

/* Looks for the source again, at the position of the last commit. */
static void unpark(struct pump *pump)
{
    struct checkpoint was;

    pump->parking = false;
    input_leave(pump->input);
    checkpoint_read(&was, spool_checkpoint(pump->options.spool));
    input_recall(pump->input, &was.mark, was.name);
}

/* Reports that rows come from the parked source again. */
static void note_back(struct pump *pump)
{
    if (!pump->parked.code || !pump->took_row)
        return;
    log_info("input_back", "name=\"%s\" state=ok", pump->now.name);
    pump->parked = (struct error){0};
}

/* An older file of a rotation cannot be read, or not to its end. The current one must not wait for
 * it. */
static void leave_old(struct pump *pump, const struct error *error)
{
    char quoted[400];
    struct error disk = {0};

    if (pump->in_item && !commit(pump, item_refuse))
        return; /* it is refused again after the commit */
    if (!pump->in_item && item_refuse(pump, &disk) != 0)
        log_error("manifest", "reason=\"%s\"", disk.reason);
    log_error("input_given_up",
              "name=\"%s\" read=%" PRIu64 " field=\"%s\" reason=%s action=go_on "
              "hint=\"read a whole copy of it with --once\"",
              input_name(pump->input), pump->now.read, error->field,
              log_quote(error->reason, quoted, sizeof quoted));
    if (pump->options.feed->once) {
        pump->failed = true;
        pump->failure = *error;
    }
    leave_item(pump, true);
}

static void refuse_item(struct pump *pump, const struct error *error)
{
    char quoted[400];

    if (pump->held) {
        hold(pump, error);
        return;
    }
    if (input_is_rotated(pump->input) && error->code != ERR_NOMEM) {
        if (pump->in_item && input_is_expecting(pump->input)) {
            begin_item_anew(pump); /* it is not the file that was read before */
            return;
        }
        if (input_give_up(pump->input)) {
            leave_old(pump, error);
            return;
        }
    }
    if (is_to_park(pump) && !(pump->in_item && input_is_folder(pump->input))) {
        park(pump, error);
        return;
    }

    log_error("input_refused", "name=\"%s\" read=%" PRIu64 " reason=%s",
              pump->in_item ? pump->now.name : "", pump->now.read,
              log_quote(error->reason, quoted, sizeof quoted));
    pump->failed = true;
    pump->failure = *error;
    /* A file with other columns is not of this source: the log reports it, no manifest does. */
    if (pump->in_item && (error->code == ERR_IO || pump->now.read > 0) &&
        !commit(pump, item_refuse))
        return; /* it is refused again after the commit */
    if (!pump->in_item || !input_is_folder(pump->input))
        fail(pump, error);
    else
        leave_item(pump, false);
}

static void finish(struct pump *pump)
{
    pump->done = true;
    moved(pump);
}

static void leave_known(struct pump *pump)
{
    log_info("input_known", "name=\"%s\" records=%" PRIu64, pump->now.name, pump->now.records);
    pump->now.done = 1;
    leave_item(pump, true);
}

/* Handles the last rows of the item. */
static int take_last_rows(struct pump *pump, struct error *error)
{
    struct source_row row;
    int got = SOURCE_MORE;

    if (!input_was_cut(pump->input)) {
        source_finish(pump->source);
        return take_rows(pump, error);
    }
    while (got >= 0 && source_is_open(pump->source)) {
        source_give_up(pump->source);
        got = take_rows(pump, error);
    }
    if (got >= 0 && source_cut(pump->source, &row) && item_row(pump, &row) != 0)
        got = error_set(error, ERR_NOMEM, "", "no memory");
    return got;
}

static void end_item(struct pump *pump)
{
    struct error error = {0};

    if (take_last_rows(pump, &error) < 0)
        refuse_item(pump, &error);
    else if (pump->replay)
        replay_start(pump->replay, pump->now.replayed, pump->now.replay_began);
    else if (item_is_known(pump))
        leave_known(pump);
    else {
        item_end_version(pump);
        if (commit(pump, item_end))
            leave_item(pump, true);
    }
}

/* Ends a version of a snapshot. The next one comes when the file is rewritten. */
static void end_version(struct pump *pump)
{
    struct error error = {0};

    source_finish(pump->source);
    if (take_rows(pump, &error) < 0) {
        refuse_item(pump, &error);
        return;
    }
    item_end_version(pump);
    note_back(pump);
    if ((spool_batch_octets(pump->options.spool) > 0 ||
         snapshot_is_dirty(pump->options.recall->rows)) &&
        !commit(pump, item_commit))
        return; /* INPUT_VERSION comes again */
    input_next(pump->input, true);
    again(pump);
}

/* Reads the item again from its beginning. */
static void begin_item_anew(struct pump *pump)
{
    struct error error = {0};

    item_changed(pump);
    if (input_rewind(pump->input, &error) != 0)
        refuse_item(pump, &error);
    else
        again(pump);
}

static void take_piece(struct pump *pump, int size)
{
    struct error error = {0};

    if (source_push(pump->source, pump->data, (size_t)size) != 0) {
        error_set(&error, ERR_NOMEM, "", "no memory");
        fail(pump, &error);
    } else if (take_rows(pump, &error) < 0) {
        refuse_item(pump, &error);
    } else if (pump->replay || spool_batch_octets(pump->options.spool) == 0 ||
               commit(pump, item_commit)) {
        note_back(pump);
        again(pump);
    }
}

/* Gives up a row without an end if nothing more has come for OPEN_US: the rows after it must not
 * wait. */
static void look_at_open_row(struct pump *pump)
{
    struct error error = {0};

    if (!pump->in_item || !source_is_open(pump->source)) {
        pump->open_since = 0;
        return;
    }
    again_after(pump, HOLD_MS);
    if (pump->open_since == 0)
        pump->open_since = clock_mono_us();
    if (clock_mono_us() - pump->open_since < OPEN_US)
        return;
    pump->open_since = 0;
    source_give_up(pump->source);
    if (take_rows(pump, &error) < 0)
        refuse_item(pump, &error);
    else
        commit(pump, item_commit);
}

static void take(struct pump *pump, int got, const struct error *error)
{
    if (got != INPUT_LATER)
        pump->open_since = 0;
    if (got > 0)
        take_piece(pump, got);
    else if (got == INPUT_BEGIN)
        item_begin(pump) ? again(pump) : leave_item(pump, true);
    else if (got == INPUT_END)
        end_item(pump);
    else if (got == INPUT_VERSION)
        end_version(pump);
    else if (got == INPUT_CHANGED)
        begin_item_anew(pump);
    else if (got == INPUT_DONE)
        finish(pump);
    else if (got == INPUT_LATER)
        look_at_open_row(pump);
    else
        refuse_item(pump, error);
}

static void turn_cb(uv_idle_t *idle)
{
    struct pump *pump = idle->data;
    struct error error = {0};

    uv_idle_stop(idle);
    if (pump->waiting_for_disk) {
        if (commit(pump, pump->now.done ? item_end : item_commit))
            pump->now.done ? leave_item(pump, true) : again(pump);
        return;
    }
    if (spool_is_full(pump->options.spool)) {
        spool_tidy(pump->options.spool);
        again_after(pump, FULL_MS);
        return;
    }
    if ((item_is_read_again(pump) || item_day_is_over(pump)) && !commit(pump, item_commit))
        return;
    if (pump->held && !agent_clock_is_known()) {
        again_after(pump, HOLD_MS);
        return;
    }
    if (pump->held)
        log_info("rows_released", "reason=\"the intake has sent its clock\"");
    pump->held = false;
    if (pump->parking)
        unpark(pump);
    take(pump, input_read(pump->input, pump->data, PIECE, &error), &error);
}

static void woken_cb(void *ctx)
{
    struct pump *pump = ctx;

    if (!pump->waiting_for_disk && !pump->done && !pump->parking)
        again(pump);
}

/* Callbacks of the replay. */

static int replay_event_cb(void *ctx, const struct event *event, struct error *error)
{
    return item_spool(ctx, event, error);
}

static int replay_commit_cb(void *ctx, uint64_t replayed, int64_t began, struct error *error)
{
    struct pump *pump = ctx;
    int err;

    pump->now.replayed = replayed;
    pump->now.replay_began = began;
    err = item_commit(pump, error);
    if (!err)
        moved(pump);
    return err;
}

static void replay_end_cb(void *ctx)
{
    struct pump *pump = ctx;

    if (commit(pump, item_end))
        leave_item(pump, true);
}

static int open_replay(struct pump *pump, uv_loop_t *loop, struct error *error)
{
    const struct feed_options *feed = pump->options.feed;
    struct replay_options options = {.pace = feed->pace_factor,
                                     .shift = feed->shift_to_now,
                                     .event_cb = replay_event_cb,
                                     .commit_cb = replay_commit_cb,
                                     .end_cb = replay_end_cb,
                                     .ctx = pump};

    if (strcmp(feed->mode, "replay") != 0)
        return 0;
    if (replay_time(feed->from, INT64_MIN, pump->options.mapping, &options.from, error) != 0 ||
        replay_time(feed->to, INT64_MAX, pump->options.mapping, &options.to, error) != 0)
        return ERR_TIME;
    pump->replay = replay_open(loop, &options, error);
    return pump->replay ? 0 : ERR_NOMEM;
}

static int open_rejects(struct pump *pump, struct error *error)
{
    const struct feed_options *feed = pump->options.feed;
    char own[sizeof pump->reject.path];
    struct checkpoint was;

    if (feed->reject_file[0]) /* it may serve several spools: nothing is cut off */
        return reject_open(&pump->reject, feed->reject_file, UINT64_MAX, error);
    checkpoint_read(&was, spool_checkpoint(pump->options.spool));
    snprintf(own, sizeof own, "%s/%s/rejects.tsv", feed->spool_dir, feed->mode);
    return reject_open(&pump->reject, own, was.name[0] ? was.rejects_size : UINT64_MAX, error);
}

struct pump *pump_open(uv_loop_t *loop, const struct pump_options *options, struct error *error)
{
    struct pump *pump = calloc(1, sizeof *pump);
    struct input_options input = {
        .path = options->feed->input,
        .follow = options->feed->follow,
        .once = options->feed->once,
        .snapshot = options->recall->rows != NULL,
        .patient = !options->feed->once &&
                   (options->feed->follow || options->recall->rows || options->feed->listen[0]),
        .woken_cb = woken_cb,
        .ctx = pump};

    if (!pump) {
        error_set(error, ERR_NOMEM, "", "no memory");
        return NULL;
    }
    pump->options = *options;
    uv_idle_init(loop, &pump->turn);
    uv_timer_init(loop, &pump->later);
    pump->turn.data = pump->later.data = pump;
    pump->open_handles = 2;
    pump->data = malloc(PIECE);
    pump->body = malloc(EVENT_MAX_OCTETS + 1);
    if (!pump->data || !pump->body)
        error_set(error, ERR_NOMEM, "", "no memory");
    else if (open_replay(pump, loop, error) == 0 && open_rejects(pump, error) == 0 &&
             (pump->source = source_open(options->feed->source_format, options->mapping, error)) &&
             (pump->input = input_open(loop, &input, error))) {
        unpark(pump); /* as after parking: finds what an earlier run read */
        again(pump);
        return pump;
    }
    pump_close(pump);
    return NULL;
}

static void closed_cb(uv_handle_t *handle)
{
    struct pump *pump = handle->data;

    if (--pump->open_handles > 0)
        return;
    free(pump->data);
    free(pump->body);
    free(pump);
}

void pump_close(struct pump *pump)
{
    if (!pump)
        return;
    input_close(pump->input);
    source_free(pump->source);
    reject_close(&pump->reject);
    replay_close(pump->replay);
    uv_close((uv_handle_t *)&pump->turn, closed_cb);
    uv_close((uv_handle_t *)&pump->later, closed_cb);
}

void pump_read_again(struct pump *pump, uint64_t last)
{
    struct checkpoint was;

    if (pump->reread >= last && clock_mono_us() - pump->reread_at < REREAD_US)
        return;
    checkpoint_read(&was, spool_checkpoint(pump->options.spool));
    if (item_covers(&was) == 0 || item_covers(&was) > last || pump->replay ||
        pump->waiting_for_disk || pump->failed || !input_restart(pump->input)) {
        log_error("source_gone",
                  "last=%" PRIu64 " hint=\"put the export back where the agent reads it\"", last);
        return;
    }
    log_warn("read_again", "reason=records_lost last=%" PRIu64, last);
    if (pump->in_item)
        checkpoint_add(&pump->totals, &pump->now);
    pump->now = (struct checkpoint){.rejects_size = pump->reject.size};
    if (pump->options.recall->rows)
        snapshot_forget(pump->options.recall->rows);
    pump->in_item = pump->done = false;
    pump->again = pump->reread = spool_next(pump->options.spool) - 1;
    pump->reread_at = clock_mono_us();
    again(pump);
}

void pump_look(struct pump *pump)
{
    if (pump->in_item && !pump->waiting_for_disk && item_day_is_over(pump))
        commit(pump, item_commit);
}

bool pump_tells_days(const struct pump *pump)
{
    return input_is_growing(pump->input) && !pump->done &&
           (pump->in_item || !input_is_missing(pump->input));
}

bool pump_is_done(const struct pump *pump)
{
    return pump->done;
}

bool pump_waits(const struct pump *pump)
{
    return pump->waiting_for_disk;
}

const struct error *pump_failure(const struct pump *pump)
{
    return pump->failed ? &pump->failure : NULL;
}

void pump_totals(const struct pump *pump, struct checkpoint *totals)
{
    *totals = pump->totals;
    if (pump->in_item)
        checkpoint_add(totals, &pump->now);
}

double pump_share(const struct pump *pump)
{
    if (pump->replay && replay_share(pump->replay) >= 0)
        return replay_share(pump->replay);
    return pump->in_item ? input_share(pump->input) : -1;
}
