/* See refused.h. */
#include "refused.h"

#include "files.h"
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER = 2 * (RECORD_HEADER + RECORD_MAX) };

static struct refused_entry *find(const struct refused *refused, uint64_t seq)
{
    if (seq > refused->highest)
        return NULL;
    for (size_t i = refused->count; i > 0; i--)
        if (refused->entry[i - 1].seq == seq)
            return &refused->entry[i - 1];
    return NULL;
}

static int remember(struct refused *refused, uint64_t seq, uint64_t offset)
{
    if (refused->count == refused->room) {
        size_t room = refused->room ? refused->room * 2 : 64;
        void *larger = reallocarray(refused->entry, room, sizeof *refused->entry);

        if (!larger)
            return ERR_NOMEM;
        refused->entry = larger;
        refused->room = room;
    }
    refused->entry[refused->count++] = (struct refused_entry){seq, offset, false};
    if (seq > refused->highest)
        refused->highest = seq;
    return 0;
}

static void forget(struct refused *refused, uint64_t seq)
{
    size_t kept = 0;

    for (size_t i = 0; i < refused->count; i++)
        if (refused->entry[i].seq != seq)
            refused->entry[kept++] = refused->entry[i];
    refused->count = kept;
}

/* How many octets to skip in search of the next valid record; 0 if none follows. */
static size_t pass_damage(const struct refused *refused, size_t size)
{
    size_t ahead = record_find(refused->buffer, size, refused->key);

    return ahead < size ? ahead : size == BUFFER ? BUFFER / 2 : 0;
}

/* Reads the file once, record by record. size becomes the end of the last valid one. */
static int scan(struct refused *refused)
{
    struct record record;
    uint64_t at = 0, read = 0;
    ssize_t got;
    size_t octets;
    int err = 0;

    while (!err && (got = files_read_at(refused->fd, refused->buffer, BUFFER, (off_t)at)) > 0) {
        long whole = record_get(&record, refused->buffer, (size_t)got, refused->key);

        octets = whole > 0 ? (size_t)whole : pass_damage(refused, (size_t)got);
        if (octets == 0)
            break;
        if (whole > 0 && record.type == RECORD_REFUSED)
            err = remember(refused, record.seq, at);
        else if (whole > 0)
            forget(refused, record.seq);
        at += octets;
        if (whole > 0) {
            refused->size = at;
            read += octets;
        }
    }
    if (refused->size > read)
        log_warn("refused_damaged", "octets=%" PRIu64, refused->size - read);
    return err;
}

int refused_open(struct refused *refused, int dir, const unsigned char key[RECORD_KEY],
                 struct error *error)
{
    off_t end;

    *refused = (struct refused){.fd = -1};
    memcpy(refused->key, key, RECORD_KEY);
    refused->buffer = malloc(BUFFER);
    if (!refused->buffer)
        return error_set(error, ERR_NOMEM, "", "no memory");
    refused->fd = openat(dir, "refused.rec", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (refused->fd < 0)
        return error_set(error, ERR_IO, "", "refused.rec: %s", strerror(errno));
    if (scan(refused) != 0)
        return error_set(error, ERR_NOMEM, "", "no memory");
    end = lseek(refused->fd, 0, SEEK_END);
    if (end > (off_t)refused->size) {
        log_warn("refused_cut", "octets=%lld", (long long)(end - (off_t)refused->size));
        if (ftruncate(refused->fd, (off_t)refused->size) != 0)
            return error_set(error, ERR_IO, "", "refused.rec: %s", strerror(errno));
    }
    return 0;
}

void refused_close(struct refused *refused)
{
    if (refused->fd >= 0)
        close(refused->fd);
    free(refused->entry);
    free(refused->buffer);
    *refused = (struct refused){.fd = -1};
}

/* Appends the record in buffer, which has so many octets. */
static int append(struct refused *refused, size_t octets, struct error *error)
{
    int err = files_write_at(refused->fd, refused->buffer, octets, (off_t)refused->size, error);

    if (!err && fdatasync(refused->fd) != 0)
        err = error_set(error, ERR_IO, "", "refused.rec: %s", strerror(errno));
    if (!err)
        refused->size += octets;
    return err;
}

int refused_add(struct refused *refused, uint64_t seq, const char *code, const char *field,
                const char *reason, const char *body, size_t size, struct error *error)
{
    char *content;
    struct record record = {.type = RECORD_REFUSED, .seq = seq};
    uint64_t offset = refused->size;
    int err, head;

    if (find(refused, seq))
        return 0;
    content = malloc(RECORD_MAX);
    if (!content)
        return error_set(error, ERR_NOMEM, "", "no memory");
    head = snprintf(content, 512, "%s%c%s%c%s%c", code, 0, field, 0, reason, 0);
    if (head >= 512 || (size_t)head + size > RECORD_MAX) {
        free(content);
        return error_set(error, ERR_SIZE, "", "too long for the reject store");
    }
    memcpy(content + head, body, size);
    record.content = content;
    record.size = (size_t)head + size;
    err = append(refused, record_put(refused->buffer, &record, refused->key), error);
    free(content);
    return err ? err : remember(refused, seq, offset);
}

void refused_ask(struct refused *refused, uint64_t seq)
{
    struct refused_entry *entry = find(refused, seq);

    if (entry)
        entry->asked = true;
}

int refused_release(struct refused *refused, uint64_t first, uint64_t last, struct error *error)
{
    size_t kept = 0;
    int err = 0;

    for (size_t i = 0; i < refused->count; i++) {
        struct record record = {.type = RECORD_RELEASED, .seq = refused->entry[i].seq};
        bool goes = refused->entry[i].asked && record.seq >= first && record.seq <= last;

        if (goes && !err)
            err = append(refused, record_put(refused->buffer, &record, refused->key), error);
        if (!goes || err)
            refused->entry[kept++] = refused->entry[i];
    }
    refused->count = kept;
    return err;
}

int refused_read(struct refused *refused, uint64_t seq, const char **body, size_t *size)
{
    const struct refused_entry *entry = find(refused, seq);
    struct record record;
    const char *at;
    ssize_t got;

    if (!entry)
        return ERR_ABSENT;
    got = files_read_at(refused->fd, refused->buffer, BUFFER, (off_t)entry->offset);
    if (got <= 0 || record_get(&record, refused->buffer, (size_t)got, refused->key) <= 0)
        return ERR_ABSENT;
    at = record.content;
    for (int part = 0; part < 3; part++)
        at += strlen(at) + 1;
    *body = at;
    *size = record.size - (size_t)(at - record.content);
    return 0;
}

uint64_t refused_count(const struct refused *refused, uint64_t first, uint64_t last)
{
    uint64_t count = 0;

    for (size_t i = 0; i < refused->count; i++)
        count += refused->entry[i].seq >= first && refused->entry[i].seq <= last;
    return count;
}
