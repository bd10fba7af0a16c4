/* See seen.h. */
#include "seen.h"

#include <stdlib.h>
#include <string.h>

enum { LINE = 2 * DIGEST_HEX + 2, STALE = 8 };

/* A ring: a new entry replaces the oldest. */
struct seen {
    struct journal journal;
    struct {
        struct digest key, value;
    } item[SEEN_MAX];
    struct digest_index *index;
    int count, at;
};

const struct digest *seen_find(const struct seen *seen, const struct digest *key)
{
    int at = digest_index_find(seen->index, key);

    return at >= 0 ? &seen->item[at].value : NULL;
}

static void put(struct seen *seen, const struct digest *key, const struct digest *value)
{
    if (seen->count == SEEN_MAX)
        digest_index_drop(seen->index, seen->at);
    else
        seen->count++;
    seen->item[seen->at].key = *key;
    seen->item[seen->at].value = *value;
    digest_index_put(seen->index, seen->at, key);
    seen->at = (seen->at + 1) % SEEN_MAX;
}

static int write_down(struct seen *seen, const struct digest *key, const struct digest *value)
{
    char line[LINE + 1];

    digest_write(line, key);
    line[DIGEST_HEX] = ' ';
    digest_write(line + DIGEST_HEX + 1, value);
    line[LINE - 1] = '\n';
    return journal_add(&seen->journal, line, LINE);
}

int seen_add(struct seen *seen, const struct digest *key, const struct digest *value)
{
    put(seen, key, value);
    return write_down(seen, key, value);
}

static void line_cb(void *ctx, char *line)
{
    struct seen *seen = ctx;
    struct digest key, value;

    if (strlen(line) == LINE - 1 && digest_read(&key, line) &&
        digest_read(&value, line + DIGEST_HEX + 1) && !seen_find(seen, &key))
        put(seen, &key, &value);
}

struct seen *seen_open(int dir, const char *mode, const struct journal_mark *mark,
                       struct error *error)
{
    struct seen *seen = calloc(1, sizeof *seen);

    if (seen)
        seen->journal.fd = -1;
    if (!seen || !(seen->index = digest_index_new(SEEN_MAX)))
        error_set(error, ERR_NOMEM, "", "no memory");
    else if (journal_open(&seen->journal, dir, mode, "seen", mark, line_cb, seen, error) == 0)
        return seen;
    seen_free(seen);
    return NULL;
}

void seen_free(struct seen *seen)
{
    if (!seen)
        return;
    journal_close(&seen->journal);
    digest_index_free(seen->index);
    free(seen);
}

/* Most of the journal is stale. Only the entries of the ring are written again, the oldest
 * first. */
static int renew(struct seen *seen, struct error *error)
{
    int err = journal_renew(&seen->journal, error);

    for (int i = 0; !err && i < seen->count; i++) {
        int at = (seen->at + SEEN_MAX - seen->count + i) % SEEN_MAX;

        if (write_down(seen, &seen->item[at].key, &seen->item[at].value) != 0)
            err = error_set(error, ERR_NOMEM, "", "no memory");
    }
    return err;
}

int seen_sync(struct seen *seen, struct journal_mark *mark, struct error *error)
{
    int err = 0;

    if (seen->journal.dir < 0)
        return 0;
    if (seen->journal.pending_size > 0 &&
        seen->journal.mark.size > (uint64_t)STALE * LINE * SEEN_MAX)
        err = renew(seen, error);
    if (!err)
        err = journal_sync(&seen->journal, error);
    *mark = seen->journal.mark;
    return err;
}
