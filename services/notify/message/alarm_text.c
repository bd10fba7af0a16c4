#include "alarm_text.h"

#include "catalogue.h"
#include "words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_SIZE = 400, LINES_MOST = 12 };

/* Lines -----------------------------------------------------------------------------------------*/

/* "fight reported at North High, 9:12 AM", or that it may not be said. */
static void say_call(const struct alarm_notice *n, const struct alarm_line *line, char *out)
{
    const struct catalogue_value values[] = {
        {"what", words_what(&n->words, &line->facts)},
        {"school", line->school},
        {"time", line->time},
    };

    if (line->hidden)
        snprintf(out, LINE_SIZE, "%s", catalogue_text(&n->words, "alarm.hidden"));
    else
        catalogue_fill(out, LINE_SIZE, &n->words, "alarm.call", values, 3);
}

/* What is not ok, as a part of a sentence. */
static void say_line(const struct alarm_notice *n, const struct alarm_line *line, char *out)
{
    char call[LINE_SIZE] = "", key[64];
    const char *channel = catalogue_code(&n->words, "alarm.channel", line->channel);

    if (line->call)
        say_call(n, line, call);
    const struct catalogue_value values[] = {
        {"channel", channel ? channel : line->channel},
        {"object", line->object},
        {"school", line->hidden ? catalogue_text(&n->words, "alarm.hidden") : line->school},
        {"time", line->time},
        {"call", call},
    };
    snprintf(key, sizeof key, "alarm.check.%s", line->check);
    if (catalogue_text(&n->words, key))
        catalogue_fill(out, LINE_SIZE, &n->words, key, values, 5);
    else /* a check of a newer schema */
        snprintf(out, LINE_SIZE, "%s", line->check);
}

/* "3 checks are not ok". */
static void say_summary(const struct alarm_notice *n, char *out)
{
    const char *key = n->open == 1 ? "alarm.summary.one" : "alarm.summary.other";
    char count[24];

    if (n->open == 0)
        key = n->line_count && n->lines[0].well ? "alarm.summary.well" : "alarm.summary.notice";
    snprintf(count, sizeof count, "%ld", n->open);
    catalogue_fill(out, LINE_SIZE, &n->words, key, &(struct catalogue_value){"n", count}, 1);
}

/* How many more there are than are shown; "": none. Those that are well again are not counted. */
static void say_more(const struct alarm_notice *n, size_t shown, char *out)
{
    char count[24];
    long more = n->open;

    for (size_t i = 0; i < shown && i < n->line_count; i++)
        more -= !n->lines[i].well;
    out[0] = '\0';
    snprintf(count, sizeof count, "%ld", more);
    if (more > 0)
        catalogue_fill(out, LINE_SIZE, &n->words, "alarm.more",
                       &(struct catalogue_value){"n", count}, 1);
}

/* The brief text --------------------------------------------------------------------------------*/

/* The whole text, with this much of the first line. */
static int write_brief(const struct alarm_notice *n, const struct brief_form *form,
                       const char *what, char *out)
{
    char summary[LINE_SIZE], more[LINE_SIZE], text[MESSAGE_BRIEF_SIZE];
    size_t used;

    say_summary(n, summary);
    say_more(n, 1, more);
    const struct catalogue_value values[] = {
        {"summary", summary},
        {"what", what},
        {"more", more},
        {"link", n->link},
        {"sender", catalogue_text(&n->words, "message.sender")},
    };
    catalogue_fill(text, sizeof text, &n->words, "alarm.brief", values, 5);
    used = strlen(text);
    catalogue_fill(text + used, sizeof text - used, &n->words,
                   n->link[0] ? "message.brief.ask" : "message.brief.end", values, 5);
    form->spell(text, out, MESSAGE_BRIEF_SIZE);
    return form->measure(out);
}

void alarm_brief(const struct alarm_notice *n, const struct brief_form *form, char *out)
{
    struct alarm_notice shown = *n;
    char line[LINE_SIZE] = "", what[LINE_SIZE];

    if (strlen(n->link) > form->link_most)
        shown.link = "";
    if (n->line_count)
        say_line(&shown, &n->lines[0], line);
    form->spell(line, what, sizeof what);
    int over = write_brief(&shown, form, what, out) - form->most;
    if (over <= 0)
        return;
    int left = form->measure(what) - over;
    form->shorten(what, left > 0 ? left : 0);
    write_brief(&shown, form, what, out);
}

/* The letter ------------------------------------------------------------------------------------*/

char *alarm_subject(const struct alarm_notice *n)
{
    char summary[LINE_SIZE], text[LINE_SIZE];

    say_summary(n, summary);
    catalogue_fill(text, sizeof text, &n->words, "alarm.subject",
                   &(struct catalogue_value){"summary", summary}, 1);
    return strdup(text);
}

/* A line of the list: "Nothing is heard of metro." */
static void say_item(const struct alarm_notice *n, const struct alarm_line *line, char *out)
{
    char what[LINE_SIZE], upper[LINE_SIZE];

    say_line(n, line, what);
    if (line->well) {
        catalogue_fill(out, LINE_SIZE, &n->words, "alarm.well",
                       &(struct catalogue_value){"what", what}, 1);
        return;
    }
    words_upper_first(what, upper, sizeof upper);
    snprintf(out, LINE_SIZE, "%.398s.", upper);
}

static void say_head(const struct alarm_notice *n, char *out)
{
    char summary[LINE_SIZE], upper[LINE_SIZE];

    say_summary(n, summary);
    words_upper_first(summary, upper, sizeof upper);
    snprintf(out, LINE_SIZE, "%.398s.", upper);
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

char *alarm_letter(const struct alarm_notice *n)
{
    char part[LINE_SIZE];
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    say_head(n, part);
    fprintf(out, "%s\n\n", part);
    if (n->again)
        fprintf(out, "%s\n\n", catalogue_text(&n->words, "alarm.again"));
    for (size_t i = 0; i < shown_of(n); i++) {
        say_item(n, &n->lines[i], part);
        fprintf(out, "- %s\n", part);
    }
    say_more(n, shown_of(n), part);
    fprintf(out, part[0] ? "-%s\n\n" : "%s\n", part);
    if (n->link[0])
        catalogue_print(out, &n->words, "message.ask.link",
                        &(struct catalogue_value){"link", n->link}, 1);
    fprintf(out, "%s%s\n\n", n->link[0] ? "\n\n" : "", catalogue_text(&n->words, "alarm.advice"));
    say_foot(n, part);
    fprintf(out, "%s\n", part);
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

static void escape(const char *text, FILE *out)
{
    for (; *text; text++) {
        if (*text == '&')
            fputs("&amp;", out);
        else if (*text == '<')
            fputs("&lt;", out);
        else if (*text == '"')
            fputs("&quot;", out);
        else
            fputc(*text, out);
    }
}

static void element(const char *open, const char *text, const char *close, FILE *out)
{
    fputs(open, out);
    escape(text, out);
    fputs(close, out);
}

static void html_list(const struct alarm_notice *n, FILE *out)
{
    char part[LINE_SIZE];

    fputs("<ul>\n", out);
    for (size_t i = 0; i < shown_of(n); i++) {
        say_item(n, &n->lines[i], part);
        element("<li>", part, "</li>\n", out);
    }
    say_more(n, shown_of(n), part);
    if (part[0])
        element("<li>", part, "</li>\n", out);
    fputs("</ul>\n", out);
}

char *alarm_html(const struct alarm_notice *n)
{
    char part[LINE_SIZE];
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    fprintf(out, "<!doctype html><html lang=\"%s\"><head><meta charset=\"utf-8\">",
            language_code(n->words.language));
    say_head(n, part);
    element("<title>", part, "</title></head><body>\n", out);
    element("<h1>", part, "</h1>\n", out);
    if (n->again)
        element("<p>", catalogue_text(&n->words, "alarm.again"), "</p>\n", out);
    html_list(n, out);
    if (n->link[0]) {
        element("<p><a href=\"", n->link, "\">", out);
        element("", catalogue_text(&n->words, "message.ask"), "</a></p>\n", out);
    }
    element("<p>", catalogue_text(&n->words, "alarm.advice"), "</p>\n", out);
    say_foot(n, part);
    element("<p>", part, "</p>\n</body></html>\n", out);
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}
