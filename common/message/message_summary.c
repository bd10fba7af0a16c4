/* What a summary says: how many calls at a school were not told one by one. A digest is one too. */
#include "message_private.h"

#include <string.h>

enum { PARTS_SIZE = 3 * WORDS_SIZE };

/* Adds an entry of the list; false: it has no room, and the list ends before it. */
static bool add_part(const struct words *words, const char *what, int calls, char *list)
{
    struct words one = *words;
    char count[12], entry[WORDS_SIZE];
    size_t used = strlen(list);

    snprintf(count, sizeof count, "%d", calls);
    words_set(&one, "what", what);
    words_set(&one, "n", count);
    words_fill(&one, "message.summary.part", entry, sizeof entry);
    if (used + strlen(entry) + 3 > PARTS_SIZE / 2)
        return false;
    snprintf(list + used, PARTS_SIZE - used, "%s%s", used ? ", " : "", entry);
    return true;
}

/* What has no name of its own is among the others. */
static const char *name_of(const struct notice *n, const struct notice_part *part)
{
    struct facts facts = {.sensitivity = FACTS_SAY_ALL};

    memcpy(facts.class, part->class, sizeof facts.class);
    return strcmp(part->class, "other") == 0 ? catalogue_text(&n->words, "message.summary.rest")
                                             : words_bare(&n->words, &facts);
}

static const char *calls_key(const struct notice *n)
{
    bool one = n->content.now.calls == 1;

    if (n->digest)
        return one ? "message.digest.calls.one" : "message.digest.calls.other";
    return one ? "message.summary.calls.one" : "message.summary.calls.other";
}

void summary_words(const struct notice *n, struct words *words, size_t most, char *calls,
                   char *parts)
{
    char count[12], list[PARTS_SIZE] = "";
    int rest = n->content.now.calls;

    snprintf(count, sizeof count, "%d", n->content.now.calls);
    words_set(words, "n", count);
    words_fill(words, calls_key(n), calls, WORDS_SIZE);
    words_set(words, "n", "");
    words_set(words, "calls", calls);
    for (size_t i = 0; i < n->part_count && i < most; i++)
        if (strcmp(n->parts[i].class, "other") != 0 &&
            add_part(words, name_of(n, &n->parts[i]), n->parts[i].calls, list))
            rest -= n->parts[i].calls;
    if (list[0] && rest > 0)
        add_part(words, catalogue_text(&n->words, "message.summary.rest"), rest, list);
    parts[0] = '\0';
    if (list[0]) {
        words_set(words, "list", list);
        words_fill(words, "message.summary.parts", parts, PARTS_SIZE);
        words_set(words, "list", "");
    }
    words_set(words, "parts", parts);
}

/* By what the summary has become. */
static const char *key_of(const struct notice *n, const char *counts, const char *over,
                          const char *none)
{
    return n->content.now.status == FACTS_OPEN     ? counts
           : n->content.now.status == FACTS_CLOSED ? over
                                                   : none;
}

const char *summary_brief_key(const struct notice *n, bool bare)
{
    if (n->digest)
        return bare ? "message.digest.brief_bare" : "message.digest.brief";
    if (bare)
        return key_of(n, "message.summary.brief_bare", "message.summary.brief_over_bare",
                      "message.summary.brief_none");
    return key_of(n, "message.summary.brief", "message.summary.brief_over",
                  "message.summary.brief_none");
}

void summary_sentences(const struct notice *n, struct words *words, FILE *out)
{
    char calls[WORDS_SIZE], parts[PARTS_SIZE], day[WORDS_SIZE];

    if (n->opened_day[0])
        words_name(words, "day", "message.on_day", day, sizeof day);
    summary_words(n, words, NOTICE_PARTS, calls, parts);
    words_say(words,
              n->digest
                  ? "message.digest"
                  : key_of(n, "message.summary", "message.summary.over", "message.summary.none"),
              out);
    if (!facts_stand(&n->content.now))
        return;
    fputc('\n', out);
    words_say(words, n->digest ? "message.digest.why" : "message.summary.why", out);
}
