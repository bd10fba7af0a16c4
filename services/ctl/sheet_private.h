/*
 * sheet_private: for sheet*.c: the rows that are being filled. The sheet owns the cells.
 */
#ifndef LIAISON_CTL_SHEET_PRIVATE_H
#define LIAISON_CTL_SHEET_PRIVATE_H

#include "sheet.h"

struct sheet_row {
    long line;
    char **cell; /* by column; NULL: the row does not have it; sheet_empty: it is empty there */
    size_t cells;
    bool filled; /* a cell is not empty */
};

struct sheet {
    const char *unit;
    char *column[SHEET_MAX_COLUMNS]; /* "": a column of CSV that the header does not name */
    long column_line[SHEET_MAX_COLUMNS];
    size_t columns;
    struct sheet_row *row;
    size_t rows, room;
};

extern char sheet_empty[1];

/* The column's index; -1 when there is none. */
int sheet_column(const struct sheet *sheet, const char *name);
/* Adds a column that is first named in this line. Its index, or -1 when the sheet is full. */
int sheet_column_add(struct sheet *sheet, const char *name, long line);
/* A new empty row that the sheet owns, or NULL. Valid until the next one. */
struct sheet_row *sheet_add(struct sheet *sheet, long line);
/* Puts a text into a row, trimmed and checked; of no size, the cell is there and empty. */
int sheet_put(struct sheet *sheet, struct sheet_row *row, size_t column, const char *text,
              size_t size, struct error *error);
/* Error about a column: that it is there twice. */
int sheet_twice(const struct sheet *sheet, size_t column, struct error *error);

int sheet_parse_csv(struct sheet *sheet, const char *text, size_t size, struct error *error,
                    long *line);
int sheet_parse_json(struct sheet *sheet, const char *text, size_t size, struct error *error,
                     long *line);
int sheet_parse_ical(struct sheet *sheet, const char *text, size_t size, struct error *error);

#endif
