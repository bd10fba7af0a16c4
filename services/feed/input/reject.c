/* See reject.h. */
#include "reject.h"

#include "clock.h"
#include "event.h"
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REJECT_MAX (UINT64_C(64) << 20)
enum { LINE_MAX_OCTETS = 1024 };

static int io_error(const struct reject *reject, struct error *error)
{
    const char *slash = strrchr(reject->path, '/');

    return error_set(error, ERR_IO, "reject_file", "%.80s: %s", slash ? slash + 1 : reject->path,
                     strerror(errno));
}

static int open_file(struct reject *reject, uint64_t known, struct error *error)
{
    struct stat stat;

    reject->fd = open(reject->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (reject->fd < 0 || fstat(reject->fd, &stat) != 0)
        return io_error(reject, error);
    reject->size = (uint64_t)stat.st_size;
    if (known < reject->size && ftruncate(reject->fd, (off_t)known) == 0)
        reject->size = known;
    return 0;
}

int reject_open(struct reject *reject, const char *path, uint64_t known, struct error *error)
{
    *reject = (struct reject){.fd = -1};
    snprintf(reject->path, sizeof reject->path, "%s", path);
    return open_file(reject, known, error);
}

void reject_close(struct reject *reject)
{
    if (!reject->path[0])
        return;
    if (reject->fd >= 0)
        close(reject->fd);
    free(reject->lines);
    *reject = (struct reject){.fd = -1};
}

int reject_add(struct reject *reject, const char *input, uint64_t line, const struct error *why)
{
    char now[32];
    int wrote;

    if (reject->lines_size + LINE_MAX_OCTETS > reject->lines_room) {
        size_t room = (reject->lines_size + LINE_MAX_OCTETS) * 2;
        char *larger = realloc(reject->lines, room);

        if (!larger)
            return ERR_NOMEM;
        reject->lines = larger;
        reject->lines_room = room;
    }
    event_time_format(clock_wall_us(), now);
    wrote = snprintf(reject->lines + reject->lines_size, LINE_MAX_OCTETS,
                     "%s\t%.400s\t%" PRIu64 "\t%s\t%s\t%s\n", now, input, line, why->field,
                     err_name(why->code), why->reason);
    reject->lines_size += (size_t)wrote;
    return 0;
}

static void begin_anew(struct reject *reject)
{
    char old[sizeof reject->path + 2];

    snprintf(old, sizeof old, "%s.1", reject->path);
    close(reject->fd);
    reject->fd = -1;
    if (rename(reject->path, old) != 0)
        log_warn("reject_file", "errno=%d", errno);
    reject->size = 0;
}

int reject_sync(struct reject *reject, struct error *error)
{
    if (reject->lines_size == 0 && !reject->dirty)
        return 0;
    if (reject->fd < 0 && open_file(reject, UINT64_MAX, error) != 0)
        return ERR_IO;
    while (reject->lines_size > 0) {
        ssize_t wrote = write(reject->fd, reject->lines, reject->lines_size);

        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return io_error(reject, error);
        reject->dirty = true;
        reject->size += (uint64_t)wrote;
        reject->lines_size -= (size_t)wrote;
        memmove(reject->lines, reject->lines + wrote, reject->lines_size);
    }
    if (fdatasync(reject->fd) != 0)
        return io_error(reject, error);
    reject->dirty = false;
    if (reject->size > REJECT_MAX)
        begin_anew(reject);
    return 0;
}
