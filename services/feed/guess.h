/*
 * guess: proposes a mapping file for an export that was never seen. Columns are known by their
 * names and by what their values look like; each choice is written with how sure it is and why, and
 * at the end stands what a person must decide. The proposal is always a mapping that can be loaded.
 * Columns about persons, free text and immigration status are named as left out, whatever else they
 * match. No value of the sample is ever written. Not thread-safe.
 */
#ifndef LIAISON_FEED_GUESS_H
#define LIAISON_FEED_GUESS_H

#include "guess_columns.h"
#include "guess_words.h"

#include <stdio.h>

enum { GUESS_NAME = 128, GUESS_KEYS = 4, GUESS_ROWS = 5000, GUESS_SHOWN = 10 };

enum guess_sure { GUESS_LOW, GUESS_MEDIUM, GUESS_HIGH };

struct guess_pick {
    int column; /* or -1 */
    enum guess_sure sure;
    const char *why; /* static */
};

struct guess_told { /* of one column */
    struct guess_column profile;
    char name[GUESS_NAME]; /* as in the header, or ours where there is none */
    enum guess_private private;
    bool private_by_values; /* against what its name says, if it says anything */
    bool unusable;          /* no mapping can name it: empty, doubled, begins with = */
    bool mapped;
    size_t unread; /* of a time: values that the mapping cannot read */
};

/* A row that would be refused for a time. */
struct guess_unread {
    size_t line; /* of the sample */
    int column;  /* the first whose time cannot be read; of a joined time, that of the clock */
    char reason[sizeof((struct fault *)0)->reason];
};

struct guess {
    struct guess_table table;
    struct guess_told *told; /* one for each column */
    struct guess_pick pick[GUESS_ROLES];
    const char *time_format; /* as the mapping says it */
    bool zoned, either;      /* tells its offset; day and month could be the other way round */
    bool day_only;           /* no time of day was found */
    char joined_format[64];
    int join_date, join_clock; /* columns that make one time, or -1 */
    int join_crossing; /* column that has the address where that of the address is empty, or -1 */
    size_t crossing_rows;     /* those rows */
    enum guess_role occurred; /* the time that orders the events */
    int key[GUESS_KEYS];      /* columns of the digest where there is no number */
    size_t key_count;
    bool keyed_by_time; /* the digest begins with the time */
    const char *kind;
    size_t unread_rows;                      /* that would be refused for a time */
    struct guess_unread unread[GUESS_SHOWN]; /* the first of them */
};

/* Reads the sample and makes up its mind; which times cannot be read guess_times_check notes. The
 * fault never holds a text of the sample. */
int guess_read(struct guess *guess, const char *path, size_t rows, struct fault *fault);
/* Whether a column was picked for the role, and which; NULL if none. */
bool guess_has(const struct guess *guess, enum guess_role role);
const struct guess_told *guess_told_of(const struct guess *guess, enum guess_role role);
/* What a person must decide, as a list in comments; the last part of the proposal. */
void guess_decide(const struct guess *guess, const char *zone, FILE *out);
/* Whether the column's name says one of the roles first to last; false where there is no header. */
bool guess_is_named_role(const struct guess *guess, const struct guess_told *told,
                         enum guess_role first, enum guess_role last);
/* Whether a column's position is in feet or metres of a grid. */
bool guess_is_on_grid(const struct guess_told *told);
/* Writes the mapping file; zone may be "". */
void guess_write(const struct guess *guess, const char *zone, FILE *out);
void guess_free(struct guess *guess);

/* All of it, as --guess does. 0 or negative; nothing is written on a fault. */
int guess_run(const char *path, size_t rows, const char *zone, FILE *out, struct fault *fault);

#endif
