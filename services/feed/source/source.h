/*
 * source: turns octets of an export into rows. One interface over CSV, NDJSON and EIDO: the caller
 * pushes what it has read and takes rows until source_next returns SOURCE_MORE.
 *
 * A row is either an event, checked and without facts that must be withheld, or an error. A source
 * keeps no octets of a row that it has returned. Not thread-safe.
 */
#ifndef LIAISON_FEED_SOURCE_H
#define LIAISON_FEED_SOURCE_H

#include "eido.h"
#include "event.h"
#include "leftout.h"
#include "mapping.h"

#include <stdio.h>

/* SOURCE_EVENTS: Liaison's JSON form in any layout: one event, a list or a sequence. Over HTTP
 * only, because a broken event may swallow the following ones. */
enum source_format { SOURCE_CSV, SOURCE_NDJSON, SOURCE_EIDO, SOURCE_EVENTS };

struct source_row {
    uint64_t line;                 /* on which it begins, from 1 */
    uint64_t end;                  /* the octet after it, from the beginning of the input */
    const struct event *event;     /* valid until the next call; NULL if refused */
    const struct eido_facts *eido; /* of an EIDO document, with the event */
    bool ahead;                    /* refused only because a time is in the future */
    bool repeated;                 /* equals an earlier row, and the mapping drops such rows */
    struct error error;            /* when refused */
};

enum source_next { SOURCE_ROW = 1, SOURCE_MORE = 0 }; /* or a negative error: the input is unfit */

struct source;

/* 0, or -1 if the word is none of csv, ndjson, eido. */
int source_format_parse(const char *word, enum source_format *format);

/* The now to pass to the decoder if times are checked later. */
#define EVENT_NOW_ANY (INT64_MAX / 2)

/* The caller owns mapping (for CSV; else NULL), which must outlive the source. */
struct source *source_open(enum source_format format, struct mapping *mapping, struct error *error);
void source_free(struct source *source);
/* Forgets everything, because another input begins. */
void source_reset(struct source *source);

int source_push(struct source *source, const char *data, size_t size);
/* Call when no more octets will come: a last line without a line end is a row too. */
void source_finish(struct source *source);
/* Returns a row as an event even if a time is in the future, as long as nothing else is wrong with
 * it. */
void source_take_ahead(struct source *source);
/* Whether complete lines are held back because they may belong to a row that has no end yet. */
bool source_is_open(const struct source *source);
/* Stops waiting for that end: source_next refuses the line that opened the row, and continues after
 * it. */
void source_give_up(struct source *source);
/* The last, incomplete line will never be completed: forgets it. False if there is none; else *row
 * is a refused row. */
bool source_cut(struct source *source, struct source_row *row);
/* The next row, or SOURCE_MORE, or why the input as a whole cannot be read. */
int source_next(struct source *source, struct source_row *row, struct error *error);

/* Callbacks for what is left out of each record: see struct event_dropped. CSV has columns, so
 * there are no names of members. */
struct source_hearer {
    void (*named_cb)(void *ctx, const char *name, size_t size, bool denied); /* or NULL */
    void (*unfit_cb)(void *ctx, const struct error *why);                    /* or NULL */
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
/* Prints the names of unread columns that had a value in the last row (CSV), separated by commas.
 * False if there are none, or if the format has no columns. */
bool source_print_row_dropped(const struct source *source, FILE *out);

#endif
