/*
 * import: what all imports share: a file is read, each row goes through a function, and what it
 * refuses (by a fault that is not the database's) is named while the others are still looked at.
 * One transaction, committed only when no row was refused.
 */
#ifndef LIAISON_CTL_IMPORT_H
#define LIAISON_CTL_IMPORT_H

#include "cli.h"
#include "sheet.h"

struct import {
    struct ctl *ctl;
    struct sheet *sheet;
    long added, changed, same;
    long gone, unmapped; /* where the file is a version: no longer in it; named in it for nothing */
    long version, previous; /* the current one, and the one before the file; 0: there are none */
};

typedef int (*import_row_fn)(struct import *import, size_t row, void *owner);

struct import_job {
    const char *path;
    const char *const *columns;                       /* those that must be there, NULL-ended */
    int (*begin)(struct import *import, void *owner); /* before the first row; may be NULL */
    import_row_fn each;
    int (*end)(struct import *import, void *owner); /* after the last row; may be NULL */
    const char *action, *object;                    /* for the audit */
};

/* Reads the file, begins a transaction, takes each row, audits, commits and answers. Where the
 * import has a version, the answer holds it, and what is gone and unmapped. */
int import_run(struct ctl *ctl, const struct import_job *job, void *owner);

/* The same for "DISTRICT FILE" on the command line, where the owner of the rows is the district's
 * id (char *). */
int import_run_district(struct ctl *ctl, const struct ctl_args *args, const char *const *columns,
                        import_row_fn each, const char *action);

/* A column's value; fills the fault when it is empty. */
const char *import_need(struct import *import, size_t row, const char *column);
/* A number within limits; fallback where the column is empty or absent. */
int import_real(struct import *import, size_t row, const char *column, double low, double high,
                double *out);
int import_int(struct import *import, size_t row, const char *column, long low, long high,
               long fallback, long *out);
/* A day as YYYY-MM-DD; NULL where empty. */
int import_day(struct import *import, size_t row, const char *column, const char **out);
/* yes, no, true, false, 1, 0; fallback where empty. Gives "true" or "false". */
int import_flag(struct import *import, size_t row, const char *column, bool fallback,
                const char **out);
/* One of the words (NULL-ended), in lower case; fallback where empty. */
int import_word(struct import *import, size_t row, const char *column, const char *const *words,
                const char *fallback, const char **out);
/* Counts a row by the first value of the statement's result: 't' added, 'f' changed, none: same.
 * Takes the result over. */
int import_count(struct import *import, PGresult *result);

#endif
