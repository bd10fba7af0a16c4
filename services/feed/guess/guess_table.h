/*
 * guess_table: reads the first rows of an unknown export as a table of texts. It finds the
 * separator of columns, whether the first line is a header, and the encoding. The table owns its
 * texts. Not thread-safe.
 */
#ifndef LIAISON_FEED_GUESS_TABLE_H
#define LIAISON_FEED_GUESS_TABLE_H

#include "errors.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Words that exports write for an empty value, as in a mapping's [null]. */
extern const char *const guess_nothing_words[];
enum { GUESS_NOTHING_MAX = 64 };

struct guess_table {
    char delimiter;
    bool separator;  /* the file's first line names it: "sep=;" */
    int title_lines; /* lines above the header or the first row, as the mapping counts them */
    bool header;     /* cell[0 .. columns-1] are the names, not a row */
    char **cell;     /* columns texts to a row, in UTF-8 */
    size_t rows;     /* with the header */
    size_t columns;  /* as most lines have; other lines are left out */
    size_t ragged;   /* lines that were left out */
    size_t not_utf8; /* fields that had to be read as windows-1252 */
    size_t *line;    /* line of the file on which each row begins, from 1 */
};

/* Reads at most `rows` lines of a file (also gzipped). error never holds a text of the sample. */
int guess_table_read(struct guess_table *table, const char *path, size_t rows, struct error *error);
void guess_table_free(struct guess_table *table);

/* Whether the first line may be a header, by its cells: see guess_header.c. */
bool guess_table_has_header(const struct guess_table *table);

/* The row, from 1, of a header below titles that have as many cells; 0 if there is none. */
size_t guess_table_find_header(const struct guess_table *table);

/* Empties the cells of a column that hold words for an empty value. Returns the words as bits by
 * index. */
uint64_t guess_table_take_nothing(struct guess_table *table, size_t column);

/* Shortens the cells of a column in place: removes the text from the first mark on. */
void guess_table_cut(struct guess_table *table, size_t column, const char *mark);

/* The text of a row of data (from 0). */
const char *guess_table_at(const struct guess_table *table, size_t row, size_t column);
size_t guess_table_rows(const struct guess_table *table);

#endif
