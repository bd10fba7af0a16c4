/* See rotation.h. */
#include "rotation.h"

#include "log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RENAMED_MOST = 5 };

struct search {
    struct rotation *rotation;
    const struct file_mark *mark;
    char folder[ROTATION_PATH];
    const char *base;        /* the followed file's name */
    char own[ROTATION_PATH]; /* the mark's file; "" while it is not found */
    struct stat own_stat;
    bool own_by_inode, own_has_more;
};

static bool ends_in(const char *name, size_t size, const char *end)
{
    size_t end_size = strlen(end);

    return size >= end_size && memcmp(name + size - end_size, end, end_size) == 0;
}

/* Whether a name is the base with a number or a date after it, or before its extension. */
static bool is_of_family(const char *base, const char *name)
{
    static const char marks[] = "0123456789.-_T:Z+";
    const char *dot = strrchr(base, '.');
    size_t base_size = strlen(base), stem = dot && dot > base ? (size_t)(dot - base) : base_size;
    size_t size = strlen(name), tail = base_size - stem;

    if (ends_in(name, size, ".gz"))
        size -= 3;
    if (size > base_size && memcmp(name, base, base_size) == 0 && strchr(".-_", name[base_size]) &&
        (strspn(name + base_size, marks) >= size - base_size ||
         (size == base_size + 4 && memcmp(name + base_size, ".old", 4) == 0)))
        return true;
    return size > base_size && memcmp(name, base, stem) == 0 && strchr(".-_", name[stem]) &&
           memcmp(name + size - tail, base + stem, tail) == 0 &&
           strspn(name + stem, marks) >= size - tail - stem;
}

static void add(struct rotation *rotation, const char *path, const struct stat *stat,
                uint64_t order)
{
    struct rotated *file = &rotation->file[rotation->count];

    if (rotation->count == ROTATION_MAX) {
        log_error("rotations", "most=%d action=the_rest_is_not_read", ROTATION_MAX);
        return;
    }
    snprintf(file->path, sizeof file->path, "%s", path);
    file->order = order;
    file_mark_beginning(&file->mark, path, stat);
    rotation->count++;
}

static void each_file(struct search *search, void (*cb)(struct search *, const char *path,
                                                        const char *name, const struct stat *))
{
    DIR *dir = opendir(search->folder);
    const struct dirent *entry;
    struct stat stat;
    char path[ROTATION_PATH + 257];

    while (dir && (entry = readdir(dir))) {
        if (strcmp(entry->d_name, search->base) == 0 ||
            fstatat(dirfd(dir), entry->d_name, &stat, AT_SYMLINK_NOFOLLOW) != 0 ||
            !S_ISREG(stat.st_mode))
            continue;
        snprintf(path, sizeof path, "%s/%s", search->folder, entry->d_name);
        if (strlen(path) < ROTATION_PATH)
            cb(search, path, entry->d_name, &stat);
    }
    if (dir)
        closedir(dir);
}

static bool was_read(const struct rotation *rotation, const struct stat *stat)
{
    size_t count = rotation->read_count < ROTATION_MAX ? rotation->read_count : ROTATION_MAX;

    for (size_t i = 0; i < count; i++)
        if (rotation->read[i].st_ino == stat->st_ino && rotation->read[i].st_dev == stat->st_dev &&
            rotation->read[i].st_size == stat->st_size &&
            file_changed(&rotation->read[i]) == file_changed(stat))
            return true;
    return false;
}

/* Finds the mark's file: by its inode under any name, or by its content under a name of the family.
 * An empty file has no content that would tell it from another one: it is found by both together,
 * inode and family. */
static void find_own(struct search *search, const char *path, const char *name,
                     const struct stat *stat)
{
    bool is = file_mark_is(search->mark, stat), empty = search->mark->octets == 0;

    if ((!is || empty) && !is_of_family(search->base, name))
        return;
    if (search->own_by_inode || (!is && (empty || search->own[0])))
        return;
    if (!empty && !file_mark_matches(search->mark, path))
        return;
    snprintf(search->own, sizeof search->own, "%s", path);
    search->own_stat = *stat;
    search->own_by_inode = is;
    /* The size of a packed file does not tell, so it counts as having more. */
    search->own_has_more =
        (uint64_t)stat->st_size != search->mark->octets && !was_read(search->rotation, stat);
}

void rotation_note_read(struct rotation *rotation, const struct stat *stat)
{
    if (!was_read(rotation, stat))
        rotation->read[rotation->read_count++ % ROTATION_MAX] = *stat;
}

static void find_later(struct search *search, const char *path, const char *name,
                       const struct stat *stat)
{
    if (strcmp(path, search->own) != 0 && is_of_family(search->base, name) &&
        file_changed(stat) >= search->mark->changed && !was_read(search->rotation, stat))
        add(search->rotation, path, stat, file_changed(stat));
}

static int compare_cb(const void *a, const void *b)
{
    const struct rotated *one = a, *two = b;

    return (one->order > two->order) - (one->order < two->order);
}

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

bool rotation_is_of(const char *path, const char *name)
{
    return strcmp(base_of(path), name) == 0 || is_of_family(base_of(path), name);
}

static void begin_search(struct search *search, const char *path)
{
    const char *slash = strrchr(path, '/');

    search->base = base_of(path);
    snprintf(search->folder, sizeof search->folder, "%.*s", slash ? (int)(slash - path) : 1,
             slash ? path : ".");
    if (slash == path)
        strcpy(search->folder, "/");
}

void rotation_find(struct rotation *rotation, const char *path, const struct file_mark *mark,
                   bool later)
{
    struct search search = {.rotation = rotation, .mark = mark};
    bool empty = mark->octets == 0, matches, is;
    struct stat of;

    rotation->count = rotation->next = 0;
    rotation->found = empty;
    if (empty && mark->inode == 0)
        return;
    matches = empty || file_mark_matches(mark, path);
    is = matches && stat(path, &of) == 0 && file_mark_is(mark, &of);
    begin_search(&search, path);
    if (!is) /* a file that only begins like it is another one */
        each_file(&search, find_own);
    rotation->found = matches || search.own[0] != '\0';
    if (search.own_has_more)
        add(rotation, search.own, &search.own_stat, 0); /* the first, whatever its time */
    if (later)
        each_file(&search, find_later);
    qsort(rotation->file, rotation->count, sizeof rotation->file[0], compare_cb);
}

/* Finds a file under the name that it has now. False: it is gone. */
static bool locate(struct rotation *rotation, const char *path, struct rotated *file)
{
    struct search search = {.rotation = rotation, .mark = &file->mark};

    begin_search(&search, path);
    each_file(&search, find_own);
    if (!search.own[0])
        return false;
    strcpy(file->path, search.own);
    file->mark.device = search.own_stat.st_dev; /* they differ if it was packed meanwhile */
    file->mark.inode = search.own_stat.st_ino;
    return true;
}

int rotation_open(struct rotation *rotation, const char *path, char now[ROTATION_PATH])
{
    struct rotated *file = &rotation->file[rotation->next - 1];
    struct stat stat;

    for (int tries = 0; tries < RENAMED_MOST; tries++) {
        if (!locate(rotation, path, file))
            break;
        strcpy(now, file->path);
        int fd = file_open(now, FILE_IN_FOLDER);
        if (fd < 0 && errno != ENOENT)
            return -1;
        if (fd >= 0 && fstat(fd, &stat) == 0 && file_mark_is(&file->mark, &stat))
            return fd;
        if (fd >= 0)
            close(fd); /* a rotation has renamed it since it was found */
    }
    strcpy(now, ROTATION_GONE); /* what has its name now is another file */
    errno = ENOENT;
    return -1;
}
