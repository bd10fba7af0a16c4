/* See guess.h: the proposal as a mapping file. */
#include "guess.h"

#include <string.h>

static const char *const sure_words[] = {"low", "medium", "high"};

static const struct {
    enum guess_role role;
    const char *path;
} paths[] = {
    {GUESS_RECEIVED, "times.received"},   {GUESS_DISPATCHED, "times.dispatched"},
    {GUESS_EN_ROUTE, "times.en_route"},   {GUESS_ON_SCENE, "times.on_scene"},
    {GUESS_CLEARED, "times.cleared"},     {GUESS_CLOSED, "times.closed"},
    {GUESS_CALL_TYPE, "call_type"},       {GUESS_FINAL_TYPE, "final_type"},
    {GUESS_PRIORITY, "priority"},         {GUESS_DISPOSITION, "dispositions[0].code"},
    {GUESS_REPORT, "report_numbers[0]"},  {GUESS_UNIT, "units[0].id"},
    {GUESS_ADDRESS, "place.address"},     {GUESS_CROSS, "place.cross_streets"},
    {GUESS_PLACE_NAME, "place.name"},     {GUESS_MUNICIPALITY, "place.municipality"},
    {GUESS_BEAT, "place.beat"},           {GUESS_LATITUDE, "place.latitude"},
    {GUESS_LONGITUDE, "place.longitude"},
};
enum { PATHS = sizeof paths / sizeof paths[0] };

static const struct guess_told *told_of(const struct guess *guess, enum guess_role role)
{
    int column = guess->pick[role].column;

    return column < 0 ? NULL : &guess->told[column];
}

static bool has(const struct guess *guess, enum guess_role role)
{
    return guess->pick[role].column >= 0;
}

/* What the joined time is called: a name that no column has. */
static const char *joined_name(const struct guess *guess)
{
    for (size_t i = 0; i < guess->table.columns; i++)
        if (strcmp(guess->told[i].name, "joined time") == 0)
            return "joined time of the proposal";
    return "joined time";
}

static const char *source_of(const struct guess *guess, enum guess_role role)
{
    if (role <= GUESS_WHEN && guess->join_date >= 0)
        return joined_name(guess);
    return told_of(guess, role)->name;
}

static void write_source(const struct guess *guess, FILE *out)
{
    const struct guess_table *table = &guess->table;
    char delimiter[2] = {table->delimiter, '\0'};

    fprintf(out, "[source]\n# %s: %s.\nheader = %s\n", table->header ? "high" : "medium",
            table->header ? "words in the first line, numbers or times below them"
                          : "the first line looks like the others; the names here are made up",
            table->header ? "yes" : "no");
    if (!table->header)
        for (size_t i = 0; i < table->columns; i++)
            fprintf(out, "%s%s%s", i ? ", " : "columns = ", guess->told[i].name,
                    i + 1 == table->columns ? "\n" : "");
    fprintf(out,
            "# high: %zu columns in %zu lines; %zu lines had another number and would be "
            "refused.\n",
            table->columns, table->rows, table->ragged);
    fprintf(out, "delimiter = %s\n", table->delimiter == '\t' ? "tab" : delimiter);
    fprintf(out, "# %s: %zu fields of the sample are not UTF-8 and are read as Windows-1252.\n",
            table->not_utf8 ? "medium" : "high", table->not_utf8);
    fprintf(out, "encoding = utf-8, fallback windows-1252\n\n");
}

/* Rows by number, column and reason; never by what stands there. */
static void write_unread(const struct guess *guess, FILE *out)
{
    size_t shown = guess->unread_rows < GUESS_SHOWN ? guess->unread_rows : GUESS_SHOWN;

    if (guess->unread_rows == 0)
        return;
    fprintf(out, "# %zu of %zu rows would be refused, for a time that cannot be read:\n",
            guess->unread_rows, guess_table_rows(&guess->table));
    for (size_t i = 0; i < shown; i++)
        fprintf(out, "#   line %zu: %s: %s\n", guess->unread[i].line,
                guess->told[guess->unread[i].column].name, guess->unread[i].reason);
    if (shown < guess->unread_rows)
        fprintf(out, "#   and %zu more\n", guess->unread_rows - shown);
}

static void write_time(const struct guess *guess, const char *zone, FILE *out)
{
    fprintf(out, "[time]\n");
    if (guess->zoned) {
        fprintf(out,
                "# high: the times tell their offset or count from 1970; no zone is needed.\n");
        if (*zone)
            fprintf(out, "zone = %s\n", zone);
    } else if (*zone) {
        fprintf(out, "# high: the zone that was given.\nzone = %s\n", zone);
    } else {
        fprintf(out, "# TO DECIDE: the zone of the CAD's clock, such as America/Chicago. UTC only "
                     "keeps the place:\n# left so, every time is wrong by hours.\nzone = UTC\n");
    }
    if (guess->either)
        fprintf(out, "# low: each value could also have day and month the other way round; the "
                     "month is taken first.\n");
    else
        fprintf(out, "# high: nearly all values of the times mapped below are of it (98 in 100, or "
                     "all but one).\n");
    write_unread(guess, out);
    fprintf(out, "format = %s\n\n", guess->time_format);
    if (guess->join_date >= 0)
        fprintf(out,
                "[join]\n# medium: date and time of day stand in two columns.\n"
                "%s = %s, %s\n\n",
                joined_name(guess), guess->told[guess->join_date].name,
                guess->told[guess->join_clock].name);
}

static void write_key(const struct guess *guess, FILE *out)
{
    const struct guess_told *number = told_of(guess, GUESS_INCIDENT);
    const struct guess_pick *pick = &guess->pick[GUESS_INCIDENT];

    fprintf(out, "[key]\n");
    if (number) {
        fprintf(out, "# %s: %s.\n", sure_words[pick->sure], pick->why);
        if (number->profile.distinct < number->profile.filled)
            fprintf(out, "# Several rows have the same number: they are taken for one incident.\n");
        fprintf(out, "incident = %s\n", number->name);
    } else {
        fprintf(out,
                "# %s: no column is a number of incidents. The number is made from time and "
                "place, which a\n# correction of the type does not touch.\ndigest = %s",
                guess->key_count ? "medium" : "low", source_of(guess, guess->occurred));
        for (size_t i = 0; i < guess->key_count; i++)
            fprintf(out, ", %s", guess->told[guess->key[i]].name);
        fprintf(out, "\nduplicates = send\n");
    }
    fprintf(out, "\n[event]\n# medium: %s.\nkind = %s\n\n",
            has(guess, GUESS_DISPOSITION) ? "each row says how the call ended"
                                          : "nothing says that a call has ended",
            guess->kind);
}

static void write_field(const struct guess *guess, const char *path, enum guess_role role,
                        FILE *out)
{
    const struct guess_pick *pick = &guess->pick[role];
    const struct guess_told *told = &guess->told[pick->column];

    fprintf(out, "# %s: %s; %zu rows have it", sure_words[pick->sure], pick->why,
            told->profile.filled - told->unread);
    if (told->unread > 0)
        fprintf(out, ", %zu more cannot be read", told->unread);
    fprintf(out, ".\n%s = %s\n", path, source_of(guess, role));
}

static void write_fields(const struct guess *guess, FILE *out)
{
    fprintf(out, "[fields]\n");
    write_field(guess, "occurred_at", guess->occurred, out);
    if (guess->occurred == GUESS_WHEN && !has(guess, GUESS_RECEIVED) &&
        strcmp(guess->kind, "call.received") == 0)
        fprintf(out,
                "# low: the one time of a call is taken for the time it was received.\n"
                "times.received = %s\n",
                source_of(guess, GUESS_WHEN));
    for (size_t i = 0; i < PATHS; i++) {
        if (has(guess, paths[i].role))
            write_field(guess, paths[i].path, paths[i].role, out);
        if (has(guess, paths[i].role) && paths[i].role == GUESS_DISPOSITION)
            fprintf(out, "# medium: the row has one disposition.\ndispositions[0].primary = "
                         "\"=true\"\n");
    }
    fprintf(out, "\n");
}

/* A position of 0 is in the sea off Africa: exports write it where they have none. */
static void write_null(const struct guess *guess, FILE *out)
{
    static const char zeros[] = "0, 0.0, 0.00, 0.000000";
    const struct guess_told *latitude = told_of(guess, GUESS_LATITUDE);
    const struct guess_told *longitude = told_of(guess, GUESS_LONGITUDE);

    if (!latitude || !longitude || latitude->profile.zeros + longitude->profile.zeros == 0)
        return;
    fprintf(out,
            "[null]\n# high: zeros stand where there is no position.\nplace.latitude = %s\n"
            "place.longitude = %s\n\n",
            zeros, zeros);
}

static bool is_on_grid(const struct guess_told *told)
{
    const struct guess_column *c = &told->profile;

    return c->number > 0.9 && c->in_180 < 0.5 && c->zeros < c->filled &&
           guess_words_is_position(told->name);
}

static const char *why_not(const struct guess_told *told)
{
    const struct guess_column *c = &told->profile;

    if (told->unusable)
        return "its name cannot be written in a mapping (empty, doubled, a comma)";
    if (c->filled == 0)
        return "empty in the sample";
    if (c->point > 0.5)
        return "a position in one text, which a mapping cannot take apart";
    if (is_on_grid(told))
        return "a position in feet or metres of a grid (State plane, UTM), not in degrees";
    if (c->comma > 0.5)
        return "numbers with a decimal comma, which a mapping cannot read";
    if (c->format >= 0)
        return "a time, but of another format than the rest, of a column taken, or of no call";
    return "not needed, or not known";
}

static void write_left_out(const struct guess *guess, FILE *out)
{
    static const struct {
        enum guess_private private;
        const char *title;
    } kinds[] = {
        {GUESS_PERSON, "About persons: will not leave the building."},
        {GUESS_FREE_TEXT, "Free text: will not leave the building."},
        {GUESS_IMMIGRATION, "Immigration status: will not leave the building."},
        {GUESS_OPEN, "Other columns: not read, so they do not leave either."},
    };

    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        bool titled = false;

        for (size_t i = 0; i < guess->table.columns; i++) {
            const struct guess_told *told = &guess->told[i];

            if (told->mapped || told->private != kinds[k].private)
                continue;
            fprintf(out, "%s%s%s#   %s: %s\n", titled ? "" : "# ", titled ? "" : kinds[k].title,
                    titled ? "" : "\n", told->unusable ? "(a column)" : told->name,
                    told->private == GUESS_OPEN ? why_not(told) : told->private_why);
            titled = true;
        }
    }
}

static bool has_grid(const struct guess *guess)
{
    for (size_t i = 0; i < guess->table.columns; i++)
        if (!guess->told[i].mapped && guess->told[i].private == GUESS_OPEN &&
            is_on_grid(&guess->told[i]))
            return true;
    return false;
}

/* What the operator must be told of: codes that are the agency's own. */
static void write_codes(const struct guess *guess, FILE *out)
{
    static const enum guess_role coded[] = {GUESS_CALL_TYPE, GUESS_FINAL_TYPE, GUESS_DISPOSITION,
                                            GUESS_PRIORITY};
    bool titled = false;

    for (size_t i = 0; i < sizeof coded / sizeof coded[0]; i++) {
        const struct guess_told *told = told_of(guess, coded[i]);
        const char *path = "";

        for (size_t p = 0; p < PATHS; p++)
            path = paths[p].role == coded[i] ? paths[p].path : path;
        if (!told)
            continue;
        fprintf(out, "%s# %s: %zu different in %s%s\n",
                titled ? "" : "# Code tables: what these mean is told once, to the operator.\n",
                path, told->profile.distinct, told->name,
                told->profile.distinct * 2 > told->profile.filled
                    ? "; most rows have one of their own: is it a code at all?"
                    : "");
        titled = true;
    }
}

static void write_decisions(const struct guess *guess, const char *zone, FILE *out)
{
    const struct guess_told *type = told_of(guess, GUESS_CALL_TYPE);
    int n = 0;

    fprintf(out, "#\n# What a person must decide:\n");
    if (!guess->zoned && !*zone)
        fprintf(out, "# %d. [time] zone: the zone of the CAD's clock. It is not guessed.\n", ++n);
    if (guess->either)
        fprintf(out, "# %d. [time] format: day or month first? The sample does not tell.\n", ++n);
    if (guess->unread_rows > 0)
        fprintf(
            out,
            "# %d. [time]: %zu rows have a time that cannot be read; mend them in the export, or "
            "do without.\n",
            ++n, guess->unread_rows);
    fprintf(out, "# %d. [event] kind: what a row is when it is written (a call, or its end).\n",
            ++n);
    if (!has(guess, GUESS_INCIDENT))
        fprintf(out,
                "# %d. [key] digest: do time and place of a call ever change in the "
                "export?\n",
                ++n);
    if (!type)
        fprintf(out,
                "# %d. call_type: no column was found. Without it no school is told what "
                "happens.\n",
                ++n);
    else
        fprintf(out,
                "# %d. Call types: the sample has %zu; which are withheld ([withhold] "
                "types_file)?\n",
                ++n, type->profile.distinct);
    if (has_grid(guess))
        fprintf(out,
                "# %d. The position is on a grid in feet or metres, which is refused: can the CAD "
                "export degrees\n#    (latitude and longitude, WGS 84)? Until then calls are "
                "placed by address alone.\n",
                ++n);
    else if (!has(guess, GUESS_LATITUDE) || !has(guess, GUESS_LONGITUDE))
        fprintf(out,
                "# %d. place.latitude, place.longitude: none found; calls are placed by "
                "address alone.\n",
                ++n);
    if (!has(guess, GUESS_MUNICIPALITY))
        fprintf(out,
                "# %d. place.municipality: if it is one city, write: place.municipality = "
                "\"=City\"\n",
                ++n);
    if (has(guess, GUESS_PLACE_NAME))
        fprintf(out,
                "# %d. place.name: only names of places, or of persons too? If so, take it "
                "out.\n",
                ++n);
    for (int role = 0; role < GUESS_ROLES; role++)
        if (has(guess, (enum guess_role)role) && guess->pick[role].sure == GUESS_LOW)
            fprintf(out, "# %d. %s: is it what the proposal takes it for?\n", ++n,
                    guess->told[guess->pick[role].column].name);
    fprintf(out, "# %d. The columns above that stay: show them to whoever answers for privacy.\n",
            ++n);
}

void guess_write(const struct guess *guess, const char *zone, FILE *out)
{
    fprintf(
        out,
        "# Proposed mapping, from %zu rows of a sample. Before each choice: how sure it is, and "
        "why.\n# Go through the list at the end, then look at --check.\n\n",
        guess_table_rows(&guess->table));
    write_source(guess, out);
    write_time(guess, zone, out);
    write_key(guess, out);
    write_fields(guess, out);
    write_null(guess, out);
    write_codes(guess, out);
    write_left_out(guess, out);
    write_decisions(guess, zone, out);
}
