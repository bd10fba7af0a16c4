/* See text_find.h: dates of birth. */
#include "text_find.h"

#include <string.h>

enum {
    DATE_MAX_PARTS = 3,
    FIRST_YEAR = 1900,
    ANNOUNCEMENT_MAX = 3, /* words of DATE OF BIRTH, D O B */
    BEFORE_DOB_MAX = 3,   /* words between a date and DOB */
    BETWEEN_MAX = 6,      /* words between an announcement and its date */
    DIGITS_OF_DATE = 6    /* at least, if spelled one by one */
};

/* ---- Dates ---- */

struct date {
    size_t end;             /* the word behind it */
    size_t numbers, months; /* how many parts are numbers, how many are months */
    unsigned value[DATE_MAX_PARTS];
    unsigned digits[DATE_MAX_PARTS];
    bool linked; /* all parts stand with no space between them */
};

/* Reads the digits of a word. A letter that looks like a digit counts as one if the word has a
 * digit. */
static bool read_number(const struct text_word *word, unsigned *value, unsigned *digits)
{
    *value = *digits = 0;
    if (!word->digits || word->size > 8)
        return false;
    for (size_t i = 0; i < word->size; i++) {
        char c = (char)(word->letter[i] & 0x7f);

        if (c == 'o')
            c = '0';
        if (c == 'l' || c == 'i')
            c = '1';
        if (c < '0' || c > '9')
            return false;
        *value = *value * 10 + (unsigned)(c - '0');
        ++*digits;
    }
    return true;
}

/* "2ND", "14TH" */
static bool read_ordinal(const struct text_word *word, unsigned *value, unsigned *digits)
{
    struct text_word number = *word;

    if (word->size < 3 || word->size > 4 || !word->digits)
        return false;
    number.size = (uint16_t)(word->size - 2);
    return (word->letter[word->size - 1] & 0x7f) >= 'a' && read_number(&number, value, digits);
}

/* XX in the place of a number: 03/XX/1987. */
static bool read_unknown(const struct text_words *words, size_t i, unsigned *value,
                         unsigned *digits)
{
    const struct text_word *word = &words->word[i];
    bool linked = (i > 0 && word->gap == TEXT_GAP_OTHER) ||
                  (i + 1 < words->count && word[1].gap == TEXT_GAP_OTHER);

    if (!linked || (word->size != 2 && word->size != 4))
        return false;
    for (size_t c = 0; c < word->size; c++)
        if (word->letter[c] != 'x')
            return false;
    *digits = word->size;
    *value = word->size == 4 ? FIRST_YEAR : 1;
    return true;
}

/* XIV.III.1987: a day in Roman numerals. A separator must link it with the next word. */
static bool read_roman(const struct text_words *words, size_t i, unsigned *value, unsigned *digits)
{
    static const char numerals[] = "ivx";
    static const unsigned values[] = {1, 5, 10};
    const struct text_word *word = &words->word[i];
    unsigned before = 0;

    if (word->size > 6 || i + 1 >= words->count || word[1].gap != TEXT_GAP_OTHER)
        return false;
    *value = 0;
    *digits = 2;
    for (size_t c = word->size; c-- > 0;) {
        const char *numeral = memchr(numerals, word->letter[c], sizeof numerals - 1);
        unsigned now = numeral ? values[numeral - numerals] : 0;

        if (!now)
            return false;
        *value += now < before ? -now : now;
        before = now;
    }
    return *value <= 31;
}

/* 14-III-1987 */
static bool is_roman_month(const struct text_words *words, size_t i)
{
    return i + 1 < words->count && words->word[i].gap == TEXT_GAP_OTHER &&
           words->word[i + 1].gap == TEXT_GAP_OTHER && text_word_is(words, i, TEXT_LIST_ROMAN) == 1;
}

/* Takes the part of a date at word i. Returns how many words it has, or 0. */
static size_t take_part(const struct text_words *words, size_t i, struct date *date)
{
    const struct text_word *word = &words->word[i];
    size_t used = text_word_is(words, i, TEXT_LIST_MONTHS);
    unsigned value, digits;

    if (!used && date->numbers == 1 && is_roman_month(words, i))
        used = 1;
    if (used && date->months == 0) {
        date->months++;
        return used;
    }
    if (used || date->numbers == DATE_MAX_PARTS ||
        !(read_number(word, &value, &digits) || read_ordinal(word, &value, &digits) ||
          read_unknown(words, i, &value, &digits) ||
          (date->numbers == 0 && read_roman(words, i, &value, &digits))))
        return 0;
    if (word->gap & (TEXT_GAP_SPACE | TEXT_GAP_COMMA) && date->numbers > 0)
        date->linked = false;
    date->value[date->numbers] = value;
    date->digits[date->numbers++] = digits;
    return 1;
}

static bool read_date(const struct text_words *words, size_t i, struct date *date)
{
    *date = (struct date){.end = i, .linked = true};
    while (i < words->count && date->numbers + date->months < DATE_MAX_PARTS) {
        const struct text_word *word = &words->word[i];
        bool begun = date->numbers + date->months > 0;
        size_t used;

        if (begun && word->gap & (TEXT_GAP_END | TEXT_GAP_BRACKET) &&
            !(word->gap == TEXT_GAP_END && word->number && date->linked)) /* 03;14;1987 */
            break;
        used = take_part(words, i, date);
        if (used)
            date->end = i + used;
        else if (begun && text_word_is(words, i, TEXT_LIST_DATE_LINKS))
            used = 1;
        else if (date->months && text_word_is(words, i, TEXT_LIST_NUMBERS))
            date->end = i + (used = 1);
        else
            break;
        i += used;
    }
    while (date->months && i < words->count && text_word_is(words, i, TEXT_LIST_NUMBERS))
        date->end = ++i;
    return date->numbers + date->months > 0;
}

static bool is_year(unsigned value, unsigned digits)
{
    return digits == 4 && value >= FIRST_YEAR && value <= 2035;
}

/* Eight or six digits without separators, in one of the orders of year, month and day. */
static bool is_run_together(unsigned value, unsigned digits)
{
    unsigned head = value / 10000, tail = value % 10000;
    unsigned a = value / 1000000 % 100, b = value / 10000 % 100;

    if (digits == 8)
        return (is_year(head, 4) && tail / 100 >= 1 && tail / 100 <= 12 && tail % 100 <= 31) ||
               (is_year(tail, 4) && a >= 1 && b >= 1 && a <= 31 && b <= 31);
    a = value / 10000;
    b = value / 100 % 100;
    return digits == 6 && ((a >= 1 && a <= 31 && b >= 1 && b <= 31) || (b >= 1 && b <= 12));
}

static bool is_day(unsigned value, unsigned digits)
{
    return digits <= 2 && value >= 1 && value <= 31;
}

/* Three numbers that name a day, in any order. */
static bool is_full(const struct date *date)
{
    const unsigned *v = date->value, *d = date->digits;

    if (date->numbers != 3)
        return false;
    if (d[0] == 4)
        return is_year(v[0], d[0]) && is_day(v[1], d[1]) && is_day(v[2], d[2]);
    return is_day(v[0], d[0]) && is_day(v[1], d[1]) && (d[2] == 2 || is_year(v[2], d[2]));
}

/* Whether it is a date beyond doubt, whatever stands before it. */
static bool is_date(const struct date *date)
{
    if (date->months)
        return date->numbers > 0;
    if (date->numbers == 1)
        return is_run_together(date->value[0], date->digits[0]);
    return is_full(date);
}

/* Whether a year before this word is a house number: BABY BORN 1900 MAIN ST. */
static bool is_street_number(const struct text_words *words, size_t end)
{
    return !words->word[end].digits && !text_word_is(words, end, TEXT_LIST_BEHIND_YEAR);
}

/* Whether this is a date where a date of birth is announced. sure: the announcement has no other
 * meaning. */
static bool is_birth_date(const struct text_words *words, const struct date *date, bool sure)
{
    const unsigned *v = date->value, *d = date->digits;
    bool last = date->end == words->count || words->word[date->end].gap & ~TEXT_GAP_SPACE;

    if (is_date(date) || (date->months && sure))
        return true;
    if (date->numbers == 0)
        return false;
    if (date->numbers == 1)
        return (is_year(v[0], d[0]) && (sure || last || !is_street_number(words, date->end))) ||
               (sure && d[0] >= 5) || (sure && last && d[0] == 2);
    if (is_year(v[0], d[0]) || is_year(v[1], d[1]))
        return true;
    if (!sure && text_word_is(words, date->end, TEXT_LIST_NOT_DATES)) /* 1/2 OFF */
        return false;
    return (date->linked || sure) && is_day(v[0], d[0]) && d[1] <= 2;
}

/* How many words an announcement at i has, or 0: "dob", "date of birth", "fecha de nacimiento". */
static size_t announcement(const struct text_words *words, size_t i, bool *sure)
{
    static const struct {
        enum text_list head, link, tail;
    } ways[] = {
        {TEXT_LIST_DATE_HEAD, TEXT_LIST_OF, TEXT_LIST_BIRTH},
        {TEXT_LIST_BIRTH_HEAD, TEXT_LISTS, TEXT_LIST_DATE_TAIL},
        {TEXT_LIST_FECHA, TEXT_LIST_DE, TEXT_LIST_NACIMIENTO},
        {TEXT_LIST_FECHA, TEXT_LISTS, TEXT_LIST_NACIMIENTO},
        {TEXT_LIST_DATE_HEAD, TEXT_LIST_DE, TEXT_LIST_NAISSANCE},
    };
    size_t used = text_word_is(words, i, TEXT_LIST_DOB), tail;

    *sure = true;
    if (used)
        return used;
    for (size_t w = 0; w < sizeof ways / sizeof ways[0]; w++) {
        used = text_word_is(words, i, ways[w].head);
        if (used && ways[w].link != TEXT_LISTS) {
            size_t link = text_word_is(words, i + used, ways[w].link);

            used = link ? used + link : 0;
        }
        tail = used ? text_word_is(words, i + used, ways[w].tail) : 0;
        if (tail)
            return used + tail;
    }
    *sure = false;
    used = text_word_is(words, i, TEXT_LIST_BORN);
    return used && !(i > 0 && text_word_is(words, i - 1, TEXT_LIST_VAN)) ? used : 0;
}

/* ---- Where a date of birth stands ---- */

/* Dates that follow a date of birth are dates of birth too: DOBS 3/14/87, 5/6/90. */
static size_t more_dates(const struct text_words *words, size_t end)
{
    struct date date;

    while (end < words->count && !(words->word[end].gap & TEXT_GAP_END)) {
        size_t used = text_word_is(words, end, TEXT_LIST_DATE_AND);

        if (!read_date(words, end + used, &date) || !is_date(&date) ||
            date.numbers + date.months < DATE_MAX_PARTS)
            break;
        end = date.end;
    }
    return end;
}

/* Returns the word behind DOB if DOB follows the date that ends at end: 1/2/90 (HER DOB). Else
 * 0. */
static size_t dob_behind(const struct text_words *words, size_t end)
{
    size_t at = end, used;
    bool sure;

    while (at < words->count && at - end < BEFORE_DOB_MAX &&
           text_word_is(words, at, TEXT_LIST_BEFORE_DOB))
        at++;
    used = announcement(words, at, &sure);
    return used && sure ? at + used : 0;
}

/* "1/2/1990 DOB" */
static bool find_date_first(const struct text_words *words, size_t i, struct text_span *span)
{
    struct date date, behind;
    size_t end;

    if (!words->word[i].digits && !text_word_is(words, i, TEXT_LIST_MONTHS))
        return false;
    if (!read_date(words, i, &date) ||
        !(is_date(&date) || (date.numbers == 1 && is_year(date.value[0], date.digits[0]))))
        return false;
    end = dob_behind(words, date.end);
    if (!end || (!is_date(&date) && text_is_of_place(words, end)))
        return false;
    if (!is_date(&date) && end < words->count && /* the DOB has another date behind it */
        read_date(words, end, &behind))
        return false;
    *span = (struct text_span){TEXT_BIRTH_DATE, text_name_before(words, i),
                               text_name_behind(words, more_dates(words, end))};
    return true;
}

bool text_ends_with_dob(const struct text_words *words)
{
    size_t first = words->count > ANNOUNCEMENT_MAX ? words->count - ANNOUNCEMENT_MAX : 0;
    bool sure;

    text_find_load();
    for (size_t i = first; i < words->count; i++)
        if (i + announcement(words, i, &sure) == words->count && sure)
            return true;
    return false;
}

/* "0 3 1 4 1 9 8 7" */
static bool read_spelled(const struct text_words *words, size_t i, struct date *date)
{
    size_t first = i;

    while (i < words->count && words->word[i].number && words->word[i].size == 1)
        i++;
    date->end = i;
    return i - first >= DIGITS_OF_DATE;
}

/* Finds a date beyond doubt with other words before it: DOB M 3/14/1987, DOB;03141987, DOB JOHN
 * 3/14/87. */
static bool find_full_date(const struct text_words *words, size_t from, struct date *date)
{
    for (size_t i = from; i < words->count && i - from <= BETWEEN_MAX; i++) {
        if (i > from && words->word[i].gap & TEXT_GAP_END)
            return false;
        if (read_date(words, i, date) && is_date(date) &&
            (date->months || date->numbers == DATE_MAX_PARTS || date->digits[0] == 8 ||
             i - from <= 2))
            return true;
    }
    return false;
}

/* D/B and the like count only before a full date with separators: DB-010203 may be the number of a
 * call. */
static bool find_short(const struct text_words *words, size_t i, struct text_span *span)
{
    size_t used = text_word_is(words, i, TEXT_LIST_DOB_SHORT);
    struct date date;

    if (!used || i + used >= words->count || words->word[i + used].gap & TEXT_GAP_END ||
        !read_date(words, i + used, &date) || !is_date(&date) ||
        date.numbers + date.months < DATE_MAX_PARTS)
        return false;
    *span = (struct text_span){TEXT_BIRTH_DATE, i, date.end};
    return true;
}

bool text_find_birth_date(const struct text_words *words, size_t i, struct text_span *span)
{
    struct date date;
    bool sure;
    size_t used = announcement(words, i, &sure), at = i + used;

    if (!used)
        return find_date_first(words, i, span) || find_short(words, i, span);
    while (at < words->count && !(words->word[at].gap & TEXT_GAP_END) &&
           text_word_is(words, at, TEXT_LIST_DATE_FILLERS))
        at++;
    if (at >= words->count)
        return false;
    if (!(sure && read_spelled(words, at, &date)) &&
        !(!(words->word[at].gap & TEXT_GAP_END) && read_date(words, at, &date) &&
          is_birth_date(words, &date, sure)) &&
        !(sure && find_full_date(words, i + used, &date)))
        return false;
    *span = (struct text_span){TEXT_BIRTH_DATE, sure ? text_name_before(words, i) : i,
                               text_name_behind(words, more_dates(words, date.end))};
    return true;
}
