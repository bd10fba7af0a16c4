/*
 * http_watch: notices that a client has gone, or talks out of turn, while an answer or a stream is
 * being written. libwebsockets does not read in that state: it would neither notice nor let go of
 * the readable socket, and the loop would turn at full speed. So the socket is watched through a
 * second descriptor, which libuv allows. On the loop's thread.
 */
#ifndef LIAISON_HTTP_WATCH_H
#define LIAISON_HTTP_WATCH_H

#include <uv.h>

struct http_watch;

typedef void (*http_watch_cb)(void *ctx);

/* NULL if it cannot be watched. seen_cb is called at most once. */
struct http_watch *http_watch_start(uv_loop_t *loop, int fd, http_watch_cb seen_cb, void *ctx);
/* NULL is fine. Memory goes when libuv has let go. */
void http_watch_stop(struct http_watch *watch);

#endif
