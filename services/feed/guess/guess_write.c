/* See guess.h: the proposal as a mapping file. */
#include "guess_private.h"

#include "guess_made.h"
#include "guess_packed.h"
#include "guess_times.h"

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

static const char *source_of(const struct guess *guess, enum guess_role role)
{
    const struct guess_pick *pick = &guess->pick[role];

    return guess_made_name(guess, (struct guess_source){pick->column, pick->made});
}

static void write_source(const struct guess *guess, FILE *out)
{
    const struct guess_table *table = &guess->table;
    char delimiter[2] = {table->delimiter, '\0'};

    fprintf(out, "[source]\n# %s: %s.\nheader = %s\n", table->header ? "high" : "medium",
            table->header ? "the first line has words, and numbers or times stand below them"
                          : "the first line looks like a row; the names here are invented",
            table->header ? "yes" : "no");
    if (!table->header)
        for (size_t i = 0; i < table->columns; i++)
            if (!guess_packed_is_part(guess, i))
                fprintf(out, "%s%s", i ? ", " : "columns = ", guess->told[i].name);
    fprintf(out, "%s", table->header ? "" : "\n");
    if (table->title_lines > 0)
        fprintf(out, "# high: lines above the header that are almost empty.\ntitle_lines = %d\n",
                table->title_lines);
    fprintf(out,
            "# high: %zu lines have %zu columns. %zu lines have another number of columns "
            "and would be refused.\n",
            table->rows, table->columns, table->ragged);
    fprintf(out, "delimiter = %s\n", table->delimiter == '\t' ? "tab" : delimiter);
    fprintf(out, "# %s: %zu values of the sample are not UTF-8; they are read as Windows-1252.\n",
            table->not_utf8 ? "medium" : "high", table->not_utf8);
    fprintf(out, "encoding = utf-8, fallback windows-1252\n\n");
}

/* Lists refused rows by line, field and reason, never with their values. */
static void write_trial(const struct guess *guess, FILE *out)
{
    const struct guess_trial *trial = &guess->trial;
    size_t shown = trial->refused < GUESS_SHOWN ? trial->refused : GUESS_SHOWN;

    if (!trial->done)
        return;
    fprintf(out, "# With this mapping, %zu of %zu rows of the sample would be refused%s\n",
            trial->refused, trial->rows, trial->refused ? ":" : ".");
    for (size_t i = 0; i < shown; i++)
        fprintf(out, "#   line %zu: %s%s%s\n", trial->first[i].line, trial->first[i].error.field,
                *trial->first[i].error.field ? ": " : "", trial->first[i].error.reason);
    if (shown < trial->refused)
        fprintf(out, "#   and %zu more\n", trial->refused - shown);
    if (trial->unfit > 0)
        fprintf(out, "# Some values cannot be used. The rows are sent without them: %s.\n",
                trial->fields);
    fprintf(out, "\n");
}

static void write_time(const struct guess *guess, const char *zone, FILE *out)
{
    fprintf(out, "[time]\n");
    if (guess->zoned) {
        fprintf(out,
                "# high: the times have their offset or count from 1970. No zone is needed.\n");
        if (*zone)
            fprintf(out, "zone = %s\n", zone);
    } else if (*zone) {
        fprintf(out, "# high: the zone given with --zone.\nzone = %s\n", zone);
    } else {
        fprintf(out, "# TO DECIDE: the time zone of the CAD, such as America/Chicago. UTC is only "
                     "a placeholder:\n# with it, all times are wrong by hours.\nzone = UTC\n");
    }
    if (guess->turned > 0)
        fprintf(out,
                "# medium: the day comes before the month. The other way round, %zu more rows "
                "would be refused.\n",
                guess->turned);
    else if (guess->either)
        fprintf(out, "# low: the sample does not show whether the day or the month comes first. "
                     "The month is assumed.\n");
    else
        fprintf(out,
                "# %s: at least 98%% of the times mapped below have this format, or all but "
                "one.\n",
                guess->day_only ? "low" : "high");
    fprintf(out, "format = %s\n\n", guess->time_format);
}

static void write_key(const struct guess *guess, FILE *out)
{
    const struct guess_told *number = guess_told_of(guess, GUESS_INCIDENT);
    const struct guess_pick *pick = &guess->pick[GUESS_INCIDENT];

    fprintf(out, "[key]\n");
    if (number) {
        fprintf(out, "# %s: %s.\n", sure_words[pick->sure], pick->why);
        if (number->profile.distinct < number->profile.filled)
            fprintf(out, "# Several rows have the same number: they count as one incident.\n");
        fprintf(out, "incident = %s\n", number->name);
    } else {
        fprintf(out,
                "# %s: no column has incident numbers. A number is made from the time and the "
                "place, which stay\n# the same when the type is corrected.\ndigest = %s",
                guess->key_count ? "medium" : "low", source_of(guess, guess->occurred));
        for (size_t i = 0; i < guess->key_count; i++)
            fprintf(out, ", %s", source_of(guess, (enum guess_role)guess->key[i]));
        fprintf(out, "\nduplicates = send\n");
    }
    fprintf(out, "\n[event]\n# medium: %s.\nkind = %s\n\n",
            guess_has(guess, GUESS_DISPOSITION) ? "each row says how its call ended"
                                                : "no column says that a call has ended",
            guess->kind);
}

static void write_field(const struct guess *guess, const char *path, enum guess_role role,
                        FILE *out)
{
    const struct guess_pick *pick = &guess->pick[role];
    const struct guess_told *told = &guess->told[pick->column];
    size_t rows = pick->made >= 0 ? guess->made[pick->made].rows : 0;

    fprintf(out, "# %s: %s; %zu rows have a value.\n%s = %s\n", sure_words[pick->sure], pick->why,
            rows ? rows : told->profile.filled, path, source_of(guess, role));
}

static void write_fields(const struct guess *guess, FILE *out)
{
    fprintf(out, "[fields]\n");
    write_field(guess, "occurred_at", guess->occurred, out);
    if (guess->occurred == GUESS_WHEN && !guess_has(guess, GUESS_RECEIVED) &&
        strcmp(guess->kind, "call.received") == 0)
        fprintf(out,
                "# low: this is the only time of a call; it is used as the time of receipt.\n"
                "times.received = %s\n",
                source_of(guess, GUESS_WHEN));
    for (size_t i = 0; i < PATHS; i++) {
        if (guess_has(guess, paths[i].role))
            write_field(guess, paths[i].path, paths[i].role, out);
        if (guess_has(guess, paths[i].role) && paths[i].role == GUESS_DISPOSITION)
            fprintf(out, "# medium: each row has one disposition, so it is the primary one.\n"
                         "dispositions[0].primary = \"=true\"\n");
    }
    fprintf(out, "\n");
}

static bool has_zero_position(const struct guess *guess)
{
    const struct guess_told *latitude = guess_told_of(guess, GUESS_LATITUDE);
    const struct guess_told *longitude = guess_told_of(guess, GUESS_LONGITUDE);

    return latitude && longitude && latitude->profile.zeros + longitude->profile.zeros > 0;
}

/* Writes the words for an empty value that the mapped columns have, each once. */
static bool write_nothing(const struct guess *guess, FILE *out)
{
    uint64_t found = 0;
    bool any = false;

    for (size_t i = 0; i < guess->table.columns; i++)
        if (guess->told[i].mapped)
            found |= guess->told[i].nothing;
    if (found == 0)
        return false;
    fprintf(out, "[null]\n# high: words that mean that there is no value.\n* = ");
    for (int i = 0; guess_nothing_words[i]; i++) {
        if (!(found & UINT64_C(1) << i))
            continue;
        fprintf(out, "%s%s", any ? ", " : "", guess_nothing_words[i]);
        any = true;
    }
    fprintf(out, "\n");
    return true;
}

/* A position of 0 is in the sea off Africa, and a time of 0 is in 1970: exports write zeros for
 * missing values. */
static void write_null(const struct guess *guess, FILE *out)
{
    static const char zeros[] = "0, 0.0, 0.00, 0.000000";
    bool titled = write_nothing(guess, out);

    for (size_t i = 0; i < PATHS; i++) {
        if (paths[i].role > GUESS_WHEN || !guess_times_has_zeros(guess, paths[i].role))
            continue;
        fprintf(out, "%s# high: a zero means that there is no time yet.\n%s = 0\n",
                titled ? "" : "[null]\n", paths[i].path);
        titled = true;
    }
    if (has_zero_position(guess)) {
        fprintf(out,
                "%s# high: zeros mean that there is no position.\nplace.latitude = %s\n"
                "place.longitude = %s\n",
                titled ? "" : "[null]\n", zeros, zeros);
        titled = true;
    }
    fprintf(out, "%s", titled ? "\n" : "");
}

/* Why a time is not mapped. */
static const char *why_not_time(const struct guess *guess, const struct guess_told *told)
{
    if (guess_words_is_other_time(told->name))
        return "a time, but not one of the call";
    if (guess->joined && told->profile.format >= 0 &&
        guess_formats[told->profile.format].part == GUESS_CLOCK)
        return "a time of day without its own date";
    if (told->profile.format < 0 || !guess_times_is_of_format(guess, &told->profile))
        return "a time, but its format differs from that of the other times";
    return guess_is_named_role(guess, told, GUESS_RECEIVED, GUESS_CLOSED)
               ? "a time; another column fits better"
               : "a time; its name does not say which one";
}

static const char *why_not(const struct guess *guess, const struct guess_told *told)
{
    const struct guess_column *c = &told->profile;

    if (told->unusable)
        return "a mapping cannot use its name: it is empty, occurs twice or has a comma";
    if (c->filled == 0)
        return "empty in the sample";
    if (c->point > 0.5)
        return "a position in one text; another one is mapped, or it is not two numbers";
    if (guess_is_on_grid(told))
        return "a position in feet or metres (State Plane, UTM), not in degrees";
    if (c->comma > 0.5)
        return "numbers with a decimal comma, which a mapping cannot read";
    if (c->format >= 0)
        return why_not_time(guess, told);
    if (guess_times_is_named(guess, told) && c->digit > 0.5)
        return "its name says that it is a time, but the format of its values is unknown";
    return "not needed, or not recognised";
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
        {GUESS_OPEN, "Other columns: not read, so they will not leave the building either."},
    };

    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        bool titled = false;

        for (size_t i = 0; i < guess->table.columns; i++) {
            const struct guess_told *told = &guess->told[i];

            if (told->mapped || told->private != kinds[k].private)
                continue;
            fprintf(out, "%s%s%s#   %s: %s\n", titled ? "" : "# ", titled ? "" : kinds[k].title,
                    titled ? "" : "\n", told->unusable ? "(a column)" : told->name,
                    told->private == GUESS_OPEN ? why_not(guess, told)
                    : told->private_by_values   ? "because of its values"
                                                : "because of its name");
            titled = true;
        }
    }
}

/* Lists the columns of the agency's own codes, which the operator must map. */
static void write_codes(const struct guess *guess, FILE *out)
{
    static const enum guess_role coded[] = {GUESS_CALL_TYPE, GUESS_FINAL_TYPE, GUESS_DISPOSITION,
                                            GUESS_PRIORITY};
    bool titled = false;

    for (size_t i = 0; i < sizeof coded / sizeof coded[0]; i++) {
        const struct guess_told *told = guess_told_of(guess, coded[i]);
        const char *path = "";

        for (size_t p = 0; p < PATHS; p++)
            path = paths[p].role == coded[i] ? paths[p].path : path;
        if (!told)
            continue;
        fprintf(out, "%s# %s: %zu different codes in %s\n",
                titled ? "" : "# Codes: tell the operator once what each of these means.\n", path,
                told->profile.distinct, told->name);
        titled = true;
    }
}

void guess_write(const struct guess *guess, const char *zone, FILE *out)
{
    fprintf(
        out,
        "# Proposed mapping, made from %zu rows of a sample. Each choice has a comment above it: "
        "how certain\n# it is (high, medium, low), and why. Answer the questions at the end, then "
        "run --check.\n\n",
        guess_table_rows(&guess->table));
    write_trial(guess, out);
    write_source(guess, out);
    write_time(guess, zone, out);
    guess_made_write(guess, out);
    write_key(guess, out);
    write_fields(guess, out);
    write_null(guess, out);
    write_codes(guess, out);
    write_left_out(guess, out);
    guess_decide(guess, zone, out);
}
