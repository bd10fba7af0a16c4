/* See ledger.h. */
#include "ledger.h"

#include <stdlib.h>
#include <string.h>

void ledger_init(struct ledger *ledger, uint64_t high)
{
    *ledger = (struct ledger){.high = high};
}

void ledger_free(struct ledger *ledger)
{
    free(ledger->range);
    *ledger = (struct ledger){0};
}

/* The first range that ends at or after seq - 1, so that it overlaps or touches seq. */
static size_t find(const struct ledger *ledger, uint64_t seq)
{
    size_t low = 0, high = ledger->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (ledger->range[middle].last + 1 < seq)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int insert(struct ledger *ledger, size_t at, struct ledger_range range)
{
    if (ledger->count == ledger->room) {
        size_t room = ledger->room ? ledger->room * 2 : 16;
        struct ledger_range *larger = reallocarray(ledger->range, room, sizeof *larger);

        if (!larger)
            return ERR_NOMEM;
        ledger->range = larger;
        ledger->room = room;
    }
    memmove(ledger->range + at + 1, ledger->range + at,
            (ledger->count - at) * sizeof *ledger->range);
    ledger->range[at] = range;
    ledger->count++;
    return 0;
}

static void remove_ranges(struct ledger *ledger, size_t at, size_t count)
{
    if (count == 0)
        return;
    memmove(ledger->range + at, ledger->range + at + count,
            (ledger->count - at - count) * sizeof *ledger->range);
    ledger->count -= count;
}

int ledger_add(struct ledger *ledger, uint64_t first, uint64_t last)
{
    struct ledger_range merged = {first, last};
    size_t at, end;
    int err;

    if (last < first || last <= ledger->high)
        return 0;
    if (merged.first <= ledger->high)
        merged.first = ledger->high + 1;
    at = end = find(ledger, merged.first);
    while (end < ledger->count && ledger->range[end].first <= last + 1) {
        if (ledger->range[end].first < merged.first)
            merged.first = ledger->range[end].first;
        if (ledger->range[end].last > merged.last)
            merged.last = ledger->range[end].last;
        end++;
    }
    if (merged.first == ledger->high + 1) {
        remove_ranges(ledger, at, end - at);
        ledger->high = merged.last;
        return 0;
    }
    if (end > at) {
        ledger->range[at] = merged;
        remove_ranges(ledger, at + 1, end - at - 1);
        return 0;
    }
    err = insert(ledger, at, merged);
    return err;
}

bool ledger_has(const struct ledger *ledger, uint64_t seq)
{
    return ledger_next_open(ledger, seq) != seq;
}

uint64_t ledger_next_open(const struct ledger *ledger, uint64_t seq)
{
    if (seq <= ledger->high)
        seq = ledger->high + 1;
    for (size_t i = find(ledger, seq); i < ledger->count; i++) {
        if (ledger->range[i].first > seq)
            break;
        if (ledger->range[i].last >= seq)
            seq = ledger->range[i].last + 1;
    }
    return seq;
}

uint64_t ledger_count(const struct ledger *ledger, uint64_t first, uint64_t last)
{
    uint64_t count = 0;

    if (first > last)
        return 0;
    if (first <= ledger->high)
        count = (last < ledger->high ? last : ledger->high) - first + 1;
    for (size_t i = 0; i < ledger->count; i++) {
        uint64_t from = ledger->range[i].first < first ? first : ledger->range[i].first;
        uint64_t to = ledger->range[i].last > last ? last : ledger->range[i].last;

        if (from <= to)
            count += to - from + 1;
    }
    return count;
}
