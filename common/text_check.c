/* See text_check.h. */
#include "text_check.h"

#include "text_find.h"

#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_PASSES = 8,
    SHORT_NUMBER = 6,
    SHORT_WORD = 4,
    VALUE = 3,
    PADDED_MOST = 8,
    DIGEST = 16,
    DIGEST_WORD = 4
};

#define KIND_WORD(name, word, doc) word,
static const char *const kind_words[] = {TEXT_KIND_ROWS(KIND_WORD)};

#define KIND_DOC(name, word, doc) doc,
static const char *const kind_docs[] = {TEXT_KIND_ROWS(KIND_DOC)};

const char *text_kind_doc(enum text_kind kind)
{
    return kind_docs[kind];
}

const char *text_kind_word(enum text_kind kind)
{
    return kind_words[kind];
}

uint32_t text_found_sum(const struct text_found *found)
{
    uint32_t sum = 0;

    for (int kind = 0; kind < TEXT_KINDS; kind++)
        sum += found->count[kind];
    return sum;
}

void text_found_format(const struct text_found *found, char out[TEXT_FOUND_TEXT])
{
    size_t used = 0;

    for (int kind = 0; kind < TEXT_KINDS; kind++)
        used += (size_t)snprintf(out + used, TEXT_FOUND_TEXT - used, "%staken_%s=%u",
                                 kind ? " " : "", kind_words[kind], found->count[kind]);
}

/* ---- The quick check ---- */

static const struct anchor {
    const char *word;
    bool whole;
} anchors[] = {
#define ANCHOR(word) {word, false},
#define WORD(word)   {word, true},
    TEXT_ANCHORS(ANCHOR, WORD)
#undef ANCHOR
#undef WORD
};

enum {
    ANCHORS = sizeof anchors / sizeof anchors[0],
    LETTERS = 26, /* signs 0 to 25 are letters */
    SIGNS = 36,
    NO_SIGN = 36,
    LONG_NUMBER = 8, /* digits of a person's number at an authority */
    MAX_BEGINNINGS = 2048
};

static unsigned char sign_of[256]; /* letters 0 to 25, digits 26 to 35, else NO_SIGN */
static uint64_t looks_like[SIGNS]; /* a bit for each sign that a sign may stand for: D0B */

/* The anchors that may begin with each pair of signs: beginnings[first_of[pair]] and on, before
 * first_of[pair + 1]. */
static uint16_t first_of[SIGNS * SIGNS + 1];
static uint16_t beginnings[MAX_BEGINNINGS];

static unsigned sign(char c)
{
    return sign_of[(unsigned char)c];
}

static bool may_be(unsigned seen, char anchor)
{
    return seen < SIGNS && looks_like[seen] >> sign(anchor) & 1;
}

static void load_signs(void)
{
    memset(sign_of, NO_SIGN, sizeof sign_of);
    for (int c = 0; c < LETTERS; c++)
        sign_of['a' + c] = sign_of['A' + c] = (unsigned char)c;
    for (int c = 0; c < SIGNS - LETTERS; c++)
        sign_of['0' + c] = (unsigned char)(LETTERS + c);
    for (unsigned seen = 0; seen < SIGNS; seen++) {
        unsigned char folded = (unsigned char)(seen < LETTERS ? 'a' + seen : '0' + seen - LETTERS);

        if (seen >= LETTERS)
            folded |= TEXT_UNSURE; /* as text_fold marks a digit in a word */
        for (unsigned s = 0; s < SIGNS; s++)
            if (text_is_letter(folded, (char)(s < LETTERS ? 'a' + s : '0' + s - LETTERS)))
                looks_like[seen] |= UINT64_C(1) << s;
    }
}

static void load_anchors(void)
{
    uint16_t count = 0;

    load_signs();
    for (unsigned two = 0; two < SIGNS * SIGNS; two++) {
        first_of[two] = count;
        for (unsigned i = 0; i < ANCHORS; i++)
            if (may_be(two / SIGNS, anchors[i].word[0]) && may_be(two % SIGNS, anchors[i].word[1]))
                beginnings[count++] = (uint16_t)i;
        if (count > MAX_BEGINNINGS - ANCHORS)
            abort();
    }
    first_of[SIGNS * SIGNS] = count;
}

/* Returns the next sign of a word that may be spelled in pieces: D-O-B. Spaces count only between
 * single letters. *piece is the number of signs in the current piece. If the result points to no
 * sign, the word has ended. */
static const char *next_sign_of_word(const char *at, unsigned *piece)
{
    const char *end = at + 1;

    if (sign(*end) != NO_SIGN) {
        ++*piece;
        return end;
    }
    while (*end && sign(*end) == NO_SIGN && (*end != ' ' || *piece == 1))
        end++;
    *piece = 1;
    return end;
}

/* A whole word also ends before a digit, because text_fold may make the number a word of its
 * own. */
static bool begins_with(const char *at, const struct anchor *anchor)
{
    unsigned piece = 1;

    for (const char *word = anchor->word;; at = next_sign_of_word(at, &piece)) {
        if (!may_be(sign(*at), *word))
            return false;
        if (!*++word)
            return !anchor->whole || sign(at[1]) >= LETTERS;
    }
}

static bool begins_anchor(const char *at)
{
    unsigned piece = 1, second = sign(*next_sign_of_word(at, &piece)), two;

    if (second == NO_SIGN)
        return false;
    two = sign(*at) * SIGNS + second;
    for (unsigned i = first_of[two]; i < first_of[two + 1]; i++)
        if (begins_with(at, &anchors[beginnings[i]]))
            return true;
    return false;
}

/* Whether a word with a digit may hold a fact. text_fold may split the word where letters follow a
 * number or a number follows letters, and join a number to the letter behind it: 287(g). */
static bool number_may_hold(const char *word, size_t size, size_t digits)
{
    if (digits >= LONG_NUMBER)
        return true;
    for (size_t i = 0; i < size; i++)
        if ((i == 0 || (sign(word[i]) < LETTERS) != (sign(word[i - 1]) < LETTERS)) &&
            begins_anchor(word + i))
            return true;
    return false;
}

static void load(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, load_anchors);
}

bool text_may_hold(const char *text)
{
    load();
    for (const char *at = text; *at;) {
        size_t size = 0, digits = 0;

        for (unsigned now; (now = sign(at[size])) != NO_SIGN; size++)
            digits += now >= LETTERS;
        if (size == 0 && *at & 0x80)
            return true;
        if (size > 0 && (digits ? number_may_hold(at, size, digits) : begins_anchor(at)))
            return true;
        at += size ? size : 1;
    }
    return false;
}

/* ---- Removing ---- */

static bool is_one_of(char c, const char *set)
{
    return c && strchr(set, c);
}

/* Moves the end of [from, to) past brackets that close the ones opened inside it. */
static size_t pass_closing(const char *text, size_t from, size_t to)
{
    int open = 0;

    for (size_t i = from; i < to; i++)
        open += is_one_of(text[i], "([{<") - is_one_of(text[i], ")]}>");
    for (; open > 0 && is_one_of(text[to], ")]}>"); open--)
        to++;
    return to;
}

/* Removes [from, to) and what would be left dangling: brackets around it, a comma before it. A
 * stroke between two streets stays. */
static void cut(char *text, size_t from, size_t to)
{
    static const char inside[] = " -,;:|=#*+", outside[] = " -,;:|=#*+/&";
    size_t size = strlen(text);

    to = pass_closing(text, from, to);
    if (from > 0 && is_one_of(text[from - 1], "([{<\"'") && is_one_of(text[to], ")]}>\"'")) {
        from--;
        to++;
    }
    if (text[to] == '.' && !isalnum((unsigned char)text[to + 1]))
        to++;
    while (is_one_of(text[to], inside))
        to++;
    while (from > 0 && is_one_of(text[from - 1], to == size ? outside : inside))
        from--;
    while (from == 0 && is_one_of(text[to], outside))
        to++;
    if (from > 0 && to < size)
        text[from++] = ' ';
    memmove(text + from, text + to, size - to + 1);
}

static void withhold(char *text, size_t size, enum text_field field)
{
    snprintf(text, size, "%s", field == TEXT_OF_ID ? "" : TEXT_WITHHELD);
}

static bool says_anything(const char *text)
{
    for (; *text; text++)
        if (isalnum((unsigned char)*text) || *text & 0x80)
            return true;
    return false;
}

static bool is_value(const unsigned char letter[3])
{
    for (const char *value = TEXT_OFFENSE_VALUES;; value += 4) {
        if (text_is_letter(letter[0], value[0]) && text_is_letter(letter[2], value[2]) &&
            (text_is_letter(letter[1], value[1]) || (letter[1] == 'o' && value[1] == '0')))
            return true;
        if (value[3] == '\0')
            return false;
    }
}

/* How many words from i on are the value of an offense; 0 if they are none. */
static size_t offense_value(const struct text_words *words, size_t i)
{
    unsigned char letter[VALUE];
    size_t size = 0, used = 0;

    while (size < sizeof letter && i + used < words->count) {
        const struct text_word *word = &words->word[i + used++];

        if (size + word->size > sizeof letter)
            return 0;
        memcpy(letter + size, word->letter, word->size);
        size += word->size;
    }
    return size == sizeof letter && is_value(letter) ? used : 0;
}

/* A value directly behind the name of its list: NIBRS30A. */
static bool is_joined_value(const struct text_word *word)
{
    size_t first = 0;

    while (first < word->size && isalpha(word->letter[first] & 0x7f))
        first++;
    return first >= 3 && first + 3 == word->size && is_value(word->letter + first);
}

/* A value with zeros before it, its letter twice, or its letter first: 0030A, 30AA, A30. The zeros
 * may be separate words without a gap. */
static bool is_padded_value(const struct text_words *words, size_t i)
{
    unsigned char letter[PADDED_MOST];
    size_t first = 0, last = 0;

    do {
        if (last + words->word[i].size > sizeof letter)
            return false;
        memcpy(letter + last, words->word[i].letter, words->word[i].size);
        last += words->word[i].size;
    } while (++i < words->count && words->word[i].gap == 0);
    if (last == VALUE && is_value((unsigned char[]){letter[1], letter[2], letter[0]}))
        return true;
    while (first < last && (letter[first] & 0x7f) == '0')
        first++;
    while (last > first + VALUE && letter[last - 1] == letter[last - 2])
        last--;
    return last - first == VALUE && (letter[last - 1] & 0x7f) > '9' && is_value(letter + first);
}

/* Two digits and a letter: 90Z. */
static bool is_code_word(const struct text_word *word)
{
    return word->size == VALUE && word->digits && (word->letter[0] & 0x7f) <= '9' &&
           (word->letter[1] & 0x7f) <= '9' && (word->letter[2] & 0x7f) >= 'a';
}

/* Whether a code may begin at word i: 13A,30A. A part of another number is no code: 9.30.A. */
static bool begins_code(const struct text_words *words, size_t i, size_t used,
                        enum text_field field)
{
    const struct text_word *word = &words->word[i];
    bool listed = word->gap & ~TEXT_GAP_SPACE;

    if (i == 0)
        return used == 1 || used == words->count || field == TEXT_OF_OFFENSE;
    if (text_word_is(words, i - 1, TEXT_LIST_OFFENSE_WORDS))
        return true;
    if (used > 1 && word[-1].number)
        return false;
    if (used == 1 && is_code_word(&word[-1]))
        return true;
    return listed || (field == TEXT_OF_OFFENSE && used == 1);
}

/* Whether the text has an offense that is recognised by its value: 30A, "30-A", "NIBRS 30 A ILLEGAL
 * ENTRY", "13A,30A". */
static bool is_denied_offense(const struct text_words *words, enum text_field field)
{
    if (!(field & (TEXT_OF_CODE | TEXT_OF_OFFENSE)))
        return false;
    text_find_load();
    for (size_t i = 0; i < words->count; i++) {
        size_t used = offense_value(words, i);

        if ((used && begins_code(words, i, used, field)) || is_joined_value(&words->word[i]) ||
            (field == TEXT_OF_OFFENSE && is_padded_value(words, i)))
            return true;
    }
    return false;
}

/* Returns the next letter or digit, and moves *at behind it. */
static char next_sign(const char **at)
{
    while (**at && sign(**at) == NO_SIGN)
        ++*at;
    return **at ? (char)tolower((unsigned char)*(*at)++) : '\0';
}

/* Whether is_denied_offense may be true of an ASCII text. */
static bool may_be_offense(const char *text, enum text_field field)
{
    if (!(field & (TEXT_OF_CODE | TEXT_OF_OFFENSE)))
        return false;
    for (const char *at = text; (at = strpbrk(at, "34"));) {
        char first = *at++;
        const char *behind = at;
        char second = next_sign(&behind), third = next_sign(&behind);
        char before = at - text > 1 ? (char)tolower((unsigned char)at[-2]) : '\0';

        if (first == '3' && is_one_of(second, "0o") &&
            (is_one_of(third, "abcd") || is_one_of(before, "abcd")))
            return true;
        if (first == '4' && second == '9' && (third == 'c' || before == 'c'))
            return true;
    }
    return false;
}

/* Removes what one pass finds, from the last fact to the first, so that earlier positions stay
 * valid. */
static uint32_t take_out(char *text, size_t size, enum text_field field, struct text_found *found)
{
    struct text_words words;
    struct text_span span[TEXT_MAX_WORDS];
    size_t count = 0;

    if (text_fold(&words, text, strlen(text)) != 0) {
        withhold(text, size, field);
        found->count[TEXT_STATUS]++;
        return 1;
    }
    if (is_denied_offense(&words, field)) {
        withhold(text, size, field);
        found->count[TEXT_STATUS]++;
        return 1;
    }
    for (size_t at = 0; text_find(&words, at, field, &span[count]); count++) {
        found->count[span[count].kind]++;
        at = span[count].end;
    }
    for (size_t i = count; i-- > 0;) {
        bool code = field & (TEXT_OF_CODE | TEXT_OF_OFFENSE);

        if (code && (span[i].kind == TEXT_STATUS || span[i].kind == TEXT_BIRTH_PLACE)) {
            withhold(text, size, field);
            break;
        }
        cut(text, words.word[span[i].first].from, words.word[span[i].end - 1].to);
    }
    if (count && !says_anything(text))
        withhold(text, size, field);
    return (uint32_t)count;
}

/* A digest or a UUID in hexadecimal; the agent's own begin with "x-". It has no words, though
 * "db0314" in it may look like a date of birth. */
static bool is_digest(const char *text)
{
    size_t all = 0, word = 0;

    if (strncmp(text, "x-", 2) == 0)
        text += 2;
    for (; *text; text++) {
        unsigned now = sign(*text);

        if (now <= 'f' - 'a' || (now >= LETTERS && now < SIGNS)) {
            word++;
            all++;
        } else if (*text == '-' && word >= DIGEST_WORD) {
            word = 0;
        } else {
            return false;
        }
    }
    return all >= DIGEST && word >= DIGEST_WORD;
}

/* A number that cannot hold a fact, as nearly all are. It has at most one letter ("P26-001234"),
 * which is not A, because an alien's number begins with A. Or it is too short for a marker with a
 * value, and has no word (UNDOC1). */
static bool is_plain_number(const char *text)
{
    size_t letters = 0, digits = 0, size = 0;

    for (; text[size]; size++) {
        unsigned now = sign(text[size]);

        if (text[size] & 0x80 || (letters > 1 && size > SHORT_NUMBER))
            return false;
        digits += now >= LETTERS && now != NO_SIGN;
        letters += now < LETTERS;
    }
    if (size <= SHORT_NUMBER)
        return digits > 0 && letters < SHORT_WORD;
    return digits > 0 && (letters == 0 || (letters == 1 && !strpbrk(text, "Aa")));
}

uint32_t text_check(char *text, size_t size, enum text_field field, struct text_found *found)
{
    struct text_found none = {0};
    uint32_t count = 0, more = 1;

    load();
    if (field == TEXT_OF_ID && (is_plain_number(text) || is_digest(text)))
        return 0;
    if (!text_may_hold(text) && !may_be_offense(text, field))
        return 0;
    /* Removing a fact may join words that form another one. */
    for (int pass = 0; more; pass++) {
        if (pass == MAX_PASSES) {
            withhold(text, size, field);
            break;
        }
        more = take_out(text, size, field, found ? found : &none);
        count += more;
    }
    return count;
}

/* A digit, or an octet outside ASCII, which may be part of a digit. */
static bool has_digit(const char *text)
{
    while (*text && !isdigit((unsigned char)*text) && !(*text & 0x80))
        text++;
    return *text;
}

uint32_t text_check_behind(const char *before, char *text, size_t size, enum text_field field,
                           struct text_found *found)
{
    char both[sizeof "DOB " + TEXT_CHECK_MAX];
    struct text_words words;
    uint32_t count;

    if (!has_digit(text) || strlen(text) > TEXT_CHECK_MAX)
        return 0;
    if (text_fold(&words, before, strlen(before)) != 0 || !text_ends_with_dob(&words))
        return 0;
    snprintf(both, sizeof both, "DOB %s", text);
    count = text_check(both, sizeof both, field, found);
    if (count)
        snprintf(text, size, "%s", both);
    return count;
}
