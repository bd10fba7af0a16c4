/*
 * sheet: a small file of rows, read whole: CSV with a header line (RFC 4180), a JSON array of
 * objects, a GeoJSON FeatureCollection, or the events of an iCalendar file from a year ago to two
 * years ahead, each with the columns day, last_day, ends (its own time of day, if it has one),
 * whole_day (yes, no) and summary. Every value is text: numbers and booleans as written,
 * arrays of texts joined by ';', objects as compact JSON; a feature's geometry is the column
 * "geometry". Texts are checked as UTF-8 without control characters. Column names ignore case.
 */
#ifndef LIAISON_CTL_SHEET_H
#define LIAISON_CTL_SHEET_H

#include "errors.h"

#include <stdbool.h>
#include <stddef.h>

struct sheet;

enum { SHEET_MAX_OCTETS = 256 << 20, SHEET_MAX_COLUMNS = 256, SHEET_LABEL_SIZE = 64 };

/* Reads the file ("-": standard input). On failure fills error and *line (0: no line). *unit is
 * what *line counts, as sheet_unit. */
int sheet_read(struct sheet **sheet, const char *path, struct error *error, const char **unit,
               long *line);
/* The same from memory, without the unit. */
int sheet_parse(struct sheet **sheet, const char *text, size_t size, struct error *error,
                long *line);
void sheet_free(struct sheet *sheet);

size_t sheet_rows(const struct sheet *sheet);
/* Where the row began: its line in CSV, its place (from 1) in JSON. */
long sheet_line(const struct sheet *sheet, size_t row);
/* "line", "item", "feature" or "event". */
const char *sheet_unit(const struct sheet *sheet);
bool sheet_has(const struct sheet *sheet, const char *column);
/* The columns, in the order of the file; of JSON the members of all objects. A name is "" where
 * the header of a CSV file has none; such a column is empty. */
size_t sheet_columns(const struct sheet *sheet);
const char *sheet_column_name(const struct sheet *sheet, size_t column);
/* Where the column is first named, as sheet_line. */
long sheet_column_line(const struct sheet *sheet, size_t column);
/* What an error may call the column: its name, or its number if the name may be a whole line of a
 * file of another kind. */
void sheet_label(const struct sheet *sheet, size_t column, char label[SHEET_LABEL_SIZE]);
/* Whether the row speaks of the column, be it by an empty cell. A member that an object of JSON
 * does not have, and the cells that a short line of CSV lacks, are not given. */
bool sheet_given(const struct sheet *sheet, size_t row, const char *column);
/* The value without spaces at its ends, or NULL where it is empty or there is no such column. Valid
 * as long as the sheet. */
const char *sheet_get(const struct sheet *sheet, size_t row, const char *column);
/* Empties a cell, so that a row can be read on behind it. What sheet_get gave of it is gone. */
void sheet_clear(struct sheet *sheet, size_t row, const char *column);
/* ERR_MISSING naming the first of the columns (NULL-ended) that the sheet does not have, and the
 * columns that it has. */
int sheet_need(const struct sheet *sheet, const char *const *columns, struct error *error);

#endif
