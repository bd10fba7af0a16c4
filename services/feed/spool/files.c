/* See files.h. */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int io_error(struct error *error, const char *what, const char *name)
{
    return error_set(error, ERR_IO, "", "%s %s: %s", what, name, strerror(errno));
}

int files_make_dir(const char *path, struct error *error)
{
    char part[4096];

    if (snprintf(part, sizeof part, "%s", path) >= (int)sizeof part)
        return error_set(error, ERR_SIZE, "", "the path is too long");
    for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(part, 0700) != 0 && errno != EEXIST)
            return io_error(error, "make directory", part);
        *slash = '/';
    }
    if (mkdir(part, 0700) != 0 && errno != EEXIST)
        return io_error(error, "make directory", part);
    return 0;
}

int files_replace(int dir, const char *name, const char *text, size_t size, struct error *error)
{
    char beside[300];
    int fd, err;

    snprintf(beside, sizeof beside, "%s.new", name);
    fd = openat(dir, beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return io_error(error, "make", beside);
    err = files_write_at(fd, text, size, 0, error);
    if (!err && fdatasync(fd) != 0)
        err = io_error(error, "sync", beside);
    close(fd);
    if (!err && (renameat(dir, beside, dir, name) != 0 || fsync(dir) != 0))
        err = io_error(error, "replace", name);
    return err;
}

int files_read(int dir, const char *name, char *out, size_t room)
{
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
    ssize_t got;

    *out = '\0';
    if (fd < 0)
        return errno == ENOENT ? ERR_ABSENT : ERR_IO;
    got = files_read_at(fd, out, room, 0);
    close(fd);
    if (got < 0)
        return ERR_IO;
    if ((size_t)got == room) {
        *out = '\0';
        return ERR_SIZE;
    }
    out[got] = '\0';
    return 0;
}

int files_write_at(int fd, const char *data, size_t size, off_t at, struct error *error)
{
    while (size > 0) {
        ssize_t wrote = pwrite(fd, data, size, at);

        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return io_error(error, "write", "the spool");
        data += wrote;
        at += wrote;
        size -= (size_t)wrote;
    }
    return 0;
}

ssize_t files_read_at(int fd, char *out, size_t size, off_t at)
{
    size_t have = 0;

    while (have < size) {
        ssize_t got = pread(fd, out + have, size - have, at + (off_t)have);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return ERR_IO;
        if (got == 0)
            break;
        have += (size_t)got;
    }
    return (ssize_t)have;
}
