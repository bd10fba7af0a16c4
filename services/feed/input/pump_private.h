/*
 * pump_private: for pump.c and pump_item.c. One input: whether it is the one that the checkpoint
 * speaks of, what each of its rows becomes, and its end.
 */
#ifndef LIAISON_FEED_PUMP_PRIVATE_H
#define LIAISON_FEED_PUMP_PRIVATE_H

#include "input.h"
#include "pump.h"
#include "reject.h"
#include "replay.h"
#include "source.h"

struct pump {
    struct pump_options options;
    struct input *input;
    struct source *source;
    struct replay *replay; /* NULL unless in replay mode */
    struct reject reject;
    struct checkpoint now;    /* of the item that is read */
    struct checkpoint totals; /* of the items before it */
    uint64_t again;           /* records up to it are lost: the next item is read again; 0 */
    uint64_t reread;          /* records up to it were lost at reread_at: a GONE is said twice */
    int64_t reread_at;        /* monotonic */
    int64_t refused_at;       /* monotonic: when a refused row was last told; 0: never */
    int64_t left_out_at;      /* the same of values that were left out */
    uint32_t left_out_told;   /* how many there were then */
    uint64_t resume;          /* rows up to this octet were dealt with before */
    bool in_item, done, waiting_for_disk, failed;
    bool was_done;       /* the item was read to its end before, and may have grown since */
    bool took_row;       /* of the item, or since the source was parked: one that was not known */
    bool parking;        /* the item is to be left and looked for again at the next turn */
    bool held;           /* the item's next row waits for the intake's clock */
    int64_t open_since;  /* monotonic: how long a row has been left open; 0: none is */
    struct fault parked; /* why the source cannot be read now; code 0: it can */
    uint64_t park_ms;
    struct fault failure;
    uv_idle_t turn;   /* in the loop's next turn */
    uv_timer_t later; /* or after a while */
    int open_handles;
    char *data, *body;
};

/* Returns false if the item was finished by an earlier run and is as it was. */
bool item_begin(struct pump *pump);
/* The lowest sequence that was made of the item's rows; 0 if none. */
uint64_t item_covers(const struct checkpoint *item);
/* Deals with one row. */
int item_row(struct pump *pump, const struct source_row *row);
/* Its last row is dealt with: marks it as done and adds its manifest. */
int item_end(struct pump *pump, struct fault *fault);
/* It cannot be read, or not further: adds a manifest that says so. What was read of it stays. */
int item_refuse(struct pump *pump, struct fault *fault);
/* A version of a snapshot is read whole: counts what it no longer has. */
void item_end_version(struct pump *pump);
/* Whether nothing was read that an earlier run had not, and that run told all of it. */
bool item_is_known(const struct pump *pump);
/* It is not what was read before, or was written to while it was read: it is read anew. */
void item_changed(struct pump *pump);
/* Whether it has been read again up to where it was when records were lost: adds a manifest that
 * says so, and a commit is due. */
bool item_is_read_again(struct pump *pump);
/* Whether the day is over for an item that grows: adds the day's manifest, and a commit is due. */
bool item_day_is_over(struct pump *pump);
/* Makes durable what was read so far. */
int item_commit(struct pump *pump, struct fault *fault);
/* Spools one event of the item. */
int item_spool(struct pump *pump, const struct event *event, struct fault *fault);

#endif
