/* See guess_table.h: whether the first line of a sample names its columns; also the words for an
 * empty value. */
#include "guess_names.h"
#include "guess_table.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { NAMED_PERCENT = 90, FIRST_ROWS = 20, TITLE_ROWS = 12 };

const char *const guess_nothing_words[] = {"NULL",
                                           "N/A",
                                           "NA",
                                           "NONE",
                                           "-",
                                           "--",
                                           "---",
                                           "UNKNOWN",
                                           "UNK",
                                           "REDACTED",
                                           "NAN",
                                           "NIL",
                                           "(null)",
                                           "[null]",
                                           "<null>",
                                           "(blank)",
                                           "[REDACTED]",
                                           "(REDACTED)",
                                           "WITHHELD",
                                           "#N/A",
                                           "\\N",
                                           "NOT AVAILABLE",
                                           "NOT REPORTED",
                                           "NOT APPLICABLE",
                                           "TBD",
                                           "UNDEFINED",

                                           "NOT PROVIDED",
                                           "UNSPECIFIED",
                                           "?",
                                           "NO DATA",

                                           ".",
                                           "n.a.",
                                           "NOT ENTERED",
                                           "CONFIDENTIAL",
                                           "NOT RECORDED",
                                           "NO VALUE",
                                           "***",
                                           "N\\A",
                                           "NOT ASSIGNED",
                                           "NO ENTRY",
                                           NULL};

uint64_t guess_table_take_nothing(struct guess_table *table, size_t column)
{
    uint64_t found = 0;

    for (size_t row = table->header ? 1 : 0; row < table->rows; row++) {
        char *text = table->cell[row * table->columns + column];

        for (size_t i = 0; *text && guess_nothing_words[i]; i++)
            if (strcasecmp(guess_nothing_words[i], text) == 0) {
                found |= UINT64_C(1) << i;
                *text = '\0';
            }
    }
    return found;
}

void guess_table_cut(struct guess_table *table, size_t column, const char *mark)
{
    for (size_t row = table->header ? 1 : 0; row < table->rows; row++) {
        char *at = strstr(table->cell[row * table->columns + column], mark);

        if (at)
            *at = '\0';
    }
}

/* A number, a time or a number with a letter or two: more digits than letters. */
static bool is_number(const char *text)
{
    size_t digits = 0, letters = 0;

    for (; *text; text++) {
        digits += isdigit((unsigned char)*text) != 0;
        letters += isalpha((unsigned char)*text) || (unsigned char)*text >= 0x80;
    }
    return digits > letters;
}

static bool is_nothing(const char *text)
{
    for (const char *const *word = guess_nothing_words; *word; word++)
        if (strcasecmp(*word, text) == 0)
            return true;
    return false;
}

static bool is_known_name(const char *name)
{
    if (guess_words_private(name) != GUESS_OPEN || guess_names_part(name) != GUESS_PARTS)
        return true;
    for (enum guess_role role = 0; role < GUESS_ROLES; role++)
        if (guess_words_score(name, role) > 0)
            return true;
    return false;
}

/* Whether at least half of a line's cells are known names of columns. */
static bool is_known(const struct guess_table *table, size_t row)
{
    size_t known = 0;

    for (size_t c = 0; c < table->columns; c++)
        known += is_known_name(table->cell[row * table->columns + c]);
    return known * 2 >= table->columns;
}

size_t guess_table_find_header(const struct guess_table *table)
{
    for (size_t row = 1; row + 1 < table->rows && row < TITLE_ROWS; row++) {
        bool plain = is_known(table, row);

        for (size_t c = 0; plain && c < table->columns; c++)
            plain = !is_number(table->cell[row * table->columns + c]);
        if (plain)
            return row;
    }
    return 0;
}

/* Whether one of the first rows has the column's name as a value. */
static bool is_value(const struct guess_table *table, size_t column)
{
    const char *name = table->cell[column];

    for (size_t r = 1; *name && r < table->rows && r < FIRST_ROWS; r++)
        if (strcasecmp(table->cell[r * table->columns + column], name) == 0)
            return true;
    return false;
}

/*
 * The first line names the columns if none of it is a number or a time, and words stand above
 * numbers or times. In doubt it is a row, because the proposal shows names. A name that is also a
 * value ("am" above AM) makes it a row only if the other names are not known.
 */
bool guess_table_has_header(const struct guess_table *table)
{
    bool known = is_known(table, 0);
    size_t different = 0;

    for (size_t c = 0; c < table->columns; c++) {
        const char *name = table->cell[c];
        size_t filled = 0, numbers = 0;

        if (is_number(name) || (!known && is_value(table, c)))
            return false;
        for (size_t r = 1; r < table->rows; r++) {
            const char *text = table->cell[r * table->columns + c];

            filled += *text != '\0' && !is_nothing(text);
            numbers += is_number(text);
        }
        if (numbers == 0 || numbers * 100 < filled * NAMED_PERCENT)
            continue;
        if (is_nothing(name) || (*name == '\0' && !known))
            return false;
        different++;
    }
    return different > 0;
}
