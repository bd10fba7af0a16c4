/*
 * replay: plays a recording as it happened: all events of a file in the order of time, each at its
 * moment, at the recorded pace or a multiple of it. With shift the times are moved to those of the
 * replay, and incident numbers get a suffix ("~" and the second at which the replay began, in base
 * 36), so that they differ from the recorded incidents. On the loop's thread.
 */
#ifndef LIAISON_FEED_REPLAY_H
#define LIAISON_FEED_REPLAY_H

#include "event.h"
#include "mapping.h"

#include <uv.h>

struct replay;

struct replay_options {
    event_time from, to; /* from <= time < to */
    double pace;         /* 0: without waiting */
    bool shift;
    int (*event_cb)(void *ctx, const struct event *event, struct error *error);
    /* Makes the events that event_cb got durable. After an error it is called again. */
    int (*commit_cb)(void *ctx, uint64_t replayed, int64_t began, struct error *error);
    void (*end_cb)(void *ctx);
    void *ctx;
};

struct replay *replay_open(uv_loop_t *loop, const struct replay_options *options,
                           struct error *error);
void replay_close(struct replay *replay);

/* Adds an event; an event outside of from and to is skipped. */
int replay_add(struct replay *replay, const struct event *event, struct error *error);
/* Call after the last event: sorts the events and begins. skip: how many were played before a
 * restart, in a replay that began at began (wall clock; 0: now). After end_cb the replay is empty,
 * for the next recording. */
void replay_start(struct replay *replay, uint64_t skip, int64_t began);
/* From 0 to 1; negative before the start. */
double replay_share(const struct replay *replay);

/* Reads a time of the command line: RFC 3339, or a date, with or without a time of day, in the
 * mapping's zone (UTC without one). "" is fallback. */
int replay_time(const char *text, event_time fallback, const struct mapping *mapping,
                event_time *out, struct error *error);
/* Moves all times of an event, and marks its incident numbers. */
void replay_shift(struct event *event, int64_t by_us, int64_t began);

#endif
