/*
 * recall: what the agent remembers beside the spool: the states of incidents from EIDO documents
 * (known.h), the rows of a snapshot (snapshot.h), and the records that came over HTTP (seen.h) with
 * their counts of the day (day.h). The first three are written and synced before the spool commits.
 * The checkpoint of that commit has their ends and the counts. So at whatever moment the agent
 * dies, they cover exactly the events in the spool. On one thread.
 */
#ifndef LIAISON_FEED_RECALL_H
#define LIAISON_FEED_RECALL_H

#include "checkpoint.h"
#include "eido_diff.h"
#include "seen.h"
#include "snapshot.h"
#include "spool.h"

struct recall {
    int dir;
    struct known *known;
    struct eido_diff *diff;
    struct seen *seen;
    struct snapshot *rows; /* NULL unless each version of the source is the whole of it */
    struct day http;
};

struct recall_options {
    const char *spool_dir, *mode;
    bool snapshot;
    bool durable; /* else in memory only, and forgotten at a restart */
    struct withhold *withhold;
};

int recall_open(struct recall *recall, const struct recall_options *options,
                const struct spool *spool, struct error *error);
void recall_close(struct recall *recall);

/* Forgets the states that are in memory only, because a recording is played from its beginning. */
void recall_forget(struct recall *recall);

/* Makes it durable and notes that in the checkpoint. The spool must be committed with this
 * checkpoint next. */
int recall_sync(struct recall *recall, struct checkpoint *checkpoint, struct error *error);

#endif
