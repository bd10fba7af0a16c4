/* See snapshot.h. */
#include "snapshot.h"

#include "log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 80, STALE_OCTETS = 4 << 20 };

struct kept_row {
    struct digest row, incident;
    uint32_t seen; /* the version that had it last */
    bool used;
};

struct snapshot {
    struct journal journal;
    struct digest_index *index;     /* of rows */
    struct digest_index *incidents; /* incidents of a version, while it is being ended */
    struct kept_row *row;           /* SNAPSHOT_MAX of them */
    int *unused;                    /* a stack of their indexes */
    int unused_count, top;          /* top: rows from it on were never used */
    uint32_t version;
    bool dirty, anew, full;
};

static int live(const struct snapshot *snapshot)
{
    return snapshot->top - snapshot->unused_count;
}

static void note(struct snapshot *snapshot, char sign, const struct kept_row *row)
{
    char incident[DIGEST_HEX + 1], text[DIGEST_HEX + 1], line[LINE];
    int size;

    digest_write(text, &row->row);
    digest_write(incident, &row->incident);
    size = snprintf(line, sizeof line, "%c%s %s\n", sign, text, incident);
    if (snapshot->journal.dir >= 0 && journal_add(&snapshot->journal, line, (size_t)size) != 0)
        snapshot->anew = true; /* no memory: everything is written again at the next sync */
    snapshot->dirty = true;
}

static bool put(struct snapshot *snapshot, const struct kept_row *row)
{
    int at;

    if (snapshot->unused_count > 0)
        at = snapshot->unused[--snapshot->unused_count];
    else if (snapshot->top < SNAPSHOT_MAX)
        at = snapshot->top++;
    else
        return false;
    snapshot->row[at] = *row;
    snapshot->row[at].used = true;
    digest_index_put(snapshot->index, at, &row->row);
    return true;
}

static void drop(struct snapshot *snapshot, int at)
{
    digest_index_drop(snapshot->index, at);
    snapshot->row[at].used = false;
    snapshot->unused[snapshot->unused_count++] = at;
}

/* Reads "+ROW INCIDENT" or "-ROW INCIDENT". A bad line is skipped: its row is then sent again. */
static void line_cb(void *ctx, char *line)
{
    struct snapshot *snapshot = ctx;
    struct kept_row row = {0};
    int at;

    if (strlen(line) != 2 * DIGEST_HEX + 2 || !digest_read(&row.row, line + 1) ||
        !digest_read(&row.incident, line + DIGEST_HEX + 2))
        return;
    at = digest_index_find(snapshot->index, &row.row);
    if (*line == '+' && at < 0)
        put(snapshot, &row);
    else if (*line == '-' && at >= 0)
        drop(snapshot, at);
}

struct snapshot *snapshot_open(int dir, const char *mode, const struct journal_mark *mark,
                               struct error *error)
{
    struct snapshot *snapshot = calloc(1, sizeof *snapshot);

    if (snapshot) {
        snapshot->journal.fd = -1;
        snapshot->index = digest_index_new(SNAPSHOT_MAX);
        snapshot->incidents = digest_index_new(SNAPSHOT_MAX);
        snapshot->row = calloc(SNAPSHOT_MAX, sizeof *snapshot->row);
        snapshot->unused = calloc(SNAPSHOT_MAX, sizeof *snapshot->unused);
    }
    if (!snapshot || !snapshot->index || !snapshot->incidents || !snapshot->row ||
        !snapshot->unused)
        error_set(error, ERR_NOMEM, "", "no memory");
    else if (journal_open(&snapshot->journal, dir, mode, "rows", mark, line_cb, snapshot, error) ==
             0)
        return snapshot;
    snapshot_free(snapshot);
    return NULL;
}

void snapshot_free(struct snapshot *snapshot)
{
    if (!snapshot)
        return;
    journal_close(&snapshot->journal);
    digest_index_free(snapshot->index);
    digest_index_free(snapshot->incidents);
    free(snapshot->row);
    free(snapshot->unused);
    free(snapshot);
}

void snapshot_begin(struct snapshot *snapshot)
{
    snapshot->version++;
    snapshot->full = false;
}

bool snapshot_knows(struct snapshot *snapshot, const char *incident, const char *text, size_t size)
{
    struct kept_row row = {.row = digest_of("row", text, size), .seen = snapshot->version};
    int at = digest_index_find(snapshot->index, &row.row);

    if (at >= 0) {
        snapshot->row[at].seen = snapshot->version;
        return true;
    }
    if (*incident)
        row.incident = digest_of("incident", incident, strlen(incident));
    if (put(snapshot, &row)) {
        note(snapshot, '+', &row);
    } else if (!snapshot->full) {
        snapshot->full = true;
        log_warn("snapshot_large", "most=%d action=the_rest_is_told_in_each_version", SNAPSHOT_MAX);
    }
    return false;
}

uint64_t snapshot_end(struct snapshot *snapshot)
{
    static const struct digest none;
    uint64_t vanished = 0;

    digest_index_clear(snapshot->incidents);
    for (int i = 0; i < snapshot->top; i++)
        if (snapshot->row[i].used && snapshot->row[i].seen == snapshot->version &&
            digest_index_find(snapshot->incidents, &snapshot->row[i].incident) < 0)
            digest_index_put(snapshot->incidents, i, &snapshot->row[i].incident);
    for (int i = 0; i < snapshot->top; i++) {
        struct kept_row *row = &snapshot->row[i];

        if (!row->used || row->seen == snapshot->version)
            continue;
        if (!digest_same(&row->incident, &none) &&
            digest_index_find(snapshot->incidents, &row->incident) < 0) {
            vanished++;
            digest_index_put(snapshot->incidents, i, &row->incident); /* counted once */
        }
        note(snapshot, '-', row);
        drop(snapshot, i);
    }
    return vanished;
}

void snapshot_forget(struct snapshot *snapshot)
{
    digest_index_clear(snapshot->index);
    memset(snapshot->row, 0, (size_t)snapshot->top * sizeof *snapshot->row);
    snapshot->top = snapshot->unused_count = 0;
    snapshot->anew = snapshot->dirty = true;
}

int snapshot_sync(struct snapshot *snapshot, struct journal_mark *mark, struct error *error)
{
    uint64_t most = STALE_OCTETS + (uint64_t)live(snapshot) * 4 * LINE;
    int err = 0;

    if (snapshot->journal.dir < 0) {
        snapshot->dirty = false;
        return 0;
    }
    if (snapshot->dirty && (snapshot->anew || snapshot->journal.mark.size > most)) {
        err = journal_renew(&snapshot->journal, error);
        snapshot->anew = err != 0;
        for (int i = 0; !err && i < snapshot->top; i++)
            if (snapshot->row[i].used)
                note(snapshot, '+', &snapshot->row[i]);
        if (!err && snapshot->anew)
            err = error_set(error, ERR_NOMEM, "", "no memory");
    }
    if (!err)
        err = journal_sync(&snapshot->journal, error);
    if (!err)
        snapshot->dirty = false;
    *mark = snapshot->journal.mark;
    return err;
}

bool snapshot_is_dirty(const struct snapshot *snapshot)
{
    return snapshot->dirty;
}
