/* See guess.h: what a person must decide. */
#include "guess_private.h"

#include "guess_times.h"

#include <stdarg.h>
#include <string.h>

struct list {
    const struct guess *guess;
    FILE *out;
    int count;
};

static void item(struct list *list, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void item(struct list *list, const char *fmt, ...)
{
    va_list words;

    fprintf(list->out, "# %d. ", ++list->count);
    va_start(words, fmt);
    vfprintf(list->out, fmt, words);
    va_end(words);
    fprintf(list->out, "\n");
}

bool guess_is_on_grid(const struct guess_told *told)
{
    const struct guess_column *c = &told->profile;

    return c->number > 0.9 && c->in_180 < 0.5 && c->zeros < c->filled &&
           guess_words_is_position(told->name);
}

static bool has_grid(const struct guess *guess)
{
    if (guess_has(guess, GUESS_LATITUDE) && guess_has(guess, GUESS_LONGITUDE))
        return false;
    for (size_t i = 0; i < guess->table.columns; i++)
        if (!guess->told[i].mapped && guess->told[i].private == GUESS_OPEN &&
            guess_is_on_grid(&guess->told[i]))
            return true;
    return false;
}

/* Whether positions have too few decimals to locate a place. */
static bool has_coarse(const struct guess *guess)
{
    size_t count = 0;

    if (guess_has(guess, GUESS_LATITUDE) && guess_has(guess, GUESS_LONGITUDE))
        return false;
    for (size_t i = 0; i < guess->table.columns; i++) {
        const struct guess_told *told = &guess->told[i];

        count += !told->mapped && told->private == GUESS_OPEN && told->profile.number > 0.9 &&
                 told->profile.in_180 > 0.98 && told->profile.fraction < 0.8 &&
                 guess_words_is_position(told->name);
    }
    return count >= 2;
}

/* A time in the mapped format whose name does not say which milestone it is. */
static bool is_unknown_time(const struct guess *guess, const struct guess_told *told)
{
    return !told->mapped && !told->unusable && told->private == GUESS_OPEN &&
           told->profile.format >= 0 && guess_times_is_of_format(guess, &told->profile) &&
           !guess_words_is_other_time(told->name) &&
           !guess_is_named_role(guess, told, GUESS_RECEIVED, GUESS_CLOSED);
}

/* A time of day of a milestone, without a date of its own. */
static bool is_lone_clock(const struct guess *guess, const struct guess_told *told)
{
    return guess->joined && guess_is_free(told) && told->profile.format >= 0 &&
           guess_formats[told->profile.format].part == GUESS_CLOCK &&
           !guess_words_is_other_time(told->name) &&
           guess_is_named_role(guess, told, GUESS_RECEIVED, GUESS_CLOSED);
}

static void decide_times(struct list *list, const char *zone)
{
    const struct guess *guess = list->guess;

    if (!guess->zoned && !*zone)
        item(list, "[time] zone: which time zone does the CAD use? It is not guessed.");
    if (guess->either)
        item(list, "[time] format: does the day or the month come first? The sample does not "
                   "show it.");
    if (guess->day_only)
        item(list, "[time]: no time of day was found. Without one, every call is at midnight. Is "
                   "there a column\n#    with it (four digits, or with a colon)? [join] can join "
                   "it to the date.");
    if (guess->trial.refused > 0)
        item(list,
             "%zu rows would be refused, for the reasons at the top. Can the export be "
             "corrected, or can you do\n#    without these rows?",
             guess->trial.refused);
    for (size_t i = 0; i < guess->table.columns; i++)
        if (is_unknown_time(guess, &guess->told[i]))
            item(list, "%s: which time is this (times.dispatched, times.on_scene ...)?",
                 guess->told[i].name);
        else if (is_lone_clock(guess, &guess->told[i]))
            item(list,
                 "%s: a time of day without its own date. With the date of the call it would be a "
                 "day wrong\n#    after midnight. Can the export include its date?",
                 guess->told[i].name);
}

/* Columns that are sent whole, though some of their values were written by hand. */
static void decide_texts(struct list *list)
{
    static const enum guess_role coded[] = {GUESS_CALL_TYPE, GUESS_FINAL_TYPE, GUESS_DISPOSITION};
    const struct guess *guess = list->guess;
    const struct guess_told *address = guess_told_of(guess, GUESS_ADDRESS);
    const struct guess_told *unit = guess_told_of(guess, GUESS_UNIT);

    for (size_t i = 0; i < sizeof coded / sizeof coded[0]; i++) {
        const struct guess_told *told = guess_told_of(guess, coded[i]);

        if (told && guess_column_is_varied(&told->profile))
            item(list,
                 "%s: most rows have different texts. Are these codes? The whole text is sent.",
                 told->name);
        else if (told && guess_column_is_told_in_part(&told->profile))
            item(list,
                 "%s: %zu rows have a text of several words that no other row has. Are these "
                 "codes, or did\n#    somebody type them? The whole text is sent.",
                 told->name, told->profile.sentences);
    }
    for (enum guess_role role = GUESS_INCIDENT; role < GUESS_ROLES; role++) {
        const struct guess_told *told = guess_told_of(guess, role);

        if (told && guess_column_has_names(&told->profile))
            item(list,
                 "%s: %zu rows seem to have a person's name after other words. The whole text is "
                 "sent: remove\n#    the names from the export, or this column from the mapping.",
                 told->name, told->profile.named);
    }
    if (address && address->profile.remarks > 0)
        item(list,
             "%s: %zu rows have more than an address (a ';', a telephone number). The whole text "
             "is sent.\n#    Can the export have the address alone?",
             address->name, address->profile.remarks);
    if (unit && unit->profile.lists > 0)
        item(list, "%s: %zu rows have a list of units. Only the first unit of each is used.",
             unit->name, unit->profile.lists);
}

/* The key, call types, and columns that are left out although their name says that they are
 * needed. */
static void decide_codes(struct list *list)
{
    const struct guess *guess = list->guess;

    if (!guess_has(guess, GUESS_INCIDENT))
        item(list, "[key] digest: does the export ever change the time or the place of a call?");
    for (size_t i = 0; i < guess->table.columns; i++) {
        const struct guess_told *told = &guess->told[i];

        if (told->private != GUESS_OPEN && told->private_by_values &&
            guess_is_named_role(guess, told, GUESS_RECEIVED, GUESS_UNIT))
            item(list,
                 "%s: left out because of its values, though its name says that it is needed. Is "
                 "that right?",
                 told->name);
    }
    if (!guess_has(guess, GUESS_CALL_TYPE))
        item(list, "call_type: no column was found. Schools do not see what happened without it.");
    else
        item(list,
             "Call types: the sample has %zu. Which must not be sent ([withhold] "
             "types_file)?",
             guess->told[guess->pick[GUESS_CALL_TYPE].column].profile.distinct);
}

/* Of two columns with cross streets, only one is mapped. */
static void decide_crossing(struct list *list)
{
    const struct guess *guess = list->guess;
    const struct guess_told *cross = guess_told_of(guess, GUESS_CROSS);

    for (size_t i = 0; cross && i < guess->table.columns; i++) {
        const struct guess_told *other = &guess->told[i];

        if (!other->mapped && !other->unusable && other->private == GUESS_OPEN &&
            guess_is_named_role(guess, other, GUESS_CROSS, GUESS_CROSS))
            item(list, "%s: a cross street, like %s. It is not sent unless [join] joins the two.",
                 other->name, cross->name);
    }
}

static void decide_places(struct list *list)
{
    const struct guess *guess = list->guess;
    size_t rows = guess_table_rows(&guess->table);

    if (has_grid(guess))
        item(list, "The position is in feet or metres, which the agent refuses. Can the CAD export "
                   "degrees\n#    (latitude and longitude, WGS 84)? Until then, calls are placed "
                   "by their address alone.");
    else if (has_coarse(guess))
        item(list, "The position has fewer than three decimals, so it is exact to 100 m at best. "
                   "Can the export\n#    have more? Until then, calls are placed by their address "
                   "alone.");
    else if (!guess_has(guess, GUESS_LATITUDE) || !guess_has(guess, GUESS_LONGITUDE))
        item(list, "place.latitude, place.longitude: no columns were found. Calls are placed by "
                   "their address alone.");
    if (guess_has(guess, GUESS_ADDRESS) && guess->join_crossing < 0) {
        size_t filled = guess->told[guess->pick[GUESS_ADDRESS].column].profile.filled;

        if (filled * 10 < rows * 9)
            item(list, "place.address: %zu of %zu rows have none. Does another column have it?",
                 rows - filled, rows);
    }
    if (!guess_has(guess, GUESS_MUNICIPALITY))
        item(list, "place.municipality: if all calls are in one city, write: place.municipality = "
                   "\"=City\"");
    if (guess_has(guess, GUESS_PLACE_NAME))
        item(list,
             "place.name: are there names of persons among the names of places (%zu look like "
             "that)?\n#    If so, remove the column.",
             guess_told_of(guess, GUESS_PLACE_NAME)->profile.persons);
}

/* What a row is, and whether the time that orders the events belongs to it. */
static void decide_kind(struct list *list)
{
    const struct guess *guess = list->guess;

    item(list, "[event] kind: does the export write a row when a call begins, or when it ends?");
    if (strcmp(guess->kind, "incident.closed") == 0 && guess->occurred != GUESS_CLEARED &&
        guess->occurred != GUESS_CLOSED)
        item(list, "occurred_at: each row says how its call ended, but this is not the time of the "
                   "end, so every\n#    call would end when it begins. Which column has the end? "
                   "(It needs its own date, for\n#    calls that end after midnight.)");
}

void guess_decide(const struct guess *guess, const char *zone, FILE *out)
{
    struct list list = {guess, out, 0};

    fprintf(out, "#\n# Questions for you:\n");
    decide_times(&list, zone);
    decide_kind(&list);
    decide_codes(&list);
    decide_texts(&list);
    decide_places(&list);
    decide_crossing(&list);
    for (int role = 0; role < GUESS_ROLES; role++)
        if (guess_has(guess, (enum guess_role)role) && guess->pick[role].sure == GUESS_LOW)
            item(&list, "%s: is this column mapped to the right field?",
                 guess->told[guess->pick[role].column].name);
    item(&list, "Show the mapped columns to the person who is responsible for privacy.");
}
