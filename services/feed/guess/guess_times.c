/* See guess_times.h. */
#include "guess_times.h"

#include "guess_made.h"

#include <string.h>

enum { RIVALS = 2, CALLED = 20, STAMPED = 10 };

static const char by_name[] = "its name says so and all its values have this format";
static const char unsure[] =
    "all its values have this format, but another column has a similar name";
static const char loosely[] =
    "all its values have this format, and its name probably means this time";
static const char unnamed[] =
    "all its values have this format, but its name does not say which time it is";
static const char joined[] = "a date and a time of day in two columns, joined";

/* The same time in all rows is the time of the export. The same day may be the day of all calls. */
static bool is_stamp(const struct guess_column *c)
{
    bool whole = c->format >= 0 && guess_formats[c->format].part == GUESS_BOTH && !c->midnight;

    return whole && c->distinct == 1 && c->filled >= STAMPED;
}

/* Whether a column can be a time of a call at all. */
static bool may_be(const struct guess *guess, const struct guess_told *told)
{
    return guess_is_free(told) && told->profile.filled > 0 && !is_stamp(&told->profile) &&
           !(guess->table.header && guess_words_is_other_time(told->name));
}

static int time_score(const struct guess *guess, const struct guess_told *told,
                      enum guess_role *role)
{
    *role = GUESS_WHEN;
    return guess->table.header ? guess_names_time(told->name, role) : 0;
}

bool guess_times_is_named(const struct guess *guess, const struct guess_told *told)
{
    enum guess_role role;

    return time_score(guess, told, &role) > 0;
}

/* Numbers are times only if the name says so, because they could be anything else. Without names, a
 * time of four digits must stand after a date. */
static bool is_numeric_of(const struct guess *guess, size_t index, enum guess_numeric n)
{
    const struct guess_told *told = &guess->told[index], *before = told - (index > 0);
    bool dated =
        index > 0 &&
        (before->profile.numeric[GUESS_PACKED_DATE] ||
         (before->profile.format >= 0 && guess_formats[before->profile.format].part == GUESS_DATE));

    if (!told->profile.numeric[n])
        return false;
    if (guess->table.header)
        return guess_times_is_named(guess, told);
    return guess_numerics[n].part == GUESS_CLOCK ? dated : told->profile.filled > 2;
}

static bool is_of(const struct guess *guess, size_t index, const char *format)
{
    const struct guess_told *told = &guess->told[index];
    const struct guess_column *c = &told->profile;
    const struct guess_format *own = c->format < 0 ? NULL : &guess_formats[c->format];

    if (!may_be(guess, told))
        return false;
    for (int n = 0; n < GUESS_NUMERICS; n++)
        if (strcmp(format, guess_numerics[n].text) == 0)
            return is_numeric_of(guess, index, (enum guess_numeric)n);
    return own && (strcmp(own->text, format) == 0 ||
                   (c->either && own->other && strcmp(own->other, format) == 0));
}

/* How much the columns of a format tell: milestones count for more, the receipt of the call for
 * most, dates that are written as times for little. */
static int weigh(const struct guess *guess, const char *format)
{
    int weight = 0;

    for (size_t i = 0; i < guess->table.columns; i++) {
        enum guess_role role;
        int score;

        if (!is_of(guess, i, format))
            continue;
        score = time_score(guess, &guess->told[i], &role);
        if (guess->told[i].profile.midnight)
            weight += 1;
        else
            weight += role == GUESS_RECEIVED ? 10 : score >= CALLED ? 6 : 4;
    }
    return weight;
}

static const char *common_format(const struct guess *guess, enum guess_time_part part, bool *zoned)
{
    const char *best = NULL;
    int most = 0;

    for (size_t i = 0; i < guess_format_count; i++) {
        int weight = guess_formats[i].part == part ? weigh(guess, guess_formats[i].text) : 0;

        if (weight <= most)
            continue;
        most = weight;
        best = guess_formats[i].text;
        *zoned = guess_formats[i].zoned;
    }
    for (int n = 0; n < GUESS_NUMERICS && !best; n++)
        if (guess_numerics[n].part == part && weigh(guess, guess_numerics[n].text) > 0) {
            best = guess_numerics[n].text;
            *zoned = guess_numerics[n].zoned;
        }
    return best;
}

/* Whether another column means the same milestone nearly as well. */
static bool has_rival(const struct guess *guess, size_t index, enum guess_role role, int score)
{
    for (size_t i = 0; i < guess->table.columns; i++) {
        const struct guess_told *told = &guess->told[i];
        enum guess_role other;

        if (i != index && told->private == GUESS_OPEN && !told->unusable &&
            !guess_words_is_other_time(told->name) && told->profile.format >= 0 &&
            guess_formats[told->profile.format].part == GUESS_BOTH &&
            time_score(guess, told, &other) >= score - RIVALS && other == role)
            return true;
    }
    return false;
}

static void rate(const struct guess *guess, struct guess_pick *pick, enum guess_role role,
                 int score)
{
    pick->sure = GUESS_HIGH;
    pick->why = by_name;
    if (score == 0) {
        pick->sure = guess->table.header ? GUESS_LOW : GUESS_MEDIUM;
        pick->why = unnamed;
    } else if (score < GUESS_EXPLICIT) {
        pick->sure = GUESS_MEDIUM;
        pick->why = loosely;
    } else if (has_rival(guess, (size_t)pick->column, role, score)) {
        pick->sure = GUESS_MEDIUM;
        pick->why = unsure;
    }
    if (guess->day_only)
        pick->sure = GUESS_LOW;
}

/* Gives each time column of the format to the milestone that its name says best. */
static void pick_times(struct guess *guess)
{
    int best[GUESS_ROLES] = {0};

    guess->either = true;
    for (size_t i = 0; i < guess->table.columns; i++) {
        struct guess_told *told = &guess->told[i];
        struct guess_pick *pick;
        enum guess_role role;
        int score;

        if (!is_of(guess, i, guess->time_format))
            continue;
        guess->either = guess->either && told->profile.either;
        score = time_score(guess, told, &role);
        pick = &guess->pick[role];
        if (pick->column >= 0 && best[role] >= score)
            continue;
        best[role] = score;
        *pick = (struct guess_pick){(int)i, -1, GUESS_HIGH, by_name};
    }
    for (enum guess_role role = GUESS_RECEIVED; role <= GUESS_WHEN; role++) {
        struct guess_pick *pick = &guess->pick[role];

        if (pick->column < 0)
            continue;
        rate(guess, pick, role, best[role]);
        guess->told[pick->column].mapped = true;
        pick->made = guess_made_time(guess, pick->column).made;
    }
}

static bool is_date_of(enum guess_role date, enum guess_role clock)
{
    return date == clock || ((date == GUESS_RECEIVED || date == GUESS_WHEN) &&
                             (clock == GUESS_RECEIVED || clock == GUESS_WHEN));
}

/* The date column for a time of day: one of the same name, else one of the same milestone, else the
 * call's date if the time of day is the receipt. A later one has none: past midnight it would be a
 * day off. */
static int date_of(const struct guess *guess, const char *format, size_t clock,
                   enum guess_role role)
{
    int best = -1, best_score = -1;

    for (size_t i = 0; i < guess->table.columns; i++) {
        enum guess_role of;
        int score;

        if (!is_of(guess, i, format))
            continue;
        score = time_score(guess, &guess->told[i], &of);
        if (!guess->table.header) {
            score = i < clock ? 2 : 1;
        } else if (guess_names_are_pair(guess->told[i].name, guess->told[clock].name)) {
            score += 200;
        } else if (of == role) {
            score += 100;
        } else if (!is_date_of(of, role)) {
            continue;
        }
        if (score <= best_score)
            continue;
        best_score = score;
        best = (int)i;
    }
    return best;
}

static void join_pair(struct guess *guess, enum guess_role role, int date, int clock)
{
    static const char *const names[] = {"received", "dispatched", "en route", "on scene",
                                        "cleared",  "closed",     ""};
    struct guess_source part[2];
    char name[GUESS_NAME];

    part[0] = guess_made_time(guess, date);
    part[1] = guess_made_time(guess, clock);
    snprintf(name, sizeof name, "joined time%s%s", guess->joined ? " " : "",
             guess->joined ? names[role] : "");
    guess->pick[role] = (struct guess_pick){clock, guess_made_join(guess, name, part, 2, joined),
                                            GUESS_MEDIUM, joined};
    guess->joined = true;
    guess->told[clock].mapped = true;
}

/* Whether no other time of day fits the milestone better. */
static bool is_best_clock(const struct guess *guess, const char *format, size_t index,
                          enum guess_role role, int score)
{
    for (size_t i = 0; i < guess->table.columns; i++) {
        enum guess_role other;

        if (i == index || !is_of(guess, i, format))
            continue;
        if (time_score(guess, &guess->told[i], &other) + (i < index) > score && other == role)
            return false;
    }
    return true;
}

/* Finds the pairs before any is mapped: two times of day may share a date. */
static size_t find_pairs(const struct guess *guess, const char *date, const char *clock,
                         int pairs[GUESS_ROLES][2])
{
    size_t count = 0;
    int first = -1;
    enum guess_role first_role = GUESS_ROLES, role;

    for (size_t i = 0; i < guess->table.columns; i++) {
        int score, day;

        if (!is_of(guess, i, clock))
            continue;
        score = time_score(guess, &guess->told[i], &role);
        day = is_best_clock(guess, clock, i, role, score) ? date_of(guess, date, i, role) : -1;
        if (role < first_role) {
            first_role = role;
            first = (int)i;
        }
        if (day < 0)
            continue;
        pairs[role][0] = day;
        pairs[role][1] = (int)i;
        count++;
    }
    if (count > 0 || first < 0)
        return count;
    /* There is only a date with later times of day: the earliest milestone is nearest to the
     * call. */
    pairs[first_role][0] = date_of(guess, date, (size_t)first, GUESS_WHEN);
    pairs[first_role][1] = first;
    return pairs[first_role][0] >= 0;
}

/* A date and a time of day in two columns make one time. */
static bool join_times(struct guess *guess)
{
    bool zoned = false;
    const char *date = common_format(guess, GUESS_DATE, &zoned);
    const char *clock = common_format(guess, GUESS_CLOCK, &zoned);
    int pairs[GUESS_ROLES][2];

    memset(pairs, -1, sizeof pairs);
    if (!date || !clock || find_pairs(guess, date, clock, pairs) == 0)
        return false;
    snprintf(guess->joined_format, sizeof guess->joined_format, "%s %s", date, clock);
    guess->time_format = guess->joined_format;
    guess->either = true;
    for (enum guess_role role = GUESS_RECEIVED; role <= GUESS_WHEN; role++) {
        if (pairs[role][0] < 0)
            continue;
        join_pair(guess, role, pairs[role][0], pairs[role][1]);
        guess->either = guess->either && guess->told[pairs[role][0]].profile.either;
    }
    for (enum guess_role role = GUESS_RECEIVED; role <= GUESS_WHEN; role++)
        if (pairs[role][0] >= 0)
            guess->told[pairs[role][0]].mapped = true;
    return true;
}

/* The error names a column whose name means a time, which helps to see why none was found. */
static int no_times(const struct guess *guess, struct error *error)
{
    for (size_t i = 0; i < guess->table.columns; i++)
        if (may_be(guess, &guess->told[i]) && guess_times_is_named(guess, &guess->told[i]) &&
            !guess_is_named_role(guess, &guess->told[i], GUESS_INCIDENT, GUESS_REPORT))
            return error_set(error, ERR_MISSING, "sample",
                             "has no time in a known format; \"%.40s\" is named like one: see "
                             "[time] in the manual",
                             guess->told[i].name);
    return error_set(error, ERR_MISSING, "sample",
                     "has no column of times in a known format: see [time] in the manual");
}

/* Cuts 0:00 off dates that were written as times, if the times of day have columns of their own. */
static int cut_midnights(struct guess *guess)
{
    bool zoned, whole = false;
    int err = 0;

    for (size_t i = 0; i < guess->table.columns; i++) {
        const struct guess_column *c = &guess->told[i].profile;

        whole = whole || (may_be(guess, &guess->told[i]) && c->format >= 0 && !c->midnight &&
                          guess_formats[c->format].part == GUESS_BOTH);
    }
    if (whole || !common_format(guess, GUESS_CLOCK, &zoned))
        return 0;
    for (size_t i = 0; !err && i < guess->table.columns; i++) {
        struct guess_told *told = &guess->told[i];
        const char *format;

        if (!may_be(guess, told) || !told->profile.midnight)
            continue;
        format = guess_formats[told->profile.format].text;
        told->cut_mark = strcmp(format, "rfc3339") == 0 || strchr(format, 'T') ? "T" : " ";
        guess_table_cut(&guess->table, i, told->cut_mark);
        err = guess_column_profile(&told->profile, &guess->table, i);
    }
    return err;
}

int guess_times_find(struct guess *guess, struct error *error)
{
    if (cut_midnights(guess) != 0)
        return error_set(error, ERR_NOMEM, "", "no memory");
    guess->time_format = common_format(guess, GUESS_BOTH, &guess->zoned);
    if (!guess->time_format && join_times(guess))
        return 0;
    if (!guess->time_format) {
        guess->time_format = common_format(guess, GUESS_DATE, &guess->zoned);
        guess->day_only = true;
    }
    if (!guess->time_format)
        return no_times(guess, error);
    pick_times(guess);
    return 0;
}

void guess_times_order(struct guess *guess)
{
    static const enum guess_role closed[] = {GUESS_CLOSED,    GUESS_CLEARED,  GUESS_WHEN,
                                             GUESS_ON_SCENE,  GUESS_RECEIVED, GUESS_EN_ROUTE,
                                             GUESS_DISPATCHED};
    static const enum guess_role taken[] = {GUESS_RECEIVED, GUESS_WHEN,     GUESS_DISPATCHED,
                                            GUESS_EN_ROUTE, GUESS_ON_SCENE, GUESS_CLEARED,
                                            GUESS_CLOSED};
    const enum guess_role *order = strcmp(guess->kind, "incident.closed") == 0 ? closed : taken;
    double best = -1;

    for (size_t i = 0; i < sizeof closed / sizeof closed[0]; i++) {
        int column = guess->pick[order[i]].column;
        double filled = column < 0 ? -1 : guess->told[column].profile.share_filled;

        if (filled > best && best < 0.98) {
            best = filled;
            guess->occurred = order[i];
        }
    }
    /* A time of unknown meaning, beside a better one, is of no use. */
    if (guess->pick[GUESS_WHEN].column >= 0 && guess->occurred != GUESS_WHEN) {
        guess->told[guess->pick[GUESS_WHEN].column].mapped = false;
        guess->pick[GUESS_WHEN].column = -1;
    }
}

bool guess_times_is_of_format(const struct guess *guess, const struct guess_column *c)
{
    const struct guess_format *format = &guess_formats[c->format];
    const char *text = guess->turned > 0 && c->either ? format->other : format->text;

    return strcmp(text, guess->time_format) == 0;
}

/* Exports of seconds since 1970 write a zero where nothing has happened yet. */
bool guess_times_has_zeros(const struct guess *guess, enum guess_role role)
{
    int column = guess->pick[role].column;

    return column >= 0 && role != guess->occurred && guess->told[column].profile.zeros > 0 &&
           strncmp(guess->time_format, "epoch", strlen("epoch")) == 0;
}
