/* See guess.h: the order of the steps, and which columns are private. */
#include "guess.h"

#include "guess_made.h"
#include "guess_packed.h"
#include "guess_pick.h"
#include "guess_private.h"
#include "guess_times.h"
#include "localtime.h"

#include <stdlib.h>
#include <string.h>

bool guess_has(const struct guess *guess, enum guess_role role)
{
    return guess->pick[role].column >= 0;
}

const struct guess_told *guess_told_of(const struct guess *guess, enum guess_role role)
{
    return guess_has(guess, role) ? &guess->told[guess->pick[role].column] : NULL;
}

bool guess_is_free(const struct guess_told *told)
{
    return !told->mapped && !told->unusable && told->private == GUESS_OPEN;
}

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

/* Whether a mapping cannot write the name, or two columns have it. */
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

static int look_at_columns(struct guess *guess, struct error *error)
{
    struct guess_table *table = &guess->table;

    guess->told = calloc(table->columns, sizeof *guess->told);
    if (!guess->told)
        return error_set(error, ERR_NOMEM, "", "no memory");
    for (size_t i = 0; i < table->columns; i++) {
        struct guess_told *told = &guess->told[i];

        told->nothing = guess_table_take_nothing(table, i);
        told->zones = guess_made_take_zones(table, i);
        if (guess_column_profile(&told->profile, table, i) != 0)
            return error_set(error, ERR_NOMEM, "", "no memory");
        if (table->header) {
            told->unusable = !guess_packed_is_part(guess, i) && is_unusable(guess, i);
            snprintf(told->name, sizeof told->name, "%s", table->cell[i]);
        }
        find_private(guess, told);
        told->mapped = guess_packed_is_whole(guess, i); /* by its parts */
    }
    return 0;
}

/* Names the columns if there is no header. */
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
    for (size_t i = 0; guess->joined && i < guess->made_count; i++)
        if (guess->made[i].making == GUESS_JOIN && guess->made[i].parts == 2 &&
            strncmp(guess->made[i].name, "joined time", strlen("joined time")) == 0) {
            strcpy(guess->told[guess->made[i].part[0].column].name, "date");
            strcpy(guess->told[guess->made[i].part[1].column].name, "clock");
        }
}

/* If no column is a time, one may share a column with other values. */
static int look_again(struct guess *guess, int err, struct error *error)
{
    int added = guess->packed_count > 0 ? 0 : guess_packed_take(guess, true);

    if (added == 0)
        return err;
    if (added < 0)
        return error_set(error, ERR_NOMEM, "", "no memory");
    free(guess->told);
    guess->told = NULL;
    guess->day_only = false;
    err = look_at_columns(guess, error);
    return err ? err : guess_times_find(guess, error);
}

int guess_read(struct guess *guess, const char *path, size_t rows, struct error *error)
{
    int err;

    *guess = (struct guess){.join_crossing = -1};
    for (int role = 0; role < GUESS_ROLES; role++)
        guess->pick[role] = (struct guess_pick){-1, -1, GUESS_LOW, ""};
    err = guess_table_read(&guess->table, path, rows, error);
    if (!err && guess_packed_take(guess, false) < 0)
        err = error_set(error, ERR_NOMEM, "", "no memory");
    if (!err)
        err = look_at_columns(guess, error);
    if (!err)
        err = guess_times_find(guess, error);
    if (err == ERR_MISSING && guess->told)
        err = look_again(guess, err, error);
    if (!err) {
        guess_pick_columns(guess);
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

int guess_run(const char *path, size_t rows, const char *zone, FILE *out, struct error *error)
{
    struct guess *guess = calloc(1, sizeof *guess);
    int err = localtime_zone(*zone ? zone : "UTC", error);

    if (!guess)
        return error_set(error, ERR_NOMEM, "", "no memory");
    if (!err)
        err = guess_read(guess, path, rows, error);
    if (!err) {
        err = guess_try(guess, path, rows, zone, error);
        if (!err)
            guess_write(guess, zone, out);
        guess_free(guess);
    }
    free(guess);
    return err;
}
