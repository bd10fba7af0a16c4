/* See seen.h. */
#include "seen.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 65536, LINE = 4 * SEEN_DIGEST + 2, STALE = 8 };

/* A ring: the next one written is the oldest. */
struct seen {
    bool in_memory;
    struct journal journal;
    struct {
        struct seen_digest key, value;
        int next; /* of the same slot, or -1 */
    } item[SEEN_MAX];
    int slots[SLOTS];
    int count, at;
};

struct seen_digest seen_digest_of(const char *what, const void *text, size_t size)
{
    struct seen_digest digest;

    crypto_generichash(digest.octets, sizeof digest.octets, text, size, (const unsigned char *)what,
                       strlen(what));
    return digest;
}

static int *slot_of(struct seen *seen, const struct seen_digest *key)
{
    uint16_t at;

    memcpy(&at, key->octets, sizeof at);
    return &seen->slots[at];
}

static bool same(const struct seen_digest *a, const struct seen_digest *b)
{
    return memcmp(a->octets, b->octets, sizeof a->octets) == 0;
}

const struct seen_digest *seen_find(struct seen *seen, const struct seen_digest *key)
{
    int at = *slot_of(seen, key);

    while (at >= 0 && !same(&seen->item[at].key, key))
        at = seen->item[at].next;
    return at >= 0 ? &seen->item[at].value : NULL;
}

static void put(struct seen *seen, const struct seen_digest *key, const struct seen_digest *value)
{
    int *slot = slot_of(seen, key), at = seen->at;

    if (seen->count == SEEN_MAX) {
        int *from = slot_of(seen, &seen->item[at].key);

        while (*from != at)
            from = &seen->item[*from].next;
        *from = seen->item[at].next;
    } else {
        seen->count++;
    }
    seen->item[at].key = *key;
    seen->item[at].value = *value;
    seen->item[at].next = *slot;
    *slot = at;
    seen->at = (at + 1) % SEEN_MAX;
}

static int write_down(struct seen *seen, const struct seen_digest *key,
                      const struct seen_digest *value)
{
    char line[LINE + 1];

    sodium_bin2hex(line, sizeof line, key->octets, SEEN_DIGEST);
    line[2 * SEEN_DIGEST] = ' ';
    sodium_bin2hex(line + 2 * SEEN_DIGEST + 1, 2 * SEEN_DIGEST + 1, value->octets, SEEN_DIGEST);
    line[LINE - 1] = '\n';
    return journal_add(&seen->journal, line, LINE);
}

int seen_add(struct seen *seen, const struct seen_digest *key, const struct seen_digest *value)
{
    put(seen, key, value);
    return seen->in_memory ? 0 : write_down(seen, key, value);
}

static void line_cb(void *ctx, char *line)
{
    struct seen *seen = ctx;
    struct seen_digest key, value;
    size_t size;

    if (strlen(line) == LINE - 1 &&
        sodium_hex2bin(key.octets, SEEN_DIGEST, line, 2 * SEEN_DIGEST, NULL, &size, NULL) == 0 &&
        sodium_hex2bin(value.octets, SEEN_DIGEST, line + 2 * SEEN_DIGEST + 1, 2 * SEEN_DIGEST, NULL,
                       &size, NULL) == 0 &&
        !seen_find(seen, &key))
        put(seen, &key, &value);
}

struct seen *seen_open(int dir, const char *mode, const struct journal_mark *mark,
                       struct fault *fault)
{
    struct seen *seen = calloc(1, sizeof *seen);
    char name[32];

    if (!seen) {
        fault_set(fault, ERR_NOMEM, "", "no memory");
        return NULL;
    }
    memset(seen->slots, 0xff, sizeof seen->slots);
    seen->in_memory = dir < 0;
    seen->journal.fd = -1;
    snprintf(name, sizeof name, "%.16s.seen", mode);
    if (!seen->in_memory &&
        journal_open(&seen->journal, dir, name, mark, line_cb, seen, fault) != 0) {
        seen_free(seen);
        return NULL;
    }
    return seen;
}

void seen_free(struct seen *seen)
{
    if (!seen)
        return;
    journal_close(&seen->journal);
    free(seen);
}

/* Most of the journal is stale: only what the ring holds is written again, the oldest first. */
static int renew(struct seen *seen, struct fault *fault)
{
    int err = journal_renew(&seen->journal, fault);

    for (int i = 0; !err && i < seen->count; i++) {
        int at = (seen->at + SEEN_MAX - seen->count + i) % SEEN_MAX;

        if (write_down(seen, &seen->item[at].key, &seen->item[at].value) != 0)
            err = fault_set(fault, ERR_NOMEM, "", "no memory");
    }
    return err;
}

int seen_sync(struct seen *seen, struct journal_mark *mark, struct fault *fault)
{
    int err = 0;

    if (seen->in_memory)
        return 0;
    if (seen->journal.pending_size > 0 &&
        seen->journal.mark.size > (uint64_t)STALE * LINE * SEEN_MAX)
        err = renew(seen, fault);
    if (!err)
        err = journal_sync(&seen->journal, fault);
    *mark = seen->journal.mark;
    return err;
}
