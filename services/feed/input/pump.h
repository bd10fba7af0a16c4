/*
 * pump: reads the source and fills the spool. A turn reads a piece of the input, makes its rows
 * events or rejects, and commits both with the checkpoint; then the loop may serve others. It stops
 * while the spool is full, and tries again while the disk is. In replay mode the rows go to the
 * replay instead, which spools them when their time has come.
 *
 * Everything it is given must outlive it. On the loop's thread.
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

struct pump *pump_open(uv_loop_t *loop, const struct pump_options *options, struct fault *fault);
void pump_close(struct pump *pump);

/* Records up to last are lost, at the agent and at the intake: reads the source again from its
 * beginning. What intake knows already is no event to it. Where the source cannot be read again,
 * the operator is told. */
void pump_read_again(struct pump *pump, uint64_t last);
/* Call now and then: a day that nothing happened in has a manifest too. */
void pump_look(struct pump *pump);
/* Whether it tells the manifests of days: while it reads a file that grows, and has it. */
bool pump_tells_days(const struct pump *pump);

/* The input is read to its end (with once, or where it cannot grow). */
bool pump_is_done(const struct pump *pump);
/* Whether rows are in memory that the disk has not taken yet. */
bool pump_waits(const struct pump *pump);
/* Why an input could not be read; NULL if all could. The files of a folder that follow an unfit one
 * are read all the same. */
const struct fault *pump_failure(const struct pump *pump);
/* The counts of all inputs of this run, with what earlier runs had read of them. */
void pump_totals(const struct pump *pump, struct checkpoint *totals);
/* How much of the input is dealt with, from 0 to 1; negative if that cannot be known. */
double pump_share(const struct pump *pump);

#endif
