/*
 * import: the common part of all imports. It reads a file and passes each row to a function. A
 * refused row is reported (out_row_error), and the following rows are still checked, unless the
 * database itself fails. Of a refused row all cells that are not valid are reported: it is taken
 * again without the cell that was, and what that writes is undone. All rows are one
 * transaction, which is committed only if no row was refused. A column that the command does not
 * know is refused before any row; a property of a GeoJSON feature is named as not read, because
 * programs for maps add their own.
 *
 * What a row does not give (sheet.h) stays as it is stored, and has its default where nothing is
 * stored; an empty cell has the default. For this a function calls import_find before it takes the
 * columns, and import_count when it has written the row.
 */
#ifndef LIAISON_CTL_IMPORT_H
#define LIAISON_CTL_IMPORT_H

#include "cli.h"
#include "file_columns.h"
#include "sheet.h"

#include <jansson.h>

/* A column that has another name in this file, as an option says. */
struct import_renamed {
    const char *column, *name;
};

enum { IMPORT_MAX_RENAMED = 4, IMPORT_MAX_PARAMS = 4 };

struct import {
    struct ctl *ctl;
    struct sheet *sheet;
    const struct ctl_file *file;          /* the columns that it may have */
    const struct import_renamed *renamed; /* ended by a NULL column; may be NULL */
    long added, changed, same;
    long gone, unmapped;    /* if the file is a version: codes no longer in it; codes that it names
                               without a mapping */
    long version, previous; /* the current version, and the one before the file; 0: there is none */
    json_t *ignored;        /* names of properties that are not read, or NULL */
    /* Of the row: what import_find read, owned here until the next row. */
    const char *statement, *param[IMPORT_MAX_PARAMS];
    int params;
    PGresult *stored;
    char key[160];   /* names the row in the audit */
    json_t *seen;    /* where each key stands that was taken by import_once */
    json_t *told;    /* of the row: columns whose cell was refused and emptied, or NULL */
    json_t *changes; /* for the audit: by key, the columns that changed; NULL before import_find */
    long more_changes; /* rows that the audit does not name, because there are too many */
};

typedef int (*import_row_fn)(struct import *import, size_t row, void *owner);

struct import_job {
    const char *path;
    const struct ctl_file *file;
    const struct import_renamed *renamed;             /* ended by a NULL column; may be NULL */
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

/* Opens a file without an import: reads it and checks its columns as import_run does. import is
 * filled with them, and closed by import_close also after an error. */
int import_open(struct import *import, struct ctl *ctl, const struct import_job *job);
void import_close(struct import *import);
/* Takes each row of an open file, within a transaction. What is wrong with rows is printed as
 * import_run does, and the error says how many were refused. */
int import_rows(struct import *import, import_row_fn each, void *owner);

/* Begins a row that key names in the audit. ERR_EXISTS, about the column, if an earlier row of the
 * file had the key. */
int import_once(struct import *import, size_t row, const char *column, const char *key);
/* Begins a row whose key may be there again. */
void import_key(struct import *import, const char *key);
/* Reads what is stored of a row: at most one row of the statement, whose columns have the names of
 * the file's; no row if there is nothing yet. The count parameters are texts that must stay valid
 * until import_count. */
int import_find(struct import *import, const char *statement, int count, ...);
/* Whether something is stored of this row. */
bool import_exists(const struct import *import);
/* A column of what is stored; NULL where it is null, or nothing is stored. yes and no for booleans.
 */
const char *import_stored(const struct import *import, const char *column);

/* Whether the row's cell was refused before; it is empty now, and no error for that. */
bool import_told(const struct import *import, const char *column);

/* The name of a column in this file. */
const char *import_name(const struct import *import, const char *column);
/* Whether the row speaks of the column. */
bool import_given(const struct import *import, size_t row, const char *column);
/* The cell; what is stored if the row does not give it; NULL where either is empty. */
const char *import_text(const struct import *import, size_t row, const char *column);

/* The functions below take import_text. */

/* A column's value; fills the error if there is none. */
const char *import_need(struct import *import, size_t row, const char *column);
/* A number within limits. */
int import_real(struct import *import, size_t row, const char *column, double low, double high,
                double *out);
/* fallback where there is no value. */
int import_int(struct import *import, size_t row, const char *column, long low, long high,
               long fallback, long *out);
/* A day as YYYY-MM-DD; NULL where there is no value. */
int import_day(struct import *import, size_t row, const char *column, const char **out);
/* A time of day as HH:MM; NULL where there is no value. */
int import_clock(struct import *import, size_t row, const char *column, const char **out);
/* quiet_from and quiet_to: both or neither, and not the same. */
int import_quiet(struct import *import, size_t row, const char **from, const char **to);
/* yes, no, true, false, 1, 0; fallback where there is no value. Gives "true" or "false". */
int import_flag(struct import *import, size_t row, const char *column, bool fallback,
                const char **out);
/* One of the words (NULL-ended), in lower case; fallback where there is no value. */
int import_word(struct import *import, size_t row, const char *column, const char *const *words,
                const char *fallback, const char **out);
/* The codes of one kind: the statement whose first column lists them; what an error says of one
 * that is none; and where they are listed ("; ..."), or NULL. */
struct import_codes {
    const char *list, *rule, *where;
};
/* Refuses a code that is none: names it, unless it cannot be a code, and the one that it may have
 * meant. district: $1 of the list, or NULL. */
int import_no_code(struct import *import, const char *column, const char *code,
                   const struct import_codes *codes, const char *district);
/* The id of a school by its code, of the column school. */
int import_school_id(struct import *import, const char *district, const char *code, char id[16]);
/* The items of a text, which ';' separates, as an array; the caller's. */
json_t *import_items(const char *text);
/* Whether each item of a text is a code, and there is one. */
int import_check_codes(struct import *import, const char *column, const char *text,
                       const struct import_codes *codes, const char *district);
int import_check_schools(struct import *import, const char *column, const char *text,
                         const char *district);
/* An error about a column, by its name in this file. Returns code. */
int import_error(struct import *import, enum err code, const char *column, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Counts a row by the first value of the statement's result: 't' added, 'f' changed, none: same. A
 * row that is the same by the result has changed where import_find reads something else now.
 * Takes ownership of the result; NULL: the statement failed. */
int import_count(struct import *import, PGresult *result);

#endif
