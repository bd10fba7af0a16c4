/* The brief texts. Each is a head, which may be cut, and a tail with link and sender, which is not.
 */
#include "message_private.h"
#include "utf8.h"

#include <stdlib.h>
#include <string.h>

/* What a text may say, the most important first. */
enum {
    SAY_ASK = 1,        /* that it asks for an answer */
    SAY_WORDS = 2,      /* where, when it ended, and what is hard to read in fewer words */
    SAY_DAY = 4,        /* unless it says how late it is */
    SAY_NOBODY = 8,     /* that nobody has it of those who were told before */
    SAY_NAME = 16,      /* as what the reader knows the call */
    SAY_CLASSES = 32,   /* two classes of a summary; */
    SAY_FULL = 64,      /* that more are asked, what it was, how late in words */
    SAY_LATE_DAY = 128, /* the day, if it says how late it is */
    SAY_MORE = 256,     /* one more class */
    SAY_UNITS = 512,
    SAY_REPLY = 1024, /* that one may reply OK */
    SAY_END = 2048,
    SAY_ALL = SAY_END - 1,
    SAY_LEAST = SAY_ASK | SAY_WORDS | SAY_DAY,
    SAY_MUCH = SAY_LEAST | SAY_NOBODY
};

enum { SCHOOL_MOST = 320, SCHOOL_MUCH = 30, SCHOOL_SOME = 12, SCHOOL_LEAST = 6 };

/* The parts of a head that are there or not. */
struct parts {
    char where[WORDS_SIZE], day[WORDS_SIZE], state[WORDS_SIZE], late[WORDS_SIZE], again[WORDS_SIZE];
    char news[3 * WORDS_SIZE];
    char calls[WORDS_SIZE], classes[3 * WORDS_SIZE]; /* of a summary */
};

/* A part that has room is a value like the others; one that has none is "". */
static void part(struct words *words, const char *name, const char *key, char *out)
{
    out[0] = '\0';
    if (key)
        words_fill(words, key, out, WORDS_SIZE);
    words_set(words, name, out);
}

static const char *where_key(const struct notice *n, unsigned says)
{
    const struct facts *now = &n->content.now;

    if (words_uncertain(now)) /* never left out */
        return says & SAY_WORDS ? "message.brief.uncertain" : "message.brief.uncertain_bare";
    return says & SAY_WORDS && strcmp(now->relation, "at") != 0 ? "message.brief.where" : NULL;
}

static const char *state_key(const struct notice *n, const struct words *words, unsigned says)
{
    if (n->content.now.status == FACTS_CLOSED)
        return says & SAY_WORDS
                   ? message_closed_key(n, "message.brief.closed_at", "message.brief.closed")
                   : "message.brief.closed";
    if (message_is_worse(n) && message_is_reopened(n))
        return "message.brief.reopened";
    if (message_is_raised(n))
        return "message.brief.urgent";
    if (n->content.now.status == FACTS_OPEN && message_changes(n) & CHANGED_HANDED &&
        n->content.now.handed != 0 && !n->handed_back)
        return "message.brief.handed";
    if (n->content.now.status == FACTS_OPEN && n->content.now.held)
        return "message.brief.held";
    if (n->content.now.status == FACTS_OPEN && n->content.now.holders[0] && !message_is_worse(n))
        return says & SAY_FULL ? "message.brief.more" : NULL;
    if (n->content.now.status == FACTS_OPEN && n->holders_unsure && !message_is_worse(n))
        return "message.brief.not_held";
    return says & SAY_UNITS && words->units[0] ? "message.brief.units" : NULL;
}

static const char *day_key(const struct notice *n, unsigned says)
{
    unsigned day = message_is_late(n) ? SAY_LATE_DAY : SAY_DAY;

    return n->opened_day[0] && says & day ? "message.brief.day" : NULL;
}

/* What the reader knows the call as, to tell it from others of the same minute: as the reader was
 * told last, and may still hear it. "call" where the text says that anyway, or has no room. */
static const char *call_name(const struct notice *n, unsigned says)
{
    const struct content *c = &n->content;
    struct facts told = c->has_was ? c->was : c->first;

    if (c->now.sensitivity != FACTS_SAY_ALL)
        told.sensitivity = c->now.sensitivity;
    const char *name = words_bare(&n->words, &told);
    bool same = strcmp(name, words_bare(&n->words, &c->now)) == 0;
    bool said = message_is_worse(n) || message_is_reopened(n)
                    ? same
                    : n->kind != MESSAGE_CORRECTION && message_changes(n) & CHANGED_TYPE;

    const char *call = catalogue_text(&n->words, "message.brief.call");
    return said || (!(says & SAY_NAME) && strlen(name) > strlen(call)) ? call : name;
}

static const char *head_first(const struct notice *n, struct words *words, unsigned says,
                              struct parts *parts)
{
    bool late = message_is_late(n);
    bool again = n->told_before && !n->asks_again && says & SAY_NOBODY &&
                 !n->content.now.holders[0] && n->content.now.handed == 0;

    part(words, "where", where_key(n, says), parts->where);
    part(words, "state", state_key(n, words, says), parts->state);
    part(words, "day", day_key(n, says), parts->day);
    part(words, "late",
         !late             ? NULL
         : says & SAY_FULL ? "message.brief.late"
                           : "message.brief.late_bare",
         parts->late);
    part(words, "again", again ? "message.brief.again" : NULL, parts->again);
    if (!message_is_worse(n))
        return "message.brief.first";
    return says & SAY_WORDS ? "message.brief.worse" : "message.brief.worse_bare";
}

static void add_news(const struct words *words, const char *key, struct parts *parts)
{
    char news[WORDS_SIZE];
    size_t used = strlen(parts->news);

    snprintf(parts->news + used, sizeof parts->news - used, "%s%s", used ? ", " : "",
             words_fill(words, key, news, sizeof news));
}

/* What an open call is, is said anew: it may have changed with an end that named nothing. */
static const char *status_news(const struct notice *n, unsigned changed)
{
    if (n->content.now.status == FACTS_CLOSED)
        return "message.news.closed";
    return changed & CHANGED_TYPE ? "message.news.open" : "message.news.open_what";
}

static const char *head_update(const struct notice *n, struct words *words, unsigned says,
                               struct parts *parts)
{
    unsigned changed = message_changes(n);
    const char *agencies = message_agencies_key(n, "message.news.also", "message.news.also_only",
                                                "message.news.also_ended");

    parts->news[0] = '\0';
    part(words, "where", changed & CHANGED_RELATION ? NULL : where_key(n, says), parts->where);
    if (changed & CHANGED_TYPE)
        add_news(words, says & SAY_FULL ? "message.news.type" : "message.news.type_bare", parts);
    if (changed & CHANGED_STATUS)
        add_news(words, status_news(n, changed), parts);
    if (agencies)
        add_news(words, agencies, parts);
    if (changed & CHANGED_RELATION && (says & SAY_WORDS || !parts->news[0]))
        add_news(words, "message.news.relation", parts);
    if (n->content.now.status == FACTS_OPEN && changed & CHANGED_HANDED)
        add_news(words, n->handed_back ? "message.news.handed_back" : "message.news.handed", parts);
    if (n->content.now.status == FACTS_OPEN && (changed & CHANGED_HELD || n->holders_unsure))
        add_news(words,
                 n->content.now.held || (n->content.now.holders[0] && !(says & SAY_FULL))
                     ? "message.news.held"
                 : n->content.now.holders[0]                  ? "message.news.more"
                 : message_is_handed_on(n) && says & SAY_FULL ? "message.news.handed_on"
                                                              : "message.news.not_held",
                 parts);
    if (says & SAY_UNITS && words->units[0])
        add_news(words, "message.news.units", parts);
    words_set(words, "news", parts->news);
    part(words, "day", day_key(n, says), parts->day);
    return says & SAY_WORDS ? "message.brief.update" : "message.brief.update_bare";
}

static const char *head_key(const struct notice *n, struct words *words, unsigned says,
                            struct parts *parts)
{
    if (n->kind == MESSAGE_WITHDRAWN)
        return "message.brief.withdrawn";
    if (n->summary) {
        part(words, "day", day_key(n, says), parts->day);
        summary_words(n, words,
                      says & SAY_MORE      ? 3
                      : says & SAY_CLASSES ? 2
                                           : 0,
                      parts->calls, parts->classes);
        return summary_brief_key(n, !(says & SAY_WORDS));
    }
    if (n->kind == MESSAGE_CORRECTION || n->drill) {
        part(words, "day", day_key(n, says), parts->day);
        return n->drill ? "message.brief.drill" : "message.brief.correction";
    }
    return n->kind == MESSAGE_FIRST || message_is_worse(n) ? head_first(n, words, says, parts)
                                                           : head_update(n, words, says, parts);
}

/* An update asks whom it is handed to, and everybody once nobody has it any more. */
static bool asks_reader(const struct notice *n)
{
    const struct facts *now = &n->content.now;
    unsigned changed = message_changes(n);

    if (!message_asks(n))
        return false;
    if (n->kind == MESSAGE_FIRST || message_is_worse(n) || n->summary)
        return true;
    return (changed & CHANGED_HANDED && now->handed != 0) ||
           ((changed & CHANGED_HELD || n->holders_unsure) && !now->holders[0] &&
            !message_is_handed_on(n));
}

static const char *tail_key(const struct notice *n, unsigned says)
{
    if (!n->link[0] || !facts_stand(&n->content.now) || n->kind == MESSAGE_WITHDRAWN ||
        n->kind == MESSAGE_CORRECTION)
        return "message.brief.end";
    if (!(says & SAY_ASK) || !asks_reader(n))
        return "message.brief.link";
    return n->answers && says & SAY_REPLY ? "message.brief.ask_reply" : "message.brief.ask";
}

/* The two parts of the text, not yet in any alphabet. */
static void write_head(const struct notice *n, const char *school, unsigned says, char *out)
{
    struct words words;
    struct parts parts;
    const char *mark = message_mark(n);
    size_t used = (size_t)snprintf(out, MESSAGE_BRIEF_SIZE, "%s%s", mark, mark[0] ? " " : "");

    words_open(&words, n);
    words_set(&words, "school", school);
    words_set(&words, "correction", message_correction(n));
    words_set(&words, "call", call_name(n, says));
    if (!(says & SAY_WORDS))
        words_set(&words, "what", words_bare(&n->words, &n->content.now));
    const char *key = head_key(n, &words, says, &parts);
    words_fill(&words, key, out + used, MESSAGE_BRIEF_SIZE - used);
}

static void write_tail(const struct notice *n, unsigned says, char *out)
{
    struct words words;

    words_open(&words, n);
    words_fill(&words, tail_key(n, says), out, MESSAGE_BRIEF_SIZE);
}

/* What is being written, in the alphabet of the form. */
struct draft {
    struct notice notice;
    const struct brief_form *form;
    char *out;
    bool cut; /* of the head, not only of the school's name */
    char school[SCHOOL_MOST];
    char head[MESSAGE_BRIEF_SIZE], tail[MESSAGE_BRIEF_SIZE];
};

/* The size of the text in out, as it is now. A head that is longer than any text may be is cut to
 * that first: with its tail it is still too long, and has room. */
static int join(struct draft *draft)
{
    size_t tail = strlen(draft->tail);

    if (strlen(draft->head) + tail >= MESSAGE_BRIEF_SIZE)
        draft->form->shorten(draft->head, draft->form->most);
    size_t head = strlen(draft->head);
    if (head + tail >= MESSAGE_BRIEF_SIZE)
        return draft->form->most + 1;
    memcpy(draft->out, draft->head, head);
    memcpy(draft->out + head, draft->tail, tail + 1);
    return draft->form->measure(draft->out);
}

/* With what is to be said. */
static int try(struct draft *draft, unsigned says)
{
    char text[MESSAGE_BRIEF_SIZE];

    write_head(&draft->notice, draft->school, says, text);
    draft->form->spell(text, draft->head, sizeof draft->head);
    write_tail(&draft->notice, says, text);
    draft->form->spell(text, draft->tail, sizeof draft->tail);
    return join(draft);
}

static const char *school_of(const struct notice *n)
{
    return n->school[0] ? n->school : catalogue_text(&n->words, "message.none.school");
}

/* A name of which the form's alphabet has no letter says nothing. */
static void spell_school(struct draft *draft)
{
    const struct brief_form *form = draft->form;
    const struct notice *n = &draft->notice;

    form->spell(school_of(n), draft->school, sizeof draft->school);
    if (!utf8_has_letter(draft->school, strlen(draft->school)))
        form->spell(catalogue_text(&n->words, "message.none.school"), draft->school,
                    sizeof draft->school);
}

/* Whatever is over goes from the school's name, as long as so much of it is left. */
static int try_shortened(struct draft *draft, unsigned says, int school)
{
    const struct brief_form *form = draft->form;

    spell_school(draft);
    int over = try(draft, says) - form->most;
    if (over <= 0)
        return over + form->most;
    int left = form->measure(draft->school) - over;
    form->shorten(draft->school, left < school ? school : left);
    return try(draft, says);
}

/* Adds what still has room, the most important first. */
static int add(struct draft *draft, unsigned says)
{
    for (unsigned more = 1; more < SAY_END; more <<= 1)
        if (!(says & more) && try(draft, says | more) <= draft->form->most)
            says |= more;
    return try(draft, says);
}

/* Of a text that is too long, as much as has room. What is too long even so is cut at the end of
 * its head. */
static int squeeze(struct draft *draft)
{
    static const struct {
        unsigned says;
        int school; /* so much of its name stays at least */
    } forms[] = {{SAY_MUCH, SCHOOL_MUCH},
                 {SAY_LEAST, SCHOOL_SOME},
                 {SAY_ASK | SAY_DAY, SCHOOL_LEAST},
                 {SAY_ASK, SCHOOL_LEAST},
                 {0, SCHOOL_LEAST}};
    const struct brief_form *form = draft->form;

    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (try_shortened(draft, forms[i].says, forms[i].school) <= form->most)
            return add(draft, forms[i].says);
    int rest = form->most - form->measure(draft->tail);
    form->shorten(draft->head, rest > 1 ? rest - 1 : 0);
    if (draft->head[0])
        memcpy(draft->head + strlen(draft->head), ".", 2);
    draft->cut = true;
    return join(draft);
}

/* The form's alphabet can write the whole text. */
static bool can_write(const struct notice *n, const struct brief_form *form)
{
    char text[MESSAGE_BRIEF_SIZE];

    if (!form->other || !form->spells)
        return true;
    write_head(n, school_of(n), SAY_ALL, text);
    bool can = form->spells(text);
    write_tail(n, SAY_ALL, text);
    return can && form->spells(text);
}

static int write_brief(const struct notice *notice, const struct brief_form *form,
                       struct draft *draft)
{
    struct notice *n = &draft->notice;

    *n = *notice;
    if (strlen(n->link) > form->link_most)
        n->link = "";
    draft->form = form = can_write(n, form) ? form : form->other;
    spell_school(draft);
    int size = try(draft, SAY_ALL);
    return size <= form->most ? size : squeeze(draft);
}

int message_brief(const struct notice *notice, const struct brief_form *form, char *out)
{
    struct draft draft = {.out = out};

    return write_brief(notice, form, &draft);
}

bool message_brief_is_cut(const struct notice *notice, const struct brief_form *form)
{
    char out[MESSAGE_BRIEF_SIZE];
    struct draft draft = {.out = out};

    write_brief(notice, form, &draft);
    return draft.cut;
}
