/* See text_find.h: dates of birth, and names. */
#include "text_find.h"

enum {
    NAME_MAX_WORDS = 5,
    DATE_MAX_PARTS = 3,
    FIRST_YEAR = 1900,
    BETWEEN_MAX = 6,   /* words between an announcement and its date */
    DIGITS_OF_DATE = 6 /* one by one, at least */
};

/* ---- Dates ---- */

struct date {
    size_t end;             /* word behind it */
    size_t numbers, months; /* parts of each */
    unsigned value[DATE_MAX_PARTS];
    unsigned digits[DATE_MAX_PARTS];
    bool linked; /* all parts stand with no space between them */
};

/* The digits of a word; a letter that is taken for a digit counts in a word that has one. */
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

/* 14-III-1987 */
static bool is_roman_month(const struct text_words *words, size_t i)
{
    return i + 1 < words->count && words->word[i].gap == TEXT_GAP_OTHER &&
           words->word[i + 1].gap == TEXT_GAP_OTHER && text_word_is(words, i, TEXT_LIST_ROMAN) == 1;
}

/* Takes one part of a date at i, if one stands there. Returns its words. */
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
          read_unknown(words, i, &value, &digits)))
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

/* Eight digits, or six, in one of the orders of year, month and day. */
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

/* Whether a year before this word is a house: BABY BORN 1900 MAIN ST. */
static bool is_street_number(const struct text_words *words, size_t end)
{
    return !words->word[end].digits && !text_word_is(words, end, TEXT_LIST_BEHIND_YEAR);
}

/* What is a date where a date of birth is announced; sure: by a word that means nothing else. */
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

/* How many words the announcement takes: "dob", "date of birth", "fecha de nacimiento". */
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

/* ---- Names ---- */

static bool is_name_word(const struct text_words *words, size_t i)
{
    return i < words->count && !words->word[i].digits &&
           !text_word_is(words, i, TEXT_LIST_NOT_NAMES);
}

/* Digits in the place of letters: J0HN. */
static bool is_name_with_digits(const struct text_word *word)
{
    const unsigned char *letter = word->letter;

    return word->size >= 3 && (letter[0] & 0x7f) >= 'a' && (letter[word->size - 1] & 0x7f) >= 'a';
}

/* The same behind a colon, where people may be called White, Young or Park, and have initials. What
 * follows tells: WHITE MALE, WILL CALL, A MALE. */
static bool is_announced_name(const struct text_words *words, size_t i)
{
    bool more = i + 1 < words->count && !(words->word[i + 1].gap & ~TEXT_GAP_SPACE);

    if (is_name_word(words, i))
        return true;
    if (i >= words->count)
        return false;
    if (words->word[i].digits)
        return is_name_with_digits(&words->word[i]);
    if (words->word[i].size == 1)
        return i + 1 < words->count && words->word[i + 1].size > 1 &&
               (is_name_word(words, i + 1) || text_word_is(words, i + 1, TEXT_LIST_NAMES_TOO));
    return text_word_is(words, i, TEXT_LIST_NAMES_TOO) &&
           (!more || is_name_word(words, i + 1) ||
            text_word_is(words, i + 1, TEXT_LIST_NAMES_TOO) ||
            text_word_is(words, i + 1, TEXT_LIST_BEHIND_NAME));
}

/* A middle name in brackets: JOHN (NMN) SMITH. */
static bool is_in_brackets(const struct text_words *words, size_t i)
{
    return words->word[i].gap & TEXT_GAP_BRACKET && i + 1 < words->count &&
           words->word[i + 1].gap & TEXT_GAP_BRACKET &&
           !(words->word[i + 1].gap & (TEXT_GAP_END | TEXT_GAP_COLON)) &&
           is_name_word(words, i + 1);
}

/* How far a name goes from i; *long_words: those that are more than an initial. */
static size_t name_end(const struct text_words *words, size_t i, bool announced, size_t *long_words)
{
    size_t first = i;

    *long_words = 0;
    while (i - first < NAME_MAX_WORDS &&
           (announced ? is_announced_name(words, i) : is_name_word(words, i))) {
        if (i > first && words->word[i].gap & (TEXT_GAP_END | TEXT_GAP_COLON))
            break;
        if (i > first && words->word[i].gap & TEXT_GAP_BRACKET) {
            if (!is_in_brackets(words, i))
                break;
            i++;
        }
        if (i > first && text_word_is(words, i, TEXT_LIST_DOB_OR_MONTH) &&
            !(announced && text_word_is(words, i, TEXT_LIST_MONTHS) &&
              (i + 1 >= words->count || !words->word[i + 1].digits)))
            break;
        *long_words += words->word[i].size >= 2;
        i++;
    }
    return i;
}

/* What follows makes a place or a street of it: LINCOLN HIGH, JOHN ST. */
static bool is_of_place(const struct text_words *words, size_t end)
{
    bool last_name = end + 1 < words->count && words->word[end + 1].gap & TEXT_GAP_COLON &&
                     text_word_is(words, end, TEXT_LIST_LN); /* FN: JOHN LN: SMITH */

    return !last_name && end < words->count && !(words->word[end].gap & ~TEXT_GAP_SPACE) &&
           text_word_is(words, end, TEXT_LIST_OF_PLACE);
}

/* LN is a lane behind its name: JOHN LN. */
static bool is_lane(const struct text_words *words, size_t i)
{
    if (i == 0 || i >= words->count || !text_word_is(words, i, TEXT_LIST_LN))
        return false;
    return !(words->word[i].gap & ~TEXT_GAP_SPACE) &&
           !text_word_is(words, i - 1, TEXT_LIST_OF_PLACE);
}

/* How many words a word that announces a name takes; *weak: only with a colon behind it. */
static size_t name_marker(const struct text_words *words, size_t i, bool *weak)
{
    size_t used = text_word_is(words, i, TEXT_LIST_NAME), more;

    *weak = false;
    if (used)
        return used;
    used = text_word_is(words, i, TEXT_LIST_REPORTING);
    more = used ? text_word_is(words, i + used, TEXT_LIST_PARTY) : 0;
    if (more)
        return used + more;
    *weak = true;
    if (is_lane(words, i))
        return 0;
    return text_word_is(words, i, TEXT_LIST_PERSON);
}

/* Passes over the number of a person: SUSP1, SUSP #1, SUSPECT 1: */
static size_t pass_number(const struct text_words *words, size_t i)
{
    const struct text_word *word = &words->word[i];

    if (i + 1 < words->count && word->size == 1 && !word->number && word[1].gap & TEXT_GAP_COLON &&
        !(word->gap & TEXT_GAP_COLON)) /* SUSP A: */
        return i + 1;
    if (i + 1 >= words->count || !word->number || word->size > 2)
        return i;
    return word->gap == 0 || word->gap & TEXT_GAP_OTHER || word[1].gap & TEXT_GAP_COLON ? i + 1 : i;
}

/* The first word of the name that a word at i announces, or 0. */
static size_t name_begin(const struct text_words *words, size_t i, enum text_field field,
                         bool *colon)
{
    bool weak;
    size_t used = name_marker(words, i, &weak), first = i + used;

    if (!used || first >= words->count)
        return 0;
    first = pass_number(words, first);
    if (words->word[first].gap & TEXT_GAP_END && weak)
        return 0;
    /* RP is a ramp of a motorway too, VIC the vicinity, COMPL a building. */
    if (i > 0 && text_word_is(words, i, TEXT_LIST_RP) && text_word_is(words, i - 1, TEXT_LIST_RAMP))
        return 0;
    weak |= field == TEXT_OF_PLACE && text_word_is(words, i, TEXT_LIST_VICINITY);
    *colon = words->word[first].gap & TEXT_GAP_COLON;
    if ((weak && !*colon) || (i > 0 && text_word_is(words, i, TEXT_LIST_NAME_ALONE) &&
                              text_word_is(words, i - 1, TEXT_LIST_NOT_A_NAME)))
        return 0;
    while (first < words->count && text_word_is(words, first, TEXT_LIST_NAME_FILLERS)) {
        first++;
        *colon |= first < words->count && words->word[first].gap & TEXT_GAP_COLON;
    }
    return first;
}

/* An initial does not, but for those of O'BRIEN and D'ANGELO. */
static bool begins_name(const struct text_words *words, size_t first)
{
    const struct text_word *word = &words->word[first];

    return word->size >= 2 ||
           ((word->letter[0] == 'o' || word->letter[0] == 'd') && first + 1 < words->count &&
            word[1].gap == TEXT_GAP_OTHER && word[1].size >= 3);
}

bool text_find_name(const struct text_words *words, size_t i, enum text_field field,
                    struct text_span *span)
{
    bool colon = false, comma = false, ended, said;
    size_t first = name_begin(words, i, field, &colon), end, long_words;

    if (!first || first >= words->count)
        return false;
    said = !colon && text_word_is(words, first, TEXT_LIST_SAYS);
    if (said && ++first >= words->count)
        return false;
    ended = words->word[first].gap & TEXT_GAP_END;
    end = name_end(words, first, colon, &long_words);
    if (long_words == 0 || (!colon && !begins_name(words, first)) || is_of_place(words, first) ||
        is_of_place(words, end) || (!colon && is_of_place(words, end - 1)))
        return false;
    for (size_t w = first + 1; w < end; w++)
        comma |= words->word[w].gap & TEXT_GAP_COMMA;
    if (!colon && !comma && long_words < 2 &&
        (said || ended || !(field & (TEXT_OF_PLACE | TEXT_OF_OTHER))))
        return false;
    while (i > 0 && i < words->count && !(words->word[i].gap & ~TEXT_GAP_SPACE) &&
           text_word_is(words, i - 1, TEXT_LIST_NAME_PARTS))
        i--;
    *span = (struct text_span){TEXT_NAME, i, end};
    return true;
}

/* Words before a date of birth that are a name: JOHN SMITH DOB 1/2/90. Where a number stands right
 * before them they are a street. */
static size_t name_before(const struct text_words *words, size_t i)
{
    size_t first = i, long_words = 0;
    bool comma = false;

    while (first > 0 && i - first < NAME_MAX_WORDS && is_name_word(words, first - 1)) {
        if (first < i && words->word[first].gap & (TEXT_GAP_END | TEXT_GAP_BRACKET))
            break;
        first--;
        long_words += words->word[first].size >= 2;
        comma |= words->word[first].gap & TEXT_GAP_COMMA && first > 0;
    }
    if (long_words < 2 || (first > 0 && words->word[first - 1].digits && !comma))
        return i;
    return first;
}

/* The name behind a date of birth is a part of it. */
static size_t name_behind(const struct text_words *words, size_t end)
{
    size_t long_words, name = name_end(words, end, false, &long_words);

    return long_words < 2 || is_of_place(words, name) ? end : name;
}

/* "1/2/1990 DOB" */
static bool find_date_first(const struct text_words *words, size_t i, struct text_span *span)
{
    struct date date, behind;
    bool sure;
    size_t used;

    if (!words->word[i].digits && !text_word_is(words, i, TEXT_LIST_MONTHS))
        return false;
    if (!read_date(words, i, &date) ||
        !(is_date(&date) || (date.numbers == 1 && is_year(date.value[0], date.digits[0]))))
        return false;
    used = announcement(words, date.end, &sure);
    if (!used || !sure || (!is_date(&date) && is_of_place(words, date.end + used)))
        return false;
    if (!is_date(&date) && date.end + used < words->count && /* its own date stands behind it */
        read_date(words, date.end + used, &behind))
        return false;
    *span = (struct text_span){TEXT_BIRTH_DATE, name_before(words, i),
                               name_behind(words, date.end + used)};
    return true;
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

/* A date beyond doubt with something before it: DOB M 3/14/1987, DOB;03141987, DOB JOHN 3/14/87. */
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

/* D/B and the like mean something only before a full date that is written apart: DB-010203 may be a
 * number of a call. */
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
    *span = (struct text_span){TEXT_BIRTH_DATE, sure ? name_before(words, i) : i,
                               name_behind(words, date.end)};
    return true;
}
