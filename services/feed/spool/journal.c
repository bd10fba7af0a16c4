/* See journal.h. */
#include "journal.h"

#include "files.h"
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void file_name(const struct journal *journal, uint64_t file, char out[96])
{
    snprintf(out, 96, "%s.%" PRIu64, journal->name, file);
}

static int open_file(struct journal *journal, int flags, struct error *error)
{
    char name[96];

    file_name(journal, journal->mark.file, name);
    journal->fd = openat(journal->dir, name, O_RDWR | O_CREAT | O_CLOEXEC | flags, 0600);
    if (journal->fd >= 0)
        return 0;
    return error_set(error, ERR_IO, "", "open %s: %s", name, strerror(errno));
}

/* Keeps only the file in use and the one before it. */
static void delete_older(const struct journal *journal)
{
    char name[96];

    for (uint64_t file = journal->mark.file; file > 2; file--) {
        file_name(journal, file - 2, name);
        if (unlinkat(journal->dir, name, 0) != 0)
            break;
    }
}

static void read_lines(char *text, size_t size, journal_line_cb line_cb, void *ctx)
{
    char *end = text + size, *line = text, *next;

    for (; line < end && (next = memchr(line, '\n', (size_t)(end - line))); line = next + 1) {
        *next = '\0';
        line_cb(ctx, line);
    }
}

static int load(struct journal *journal, journal_line_cb line_cb, void *ctx, struct error *error)
{
    struct stat stat;
    char *text;
    ssize_t got;

    if (fstat(journal->fd, &stat) != 0)
        return error_set(error, ERR_IO, "", "read %s: %s", journal->name, strerror(errno));
    if ((uint64_t)stat.st_size < journal->mark.size) {
        log_error("journal_short", "name=%s action=what_is_there", journal->name);
        journal->mark.size = (uint64_t)stat.st_size;
    }
    if ((uint64_t)stat.st_size > journal->mark.size &&
        ftruncate(journal->fd, (off_t)journal->mark.size) != 0)
        return error_set(error, ERR_IO, "", "cut %s: %s", journal->name, strerror(errno));
    text = malloc(journal->mark.size + 1);
    if (!text)
        return error_set(error, ERR_NOMEM, "", "no memory");
    got = files_read_at(journal->fd, text, journal->mark.size, 0);
    if (got > 0)
        read_lines(text, (size_t)got, line_cb, ctx);
    free(text);
    return got < 0 ? error_set(error, ERR_IO, "", "read %s: %s", journal->name, strerror(errno))
                   : 0;
}

int journal_open(struct journal *journal, int dir, const char *mode, const char *what,
                 const struct journal_mark *mark, journal_line_cb line_cb, void *ctx,
                 struct error *error)
{
    int err;

    *journal = (struct journal){.dir = dir, .fd = -1};
    if (dir < 0)
        return 0;
    journal->mark = *mark;
    snprintf(journal->name, sizeof journal->name, "%.16s.%.16s", mode, what);
    if (journal->mark.file == 0) {
        journal->mark = (struct journal_mark){.file = 1};
        return open_file(journal, O_TRUNC, error);
    }
    err = open_file(journal, 0, error);
    if (!err)
        err = load(journal, line_cb, ctx, error);
    if (!err)
        delete_older(journal);
    return err;
}

void journal_close(struct journal *journal)
{
    if (journal->fd >= 0)
        close(journal->fd);
    free(journal->pending);
    *journal = (struct journal){.dir = -1, .fd = -1};
}

int journal_add(struct journal *journal, const char *line, size_t size)
{
    size_t needed = journal->pending_size + size;

    if (journal->dir < 0)
        return 0;
    if (needed > journal->pending_room) {
        char *larger = realloc(journal->pending, needed * 2);

        if (!larger)
            return ERR_NOMEM;
        journal->pending = larger;
        journal->pending_room = needed * 2;
    }
    memcpy(journal->pending + journal->pending_size, line, size);
    journal->pending_size = needed;
    return 0;
}

int journal_sync(struct journal *journal, struct error *error)
{
    int err;

    if (journal->pending_size == 0)
        return 0;
    err = files_write_at(journal->fd, journal->pending, journal->pending_size,
                         (off_t)journal->mark.size, error);
    if (!err && fdatasync(journal->fd) != 0)
        err = error_set(error, ERR_IO, "", "sync %s: %s", journal->name, strerror(errno));
    if (err)
        return err;
    journal->mark.size += journal->pending_size;
    journal->pending_size = 0;
    return 0;
}

int journal_renew(struct journal *journal, struct error *error)
{
    struct journal_mark was = journal->mark;
    int old = journal->fd, err;

    journal->mark = (struct journal_mark){.file = was.file + 1};
    err = open_file(journal, O_TRUNC, error);
    if (!err && fsync(journal->dir) != 0) {
        err = error_set(error, ERR_IO, "", "sync the folder: %s", strerror(errno));
        close(journal->fd);
    }
    if (err) {
        journal->mark = was;
        journal->fd = old;
        return err;
    }
    close(old);
    journal->pending_size = 0;
    delete_older(journal);
    return 0;
}
