/*
 * import: the common part of all imports. It reads a file and passes each row to a function. A
 * refused row is reported, and the following rows are still checked, unless the database itself
 * fails. All rows are one transaction, which is committed only if no row was refused.
 */
#ifndef LIAISON_CTL_IMPORT_H
#define LIAISON_CTL_IMPORT_H

#include "cli.h"
#include "sheet.h"

struct import {
    struct ctl *ctl;
    struct sheet *sheet;
    long added, changed, same;
    long gone, unmapped;    /* if the file is a version: codes no longer in it; codes that it names
                               without a mapping */
    long version, previous; /* the current version, and the one before the file; 0: there is none */
};

typedef int (*import_row_fn)(struct import *import, size_t row, void *owner);

struct import_job {
    const char *path;
    const char *const *columns;                       /* required columns, NULL-ended */
    int (*begin)(struct import *import, void *owner); /* before the first row; may be NULL */
    import_row_fn each;
    int (*end)(struct import *import, void *owner); /* after the last row; may be NULL */
    const char *action, *object;                    /* for the audit */
};

/* Reads the file, begins a transaction, takes each row, audits, commits and answers. If the import
 * has a version, the answer holds it, with gone and unmapped. */
int import_run(struct ctl *ctl, const struct import_job *job, void *owner);

/* As import_run, for "DISTRICT FILE" on the command line; owner is then the district's id (char
 * *). */
int import_run_district(struct ctl *ctl, const struct ctl_args *args, const char *const *columns,
                        import_row_fn each, const char *action);

/* A column's value; fills the error if it is empty. */
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
/* The columns quiet_from and quiet_to, both or none, and both cells or none (NULL). */
int import_quiet(struct import *import, size_t row, const char **from, const char **to);
/* One of the words (NULL-ended), in lower case; fallback where empty. */
int import_word(struct import *import, size_t row, const char *column, const char *const *words,
                const char *fallback, const char **out);
/* Counts a row by the first value of the statement's result: 't' added, 'f' changed, none: same.
 * Takes ownership of the result. */
int import_count(struct import *import, PGresult *result);

#endif
