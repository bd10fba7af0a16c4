/* See guess_packed.h. */
#include "guess_packed.h"

#include "guess_made.h"

#include <stdlib.h>
#include <string.h>

enum { PARTS_MAX = 8, ALIKE_PERCENT = 98, FEWEST = 2 };

static const char why[] = "several values in one cell, which are split";

static size_t count_marks(const char *text, const char *mark)
{
    size_t count = 0;

    for (const char *at = text; (at = strstr(at, mark)); at += strlen(mark))
        count++;
    return count;
}

const char *guess_packed_mark(const char *const *text, size_t count, size_t *parts)
{
    /* Separators with spaces come first, because [split] does not trim. */
    static const char *const marks[] = {" | ", "|", "; ", ";", " @ ", " - ", ", ", ","};

    for (size_t m = 0; m < sizeof marks / sizeof marks[0]; m++) {
        size_t filled = 0, alike = 0, wanted = 0;

        for (size_t i = 0; i < count; i++) {
            size_t found = count_marks(text[i], marks[m]);

            if (!*text[i])
                continue;
            wanted = filled++ == 0 ? found : wanted;
            alike += found == wanted;
        }
        if (wanted == 0 || wanted >= PARTS_MAX || filled < FEWEST ||
            alike * 100 < filled * ALIKE_PERCENT)
            continue;
        *parts = wanted + 1;
        return marks[m];
    }
    return NULL;
}

/* The separator in a column's values. Unless forced, the column's name must be divided too, or the
 * column be the only one. */
static const char *mark_of(const struct guess *guess, size_t column, bool force, size_t *parts)
{
    const struct guess_table *table = &guess->table;
    size_t rows = guess_table_rows(table);
    const char **text = calloc(rows + 1, sizeof *text), *mark;
    const char *name = table->header ? table->cell[column] : "";

    if (!text)
        return NULL;
    for (size_t row = 0; row < rows; row++) {
        text[row] = guess_table_at(table, row, column);
        if (*text[row] == '(' || strpbrk(name, "(\"")) { /* positions are split by guess_made */
            free(text);
            return NULL;
        }
    }
    mark = guess_words_private(name) == GUESS_OPEN ? guess_packed_mark(text, rows, parts) : NULL;
    free(text);
    if (mark && !force && table->columns > 1 &&
        (!table->header || count_marks(name, mark) + 1 != *parts))
        return NULL;
    return mark;
}

/* A part of a text, without the separator. For a name that is not divided: "part N of NAME". */
static char *part_of(const char *text, const char *mark, size_t part, bool name)
{
    const char *end = strstr(text, mark);
    char made[GUESS_NAME];

    if (name && !end) {
        snprintf(made, sizeof made, "part %zu of %.90s", part + 1, text);
        return strdup(made);
    }
    for (size_t i = 0; i < part; i++) {
        if (!end)
            return strdup("");
        text = end + strlen(mark);
        end = strstr(text, mark);
    }
    return end ? strndup(text, (size_t)(end - text)) : strdup(text);
}

/* Adds the parts of a column as new columns at the end. */
static int widen(struct guess_table *table, size_t column, const char *mark, size_t parts)
{
    size_t columns = table->columns + parts;
    char **cell = calloc(table->rows * columns + 1, sizeof *cell);
    bool short_of = !cell;

    for (size_t row = 0; !short_of && row < table->rows; row++) {
        char **to = cell + row * columns, **from = table->cell + row * table->columns;

        memcpy(to, from, table->columns * sizeof *from);
        for (size_t p = 0; p < parts; p++) {
            to[table->columns + p] = part_of(from[column], mark, p, table->header && row == 0);
            short_of = short_of || !to[table->columns + p];
        }
    }
    if (short_of) { /* the table keeps the old cells */
        for (size_t i = 0; cell && i < table->rows * columns; i++)
            if (i % columns >= table->columns)
                free(cell[i]);
        free(cell);
        return ERR_NOMEM;
    }
    free(table->cell);
    table->cell = cell;
    table->columns = columns;
    return 0;
}

/* Makes the splits: each part except the last is the text before a separator, each except the first
 * the text after one. */
static void make_splits(struct guess *guess, size_t column, const char *mark, size_t parts,
                        size_t first)
{
    struct guess_source rest = {(int)column, -1}, part;
    struct guess_packed *packed = guess->packed + guess->packed_count;

    for (size_t p = 0; p < parts; p++)
        guess->packed[guess->packed_count++] =
            (struct guess_packed){(int)column, (int)(first + p), -1};
    for (size_t p = 0; p < parts; p++) {
        const char *name = guess->table.header ? guess->table.cell[first + p] : "";
        char plain[GUESS_NAME];

        if (*name && guess->table.cell[column][0] && !strchr(name, '"') && !strchr(name, ','))
            snprintf(plain, sizeof plain, "%.90s", name);
        else
            snprintf(plain, sizeof plain, "part %zu", p + 1);
        part = rest;
        if (p + 1 < parts) {
            char behind[GUESS_NAME];

            part.made = guess_made_split(guess, plain, rest, GUESS_BEFORE, mark, why);
            snprintf(behind, sizeof behind, "behind %.90s", plain);
            if (p + 2 < parts)
                rest.made = guess_made_split(guess, behind, rest, GUESS_AFTER, mark, why);
            else
                snprintf(plain, sizeof plain, "%s", behind);
        } else {
            part.made = guess_made_split(guess, plain, rest, GUESS_AFTER, mark, why);
        }
        packed[p].made = part.made;
    }
}

bool guess_packed_is_whole(const struct guess *guess, size_t column)
{
    for (size_t i = 0; i < guess->packed_count; i++)
        if (guess->packed[i].from == (int)column)
            return true;
    return false;
}

bool guess_packed_is_part(const struct guess *guess, size_t column)
{
    for (size_t i = 0; i < guess->packed_count; i++)
        if (guess->packed[i].column == (int)column)
            return true;
    return false;
}

int guess_packed_take(struct guess *guess, bool force)
{
    struct guess_table *table = &guess->table;
    size_t columns = table->columns;
    int added = 0;

    for (size_t i = 0; i < columns; i++) {
        size_t parts = 0, first = table->columns;
        const char *mark = mark_of(guess, i, force, &parts);

        if (!mark || guess->packed_count + parts > GUESS_PACKED)
            continue;
        if (widen(table, i, mark, parts) != 0)
            return ERR_NOMEM;
        make_splits(guess, i, mark, parts, first);
        added += (int)parts;
    }
    return added;
}
