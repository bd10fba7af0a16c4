/* See checkpoint.h. */
#include "checkpoint.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *key;
    size_t offset;
    size_t text; /* size of a text, or 0: a number */
} rows[] = {
#define NUMBER(member)                                  \
    {                                                   \
#member, offsetof(struct checkpoint, member), 0 \
    }
#define TEXT(member)                                                                           \
    {                                                                                          \
#member, offsetof(struct checkpoint, member), sizeof(((struct checkpoint *)0)->member) \
    }
    TEXT(name),           TEXT(head),           NUMBER(head_size),    NUMBER(octets),
    NUMBER(offset),       NUMBER(read),         NUMBER(rejected),     NUMBER(withheld),
    NUMBER(dropped),      NUMBER(records),      NUMBER(first),        NUMBER(last),
    NUMBER(rejects_size), NUMBER(done),         NUMBER(replayed),     NUMBER(replay_began),
    NUMBER(day),          NUMBER(day_read),     NUMBER(day_rejected), NUMBER(day_dropped),
    NUMBER(day_records),  NUMBER(day_last),     NUMBER(again),        NUMBER(again_until),
    NUMBER(again_from),   NUMBER(known.file),   NUMBER(known.size),   NUMBER(seen.file),
    NUMBER(seen.size),    NUMBER(http.date),    NUMBER(http.read),    NUMBER(http.rejected),
    NUMBER(http.dropped), NUMBER(http.records), NUMBER(http.first),   NUMBER(http.last),
    TEXT(mark.digest),    NUMBER(mark.device),  NUMBER(mark.inode),   NUMBER(mark.octets),
    NUMBER(mark.changed), NUMBER(vanished),     NUMBER(day_vanished), NUMBER(rows.file),
    NUMBER(rows.size),
};
enum { ROWS = sizeof rows / sizeof rows[0] };

int checkpoint_write(const struct checkpoint *checkpoint, char *out, size_t room)
{
    size_t used = 0;

    for (size_t i = 0; i < ROWS; i++) {
        const char *at = (const char *)checkpoint + rows[i].offset;
        uint64_t number = 0;
        int wrote;

        if (rows[i].text) {
            wrote = snprintf(out + used, room - used, "%s=%s\n", rows[i].key, at);
        } else {
            memcpy(&number, at, sizeof number);
            wrote = snprintf(out + used, room - used, "%s=%" PRIu64 "\n", rows[i].key, number);
        }
        if (wrote < 0 || (size_t)wrote >= room - used)
            return ERR_SIZE;
        used += (size_t)wrote;
    }
    return (int)used;
}

static void take(struct checkpoint *checkpoint, const char *key, const char *value)
{
    for (size_t i = 0; i < ROWS; i++) {
        char *at = (char *)checkpoint + rows[i].offset;
        uint64_t number;

        if (strcmp(rows[i].key, key) != 0)
            continue;
        if (rows[i].text) {
            snprintf(at, rows[i].text, "%s", value);
        } else {
            number = strtoull(value, NULL, 10);
            memcpy(at, &number, sizeof number);
        }
    }
}

int checkpoint_read(struct checkpoint *checkpoint, const char *text)
{
    char *copy = strdup(text), *rest = copy, *line;

    *checkpoint = (struct checkpoint){0};
    if (!copy)
        return ERR_NOMEM;
    while ((line = strsep(&rest, "\n"))) {
        char *equals = strchr(line, '=');

        if (!equals)
            continue;
        *equals = '\0';
        take(checkpoint, line, equals + 1);
    }
    free(copy);
    return 0;
}

void checkpoint_add(struct checkpoint *totals, const struct checkpoint *item)
{
    totals->read += item->read;
    totals->rejected += item->rejected;
    totals->withheld += item->withheld;
    totals->dropped += item->dropped;
    totals->records += item->records;
    if (totals->first == 0)
        totals->first = item->first;
    if (item->last > 0)
        totals->last = item->last;
}
