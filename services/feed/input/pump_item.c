/* See pump_private.h. */
#include "pump_private.h"

#include "clock.h"
#include "log.h"
#include "text_check.h"
#include "utf8.h"

#include <inttypes.h>
#include <sodium.h>
#include <string.h>

static const int64_t REFUSED_TOLD_US = 60 * INT64_C(1000000);

static void digest_head(const char *data, size_t size, char out[33])
{
    unsigned char digest[16];

    crypto_generichash(digest, sizeof digest, (const unsigned char *)data, size, NULL, 0);
    sodium_bin2hex(out, 33, digest, sizeof digest);
}

/* The input's name, made safe for a log line, a table and a checkpoint. */
static void safe_name(const struct pump *pump, char out[256])
{
    snprintf(out, 256, "%s", input_name(pump->input));
    for (char *at = out, *end = out + strlen(out); at < end;) {
        uint32_t point;
        size_t size = utf8_step(at, (size_t)(end - at), &point);

        size = size > 0 ? size : 1;
        if (*at == '"' || *at == '\\' || utf8_text_defect(at, size) != NULL)
            memset(at, '?', size);
        at += size;
    }
    text_check(out, 256, TEXT_OF_OTHER, NULL);
}

/* Takes the digest of the file's beginning. That of a file that grows is taken again until it
 * covers INPUT_HEAD octets. */
static void take_head(struct pump *pump)
{
    const char *data;

    pump->now.head_size = input_head(pump->input, &data);
    digest_head(data, pump->now.head_size, pump->now.head);
}

/* Whether the input has that name and beginning; a copy that was put back has them too. */
static bool is_same_export(const struct pump *pump, const struct checkpoint *was)
{
    const char *data;
    size_t size = input_head(pump->input, &data);
    char head[33], name[256];

    safe_name(pump, name);
    if (was->head_size == 0 || was->head_size > size || strcmp(was->name, name) != 0)
        return false;
    digest_head(data, was->head_size, head);
    return strcmp(head, was->head) == 0;
}

static struct manifest manifest_of(const struct checkpoint *item)
{
    struct manifest manifest = {.read = item->read,
                                .rejected = item->rejected + item->withheld,
                                .duplicate = item->dropped,
                                .records = item->records,
                                .first = item->first,
                                .last = item->last,
                                .vanished = item->vanished};

    snprintf(manifest.source, sizeof manifest.source, "%.120s", item->name);
    return manifest;
}

static void begin_anew(struct pump *pump)
{
    pump->now = (struct checkpoint){.rejects_size = pump->reject.size};
    safe_name(pump, pump->now.name);
    take_head(pump);
    if (!pump->parked.code)
        log_info("input_begin", "name=\"%s\"", pump->now.name);
}

/* Whether to continue where reading ended: the file was being read, or has grown since. In any
 * doubt it is read again, because intake recognises the records that it has. */
static bool is_to_resume(const struct pump *pump, const struct checkpoint *was)
{
    if (pump->replay)
        return !was->done && is_same_export(pump, was);
    return was->mark.octets > 0 &&
           (input_is_same_file(pump->input, &was->mark) || input_is_rotated(pump->input));
}

uint64_t item_covers(const struct checkpoint *item)
{
    return item->again_from ? item->again_from : item->first;
}

/* The spool has lost records to damage: what is read from here on was read before, and replaces
 * them. */
static void note_rewound(struct pump *pump, const struct checkpoint *was)
{
    if (!spool_is_rewound(pump->options.spool))
        return;
    pump->now.again = spool_next(pump->options.spool) - 1;
    pump->now.again_from = was->last + 1;
    pump->now.again_until = input_octets(pump->input);
    pump->reread = pump->now.again;
    pump->reread_at = clock_mono_us();
    log_warn("read_again", "reason=spool_damaged from=%" PRIu64 " last=%" PRIu64,
             pump->now.again_from, pump->now.again);
}

/* The file that was read before cannot be found. Its manifest says what was read, and that its end
 * was not. */
static void tell_left(struct pump *pump, const struct checkpoint *was)
{
    struct manifest manifest = manifest_of(was);
    struct error error = {0};

    if (!input_has_lost(pump->input) || was->done)
        return;
    log_warn("input_lost",
             "name=\"%s\" read=%" PRIu64 " octets=%" PRIu64
             " reason=\"it is not what was read before, and that is not found beside it: rows that "
             "were written to it since are not read\"",
             was->name, was->read, was->mark.octets);
    manifest.unread = 1;
    if (manifests_add(pump->options.manifests, &manifest, &error) != 0)
        log_error("manifest", "reason=\"%s\"", error.reason);
}

/* If the input is the same export, what is read replaces the records that were lost. */
static void note_again(struct pump *pump, const struct checkpoint *was)
{
    if (pump->again && is_same_export(pump, was)) { /* another file cannot replace those */
        pump->now.again = pump->again;
        pump->now.again_from = item_covers(was);
        pump->now.again_until = pump->options.recall->rows ? UINT64_MAX : was->offset;
    }
    if (!pump->again && !was->name[0])
        note_rewound(pump, was);
    pump->again = 0;
}

/* A version is compared with the last one, and not resumed; the counts continue. */
static bool begin_version(struct pump *pump, const struct checkpoint *was)
{
    char name[256];

    safe_name(pump, name);
    if (pump->again || strcmp(was->name, name) != 0 || !input_is_snapshot(pump->input)) {
        begin_anew(pump);
        note_again(pump, was);
    } else if (pump->now.name[0] == '\0') {
        pump->now = *was;
        pump->now.done = 0;
        note_rewound(pump, was);
        log_info("input_resume", "name=\"%s\" read=%" PRIu64, was->name, was->read);
    }
    pump->now.offset = 0;
    snapshot_begin(pump->options.recall->rows);
    return true;
}

/* False: it was read to its end and has not changed. */
static bool resume(struct pump *pump, const struct checkpoint *was)
{
    pump->now = *was;
    note_rewound(pump, was);
    if (was->done && was->octets == input_octets(pump->input) &&
        input_is_unchanged(pump->input, &was->mark) && !input_is_growing(pump->input)) {
        log_info("input_known", "name=\"%s\" records=%" PRIu64, was->name, was->records);
        return false;
    }
    if (!pump->parked.code)
        log_info("input_resume", "name=\"%s\" read=%" PRIu64, was->name, was->read);
    if (pump->replay) { /* it is loaded whole again, and continues where it was */
        pump->now.read = pump->now.rejected = pump->now.withheld = pump->now.dropped = 0;
        return true;
    }
    input_expect(pump->input, &was->mark);
    pump->resume = was->offset;
    pump->was_done = was->done;
    pump->now.done = pump->now.octets = 0;
    return true;
}

bool item_begin(struct pump *pump)
{
    struct checkpoint was;

    source_reset(pump->source);
    recall_forget(pump->options.recall);
    pump->in_item = true;
    pump->was_done = pump->took_row = false;
    pump->resume = 0;
    checkpoint_read(&was, spool_checkpoint(pump->options.spool));
    if (pump->options.recall->rows)
        return begin_version(pump, &was);
    if (!pump->again && is_to_resume(pump, &was))
        return resume(pump, &was);
    if (!pump->again)
        tell_left(pump, &was);
    begin_anew(pump);
    note_again(pump, &was);
    return true;
}

void item_changed(struct pump *pump)
{
    struct checkpoint was;
    bool resuming = input_is_expecting(pump->input);

    source_reset(pump->source);
    recall_forget(pump->options.recall);
    pump->resume = 0;
    pump->was_done = false;
    log_warn("input_changed", "name=\"%s\" action=read_anew", pump->now.name);
    if (!resuming) { /* written to while it was read: the counts cover everything read */
        pump->now.offset = 0;
        if (pump->options.recall->rows)
            snapshot_begin(pump->options.recall->rows);
        return;
    }
    checkpoint_read(&was, spool_checkpoint(pump->options.spool));
    tell_left(pump, &was);
    begin_anew(pump);
}

int item_spool(struct pump *pump, const struct event *event, struct error *error)
{
    int size = event_encode(event, pump->body, EVENT_MAX_OCTETS + 1);
    uint64_t seq;

    if (size < 0)
        return error_set(error, ERR_SIZE, "", "longer than %d octets", EVENT_MAX_OCTETS);
    seq = spool_append(pump->options.spool, pump->body, (size_t)size);
    if (seq == 0)
        return error_set(error, ERR_NOMEM, "", "no memory");
    if (pump->now.first == 0)
        pump->now.first = seq;
    pump->now.last = seq;
    pump->now.records++;
    return 0;
}

/* Handles one event of a row; also an eido_emit_cb. */
static int item_event(void *ctx, const struct event *event, struct error *error)
{
    struct pump *pump = ctx;

    return pump->replay ? replay_add(pump->replay, event, error) : item_spool(pump, event, error);
}

/* Handles an EIDO document. It counts as a row for each event that it makes. */
static int item_document(struct pump *pump, const struct source_row *row, struct error *error)
{
    struct checkpoint *now = &pump->now;
    struct eido_outcome outcome;
    int err = eido_diff(pump->options.recall->diff, row->event, row->eido, item_event, pump,
                        &outcome, error);

    if (outcome.events > 1)
        now->read += outcome.events - 1;
    else if (!err && outcome.events == 0 && outcome.withheld)
        now->withheld++;
    else if (!err && outcome.events == 0)
        now->dropped++;
    return err;
}

/* Logs the first refused row, and then one a minute: a feed that runs for months has no end at
 * which to report them. */
static void tell_refused(struct pump *pump, uint64_t line, const struct error *why)
{
    int64_t now = clock_mono_us();

    if (pump->refused_at && now - pump->refused_at < REFUSED_TOLD_US)
        return;
    pump->refused_at = now;
    log_warn("row_refused",
             "name=\"%s\" line=%" PRIu64 " field=\"%s\" code=%s rejected=%" PRIu64
             " hint=\"all of them stand in %s\"",
             pump->now.name, line, why->field, err_name(why->code), pump->now.rejected,
             pump->reject.path);
}

/* Logs, for the input so far, what the data dictionary does not name and what it could not keep. */
static void tell_left_out(const struct pump *pump)
{
    const struct event_dropped *left_out = source_dropped(pump->source);
    char members[LEFTOUT_TEXT], fields[LEFTOUT_TEXT];

    if (left_out->unknown + left_out->unfit + left_out->bare == 0)
        return;
    leftout_write(source_members_left_out(pump->source), members);
    leftout_write(source_fields_left_out(pump->source), fields);
    log_warn("left_out",
             "name=\"%s\" members=%u member_names=\"%s\" values=%u value_fields=\"%s\" "
             "without_type_and_place=%u",
             pump->now.name, left_out->unknown, members, left_out->unfit, fields, left_out->bare);
}

/* Logs like refused rows: the first time, and then once a minute. Unknown members alone are no
 * reason, because they come with every row. */
static void tell_new_left_out(struct pump *pump)
{
    const struct event_dropped *left_out = source_dropped(pump->source);
    int64_t now = clock_mono_us();
    uint32_t count = left_out->unfit + left_out->bare;

    if (count < pump->left_out_told)
        pump->left_out_told = 0; /* a new input */
    if (count == pump->left_out_told ||
        (pump->left_out_at && now - pump->left_out_at < REFUSED_TOLD_US))
        return;
    pump->left_out_at = now;
    pump->left_out_told = count;
    tell_left_out(pump);
}

/* Whether the last version of a snapshot had an identical row, accepted or refused. */
static bool is_known_row(struct pump *pump, const struct source_row *row)
{
    struct snapshot *rows = pump->options.recall->rows;
    int size;

    if (!rows || row->eido)
        return false;
    if (row->event)
        size = event_encode(row->event, pump->body, EVENT_MAX_OCTETS + 1);
    else
        size = snprintf(pump->body, EVENT_MAX_OCTETS, "refused %" PRIu64 " %s %d %s", row->line,
                        row->error.field, row->error.code, row->error.reason);
    return size >= 0 &&
           snapshot_knows(rows, row->event ? row->event->incident : "", pump->body, (size_t)size);
}

int item_row(struct pump *pump, const struct source_row *row)
{
    struct checkpoint *now = &pump->now;
    struct error error = row->error;
    bool again = pump->replay && now->replayed > 0; /* its rejects are in the file already */
    /* Also for rows before the position to resume at: their incidents must be known. */
    bool withheld = row->event && withhold_event(pump->options.withhold, row->event);
    int err = 0;

    if (row->end <= pump->resume)
        return 0;
    now->offset = row->end;
    now->read++;
    tell_new_left_out(pump);
    pump->took_row = true;
    if (!withheld && is_known_row(pump, row)) {
        now->dropped++;
        return 0;
    }
    if (row->event && row->eido) {
        err = item_document(pump, row, &error);
    } else if (row->event && row->repeated) {
        now->dropped++;
    } else if (withheld) {
        now->withheld++;
    } else if (row->event) {
        err = item_event(pump, row->event, &error);
    }
    if (err == ERR_NOMEM)
        return err;
    if (!row->event || err) {
        now->rejected++;
        if (again)
            return 0;
        tell_refused(pump, row->line, &error);
        return reject_add(&pump->reject, now->name, row->line, &error);
    }
    return 0;
}

int item_commit(struct pump *pump, struct error *error)
{
    char text[4096];
    int size, err = reject_sync(&pump->reject, error);

    if (!err)
        err = recall_sync(pump->options.recall, &pump->now, error);
    if (err)
        return err;
    /* A file that was emptied in place is no longer the one that was read. */
    if (pump->now.head_size < INPUT_HEAD && input_octets(pump->input) >= pump->now.offset)
        take_head(pump);
    if (!input_is_expecting(pump->input))
        input_mark(pump->input, &pump->now.mark);
    pump->now.rejects_size = pump->reject.size;
    size = checkpoint_write(&pump->now, text, sizeof text);
    return size < 0 ? error_set(error, ERR_SIZE, "", "the checkpoint is too long")
                    : spool_commit(pump->options.spool, text, error);
}

/* Names the manifest differently from that of the first reading of the same source. */
static void name_again(const struct checkpoint *now, struct manifest *manifest)
{
    snprintf(manifest->source, sizeof manifest->source, "%.110s (again)", now->name);
    manifest->again_from = now->again_from;
    manifest->again = now->again;
}

bool item_is_read_again(struct pump *pump)
{
    struct checkpoint *now = &pump->now;
    struct manifest manifest = {0};
    struct error error = {0};

    if (!pump->in_item || now->again == 0 || !input_is_growing(pump->input) ||
        now->offset < now->again_until)
        return false;
    name_again(now, &manifest); /* the manifests of the days have the counts */
    if (manifests_add(pump->options.manifests, &manifest, &error) != 0)
        return false; /* a disk error: tried again at the next turn */
    now->again = 0;
    return true;
}

static void begin_day(struct pump *pump, uint64_t today)
{
    struct checkpoint *now = &pump->now;

    now->day = today;
    now->day_read = now->read;
    now->day_rejected = now->rejected + now->withheld;
    now->day_dropped = now->dropped;
    now->day_records = now->records;
    now->day_vanished = now->vanished;
    now->day_last = spool_next(pump->options.spool) - 1;
}

/* Rows are counted since the input's beginning; members, values and codes since the agent opened
 * it. */
static void log_counts(const struct pump *pump, const char *what)
{
    const struct checkpoint *now = &pump->now;
    const struct event_dropped *left_out = source_dropped(pump->source);
    char found[TEXT_FOUND_TEXT];

    tell_left_out(pump);
    text_found_format(&left_out->found, found);
    log_info(what,
             "name=\"%s\" octets=%" PRIu64 " read=%" PRIu64 " records=%" PRIu64 " rejected=%" PRIu64
             " withheld=%" PRIu64 " dropped=%" PRIu64 " vanished=%" PRIu64
             " members_unknown=%u members_denied=%u codes_withheld=%u %s",
             now->name, now->mark.octets, now->read, now->records, now->rejected, now->withheld,
             now->dropped, now->vanished, left_out->unknown, left_out->denied, left_out->withheld,
             found);
}

bool item_day_is_over(struct pump *pump)
{
    struct checkpoint *now = &pump->now;
    struct day *http = &pump->options.recall->http;
    uint64_t today = day_today();
    struct manifest manifest = {.read = now->read - now->day_read,
                                .rejected = now->rejected + now->withheld - now->day_rejected,
                                .duplicate = now->dropped - now->day_dropped,
                                .records = now->records - now->day_records,
                                .vanished = now->vanished - now->day_vanished};
    struct error error = {0};

    if (!pump->in_item || !input_is_growing(pump->input) || today == now->day)
        return false;
    if (now->day == 0) {
        begin_day(pump, today);
        return false;
    }
    day_name(now->day, &manifest);
    manifest.last = manifest.records > 0 ? now->last : 0;
    day_tell(http, &manifest);
    manifest.first = manifest.records > 0 ? now->day_last + 1 : 0;
    if (manifests_add(pump->options.manifests, &manifest, &error) != 0)
        return false; /* a disk error: tried again at the next turn */
    log_counts(pump, "input_day");
    begin_day(pump, today);
    day_begin(http, today);
    return true;
}

void item_end_version(struct pump *pump)
{
    struct snapshot *rows = pump->options.recall->rows;
    uint64_t gone = rows ? snapshot_end(rows) : 0;

    if (rows && pump->now.again_until == UINT64_MAX)
        pump->now.again_until = 0; /* all of it has been read again */
    pump->now.vanished += gone;
    if (gone > 0)
        log_info("rows_vanished",
                 "name=\"%s\" incidents=%" PRIu64 " vanished=%" PRIu64
                 " hint=\"nothing is told of them: they stay as they were last known\"",
                 pump->now.name, gone, pump->now.vanished);
}

bool item_is_known(const struct pump *pump)
{
    return pump->was_done && !pump->took_row;
}

int item_refuse(struct pump *pump, struct error *error)
{
    struct manifest manifest = manifest_of(&pump->now);
    char name[256];
    int err;

    if (!pump->in_item) {
        safe_name(pump, name);
        snprintf(manifest.source, sizeof manifest.source, "%.120s", name);
    } else if (pump->now.again) {
        name_again(&pump->now, &manifest);
    }
    manifest.unread = 1;
    err = manifests_add(pump->options.manifests, &manifest, error);
    return err || !pump->in_item ? err : item_commit(pump, error);
}

int item_end(struct pump *pump, struct error *error)
{
    struct checkpoint *now = &pump->now;
    struct manifest manifest;
    int err;

    input_mark(pump->input, &now->mark);
    manifest = manifest_of(now);
    if (now->again)
        name_again(now, &manifest);
    now->again = 0;
    now->octets = input_octets(pump->input);
    now->done = 1;
    err = manifests_add(pump->options.manifests, &manifest, error);
    if (!err)
        err = item_commit(pump, error);
    if (!err)
        log_counts(pump, "input_end");
    return err;
}
