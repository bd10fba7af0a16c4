/*
 * guess_private: for guess*.c. The findings about a sample, the column that was picked for each
 * role of a mapping, and the steps that lead there.
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

/* How the proposal makes a field from columns, by [split] or [join]. */
enum guess_making { GUESS_BEFORE, GUESS_AFTER, GUESS_JOIN };
struct guess_source {
    int column; /* or -1 */
    int made; /* index in struct guess's made, or -1; fields that it is made from come before it */
};
struct guess_made {
    enum guess_making making;
    char name[GUESS_NAME];
    char mark[8]; /* of a split */
    struct guess_source part[GUESS_PARTS];
    size_t parts;
    const char *why; /* static */
    size_t rows;     /* of a joined address: rows that have it */
};

/* A column that is a part of another column's cells, and the split that makes it. */
struct guess_packed {
    int from, column, made;
};

struct guess_pick {
    int column; /* or -1; of a made field, a column that it is made from */
    int made;   /* the made field that the mapping uses instead of the column, or -1 */
    enum guess_sure sure;
    const char *why; /* static */
};

struct guess_told { /* of one column */
    struct guess_column profile;
    char name[GUESS_NAME]; /* as in the header, or generated if there is none */
    enum guess_private private;
    bool private_by_values; /* its values are private, even if its name is not */
    bool unusable;          /* no mapping can name it: empty, duplicate, begins with = */
    bool mapped;
    uint64_t nothing;     /* its words for an empty value, as bits: see guess_nothing_words */
    unsigned zones;       /* names of zones that followed its times, as bits */
    const char *cut_mark; /* the text between its date and a clock of 0:00, or NULL */
};

/* A row of the sample that is refused when it is read by the proposal. */
struct guess_unread {
    size_t line; /* of the sample */
    struct error error;
};

/* The sample read by the proposal, as the agent will read it. */
struct guess_trial {
    bool done;
    size_t rows, refused;
    struct guess_unread first[GUESS_SHOWN]; /* the first refused rows */
    size_t both[GUESS_WHEN],
        backwards[GUESS_WHEN]; /* for each milestone: rows that have it and the receipt; rows where
                                  it precedes the receipt */
    size_t unfit;              /* values that are left out from rows that are sent */
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
    const char *time_format; /* as the mapping writes it */
    bool zoned, either;      /* has an offset; day and month could be swapped */
    bool day_only;           /* no time of day was found */
    bool joined;             /* each time is made from a date and a clock */
    char joined_format[64];
    char turned_format[64]; /* with day and month in the other order */
    size_t turned;          /* how many rows more the first order would refuse; 0: not turned */
    int join_crossing;      /* column that has the address if the address column is empty, or -1 */
    enum guess_role occurred; /* the time that orders the events */
    int key[GUESS_KEYS];      /* roles of the digest if there is no incident number */
    size_t key_count;
    const char *kind;
    struct guess_trial trial;
};

/* Reads the sample and makes all choices. error never holds a text of the sample. */
int guess_read(struct guess *guess, const char *path, size_t rows, struct error *error);
/* Whether a column was picked for the role, and which; NULL if none. */
bool guess_has(const struct guess *guess, enum guess_role role);
const struct guess_told *guess_told_of(const struct guess *guess, enum guess_role role);
/* Whether a column can still be mapped: it is not mapped, not private, and has a usable name. */
bool guess_is_free(const struct guess_told *told);
/* Reads the sample by the proposal, and notes the rows that would be refused. */
int guess_try(struct guess *guess, const char *path, size_t rows, const char *zone,
              struct error *error);
/* Writes what a person must decide, as a list in comments, which is the last part of the
 * proposal. */
void guess_decide(const struct guess *guess, const char *zone, FILE *out);
/* Whether the column's name means one of the roles first to last; false if there is no header. */
bool guess_is_named_role(const struct guess *guess, const struct guess_told *told,
                         enum guess_role first, enum guess_role last);
/* Whether a column's position is in feet or metres of a grid. */
bool guess_is_on_grid(const struct guess_told *told);
/* Writes the mapping file; zone may be "". */
void guess_write(const struct guess *guess, const char *zone, FILE *out);
void guess_free(struct guess *guess);

#endif
