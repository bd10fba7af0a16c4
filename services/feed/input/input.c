/* See input.h. */
#include "input.h"

#include "clock.h"
#include "folder.h"
#include "growing.h"
#include "log.h"
#include "packed.h"
#include "rotation.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { POLL_MS = 250, FOLDER_POLL_MS = 1000, QUIET_POLLS = 4, AGAIN_MOST = 3, MISSING_POLLS = 40 };
/* How long a version of a snapshot must be unchanged before it is read. One that does not end in a
 * whole line may be incomplete, and waits longer. */
static const int64_t STABLE_US = 1000000, HALF_STABLE_US = 5000000, FOLDER_STABLE_US = 2000000;
static const int64_t STUCK_US = 30000000;

enum kind { KIND_FILE, KIND_FOLLOW, KIND_SNAPSHOT, KIND_STDIN, KIND_FOLDER, KIND_NONE };

struct input {
    struct input_options options;
    enum kind kind;
    char path[2048]; /* of the item */
    const char *name;
    struct growing file;     /* the item's; also what was read of it through zip */
    struct packed *zip;      /* reads the file; NULL if it grows, and for standard input */
    bool grows;              /* the item may grow, and is read without zip */
    bool rotated;            /* the item is an older file of a rotation */
    int quiet_polls;         /* polls without data since it was replaced */
    int64_t stuck_until;     /* a file of the folder could not be moved: pause until then */
    int missing_polls;       /* polls at which the followed file did not exist */
    int anew;                /* how often it was read again because it changed meanwhile */
    struct file_mark expect; /* what the item must begin with; 0 octets: nothing */
    struct rotation rotation;
    struct file_mark recall;     /* what was read last */
    bool recalls;                /* files between it and the current one are to be found */
    bool tells_lost, lost;       /* to be reported if it is not found; was not found */
    bool cut;                    /* the item was rewritten */
    struct file_watch waits_for; /* a version of a snapshot, or a file of a folder */
    struct stat version;         /* the one that was read last */
    char head[INPUT_HEAD];
    bool finished; /* no further item */
    bool polling;
    uv_timer_t timer;
    uv_poll_t poll; /* of standard input */
    int open_handles;
};

static void timer_cb(uv_timer_t *timer)
{
    struct input *input = timer->data;

    input->options.woken_cb(input->options.ctx);
}

static void poll_cb(uv_poll_t *poll, int status, int events)
{
    struct input *input = poll->data;

    (void)status;
    (void)events;
    uv_poll_stop(poll);
    input->options.woken_cb(input->options.ctx);
}

static int later(struct input *input, uint64_t ms)
{
    uv_timer_start(&input->timer, timer_cb, ms, 0);
    return INPUT_LATER;
}

static int find_kind(struct input *input, struct error *error)
{
    const struct input_options *o = &input->options;
    struct stat stat_of;

    if (!o->path[0] || strcmp(o->path, "-") == 0) {
        input->kind = o->path[0] ? KIND_STDIN : KIND_NONE;
        return 0;
    }
    input->kind = o->snapshot ? KIND_SNAPSHOT : o->follow && !o->once ? KIND_FOLLOW : KIND_FILE;
    if (stat(o->path, &stat_of) == 0) {
        if (S_ISDIR(stat_of.st_mode))
            input->kind = KIND_FOLDER;
        return 0;
    }
    if (o->patient)
        return 0;
    return error_set(error, ERR_IO, "input", "%s: %s", o->path, strerror(errno));
}

struct input *input_open(uv_loop_t *loop, const struct input_options *options, struct error *error)
{
    struct input *input = calloc(1, sizeof *input);

    if (!input) {
        error_set(error, ERR_NOMEM, "", "no memory");
        return NULL;
    }
    input->options = *options;
    input->file.fd = -1;
    if (find_kind(input, error) != 0) {
        free(input);
        return NULL;
    }
    uv_timer_init(loop, &input->timer);
    input->timer.data = input->poll.data = input;
    input->open_handles = 1;
    if (input->kind == KIND_STDIN) {
        fcntl(0, F_SETFL, fcntl(0, F_GETFL) | O_NONBLOCK);
        /* A plain file cannot be polled, and need not be: reading it never blocks. */
        input->polling = uv_poll_init(loop, &input->poll, 0) == 0;
        input->open_handles += input->polling;
    }
    return input;
}

static void close_item(struct input *input)
{
    packed_close(input->zip);
    input->zip = NULL;
    growing_close(&input->file);
    input->quiet_polls = 0;
    input->cut = false;
    input->expect.octets = 0;
}

static void closed_cb(uv_handle_t *handle)
{
    struct input *input = handle->data;

    if (--input->open_handles == 0)
        free(input);
}

void input_close(struct input *input)
{
    if (!input)
        return;
    close_item(input);
    uv_close((uv_handle_t *)&input->timer, closed_cb);
    if (input->polling)
        uv_close((uv_handle_t *)&input->poll, closed_cb);
}

void input_recall(struct input *input, const struct file_mark *was, const char *name)
{
    if ((input->kind != KIND_FILE && input->kind != KIND_FOLLOW) ||
        !rotation_is_of(input->options.path, name))
        return;
    input->recall = *was;
    input->recalls = input->tells_lost = true;
}

/* Looks in the folder for files between the one that was read last and the current one. */
static bool find_rotated(struct input *input)
{
    input->recalls = false;
    rotation_find(&input->rotation, input->options.path, &input->recall,
                  input->kind == KIND_FOLLOW);
    if (input->tells_lost)
        input->lost = !input->rotation.found;
    input->tells_lost = false;
    return input->rotation.count > 0;
}

static enum file_role role_of(const struct input *input)
{
    enum file_role followed = input->options.once ? FILE_ONCE : FILE_FOLLOWED;

    return input->kind == KIND_FOLDER ? FILE_IN_FOLDER : followed;
}

static int open_file(struct input *input, struct error *error)
{
    int fd = input->rotated ? rotation_open(&input->rotation, input->options.path, input->path)
                            : file_open(input->path, role_of(input));
    const char *slash = strrchr(input->path, '/');

    input->name = slash ? slash + 1 : input->path;
    if (fd < 0)
        return error_set(error, ERR_IO, "input", "%s: %s", input->path, strerror(errno));
    growing_open(&input->file, fd);
    input->missing_polls = 0;
    input->grows =
        input->kind == KIND_FOLLOW && !(input->rotated && fnmatch("*.gz", input->path, 0) == 0);
    if (input->grows)
        return INPUT_BEGIN;
    input->zip = packed_open(fd);
    return input->zip ? INPUT_BEGIN : error_set(error, ERR_NOMEM, "input", "no memory");
}

/* The followed file does not exist: a rotation is under way, or it is gone. */
static void tell_missing(struct input *input)
{
    if (input->missing_polls < MISSING_POLLS && ++input->missing_polls == MISSING_POLLS)
        log_warn("input_missing", "reason=\"%s\" action=wait hint=\"[source] input\"",
                 strerror(errno));
}

/* Whether there is a version that was not read, and that seems complete. */
static bool is_version_ready(struct input *input)
{
    struct stat found;

    if (stat(input->options.path, &found) != 0) {
        if (errno == ENOENT)
            tell_missing(input);
        return errno != ENOENT; /* opening it reports the error */
    }
    if (!S_ISREG(found.st_mode))
        return true; /* opening it reports the error */
    if (file_is_unchanged(&found, &input->version) || found.st_size == 0)
        return false;
    bool whole = file_ends_in_a_line(input->options.path, (uint64_t)found.st_size);
    return input->options.once ||
           file_has_stood(&input->waits_for, &found, whole ? STABLE_US : HALF_STABLE_US);
}

/* Opens the next older file of a rotation, else the current one. */
static int begin_path(struct input *input, struct error *error)
{
    struct rotation *rotation = &input->rotation;
    int got;

    input->rotated = rotation->next < rotation->count;
    rotation->next += input->rotated;
    if (input->rotated)
        return open_file(input, error);
    if (input->kind == KIND_FOLLOW && access(input->options.path, F_OK) != 0 && errno == ENOENT) {
        if (input->recalls && input->missing_polls == 0) {
            bool tells_lost = input->tells_lost;

            if (find_rotated(input))
                return begin_path(input, error);
            input->recalls = true; /* look again when it exists */
            input->tells_lost = tells_lost;
            input->lost = false;
        }
        tell_missing(input);
        return later(input, POLL_MS);
    }
    snprintf(input->path, sizeof input->path, "%s", input->options.path);
    got = open_file(input, error);
    /* The search comes after the opening: if the file is rotated away meanwhile, the search finds
     * it. */
    if (got != INPUT_BEGIN || !input->recalls || !find_rotated(input))
        return got;
    close_item(input);
    return begin_path(input, error);
}

/* Looks for the next item. */
static int begin_item(struct input *input, struct error *error)
{
    int found;

    if (input->finished)
        return input->options.once ? INPUT_DONE : INPUT_LATER;
    switch (input->kind) {
    case KIND_NONE:
        return INPUT_LATER;
    case KIND_STDIN:
        input->name = "-";
        growing_open(&input->file, 0);
        return INPUT_BEGIN;
    case KIND_FOLDER:
        if (clock_mono_us() < input->stuck_until)
            return later(input, FOLDER_POLL_MS); /* the same file would be found again */
        found = folder_next(input->options.path, input->options.once, input->path,
                            sizeof input->path, error);
        if (found < 0)
            return found;
        if (!found)
            return input->options.once ? INPUT_DONE : later(input, FOLDER_POLL_MS);
        return open_file(input, error);
    case KIND_SNAPSHOT:
        if (!is_version_ready(input))
            return later(input, POLL_MS);
        break;
    case KIND_FOLLOW:
    case KIND_FILE:
        break;
    }
    return begin_path(input, error);
}

/* Remembers the file as the last one read, so that those after it can be found. */
static void note_read(struct input *input)
{
    input_mark(input, &input->recall);
    input->recalls = true;
    if (input->zip || (uint64_t)input->file.stat.st_size == input->file.reading.octets)
        rotation_note_read(&input->rotation, &input->file.stat);
}

/* At the end of a file that is read as a whole: checks whether it has changed since it was
 * opened. */
static int end_of_file(struct input *input)
{
    struct stat now;

    if (input->expect.octets > 0)
        return INPUT_CHANGED; /* it is shorter than what was read before */
    if (fstat(input->file.fd, &now) == 0 && !file_is_unchanged(&now, &input->file.stat)) {
        if (input->kind == KIND_FOLDER &&
            !file_has_stood(&input->waits_for, &now, FOLDER_STABLE_US))
            return later(input, POLL_MS); /* its writer is not done */
        if ((input->kind != KIND_FILE || !growing_holds(&input->file)) &&
            (input->kind == KIND_FOLDER || ++input->anew <= AGAIN_MOST))
            return INPUT_CHANGED;
    }
    if (input->rotated)
        note_read(input);
    if (input->kind != KIND_SNAPSHOT)
        return INPUT_END;
    input->version = input->file.stat;
    input->anew = 0;
    return input->options.once ? INPUT_END : INPUT_VERSION;
}

static int read_zip(struct input *input, char *data, int room, struct error *error)
{
    int got = packed_read(input->zip, data, room);

    if (got > 0) {
        file_reading_add(&input->file.reading, data, (size_t)got);
        return got;
    }
    if (got == PACKED_END)
        return end_of_file(input);
    if (input->expect.octets > 0)
        return INPUT_CHANGED; /* the damage lies in what was read before */
    return error_set(error, ERR_IO, "input", "%s: %s", input->name,
                     got == PACKED_DAMAGED ? packed_damage(input->zip) : strerror(errno));
}

/* Whether the path now leads to another file. */
static bool was_replaced(struct input *input)
{
    const struct stat *here = &input->file.stat;
    struct stat there;

    if (stat(input->path, &there) != 0) {
        if (errno == ENOENT)
            tell_missing(input);
        return errno != ENOENT; /* opening it reports the error */
    }
    return there.st_ino != here->st_ino || there.st_dev != here->st_dev;
}

/* Ends a followed file. Files between it and the current one are read next. */
static int end_followed(struct input *input, bool cut)
{
    note_read(input);
    input->cut = cut;
    if (cut)
        log_warn("input_rewritten",
                 "name=\"%s\" action=read_anew hint=\"[source] kind = snapshot, if this is how "
                 "the export is made\"",
                 input->name);
    return INPUT_END;
}

static int read_growing(struct input *input, char *data, int room, struct error *error)
{
    int got = growing_read(&input->file, data, room);

    if (got > 0) {
        input->quiet_polls = 0;
        return got;
    }
    if (got == GROWING_FAILED)
        return error_set(error, ERR_IO, "input", "%s: %s", input->name, strerror(errno));
    if (input->expect.octets > 0)
        return INPUT_CHANGED;
    if (got == GROWING_REWRITTEN)
        return end_followed(input, true);
    if (growing_is_checking(&input->file))
        return later(input, 1);
    /* A writer may still have the old file open for a while. */
    if ((input->rotated || was_replaced(input)) && ++input->quiet_polls > QUIET_POLLS)
        return end_followed(input, false);
    return later(input, POLL_MS);
}

static int read_stdin(struct input *input, char *data, int room, struct error *error)
{
    ssize_t got = read(0, data, (size_t)room);

    if (got > 0)
        return (int)got;
    if (got == 0)
        return INPUT_END;
    if (errno != EAGAIN && errno != EINTR)
        return error_set(error, ERR_IO, "input", "standard input: %s", strerror(errno));
    if (!input->polling)
        return later(input, POLL_MS);
    uv_poll_start(&input->poll, UV_READABLE, poll_cb);
    return INPUT_LATER;
}

/* Whether the file begins as expected; true while too little was read to know. */
static bool is_expected(struct input *input)
{
    if (input->expect.octets == 0 || input->file.reading.octets < input->expect.octets)
        return true;
    if (!growing_continues(&input->file, &input->expect))
        return false;
    input->expect.octets = 0;
    return true;
}

int input_read(struct input *input, char *data, int room, struct error *error)
{
    uint64_t left = input->expect.octets - input->file.reading.octets;
    int got;

    if (input->file.fd < 0)
        return begin_item(input, error);
    if (input->kind == KIND_STDIN)
        return read_stdin(input, data, room, error);
    if (input->expect.octets > 0 && left < (uint64_t)room)
        room = (int)left; /* nothing after it before it is compared */
    got = input->zip ? read_zip(input, data, room, error) : read_growing(input, data, room, error);
    return got > 0 && !is_expected(input) ? INPUT_CHANGED : got;
}

/* Moves a file to done or refused. One that was written to after its end was read stays, and
 * reading continues. */
static void put_away(struct input *input, const struct stat *end, bool accepted)
{
    struct error error = {0};
    struct stat now;

    if (accepted && stat(input->path, &now) == 0 && !file_is_unchanged(&now, end))
        return;
    if (folder_move(input->options.path, input->path, accepted ? "done" : "refused", &error) != 0) {
        log_error("folder_move", "reason=\"%s\" action=retry", error.reason);
        input->stuck_until = clock_mono_us() + STUCK_US;
    }
}

void input_next(struct input *input, bool accepted)
{
    struct stat end = input->file.stat;
    bool rotated = input->rotated;

    close_item(input);
    input->anew = 0;
    if (input->kind == KIND_STDIN || (input->kind == KIND_FILE && !rotated) ||
        (input->kind == KIND_SNAPSHOT && input->options.once))
        input->finished = true;
    else if (input->kind == KIND_FOLDER)
        put_away(input, &end, accepted);
}

void input_expect(struct input *input, const struct file_mark *was)
{
    input->expect = *was;
}

bool input_is_expecting(const struct input *input)
{
    return input->expect.octets > 0;
}

int input_rewind(struct input *input, struct error *error)
{
    int got;

    if (input->kind == KIND_FOLLOW) {
        /* The file may have been rotated since it was opened, and its path leads to another one. */
        growing_rewind(&input->file);
        if (input->zip)
            packed_rewind(input->zip);
        input->expect.octets = 0;
        return 0;
    }
    close_item(input);
    got = open_file(input, error);
    return got == INPUT_BEGIN ? 0 : got;
}

bool input_leave(struct input *input)
{
    if (input->kind == KIND_STDIN)
        return false;
    close_item(input);
    input->rotation.count = input->rotation.next = 0;
    input->version = (struct stat){0};
    input->anew = 0;
    return true;
}

bool input_give_up(struct input *input)
{
    struct stat now;

    if (!input->rotated || stat(input->path, &now) != 0 || !file_is_settled(&now))
        return false;
    if (input->file.fd >= 0)
        note_read(input);
    else
        rotation_note_read(&input->rotation, &now);
    return true;
}

bool input_restart(struct input *input)
{
    if (input->kind != KIND_FILE && input->kind != KIND_FOLLOW && input->kind != KIND_SNAPSHOT)
        return false;
    input->finished = false;
    return input_leave(input);
}

bool input_is_folder(const struct input *input)
{
    return input->kind == KIND_FOLDER;
}

bool input_is_growing(const struct input *input)
{
    return input->kind == KIND_FOLLOW || input->kind == KIND_SNAPSHOT;
}

bool input_is_snapshot(const struct input *input)
{
    return input->kind == KIND_SNAPSHOT;
}

bool input_was_cut(const struct input *input)
{
    return input->cut;
}

bool input_is_missing(const struct input *input)
{
    return input->missing_polls > QUIET_POLLS;
}

bool input_is_rotated(const struct input *input)
{
    return input->rotated;
}

bool input_has_lost(struct input *input)
{
    bool lost = input->lost;

    input->lost = false;
    return lost;
}

const char *input_name(const struct input *input)
{
    return input->name;
}

size_t input_head(struct input *input, const char **data)
{
    ssize_t got = input->file.fd > 0 ? pread(input->file.fd, input->head, INPUT_HEAD, 0) : 0;

    *data = input->head;
    return got > 0 ? (size_t)got : 0;
}

void input_mark(const struct input *input, struct file_mark *mark)
{
    growing_mark(&input->file, mark);
}

bool input_is_same_file(const struct input *input, const struct file_mark *was)
{
    return input->file.fd > 0 && file_mark_is(was, &input->file.stat);
}

bool input_is_unchanged(const struct input *input, const struct file_mark *was)
{
    return input_is_same_file(input, was) && file_changed(&input->file.stat) == was->changed;
}

uint64_t input_octets(const struct input *input)
{
    return growing_octets(&input->file);
}

double input_share(const struct input *input)
{
    uint64_t octets = input_octets(input);
    uint64_t at = input->zip ? packed_at(input->zip) : input->file.reading.octets;

    return octets > 0 && input->kind != KIND_STDIN ? (double)at / (double)octets : -1;
}
