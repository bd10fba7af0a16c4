/*
 * import: what all imports share. import_open reads the file and begins the transaction; each row
 * goes through a function, and a row that it refuses (by a fault that is not the database's) is
 * named while the others are still looked at; import_close commits only when none was refused.
 */
#ifndef LIAISON_CTL_IMPORT_H
#define LIAISON_CTL_IMPORT_H

#include "ctl.h"
#include "sheet.h"

struct import {
    struct ctl *ctl;
    struct sheet *sheet;
    const char *path;
    long added, changed, same;
};

typedef int (*import_row_fn)(struct import *import, size_t row, void *owner);

/* columns: those that must be there, NULL-ended. */
int import_open(struct import *import, struct ctl *ctl, const char *path,
                const char *const *columns);
int import_rows(struct import *import, import_row_fn each, void *owner);
/* Audits, commits and answers; err is what went before. Always frees. */
int import_close(struct import *import, int err, const char *action, const char *object);

/* A column's value; fills the fault when it is empty. */
const char *import_need(struct import *import, size_t row, const char *column);
/* A number within limits; fallback where the column is empty or absent. */
int import_real(struct import *import, size_t row, const char *column, double low, double high,
                double *out);
int import_int(struct import *import, size_t row, const char *column, long low, long high,
               long fallback, long *out);
/* yes, no, true, false, 1, 0; fallback where empty. Gives "true" or "false". */
int import_flag(struct import *import, size_t row, const char *column, bool fallback,
                const char **out);
/* One of the words (NULL-ended), in lower case; fallback where empty. */
int import_word(struct import *import, size_t row, const char *column, const char *const *words,
                const char *fallback, const char **out);
/* Counts a row by the first value of the statement's result: 't' added, 'f' changed, none: same. */
int import_count(struct import *import, PGresult *result);

#endif
