/* See guess_pick.h. */
#include "guess_pick.h"

#include "guess_made.h"

#include <string.h>

enum { FEW_ROWS = 30, UNFIT = -1, WELL = 4, RIVALS = 1 };

/* Whether at most two in a hundred values are longer than the data dictionary allows. */
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

/* How well the values fit the role; UNFIT if they contradict it. */
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

/* Whether the values alone show the role. A number without a name could be anybody's. */
static bool shows(const struct guess_column *c, enum guess_role role)
{
    switch (role) {
    case GUESS_INCIDENT:
        return is_unique(c) && c->share_filled == 1 && c->number < 0.5 && c->length >= 8 &&
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

/* Whether another column fits the role nearly as well. */
static bool has_rival(const struct guess *guess, int column, enum guess_role role, int points)
{
    for (size_t i = 0; i < guess->table.columns; i++) {
        const struct guess_told *told = &guess->told[i];
        int named = guess_words_score(told->name, role);
        int fits = guess_is_free(told) && named > 0 ? fit(&told->profile, role) : UNFIT;

        if ((int)i != column && fits >= 0 && named + fits >= points - RIVALS)
            return true;
    }
    return false;
}

static void rate(const struct guess *guess, struct guess_pick *pick, enum guess_role role,
                 int points)
{
    const struct guess_told *told = &guess->told[pick->column];
    int fits = fit(&told->profile, role);
    bool fit_well = fits >= WELL, alone = !has_rival(guess, pick->column, role, points);

    if (guess_column_has_names(&told->profile)) {
        pick->sure = GUESS_MEDIUM;
        pick->why = "its name says so, but some of its values have a person's name";
        return;
    }
    pick->sure = fit_well && points - fits >= GUESS_EXPLICIT && alone ? GUESS_HIGH : GUESS_MEDIUM;
    pick->why = !fit_well ? "its name says so, and its values are possible"
                : alone   ? "its name says so and its values fit"
                          : "its name says so and its values fit, but another column "
                            "has a similar name";
}

/* Whether the role may be found by values alone. Under a header, a municipality needs a name. */
static bool may_show(const struct guess *guess, enum guess_role role)
{
    return !guess->table.header || role != GUESS_MUNICIPALITY;
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
            int fits = guess_is_free(told) ? fit(&told->profile, role) : UNFIT;
            int named = guess->table.header ? guess_words_score(told->name, role) : 0;

            if (fits < 0 ||
                (by_name ? named == 0 : !may_show(guess, role) || !shows(&told->profile, role)) ||
                named + fits <= best)
                continue;
            best = named + fits;
            best_column = (int)i;
            best_role = role;
        }
    if (best_column < 0)
        return false;
    pick = &guess->pick[best_role];
    *pick =
        (struct guess_pick){best_column, -1, GUESS_LOW, "its values fit; its name does not say so"};
    if (best_role == GUESS_LATITUDE || best_role == GUESS_LONGITUDE)
        pick->sure = GUESS_MEDIUM;
    if (by_name)
        rate(guess, pick, best_role, best);
    guess->told[best_column].mapped = true;
    return true;
}

/* If there is only a case number and no row repeats it, it is the incident number. */
static void find_number(struct guess *guess)
{
    struct guess_pick *report = &guess->pick[GUESS_REPORT];

    if (guess->pick[GUESS_INCIDENT].column >= 0 || report->column < 0 ||
        fit_number(&guess->told[report->column].profile, GUESS_INCIDENT) < WELL)
        return;
    guess->pick[GUESS_INCIDENT] =
        (struct guess_pick){report->column, -1, GUESS_MEDIUM,
                            "a case number that differs in every row; there is no incident number"};
    report->column = -1;
}

/* Finds latitude and longitude under each other's names. */
static void find_swapped(struct guess *guess)
{
    static const char why[] =
        "its name says the opposite, but its values are in the range of this one";
    int west = -1, north = -1;

    for (size_t i = 0; guess->table.header && i < guess->table.columns; i++) {
        const struct guess_told *told = &guess->told[i];

        if (!guess_is_free(told) || told->profile.number < 0.9 || told->profile.fraction < 0.8)
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
    guess->pick[GUESS_LATITUDE] = (struct guess_pick){north, -1, GUESS_LOW, why};
    guess->pick[GUESS_LONGITUDE] = (struct guess_pick){west, -1, GUESS_LOW, why};
    guess->told[north].mapped = guess->told[west].mapped = true;
}

/* A latitude without a longitude, or the reverse, is dropped. */
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

/* A key of what stays the same when dispatch corrects a call: time and place, never the type. */
static void find_key(struct guess *guess)
{
    static const enum guess_role sets[][2] = {{GUESS_ADDRESS, GUESS_ADDRESS},
                                              {GUESS_MUNICIPALITY, GUESS_CROSS},
                                              {GUESS_CROSS, GUESS_CROSS},
                                              {GUESS_LATITUDE, GUESS_LONGITUDE}};

    if (guess->pick[GUESS_INCIDENT].column >= 0)
        return;
    for (size_t i = 0; i < sizeof sets / sizeof sets[0] && guess->key_count == 0; i++) {
        int one = guess->pick[sets[i][0]].column, other = guess->pick[sets[i][1]].column;

        if (one < 0 || other < 0)
            continue;
        guess->key[guess->key_count++] = (int)sets[i][0];
        if (other != one)
            guess->key[guess->key_count++] = (int)sets[i][1];
    }
}

static void find_kind(struct guess *guess)
{
    guess->kind = guess->pick[GUESS_DISPOSITION].column >= 0 ? "incident.closed" : "call.received";
}

void guess_pick_columns(struct guess *guess)
{
    find_swapped(guess);
    while (pick_next(guess, true))
        continue;
    find_number(guess);
    guess_made_address(guess);
    while (pick_next(guess, false))
        continue;
    drop_half(guess);
    guess_made_position(guess);
    guess_made_crossing(guess);
    guess_made_cross_streets(guess);
    guess_made_unit(guess);
    find_key(guess);
    find_kind(guess);
}
