/* See guess_made.h. */
#include "guess_made.h"

#include "guess_packed.h"

#include <string.h>

const char *const guess_zone_names[] = {"EDT", "EST",  "CDT",  "CST", "MDT", "MST", "PDT",
                                        "PST", "AKDT", "AKST", "HST", "ET",  "CT",  "MT",
                                        "PT",  "UTC",  "GMT",  "Z",   NULL};

static bool is_taken(const struct guess *guess, const char *name)
{
    for (size_t i = 0; guess->table.header && i < guess->table.columns; i++)
        if (strcmp(guess->table.cell[i], name) == 0 && !guess_packed_is_part(guess, i))
            return true;
    for (size_t i = 0; i < guess->made_count; i++)
        if (strcmp(guess->made[i].name, name) == 0)
            return true;
    return false;
}

static struct guess_made *add(struct guess *guess, const char *name, enum guess_making making,
                              const char *why)
{
    struct guess_made *made = &guess->made[guess->made_count];

    if (guess->made_count == GUESS_MADE)
        return NULL;
    *made = (struct guess_made){.making = making, .why = why};
    snprintf(made->name, sizeof made->name, "%.90s", name);
    if (is_taken(guess, made->name))
        snprintf(made->name, sizeof made->name, "%.90s of the proposal", name);
    for (int n = 2; is_taken(guess, made->name) && n < 100; n++)
        snprintf(made->name, sizeof made->name, "%.90s of the proposal %d", name, n);
    guess->made_count++;
    return made;
}

int guess_made_join(struct guess *guess, const char *name, const struct guess_source *part,
                    size_t parts, const char *why)
{
    struct guess_made *made = add(guess, name, GUESS_JOIN, why);

    if (!made)
        return -1;
    for (size_t i = 0; i < parts && i < GUESS_PARTS; i++)
        made->part[made->parts++] = part[i];
    return (int)guess->made_count - 1;
}

int guess_made_split(struct guess *guess, const char *name, struct guess_source from,
                     enum guess_making making, const char *mark, const char *why)
{
    struct guess_made *made = add(guess, name, making, why);

    if (!made)
        return -1;
    made->part[made->parts++] = from;
    snprintf(made->mark, sizeof made->mark, "%s", mark);
    return (int)guess->made_count - 1;
}

const char *guess_made_name(const struct guess *guess, struct guess_source source)
{
    for (size_t i = 0; source.made < 0 && i < guess->packed_count; i++)
        if (guess->packed[i].column == source.column)
            return guess->made[guess->packed[i].made].name;
    return source.made >= 0 ? guess->made[source.made].name : guess->told[source.column].name;
}

unsigned guess_made_take_zones(struct guess_table *table, size_t column)
{
    unsigned zones = 0;

    for (size_t row = table->header ? 1 : 0; row < table->rows; row++) {
        char *text = table->cell[row * table->columns + column], *space = strrchr(text, ' ');

        for (int i = 0; space && strlen(text) < 48 && text[0] >= '0' && text[0] <= '9' &&
                        strchr(text, ':') && guess_zone_names[i];
             i++)
            if (strcmp(space + 1, guess_zone_names[i]) == 0) {
                zones |= 1u << i;
                *space = '\0';
                break;
            }
    }
    return zones;
}

struct guess_source guess_made_time(struct guess *guess, int column)
{
    const struct guess_told *told = &guess->told[column];
    struct guess_source source = {column, -1};
    char name[GUESS_NAME], mark[8], column_name[GUESS_NAME];

    if (guess->table.header)
        snprintf(column_name, sizeof column_name, "%s", told->name);
    else
        snprintf(column_name, sizeof column_name, "time %d", column + 1);
    for (int i = 0; told->zones && guess_zone_names[i]; i++) {
        if (!(told->zones & 1u << i))
            continue;
        snprintf(mark, sizeof mark, " %s", guess_zone_names[i]);
        snprintf(name, sizeof name, "%.80s without %s", column_name, guess_zone_names[i]);
        source.made = guess_made_split(guess, name, source, GUESS_BEFORE, mark,
                                       "a zone's name stands behind the time, which is not heeded");
    }
    if (told->cut_mark) {
        snprintf(name, sizeof name, "day of %.80s", column_name);
        source.made =
            guess_made_split(guess, name, source, GUESS_BEFORE, told->cut_mark,
                             "a date that was written with a clock of 0:00; the clock stands "
                             "in another column");
    }
    return source;
}

/* Counts the rows that have only the other column, and those that have both. */
static void count_beside(const struct guess *guess, int column, int other, size_t *alone,
                         size_t *both)
{
    *alone = *both = 0;
    for (size_t row = 0; row < guess_table_rows(&guess->table); row++) {
        bool has_other = *guess_table_at(&guess->table, row, (size_t)other) != '\0';

        if (has_other && *guess_table_at(&guess->table, row, (size_t)column))
            ++*both;
        else
            *alone += has_other;
    }
}

void guess_made_crossing(struct guess *guess)
{
    struct guess_pick *address = &guess->pick[GUESS_ADDRESS];

    for (size_t i = 0; address->column >= 0 && i < guess->table.columns && guess->join_crossing < 0;
         i++) {
        struct guess_told *told = &guess->told[i];
        const struct guess_column *c = &told->profile;
        bool is_cross = guess->pick[GUESS_CROSS].column == (int)i;
        struct guess_source part[2] = {{address->column, address->made}, {(int)i, -1}};
        size_t alone, both;

        if ((!guess_is_free(told) && !is_cross) || told->private != GUESS_OPEN ||
            !guess_is_named_role(guess, told, GUESS_ADDRESS, GUESS_CROSS) || c->number > 0.5 ||
            (c->street <= 0.3 && c->crossing <= 0.3))
            continue;
        count_beside(guess, address->column, (int)i, &alone, &both);
        if (alone == 0 || both * 20 > alone)
            continue;
        guess->join_crossing = (int)i;
        address->made = guess_made_join(guess, "joined address", part, 2,
                                        "a row has its address in one of two columns");
        if (address->made >= 0)
            guess->made[address->made].rows = guess->told[address->column].profile.filled + alone;
        told->mapped = true;
        if (is_cross)
            guess->pick[GUESS_CROSS].column = -1;
    }
}

/* Whether two names differ only in digits: "Cross St 1" and "Cross St 2". */
static bool differ_in_digits(const char *one, const char *other)
{
    static const char digits[] = "0123456789";

    for (;; one++, other++) {
        one += strspn(one, digits);
        other += strspn(other, digits);
        if (*one != *other)
            return false;
        if (!*one)
            return true;
    }
}

void guess_made_cross_streets(struct guess *guess)
{
    static const char why[] = "two cross streets, in columns that are numbered";
    struct guess_pick *cross = &guess->pick[GUESS_CROSS];
    int other = -1, count = 0;

    for (size_t i = 0; guess->table.header && cross->column >= 0 && i < guess->table.columns; i++) {
        const struct guess_told *told = &guess->told[i];

        if (guess_is_free(told) && told->profile.filled > 0 && told->profile.number < 0.5 &&
            differ_in_digits(told->name, guess->told[cross->column].name)) {
            other = (int)i;
            count++;
        }
    }
    if (count != 1)
        return;
    bool first = cross->column < other;
    struct guess_source part[] = {{first ? cross->column : other, -1},
                                  {first ? other : cross->column, -1}};
    cross->made = guess_made_join(guess, "joined cross streets", part, 2, why);
    if (cross->made < 0)
        return;
    cross->sure = GUESS_MEDIUM;
    cross->why = why;
    guess->told[other].mapped = true;
}

/* Whether the values fit the part. */
static bool is_part(const struct guess_column *c, enum guess_part part)
{
    switch (part) {
    case GUESS_HOUSE:
        return c->filled > 0 && c->digit > 0.9 && c->words < 2.5 && c->street < 0.3 &&
               c->length <= 10;
    case GUESS_STREET:
        return c->filled > 0 && c->number < 0.5 && c->length <= 40;
    case GUESS_APARTMENT:
        return c->filled > 0 && c->length <= 16;
    case GUESS_SUFFIX: /* "House", "Business" are types of an address, not of its street */
        return c->filled > 0 && c->digit < 0.1 && c->length <= 10 && c->street > 0.3;
    default:
        return c->filled > 0 && c->digit < 0.1 && c->length <= 10;
    }
}

/* Finds the columns of the parts. Of two street columns, the one with the better name for an
 * address. */
static void find_parts(const struct guess *guess, int part[GUESS_PARTS])
{
    for (int p = 0; p < GUESS_PARTS; p++)
        part[p] = -1;
    for (size_t i = 0; i < guess->table.columns; i++) {
        const struct guess_told *told = &guess->told[i];
        enum guess_part of = guess_names_part(told->name);
        bool address = guess->pick[GUESS_ADDRESS].column == (int)i;

        if ((!guess_is_free(told) && !address) || of == GUESS_PARTS || !is_part(&told->profile, of))
            continue;
        if (part[of] < 0 || (of == GUESS_STREET &&
                             guess_words_score(told->name, GUESS_ADDRESS) >
                                 guess_words_score(guess->told[part[of]].name, GUESS_ADDRESS)))
            part[of] = (int)i;
    }
    /* A direction belongs to a street: without a street it is dropped. */
    if (part[GUESS_PREFIX] >= 0 && part[GUESS_STREET] < 0)
        part[GUESS_PREFIX] = -1;
}

void guess_made_address(struct guess *guess)
{
    struct guess_pick *address = &guess->pick[GUESS_ADDRESS];
    struct guess_source source[GUESS_PARTS];
    int part[GUESS_PARTS];
    size_t count = 0;

    if (!guess->table.header)
        return;
    find_parts(guess, part);
    if (part[GUESS_STREET] < 0 || (part[GUESS_HOUSE] < 0 && part[GUESS_SUFFIX] < 0) ||
        guess->told[part[GUESS_STREET]].profile.digit > 0.5)
        return;
    if (address->column >= 0) { /* unless another column has the whole address */
        const struct guess_column *whole = &guess->told[address->column].profile;
        bool is_one = false;

        for (int p = 0; p < GUESS_PARTS; p++)
            is_one = is_one || part[p] == address->column;
        if (!is_one && whole->digit > 0.5 && whole->words >= 2)
            return;
        guess->told[address->column].mapped = false;
    }
    for (int p = 0; p < GUESS_PARTS; p++) {
        if (part[p] < 0)
            continue;
        source[count++] = (struct guess_source){part[p], -1};
        guess->told[part[p]].mapped = true;
    }
    *address = (struct guess_pick){part[GUESS_STREET], -1, GUESS_HIGH,
                                   "the parts of an address in columns of their own, joined"};
    address->made = guess_made_join(guess, "joined address", source, count,
                                    "number, direction, name and type of the street");
}

static bool is_point(const struct guess_column *c)
{
    return c->point_form.count * 50 >= c->filled * 49 && c->point_form.count > 0;
}

void guess_made_position(struct guess *guess)
{
    static const char why[] = "a position in one text, taken apart";
    struct guess_pick *latitude = &guess->pick[GUESS_LATITUDE];
    struct guess_pick *longitude = &guess->pick[GUESS_LONGITUDE];

    if (latitude->column >= 0 || longitude->column >= 0)
        return;
    for (size_t i = 0; i < guess->table.columns; i++) {
        struct guess_told *told = &guess->told[i];
        const struct guess_point *form = &told->profile.point_form;
        struct guess_source whole = {(int)i, -1}, first, second;
        bool north_first;

        if (!guess_is_free(told) || !is_point(&told->profile))
            continue;
        north_first = form->sum[0] / (double)form->count > 15 || form->sum[1] < 0;
        if (form->sum[0] < 0 && form->sum[1] > 0)
            north_first = false;
        if (form->open)
            whole.made =
                guess_made_split(guess, "inside the brackets", whole, GUESS_AFTER, "(", why);
        first = second = whole;
        first.made = guess_made_split(guess, north_first ? "latitude of it" : "longitude of it",
                                      whole, GUESS_BEFORE, form->mark, why);
        second.made = guess_made_split(guess, "second number", whole, GUESS_AFTER, form->mark, why);
        if (form->open)
            second.made =
                guess_made_split(guess, north_first ? "longitude of it" : "latitude of it", second,
                                 GUESS_BEFORE, ")", why);
        *latitude =
            (struct guess_pick){(int)i, north_first ? first.made : second.made, GUESS_MEDIUM, why};
        *longitude =
            (struct guess_pick){(int)i, north_first ? second.made : first.made, GUESS_MEDIUM, why};
        told->mapped = true;
        return;
    }
}

void guess_made_unit(struct guess *guess)
{
    struct guess_pick *unit = &guess->pick[GUESS_UNIT];
    const struct guess_column *c;
    char mark[2] = "";

    if (unit->column < 0)
        return;
    c = &guess->told[unit->column].profile;
    if (c->lists == 0)
        return;
    mark[0] = c->list_mark;
    unit->made = guess_made_split(guess, "first unit", (struct guess_source){unit->column, -1},
                                  GUESS_BEFORE, mark, "of several units the first");
    unit->sure = GUESS_MEDIUM;
    unit->why = "its name says so; some rows hold a list, of which the first is taken";
}

static void write_one(const struct guess *guess, const struct guess_made *made, FILE *out)
{
    fprintf(out, "# medium: %s.\n%s = ", made->why, made->name);
    if (made->making != GUESS_JOIN)
        fprintf(out, "%s %s \"%s\"", guess_made_name(guess, made->part[0]),
                made->making == GUESS_BEFORE ? "before" : "after", made->mark);
    else
        for (size_t i = 0; i < made->parts; i++)
            fprintf(out, "%s%s", i ? ", " : "", guess_made_name(guess, made->part[i]));
    fprintf(out, "\n");
}

void guess_made_write(const struct guess *guess, FILE *out)
{
    for (int joins = 0; joins <= 1; joins++) {
        bool titled = false;

        for (size_t i = 0; i < guess->made_count; i++) {
            if ((guess->made[i].making == GUESS_JOIN) != (joins == 1))
                continue;
            fprintf(out, "%s", titled ? "" : joins ? "[join]\n" : "[split]\n");
            titled = true;
            write_one(guess, &guess->made[i], out);
        }
        fprintf(out, "%s", titled ? "\n" : "");
    }
}
