/*
 * guess_columns: the profile of a column's values: numbers, times, coordinates, how many different
 * ones, their length, their kind of words. Shares are from 0 to 1, of the values that are not
 * empty. A profile keeps no value of the sample. Not thread-safe.
 */
#ifndef LIAISON_FEED_GUESS_COLUMNS_H
#define LIAISON_FEED_GUESS_COLUMNS_H

#include "guess_table.h"

#include <stdint.h>

enum { GUESS_LONGEST = 256 };

/* Times that are written as numbers. Such numbers could be anything else, so the column's name must
 * say that it is a time. */
enum guess_numeric {
    GUESS_EPOCH,
    GUESS_EPOCH_MS,
    GUESS_EXCEL,
    GUESS_PACKED_DATE,    /* 20251016 */
    GUESS_PACKED_BOTH,    /* 202510161405 */
    GUESS_PACKED_CLOCK,   /* 1405 */
    GUESS_PACKED_CLOCK_S, /* 140533 */
    GUESS_NUMERICS
};

/* A position in one text: two numbers, divided by mark, in brackets or not. */
struct guess_point {
    bool open;
    char mark[4];
    double sum[2];
    size_t count;
};

struct guess_column {
    size_t filled, distinct;
    double share_filled;           /* of all rows */
    double number, fraction;       /* numbers; those with three or more decimals */
    double comma;                  /* numbers with a decimal comma */
    double id;                     /* a single word with digits, at least four characters */
    double phone, email, point;    /* telephone numbers, addresses of mail, "(47.6, -122.3)" */
    double call, street, crossing; /* words of call types, of streets; "A & B", "A / B" */
    double town, status;           /* words of towns without digits; of immigration status */
    double digit;                  /* values with a digit */
    double words, length;          /* on average: words, octets */
    double in_90, in_180, mean;    /* of the numbers except zeros: within so many degrees */
    size_t zeros;
    size_t persons;               /* "Family, Given", or a given name and no digit */
    size_t named;                 /* with "Family, Given" behind other words */
    size_t lists;                 /* with a comma, ';' or '|' */
    char list_mark;               /* that of the last of them */
    size_t remarks;               /* with a ';', or a telephone number in them */
    size_t sentences;             /* of several words, that no other row has */
    size_t longer[GUESS_LONGEST]; /* [n]: values of more than n octets */
    struct guess_point point_form;
    bool midnight;                /* of a date and a clock: the clock is always 0:00 */
    int format;                   /* in guess_formats, or -1 */
    bool either;                  /* day and month could be swapped */
    int years;                    /* from the first to the last, of a date or time */
    bool numeric[GUESS_NUMERICS]; /* all values are such times of the last decades; for times since
                                     1970 all values except zeros */
};

/* Fills one column's profile; 0 or ERR_NOMEM. */
int guess_column_profile(struct guess_column *column, const struct guess_table *table,
                         size_t index);

/* Whether it holds long prose, telephone numbers or the like: never mapped, whatever its name. */
bool guess_column_is_prose(const struct guess_column *column);
bool guess_column_is_personal(const struct guess_column *column);
/* Whether it holds persons' names, or dates over so many years that they are dates of birth. The
 * column's name may overrule this. */
bool guess_column_is_of_names(const struct guess_column *column);
bool guess_column_is_of_births(const struct guess_column *column);
/* Whether more than a few values have persons' names behind other words. */
bool guess_column_has_names(const struct guess_column *column);
/* Whether nearly all values differ, so it is no code; and whether they have several words each, so
 * they are free text. */
bool guess_column_is_varied(const struct guess_column *column);
bool guess_column_is_told(const struct guess_column *column);
/* Whether it holds mostly codes, with sentences among them. */
bool guess_column_is_told_in_part(const struct guess_column *column);

#endif
