#include "message.h"

#include "words.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LATE_FROM_S = 600, SCHOOL_LEAST = 8 };

static const char *const kind_names[MESSAGE_KINDS] = {
    [MESSAGE_FIRST] = "first",         [MESSAGE_UPDATE] = "update",
    [MESSAGE_CLOSED] = "closed",       [MESSAGE_CORRECTION] = "correction",
    [MESSAGE_WITHDRAWN] = "withdrawn",
};

/* What the call is, in the message that takes it back. */
static const char *const corrections[FACTS_STATUSES] = {
    [FACTS_CANCELLED] = "was cancelled by the agency",
    [FACTS_ELSEWHERE] = "was not at this school",
    [FACTS_MERGED] = "is the same as another call, which has its own alert",
    [FACTS_ERROR] = "was entered in error",
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

static unsigned changes(const struct notice *n)
{
    return n->content.has_was ? facts_changed(&n->content.was, &n->content.now) : ~0u;
}

static bool is_late(const struct notice *n)
{
    return n->kind == MESSAGE_FIRST && !n->replay && n->content.late_s >= LATE_FROM_S;
}

bool message_has_news(const struct notice *n, bool brief)
{
    const struct facts *now = &n->content.now;
    unsigned changed = changes(n);

    if (n->kind == MESSAGE_WITHDRAWN || n->asks_again)
        return true;
    if (n->kind == MESSAGE_FIRST)
        return facts_stand(now);
    if (brief && now->status == FACTS_CLOSED)
        return false;
    if (brief && !(changed & (CHANGED_STATUS | CHANGED_RELATION)) &&
        strcmp(words_what(&n->content.was), words_what(now)) == 0)
        return false; /* all that is new is an address, or a type of the same words */
    return changed != 0;
}

/* Brief -----------------------------------------------------------------------------------------*/

/* What may be left out to keep a text short, in the order in which it goes. */
enum room { ROOM_ALL, ROOM_NO_SENDER, ROOM_NO_UNITS, ROOM_LEAST, ROOM_BARE };

static void brief_first(const struct notice *n, const char *school, enum room room, FILE *out)
{
    const struct facts *now = &n->content.now;
    char units[48];
    char span[24];

    bool day = n->opened_day[0] && !(room >= ROOM_LEAST && is_late(n));

    fputs(school, out);
    if (words_uncertain(now)) /* never left out */
        fputs(room < ROOM_BARE ? " (place uncertain)" : " (place?)", out);
    else if (room < ROOM_BARE && strcmp(now->relation, "at") != 0)
        fprintf(out, " (%s)", words_relation(now->relation));
    fprintf(out, ": %s %s%s%s", words_what(now), day ? n->opened_day : "", day ? " " : "",
            n->opened_time);
    if (now->status == FACTS_CLOSED && room < ROOM_BARE)
        fprintf(out, ", closed%s%s", n->closed_time[0] ? " " : "", n->closed_time);
    else if (room < ROOM_NO_UNITS && words_units(now, units, sizeof units)[0])
        fprintf(out, ", %s", units);
    if (is_late(n))
        fprintf(out, ", told %s late", words_span(n->content.late_s, span, sizeof span));
    if (n->wave > 1 && room < ROOM_LEAST)
        fputs(". No answer yet", out);
    fputc('.', out);
    if (n->link[0])
        fprintf(out, " %s%s", room < ROOM_BARE ? "Ack: " : "", n->link);
}

static void brief_update(const struct notice *n, const char *school, enum room room, FILE *out)
{
    const struct content *c = &n->content;
    unsigned changed = changes(n);
    const char *comma = "";
    char units[48];

    fprintf(out, "%s, call of %s:", school, n->opened_time);
    if (changed & CHANGED_TYPE) {
        fprintf(out, " now %s", words_what(&c->now));
        if (room < ROOM_LEAST)
            fprintf(out, ", was %s", words_what(&c->was));
        comma = ",";
    }
    if (changed & CHANGED_STATUS) {
        fprintf(out, "%s open again", comma);
        comma = ",";
    }
    if (changed & CHANGED_RELATION) {
        fprintf(out, "%s now %s the school", comma, words_relation(c->now.relation));
        comma = ",";
    }
    if (!comma[0] && n->asks_again)
        fprintf(out, " %s, asked again", words_what(&c->now));
    if (room < ROOM_NO_UNITS && words_units(&c->now, units, sizeof units)[0])
        fprintf(out, "%s %s", comma, units);
    fputc('.', out);
    if (n->link[0])
        fprintf(out, " %s", n->link);
}

static void brief_compose(const struct notice *n, const char *school, enum room room, char *out)
{
    FILE *file = fmemopen(out, MESSAGE_BRIEF_SIZE, "w");

    out[0] = '\0';
    if (!file)
        return;
    if (n->replay)
        fputs("REPLAY ", file);
    if (n->kind == MESSAGE_WITHDRAWN)
        fputs("This alert is withdrawn.", file);
    else if (n->kind == MESSAGE_CORRECTION)
        fprintf(file, "Correction: %s: call of %s %s.", school, n->opened_time,
                corrections[n->content.now.status] ? corrections[n->content.now.status] : "stands");
    else if (n->kind == MESSAGE_FIRST)
        brief_first(n, school, room, file);
    else
        brief_update(n, school, room, file);
    if (room < ROOM_NO_SENDER && n->kind == MESSAGE_FIRST)
        fputs(" Liaison", file);
    fclose(file);
}

/* The size of the text, in out, with as much as that room holds. */
static int brief_try(const struct notice *n, const struct brief_form *form, const char *school,
                     enum room room, char *out)
{
    char draft[MESSAGE_BRIEF_SIZE];

    brief_compose(n, school, room, draft);
    return form->spell(draft, out, MESSAGE_BRIEF_SIZE);
}

int message_brief(const struct notice *notice, const struct brief_form *form, char *out)
{
    struct notice n = *notice;
    char school[160];
    int size = 0;

    if (strlen(n.link) > form->link_most)
        n.link = "";
    form->spell(n.school, school, sizeof school);
    for (enum room room = ROOM_ALL; room <= ROOM_LEAST; room++)
        if ((size = brief_try(&n, form, school, room, out)) <= form->most)
            return size;
    /* Whatever is over goes from the school's name; the link stays whole. */
    int left = form->measure(school) - (size - form->most);
    form->shorten(school, left < SCHOOL_LEAST ? SCHOOL_LEAST : left);
    for (enum room room = ROOM_LEAST; room <= ROOM_BARE; room++)
        if ((size = brief_try(&n, form, school, room, out)) <= form->most)
            return size;
    form->shorten(out, form->most);
    return form->measure(out);
}

/* Letter ----------------------------------------------------------------------------------------*/

char *message_subject(const struct notice *n)
{
    struct facts said = n->content.first;
    char *out = NULL;

    if (n->kind == MESSAGE_WITHDRAWN)
        return strdup("Alert withdrawn");
    if (n->content.now.sensitivity != FACTS_SAY_ALL)
        said.sensitivity = n->content.now.sensitivity;
    if (asprintf(&out, "%s%s: %s, %s", n->replay ? "REPLAY " : "", n->school, words_what(&said),
                 n->opened_time) < 0)
        return NULL;
    return out;
}

static void sentence_first(const struct notice *n, FILE *out)
{
    const struct facts *now = &n->content.now;
    const char *what = words_what(now);
    char units[48];
    char span[24];

    if (is_late(n))
        fprintf(out, "Late word, %s after the call. ",
                words_span(n->content.late_s, span, sizeof span));
    fprintf(out, "%c%s %s %s at %s%s%s", toupper(what[0]), what + 1, words_relation(now->relation),
            n->school, n->opened_time, n->opened_day[0] ? ", " : "", n->opened_day);
    if (now->status == FACTS_CLOSED)
        fprintf(out, ", closed%s%s", n->closed_time[0] ? " at " : "", n->closed_time);
    fputc('.', out);
    if (now->status == FACTS_OPEN && words_units(now, units, sizeof units)[0])
        fprintf(out, " %s.", units);
    if (words_uncertain(now))
        fputs(" Place uncertain: the agency's words may mean this school, and nobody has said so "
              "yet.",
              out);
    if (n->wave > 1)
        fputs(" Those told first have not acknowledged it.", out);
}

static void sentences_update(const struct notice *n, FILE *out)
{
    const struct content *c = &n->content;
    unsigned changed = changes(n);
    const char *space = "";

    if (changed & CHANGED_STATUS) {
        if (c->now.status == FACTS_CLOSED)
            fprintf(out, "Closed%s%s.", n->closed_time[0] ? " at " : "", n->closed_time);
        else
            fputs("Open again.", out);
        space = " ";
    }
    if (changed & CHANGED_TYPE) {
        fprintf(out, "%sNow: %s", space, words_what(&c->now));
        if (strcmp(words_what(&c->was), words_what(&c->now)) != 0)
            fprintf(out, " (was: %s).", words_what(&c->was));
        else
            fputs(", of another type than first said.", out);
        space = " ";
    }
    if (changed & CHANGED_RELATION)
        fprintf(out, "%sThe call is now %s %s.", space, words_relation(c->now.relation), n->school);
    else if (changed & CHANGED_PLACE)
        fprintf(out, "%sThe place is told more exactly.", space);
    else if (!space[0] && n->asks_again)
        fputs("This call is more urgent than it was, or open again.", out);
}

char *message_headline(const struct notice *n)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    if (n->kind == MESSAGE_WITHDRAWN)
        fputs("This alert is withdrawn.", out);
    else if (n->kind == MESSAGE_FIRST)
        sentence_first(n, out);
    else if (n->kind == MESSAGE_CORRECTION)
        fprintf(out, "Correction: the call of %s %s.", n->opened_time,
                corrections[n->content.now.status] ? corrections[n->content.now.status] : "stands");
    else
        sentences_update(n, out);
    return fclose(out) == 0 ? text : NULL;
}
