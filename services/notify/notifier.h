/*
 * notifier: liaison-notify as a whole: opens the rooms, wakes them, closes them in order. What
 * wakes it: intake's word on the bus, the end of a try, and a poll, so that a lost word costs at
 * most that.
 *
 * One loop, one thread; only the providers' workers are others.
 */
#ifndef NOTIFY_NOTIFIER_H
#define NOTIFY_NOTIFIER_H

#include "settings.h"

#include <uv.h>

struct notifier;

/* settings must stay. NULL with error filled. */
struct notifier *notifier_open(uv_loop_t *loop, const struct settings *settings,
                               struct error *error);
/* Takes no more, and calls back when what has begun has ended and the database knows of it, or
 * after 20 seconds. */
void notifier_drain(struct notifier *notifier, void (*drained_cb)(void *ctx), void *ctx);
/* Closes all handles: then the loop ends. */
void notifier_stop(struct notifier *notifier);
/* After the loop has ended. NULL is fine. */
void notifier_free(struct notifier *notifier);

#endif
