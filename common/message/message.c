/* What a message says in sentences, and the subject of a letter. */
#include "message.h"

#include "message_private.h"

#include <stdlib.h>
#include <string.h>

static const char *const kind_names[MESSAGE_KINDS] = {
    [MESSAGE_FIRST] = "first",         [MESSAGE_UPDATE] = "update",
    [MESSAGE_CLOSED] = "closed",       [MESSAGE_CORRECTION] = "correction",
    [MESSAGE_WITHDRAWN] = "withdrawn",
};

/* The codes of message.correction: what the call is, in the message that takes it back. */
static const char *const corrections[FACTS_STATUSES] = {
    [FACTS_CANCELLED] = "cancelled",
    [FACTS_ELSEWHERE] = "elsewhere",
    [FACTS_MERGED] = "merged",
    [FACTS_ERROR] = "error",
};

const char *message_kind_name(enum message_kind kind)
{
    return kind_names[kind];
}

enum message_kind message_kind_of(const char *name)
{
    for (int i = 0; i < MESSAGE_KINDS; i++)
        if (strcmp(kind_names[i], name) == 0)
            return (enum message_kind)i;
    return MESSAGE_UPDATE;
}

enum message_kind message_kind_between(const struct facts *was, const struct facts *now)
{
    if (was->status == FACTS_WITHDRAWN)
        return MESSAGE_FIRST;
    if (!facts_stand(now))
        return MESSAGE_CORRECTION;
    return now->status == FACTS_CLOSED && was->status != FACTS_CLOSED ? MESSAGE_CLOSED
                                                                      : MESSAGE_UPDATE;
}

unsigned message_changes(const struct notice *n)
{
    return n->content.has_was ? facts_changed(&n->content.was, &n->content.now) | n->missed : ~0u;
}

bool message_is_late(const struct notice *n)
{
    return n->kind == MESSAGE_FIRST && !n->replay && !n->drill &&
           n->content.late_s >= MESSAGE_LATE_FROM_S;
}

bool message_is_worse(const struct notice *n)
{
    return n->asks_again && n->kind != MESSAGE_CORRECTION && n->kind != MESSAGE_WITHDRAWN &&
           facts_stand(&n->content.now);
}

/* It is what it was, in words. */
static bool is_same(const struct notice *n, const struct facts *was)
{
    return strcmp(words_what(&n->words, was), words_what(&n->words, &n->content.now)) == 0;
}

bool message_is_reopened(const struct notice *n)
{
    const struct content *c = &n->content;

    if (!c->has_was || c->now.status != FACTS_OPEN)
        return false;
    return c->was.status != FACTS_OPEN || (message_is_worse(n) && n->reopened);
}

bool message_is_raised(const struct notice *n)
{
    return message_is_worse(n) && !message_is_reopened(n) && is_same(n, &n->content.was);
}

/* What the reader was told first, as far as it may still be said: so is the subject. */
static struct facts first_facts(const struct notice *n)
{
    struct facts first = n->content.first;

    if (n->content.now.sensitivity != FACTS_SAY_ALL)
        first.sensitivity = n->content.now.sensitivity;
    return first;
}

bool message_asks(const struct notice *n)
{
    return n->link[0] && n->content.now.status == FACTS_OPEN && !n->content.now.held &&
           n->kind != MESSAGE_WITHDRAWN;
}

bool message_is_handed_on(const struct notice *n)
{
    return n->content.now.handed == 0 && n->handed_to && n->handed_to[0];
}

bool message_has_news(const struct notice *n, bool brief)
{
    const struct facts *now = &n->content.now;
    unsigned changed = message_changes(n);

    if (n->kind == MESSAGE_WITHDRAWN || message_is_worse(n))
        return true;
    if (n->kind == MESSAGE_FIRST)
        return facts_stand(now);
    if (n->content.has_was && (changed & CHANGED_CALLS || (changed & CHANGED_STATUS && now->calls)))
        return true;
    if (brief && now->status == FACTS_CLOSED)
        return false;
    if (brief &&
        !(changed & (CHANGED_STATUS | CHANGED_RELATION | CHANGED_FOLDED | CHANGED_UNFOLDED |
                     CHANGED_HELD | CHANGED_HANDED)) &&
        is_same(n, &n->content.was))
        return false; /* all that is new is an address, or a type of the same words */
    return changed != 0;
}

const char *message_mark(const struct notice *n)
{
    return n->drill    ? catalogue_text(&n->words, "message.mark.drill")
           : n->replay ? catalogue_text(&n->words, "message.mark.replay")
                       : "";
}

const char *message_correction(const struct notice *n)
{
    const char *code = corrections[n->content.now.status];

    return catalogue_code(&n->words, "message.correction", code ? code : "stands");
}

const char *message_closed_key(const struct notice *n, const char *with, const char *without)
{
    return n->closed_time[0] ? with : without;
}

const char *message_agencies_key(const struct notice *n, const char *there, const char *only,
                                 const char *ended)
{
    unsigned changed = message_changes(n);
    bool named = n->also && n->also[0];

    if (n->content.has_was && changed & CHANGED_UNFOLDED)
        return named ? only : ended;
    return changed & CHANGED_FOLDED && named ? there : NULL;
}

char *message_subject(const struct notice *n)
{
    struct facts said = first_facts(n);
    struct words words;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    words_open(&words, n);
    words_set(&words, "what", words_what(&n->words, &said));
    if (message_mark(n)[0])
        fprintf(out, "%s ", message_mark(n));
    words_say(&words,
              n->kind == MESSAGE_WITHDRAWN ? "message.subject.withdrawn"
              : n->digest                  ? "message.digest.subject"
              : n->summary                 ? "message.summary.subject"
                                           : "message.subject",
              out);
    return fclose(out) == 0 ? text : NULL;
}

/* Sentences -------------------------------------------------------------------------------------*/

/* The text of a key as one more sentence, on a line of its own. */
static void add_sentence(const struct words *words, const char *key, FILE *out)
{
    if (ftell(out) > 0)
        fputc('\n', out);
    words_say(words, key, out);
}

/* Who has it, if that is new; in words, for an e-mail alone. */
static void sentences_holders(const struct notice *n, const struct words *words, FILE *out)
{
    const struct facts *now = &n->content.now;
    unsigned changed = message_changes(n);

    if (now->status != FACTS_OPEN)
        return;
    if (changed & CHANGED_HANDED && now->handed != 0)
        add_sentence(words, n->handed_back ? "message.handed_back" : "message.handed", out);
    if (!(changed & (CHANGED_HOLDERS | CHANGED_HELD)) && !n->holders_unsure)
        return;
    if (now->holders[0])
        add_sentence(words, n->several ? "message.holders.several" : "message.holders.single", out);
    else if ((n->holders_unsure || (n->content.has_was && n->content.was.holders[0])) &&
             !message_is_worse(n) && !message_is_handed_on(n) &&
             !(changed & CHANGED_HANDED && now->handed != 0))
        add_sentence(words, "message.holders.none", out);
    if (message_is_handed_on(n))
        add_sentence(words, "message.holders.handed", out);
    if (now->holders[0] && !now->held)
        add_sentence(words, "message.holders.more", out);
}

/* Which other agencies are there, if that changed. */
static void sentences_agencies(const struct notice *n, const struct words *words, FILE *out)
{
    const char *key = message_agencies_key(n, "message.update.also", "message.update.also_only",
                                           "message.update.also_ended");

    if (key)
        add_sentence(words, key, out);
}

static void sentences_first(const struct notice *n, struct words *words, FILE *out)
{
    const struct facts *now = &n->content.now;
    char late[WORDS_SIZE], day[WORDS_SIZE], closed[WORDS_SIZE];

    words_set(words, "late", "");
    if (message_is_late(n))
        words_name(words, "late", "message.first.late", late, sizeof late);
    if (n->opened_day[0])
        words_name(words, "day", message_is_worse(n) ? "message.on_day" : "message.first.day", day,
                   sizeof day);
    if (now->status == FACTS_CLOSED)
        words_name(words, "closed",
                   message_closed_key(n, "message.first.closed_at", "message.first.closed"), closed,
                   sizeof closed);
    else
        words_set(words, "closed", "");
    add_sentence(words, message_is_worse(n) ? "message.worse" : "message.first", out);
    if (message_is_worse(n))
        add_sentence(
            words, message_is_reopened(n) ? "message.worse.reopened" : "message.worse.again", out);
    if (now->status == FACTS_OPEN && words->units[0])
        add_sentence(words, "message.first.units", out);
    sentences_agencies(n, words, out);
    if (words_uncertain(now))
        add_sentence(words, "message.first.uncertain", out);
    sentences_holders(n, words, out);
    if (n->told_before && n->kind == MESSAGE_FIRST && !n->asks_again && !now->holders[0] &&
        now->handed == 0)
        add_sentence(words, "message.first.unanswered", out);
}

/* What an open call is, is said anew: it may have changed with an end that named nothing. */
static const char *status_key(const struct notice *n, unsigned changed)
{
    if (n->content.now.status == FACTS_CLOSED)
        return message_closed_key(n, "message.update.closed_at", "message.update.closed");
    return changed & CHANGED_TYPE ? "message.update.open" : "message.update.open_what";
}

static void sentences_update(const struct notice *n, const struct words *words, FILE *out)
{
    const struct content *c = &n->content;
    unsigned changed = message_changes(n);
    struct facts first = first_facts(n);
    bool same = is_same(n, &c->was);
    bool names = changed & CHANGED_TYPE || message_is_reopened(n);

    if (!names && !is_same(n, &first)) /* the subject names something else */
        add_sentence(words, "message.update.what", out);
    if (changed & CHANGED_STATUS)
        add_sentence(words, status_key(n, changed), out);
    if (changed & CHANGED_TYPE)
        add_sentence(words, same ? "message.update.subtype" : "message.update.type", out);
    sentences_agencies(n, words, out);
    bool said = message_is_reopened(n) && !(changed & CHANGED_TYPE); /* the relation */
    if (changed & CHANGED_RELATION && !said)
        add_sentence(words, "message.update.relation", out);
    else if (changed & CHANGED_PLACE)
        add_sentence(words, "message.update.place", out);
    sentences_holders(n, words, out);
}

char *message_sentences(const struct notice *n)
{
    char day[WORDS_SIZE];
    struct words words;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    words_open(&words, n);
    words_set(&words, "correction", message_correction(n));
    if (n->kind == MESSAGE_CORRECTION && !n->summary && n->opened_day[0])
        words_name(&words, "day", "message.on_day", day, sizeof day);
    if (n->drill && n->opened_day[0])
        words_name(&words, "day", "message.first.day", day, sizeof day);
    if (n->kind == MESSAGE_WITHDRAWN)
        add_sentence(&words, "message.withdrawn", out);
    else if (n->drill)
        add_sentence(&words, "message.drill", out);
    else if (n->summary)
        summary_sentences(n, &words, out);
    else if (n->kind == MESSAGE_CORRECTION)
        add_sentence(&words, "message.correction", out);
    else if (n->kind == MESSAGE_FIRST || message_is_worse(n))
        sentences_first(n, &words, out);
    else
        sentences_update(n, &words, out);
    return fclose(out) == 0 ? text : NULL;
}

char *message_headline(const struct notice *n)
{
    char *text = message_sentences(n);

    for (char *c = text; c && *c; c++)
        if (*c == '\n')
            *c = ' ';
    return text;
}
