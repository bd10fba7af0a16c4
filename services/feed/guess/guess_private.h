/*
 * guess_private: for guess*.c. What is known of a sample, what was picked for each role of a
 * mapping, and the steps to it.
 */
#ifndef LIAISON_FEED_GUESS_PRIVATE_H
#define LIAISON_FEED_GUESS_PRIVATE_H

#include "guess_columns.h"
#include "guess_formats.h"
#include "guess_names.h"
#include "leftout.h"

#include <stdio.h>

enum { GUESS_NAME = 128, GUESS_KEYS = 4, GUESS_SHOWN = 10, GUESS_MADE = 60, GUESS_PACKED = 16 };

enum guess_sure { GUESS_LOW, GUESS_MEDIUM, GUESS_HIGH };

/* What the proposal makes from columns, by [split] or [join]. */
enum guess_making { GUESS_BEFORE, GUESS_AFTER, GUESS_JOIN };
struct guess_source {
    int column; /* or -1 */
    int made;   /* in struct guess's made, or -1; then what it is made from stands before it */
};
struct guess_made {
    enum guess_making making;
    char name[GUESS_NAME];
    char mark[8]; /* of a split */
    struct guess_source part[GUESS_PARTS];
    size_t parts;
    const char *why; /* static */
    size_t rows;     /* of a joined address: those that have it */
};

/* A column that is a part of another's cells, and the split that makes it. */
struct guess_packed {
    int from, column, made;
};

struct guess_pick {
    int column; /* or -1; of what is made, one that it is made from */
    int made;   /* what stands in the mapping instead of the column, or -1 */
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
    uint64_t nothing;     /* words for nothing in it, as bits: see guess_nothing_words */
    unsigned zones;       /* names of zones that stood behind its times, as bits */
    const char *cut_mark; /* what stands between its date and a clock of 0:00, or NULL */
};

/* What became of a row of the sample when it was read by the proposal. */
struct guess_unread {
    size_t line; /* of the sample */
    struct fault fault;
};

/* The sample read by the proposal, as the agent will read it. */
struct guess_trial {
    bool done;
    size_t rows, refused;
    struct guess_unread first[GUESS_SHOWN];         /* of those that are refused */
    size_t both[GUESS_WHEN], backwards[GUESS_WHEN]; /* of a milestone: rows that have it and the
                                                     * receipt; those where it is before it */
    size_t unfit;              /* values that are left out, of rows that are sent */
    char fields[LEFTOUT_TEXT]; /* their fields, with counts */
};

struct guess {
    struct guess_table table;
    struct guess_told *told; /* one for each column */
    struct guess_pick pick[GUESS_ROLES];
    struct guess_made made[GUESS_MADE];
    size_t made_count;
    struct guess_packed packed[GUESS_PACKED];
    size_t packed_count;
    const char *time_format; /* as the mapping says it */
    bool zoned, either;      /* tells its offset; day and month could be the other way round */
    bool day_only;           /* no time of day was found */
    bool joined;             /* the times are made from a date and a clock each */
    char joined_format[64];
    char turned_format[64]; /* with day and month the other way round */
    size_t turned;          /* rows that the first order would refuse more; 0: it was not turned */
    int join_crossing; /* column that has the address where that of the address is empty, or -1 */
    enum guess_role occurred; /* the time that orders the events */
    int key[GUESS_KEYS];      /* roles of the digest where there is no number */
    size_t key_count;
    const char *kind;
    struct guess_trial trial;
};

/* Reads the sample and makes up its mind. The fault never holds a text of the sample. */
int guess_read(struct guess *guess, const char *path, size_t rows, struct fault *fault);
/* Whether a column was picked for the role, and which; NULL if none. */
bool guess_has(const struct guess *guess, enum guess_role role);
const struct guess_told *guess_told_of(const struct guess *guess, enum guess_role role);
/* Whether a column may be mapped yet: not mapped, nor private, nor without a name to write. */
bool guess_is_free(const struct guess_told *told);
/* Reads the sample by the proposal, and notes what would be refused. */
int guess_try(struct guess *guess, const char *path, size_t rows, const char *zone,
              struct fault *fault);
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

#endif
