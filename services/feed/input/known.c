/* See known.h. */
#include "known.h"

#include "clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_OCTETS = EVENT_MAX_OCTETS + 256, STALE_OCTETS = 4 << 20 };

struct known {
    struct journal journal;
    struct digest_index *index;
    struct known_incident incidents[KNOWN_MAX];
    int count;
    uint64_t touches, live; /* live: octets of all lines */
    bool dirty;
    char line[LINE_MAX_OCTETS];
};

struct digest known_key_of(const char *tracking)
{
    return digest_of("", tracking, strlen(tracking));
}

/* The table. */

struct known_incident *known_find(struct known *known, const struct digest *key)
{
    int at = digest_index_find(known->index, key);

    return at >= 0 ? &known->incidents[at] : NULL;
}

static int longest_untouched(const struct known *known)
{
    int oldest = 0;

    for (int i = 1; i < known->count; i++)
        if (known->incidents[i].touched < known->incidents[oldest].touched)
            oldest = i;
    return oldest;
}

static void drop_state(struct known *known, struct known_incident *incident)
{
    known->live -= incident->size;
    free(incident->state);
    incident->state = NULL;
    incident->size = 0;
}

struct known_incident *known_put(struct known *known, const struct digest *key)
{
    int at = digest_index_find(known->index, key);

    if (at >= 0)
        return &known->incidents[at];
    if (known->count < KNOWN_MAX) {
        at = known->count++;
    } else {
        at = longest_untouched(known);
        digest_index_drop(known->index, at);
        drop_state(known, &known->incidents[at]);
    }
    known->incidents[at] = (struct known_incident){.key = *key, .touched = ++known->touches};
    digest_index_put(known->index, at, key);
    return &known->incidents[at];
}

bool known_state(const struct known_incident *incident, struct event *state)
{
    return incident->state &&
           event_decode(state, incident->state, incident->size, INT64_MAX / 2, NULL, NULL) == 0;
}

/* Replaces an incident's state. */
static int replace_state(struct known *known, struct known_incident *incident, const char *text,
                         size_t size)
{
    char *copy = text ? malloc(size + 1) : NULL;

    if (text && !copy)
        return ERR_NOMEM;
    if (text) {
        memcpy(copy, text, size);
        copy[size] = '\0';
    }
    drop_state(known, incident);
    known->live += size;
    incident->state = copy;
    incident->size = size;
    incident->touched = ++known->touches;
    return 0;
}

int known_keep(struct known *known, struct known_incident *incident, const struct event *state)
{
    int size = state ? event_encode(state, known->line, sizeof known->line) : 0;

    if (size < 0 || replace_state(known, incident, state ? known->line : NULL, (size_t)size) != 0)
        return ERR_NOMEM;
    incident->seen_s = clock_wall_us() / 1000000;
    incident->dirty = known->dirty = true;
    return 0;
}

void known_each_joined(struct known *known, const struct digest *to,
                       void (*cb)(void *ctx, struct known_incident *incident), void *ctx)
{
    for (int i = 0; i < known->count; i++)
        if (digest_same(&known->incidents[i].merged, to) ||
            digest_same(&known->incidents[i].split, to))
            cb(ctx, &known->incidents[i]);
}

/* The journal: "KEY MERGED SPLIT FLAGS SECOND STATE". */

enum { FLAG_NUMBERED = 1, FLAG_WITHHELD = 2 };

static int write_down(struct known *known, struct known_incident *incident)
{
    char key[DIGEST_HEX + 1], merged[DIGEST_HEX + 1], split[DIGEST_HEX + 1];
    int flags = (incident->numbered ? FLAG_NUMBERED : 0) | (incident->withheld ? FLAG_WITHHELD : 0);
    int size;

    digest_write(key, &incident->key);
    digest_write(merged, &incident->merged);
    digest_write(split, &incident->split);
    size = snprintf(known->line, sizeof known->line, "%s %s %s %d %" PRId64 " %s\n", key, merged,
                    split, flags, incident->seen_s, incident->state ? incident->state : "");
    incident->dirty = false;
    return journal_add(&known->journal, known->line, (size_t)size);
}

/* A line that cannot be read is skipped: its incident is then not known. */
static void line_cb(void *ctx, char *line)
{
    struct known *known = ctx;
    char key[33], merged[33], split[33];
    int64_t seen_s;
    int flags, head = 0;
    struct known_incident read = {0}, *incident;

    if (sscanf(line, "%32[0-9a-f] %32[0-9a-f] %32[0-9a-f] %d %" SCNd64 " %n", key, merged, split,
               &flags, &seen_s, &head) != 5 ||
        !digest_read(&read.key, key) || !digest_read(&read.merged, merged) ||
        !digest_read(&read.split, split))
        return;
    incident = known_put(known, &read.key);
    incident->merged = read.merged;
    incident->split = read.split;
    incident->numbered = flags & FLAG_NUMBERED;
    incident->withheld = flags & FLAG_WITHHELD;
    incident->seen_s = seen_s;
    replace_state(known, incident, line[head] ? line + head : NULL, strlen(line + head));
}

/* Drops incidents of the journal that are too old. */
static void forget_old(struct known *known)
{
    int64_t oldest = clock_wall_us() / 1000000 - KNOWN_DAYS * INT64_C(86400);
    int kept = 0;

    for (int i = 0; i < known->count; i++) {
        if (known->incidents[i].seen_s < oldest) {
            drop_state(known, &known->incidents[i]);
            continue;
        }
        known->incidents[kept++] = known->incidents[i];
    }
    known->count = kept;
    digest_index_clear(known->index);
    for (int i = 0; i < kept; i++)
        digest_index_put(known->index, i, &known->incidents[i].key);
}

struct known *known_open(int dir, const char *mode, const struct journal_mark *mark,
                         struct error *error)
{
    struct known *known = calloc(1, sizeof *known);

    if (known)
        known->journal.fd = -1;
    if (!known || !(known->index = digest_index_new(KNOWN_MAX))) {
        error_set(error, ERR_NOMEM, "", "no memory");
    } else if (journal_open(&known->journal, dir, mode, "known", mark, line_cb, known, error) ==
               0) {
        forget_old(known);
        return known;
    }
    known_free(known);
    return NULL;
}

void known_forget(struct known *known)
{
    for (int i = 0; i < known->count; i++)
        free(known->incidents[i].state);
    known->count = 0;
    known->live = 0;
    digest_index_clear(known->index);
}

void known_free(struct known *known)
{
    if (!known)
        return;
    if (known->index)
        known_forget(known);
    journal_close(&known->journal);
    digest_index_free(known->index);
    free(known);
}

int known_sync(struct known *known, struct journal_mark *mark, struct error *error)
{
    bool anew = known->journal.mark.size > STALE_OCTETS + 4 * known->live;
    int err = 0;

    if (known->journal.dir < 0)
        return 0;
    if (known->dirty && anew)
        err = journal_renew(&known->journal, error);
    for (int i = 0; !err && known->dirty && i < known->count; i++)
        if ((anew || known->incidents[i].dirty) && write_down(known, &known->incidents[i]) != 0)
            err = error_set(error, ERR_NOMEM, "", "no memory");
    if (!err) {
        known->dirty = false;
        err = journal_sync(&known->journal, error);
    }
    *mark = known->journal.mark;
    return err;
}
