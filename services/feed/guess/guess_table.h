/*
 * guess_table: the first rows of an export never seen, as a table of texts: which character divides
 * its columns, whether its first line names them, and how its octets are encoded. The table owns
 * its texts. Not thread-safe.
 */
#ifndef LIAISON_FEED_GUESS_TABLE_H
#define LIAISON_FEED_GUESS_TABLE_H

#include "fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Words that exports write where they have nothing, as a mapping's [null] names them. */
extern const char *const guess_nothing_words[];
enum { GUESS_NOTHING_MAX = 64 };

struct guess_table {
    char delimiter;
    bool separator;  /* the file's first line says it: "sep=;" */
    int title_lines; /* above the header or the first row, as the mapping counts them */
    bool header;     /* cell[0 .. columns-1] are the names, not a row */
    char **cell;     /* columns texts to a row, in UTF-8 */
    size_t rows;     /* with the header */
    size_t columns;  /* most lines have so many; the others are left out */
    size_t ragged;   /* lines that were left out */
    size_t not_utf8; /* fields that had to be read as windows-1252 */
    size_t *line;    /* of the file, on which each row begins; from 1 */
};

/* Reads at most `rows` lines of a file (also gzipped). A fault never holds a text of the sample. */
int guess_table_read(struct guess_table *table, const char *path, size_t rows, struct fault *fault);
void guess_table_free(struct guess_table *table);

/* Whether a line may name columns, by its cells: see guess_header.c. */
bool guess_table_has_header(const struct guess_table *table);

/* The row, from 1, of a header below titles that have as many cells; 0 if none stands there. */
size_t guess_table_find_header(const struct guess_table *table);

/* Empties the cells of a column that hold such words; which words, as bits by their place. */
uint64_t guess_table_take_nothing(struct guess_table *table, size_t column);

/* Makes the cells of a column shorter, in place: what stands behind the first mark goes. */
void guess_table_cut(struct guess_table *table, size_t column, const char *mark);

/* The text of a row of data (from 0). */
const char *guess_table_at(const struct guess_table *table, size_t row, size_t column);
size_t guess_table_rows(const struct guess_table *table);

#endif
