/*
 * ledger: the sequences of the stream that intake has decided (acknowledged or refused): a
 * high-water mark up to which all are decided, and ranges above it. Only the mark is durable.
 * Records above it are sent again after a restart, and intake knows the decided ones already. Not
 * thread-safe.
 */
#ifndef LIAISON_FEED_LEDGER_H
#define LIAISON_FEED_LEDGER_H

#include "errors.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ledger_range {
    uint64_t first, last;
};

struct ledger {
    uint64_t high;              /* high-water mark: all up to it are decided */
    struct ledger_range *range; /* above high + 1, sorted, never touching each other */
    size_t count, room;
};

void ledger_init(struct ledger *ledger, uint64_t high);
void ledger_free(struct ledger *ledger);
/* Marks first to last as decided. */
int ledger_add(struct ledger *ledger, uint64_t first, uint64_t last);
bool ledger_has(const struct ledger *ledger, uint64_t seq);
/* The first sequence from seq on that is not decided. */
uint64_t ledger_next_open(const struct ledger *ledger, uint64_t seq);
/* How many of first to last are decided. */
uint64_t ledger_count(const struct ledger *ledger, uint64_t first, uint64_t last);

#endif
