/* See text_find.h: the patterns of text_rules.def. */
#include "text_find.h"

#include "text_rules.def"
#include "text_set.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum value { VALUE_NONE, VALUE_PLACE, VALUE_COLON, VALUE_WHOLE };

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

enum { RULES = sizeof rules / sizeof rules[0], MAX_ELEMENTS = 8, PLACE_MAX_WORDS = 8 };

/* ---- The patterns, compiled ---- */

struct element {
    const struct text_set *set;
    bool optional;
};

static struct compiled {
    struct element element[MAX_ELEMENTS];
    size_t count;
    const struct text_set *not_behind, *not_before;
} compiled[RULES];

#define LIST_TEXT(name, words) words,
static const char *const list_texts[] = {TEXT_LIST_ROWS(LIST_TEXT)};
static const struct text_set *lists[TEXT_LISTS];

static const struct text_set *make(const char *words)
{
    return words ? text_set_make(words, strlen(words)) : NULL;
}

static void compile(struct compiled *to, const struct rule *from)
{
    for (const char *at = from->words; *at;) {
        size_t size = strcspn(at, " ");
        bool optional = *at == '[';

        if (to->count == MAX_ELEMENTS)
            abort();
        to->element[to->count++] =
            (struct element){text_set_make(at + optional, size - 2 * optional), optional};
        at += size + (at[size] == ' ');
    }
    to->not_behind = make(from->not_behind);
    to->not_before = make(from->not_before);
}

static void load(void)
{
    for (size_t r = 0; r < RULES; r++)
        compile(&compiled[r], &rules[r]);
    for (size_t i = 0; i < TEXT_LISTS; i++)
        lists[i] = make(list_texts[i]);
}

void text_find_load(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, load);
}

size_t text_word_is(const struct text_words *words, size_t i, enum text_list list)
{
    return text_set_match(lists[list], words, i);
}

/* ---- Matching ---- */

/* Matches a pattern from element e on, at word i. Returns the word behind the match, or 0. */
static size_t match(const struct text_words *words, size_t i, const struct compiled *rule, size_t e)
{
    size_t used, end;

    if (e == rule->count)
        return i;
    if (e > 0 && i < words->count && words->word[i].gap & TEXT_GAP_END)
        return 0;
    used = text_set_match(rule->element[e].set, words, i);
    end = used ? match(words, i + used, rule, e + 1) : 0;
    return end || !rule->element[e].optional ? end : match(words, i, rule, e + 1);
}

/* Returns the end of a place in words: a number, a bracket or the end of a sentence. */
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

/* The value of a status belongs to it: CITIZENSHIP: MEXICO, LEGAL STATUS NONE. So does its number:
 * UNDOC1. */
static size_t status_end(const struct text_words *words, size_t end)
{
    size_t head;

    if (end < words->count && words->word[end].gap == 0 && words->word[end].number)
        end++;
    head = end;

    /* STATUS behind a word that is found by itself: IMMIGRATION STATUS: NONE */
    if (text_word_is(words, end, TEXT_LIST_STATUS_HEADS) == 1 &&
        !(words->word[end].gap & ~TEXT_GAP_SPACE))
        end++;
    if (end >= words->count || !text_word_is(words, end - 1, TEXT_LIST_STATUS_HEADS))
        return head;
    if (words->word[end].gap & TEXT_GAP_COLON)
        return place_end(words, end);
    while (end < words->count && !(words->word[end].gap & (TEXT_GAP_END | TEXT_GAP_BRACKET))) {
        size_t used = text_word_is(words, end, TEXT_LIST_STATUS_VALUES);

        if (!used)
            break;
        head = end += used;
    }
    return head;
}

static bool try_rule(const struct text_words *words, size_t i, size_t r, struct text_span *span)
{
    const struct compiled *rule = &compiled[r];
    size_t end = match(words, i, rule, 0);

    if (!end)
        return false;
    if (rule->not_behind && i > 0 && text_set_match(rule->not_behind, words, i - 1) == 1)
        return false;
    if (rule->not_before && end < words->count &&
        !(words->word[end].gap & (TEXT_GAP_END | TEXT_GAP_BRACKET | TEXT_GAP_COLON)) &&
        text_set_match(rule->not_before, words, end))
        return false;
    *span = (struct text_span){rules[r].kind, i, end};
    if (rules[r].value == VALUE_NONE) {
        span->end = status_end(words, end);
        return true;
    }
    if (rules[r].value == VALUE_WHOLE)
        return i == 0 && end == words->count;
    if (rules[r].value == VALUE_COLON &&
        (end >= words->count || !(words->word[end].gap & TEXT_GAP_COLON)))
        return false;
    if (text_word_is(words, end, TEXT_LIST_UNKNOWN))
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
        !text_word_is(words, i, TEXT_LIST_ALIEN_NUMBER) ||
        (i > 0 && next->gap & TEXT_GAP_SPACE && text_word_is(words, i - 1, TEXT_LIST_APARTMENT)) ||
        !next->number || next->size < 8 || next->size > 9)
        return false;
    *span = (struct text_span){TEXT_STATUS, i, i + 2};
    return true;
}

static bool find_at(const struct text_words *words, size_t i, enum text_field field,
                    struct text_span *span)
{
    if (text_find_birth_date(words, i, span))
        return true;
    for (size_t r = 0; r < RULES; r++)
        if (rules[r].fields & field &&
            text_set_may_begin(compiled[r].element[0].set, words->word[i].letter[0]) &&
            try_rule(words, i, r, span))
            return true;
    return find_alien_number(words, i, field, span) || text_find_name(words, i, field, span);
}

bool text_find(const struct text_words *words, size_t from, enum text_field field,
               struct text_span *span)
{
    text_find_load();
    for (size_t i = from; i < words->count; i++)
        if (find_at(words, i, field, span)) {
            if (span->first < from) /* a name before the fact reaches into the previous one */
                span->first = from;
            return true;
        }
    return false;
}
