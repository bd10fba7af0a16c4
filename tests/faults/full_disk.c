/*
 * full_disk: a library preloaded into PostgreSQL where a test may not mount a small disk, and into
 * the agent. While the file $FULL_DISK.full exists, no file below the folder $FULL_DISK can grow:
 * writes fail with ENOSPC, as on a full disk. While $FULL_DISK.broken exists, they fail with EIO.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static bool exists(const char *folder, const char *end)
{
    char flag[4096];

    snprintf(flag, sizeof flag, "%s.%s", folder, end);
    return access(flag, F_OK) == 0;
}

/* The errno of a write up to that octet; 0: it is made. */
static int failure(int fd, off_t end)
{
    const char *folder = getenv("FULL_DISK");
    char name[64], path[4096];
    struct stat file;
    int why = !folder ? 0 : exists(folder, "full") ? ENOSPC : exists(folder, "broken") ? EIO : 0;

    if (!why)
        return 0;
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(name, path, sizeof path - 1);
    if (size < 0 || strncmp(path, folder, strlen(folder)) != 0)
        return 0;
    return fstat(fd, &file) == 0 && end > file.st_size ? why : 0;
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at)
{
    int why = failure(fd, at + (off_t)size);

    if (why) {
        errno = why;
        return -1;
    }
    return syscall(SYS_pwrite64, fd, data, size, at);
}

ssize_t pwritev(int fd, const struct iovec *part, int count, off_t at)
{
    off_t end = at;
    int why;

    for (int i = 0; i < count; i++)
        end += (off_t)part[i].iov_len;
    why = failure(fd, end);
    if (why) {
        errno = why;
        return -1;
    }
    return syscall(SYS_pwritev, fd, part, count, at, 0L);
}

int posix_fallocate(int fd, off_t at, off_t size)
{
    int why = failure(fd, at + size);

    if (why)
        return why;
    return syscall(SYS_fallocate, fd, 0, at, size) == 0 ? 0 : errno;
}

ssize_t pwrite64(int, const void *, size_t, off_t) __attribute__((alias("pwrite")));
ssize_t pwritev64(int, const struct iovec *, int, off_t) __attribute__((alias("pwritev")));
int posix_fallocate64(int, off_t, off_t) __attribute__((alias("posix_fallocate")));
