/* See folder.h. */
#include "folder.h"

#include "clock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SETTLED_S = 2 };

/* Whether the file was not changed for a moment, by its own time. A time in the future, from
 * another machine's clock, says nothing: such a file is taken, and read again if it grows. */
static bool is_settled(const struct stat *stat)
{
    int64_t age = clock_wall_us() / 1000000 - stat->st_mtime;

    return age >= SETTLED_S || age < 0;
}

static bool ends_in(const char *name, const char *end)
{
    size_t size = strlen(name), end_size = strlen(end);

    return size >= end_size && strcmp(name + size - end_size, end) == 0;
}

static bool is_ready(int dir, const char *name, bool at_once)
{
    struct stat stat;

    if (*name == '.' || ends_in(name, ".tmp") || ends_in(name, ".part") ||
        fstatat(dir, name, &stat, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(stat.st_mode))
        return false;
    return at_once || is_settled(&stat);
}

int folder_next(const char *folder, bool at_once, char *path, size_t room, struct error *error)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    char best[256] = "";

    if (!dir)
        return error_set(error, ERR_IO, "input", "%s: %s", folder, strerror(errno));
    while ((entry = readdir(dir)))
        if ((!*best || strcmp(entry->d_name, best) < 0) &&
            is_ready(dirfd(dir), entry->d_name, at_once))
            strcpy(best, entry->d_name);
    closedir(dir);
    if (!*best)
        return 0;
    if (snprintf(path, room, "%s/%s", folder, best) >= (int)room)
        return error_set(error, ERR_SIZE, "input", "the path is too long");
    return 1;
}

/* Opens a folder below, and creates it if needed. A link in its place is not followed. */
static int open_below(const char *folder, const char *below, struct error *error)
{
    char path[4096];
    int fd;

    snprintf(path, sizeof path, "%s/%s", folder, below);
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return error_set(error, ERR_IO, "input", "make %s: %s", below, strerror(errno));
    fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd >= 0 ? fd
                   : error_set(error, ERR_IO, "input", "%s is no folder of its own: %s", below,
                               strerror(errno));
}

int folder_move(const char *folder, const char *path, const char *below, struct error *error)
{
    const char *name = strrchr(path, '/') + 1;
    int fd = open_below(folder, below, error), err = fd < 0 ? fd : 0;
    char to[300];

    for (int n = 0; !err && n < 100000; n++) {
        if (n == 0)
            snprintf(to, sizeof to, "%s", name);
        else
            snprintf(to, sizeof to, "%s.%d", name, n);
        if (renameat2(AT_FDCWD, path, fd, to, RENAME_NOREPLACE) == 0)
            break;
        if (errno != EEXIST)
            err = error_set(error, ERR_IO, "input", "move %s: %s", name, strerror(errno));
    }
    if (fd >= 0)
        close(fd);
    return err;
}
