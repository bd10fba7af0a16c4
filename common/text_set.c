/* See text_set.h. */
#include "text_set.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { SIGNS = 36, MAX_SETS = 512, MAX_WORDS = 8192 };

struct set_word {
    const char *text;
    uint8_t size;
    bool stem, behind_colon;
};

struct text_set {
    uint64_t signs; /* a bit for each sign that a word begins with */
    bool number;
    uint16_t first[SIGNS + 1]; /* the index of each sign's first word in the table */
};

static struct set_word word_table[MAX_WORDS];
static struct text_set set_table[MAX_SETS];
static size_t word_count, set_count;

static unsigned sign(char c)
{
    return (unsigned)(c >= 'a' ? c - 'a' : c - '0' + 26);
}

static char letter_of(unsigned s)
{
    return (char)(s < 26 ? 'a' + s : '0' + s - 26);
}

/* Adds the words that begin with one sign, in the order of the list. */
static void add_words(struct text_set *set, const char *alternatives, size_t size, unsigned s)
{
    const char *end = alternatives + size;

    for (const char *at = alternatives; at < end;) {
        const char *bar = memchr(at, '|', (size_t)(end - at));
        size_t length = (size_t)((bar ? bar : end) - at);
        struct set_word word = {at, (uint8_t)length, false, false};

        at += length + 1;
        if (*word.text == ':') {
            word.behind_colon = true;
            word.text++;
            word.size--;
        }
        if (*word.text == '#')
            set->number = true;
        if (*word.text == '#' || sign(*word.text) != s)
            continue;
        word.stem = word.text[word.size - 1] == '*';
        word.size = (uint8_t)(word.size - word.stem);
        if (word_count == MAX_WORDS)
            abort();
        set->signs |= UINT64_C(1) << s;
        word_table[word_count++] = word;
    }
}

const struct text_set *text_set_make(const char *alternatives, size_t size)
{
    struct text_set *set = &set_table[set_count];

    if (set_count++ == MAX_SETS)
        abort();
    for (unsigned s = 0; s < SIGNS; s++) {
        set->first[s] = (uint16_t)word_count;
        add_words(set, alternatives, size, s);
    }
    set->first[SIGNS] = (uint16_t)word_count;
    return set;
}

/* Whether a word may continue in the next one: "d.o.b", "non-citizen", "i c e". */
static bool goes_on(const struct text_words *words, size_t i)
{
    const struct text_word *word = &words->word[i], *next = word + 1;

    if (i + 1 >= words->count)
        return false;
    if (next->gap == TEXT_GAP_OTHER)
        return true;
    return word->size == 1 && next->size == 1 && next->gap &&
           !(next->gap & ~(TEXT_GAP_SPACE | TEXT_GAP_OTHER | TEXT_GAP_COLON));
}

static size_t spelled(const struct text_words *words, size_t i, const struct set_word *pattern)
{
    size_t at = 0, used = 1, first = i;
    unsigned char unsure;
    bool loose = false;
    const struct text_word *word = &words->word[i];

    for (size_t p = 0; p < pattern->size; p++, at++) {
        if (at == word->size) {
            if (!goes_on(words, i))
                return 0;
            word = &words->word[++i];
            used++;
            at = 0;
        }
        unsure = word->number && word->size == 1 && i > first ? TEXT_UNSURE : 0; /* D.0.B. */
        if (!text_is_letter(word->letter[at] | unsure, pattern->text[p]))
            return 0;
        loose |= unsure != 0;
    }
    if (loose && used != pattern->size) /* allowed between single letters only */
        return 0;
    if (!pattern->stem)
        return at == word->size ? used : 0;
    while (word->size == 1 && i > first && goes_on(words, i) && words->word[i + 1].size == 1) {
        word = &words->word[++i];
        used++;
    }
    return used;
}

static size_t match_sign(const struct text_set *set, const struct text_words *words, size_t i,
                         unsigned s)
{
    size_t best = 0;

    for (size_t w = set->first[s]; w < set->first[s + 1]; w++) {
        const struct set_word *word = &word_table[w];
        size_t used;

        if (word->behind_colon && !(words->word[i].gap & TEXT_GAP_COLON))
            continue;
        used = spelled(words, i, word);
        if (used > best)
            best = used;
    }
    return best;
}

bool text_set_may_begin(const struct text_set *set, unsigned char folded)
{
    if (folded == TEXT_STRANGE)
        return false;
    if (!(folded & TEXT_UNSURE))
        return set->signs >> sign((char)folded) & 1 || (set->number && isdigit(folded));
    for (unsigned s = 0; s < SIGNS; s++)
        if (set->signs >> s & 1 && text_is_letter(folded, letter_of(s)))
            return true;
    return false;
}

size_t text_set_match(const struct text_set *set, const struct text_words *words, size_t i)
{
    unsigned char folded;
    size_t best = 0, used;

    if (i >= words->count)
        return 0;
    folded = words->word[i].letter[0];
    if (set->number && words->word[i].number)
        return 1;
    if (folded == TEXT_STRANGE)
        return 0;
    if (!(folded & TEXT_UNSURE))
        return match_sign(set, words, i, sign((char)folded));
    for (unsigned s = 0; s < SIGNS; s++)
        if (set->signs >> s & 1 && text_is_letter(folded, letter_of(s)) &&
            (used = match_sign(set, words, i, s)) > best)
            best = used;
    return best;
}
