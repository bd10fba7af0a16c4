/* See guess_columns.h. */
#include "guess_columns.h"

#include "event.h"
#include "guess_words.h"
#include "mapping_time.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    OLDEST_YEAR = 1900,
    NEWEST_YEAR = 2100,
    PROSE_WORDS = 8, /* on average */
    PROSE_OCTETS = 80,
    DECIMALS = 3,
    BIRTH_YEARS = 12, /* no sample of calls is over so many */
    TOLD_WORDS = 3,   /* on average, of short sentences */
    SENTENCE_WORDS = 4,
};
static const double GOOD_SHARE = 0.98; /* of the values, for a format to hold */
enum { SHORT_SAMPLE = 10 };            /* values: of fewer, every one */
static const double EPOCH_LOW = 631152000, EPOCH_HIGH = 4102444800;
static const double EXCEL_LOW = 32874, EXCEL_HIGH = 73051; /* days: 1990 to 2100 */

/* A time to the second before one to the minute; the month first where both could be. */
const struct guess_format guess_formats[] = {
    {"rfc3339", GUESS_BOTH, true, NULL},
    {"%Y-%m-%d %H:%M:%S %z", GUESS_BOTH, true, NULL},
    {"%Y-%m-%dT%H:%M:%S%z", GUESS_BOTH, true, NULL},
    {"%Y-%m-%dT%H:%M:%S.000", GUESS_BOTH, false, NULL},
    {"%Y-%m-%dT%H:%M:%S.%f", GUESS_BOTH, false, NULL},
    {"%Y-%m-%dT%H:%M:%S", GUESS_BOTH, false, NULL},
    {"%Y-%m-%d %H:%M:%S.000", GUESS_BOTH, false, NULL},
    {"%Y-%m-%d %H:%M:%S.%f", GUESS_BOTH, false, NULL},
    {"%Y-%m-%d %H:%M:%S", GUESS_BOTH, false, NULL},
    {"%Y-%m-%dT%H:%M", GUESS_BOTH, false, NULL},
    {"%Y-%m-%d %H:%M", GUESS_BOTH, false, NULL},
    {"%Y-%m-%d %H%M", GUESS_BOTH, false, NULL},
    {"%Y/%m/%d %H:%M:%S", GUESS_BOTH, false, NULL},
    {"%Y/%m/%d %H:%M", GUESS_BOTH, false, NULL},
    {"%m/%d/%Y %I:%M:%S %p", GUESS_BOTH, false, "%d/%m/%Y %I:%M:%S %p"},
    {"%m/%d/%Y %I:%M %p", GUESS_BOTH, false, "%d/%m/%Y %I:%M %p"},
    {"%m/%d/%Y %H:%M:%S.%f", GUESS_BOTH, false, "%d/%m/%Y %H:%M:%S.%f"},
    {"%m/%d/%Y %H:%M:%S", GUESS_BOTH, false, "%d/%m/%Y %H:%M:%S"},
    {"%m/%d/%Y %H:%M", GUESS_BOTH, false, "%d/%m/%Y %H:%M"},
    {"%m/%d/%Y %H%M", GUESS_BOTH, false, "%d/%m/%Y %H%M"},
    {"%m/%d/%y %H:%M:%S", GUESS_BOTH, false, "%d/%m/%y %H:%M:%S"},
    {"%m/%d/%y %H:%M", GUESS_BOTH, false, "%d/%m/%y %H:%M"},
    {"%m/%d/%y %H%M", GUESS_BOTH, false, "%d/%m/%y %H%M"},
    {"%d/%m/%Y %I:%M:%S %p", GUESS_BOTH, false, NULL},
    {"%d/%m/%Y %I:%M %p", GUESS_BOTH, false, NULL},
    {"%d/%m/%Y %H:%M:%S", GUESS_BOTH, false, NULL},
    {"%d/%m/%Y %H:%M", GUESS_BOTH, false, NULL},
    {"%d/%m/%Y %H%M", GUESS_BOTH, false, NULL},
    {"%d/%m/%y %H:%M", GUESS_BOTH, false, NULL},
    {"%d.%m.%Y %H:%M:%S", GUESS_BOTH, false, NULL},
    {"%d.%m.%Y %H:%M", GUESS_BOTH, false, NULL},
    {"%d-%b-%Y %H:%M:%S", GUESS_BOTH, false, NULL},
    {"%d-%b-%Y %H:%M", GUESS_BOTH, false, NULL},
    {"%b %d %Y %I:%M%p", GUESS_BOTH, false, NULL},
    {"%Y%m%d%H%M%S", GUESS_BOTH, false, NULL},
    {"%Y-%m-%d", GUESS_DATE, false, NULL},
    {"%Y/%m/%d", GUESS_DATE, false, NULL},
    {"%m/%d/%Y", GUESS_DATE, false, "%d/%m/%Y"},
    {"%m/%d/%y", GUESS_DATE, false, "%d/%m/%y"},
    {"%d/%m/%Y", GUESS_DATE, false, NULL},
    {"%d.%m.%Y", GUESS_DATE, false, NULL},
    {"%d-%b-%Y", GUESS_DATE, false, NULL},
    {"%H:%M:%S", GUESS_CLOCK, false, NULL},
    {"%I:%M:%S %p", GUESS_CLOCK, false, NULL},
    {"%H:%M", GUESS_CLOCK, false, NULL},
    {"%I:%M %p", GUESS_CLOCK, false, NULL},
};
const size_t guess_format_count = sizeof guess_formats / sizeof guess_formats[0];

const struct guess_format guess_numerics[GUESS_NUMERICS] = {
    [GUESS_EPOCH] = {"epoch", GUESS_BOTH, true, NULL},
    [GUESS_EPOCH_MS] = {"epoch_ms", GUESS_BOTH, true, NULL},
    [GUESS_EXCEL] = {"excel", GUESS_BOTH, false, NULL},
    [GUESS_PACKED_DATE] = {"%Y%m%d", GUESS_DATE, false, NULL},
    [GUESS_PACKED_CLOCK] = {"%H%M", GUESS_CLOCK, false, NULL},
    [GUESS_PACKED_CLOCK_S] = {"%H%M%S", GUESS_CLOCK, false, NULL},
};

static bool fits(const char *text, const char *format, enum guess_time_part part)
{
    struct tm civil = {.tm_mday = 1, .tm_year = 100};
    event_time time;
    int day;

    if (strcmp(format, "rfc3339") == 0)
        return event_time_parse(text, strlen(text), &time) == 0;
    if (!mapping_time_civil(text, format, &civil, &time) || civil.tm_year + 1900 < OLDEST_YEAR ||
        civil.tm_year + 1900 > NEWEST_YEAR)
        return false;
    day = civil.tm_mday;
    civil.tm_isdst = 0;
    return part == GUESS_CLOCK || (timegm(&civil) != -1 && civil.tm_mday == day);
}

/* How many values may miss a format that nearly all have. */
static size_t misses_allowed(size_t filled)
{
    size_t share = (size_t)((1 - GOOD_SHARE) * (double)filled);

    return filled >= SHORT_SAMPLE && share == 0 ? 1 : share;
}

static bool holds(const struct guess_table *table, size_t index, const char *format,
                  enum guess_time_part part, size_t allowed)
{
    size_t misses = 0, filled = 0;

    for (size_t row = 0; row < guess_table_rows(table); row++) {
        const char *text = guess_table_at(table, row, index);

        filled += *text != '\0';
        if (*text && !fits(text, format, part) && ++misses > allowed)
            return false;
    }
    return filled > 0;
}

/* From the first year to the last, by a format that nearly all values have. */
static int count_years(const struct guess_table *table, size_t index, const char *format)
{
    int first = NEWEST_YEAR, last = OLDEST_YEAR;

    for (size_t row = 0; row < guess_table_rows(table); row++) {
        struct tm civil = {0};
        event_time fraction;

        if (!mapping_time_civil(guess_table_at(table, row, index), format, &civil, &fraction))
            continue;
        first = civil.tm_year + 1900 < first ? civil.tm_year + 1900 : first;
        last = civil.tm_year + 1900 > last ? civil.tm_year + 1900 : last;
    }
    return last > first ? last - first : 0;
}

static void take_format(struct guess_column *column, const struct guess_table *table, size_t index,
                        size_t allowed)
{
    for (size_t i = 0; i < guess_format_count && column->format < 0; i++) {
        const struct guess_format *format = &guess_formats[i];

        if (!holds(table, index, format->text, format->part, allowed))
            continue;
        column->format = (int)i;
        column->either = format->other && holds(table, index, format->other, format->part, allowed);
        column->years = count_years(table, index, format->text);
    }
}

/* A format that all values have comes before one that nearly all have: of day and month, the order
 * that explains every value. */
static void find_format(struct guess_column *column, const struct guess_table *table, size_t index)
{
    size_t allowed = misses_allowed(column->filled);

    column->format = -1;
    if ((1 - column->digit) * (double)column->filled > (double)allowed + 0.5)
        return;
    take_format(column, table, index, 0);
    take_format(column, table, index, allowed);
}

/* Sums over the values, made shares in the end. */
struct tally {
    size_t filled, numbers, fractions, commas, ids, phones, emails, points, calls, streets,
        crossings, towns, statuses, digits, words, octets, numeric[GUESS_NUMERICS], in_90, in_180;
    double sum;
};

static bool is_packed(const char *text, enum guess_numeric kind)
{
    const struct guess_format *format = &guess_numerics[kind];
    struct tm civil = {.tm_mday = 1};
    event_time fraction;

    return mapping_time_civil(text, format->text, &civil, &fraction) &&
           (kind != GUESS_PACKED_DATE || (civil.tm_year >= 90 && civil.tm_year < 200));
}

static void take_number(struct guess_column *column, struct tally *tally, const char *text)
{
    const char *dot = strpbrk(text, ".,");
    char *end;
    double number = strtod(text, &end);

    if (dot && *dot == ',' && strspn(text, "-0123456789,") == strlen(text) && dot != text &&
        strlen(dot + 1) >= DECIMALS && !strchr(dot + 1, ','))
        tally->commas++;
    if (*end || end == text || text[strspn(text, "+-.0123456789")] != '\0')
        return;
    tally->numbers++;
    if (number == 0) {
        column->zeros++;
    } else {
        tally->sum += number;
        tally->in_90 += number >= -90 && number <= 90;
        tally->in_180 += number >= -180 && number <= 180;
    }
    tally->fractions += dot && *dot == '.' && strlen(dot + 1) >= DECIMALS;
    tally->numeric[GUESS_EXCEL] += number >= EXCEL_LOW && number < EXCEL_HIGH;
    if (dot)
        return;
    tally->numeric[GUESS_EPOCH] += number >= EPOCH_LOW && number < EPOCH_HIGH;
    tally->numeric[GUESS_EPOCH_MS] += number >= EPOCH_LOW * 1000 && number < EPOCH_HIGH * 1000;
    for (int n = GUESS_PACKED_DATE; n < GUESS_NUMERICS; n++)
        tally->numeric[n] += is_packed(text, (enum guess_numeric)n);
}

/* How long the runs of digits are: of "(206) 555-0142" 3, 3 and 4. Returns how many, at most max.
 */
static size_t digit_runs(const char *text, size_t *run, size_t max)
{
    size_t count = 0;

    while (*text && count < max) {
        size_t size = strspn(text, "0123456789");

        if (size > 0)
            run[count++] = size;
        text += size ? size : 1;
    }
    return count;
}

/* As telephone and social security numbers are written in North America, or a telephone number with
 * its country. The number of a case is divided otherwise: 2025-000123. */
static bool is_phone(const char *text, size_t digits)
{
    enum { RUNS = 4 };
    static const size_t divided[][RUNS] = {{3, 3, 4}, {1, 3, 3, 4}, {3, 7}, {1, 3, 7}, {3, 2, 4}};
    const char *dot = strchr(text, '.');
    size_t run[RUNS] = {0};

    if (digits < 9 || text[strspn(text, "0123456789-()+. x")] != '\0' ||
        (dot && !strchr(dot + 1, '.')))
        return false;
    if (*text == '+')
        return digits <= 15;
    digit_runs(text, run, RUNS);
    for (size_t i = 0; i < sizeof divided / sizeof divided[0]; i++)
        if (memcmp(run, divided[i], sizeof run) == 0)
            return true;
    return false;
}

/* The end of a telephone number among other words, as 555-0142. */
static bool has_phone(const char *text)
{
    static const char digits[] = "0123456789";

    for (const char *at = text; (at = strpbrk(at, digits)); at += strspn(at, digits))
        if (strspn(at, digits) == 3 && (at[3] == '-' || at[3] == '.') &&
            strspn(at + 4, digits) == 4)
            return true;
    return false;
}

/* "Family, Given", of letters alone; or a given name among few words. A place may be named so too.
 */
static bool is_name(const char *text, size_t digits, size_t words)
{
    const char *comma = strchr(text, ',');

    if (digits > 0 || words > 4 || guess_words_in(text, GUESS_PLACE_WORDS))
        return false;
    if (comma && comma != text && comma[1] == ' ' && strlen(comma + 2) > 2 &&
        !strpbrk(text, "/&@:;()#") && !strchr(comma + 1, ','))
        return true;
    return words > 1 && guess_words_in(text, GUESS_GIVEN_WORDS);
}

static size_t count_words(const char *text)
{
    size_t words = 1;

    for (; *text; text++)
        words += *text == ' ';
    return words;
}

static void take_value(struct guess_column *column, struct tally *tally, const char *text)
{
    size_t size = strlen(text), digits = 0, words = count_words(text);
    const char *at = strchr(text, '@'), *mark = strpbrk(text, ",;|");

    for (const char *c = text; *c; c++)
        digits += isdigit((unsigned char)*c) != 0;
    tally->filled++;
    tally->octets += size;
    tally->words += words;
    tally->digits += digits > 0;
    for (size_t n = 0; n < size && n < GUESS_LONGEST; n++)
        column->longer[n]++;
    take_number(column, tally, text);
    tally->ids += words == 1 && digits >= 3 && size >= 4 && size <= 64 && !strpbrk(text, ".:/");
    tally->phones += is_phone(text, digits);
    tally->emails += at && at != text && at[1] != ' ' && at[-1] != ' ' && strchr(at, '.');
    tally->points += *text == '(' || strncmp(text, "POINT", 5) == 0;
    tally->calls += guess_words_in(text, GUESS_CALL_WORDS);
    tally->streets += guess_words_in(text, GUESS_STREET_WORDS);
    tally->crossings += strstr(text, " & ") || strstr(text, " / ") || strstr(text, " @ ");
    tally->towns += digits == 0 && words <= 4 && guess_words_in(text, GUESS_TOWN_WORDS);
    tally->statuses += guess_words_in(text, GUESS_STATUS_WORDS);
    column->persons += is_name(text, digits, words);
    if (mark) {
        column->lists++;
        column->list_mark = *mark;
    }
    column->remarks += strchr(text, ';') || has_phone(text);
}

static int by_text_cb(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* How many different ones there are, and how many sentences stand in one row alone. */
static int count_distinct(struct guess_column *column, const struct guess_table *table,
                          size_t index)
{
    size_t rows = guess_table_rows(table), count = 0;
    const char **text = calloc(rows + 1, sizeof *text);

    if (!text)
        return ERR_NOMEM;
    for (size_t row = 0; row < rows; row++)
        if (*guess_table_at(table, row, index))
            text[count++] = guess_table_at(table, row, index);
    qsort(text, count, sizeof *text, by_text_cb);
    for (size_t i = 0; i < count; i++) {
        bool is_new = i == 0 || strcmp(text[i - 1], text[i]) != 0;

        column->distinct += is_new;
        column->sentences += is_new && (i + 1 == count || strcmp(text[i], text[i + 1]) != 0) &&
                             count_words(text[i]) >= SENTENCE_WORDS;
    }
    free(text);
    return 0;
}

int guess_column_profile(struct guess_column *column, const struct guess_table *table, size_t index)
{
    struct tally tally = {0};
    double all, nonzero;

    *column = (struct guess_column){.format = -1};
    for (size_t row = 0; row < guess_table_rows(table); row++)
        if (*guess_table_at(table, row, index))
            take_value(column, &tally, guess_table_at(table, row, index));
    all = tally.filled ? (double)tally.filled : 1;
    nonzero = tally.numbers > column->zeros ? (double)(tally.numbers - column->zeros) : 1;
    column->filled = tally.filled;
    column->in_90 = (double)tally.in_90 / nonzero;
    column->in_180 = (double)tally.in_180 / nonzero;
    column->mean = tally.sum / nonzero;
    column->share_filled = (double)tally.filled / (double)guess_table_rows(table);
    column->number = (double)tally.numbers / all;
    column->fraction = (double)tally.fractions / all;
    column->comma = (double)tally.commas / all;
    column->id = (double)tally.ids / all;
    column->phone = (double)tally.phones / all;
    column->email = (double)tally.emails / all;
    column->point = (double)tally.points / all;
    column->call = (double)tally.calls / all;
    column->street = (double)tally.streets / all;
    column->crossing = (double)tally.crossings / all;
    column->town = (double)tally.towns / all;
    column->status = (double)tally.statuses / all;
    column->digit = (double)tally.digits / all;
    column->words = (double)tally.words / all;
    column->length = (double)tally.octets / all;
    for (int n = 0; n < GUESS_NUMERICS; n++) {
        size_t zeros = n == GUESS_EPOCH || n == GUESS_EPOCH_MS ? column->zeros : 0;

        column->numeric[n] = tally.numeric[n] > 0 && tally.numeric[n] + zeros == tally.filled &&
                             (n != GUESS_EXCEL || column->fraction > 0.5);
    }
    find_format(column, table, index);
    return count_distinct(column, table, index);
}

bool guess_column_is_prose(const struct guess_column *column)
{
    return column->words >= PROSE_WORDS || column->length >= PROSE_OCTETS;
}

bool guess_column_is_personal(const struct guess_column *column)
{
    return column->phone > 0.1 || column->email > 0.05;
}

bool guess_column_is_of_names(const struct guess_column *column)
{
    return column->persons * 10 > column->filled * 3 && column->call < 0.1 &&
           column->street < 0.1 && column->town < 0.3;
}

bool guess_column_is_varied(const struct guess_column *column)
{
    return column->filled >= SHORT_SAMPLE && column->distinct * 2 > column->filled;
}

bool guess_column_is_told(const struct guess_column *column)
{
    return guess_column_is_varied(column) && column->words >= TOLD_WORDS;
}

bool guess_column_is_told_in_part(const struct guess_column *column)
{
    return column->filled >= SHORT_SAMPLE && column->sentences * 10 >= column->filled &&
           column->call <= 0.3;
}

bool guess_column_is_of_births(const struct guess_column *column)
{
    return column->format >= 0 && guess_formats[column->format].part == GUESS_DATE &&
           column->years >= BIRTH_YEARS;
}
