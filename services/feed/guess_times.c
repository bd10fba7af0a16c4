/* See guess_times.h. */
#include "guess_times.h"

#include "clock.h"
#include "mapping_time.h"

#include <string.h>

static const char by_name[] = "its name says so and all its values are of this format";
static const char unnamed[] = "all its values are of this format; its name does not say of what";

/* A column that may be a time of a call at all. */
static bool may_be(const struct guess_told *told)
{
    return told->private == GUESS_OPEN && !told->unusable && !told->mapped &&
           told->profile.filled > 0 && !guess_words_is_other_time(told->name);
}

static int time_score(const char *name, enum guess_role *role)
{
    int best = 0;

    *role = GUESS_WHEN;
    for (enum guess_role r = GUESS_RECEIVED; r <= GUESS_WHEN; r++) {
        int score = guess_words_score(name, r);

        if (score > best) {
            best = score;
            *role = r;
        }
    }
    return best;
}

bool guess_times_is_named(const struct guess *guess, const struct guess_told *told)
{
    enum guess_role role;

    return guess->table.header && time_score(told->name, &role) > 0;
}

/* Numbers are times only if the name says so: they could be anything else. */
static bool is_of(const struct guess *guess, const struct guess_told *told, const char *format)
{
    const struct guess_column *c = &told->profile;
    const struct guess_format *own = c->format < 0 ? NULL : &guess_formats[c->format];

    if (!may_be(told))
        return false;
    for (int n = 0; n < GUESS_NUMERICS; n++)
        if (strcmp(format, guess_numerics[n].text) == 0)
            return c->numeric[n] && guess_times_is_named(guess, told);
    return own && (strcmp(own->text, format) == 0 ||
                   (c->either && own->other && strcmp(own->other, format) == 0));
}

static size_t count_of(const struct guess *guess, const char *format)
{
    size_t count = 0;

    for (size_t i = 0; i < guess->table.columns; i++)
        count += is_of(guess, &guess->told[i], format);
    return count;
}

/* The format that most columns have, of those of one part; one of numbers if there is no other. */
static const char *common_format(const struct guess *guess, enum guess_time_part part, bool *zoned)
{
    const char *best = NULL;
    size_t most = 0;

    for (size_t i = 0; i < guess_format_count; i++) {
        size_t count = guess_formats[i].part == part ? count_of(guess, guess_formats[i].text) : 0;

        if (count <= most)
            continue;
        most = count;
        best = guess_formats[i].text;
        *zoned = guess_formats[i].zoned;
    }
    for (int n = 0; n < GUESS_NUMERICS && !best; n++)
        if (guess_numerics[n].part == part && count_of(guess, guess_numerics[n].text) > 0) {
            best = guess_numerics[n].text;
            *zoned = guess_numerics[n].zoned;
        }
    return best;
}

/* Gives each time column of the format to the milestone that its name says best. */
static void pick_times(struct guess *guess)
{
    guess->either = true;
    for (size_t i = 0; i < guess->table.columns; i++) {
        struct guess_told *told = &guess->told[i];
        struct guess_pick *pick;
        enum guess_role role = GUESS_WHEN, other;
        int score;

        if (!is_of(guess, told, guess->time_format))
            continue;
        guess->either = guess->either && told->profile.either;
        score = guess->table.header ? time_score(told->name, &role) : 0;
        pick = &guess->pick[role];
        if (pick->column >= 0 && time_score(guess->told[pick->column].name, &other) >= score)
            continue;
        if (pick->column >= 0)
            guess->told[pick->column].mapped = false;
        *pick = (struct guess_pick){(int)i, guess->day_only ? GUESS_LOW : GUESS_HIGH, by_name};
        if (score == 0) {
            pick->sure = guess->table.header ? GUESS_LOW : GUESS_MEDIUM;
            pick->why = unnamed;
        }
        told->mapped = true;
    }
}

/* The first column of a part; one whose name says a time goes before. */
static int first_of(const struct guess *guess, const char *format)
{
    int best = -1, best_score = -1;

    for (size_t i = 0; format && i < guess->table.columns; i++) {
        enum guess_role role;
        int score =
            is_of(guess, &guess->told[i], format) ? time_score(guess->told[i].name, &role) : -1;

        if (score > best_score) {
            best_score = score;
            best = (int)i;
        }
    }
    return best;
}

/* A date and a time of day in two columns make one time. */
static bool join_times(struct guess *guess)
{
    bool zoned = false;
    const char *date = common_format(guess, GUESS_DATE, &zoned);
    const char *clock = common_format(guess, GUESS_CLOCK, &zoned);
    enum guess_role role = GUESS_WHEN;

    guess->join_date = first_of(guess, date);
    guess->join_clock = first_of(guess, clock);
    if (guess->join_date < 0 || guess->join_clock < 0) {
        guess->join_date = guess->join_clock = -1;
        return false;
    }
    snprintf(guess->joined_format, sizeof guess->joined_format, "%s %s", date, clock);
    guess->time_format = guess->joined_format;
    guess->either = guess->told[guess->join_date].profile.either;
    guess->told[guess->join_date].mapped = guess->told[guess->join_clock].mapped = true;
    if (guess->table.header)
        time_score(guess->told[guess->join_clock].name, &role);
    guess->pick[role] = (struct guess_pick){guess->join_clock, GUESS_MEDIUM,
                                            "a date and a time of day in two columns, joined"};
    return true;
}

/* A column whose name says a time helps to see why there is none. */
static int no_times(const struct guess *guess, struct fault *fault)
{
    for (size_t i = 0; i < guess->table.columns; i++)
        if (may_be(&guess->told[i]) && guess_times_is_named(guess, &guess->told[i]))
            return fault_set(fault, ERR_MISSING, "sample",
                             "has no column of times that I know; \"%.40s\" is named as one, in no "
                             "format that is guessed: see [time] in the manual",
                             guess->told[i].name);
    return fault_set(fault, ERR_MISSING, "sample",
                     "has no column of times that I know: see [time] in the manual");
}

int guess_times_find(struct guess *guess, struct fault *fault)
{
    guess->time_format = common_format(guess, GUESS_BOTH, &guess->zoned);
    if (!guess->time_format && join_times(guess))
        return 0;
    if (!guess->time_format) {
        guess->time_format = common_format(guess, GUESS_DATE, &guess->zoned);
        guess->day_only = true;
    }
    if (!guess->time_format)
        return no_times(guess, fault);
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
    /* A time of nobody knows what, beside a better one, is of no use. */
    if (guess->pick[GUESS_WHEN].column >= 0 && guess->occurred != GUESS_WHEN) {
        guess->told[guess->pick[GUESS_WHEN].column].mapped = false;
        guess->pick[GUESS_WHEN].column = -1;
    }
}

/* The [time] section of the proposal. */
static struct mapping mapping_of(const struct guess *guess)
{
    return (struct mapping){.time_kind = mapping_time_kind_of(guess->time_format),
                            .time_format = (char *)guess->time_format};
}

/* The text of a time in a row; two columns are joined as the mapping joins them. */
static const char *text_at(const struct guess *guess, size_t row, int column,
                           char joined[MAPPING_TEXT])
{
    const char *date, *clock;

    if (guess->join_date < 0)
        return guess_table_at(&guess->table, row, (size_t)column);
    date = guess_table_at(&guess->table, row, (size_t)guess->join_date);
    clock = guess_table_at(&guess->table, row, (size_t)guess->join_clock);
    snprintf(joined, MAPPING_TEXT, "%s%s%s", date, *date && *clock ? " " : "", clock);
    return joined;
}

/* Seconds since 1970 have a zero where nothing happened yet. */
bool guess_times_has_zeros(const struct guess *guess, enum guess_role role)
{
    int column = guess->pick[role].column;

    return column >= 0 && role != guess->occurred && guess->told[column].profile.zeros > 0 &&
           strncmp(guess->time_format, "epoch", strlen("epoch")) == 0;
}

/* The event cannot do without the time that orders it. */
static int read_one(const struct guess *guess, const struct mapping *mapping, size_t row,
                    enum guess_role role, struct fault *fault)
{
    char joined[MAPPING_TEXT];
    const char *text = text_at(guess, row, guess->pick[role].column, joined);
    event_time time;
    uint8_t quality;
    int err;

    if (strcmp(text, "0") == 0 && guess_times_has_zeros(guess, role))
        return 0;
    if (!*text)
        return role == guess->occurred ? fault_set(fault, ERR_MISSING, "", "is empty") : 0;
    err = mapping_time_read(mapping, text, &time, &quality, fault);
    if (!err && !event_time_in_range(time, clock_wall_us()))
        err = fault_set(fault, ERR_RANGE, "",
                        "must lie between 1990-01-01 and one day ahead of the clock");
    return err;
}

static void note(struct guess *guess, size_t row, int column, const char *reason)
{
    struct guess_unread *unread = &guess->unread[guess->unread_rows];

    if (guess->unread_rows++ >= GUESS_SHOWN)
        return;
    unread->line = guess_table_line(&guess->table, row);
    unread->column = column;
    snprintf(unread->reason, sizeof unread->reason, "%s", reason);
}

void guess_times_check(struct guess *guess)
{
    struct mapping mapping = mapping_of(guess);

    for (size_t row = 0; row < guess_table_rows(&guess->table); row++) {
        bool noted = false;

        for (enum guess_role role = GUESS_RECEIVED; role <= GUESS_WHEN; role++) {
            int column = guess->pick[role].column;
            struct fault fault;

            if (column < 0 || read_one(guess, &mapping, row, role, &fault) == 0)
                continue;
            guess->told[column].unread += fault.code != ERR_MISSING;
            if (!noted)
                note(guess, row, column, fault.reason);
            noted = true;
        }
    }
}
