/* See text_find.h: the patterns of text_rules.def. */
#include "text_find.h"

#include "text_rules.def"

#include <pthread.h>
#include <string.h>

enum value { VALUE_NONE, VALUE_PLACE };

struct rule {
    enum text_kind kind;
    unsigned fields;
    const char *words, *not_behind, *not_before;
    enum value value;
};

#define TEXT_RULE(kind, fields, words, not_behind, not_before, value) \
    {TEXT_##kind, fields, words, not_behind, not_before, VALUE_##value},
static const struct rule rules[] = {TEXT_RULES(TEXT_RULE)};
#undef TEXT_RULE

enum { RULES = sizeof rules / sizeof rules[0], PLACE_MAX_WORDS = 8 };

/* For each rule, the letters and digits that its first word may begin with: a bit each. */
static uint64_t first_letters[RULES];

static uint64_t letter_bit(char c)
{
    return UINT64_C(1) << (c >= 'a' ? c - 'a' : c - '0' + 26);
}

static void load_first_letters(void)
{
    for (size_t r = 0; r < RULES; r++) {
        const char *at = rules[r].words;

        for (; *at && *at != ' '; at++) {
            if (at == rules[r].words || at[-1] == '|')
                first_letters[r] |= letter_bit(*at);
        }
    }
}

/* The bits of all letters that a folded character may be. */
static uint64_t bits_of(unsigned char folded)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    uint64_t bits = 0;

    if (!(folded & TEXT_UNSURE))
        return folded == TEXT_STRANGE ? 0 : letter_bit((char)folded);
    for (const char *at = letters; *at; at++)
        bits |= text_is_letter(folded, *at) ? letter_bit(*at) : 0;
    return bits;
}

/* ---- Words ---- */

/* Whether a word may go on in the next one: "d.o.b", "non-citizen", "i c e". */
static bool goes_on(const struct text_words *words, size_t i)
{
    const struct text_word *word = &words->word[i], *next = word + 1;

    if (i + 1 == words->count)
        return false;
    if (next->gap == TEXT_GAP_OTHER)
        return true;
    return word->size == 1 && next->size == 1 && next->gap &&
           !(next->gap & ~(TEXT_GAP_SPACE | TEXT_GAP_OTHER));
}

static size_t spelled(const struct text_words *words, size_t i, const char *pattern, size_t size)
{
    bool stem = pattern[size - 1] == '*';
    size_t at = 0, used = 1, first = i;
    const struct text_word *word = &words->word[i];

    size -= stem;
    for (size_t p = 0; p < size; p++, at++) {
        if (at == word->size) {
            if (!goes_on(words, i))
                return 0;
            word = &words->word[++i];
            used++;
            at = 0;
        }
        if (!text_is_letter(word->letter[at], pattern[p]))
            return 0;
    }
    if (!stem)
        return at == word->size ? used : 0;
    while (word->size == 1 && i > first && goes_on(words, i) && words->word[i + 1].size == 1) {
        word = &words->word[++i];
        used++;
    }
    return used;
}

size_t text_word_is(const struct text_words *words, size_t i, const char *alternatives)
{
    size_t best = 0;

    if (i >= words->count)
        return 0;
    for (const char *at = alternatives; *at;) {
        size_t size = (size_t)(strchrnul(at, '|') - at), used = 0;

        if (size == 1 && *at == '#')
            used = words->word[i].number;
        else if (text_is_letter(words->word[i].letter[0], *at))
            used = spelled(words, i, at, size);
        if (used > best)
            best = used;
        at += size + (at[size] == '|');
    }
    return best;
}

/* ---- Patterns ---- */

/* Copies one element without its marks; returns where the next begins. */
static const char *next_element(const char *pattern, char out[1024], bool *optional)
{
    size_t size = strcspn(pattern, " ");
    const char *end = pattern + size + (pattern[size] == ' ');

    *optional = *pattern == '[';
    if (*optional) {
        pattern++;
        size -= 2;
    }
    if (size > 1023)
        size = 1023;
    memcpy(out, pattern, size);
    out[size] = '\0';
    return end;
}

/* ":yes|:no|status": an alternative that stands only behind a colon. */
static size_t behind_colon(const struct text_words *words, size_t i, const char *element)
{
    char plain[1024];
    size_t size = 0;
    bool colon = i < words->count && words->word[i].gap & TEXT_GAP_COLON;

    while (*element) {
        size_t part = strcspn(element, "|");
        bool needs = *element == ':';

        if (!needs || colon) {
            if (size > 0)
                plain[size++] = '|';
            memcpy(plain + size, element + needs, part - needs);
            size += part - needs;
        }
        element += part + (element[part] == '|');
    }
    plain[size] = '\0';
    return text_word_is(words, i, plain);
}

/* The word behind the rest of a pattern, which goes on at word i; or 0. first: its first word. */
static size_t match(const struct text_words *words, size_t i, const char *pattern, bool first)
{
    char element[1024];
    bool optional;
    size_t used, end;
    const char *rest;

    if (*pattern == '\0')
        return i;
    if (!first && i < words->count && words->word[i].gap & TEXT_GAP_END)
        return 0;
    rest = next_element(pattern, element, &optional);
    used = strchr(element, ':') ? behind_colon(words, i, element) : text_word_is(words, i, element);
    end = used ? match(words, i + used, rest, false) : 0;
    return end || !optional ? end : match(words, i, rest, first);
}

/* A place in words goes on to a number, a bracket, or where a sentence would end. */
static size_t place_end(const struct text_words *words, size_t i)
{
    size_t first = i;

    while (i < words->count && i - first < PLACE_MAX_WORDS) {
        const struct text_word *word = &words->word[i];

        if (word->number || (i > first && word->gap & (TEXT_GAP_BRACKET | TEXT_GAP_END)))
            break;
        i++;
    }
    return i;
}

static bool try_rule(const struct text_words *words, size_t i, const struct rule *rule,
                     struct text_span *span)
{
    size_t end = match(words, i, rule->words, true);

    if (!end)
        return false;
    if (rule->not_behind && i > 0 && text_word_is(words, i - 1, rule->not_behind) == 1)
        return false;
    if (rule->not_before && end < words->count &&
        !(words->word[end].gap & (TEXT_GAP_END | TEXT_GAP_BRACKET | TEXT_GAP_COLON)) &&
        text_word_is(words, end, rule->not_before))
        return false;
    *span = (struct text_span){rule->kind, i, end};
    if (rule->value == VALUE_NONE)
        return true;
    if (text_word_is(words, end, TEXT_UNKNOWN))
        return false;
    span->end = place_end(words, end);
    return span->end > end;
}

/* The number of a person at an immigration authority: A123456789. */
static bool find_alien_number(const struct text_words *words, size_t i, enum text_field field,
                              struct text_span *span)
{
    const struct text_word *next = &words->word[i + 1];

    if (!(field & (TEXT_CODES | TEXT_OF_PLACE)) || i + 1 >= words->count ||
        !text_word_is(words, i, "a|anum") || !next->number || next->size < 8 || next->size > 9)
        return false;
    *span = (struct text_span){TEXT_STATUS, i, i + 2};
    return true;
}

static bool find_at(const struct text_words *words, size_t i, enum text_field field,
                    struct text_span *span)
{
    uint64_t bits = bits_of(words->word[i].letter[0]);

    if (text_find_birth_date(words, i, span))
        return true;
    for (size_t r = 0; r < RULES; r++)
        if (first_letters[r] & bits && rules[r].fields & field &&
            try_rule(words, i, &rules[r], span))
            return true;
    return find_alien_number(words, i, field, span) || text_find_name(words, i, field, span);
}

bool text_find(const struct text_words *words, size_t from, enum text_field field,
               struct text_span *span)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, load_first_letters);
    for (size_t i = from; i < words->count; i++)
        if (find_at(words, i, field, span)) {
            if (span->first < from) /* a name that goes back into what was found before */
                span->first = from;
            return true;
        }
    return false;
}
