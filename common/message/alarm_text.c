#include "alarm_text.h"

#include "catalogue.h"
#include "letter_html.h"
#include "people_text.h"
#include "words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_SIZE = 480, LEAD_SIZE = PEOPLE_SIZE + 80, LINES_MOST = 12, SCHOOL_LEAST = 6 };

/* What the whole message is. */
enum tone { TONE_WRONG, TONE_OVER, TONE_NOTE };

static enum tone tone_of(const struct alarm_notice *n)
{
    if (n->open > 0 || n->line_count == 0)
        return TONE_WRONG;
    return n->lines[0].well ? TONE_OVER : TONE_NOTE;
}

/* Fills a text that says how many: key.one or key.other. */
static void say_count(const struct alarm_notice *n, const char *one, const char *other, long count,
                      char *out)
{
    char digits[24];

    snprintf(digits, sizeof digits, "%ld", count);
    catalogue_fill(out, LINE_SIZE, &n->words, count == 1 ? one : other,
                   &(struct catalogue_value){"n", digits}, 1);
}

/* Lines -----------------------------------------------------------------------------------------*/

/* "fight reported at North High, 9:12 AM", or the calls of a summary; or that the reader
 * may not know which one. */
static void say_call(const struct alarm_notice *n, const struct alarm_line *line, char *out)
{
    const struct catalogue_value values[] = {
        {"what", words_what(&n->words, &line->facts)},
        {"school", line->school},
        {"time", line->time},
    };

    if (line->hidden)
        snprintf(out, LINE_SIZE, "%s", catalogue_text(&n->words, "alarm.hidden.call"));
    else
        catalogue_fill(out, LINE_SIZE, &n->words, line->summary ? "alarm.calls" : "alarm.call",
                       values, 3);
}

/* Replays are tests: nobody misses one. */
static bool is_replay(const struct alarm_line *line)
{
    return strcmp(line->check, "due") == 0 && line->lane == 3;
}

static const char *or_code(const char *words, const char *code)
{
    return words ? words : code;
}

/* The text of a key, with what the line is about. */
static void fill_line(const struct alarm_notice *n, const struct alarm_line *line, const char *key,
                      char *out)
{
    char call[LINE_SIZE] = "", lane[12], have[12], asked[12];

    if (line->call)
        say_call(n, line, call);
    snprintf(lane, sizeof lane, "%d", line->lane);
    snprintf(have, sizeof have, "%d", line->have);
    snprintf(asked, sizeof asked, "%d", line->asked);
    const struct catalogue_value values[] = {
        {"channel",
         or_code(catalogue_code(&n->words, "alarm.channel", line->channel), line->channel)},
        {"lane", or_code(catalogue_code(&n->words, "alarm.lane", lane), lane)},
        {"state", or_code(catalogue_code(&n->words, "alarm.state", line->object), line->object)},
        {"object", line->object},
        {"school", line->hidden ? catalogue_text(&n->words, "alarm.hidden.school") : line->school},
        {"time", line->time},
        {"since", line->since},
        {"ended", line->ended},
        {"call", call},
        {"have", have},
        {"asked", asked},
    };
    catalogue_fill(out, LINE_SIZE, &n->words, key, values, sizeof values / sizeof *values);
}

enum { KEY_SIZE = 64 };

/* A summary, and the lane of replays, have some words of their own: writes their key over that of
 * the check. */
static void specialize(const struct alarm_line *line, char *key)
{
    static const struct {
        const char *plain, *own;
        bool replay; /* of the lane of replays, else of summaries */
    } keys[] = {
        {"alarm.wrong.nobody", "alarm.summary_wrong.nobody", false},
        {"alarm.means.nobody", "alarm.summary_means.nobody", false},
        {"alarm.over.nobody", "alarm.summary_over.nobody", false},
        {"alarm.wrong.unanswered", "alarm.summary_wrong.unanswered", false},
        {"alarm.over.unanswered", "alarm.summary_over.unanswered", false},
        {"alarm.wrong.too_few", "alarm.summary_wrong.too_few", false},
        {"alarm.means.due", "alarm.replay_means.due", true},
        {"alarm.do.due", "alarm.replay_do.due", true},
    };

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if ((keys[i].replay ? is_replay(line) : line->summary) && strcmp(key, keys[i].plain) == 0) {
            snprintf(key, KEY_SIZE, "%s", keys[i].own);
            return;
        }
}

/* What is wrong, or that it has ended, or is no longer watched. */
static void say_line(const struct alarm_notice *n, const struct alarm_line *line, char *out)
{
    char key[KEY_SIZE];

    if (line->gone)
        snprintf(key, sizeof key, "alarm.gone.%s", line->check);
    else if (line->well)
        snprintf(key, sizeof key, "alarm.over.%s", line->check);
    else
        snprintf(key, sizeof key, "alarm.wrong.%s", line->check);
    specialize(line, key);
    if (catalogue_text(&n->words, key))
        fill_line(n, line, key, out);
    else /* a check of a newer schema */
        snprintf(out, LINE_SIZE, "%s", line->check);
}

/* What that means for alerts, and what to do. "" for a check of a newer schema. */
static void say_means(const struct alarm_notice *n, const struct alarm_line *line, char *out)
{
    char key[KEY_SIZE];

    snprintf(key, sizeof key, "alarm.means.%s", line->check);
    specialize(line, key);
    fill_line(n, line, key, out);
}

static void say_do(const struct alarm_notice *n, const struct alarm_line *line, char *out)
{
    char key[KEY_SIZE];

    snprintf(key, sizeof key, "alarm.do.%s", line->check);
    specialize(line, key);
    fill_line(n, line, line->call && line->hidden ? "alarm.hidden.do" : key, out);
}

/* A call that the reader may see has its own time. */
static bool says_since(const struct alarm_line *line)
{
    return !line->notice && line->since[0] && (!line->call || line->hidden);
}

/* How many more problems there are than the first lines say. */
static long more_than(const struct alarm_notice *n, size_t shown)
{
    enum tone tone = tone_of(n);
    long more = tone == TONE_WRONG ? n->open : (long)n->line_count;

    for (size_t i = 0; i < shown && i < n->line_count; i++)
        more -= tone != TONE_WRONG || !(n->lines[i].well || n->lines[i].notice);
    return more;
}

static bool is_held(const struct alarm_notice *n)
{
    return n->open > 0 && n->holders && n->holders[0];
}

/* ", and 2 more problems"; "" if there are none. */
static void say_more(const struct alarm_notice *n, char *out)
{
    long more = more_than(n, 1);

    out[0] = '\0';
    if (more > 0 && tone_of(n) == TONE_OVER)
        say_count(n, "alarm.more_over.one", "alarm.more_over.other", more, out);
    else if (more > 0)
        say_count(n, "alarm.more.one", "alarm.more.other", more, out);
}

static void say_head(const struct alarm_notice *n, char *out)
{
    if (tone_of(n) == TONE_WRONG)
        say_count(n, "alarm.summary.one", "alarm.summary.other", n->open, out);
    else
        snprintf(out, LINE_SIZE, "%s",
                 catalogue_text(&n->words, tone_of(n) == TONE_OVER ? "alarm.summary.over"
                                                                   : "alarm.summary.note"));
}

/* The brief text --------------------------------------------------------------------------------*/

/* What may be left out to keep a text short, in the order in which it goes. */
enum room { ROOM_ALL, ROOM_NO_REPLY, ROOM_NO_ACT, ROOM_NO_SINCE };

/* What is to be done, in few words. */
static const char *act_key(const struct alarm_line *line)
{
    static const struct {
        const char *check, *key;
    } acts[] = {{"nobody", "alarm.act.school"},
                {"unanswered", "alarm.act.school"},
                {"too_few", "alarm.act.school"},
                {"skipped", "alarm.act.contacts"},
                {"roster", "alarm.act.contacts"}};

    if (line->call && line->hidden)
        return "alarm.act.hidden";
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
        if (strcmp(line->check, acts[i].check) == 0)
            return acts[i].key;
    return "alarm.act.it";
}

static const char *brief_key(const struct alarm_notice *n)
{
    static const char *const keys[] = {[TONE_WRONG] = "alarm.brief",
                                       [TONE_OVER] = "alarm.brief_over",
                                       [TONE_NOTE] = "alarm.brief_note"};

    return keys[tone_of(n)];
}

/* What is being written, in the alphabet of the form. */
struct draft {
    struct alarm_notice notice;
    const struct brief_form *form;
    struct alarm_line line; /* the first one */
    const char *whole_school;
    char school[LINE_SIZE]; /* what is left of it */
    char what[LINE_SIZE];   /* what is wrong; it may be cut */
    char *out;
};

/* The whole text, with as much as that room holds. */
static int write_brief(struct draft *draft, enum room room)
{
    const struct alarm_notice *n = &draft->notice;
    const struct alarm_line *line = &draft->line;
    const char *held = is_held(n) ? catalogue_text(&n->words, "message.brief.held") : "";
    char since[LINE_SIZE] = "", more[LINE_SIZE], text[MESSAGE_BRIEF_SIZE];
    size_t used;

    say_more(n, more);
    strncat(more, held, sizeof more - strlen(more) - 1);
    if (room < ROOM_NO_SINCE && line->well && line->ended[0])
        fill_line(n, line, "alarm.brief_ended", since);
    else if (room < ROOM_NO_SINCE && !line->well && says_since(line))
        fill_line(n, line, "alarm.brief_since", since);
    const struct catalogue_value values[] = {
        {"what", draft->what},
        {"since", since},
        {"more", more},
        {"act", room < ROOM_NO_ACT ? catalogue_text(&n->words, act_key(line)) : ""},
        {"link", n->link},
        {"sender", catalogue_text(&n->words, "message.sender")},
    };
    catalogue_fill(text, sizeof text, &n->words, brief_key(n), values, 6);
    used = strlen(text);
    catalogue_fill(text + used, sizeof text - used, &n->words,
                   !n->link[0]                      ? "message.brief.end"
                   : n->answers && room == ROOM_ALL ? "message.brief.ask_reply"
                                                    : "message.brief.ask",
                   values, 6);
    draft->form->spell(text, draft->out, MESSAGE_BRIEF_SIZE);
    return draft->form->measure(draft->out);
}

static int try_room(struct draft *draft, enum room room)
{
    char text[LINE_SIZE];

    if (draft->notice.line_count)
        say_line(&draft->notice, &draft->line, text);
    else
        say_head(&draft->notice, text);
    draft->form->spell(text, draft->what, sizeof draft->what);
    return write_brief(draft, room);
}

/* Whatever is over goes from the school's name, as long as some of it is left. */
static int try_shortened(struct draft *draft, enum room room)
{
    const struct brief_form *form = draft->form;

    form->spell(draft->whole_school, draft->school, sizeof draft->school);
    draft->line.school = draft->school;
    int over = try_room(draft, room) - form->most;
    int left = form->measure(draft->school) - (over > 0 ? over : 0);
    form->shorten(draft->school, left < SCHOOL_LEAST ? SCHOOL_LEAST : left);
    return try_room(draft, room);
}

void alarm_brief(const struct alarm_notice *n, const struct brief_form *form, char *out)
{
    static const struct alarm_line nothing = {"", "", "", "", "", "", "", .notice = true};
    struct draft draft = {.notice = *n, .form = form, .out = out};
    int size = form->most + 1;

    draft.line = n->line_count ? n->lines[0] : nothing;
    draft.whole_school = draft.line.school;
    if (strlen(n->link) > form->link_most)
        draft.notice.link = "";
    for (enum room room = ROOM_ALL; room <= ROOM_NO_ACT && size > form->most; room++)
        size = try_room(&draft, room);
    for (enum room room = ROOM_NO_ACT; room <= ROOM_NO_SINCE && size > form->most; room++)
        size = try_shortened(&draft, room);
    if (size <= form->most)
        return;
    int left = form->measure(draft.what) - (size - form->most);
    form->shorten(draft.what, left > 0 ? left : 0);
    write_brief(&draft, ROOM_NO_SINCE);
}

/* The letter ------------------------------------------------------------------------------------*/

char *alarm_subject(const struct alarm_notice *n)
{
    static const char *const keys[] = {[TONE_WRONG] = "alarm.subject",
                                       [TONE_OVER] = "alarm.subject_over",
                                       [TONE_NOTE] = "alarm.subject_note"};
    char what[LINE_SIZE] = "", more[LINE_SIZE], text[2 * LINE_SIZE];

    if (n->line_count)
        say_line(n, &n->lines[0], what);
    say_more(n, more);
    const struct catalogue_value values[] = {{"what", what}, {"more", more}};
    catalogue_fill(text, sizeof text, &n->words, keys[tone_of(n)], values, 2);
    return strdup(text);
}

/* "Alerts by e-mail are not going out." */
static void say_item(const struct alarm_notice *n, const struct alarm_line *line, char *out)
{
    char what[LINE_SIZE];

    say_line(n, line, what);
    catalogue_fill(out, LINE_SIZE, &n->words, line->well ? "alarm.item_over" : "alarm.item",
                   &(struct catalogue_value){"what", what}, 1);
}

/* Since when it is so, or how long it lasted; "" where that is not said. */
static void say_times(const struct alarm_notice *n, const struct alarm_line *line, char *out)
{
    out[0] = '\0';
    if (line->well && !line->gone && line->since[0] && line->ended[0])
        fill_line(n, line, "alarm.lasted", out);
    else if (!line->well && says_since(line))
        fill_line(n, line, "alarm.since", out);
}

static void say_foot(const struct alarm_notice *n, char *out)
{
    const struct catalogue_value values[] = {
        {"sender", catalogue_text(&n->words, "message.sender")},
        {"district", n->district},
    };

    catalogue_fill(out, LINE_SIZE, &n->words, "alarm.foot", values, 2);
}

static size_t shown_of(const struct alarm_notice *n)
{
    return n->line_count < LINES_MOST ? n->line_count : LINES_MOST;
}

/* How many more there are than the letter lists; "": none. */
static void say_rest(const struct alarm_notice *n, char *out)
{
    long more = more_than(n, shown_of(n));

    out[0] = '\0';
    if (more > 0)
        say_count(n, "alarm.more_item.one", "alarm.more_item.other", more, out);
}

/* What it means, and what to do: the two explanations of a line that has not ended. */
static void say_explanation(const struct alarm_notice *n, const struct alarm_line *line, bool means,
                            char *out)
{
    char text[LINE_SIZE];

    out[0] = '\0';
    if (means)
        say_means(n, line, text);
    else
        say_do(n, line, text);
    if (text[0] && !line->well)
        catalogue_fill(out, LINE_SIZE, &n->words,
                       means ? "alarm.explain.means" : "alarm.explain.do",
                       &(struct catalogue_value){"text", text}, 1);
}

static void text_item(const struct alarm_notice *n, const struct alarm_line *line, FILE *out)
{
    char part[LINE_SIZE];

    say_item(n, line, part);
    fprintf(out, "- %s", part);
    say_times(n, line, part);
    fprintf(out, "%s%s\n", part[0] ? " " : "", part);
    for (int means = 1; means >= 0; means--) {
        say_explanation(n, line, means, part);
        if (part[0])
            fprintf(out, "  %s\n", part);
    }
}

static void text_list(const struct alarm_notice *n, FILE *out)
{
    char part[LINE_SIZE];

    for (size_t i = 0; i < shown_of(n); i++)
        text_item(n, &n->lines[i], out);
    say_rest(n, part);
    fprintf(out, part[0] ? "- %s\n\n" : "%s\n", part);
}

/* That nobody has it yet, where that is said again, or who has it; "" if neither is said. */
static void say_lead(const struct alarm_notice *n, char *out)
{
    const char *key = n->several ? "message.holders.several" : "message.holders.single";

    out[0] = '\0';
    if (is_held(n))
        catalogue_fill(out, LEAD_SIZE, &n->words, key,
                       &(struct catalogue_value){"holders", n->holders}, 1);
    else if (n->again)
        snprintf(out, LEAD_SIZE, "%s", catalogue_text(&n->words, "alarm.again"));
}

char *alarm_letter(const struct alarm_notice *n)
{
    const struct catalogue_value link = {"link", n->link};
    char part[LINE_SIZE], lead[LEAD_SIZE];
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    say_head(n, part);
    fprintf(out, "%s\n\n", part);
    say_lead(n, lead);
    if (lead[0])
        fprintf(out, "%s\n\n", lead);
    text_list(n, out);
    if (n->link[0]) {
        catalogue_print(out, &n->words, "message.ask.link", &link, 1);
        fprintf(out, "\n%s\n\n", catalogue_text(&n->words, "message.ask.note"));
    }
    if (n->open > 0)
        fprintf(out, "%s\n\n", catalogue_text(&n->words, "alarm.advice"));
    say_foot(n, part);
    fprintf(out, "%s\n", part);
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

static void html_item(const struct alarm_notice *n, const struct alarm_line *line, FILE *out)
{
    char part[LINE_SIZE];

    say_item(n, line, part);
    letter_html_element("<li><b>", part, "</b>", out);
    say_times(n, line, part);
    if (part[0])
        letter_html_element(" ", part, "", out);
    for (int means = 1; means >= 0; means--) {
        say_explanation(n, line, means, part);
        if (part[0])
            letter_html_element("<p>", part, "</p>", out);
    }
    fputs("</li>\n", out);
}

static void html_list(const struct alarm_notice *n, FILE *out)
{
    char part[LINE_SIZE];

    fputs("<ul>\n", out);
    for (size_t i = 0; i < shown_of(n); i++)
        html_item(n, &n->lines[i], out);
    say_rest(n, part);
    if (part[0])
        letter_html_element("<li>", part, "</li>\n", out);
    fputs("</ul>\n", out);
}

static void html_foot(const struct alarm_notice *n, FILE *out)
{
    char part[LINE_SIZE];

    if (n->open > 0)
        letter_html_element("<p class=\"note\">", catalogue_text(&n->words, "alarm.advice"),
                            "</p>\n", out);
    say_foot(n, part);
    letter_html_element("<p class=\"note foot\">", part, "</p>\n", out);
}

char *alarm_html(const struct alarm_notice *n)
{
    char part[LINE_SIZE], lead[LEAD_SIZE];
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    say_head(n, part);
    letter_html_open(out, n->words.language, part);
    letter_html_element("<h1>", part, "</h1>\n", out);
    say_lead(n, lead);
    if (lead[0])
        letter_html_element("<p class=\"lead\">", lead, "</p>\n", out);
    html_list(n, out);
    if (n->link[0]) {
        letter_html_button(n->link, catalogue_text(&n->words, "message.ask"), out);
        letter_html_element("<p class=\"note\">", catalogue_text(&n->words, "message.ask.note"),
                            "</p>\n", out);
    }
    html_foot(n, out);
    letter_html_close(out);
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}
