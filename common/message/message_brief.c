/* The brief texts. Each is a head, which may be cut, and a tail with link and sender, which is not.
 */
#include "message_private.h"
#include "utf8.h"

#include <stdlib.h>
#include <string.h>

/* What may be left out to keep a text short, in the order in which it goes. */
enum room { ROOM_ALL, ROOM_NO_REPLY, ROOM_NO_UNITS, ROOM_TERSE, ROOM_LEAST, ROOM_BARE };

enum { SCHOOL_MOST = 320, SCHOOL_LEAST = 6 };

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

static const char *where_key(const struct notice *n, enum room room)
{
    const struct facts *now = &n->content.now;

    if (words_uncertain(now)) /* never left out */
        return room < ROOM_BARE ? "message.brief.uncertain" : "message.brief.uncertain_bare";
    return room < ROOM_BARE && strcmp(now->relation, "at") != 0 ? "message.brief.where" : NULL;
}

static const char *state_key(const struct notice *n, const struct words *words, enum room room)
{
    if (n->content.now.status == FACTS_CLOSED && room < ROOM_BARE)
        return message_closed_key(n, "message.brief.closed_at", "message.brief.closed");
    if (message_is_worse(n) && message_is_reopened(n) && room < ROOM_BARE)
        return "message.brief.reopened";
    if (n->content.now.status == FACTS_OPEN && message_changes(n) & CHANGED_HANDED &&
        n->content.now.handed != 0 && !n->handed_back)
        return "message.brief.handed";
    if (n->content.now.status == FACTS_OPEN && n->content.now.held)
        return "message.brief.held";
    if (n->content.now.status == FACTS_OPEN && n->content.now.holders[0] && !message_is_worse(n))
        return room < ROOM_TERSE ? "message.brief.more" : NULL;
    if (n->content.now.status == FACTS_OPEN && n->holders_unsure && !message_is_worse(n))
        return "message.brief.not_held";
    return room < ROOM_NO_UNITS && words->units[0] ? "message.brief.units" : NULL;
}

static const char *day_key(const struct notice *n, enum room room)
{
    bool spared = room >= ROOM_BARE || (room == ROOM_LEAST && message_is_late(n));

    return n->opened_day[0] && !spared ? "message.brief.day" : NULL;
}

/* What the reader knows the call as, to tell it from others of the same minute: as the reader was
 * told last, and may still hear it. "call" where the text says that anyway, or has no room. */
static const char *call_name(const struct notice *n, enum room room)
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

    return said || room >= ROOM_LEAST ? catalogue_text(&n->words, "message.brief.call") : name;
}

static const char *head_first(const struct notice *n, struct words *words, enum room room,
                              struct parts *parts)
{
    bool late = message_is_late(n);
    bool again = n->told_before && !n->asks_again && room < ROOM_TERSE &&
                 !n->content.now.holders[0] && n->content.now.handed == 0;

    part(words, "where", where_key(n, room), parts->where);
    part(words, "state", state_key(n, words, room), parts->state);
    part(words, "day", day_key(n, room), parts->day);
    part(words, "late",
         !late               ? NULL
         : room < ROOM_TERSE ? "message.brief.late"
                             : "message.brief.late_bare",
         parts->late);
    part(words, "again", again ? "message.brief.again" : NULL, parts->again);
    if (!message_is_worse(n))
        return "message.brief.first";
    return room < ROOM_BARE ? "message.brief.worse" : "message.brief.worse_bare";
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

static const char *head_update(const struct notice *n, struct words *words, enum room room,
                               struct parts *parts)
{
    unsigned changed = message_changes(n);
    const char *agencies = message_agencies_key(n, "message.news.also", "message.news.also_only",
                                                "message.news.also_ended");

    parts->news[0] = '\0';
    part(words, "where", changed & CHANGED_RELATION ? NULL : where_key(n, room), parts->where);
    if (changed & CHANGED_TYPE)
        add_news(words, room < ROOM_TERSE ? "message.news.type" : "message.news.type_bare", parts);
    if (changed & CHANGED_STATUS)
        add_news(words, status_news(n, changed), parts);
    if (agencies)
        add_news(words, agencies, parts);
    if (changed & CHANGED_RELATION && (room < ROOM_BARE || !parts->news[0]))
        add_news(words, "message.news.relation", parts);
    if (n->content.now.status == FACTS_OPEN && changed & CHANGED_HANDED)
        add_news(words, n->handed_back ? "message.news.handed_back" : "message.news.handed", parts);
    if (n->content.now.status == FACTS_OPEN && (changed & CHANGED_HELD || n->holders_unsure))
        add_news(words,
                 n->content.now.held || (n->content.now.holders[0] && room >= ROOM_TERSE)
                     ? "message.news.held"
                 : n->content.now.holders[0]                    ? "message.news.more"
                 : message_is_handed_on(n) && room < ROOM_TERSE ? "message.news.handed_on"
                                                                : "message.news.not_held",
                 parts);
    if (room < ROOM_NO_UNITS && words->units[0])
        add_news(words, "message.news.units", parts);
    words_set(words, "news", parts->news);
    part(words, "day", day_key(n, room), parts->day);
    return room < ROOM_BARE ? "message.brief.update" : "message.brief.update_bare";
}

static const char *head_key(const struct notice *n, struct words *words, enum room room,
                            struct parts *parts)
{
    if (n->kind == MESSAGE_WITHDRAWN)
        return "message.brief.withdrawn";
    if (n->summary) {
        part(words, "day", day_key(n, room), parts->day);
        summary_words(n, words,
                      room < ROOM_TERSE   ? 3
                      : room < ROOM_LEAST ? 2
                                          : 0,
                      parts->calls, parts->classes);
        return summary_brief_key(n, room == ROOM_BARE);
    }
    if (n->kind == MESSAGE_CORRECTION || n->drill) {
        part(words, "day", day_key(n, room), parts->day);
        return n->drill ? "message.brief.drill" : "message.brief.correction";
    }
    return n->kind == MESSAGE_FIRST || message_is_worse(n) ? head_first(n, words, room, parts)
                                                           : head_update(n, words, room, parts);
}

static const char *tail_key(const struct notice *n, enum room room)
{
    if (!n->link[0] || !facts_stand(&n->content.now) || n->kind == MESSAGE_WITHDRAWN ||
        n->kind == MESSAGE_CORRECTION)
        return "message.brief.end";
    if (room >= ROOM_TERSE || !message_asks(n) ||
        !(n->kind == MESSAGE_FIRST || message_is_worse(n) || n->summary))
        return "message.brief.link";
    return n->answers && room == ROOM_ALL ? "message.brief.ask_reply" : "message.brief.ask";
}

/* The two parts of the text, not yet in any alphabet. */
static void write_head(const struct notice *n, const char *school, enum room room, char *out)
{
    struct words words;
    struct parts parts;
    const char *mark = message_mark(n);
    size_t used = (size_t)snprintf(out, MESSAGE_BRIEF_SIZE, "%s%s", mark, mark[0] ? " " : "");

    words_open(&words, n);
    words_set(&words, "school", school);
    words_set(&words, "correction", message_correction(n));
    words_set(&words, "call", call_name(n, room));
    if (room == ROOM_BARE)
        words_set(&words, "what", words_bare(&n->words, &n->content.now));
    const char *key = head_key(n, &words, room, &parts);
    words_fill(&words, key, out + used, MESSAGE_BRIEF_SIZE - used);
}

static void write_tail(const struct notice *n, enum room room, char *out)
{
    struct words words;

    words_open(&words, n);
    words_fill(&words, tail_key(n, room), out, MESSAGE_BRIEF_SIZE);
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

/* With as much as that room holds. */
static int try(struct draft *draft, enum room room)
{
    char text[MESSAGE_BRIEF_SIZE];

    write_head(&draft->notice, draft->school, room, text);
    draft->form->spell(text, draft->head, sizeof draft->head);
    write_tail(&draft->notice, room, text);
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

/* Whatever is over goes from the school's name, as long as some of it is left. */
static int try_shortened(struct draft *draft, enum room room)
{
    const struct brief_form *form = draft->form;

    spell_school(draft);
    int over = try(draft, room) - form->most;
    int left = form->measure(draft->school) - (over > 0 ? over : 0);
    form->shorten(draft->school, left < SCHOOL_LEAST ? SCHOOL_LEAST : left);
    return try(draft, room);
}

/* What no room is enough for is cut at the end of its head. */
static int squeeze(struct draft *draft)
{
    const struct brief_form *form = draft->form;
    int size = 0;

    for (enum room room = ROOM_LEAST; room <= ROOM_BARE; room++)
        if ((size = try_shortened(draft, room)) <= form->most)
            return size;
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
    write_head(n, school_of(n), ROOM_ALL, text);
    bool can = form->spells(text);
    write_tail(n, ROOM_ALL, text);
    return can && form->spells(text);
}

static int write_brief(const struct notice *notice, const struct brief_form *form,
                       struct draft *draft)
{
    struct notice *n = &draft->notice;
    int size = 0;

    *n = *notice;
    if (strlen(n->link) > form->link_most)
        n->link = "";
    draft->form = form = can_write(n, form) ? form : form->other;
    spell_school(draft);
    for (enum room room = ROOM_ALL; room <= ROOM_LEAST; room++)
        if ((size = try(draft, room)) <= form->most)
            return size;
    return squeeze(draft);
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
