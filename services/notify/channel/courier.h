/*
 * courier: sends parcels, a bounded number at a time, on the loop's worker threads.
 *
 * Why threads and not libcurl's multi interface on the loop: for SMTP libcurl waits inside the
 * multi call for the reply to the end of the message, and again for the reply to QUIT. A mail
 * server that scans for twenty seconds before it answers would stop the loop that long, and with it
 * every other message. A thread that waits stops nobody.
 *
 * All calls on the loop's thread; done comes there too, once a parcel, and gives the parcel back.
 */
#ifndef NOTIFY_COURIER_H
#define NOTIFY_COURIER_H

#include "parcel.h"

#include <uv.h>

struct courier;

typedef void (*courier_done_cb)(void *ctx, struct parcel *parcel);

/* settings must stay. settings->in_flight slots; UV_THREADPOOL_SIZE should be no less. */
struct courier *courier_open(uv_loop_t *loop, const struct settings *settings, courier_done_cb done,
                             void *ctx);
/* How many more parcels can be sent now. */
size_t courier_room(const struct courier *courier);
/* 0, or ERR_STATE without room: then the parcel is still the caller's. */
int courier_send(struct courier *courier, struct parcel *parcel);
/* Tries that have not come to the body of their message end soon, as temporary. */
void courier_hurry(struct courier *courier);
/* Only when nothing is being sent. */
void courier_close(struct courier *courier);

#endif
