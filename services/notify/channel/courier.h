/*
 * courier: the workers of one provider. Each is a thread with a connection of its own (transport.h)
 * and sends one parcel at a time. They belong to this provider alone, so that a relay, gateway or
 * name server that is slow delays no other. Some are reserved: they take urgent parcels only.
 *
 * Why threads and not libcurl's multi interface on the loop: for SMTP libcurl waits inside the
 * multi call for the reply to the end of the message, and again for the reply to QUIT. A mail
 * server that scans for twenty seconds before it answers would stop the loop that long, and with it
 * every other message. A thread that waits stops nobody.
 *
 * Parcels go to the workers in the order in which they are given, urgent ones first; the worker
 * that sent last goes first, as its connection is the warmest. As many parcels as there are workers
 * may wait, or as came back in the last twentieth of a second, so that no worker is idle until the
 * next is claimed; but no more than the workers begin within half of the time that a parcel may
 * wait (patience_us). One that waits longer comes back as VERDICT_WAITED, also while all workers
 * hang. Then none may wait until a try has ended.
 *
 * All calls on the loop's thread; done comes there too, once a parcel, and gives the parcel back.
 */
#ifndef NOTIFY_COURIER_H
#define NOTIFY_COURIER_H

#include "parcel.h"

#include <uv.h>

struct courier;

enum { COURIER_AHEAD = 64 }; /* may wait for a worker, besides as many as there are workers */

struct courier_options {
    const struct channel *channel;
    const struct settings *settings; /* must stay */
    void *shared;                    /* by the workers; must stay */
    size_t workers, reserved;
    int64_t patience_us; /* how long a parcel may wait for a worker */
    void (*done)(void *ctx, struct parcel *parcel);
    void *ctx;
};

/* NULL without memory or threads. */
struct courier *courier_open(uv_loop_t *loop, const struct courier_options *options);
/* How many more parcels it should be given now. */
size_t courier_room(struct courier *courier, bool urgent);
/* 0, or ERR_STATE: COURIER_AHEAD wait already, and the parcel is still the caller's. */
int courier_send(struct courier *courier, struct parcel *parcel);
/* Parcels that no worker has begun: out of the queue, in order, linked by next. */
struct parcel *courier_recall(struct courier *courier);
/* Tries that have not come to the body of their message end soon, as temporary. */
void courier_hurry(struct courier *courier);
/* Ends everything within about a second; parcels that are not done yet are freed. The memory is
 * returned when the loop has closed the handle. NULL is fine. */
void courier_close(struct courier *courier);

#endif
