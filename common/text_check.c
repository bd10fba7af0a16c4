/* See text_check.h. */
#include "text_check.h"

#include "text_find.h"

#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { MAX_PASSES = 8, SHORT_NUMBER = 6, DIGEST = 16, DIGEST_WORD = 4 };

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

/* ---- The cheap look ---- */

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
    LETTERS = 26, /* signs below are letters */
    SIGNS = 36,
    NO_SIGN = 36,
    LONG_NUMBER = 8,  /* of a person, at an authority */
    SPLIT_NUMBER = 4, /* so long a number is a word of its own */
    SHORT_WORD = 4,   /* D08, DO8 */
    SPELLED = 12
};

static unsigned char sign_of[256]; /* letters 0 to 25, digits 26 to 35, else NO_SIGN */
static unsigned char first_of[SIGNS + 1]
                             [SIGNS + 1];       /* anchors that begin so: 1 + the first's place */
static bool begins_alike[SIGNS + 1][SIGNS + 1]; /* one begins with what looks like these signs */
static unsigned char next_of[ANCHORS];          /* the same of the next one */
_Static_assert(ANCHORS < 255, "an anchor's place is an octet");

/* As text_fold folds a character of a word that has letters and digits. */
static unsigned char folded(char c)
{
    return (unsigned char)(isdigit((unsigned char)c) ? c | TEXT_UNSURE : tolower((unsigned char)c));
}

static bool looks_like_letter(int sign, char letter)
{
    return text_is_letter(
        folded(sign < LETTERS ? (char)('a' + sign) : (char)('0' + sign - LETTERS)), letter);
}

static void load_alike(const char *anchor)
{
    for (int one = 0; one < SIGNS; one++)
        for (int two = 0; two < SIGNS && looks_like_letter(one, anchor[0]); two++)
            begins_alike[one][two] |= looks_like_letter(two, anchor[1]);
}

static void load_anchors(void)
{
    memset(sign_of, NO_SIGN, sizeof sign_of);
    for (int c = 0; c < 26; c++)
        sign_of['a' + c] = sign_of['A' + c] = (unsigned char)c;
    for (int c = 0; c < 10; c++)
        sign_of['0' + c] = (unsigned char)(26 + c);
    for (int i = 0; i < ANCHORS; i++) {
        unsigned char *first = &first_of[sign_of[(unsigned char)anchors[i].word[0]]]
                                        [sign_of[(unsigned char)anchors[i].word[1]]];

        next_of[i] = *first;
        *first = (unsigned char)(i + 1);
        load_alike(anchors[i].word);
    }
}

static unsigned sign(char c)
{
    return sign_of[(unsigned char)c];
}

/* Passes over what stands between two parts of one word. */
static const char *pass_joint(const char *at)
{
    const char *end = at;

    while (*end && *end != ' ' && sign(*end) == NO_SIGN)
        end++;
    return sign(*end) == NO_SIGN ? at : end;
}

/* A digit ends a whole word too: a number behind letters may be a word of its own. */
static bool begins_with(const char *at, const struct anchor *anchor)
{
    for (const char *word = anchor->word; *word; word++, at++) {
        if (word > anchor->word)
            at = pass_joint(at);
        if (sign(*at) != sign(*word))
            return false;
    }
    return !anchor->whole || sign(*at) >= LETTERS;
}

static bool begins_anchor(const char *at)
{
    const char *second = pass_joint(at + 1);
    unsigned next;

    if (sign(*second) == NO_SIGN)
        return false;
    for (next = first_of[sign(*at)][sign(*second)]; next; next = next_of[next - 1])
        if (begins_with(at, &anchors[next - 1]))
            return true;
    return false;
}

/* Single letters one behind the other: "I C E HOLD", "D.O.B.". Where they begin a pattern when read
 * as one word. *end: behind them. */
static bool spells_anchor(const char *at, const char **end)
{
    char word[SPELLED + 1];
    size_t size = 0;
    bool digit = false;

    while ((sign(*at) < LETTERS || (size > 0 && sign(*at) < SIGNS)) && sign(at[1]) == NO_SIGN) {
        if (begins_anchor(at)) /* the last letter may go on: "D.OB" */
            return true;
        digit |= sign(*at) >= LETTERS; /* D.0.B. */
        if (size < SPELLED)
            word[size++] = *at;
        *end = ++at;
        while (*at && !(*at & 0x80) && sign(*at) == NO_SIGN)
            at++;
    }
    word[size] = '\0';
    for (size_t i = 0; i + 1 < size; i++)
        if (begins_anchor(word + i))
            return true;
    return digit || size == SPELLED;
}

/* Digits in the place of letters: "AL1EN", "D0B". */
static bool looks_like_anchor(const char *word, size_t size)
{
    if (size < 2 || !begins_alike[sign(word[0])][sign(word[1])])
        return false;
    for (int i = 0; i < ANCHORS; i++) {
        const char *anchor = anchors[i].word;
        size_t at = 0;

        while (at < size && anchor[at] && text_is_letter(folded(word[at]), anchor[at]))
            at++;
        if (!anchor[at] || (at == size && at > 1))
            return true;
    }
    return false;
}

/* Whether letters behind digits begin a pattern: text_fold may split the word there. */
static bool part_begins_anchor(const char *word, size_t size)
{
    for (size_t i = 1; i < size; i++)
        if (sign(word[i]) < LETTERS && sign(word[i - 1]) >= LETTERS && begins_anchor(word + i))
            return true;
    return false;
}

static bool is_one_of(char c, const char *set)
{
    return c && strchr(set, c);
}

/* One word of ASCII: its octets. *may: it may begin a pattern, or hold a word that does. */
static size_t pass_word(const char *word, bool *may)
{
    size_t size = 0, digits = 0, turns = 0;
    unsigned now;

    while ((now = sign(word[size])) < LETTERS)
        size++;
    *may = false;
    if (now == NO_SIGN)
        return size; /* letters alone, as nearly every word */
    for (bool was_digit = size == 0; (now = sign(word[size])) != NO_SIGN; size++) {
        bool digit = now >= LETTERS;

        turns += digit != was_digit;
        digits += digit;
        was_digit = digit;
    }
    *may = digits >= LONG_NUMBER;
    if (turns > 1 ||
        (turns == 1 && (size <= SHORT_WORD || size - digits > 2 || digits >= SPLIT_NUMBER)))
        *may |= looks_like_anchor(word, size) || part_begins_anchor(word, size);
    return size;
}

static void load(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, load_anchors);
}

bool text_may_hold(const char *text)
{
    bool may;

    load();
    for (const char *at = text; *at;) {
        if (*at & 0x80)
            return true;
        if (sign(*at) == NO_SIGN) {
            at++;
            continue;
        }
        if (begins_anchor(at))
            return true;
        if (sign(*at) < LETTERS && sign(at[1]) == NO_SIGN) {
            if (spells_anchor(at, &at))
                return true;
            continue;
        }
        at += pass_word(at, &may);
        if (may)
            return true;
    }
    return false;
}

/* ---- Taking out ---- */

/* Brackets that are opened in [from, to) and closed right behind it. */
static size_t pass_closing(const char *text, size_t from, size_t to)
{
    int open = 0;

    for (size_t i = from; i < to; i++)
        open += is_one_of(text[i], "([{<") - is_one_of(text[i], ")]}>");
    for (; open > 0 && is_one_of(text[to], ")]}>"); open--)
        to++;
    return to;
}

/* Takes [from, to) out, with what it leaves dangling: its brackets, a comma before it. A stroke
 * between two streets stays. */
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

/* Whether the words from i on are an offense's value; how many words it takes. */
static size_t offense_value(const struct text_words *words, size_t i)
{
    unsigned char letter[3];
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

/* A value with its list right before it: NIBRS30A. */
static bool is_joined_value(const struct text_word *word)
{
    size_t first = 0;

    while (first < word->size && isalpha(word->letter[first] & 0x7f))
        first++;
    return first >= 3 && first + 3 == word->size && is_value(word->letter + first);
}

/* Whether a code may begin at i: 13A,30A. Parts of other numbers do not: 9.30.A. */
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
    return listed || (field == TEXT_OF_OFFENSE && used == 1);
}

/* Offenses that are known by their value: 30A, "30-A", "NIBRS 30 A ILLEGAL ENTRY", "13A,30A". */
static bool is_denied_offense(const struct text_words *words, enum text_field field)
{
    if (!(field & (TEXT_OF_CODE | TEXT_OF_OFFENSE)))
        return false;
    text_find_load();
    for (size_t i = 0; i < words->count; i++) {
        size_t used = offense_value(words, i);

        if ((used && begins_code(words, i, used, field)) || is_joined_value(&words->word[i]))
            return true;
    }
    return false;
}

/* The next letter or digit behind at. */
static char next_sign(const char **at)
{
    while (**at && sign(**at) == NO_SIGN)
        ++*at;
    return **at ? (char)tolower((unsigned char)*(*at)++) : '\0';
}

/* Whether is_denied_offense may hold of a text of ASCII. */
static bool may_be_offense(const char *text, enum text_field field)
{
    if (!(field & (TEXT_OF_CODE | TEXT_OF_OFFENSE)))
        return false;
    for (const char *at = text; (at = strpbrk(at, "34"));) {
        char first = *at++;
        const char *behind = at;
        char second = next_sign(&behind), third = next_sign(&behind);

        if (first == '3' && is_one_of(second, "0o") && is_one_of(third, "abcd"))
            return true;
        if (first == '4' && second == '9' && third == 'c')
            return true;
    }
    return false;
}

/* One pass from the back, so that what is found keeps its place. */
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

/* A digest or a UUID, in hexadecimal; the agent's own begin with "x-". None of it is a word, though
 * "db0314" may look like a date of birth. */
static bool is_digest(const char *text)
{
    size_t all = 0, word = 0;

    if (strncmp(text, "x-", 2) == 0)
        text += 2;
    for (; *text; text++) {
        if (isxdigit((unsigned char)*text)) {
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

/* A number as nearly all are, which holds nothing: it has one letter at most ("P26-001234"; but an
 * alien's number begins with A), or is so short that no marker has room beside what it marks. */
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
        return digits > 0;
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
    /* What is left may stand together in a new way. */
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
