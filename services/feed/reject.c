/* See reject.h. */
#include "reject.h"

#include "clock.h"
#include "event.h"
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REJECT_MAX (UINT64_C(64) << 20)

int reject_open(struct reject *reject, const char *path, uint64_t known, struct fault *fault)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    struct stat stat;

    *reject = (struct reject){0};
    snprintf(reject->path, sizeof reject->path, "%s", path);
    if (fd >= 0 && fstat(fd, &stat) == 0) {
        reject->size = (uint64_t)stat.st_size;
        if (known < reject->size && ftruncate(fd, (off_t)known) == 0)
            reject->size = known;
        reject->file = fdopen(fd, "a");
    }
    if (reject->file)
        return 0;
    if (fd >= 0)
        close(fd);
    return fault_set(fault, ERR_IO, "reject_file", "%s: %s", path, strerror(errno));
}

void reject_close(struct reject *reject)
{
    if (reject->file)
        fclose(reject->file);
    reject->file = NULL;
}

void reject_add(struct reject *reject, const char *input, uint64_t line, const struct fault *why)
{
    char now[32];
    int wrote;

    event_time_format(clock_wall_us(), now);
    wrote = fprintf(reject->file, "%s\t%s\t%" PRIu64 "\t%s\t%s\t%s\n", now, input, line, why->field,
                    err_name(why->code), why->reason);
    reject->dirty = true;
    if (wrote > 0)
        reject->size += (uint64_t)wrote;
}

static void begin_anew(struct reject *reject)
{
    char old[sizeof reject->path + 2];
    struct fault fault;

    snprintf(old, sizeof old, "%s.1", reject->path);
    fclose(reject->file);
    reject->file = NULL;
    if (rename(reject->path, old) != 0)
        log_warn("reject_file", "errno=%d", errno);
    strcpy(old, reject->path);
    if (reject_open(reject, old, UINT64_MAX, &fault) != 0)
        log_error("reject_file", "errno=%d", errno);
}

uint64_t reject_sync(struct reject *reject)
{
    if (!reject->dirty)
        return reject->size;
    reject->dirty = false;
    if (fflush(reject->file) != 0 || fdatasync(fileno(reject->file)) != 0)
        log_warn("reject_file", "errno=%d", errno);
    if (reject->size > REJECT_MAX)
        begin_anew(reject);
    return reject->size;
}
