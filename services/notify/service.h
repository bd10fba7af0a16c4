/*
 * service: liaison-notify as a whole: opens the rooms, wakes them, closes them in order. What wakes
 * it: intake's word on the bus, the end of a try, and a poll, so that a lost word costs at most
 * that.
 *
 * One loop, one thread; only the courier's workers are others.
 */
#ifndef NOTIFY_SERVICE_H
#define NOTIFY_SERVICE_H

#include "settings.h"

#include <uv.h>

struct service;

/* settings must stay. NULL with fault filled. */
struct service *service_open(uv_loop_t *loop, const struct settings *settings, struct fault *fault);
/* Takes no more, lets what is on its way end (bounded), closes all handles: then the loop ends. */
void service_stop(struct service *service);
/* After the loop has ended. */
void service_free(struct service *service);

#endif
