/*
 * filter: checks the parameters of a list of calls against a table, and turns them into parameters
 * of a prepared statement. No user input ever becomes SQL text. No state; any thread.
 */
#ifndef LIAISON_DASHBOARD_FILTER_H
#define LIAISON_DASHBOARD_FILTER_H

#include "errors.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_pair;

/* The known parameters; the first FILTER_SQL ones are parameters of the statement, in this
 * order. */
enum filter_field {
    FILTER_FROM,
    FILTER_TO,
    FILTER_SCHOOL,
    FILTER_CLASS,
    FILTER_TYPE,
    FILTER_DISPOSITION,
    FILTER_MONTH,
    FILTER_STATUS,
    FILTER_HOURS,
    FILTER_AGENCY,
    FILTER_Q,
    FILTER_SQL,
    FILTER_COUNTED = FILTER_SQL,
    FILTER_SORT,
    FILTER_DIR,
    FILTER_LIMIT,
    FILTER_CURSOR,
    FILTER_COUNT,
};

struct filter {
    const char *value[FILTER_COUNT]; /* into the request's pairs; NULL: not given */
    int limit;
    int sort; /* row of filter_sorts */
    bool descending;
    bool counted;
};

/* The supported orders: sql/calls.sql has two statements for each. */
extern const char *const filter_sorts[];
extern const size_t filter_sort_count;

/* Reads the pairs; only fields below end are known (FILTER_COUNT, or FILTER_SQL for figures). On
 * failure error names the parameter: ERR_ABSENT for an unknown one, ERR_VALUE for a bad one. */
int filter_read(struct filter *filter, const struct http_pair *pairs, size_t count,
                enum filter_field end, struct error *error);

enum { FILTER_KEY_SIZE = 32, FILTER_CURSOR_SIZE = 64 };

/* A cursor is a position, authenticated with a key and bound to the filters, the order and the
 * person's scope: a cursor of another person or query is refused. */
void filter_cursor_make(const struct filter *filter, const char *scope,
                        const unsigned char key[FILTER_KEY_SIZE], uint32_t offset,
                        char out[FILTER_CURSOR_SIZE]);
/* *offset is 0 without a cursor. 0 or ERR_VALUE. */
int filter_cursor_read(const struct filter *filter, const char *scope,
                       const unsigned char key[FILTER_KEY_SIZE], uint32_t *offset);

#endif
