/* The two bodies of an e-mail: both are made from one table of rows. */
#include "message.h"
#include "words.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Writes the value of a row; nothing: the row is left out. */
typedef void (*row_fn)(const struct notice *n, FILE *out);

static bool says_all(const struct notice *n)
{
    return n->content.now.sensitivity == FACTS_SAY_ALL;
}

static void row_what(const struct notice *n, FILE *out)
{
    if (!says_all(n))
        fputs(n->content.now.sensitivity == FACTS_SEALED ? "Police call, confidential"
                                                         : "Police call",
              out);
    else if (n->type_name[0] && strcmp(n->type_name, n->class_name) != 0)
        fprintf(out, "%s (%s)", n->type_name, n->class_name);
    else
        fputs(n->class_name, out);
}

static void row_when(const struct notice *n, FILE *out)
{
    fprintf(out, "%s, %s", n->opened_time, n->opened_date);
}

static void row_where(const struct notice *n, FILE *out)
{
    fprintf(out, "%s %s", words_relation(n->content.now.relation), n->school);
    if (!says_all(n))
        return;
    if (n->place_name[0] && strcasecmp(n->place_name, n->school) != 0)
        fprintf(out, ", %s", n->place_name);
    if (n->address[0])
        fprintf(out, ", %s", n->address);
}

static void row_sure(const struct notice *n, FILE *out)
{
    const char *method = words_method(n->method);

    if (!method[0])
        return;
    if (words_uncertain(&n->content.now))
        fputs("place uncertain: ", out);
    fputs(method, out);
    if (n->distance_m > 0)
        fprintf(out, ", %d m", n->distance_m);
}

static void row_state(const struct notice *n, FILE *out)
{
    char units[48];

    switch (n->content.now.status) {
    case FACTS_OPEN:
        fputs("Open", out);
        if (words_units(&n->content.now, units, sizeof units)[0])
            fprintf(out, ", %s", units);
        break;
    case FACTS_CLOSED:
        fprintf(out, "Closed%s%s", n->closed_time[0] ? " at " : "", n->closed_time);
        if (n->disposition[0] && says_all(n))
            fprintf(out, ": %s", n->disposition);
        break;
    default:
        fputs("Withdrawn", out);
    }
}

static void row_agency(const struct notice *n, FILE *out)
{
    fputs(n->agency, out);
}

static void row_number(const struct notice *n, FILE *out)
{
    fputs(n->incident_no, out);
}

static void row_others(const struct notice *n, FILE *out)
{
    fputs(n->others, out);
}

static const struct {
    const char *name;
    row_fn value;
    unsigned changes; /* shown in an update if one of these changed */
    bool tells_which; /* shown of a call that is withdrawn: which one it was, and no place */
} rows[] = {
    {"What", row_what, CHANGED_TYPE, true},
    {"State", row_state, ~0u, true},
    {"When", row_when, 0, true},
    {"Where", row_where, CHANGED_PLACE | CHANGED_RELATION, false},
    {"Place found", row_sure, CHANGED_PLACE | CHANGED_RELATION, false},
    {"Agency", row_agency, 0, true},
    {"Call number", row_number, 0, true},
    {"Also told", row_others, 0, false},
};

static bool is_shown(size_t row, const struct notice *n)
{
    if (n->kind == MESSAGE_WITHDRAWN)
        return false;
    if (!facts_stand(&n->content.now))
        return rows[row].tells_which;
    return n->kind == MESSAGE_FIRST ||
           (rows[row].changes & facts_changed(&n->content.was, &n->content.now)) != 0;
}

static char *row_value(size_t row, const struct notice *n)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    if (is_shown(row, n))
        rows[row].value(n, out);
    if (fclose(out) != 0)
        return NULL;
    text[0] = (char)toupper((unsigned char)text[0]);
    return text;
}

static bool asks(const struct notice *n)
{
    return n->kind != MESSAGE_WITHDRAWN && n->link[0] && facts_stand(&n->content.now) &&
           n->content.now.status == FACTS_OPEN;
}

static const char ask_note[] =
    "Opening the link acknowledges nothing; the button on its page does.";
static const char replay_note[] = "REPLAY: recorded calls, played again. Nothing is happening now.";

char *message_text(const struct notice *n)
{
    char *text = NULL;
    size_t size = 0;
    char *headline = message_headline(n);
    FILE *out = headline ? open_memstream(&text, &size) : NULL;

    if (!out)
        goto out;
    if (n->replay)
        fprintf(out, "%s\n\n", replay_note);
    fprintf(out, "%s\n\n", headline);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *value = row_value(i, n);
        if (value && value[0])
            fprintf(out, "%-12s %s\n", rows[i].name, value);
        free(value);
    }
    if (asks(n))
        fprintf(out, "\nI have this: %s\n%s\n", n->link, ask_note);
    else if (n->link[0] && n->kind != MESSAGE_WITHDRAWN && facts_stand(&n->content.now))
        fprintf(out, "\nThe call: %s\n", n->link);
    if (n->kind == MESSAGE_WITHDRAWN)
        fprintf(out, "\nSent by Liaison for %s.\n", n->district);
    else
        fprintf(out, "\nSent by Liaison for %s, which named you for calls at %s.\n", n->district,
                n->school);
    if (n->replay)
        fprintf(out, "\n%s\n", replay_note);
    if (fclose(out) != 0) {
        free(text);
        text = NULL;
    }
out:
    free(headline);
    return text;
}

/* HTML ------------------------------------------------------------------------------------------*/

static void escape(const char *text, FILE *out)
{
    static const struct {
        char c;
        const char *as;
    } escapes[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};

    for (; *text; text++) {
        const char *as = NULL;
        for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++)
            if (escapes[i].c == *text)
                as = escapes[i].as;
        if (as)
            fputs(as, out);
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

static const char html_head[] =
    "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
    "<meta name=\"color-scheme\" content=\"light dark\">"
    "<style>"
    "body{margin:0;padding:20px;background:#fbfaf7;color:#1b2327;"
    "font:16px/1.5 -apple-system,'Segoe UI',Roboto,'Noto Sans',Arial,sans-serif}"
    "main{max-width:560px}a{color:#1d5b5e}h1{font-size:21px;line-height:1.3;margin:0 0 16px}"
    "th{font-weight:400;text-align:left;vertical-align:top;padding:3px 16px 3px 0;color:#566167;"
    "white-space:nowrap}td{padding:3px 0;vertical-align:top}"
    ".act{display:inline-block;padding:12px 22px;border-radius:8px;background:#1d5b5e;color:#fff;"
    "font-weight:600;text-decoration:none}"
    ".note{color:#566167;font-size:14px}.replay{border:2px solid #8a3b12;border-radius:8px;"
    "padding:8px 12px;font-weight:600}"
    "@media (prefers-color-scheme:dark){body{background:#14191b;color:#e9e6dd}"
    "a{color:#7fc7c4}th,.note{color:#a4adb0}.act{background:#7fc7c4;color:#10201f}.replay{border-"
    "color:#f0a878}}"
    "</style></head><body><main>";

static void html_table(const struct notice *n, FILE *out)
{
    fputs("<table cellspacing=\"0\" cellpadding=\"0\">\n", out);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *value = row_value(i, n);
        if (value && value[0]) {
            element("<tr><th scope=\"row\">", rows[i].name, "</th>", out);
            element("<td>", value, "</td></tr>\n", out);
        }
        free(value);
    }
    fputs("</table>\n", out);
}

char *message_html(const struct notice *n)
{
    char *text = NULL;
    size_t size = 0;
    char *headline = message_headline(n);
    FILE *out = headline ? open_memstream(&text, &size) : NULL;

    if (!out)
        goto out;
    fputs(html_head, out);
    if (n->replay)
        element("<p class=\"replay\">", replay_note, "</p>\n", out);
    element("<h1>", headline, "</h1>\n", out);
    html_table(n, out);
    if (asks(n)) {
        element("<p><a class=\"act\" href=\"", n->link, "\">I have this</a></p>\n", out);
        element("<p class=\"note\">", ask_note, "</p>\n", out);
    } else if (n->link[0] && n->kind != MESSAGE_WITHDRAWN && facts_stand(&n->content.now)) {
        element("<p><a href=\"", n->link, "\">The call</a></p>\n", out);
    }
    element("<p class=\"note\">Sent by Liaison for ", n->district, "", out);
    if (n->kind != MESSAGE_WITHDRAWN)
        element(", which named you for calls at ", n->school, "", out);
    fputs(".</p>\n", out);
    if (n->replay)
        element("<p class=\"replay\">", replay_note, "</p>\n", out);
    fputs("</main></body></html>\n", out);
    if (fclose(out) != 0) {
        free(text);
        text = NULL;
    }
out:
    free(headline);
    return text;
}
