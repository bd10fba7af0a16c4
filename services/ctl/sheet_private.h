/*
 * sheet_private: for sheet*.c: the rows that are being filled. The sheet owns the cells.
 */
#ifndef LIAISON_CTL_SHEET_PRIVATE_H
#define LIAISON_CTL_SHEET_PRIVATE_H

#include "sheet.h"

struct sheet_row {
    long line;
    char **cell; /* as many as there were columns when the row was added; NULL: empty */
    size_t cells;
};

struct sheet {
    const char *unit;
    char *column[SHEET_MAX_COLUMNS];
    size_t columns;
    struct sheet_row *row;
    size_t rows, room;
};

/* The column's index, added if it is new and add is set; -1 when absent or full. */
int sheet_column(struct sheet *sheet, const char *name, bool add);
/* A new empty row that the sheet owns, or NULL. Valid until the next one. */
struct sheet_row *sheet_add(struct sheet *sheet, long line);
/* Puts a text into a row, trimmed and checked. */
int sheet_put(struct sheet *sheet, struct sheet_row *row, size_t column, const char *text,
              size_t size, struct error *error);

int sheet_parse_csv(struct sheet *sheet, const char *text, size_t size, struct error *error,
                    long *line);
int sheet_parse_json(struct sheet *sheet, const char *text, size_t size, struct error *error,
                     long *line);
int sheet_parse_ical(struct sheet *sheet, const char *text, size_t size, struct error *error);

#endif
