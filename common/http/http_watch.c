#include "http_watch.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct http_watch {
    uv_poll_t poll;
    int fd; /* ours, of the same connection */
    http_watch_cb seen_cb;
    void *ctx;
};

static void seen_poll_cb(uv_poll_t *poll, int status, int events)
{
    struct http_watch *watch = poll->data;
    (void)status;
    (void)events;

    uv_poll_stop(poll);
    watch->seen_cb(watch->ctx);
}

struct http_watch *http_watch_start(uv_loop_t *loop, int fd, http_watch_cb seen_cb, void *ctx)
{
    struct http_watch *watch = calloc(1, sizeof *watch);

    if (watch == NULL)
        return NULL;
    watch->seen_cb = seen_cb;
    watch->ctx = ctx;
    watch->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (watch->fd < 0 || uv_poll_init(loop, &watch->poll, watch->fd) != 0) {
        if (watch->fd >= 0)
            close(watch->fd);
        free(watch);
        return NULL;
    }
    watch->poll.data = watch;
    uv_poll_start(&watch->poll, UV_READABLE | UV_DISCONNECT, seen_poll_cb);
    return watch;
}

static void closed_cb(uv_handle_t *handle)
{
    struct http_watch *watch = handle->data;

    close(watch->fd);
    free(watch);
}

void http_watch_stop(struct http_watch *watch)
{
    if (watch != NULL && !uv_is_closing((uv_handle_t *)&watch->poll))
        uv_close((uv_handle_t *)&watch->poll, closed_cb);
}
