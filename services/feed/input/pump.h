/*
 * pump: reads the source and fills the spool. One turn reads a piece of the input, turns its rows
 * into events or rejects, and commits both with the checkpoint; then it returns to the loop. It
 * stops while the spool is full, and tries again while the disk is full. In replay mode the rows go
 * to the replay, which spools them when their time has come.
 *
 * Everything that is passed to it must outlive it. All calls on the loop's thread.
 */
#ifndef LIAISON_FEED_PUMP_H
#define LIAISON_FEED_PUMP_H

#include "checkpoint.h"
#include "manifests.h"
#include "options.h"
#include "recall.h"
#include "spool.h"
#include "withhold.h"

#include <uv.h>

struct pump;

struct pump_options {
    const struct feed_options *feed;
    struct mapping *mapping; /* NULL unless CSV */
    struct withhold *withhold;
    struct recall *recall;
    struct spool *spool;
    struct manifests *manifests;
    void (*moved_cb)(void *ctx); /* more was spooled, or nothing more will be */
    void *ctx;
};

struct pump *pump_open(uv_loop_t *loop, const struct pump_options *options, struct error *error);
void pump_close(struct pump *pump);

/* Records up to last are lost, at the agent and at intake: reads the source again from its
 * beginning. Intake ignores facts that it knows already. If the source cannot be read again, the
 * log tells the operator. */
void pump_read_again(struct pump *pump, uint64_t last);
/* Call regularly: a day without records has a manifest too. */
void pump_look(struct pump *pump);
/* Whether the pump makes the manifests of days: while it reads a file that grows, and has it
 * open. */
bool pump_tells_days(const struct pump *pump);

/* The input is read to its end (with once, or where it cannot grow). */
bool pump_is_done(const struct pump *pump);
/* Whether rows in memory are not on disk yet. */
bool pump_waits(const struct pump *pump);
/* Why an input could not be read; NULL if all could be read. Files of a folder that follow an unfit
 * one are read nevertheless. */
const struct error *pump_failure(const struct pump *pump);
/* The counts of all inputs of this run, including what earlier runs had read of them. */
void pump_totals(const struct pump *pump, struct checkpoint *totals);
/* How much of the input is handled, from 0 to 1; negative if unknown. */
double pump_share(const struct pump *pump);

#endif
