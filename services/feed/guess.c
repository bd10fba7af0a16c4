/* See guess.h: what each column is. */
#include "guess.h"

#include "guess_times.h"
#include "localtime.h"

#include <stdlib.h>
#include <string.h>

enum { FEW_ROWS = 30, UNFIT = -1, WELL = 4, NAMED_WELL = 12 };

/* No more than two in a hundred values are longer than the data dictionary takes. */
static bool is_within(const struct guess_column *column, size_t octets)
{
    return column->longer[octets] * 50 <= column->filled;
}

static bool repeats(const struct guess_column *column, size_t times)
{
    return column->filled < FEW_ROWS || column->distinct * times <= column->filled;
}

static bool is_unique(const struct guess_column *column)
{
    return column->filled > 0 && column->distinct * 100 >= column->filled * 98;
}

static int fit_number(const struct guess_column *c, enum guess_role role)
{
    if (c->id < 0.9 || c->fraction > 0 || c->comma > 0 ||
        !is_within(c, role == GUESS_REPORT ? 32 : 64))
        return UNFIT;
    if (role == GUESS_REPORT)
        return 5;
    return c->share_filled < 0.95 ? UNFIT : is_unique(c) ? 12 : 1;
}

static int fit_code(const struct guess_column *c)
{
    if (!repeats(c, 2) || c->fraction > 0.5 || !is_within(c, 80) ||
        (c->call <= 0.3 && guess_column_is_told(c)))
        return UNFIT;
    return (c->call > 0.3 ? 6 : 3) - (c->number > 0.9 ? 3 : 0);
}

static int fit_place(const struct guess_column *c, enum guess_role role)
{
    bool streets = c->street > 0.3 || c->crossing > 0.3 || (c->digit > 0.6 && c->words > 1.5);

    switch (role) {
    case GUESS_ADDRESS:
    case GUESS_CROSS:
        return c->number > 0.5 || !is_within(c, 160) ? UNFIT : streets ? 6 : 0;
    case GUESS_PLACE_NAME:
        return c->number > 0.5 || c->words > 6 || c->length < 4 || !is_within(c, 80) ? UNFIT : 1;
    case GUESS_MUNICIPALITY:
        return c->digit > 0.1 || !repeats(c, 4) || !is_within(c, 60) ? UNFIT
               : c->town > 0.3                                       ? 5
                                                                     : 3;
    default:
        return !repeats(c, 2) || !is_within(c, 16) || c->fraction > 0 ? UNFIT : WELL;
    }
}

static int fit_degrees(const struct guess_column *c, enum guess_role role)
{
    double within = role == GUESS_LATITUDE ? c->in_90 : c->in_180;

    return c->number >= 0.9 && c->fraction >= 0.8 && within >= 0.98 ? 8 : UNFIT;
}

/* How well the values are of the role; UNFIT where they speak against it. */
static int fit(const struct guess_column *c, enum guess_role role)
{
    if (c->filled == 0 || guess_column_is_prose(c) || c->format >= 0 || c->point > 0.5)
        return UNFIT;
    switch (role) {
    case GUESS_INCIDENT:
    case GUESS_REPORT:
        return fit_number(c, role);
    case GUESS_CALL_TYPE:
    case GUESS_FINAL_TYPE:
    case GUESS_DISPOSITION:
        return fit_code(c);
    case GUESS_PRIORITY:
        return c->distinct <= 20 && repeats(c, 2) && is_within(c, 16) ? 5 : UNFIT;
    case GUESS_LATITUDE:
    case GUESS_LONGITUDE:
        return fit_degrees(c, role);
    case GUESS_UNIT: /* call signs have digits; officers' names do not */
        return is_within(c, 24) && c->words <= 2 && c->digit >= 0.5 ? 4 : UNFIT;
    default:
        return fit_place(c, role);
    }
}

/* The roles that values tell without a name. A number that nobody named could be anybody's. */
static bool shows(const struct guess_column *c, enum guess_role role)
{
    switch (role) {
    case GUESS_INCIDENT:
        return is_unique(c) && c->share_filled == 1 && c->number < 0.5 && c->length > 8 &&
               c->filled >= 3;
    case GUESS_CALL_TYPE:
        return c->call > 0.3;
    case GUESS_ADDRESS:
        return c->street > 0.5 && c->crossing <= 0.8 && c->digit > 0.5;
    case GUESS_CROSS:
        return c->crossing > 0.8;
    case GUESS_MUNICIPALITY:
        return c->town > 0.3;
    case GUESS_LATITUDE:
        return c->mean > 15 && c->mean < 72;
    case GUESS_LONGITUDE:
        return c->mean < -60 && c->mean > -180;
    default:
        return false;
    }
}

bool guess_has(const struct guess *guess, enum guess_role role)
{
    return guess->pick[role].column >= 0;
}

const struct guess_told *guess_told_of(const struct guess *guess, enum guess_role role)
{
    return guess_has(guess, role) ? &guess->told[guess->pick[role].column] : NULL;
}

static bool is_free(const struct guess_told *told)
{
    return !told->mapped && !told->unusable && told->private == GUESS_OPEN;
}

/* The best pair of a role and a column that are both free yet; false if there is none. */
static bool pick_next(struct guess *guess, bool by_name)
{
    int best = 0, best_column = -1;
    enum guess_role best_role = GUESS_INCIDENT;
    struct guess_pick *pick;

    for (enum guess_role role = GUESS_INCIDENT; role < GUESS_ROLES; role++)
        for (size_t i = 0; guess->pick[role].column < 0 && i < guess->table.columns; i++) {
            const struct guess_told *told = &guess->told[i];
            int fits = is_free(told) ? fit(&told->profile, role) : UNFIT;
            int named = guess->table.header ? guess_words_score(told->name, role) : 0;

            if (fits < 0 || (by_name ? named == 0 : !shows(&told->profile, role)) ||
                named + fits <= best)
                continue;
            best = named + fits;
            best_column = (int)i;
            best_role = role;
        }
    if (best_column < 0)
        return false;
    pick = &guess->pick[best_role];
    *pick = (struct guess_pick){best_column, GUESS_LOW, "by its values alone"};
    if (best_role == GUESS_LATITUDE || best_role == GUESS_LONGITUDE)
        pick->sure = GUESS_MEDIUM;
    if (by_name) {
        int fits = fit(&guess->told[best_column].profile, best_role);

        pick->sure = fits >= WELL && best - fits >= NAMED_WELL ? GUESS_HIGH : GUESS_MEDIUM;
        pick->why = fits >= WELL ? "its name says so and its values fit"
                                 : "its name says so; its values do not speak against it";
    }
    guess->told[best_column].mapped = true;
    return true;
}

/* Where only a case number is there and no row repeats it, it is the number of the incident. */
static void find_number(struct guess *guess)
{
    struct guess_pick *report = &guess->pick[GUESS_REPORT];

    if (guess->pick[GUESS_INCIDENT].column >= 0 || report->column < 0 ||
        fit_number(&guess->told[report->column].profile, GUESS_INCIDENT) < WELL)
        return;
    guess->pick[GUESS_INCIDENT] = (struct guess_pick){
        report->column, GUESS_MEDIUM, "a case number, in each row another; none of incidents"};
    report->column = -1;
}

/* Where latitude and longitude have each other's names, as in no county. */
static void find_swapped(struct guess *guess)
{
    static const char why[] = "its name says the other; its values are of this";
    int west = -1, north = -1;

    for (size_t i = 0; guess->table.header && i < guess->table.columns; i++) {
        const struct guess_told *told = &guess->told[i];

        if (!is_free(told) || told->profile.number < 0.9 || told->profile.fraction < 0.8)
            continue;
        if (guess_words_score(told->name, GUESS_LATITUDE) > 0 &&
            shows(&told->profile, GUESS_LONGITUDE))
            west = (int)i;
        if (guess_words_score(told->name, GUESS_LONGITUDE) > 0 &&
            shows(&told->profile, GUESS_LATITUDE))
            north = (int)i;
    }
    if (west < 0 || north < 0)
        return;
    guess->pick[GUESS_LATITUDE] = (struct guess_pick){north, GUESS_LOW, why};
    guess->pick[GUESS_LONGITUDE] = (struct guess_pick){west, GUESS_LOW, why};
    guess->told[north].mapped = guess->told[west].mapped = true;
}

/* Half a position is none. */
static void drop_half(struct guess *guess)
{
    struct guess_pick *latitude = &guess->pick[GUESS_LATITUDE];
    struct guess_pick *longitude = &guess->pick[GUESS_LONGITUDE];
    struct guess_pick *lone = latitude->column >= 0 ? latitude : longitude;

    if ((latitude->column >= 0) == (longitude->column >= 0))
        return;
    guess->told[lone->column].mapped = false;
    lone->column = -1;
}

/* How many rows have the other column and not this one, and how many have both. */
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

/* Where an intersection stands in a column of its own, it is the address of rows without one. */
static void find_crossing(struct guess *guess)
{
    int address = guess->pick[GUESS_ADDRESS].column;

    for (size_t i = 0; address >= 0 && i < guess->table.columns && guess->join_crossing < 0; i++) {
        struct guess_told *told = &guess->told[i];
        bool is_cross = guess->pick[GUESS_CROSS].column == (int)i;
        size_t alone, both;

        if ((!is_free(told) && !is_cross) || told->private != GUESS_OPEN ||
            !guess_is_named_role(guess, told, GUESS_ADDRESS, GUESS_CROSS) ||
            fit(&told->profile, GUESS_ADDRESS) < WELL)
            continue;
        count_beside(guess, address, (int)i, &alone, &both);
        if (alone == 0 || both * 20 > alone)
            continue;
        guess->join_crossing = (int)i;
        guess->crossing_rows = alone;
        told->mapped = true;
        if (is_cross)
            guess->pick[GUESS_CROSS].column = -1;
    }
}

/* What stays the same when dispatch corrects a call: when and where, never what. */
static void find_key(struct guess *guess)
{
    static const enum guess_role sets[][2] = {{GUESS_ADDRESS, GUESS_ADDRESS},
                                              {GUESS_MUNICIPALITY, GUESS_CROSS},
                                              {GUESS_CROSS, GUESS_CROSS},
                                              {GUESS_LATITUDE, GUESS_LONGITUDE}};

    if (guess->pick[GUESS_INCIDENT].column >= 0)
        return;
    guess->keyed_by_time = true;
    for (size_t i = 0; i < sizeof sets / sizeof sets[0] && guess->key_count == 0; i++) {
        int one = guess->pick[sets[i][0]].column, other = guess->pick[sets[i][1]].column;

        if (one < 0 || other < 0)
            continue;
        guess->key[guess->key_count++] = one;
        if (other != one)
            guess->key[guess->key_count++] = other;
    }
}

static void find_kind(struct guess *guess)
{
    guess->kind = guess->pick[GUESS_DISPOSITION].column >= 0 ? "incident.closed" : "call.received";
}

/* Names that say so clearly what stands there that values cannot overrule them. */
bool guess_is_named_role(const struct guess *guess, const struct guess_told *told,
                         enum guess_role first, enum guess_role last)
{
    for (enum guess_role role = first; guess->table.header && role <= last; role++)
        if (guess_words_score(told->name, role) > 0)
            return true;
    return false;
}

static void find_private(const struct guess *guess, struct guess_told *told)
{
    const struct guess_column *c = &told->profile;
    bool named = guess->table.header;
    bool coded = guess_is_named_role(guess, told, GUESS_INCIDENT, GUESS_BEAT);
    bool timed = guess_is_named_role(guess, told, GUESS_RECEIVED, GUESS_WHEN);
    bool ended = guess_is_named_role(guess, told, GUESS_DISPOSITION, GUESS_DISPOSITION);
    bool placed = guess_is_named_role(guess, told, GUESS_PLACE_NAME, GUESS_PLACE_NAME);

    told->private = named ? guess_words_private(told->name) : GUESS_OPEN;
    if (told->private != GUESS_OPEN)
        return;
    told->private_by_values = true;
    if (c->status > 0.5)
        told->private = GUESS_IMMIGRATION;
    else if (guess_column_is_personal(c) || ((!coded || placed) && guess_column_is_of_names(c)) ||
             (!timed && guess_column_is_of_births(c)))
        told->private = GUESS_PERSON;
    else if (c->format < 0 && (guess_column_is_prose(c) || (ended && guess_column_is_told(c))))
        told->private = GUESS_FREE_TEXT;
}

/* A name that a mapping cannot write, or that two columns have. */
static bool is_unusable(const struct guess *guess, size_t index)
{
    const char *name = guess->table.cell[index];

    for (const char *c = name; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7F)
            return true;
    if (*name == '\0' || *name == '=' || strchr(name, ',') || strchr(name, '"') ||
        strlen(name) >= GUESS_NAME)
        return true;
    for (size_t i = 0; i < guess->table.columns; i++)
        if (i != index && strcmp(guess->table.cell[i], name) == 0)
            return true;
    return false;
}

static int look_at_columns(struct guess *guess, struct fault *fault)
{
    const struct guess_table *table = &guess->table;

    guess->told = calloc(table->columns, sizeof *guess->told);
    if (!guess->told)
        return fault_set(fault, ERR_NOMEM, "", "no memory");
    for (size_t i = 0; i < table->columns; i++) {
        struct guess_told *told = &guess->told[i];

        if (guess_column_profile(&told->profile, table, i) != 0)
            return fault_set(fault, ERR_NOMEM, "", "no memory");
        if (table->header) {
            told->unusable = is_unusable(guess, i);
            snprintf(told->name, sizeof told->name, "%s", table->cell[i]);
        }
        find_private(guess, told);
    }
    return 0;
}

/* Where no header names the columns, the proposal does. */
static void name_columns(struct guess *guess)
{
    static const char *const names[GUESS_ROLES] = {
        [GUESS_WHEN] = "time",           [GUESS_INCIDENT] = "incident",
        [GUESS_CALL_TYPE] = "type",      [GUESS_ADDRESS] = "address",
        [GUESS_LATITUDE] = "latitude",   [GUESS_LONGITUDE] = "longitude",
        [GUESS_CROSS] = "cross streets", [GUESS_MUNICIPALITY] = "municipality"};

    for (size_t i = 0; i < guess->table.columns; i++)
        snprintf(guess->told[i].name, GUESS_NAME, "column %zu", i + 1);
    for (int role = 0; role < GUESS_ROLES; role++)
        if (guess->pick[role].column >= 0 && names[role])
            strcpy(guess->told[guess->pick[role].column].name, names[role]);
    if (guess->join_date >= 0) {
        strcpy(guess->told[guess->join_date].name, "date");
        strcpy(guess->told[guess->join_clock].name, "clock");
    }
}

int guess_read(struct guess *guess, const char *path, size_t rows, struct fault *fault)
{
    int err;

    *guess = (struct guess){.join_date = -1, .join_clock = -1, .join_crossing = -1};
    for (int role = 0; role < GUESS_ROLES; role++)
        guess->pick[role].column = -1;
    err = guess_table_read(&guess->table, path, rows, fault);
    if (!err)
        err = look_at_columns(guess, fault);
    if (!err)
        err = guess_times_find(guess, fault);
    if (!err) {
        find_swapped(guess);
        while (pick_next(guess, true))
            continue;
        find_number(guess);
        while (pick_next(guess, false))
            continue;
        drop_half(guess);
        find_crossing(guess);
        find_key(guess);
        find_kind(guess);
        guess_times_order(guess);
        if (!guess->table.header)
            name_columns(guess);
    } else {
        guess_free(guess);
    }
    return err;
}

void guess_free(struct guess *guess)
{
    free(guess->told);
    guess->told = NULL;
    guess_table_free(&guess->table);
}

int guess_run(const char *path, size_t rows, const char *zone, FILE *out, struct fault *fault)
{
    struct guess guess;
    int err = localtime_zone(*zone ? zone : "UTC", fault);

    if (!err)
        err = guess_read(&guess, path, rows, fault);
    if (err)
        return err;
    guess_times_check(&guess);
    guess_write(&guess, zone, out);
    guess_free(&guess);
    return 0;
}
