/* See input.h. */
#include "input.h"

#include "folder.h"
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { POLL_MS = 250, FOLDER_POLL_MS = 1000, QUIET_POLLS = 4 };

enum kind { KIND_FILE, KIND_FOLLOW, KIND_STDIN, KIND_FOLDER, KIND_NONE };

struct input {
    struct input_options options;
    enum kind kind;
    char path[2048]; /* of the item */
    const char *name;
    int fd;
    gzFile zip;      /* over fd, but for a file that grows and standard input */
    uint64_t offset; /* read of a file that grows */
    int quiet_polls; /* since it was replaced and nothing more came */
    char head[INPUT_HEAD];
    size_t head_size;
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

static int find_kind(struct input *input, struct fault *fault)
{
    struct stat stat_of;

    if (!input->options.path[0]) {
        input->kind = KIND_NONE;
        return 0;
    }
    if (strcmp(input->options.path, "-") == 0) {
        input->kind = KIND_STDIN;
        return 0;
    }
    if (stat(input->options.path, &stat_of) != 0)
        return fault_set(fault, ERR_IO, "input", "%s: %s", input->options.path, strerror(errno));
    input->kind = S_ISDIR(stat_of.st_mode)                        ? KIND_FOLDER
                  : input->options.follow && !input->options.once ? KIND_FOLLOW
                                                                  : KIND_FILE;
    return 0;
}

struct input *input_open(uv_loop_t *loop, const struct input_options *options, struct fault *fault)
{
    struct input *input = calloc(1, sizeof *input);

    if (!input) {
        fault_set(fault, ERR_NOMEM, "", "no memory");
        return NULL;
    }
    input->options = *options;
    input->fd = -1;
    if (find_kind(input, fault) != 0) {
        free(input);
        return NULL;
    }
    uv_timer_init(loop, &input->timer);
    input->timer.data = input->poll.data = input;
    input->open_handles = 1;
    if (input->kind == KIND_STDIN) {
        fcntl(0, F_SETFL, fcntl(0, F_GETFL) | O_NONBLOCK);
        /* A plain file cannot be polled, and need not be: it never has nothing to say. */
        input->polling = uv_poll_init(loop, &input->poll, 0) == 0;
        input->open_handles += input->polling;
    }
    return input;
}

static void close_item(struct input *input)
{
    if (input->zip)
        gzclose(input->zip); /* closes fd too */
    else if (input->fd > 0)
        close(input->fd);
    input->zip = NULL;
    input->fd = -1;
    input->offset = 0;
    input->quiet_polls = 0;
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

static void read_head(struct input *input)
{
    ssize_t got = pread(input->fd, input->head, INPUT_HEAD, 0);

    input->head_size = got > 0 ? (size_t)got : 0;
}

static int open_file(struct input *input, struct fault *fault)
{
    const char *slash = strrchr(input->path, '/');

    input->name = slash ? slash + 1 : input->path;
    input->fd = open(input->path, O_RDONLY | O_CLOEXEC);
    if (input->fd < 0)
        return fault_set(fault, ERR_IO, "input", "%s: %s", input->path, strerror(errno));
    if (input->kind != KIND_FOLLOW) {
        input->zip = gzdopen(input->fd, "rb");
        if (!input->zip)
            return fault_set(fault, ERR_NOMEM, "input", "no memory");
        gzbuffer(input->zip, 1 << 17);
    }
    return INPUT_BEGIN;
}

/* Looks for the next item. */
static int begin_item(struct input *input, struct fault *fault)
{
    int found;

    if (input->finished)
        return input->options.once ? INPUT_DONE : INPUT_LATER;
    switch (input->kind) {
    case KIND_NONE:
        return INPUT_LATER;
    case KIND_STDIN:
        input->name = "-";
        input->fd = 0;
        input->head_size = 0;
        return INPUT_BEGIN;
    case KIND_FOLDER:
        found = folder_next(input->options.path, input->options.once, input->path,
                            sizeof input->path, fault);
        if (found < 0)
            return found;
        if (!found)
            return input->options.once ? INPUT_DONE : later(input, FOLDER_POLL_MS);
        return open_file(input, fault);
    case KIND_FOLLOW:
        if (access(input->options.path, R_OK) != 0)
            return later(input, POLL_MS); /* between two files of a rotation */
        break;
    case KIND_FILE:
        break;
    }
    snprintf(input->path, sizeof input->path, "%s", input->options.path);
    return open_file(input, fault);
}

static int read_zip(struct input *input, char *data, int room, struct fault *fault)
{
    int got = gzread(input->zip, data, (unsigned)room), code;
    const char *why;

    if (got > 0)
        return got;
    why = gzerror(input->zip, &code);
    if (got == 0 && code != Z_BUF_ERROR)
        return INPUT_END;
    return fault_set(fault, ERR_IO, "input", "%s: %s", input->name,
                     code == Z_ERRNO ? strerror(errno)
                     : *why          ? "the file is cut short"
                                     : "?");
}

/* Whether it was begun anew in its place. */
static bool was_emptied(const struct input *input)
{
    return input_octets(input) < input->offset;
}

/* Whether the path leads to another file by now. */
static bool was_replaced(const struct input *input)
{
    struct stat here, there;

    return fstat(input->fd, &here) == 0 && stat(input->path, &there) == 0 &&
           (there.st_ino != here.st_ino || there.st_dev != here.st_dev);
}

static int read_growing(struct input *input, char *data, int room, struct fault *fault)
{
    ssize_t got = pread(input->fd, data, (size_t)room, (off_t)input->offset);

    if (got < 0)
        return fault_set(fault, ERR_IO, "input", "%s: %s", input->name, strerror(errno));
    input->offset += (uint64_t)got;
    if (got > 0) {
        input->quiet_polls = 0;
        return (int)got;
    }
    /* A writer may still have the old file open for a while. */
    if (was_emptied(input) || (was_replaced(input) && ++input->quiet_polls > QUIET_POLLS))
        return INPUT_END;
    return later(input, POLL_MS);
}

static int read_stdin(struct input *input, char *data, int room, struct fault *fault)
{
    ssize_t got = read(0, data, (size_t)room);

    if (got > 0)
        return (int)got;
    if (got == 0)
        return INPUT_END;
    if (errno != EAGAIN && errno != EINTR)
        return fault_set(fault, ERR_IO, "input", "standard input: %s", strerror(errno));
    if (!input->polling)
        return later(input, POLL_MS);
    uv_poll_start(&input->poll, UV_READABLE, poll_cb);
    return INPUT_LATER;
}

int input_read(struct input *input, char *data, int room, struct fault *fault)
{
    if (input->fd < 0)
        return begin_item(input, fault);
    if (input->zip)
        return read_zip(input, data, room, fault);
    return input->kind == KIND_STDIN ? read_stdin(input, data, room, fault)
                                     : read_growing(input, data, room, fault);
}

void input_next(struct input *input, bool accepted)
{
    struct fault fault = {0};

    close_item(input);
    if (input->kind == KIND_FILE || input->kind == KIND_STDIN)
        input->finished = true;
    else if (input->kind == KIND_FOLDER && folder_move(input->options.path, input->path,
                                                       accepted ? "done" : "refused", &fault) != 0)
        log_error("folder_move", "reason=\"%s\"", fault.reason);
}

bool input_restart(struct input *input)
{
    if (input->kind != KIND_FILE && input->kind != KIND_FOLLOW)
        return false;
    close_item(input);
    input->finished = false;
    return true;
}

bool input_is_folder(const struct input *input)
{
    return input->kind == KIND_FOLDER;
}

bool input_is_growing(const struct input *input)
{
    return input->kind == KIND_FOLLOW;
}

const char *input_name(const struct input *input)
{
    return input->name;
}

size_t input_head(struct input *input, const char **data)
{
    if (input->fd > 0 && input->head_size < INPUT_HEAD)
        read_head(input);
    *data = input->head;
    return input->head_size;
}

uint64_t input_octets(const struct input *input)
{
    struct stat stat_of;

    return input->fd > 0 && fstat(input->fd, &stat_of) == 0 ? (uint64_t)stat_of.st_size : 0;
}

double input_share(const struct input *input)
{
    uint64_t octets = input_octets(input);
    z_off_t at = input->zip ? gzoffset(input->zip) : (z_off_t)input->offset;

    return octets > 0 && at >= 0 && input->kind != KIND_STDIN ? (double)at / (double)octets : -1;
}
