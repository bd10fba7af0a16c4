/* See guess_columns.h. */
#include "guess_columns.h"

#include "guess_formats.h"
#include "guess_lists.h"
#include "mapping_time.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    PROSE_WORDS = 8, /* on average */
    PROSE_OCTETS = 80,
    DECIMALS = 3,
    BIRTH_YEARS = 12, /* no sample of calls covers so many years */
    TOLD_WORDS = 3,   /* on average, of short sentences */
    SENTENCE_WORDS = 4,
};
enum { SHORT_SAMPLE = 10 }; /* values: fewer prove nothing */
static const double EPOCH_LOW = 631152000, EPOCH_HIGH = 2240611200; /* 1990 to 2041 */
static const double EXCEL_LOW = 32874, EXCEL_HIGH = 73051;          /* days: 1990 to 2100 */

/* Sums over the values; at the end they become shares. */
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
           ((kind != GUESS_PACKED_DATE && kind != GUESS_PACKED_BOTH) ||
            (civil.tm_year >= 90 && civil.tm_year < 200));
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

/* The lengths of the runs of digits: of "(206) 555-0142" 3, 3 and 4. Returns how many, at most
 * max. */
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

/* Whether it is written like a telephone or social security number of North America, or like a
 * telephone number with a country code. Case numbers are divided differently: 2025-000123. */
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

/* Whether the text holds the end of a telephone number, such as 555-0142. */
static bool has_phone(const char *text)
{
    static const char digits[] = "0123456789";

    for (const char *at = text; (at = strpbrk(at, digits)); at += strspn(at, digits))
        if (strspn(at, digits) == 3 && (at[3] == '-' || at[3] == '.') &&
            strspn(at + 4, digits) == 4)
            return true;
    return false;
}

/* "Family, Given" without digits, or a frequent given name among few words. Places may look like
 * that too. */
static bool is_name(const char *text, size_t digits, size_t words)
{
    const char *comma = strchr(text, ',');

    if (digits > 0 || words > 4 || guess_lists_has(GUESS_PLACE_WORDS, text))
        return false;
    if (comma && comma != text && comma[1] == ' ' && strlen(comma + 2) > 2 &&
        !strpbrk(text, "/&@:;()#") && !strchr(comma + 1, ','))
        return true;
    return words > 1 && guess_lists_has(GUESS_GIVEN_WORDS, text);
}

/* Whether a family name and a frequent given name follow other words: "THEFT - JONES, MARY" or
 * "5800 MAIN ST GARCIA, ANA", but not "MAIN ST, SALEM". */
static bool ends_in_name(const char *text)
{
    for (const char *comma = strchr(text, ','); comma; comma = strchr(comma + 1, ',')) {
        const char *family = comma;

        while (family > text && isalpha((unsigned char)family[-1]))
            family--;
        if (family > text && comma - family >= 2 && guess_lists_has(GUESS_GIVEN_WORDS, comma + 1) &&
            !guess_lists_has(GUESS_PLACE_WORDS, comma + 1) &&
            !guess_lists_has(GUESS_STREET_WORDS, comma + 1))
            return true;
    }
    return false;
}

static size_t count_words(const char *text)
{
    size_t words = 1;

    for (; *text; text++)
        words += *text == ' ';
    return words;
}

/* "(47.6, -122.3)", "POINT (-122.3 47.6)", "47.6,-122.3": two numbers and a separator. */
static bool take_point(struct guess_column *column, const char *text)
{
    const char *open = strchr(text, '('), *from = open ? open + 1 : text;
    char *end, *last;
    double one = strtod(from, &end), other;
    struct guess_point *point = &column->point_form;

    if (end == from || !memchr(from, '.', (size_t)(end - from)) || !*end || !strchr(",; ", *end))
        return false;
    point->open = open != NULL;
    snprintf(point->mark, sizeof point->mark, "%c%s", *end, end[1] == ' ' ? " " : "");
    other = strtod(end + strlen(point->mark), &last);
    if (last == end + strlen(point->mark) || (open ? *last != ')' : *last != '\0') || one < -180 ||
        one > 180 || other < -180 || other > 180)
        return false;
    point->sum[0] += one;
    point->sum[1] += other;
    point->count++;
    return true;
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
    tally->points += take_point(column, text);
    tally->calls += guess_lists_has(GUESS_CALL_WORDS, text);
    tally->streets += guess_lists_has(GUESS_STREET_WORDS, text);
    tally->crossings += strstr(text, " & ") || strstr(text, " / ") || strstr(text, " @ ");
    tally->towns += digits == 0 && words <= 4 && guess_lists_has(GUESS_TOWN_WORDS, text);
    tally->statuses += guess_lists_has(GUESS_STATUS_WORDS, text);
    column->persons += is_name(text, digits, words);
    column->named += ends_in_name(text);
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

/* Counts the different values, and the sentences that occur in one row only. */
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
    guess_formats_find(column, table, index);
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

bool guess_column_has_names(const struct guess_column *column)
{
    return column->named * 50 > column->filled;
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
