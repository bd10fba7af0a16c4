/* See pump_item.h. */
#include "pump_item.h"

#include "log.h"

#include <inttypes.h>
#include <sodium.h>
#include <string.h>

static void digest_head(const char *data, size_t size, char out[33])
{
    unsigned char digest[16];

    crypto_generichash(digest, sizeof digest, (const unsigned char *)data, size, NULL, 0);
    sodium_bin2hex(out, 33, digest, sizeof digest);
}

static bool is_same_file(const struct pump *pump, const struct checkpoint *was)
{
    const char *data;
    size_t size = input_head(pump->input, &data);
    char head[33];

    if (was->head_size == 0 || was->head_size > size ||
        strcmp(was->name, input_name(pump->input)) != 0)
        return false;
    digest_head(data, was->head_size, head);
    return strcmp(head, was->head) == 0;
}

static void begin_anew(struct pump *pump)
{
    const char *data;
    struct checkpoint *now = &pump->now;

    *now = (struct checkpoint){.rejects_size = pump->reject.size};
    now->head_size = input_head(pump->input, &data);
    snprintf(now->name, sizeof now->name, "%s", input_name(pump->input));
    digest_head(data, now->head_size, now->head);
    log_info("input_begin", "name=\"%s\"", now->name);
}

/* A file that was being read, or has grown since, is read on from where it was left. */
static bool is_to_resume(const struct pump *pump, const struct checkpoint *was)
{
    uint64_t octets = input_octets(pump->input);

    if (!is_same_file(pump, was))
        return false;
    if (pump->replay)
        return !was->done;
    return was->done ? octets >= was->octets : true;
}

bool item_begin(struct pump *pump)
{
    struct checkpoint was;

    source_reset(pump->source);
    pump->in_item = true;
    pump->resume = 0;
    checkpoint_read(&was, spool_checkpoint(pump->options.spool));
    if (!is_to_resume(pump, &was)) {
        begin_anew(pump);
        return true;
    }
    pump->now = was;
    if (was.done && was.octets == input_octets(pump->input) && !input_is_growing(pump->input)) {
        log_info("input_known", "name=\"%s\" records=%" PRIu64, was.name, was.records);
        return false;
    }
    log_info("input_resume", "name=\"%s\" read=%" PRIu64, was.name, was.read);
    if (pump->replay) { /* it is loaded whole again, and goes on where it was */
        pump->now.read = pump->now.rejected = pump->now.withheld = pump->now.dropped = 0;
        return true;
    }
    pump->resume = was.offset;
    pump->now.done = pump->now.octets = 0;
    return true;
}

int item_spool(struct pump *pump, const struct event *event, struct fault *fault)
{
    int size = event_encode(event, pump->body, EVENT_MAX_OCTETS + 1);
    uint64_t seq;

    if (size < 0)
        return fault_set(fault, ERR_SIZE, "", "longer than %d octets", EVENT_MAX_OCTETS);
    seq = spool_append(pump->options.spool, pump->body, (size_t)size);
    if (seq == 0)
        return fault_set(fault, ERR_NOMEM, "", "no memory");
    if (pump->now.first == 0)
        pump->now.first = seq;
    pump->now.last = seq;
    pump->now.records++;
    return 0;
}

int item_row(struct pump *pump, const struct source_row *row)
{
    struct checkpoint *now = &pump->now;
    struct fault fault = row->fault;
    bool again = pump->replay && now->replayed > 0; /* its rejects stand in the file already */
    int err = 0;

    if (row->end <= pump->resume)
        return 0;
    now->offset = row->end;
    now->read++;
    if (row->event && row->repeated) {
        now->dropped++;
    } else if (row->event && withhold_event(pump->options.withhold, row->event)) {
        now->withheld++;
    } else if (row->event) {
        err = pump->replay ? replay_add(pump->replay, row->event, &fault)
                           : item_spool(pump, row->event, &fault);
    }
    if (err == ERR_NOMEM)
        return err;
    if (!row->event || err) {
        now->rejected++;
        if (!again)
            reject_add(&pump->reject, now->name, row->line, &fault);
    }
    return 0;
}

int item_commit(struct pump *pump, struct fault *fault)
{
    char text[4096];
    int size;

    pump->now.rejects_size = reject_sync(&pump->reject);
    size = checkpoint_write(&pump->now, text, sizeof text);
    return size < 0 ? fault_set(fault, ERR_SIZE, "", "the checkpoint is too long")
                    : spool_commit(pump->options.spool, text, fault);
}

int item_end(struct pump *pump, struct fault *fault)
{
    struct checkpoint *now = &pump->now;
    struct manifest manifest = {.read = now->read,
                                .rejected = now->rejected + now->withheld,
                                .duplicate = now->dropped,
                                .records = now->records,
                                .first = now->first,
                                .last = now->last};
    int err;

    snprintf(manifest.source, sizeof manifest.source, "%.120s", now->name);
    now->octets = input_octets(pump->input);
    now->done = 1;
    err = manifests_add(pump->options.manifests, &manifest, fault);
    if (!err)
        err = item_commit(pump, fault);
    if (!err)
        log_info("input_end",
                 "name=\"%s\" read=%" PRIu64 " records=%" PRIu64 " rejected=%" PRIu64
                 " withheld=%" PRIu64 " dropped=%" PRIu64,
                 now->name, now->read, now->records, now->rejected, now->withheld, now->dropped);
    return err;
}
