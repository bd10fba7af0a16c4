/*
 * source: octets of an export in, rows out. One interface over CSV, NDJSON and EIDO; the caller
 * pushes what it has read and takes rows until it is told that more octets are needed.
 *
 * A row is either an event, checked and with what must be withheld taken out, or a fault. What a
 * source was given is forgotten as soon as it has become a row. Not thread-safe.
 */
#ifndef LIAISON_FEED_SOURCE_H
#define LIAISON_FEED_SOURCE_H

#include "eido.h"
#include "event.h"
#include "leftout.h"
#include "mapping.h"

#include <stdio.h>

/* SOURCE_EVENTS: our own form however it is laid out, one event, a list or one behind another;
 * over HTTP only, for a broken one may swallow what follows. */
enum source_format { SOURCE_CSV, SOURCE_NDJSON, SOURCE_EIDO, SOURCE_EVENTS };

struct source_row {
    uint64_t line;                 /* on which it begins, from 1 */
    uint64_t end;                  /* octet behind it, from the beginning of the input */
    const struct event *event;     /* valid until the next call; NULL if refused */
    const struct eido_facts *eido; /* of an EIDO document, with the event */
    bool ahead;                    /* refused, for a time that is ahead of now, and nothing else */
    bool repeated;                 /* equals a row before it, and the mapping says to drop those */
    struct fault fault;            /* when refused */
};

enum source_next { SOURCE_ROW = 1, SOURCE_MORE = 0 }; /* or a negative error: the input is unfit */

struct source;

/* 0, or -1 if the word is none of csv, ndjson, eido. */
int source_format_parse(const char *word, enum source_format *format);

/* A now to decode with where times are checked later. */
#define EVENT_NOW_ANY (INT64_MAX / 2)

/* mapping (for CSV; else NULL) stays the caller's and must outlive the source. */
struct source *source_open(enum source_format format, struct mapping *mapping, struct fault *fault);
void source_free(struct source *source);
/* Another input begins: forgets everything. */
void source_reset(struct source *source);

int source_push(struct source *source, const char *data, size_t size);
/* No more octets will come: a last line without its end is a row too. */
void source_finish(struct source *source);
/* A row that is refused for a time ahead of now alone is given out as an event all the same. */
void source_take_ahead(struct source *source);
/* Whether whole lines are held back because the row that they may belong to has no end yet. */
bool source_is_open(const struct source *source);
/* That end is not waited for: source_next refuses what opened the row, and goes on behind it. */
void source_give_up(struct source *source);
/* What was pushed and is no whole line will never have its end: forgets it. False if there is none;
 * else a refused row. */
bool source_cut(struct source *source, struct source_row *row);
/* The next row, or SOURCE_MORE, or why the input as a whole cannot be read. */
int source_next(struct source *source, struct source_row *row, struct fault *fault);

/* Who wants to hear what each record is left without: see struct event_dropped. Of CSV, which has
 * columns, there are no names of members. */
struct source_hearer {
    void (*named_cb)(void *ctx, const char *name, size_t size, bool denied); /* or NULL */
    void (*unfit_cb)(void *ctx, const struct fault *why);                    /* or NULL */
    void *ctx;
};
void source_hear(struct source *source, const struct source_hearer *hearer);
/* What decoding left out of this input so far: counts; by members that the dictionary does not
 * name; by fields that could not keep their value. */
const struct event_dropped *source_dropped(const struct source *source);
const struct leftout *source_members_left_out(const struct source *source);
const struct leftout *source_fields_left_out(const struct source *source);
/* Prints the names of columns that are not read (CSV, after the first row). */
void source_print_dropped(const struct source *source, FILE *out);
/* Prints the names of those that held something in the last row (CSV), with commas between. False
 * if there are none, or the format knows none. */
bool source_print_row_dropped(const struct source *source, FILE *out);

#endif
