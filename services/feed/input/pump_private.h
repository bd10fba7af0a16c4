/*
 * pump_private: for pump.c and pump_item.c. One item of the input: whether it is the one of the
 * checkpoint, how its rows are handled, and its end.
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
    struct checkpoint now;    /* of the current item */
    struct checkpoint totals; /* of the items before it */
    uint64_t again;           /* records up to it are lost: the next item is read again; 0: none */
    uint64_t reread;          /* records up to it were lost at reread_at; a GONE is sent twice */
    int64_t reread_at;        /* monotonic */
    int64_t refused_at;       /* monotonic: when a refused row was last logged; 0: never */
    int64_t left_out_at;      /* the same for values that were left out */
    uint32_t left_out_told;   /* how many there were then */
    uint64_t resume;          /* rows up to this octet were handled before */
    bool in_item, done, waiting_for_disk, failed;
    bool was_done;       /* the item was read to its end before, and may have grown since */
    bool took_row;       /* a new row came, of the item or since the source was parked */
    bool parking;        /* the item is left at the next turn, and looked for again */
    bool held;           /* the item's next row waits for intake's clock */
    int64_t open_since;  /* monotonic: since when a row has had no end; 0: there is no such row */
    struct error parked; /* why the source cannot be read now; code 0: it can */
    uint64_t park_ms;
    struct error failure;
    uv_idle_t turn;   /* runs the next turn in the loop's next iteration */
    uv_timer_t later; /* or after a pause */
    int open_handles;
    char *data, *body;
};

/* Returns false if an earlier run finished the item and it is unchanged. */
bool item_begin(struct pump *pump);
/* The lowest sequence of the item's records; 0 if there is none. */
uint64_t item_covers(const struct checkpoint *item);
/* Handles one row. */
int item_row(struct pump *pump, const struct source_row *row);
/* Its last row is handled: marks the item as done and adds its manifest. */
int item_end(struct pump *pump, struct error *error);
/* The item cannot be read, or not further: adds a manifest that says so. What was read stays. */
int item_refuse(struct pump *pump, struct error *error);
/* A version of a snapshot is read completely: counts the incidents that are missing in it. */
void item_end_version(struct pump *pump);
/* Whether an earlier run had read the whole item, and no new row came. */
bool item_is_known(const struct pump *pump);
/* The item is not what was read before, or was changed while it was read: it is read from the
 * start. */
void item_changed(struct pump *pump);
/* Whether the second reading has reached the position at which records were lost: then adds a
 * manifest that states it, and a commit is due. */
bool item_is_read_again(struct pump *pump);
/* Whether the day is over for an item that grows: then adds the day's manifest, and a commit is
 * due. */
bool item_day_is_over(struct pump *pump);
/* Makes durable what was read so far. */
int item_commit(struct pump *pump, struct error *error);
/* Spools one event of the item. */
int item_spool(struct pump *pump, const struct event *event, struct error *error);

#endif
