/*
 * full_disk: a library preloaded into PostgreSQL where a test may not mount a small disk. While the
 * file $FULL_DISK.full exists, no file below the folder $FULL_DISK can grow: writes fail with
 * ENOSPC, as on a full disk.
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

static bool no_room(int fd, off_t end)
{
    const char *folder = getenv("FULL_DISK");
    char name[64], path[4096], flag[4096];
    struct stat file;

    if (!folder)
        return false;
    snprintf(flag, sizeof flag, "%s.full", folder);
    if (access(flag, F_OK) != 0)
        return false;
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(name, path, sizeof path - 1);
    if (size < 0 || strncmp(path, folder, strlen(folder)) != 0)
        return false;
    return fstat(fd, &file) == 0 && end > file.st_size;
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at)
{
    if (no_room(fd, at + (off_t)size)) {
        errno = ENOSPC;
        return -1;
    }
    return syscall(SYS_pwrite64, fd, data, size, at);
}

ssize_t pwritev(int fd, const struct iovec *part, int count, off_t at)
{
    off_t end = at;

    for (int i = 0; i < count; i++)
        end += (off_t)part[i].iov_len;
    if (no_room(fd, end)) {
        errno = ENOSPC;
        return -1;
    }
    return syscall(SYS_pwritev, fd, part, count, at, 0L);
}

int posix_fallocate(int fd, off_t at, off_t size)
{
    if (no_room(fd, at + size))
        return ENOSPC;
    return syscall(SYS_fallocate, fd, 0, at, size) == 0 ? 0 : errno;
}

ssize_t pwrite64(int, const void *, size_t, off_t) __attribute__((alias("pwrite")));
ssize_t pwritev64(int, const struct iovec *, int, off_t) __attribute__((alias("pwritev")));
int posix_fallocate64(int, off_t, off_t) __attribute__((alias("posix_fallocate")));
