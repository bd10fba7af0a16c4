/*
 * csv_lines: lines of an export of CSV that are no rows: blank ones, Excel's "sep=;", and titles
 * above the header. Private to csv_source. No state.
 */
#ifndef LIAISON_FEED_CSV_LINES_H
#define LIAISON_FEED_CSV_LINES_H

#include "charset.h"
#include "mapping.h"

/* White space alone, or the mark with which DOS ended a file. */
bool csv_lines_is_blank(const char *line, size_t size);

/* "sep=;": the delimiter that the file itself says; '\0' if the line is none such. */
char csv_lines_separator(const char *line, size_t size);

/*
 * Which of the first lines of text (from 1) names all columns that the mapping reads; 0 if none
 * does. For a fault that says where the header is.
 */
int csv_lines_find_header(const struct mapping *mapping, struct charset *charset, char delimiter,
                          const char *text, size_t size);

#endif
