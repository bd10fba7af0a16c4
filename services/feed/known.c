/* See known.h. */
#include "known.h"

#include "clock.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 16384, LINE_MAX_OCTETS = EVENT_MAX_OCTETS + 256, STALE_OCTETS = 4 << 20 };

struct known {
    bool in_memory;
    struct journal journal;
    int slots[SLOTS];
    struct known_incident incidents[KNOWN_MAX];
    int count;
    uint64_t touches, live; /* live: octets of all lines */
    bool dirty;
    char line[LINE_MAX_OCTETS];
};

/* Keys. */

struct known_key known_key_of(const char *tracking)
{
    struct known_key key;

    crypto_generichash(key.octets, sizeof key.octets, (const unsigned char *)tracking,
                       strlen(tracking), NULL, 0);
    return key;
}

bool known_key_given(const struct known_key *key)
{
    return !sodium_is_zero(key->octets, sizeof key->octets);
}

static bool same_key(const struct known_key *a, const struct known_key *b)
{
    return memcmp(a->octets, b->octets, sizeof a->octets) == 0;
}

static int *slot_of(struct known *known, const struct known_key *key)
{
    uint16_t at;

    memcpy(&at, key->octets, sizeof at);
    return &known->slots[at % SLOTS];
}

/* The table. */

struct known_incident *known_find(struct known *known, const struct known_key *key)
{
    int at = *slot_of(known, key);

    while (at >= 0 && !same_key(&known->incidents[at].key, key))
        at = known->incidents[at].next;
    return at >= 0 ? &known->incidents[at] : NULL;
}

static void unlink_incident(struct known *known, const struct known_incident *incident)
{
    int *at = slot_of(known, &incident->key);

    while (&known->incidents[*at] != incident)
        at = &known->incidents[*at].next;
    *at = incident->next;
}

static struct known_incident *longest_untouched(struct known *known)
{
    struct known_incident *oldest = &known->incidents[0];

    for (int i = 1; i < known->count; i++)
        if (known->incidents[i].touched < oldest->touched)
            oldest = &known->incidents[i];
    return oldest;
}

struct known_incident *known_put(struct known *known, const struct known_key *key)
{
    struct known_incident *incident = known_find(known, key);
    int *slot = slot_of(known, key);

    if (incident)
        return incident;
    if (known->count < KNOWN_MAX) {
        incident = &known->incidents[known->count++];
    } else {
        incident = longest_untouched(known);
        unlink_incident(known, incident);
        known->live -= incident->size;
        free(incident->state);
        incident->state = NULL;
    }
    *incident = (struct known_incident){.key = *key, .next = *slot, .touched = ++known->touches};
    *slot = (int)(incident - known->incidents);
    return incident;
}

bool known_state(const struct known_incident *incident, struct event *state)
{
    return incident->state &&
           event_decode(state, incident->state, incident->size, INT64_MAX / 2, NULL, NULL) == 0;
}

/* Puts a state in its place. */
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
    known->live += size - incident->size;
    free(incident->state);
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

void known_each_joined(struct known *known, const struct known_key *to,
                       void (*cb)(void *ctx, struct known_incident *incident), void *ctx)
{
    for (int i = 0; i < known->count; i++)
        if (same_key(&known->incidents[i].merged, to) || same_key(&known->incidents[i].split, to))
            cb(ctx, &known->incidents[i]);
}

/* The journal: "KEY MERGED SPLIT FLAGS SECOND STATE". */

enum { FLAG_NUMBERED = 1, FLAG_WITHHELD = 2 };

static void put_key(char out[2 * KNOWN_KEY + 1], const struct known_key *key)
{
    sodium_bin2hex(out, 2 * KNOWN_KEY + 1, key->octets, KNOWN_KEY);
}

static bool get_key(struct known_key *key, const char *text)
{
    size_t size;

    return sodium_hex2bin(key->octets, KNOWN_KEY, text, 2 * KNOWN_KEY, NULL, &size, NULL) == 0 &&
           size == KNOWN_KEY;
}

static int write_down(struct known *known, struct known_incident *incident)
{
    char key[2 * KNOWN_KEY + 1], merged[2 * KNOWN_KEY + 1], split[2 * KNOWN_KEY + 1];
    int flags = (incident->numbered ? FLAG_NUMBERED : 0) | (incident->withheld ? FLAG_WITHHELD : 0);
    int size;

    put_key(key, &incident->key);
    put_key(merged, &incident->merged);
    put_key(split, &incident->split);
    size = snprintf(known->line, sizeof known->line, "%s %s %s %d %" PRId64 " %s\n", key, merged,
                    split, flags, incident->seen_s, incident->state ? incident->state : "");
    incident->dirty = false;
    return journal_add(&known->journal, known->line, (size_t)size);
}

/* A line that cannot be read is passed over: its incident is then not known. */
static void line_cb(void *ctx, char *line)
{
    struct known *known = ctx;
    char key[33], merged[33], split[33];
    int64_t seen_s;
    int flags, head = 0;
    struct known_incident read = {0}, *incident;

    if (sscanf(line, "%32[0-9a-f] %32[0-9a-f] %32[0-9a-f] %d %" SCNd64 " %n", key, merged, split,
               &flags, &seen_s, &head) != 5 ||
        !get_key(&read.key, key) || !get_key(&read.merged, merged) || !get_key(&read.split, split))
        return;
    incident = known_put(known, &read.key);
    incident->merged = read.merged;
    incident->split = read.split;
    incident->numbered = flags & FLAG_NUMBERED;
    incident->withheld = flags & FLAG_WITHHELD;
    incident->seen_s = seen_s;
    replace_state(known, incident, line[head] ? line + head : NULL, strlen(line + head));
}

/* Forgets what was read but is too old. */
static void forget_old(struct known *known)
{
    int64_t oldest = clock_wall_us() / 1000000 - KNOWN_DAYS * INT64_C(86400);
    int kept = 0;

    for (int i = 0; i < known->count; i++) {
        if (known->incidents[i].seen_s < oldest) {
            known->live -= known->incidents[i].size;
            free(known->incidents[i].state);
            continue;
        }
        known->incidents[kept++] = known->incidents[i];
    }
    memset(known->slots, 0xff, sizeof known->slots);
    known->count = kept;
    for (int i = 0; i < kept; i++) {
        int *slot = slot_of(known, &known->incidents[i].key);

        known->incidents[i].next = *slot;
        *slot = i;
    }
}

struct known *known_open(int dir, const char *mode, const struct journal_mark *mark,
                         struct fault *fault)
{
    struct known *known = calloc(1, sizeof *known);
    char name[32];

    if (!known) {
        fault_set(fault, ERR_NOMEM, "", "no memory");
        return NULL;
    }
    memset(known->slots, 0xff, sizeof known->slots);
    known->in_memory = dir < 0;
    known->journal.fd = -1;
    snprintf(name, sizeof name, "%.16s.known", mode);
    if (!known->in_memory &&
        journal_open(&known->journal, dir, name, mark, line_cb, known, fault) != 0) {
        known_free(known);
        return NULL;
    }
    forget_old(known);
    return known;
}

void known_forget(struct known *known)
{
    for (int i = 0; i < known->count; i++)
        free(known->incidents[i].state);
    known->count = 0;
    known->live = 0;
    memset(known->slots, 0xff, sizeof known->slots);
}

void known_free(struct known *known)
{
    if (!known)
        return;
    known_forget(known);
    journal_close(&known->journal);
    free(known);
}

int known_sync(struct known *known, struct journal_mark *mark, struct fault *fault)
{
    bool anew = known->journal.mark.size > STALE_OCTETS + 4 * known->live;
    int err = 0;

    if (known->in_memory)
        return 0;
    if (known->dirty && anew)
        err = journal_renew(&known->journal, fault);
    for (int i = 0; !err && known->dirty && i < known->count; i++)
        if ((anew || known->incidents[i].dirty) && write_down(known, &known->incidents[i]) != 0)
            err = fault_set(fault, ERR_NOMEM, "", "no memory");
    if (!err) {
        known->dirty = false;
        err = journal_sync(&known->journal, fault);
    }
    *mark = known->journal.mark;
    return err;
}
