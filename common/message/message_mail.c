/* The two bodies of an e-mail: both are made from one table of rows. */
#include "letter_html.h"
#include "message_private.h"

#include <stdlib.h>
#include <string.h>

enum { VALUE_MOST = 1024 };

/* Writes the value of a row; nothing: the row is left out. */
typedef void (*row_fn)(const struct notice *n, struct words *words, FILE *out);

static bool says_all(const struct notice *n)
{
    return n->content.now.sensitivity == FACTS_SAY_ALL;
}

static void row_what(const struct notice *n, struct words *words, FILE *out)
{
    const char *class =
        words_name_of(words->from, "message.name.class", n->content.now.class, n->class_name);
    const char *type =
        words_name_of(words->from, "message.name.type", n->content.now.type, n->type_name);

    if (strcmp(n->content.now.class, "other") == 0) /* its name says nothing beside a type */
        class = type[0] ? "" : catalogue_text(words->from, "message.other");
    words_set(words, "class", class);
    words_set(words, "type", type);
    if (!says_all(n))
        words_say(words,
                  n->content.now.sensitivity == FACTS_SEALED ? "message.what.sealed"
                                                             : "message.what.restricted",
                  out);
    else if (type[0] && class[0] && strcmp(type, class) != 0)
        words_say(words, "message.what.named", out);
    else
        fputs(type[0] ? type : class, out);
}

static void row_when(const struct notice *n, struct words *words, FILE *out)
{
    if (n->opened_time[0] && n->opened_date[0])
        words_say(words, "message.when", out);
}

static void row_where(const struct notice *n, struct words *words, FILE *out)
{
    words_say(words, "message.where", out);
    if (!says_all(n))
        return;
    if (n->place_name[0] && strcasecmp(n->place_name, n->school) != 0)
        fprintf(out, ", %s", n->place_name);
    if (n->address[0])
        fprintf(out, ", %s", n->address);
}

static void row_found(const struct notice *n, struct words *words, FILE *out)
{
    const char *method = words_method(words->from, n->method);

    if (!method[0])
        return;
    words_set(words, "method", method);
    if (words_uncertain(&n->content.now))
        words_say(words, "message.found.uncertain", out);
    else
        fputs(method, out);
    if (n->distance_m > 0)
        fprintf(out, ", %d m", n->distance_m);
}

static const char *state_key(const struct notice *n, const struct words *words)
{
    if (n->content.now.status == FACTS_OPEN)
        return words->units[0] ? "message.state.open_units" : "message.state.open";
    if (n->content.now.status == FACTS_CLOSED)
        return message_closed_key(n, "message.state.closed_at", "message.state.closed");
    return "message.state.withdrawn";
}

static void row_state(const struct notice *n, struct words *words, FILE *out)
{
    char state[WORDS_SIZE];
    const char *disposition =
        words_name_of(words->from, "message.name.disposition", n->disposition_code, n->disposition);
    bool outcome = n->content.now.status == FACTS_CLOSED && disposition[0] && says_all(n);

    words_name(words, "state", state_key(n, words), state, sizeof state);
    words_set(words, "disposition", disposition);
    if (outcome)
        words_say(words, "message.state.outcome", out);
    else
        fputs(state, out);
}

static void row_agency(const struct notice *n, struct words *words, FILE *out)
{
    (void)words;
    fputs(n->agency, out);
}

static void row_number(const struct notice *n, struct words *words, FILE *out)
{
    (void)words;
    fputs(n->incident_no, out);
}

static void row_others(const struct notice *n, struct words *words, FILE *out)
{
    char digits[12];

    snprintf(digits, sizeof digits, "%d", n->others_more);
    words_set(words, "people", n->others);
    words_set(words, "n", digits);
    if (n->others_more)
        words_say(words, n->others_more > 0 ? "message.others.more" : "message.others.many", out);
    else
        fputs(n->others, out);
    words_set(words, "n", "");
}

static const struct {
    const char *label;
    row_fn value;
    unsigned changes; /* shown in an update if one of these changed */
    bool tells_which; /* shown of a call that is withdrawn: which one it was, and no place */
} rows[] = {
    {"message.row.what", row_what, CHANGED_TYPE, true},
    {"message.row.state", row_state, ~0u, true},
    {"message.row.when", row_when, 0, true},
    {"message.row.where", row_where, CHANGED_PLACE | CHANGED_RELATION, false},
    {"message.row.found", row_found, CHANGED_PLACE | CHANGED_RELATION, false},
    {"message.row.agency", row_agency, 0, true},
    {"message.row.number", row_number, 0, true},
    {"message.row.others", row_others, 0, false},
};

static bool is_shown(size_t row, const struct notice *n)
{
    if (n->kind == MESSAGE_WITHDRAWN || n->summary || n->drill)
        return false;
    if (!facts_stand(&n->content.now))
        return rows[row].tells_which;
    return n->kind == MESSAGE_FIRST || message_is_worse(n) ||
           (rows[row].changes & facts_changed(&n->content.was, &n->content.now)) != 0;
}

/* The caller's to free; NULL or "" where there is nothing to show. */
static char *row_value(size_t row, const struct notice *n, const struct words *shared)
{
    struct words words = *shared; /* a row adds values of its own */
    char *text = NULL;
    size_t size = 0;
    FILE *out = is_shown(row, n) ? open_memstream(&text, &size) : NULL;

    if (!out)
        return NULL;
    rows[row].value(n, &words, out);
    if (fclose(out) != 0 || size == 0)
        return text;
    char *upper = malloc(size + 8);
    if (upper)
        words_upper_first(text, upper, size + 8);
    free(text);
    return upper;
}

static const char *foot_key(const struct notice *n)
{
    return n->kind == MESSAGE_WITHDRAWN ? "message.foot.withdrawn" : "message.foot";
}

/* The link is shown where the call may still be looked at. */
static bool shows_link(const struct notice *n)
{
    return n->link[0] && facts_stand(&n->content.now) && n->kind != MESSAGE_WITHDRAWN;
}

static const char *note_key(const struct notice *n)
{
    return n->drill ? "message.note.drill" : n->replay ? "message.note.replay" : NULL;
}

/* Plain text ------------------------------------------------------------------------------------*/

static void text_rows(const struct notice *n, const struct words *words, FILE *out)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *value = row_value(i, n, words);
        if (value && value[0])
            fprintf(out, "%s: %s\n", catalogue_text(&n->words, rows[i].label), value);
        free(value);
    }
}

static void text_line(const struct words *words, const char *key, const char *after, FILE *out)
{
    if (!key)
        return;
    words_say(words, key, out);
    fputs(after, out);
}

static void text_act(const struct notice *n, const struct words *words, FILE *out)
{
    if (message_asks(n)) {
        text_line(words, n->drill ? "message.ask.drill_link" : "message.ask.link", "\n", out);
        text_line(words, "message.ask.note", "\n\n", out);
    } else if (shows_link(n)) {
        text_line(words, n->summary ? "message.calls.link" : "message.call.link", "\n\n", out);
    }
}

char *message_text(const struct notice *n)
{
    struct words words;
    char *text = NULL;
    size_t size = 0;
    char *headline = message_headline(n);
    FILE *out = headline ? open_memstream(&text, &size) : NULL;

    if (!out)
        goto out;
    words_open(&words, n);
    text_line(&words, note_key(n), "\n\n", out);
    fprintf(out, "%s\n\n", headline);
    text_act(n, &words, out);
    text_rows(n, &words, out);
    if (n->kind != MESSAGE_WITHDRAWN)
        fputc('\n', out);
    text_line(&words, foot_key(n), "\n", out);
    if (note_key(n))
        fputc('\n', out);
    text_line(&words, note_key(n), "\n", out);
    if (fclose(out) != 0) {
        free(text);
        text = NULL;
    }
out:
    free(headline);
    return text;
}

/* HTML ------------------------------------------------------------------------------------------*/

static void said(const char *open, const struct words *words, const char *key, const char *close,
                 FILE *out)
{
    char text[VALUE_MOST];

    if (key)
        letter_html_element(open, words_fill(words, key, text, sizeof text), close, out);
}

static void html_head(const struct notice *n, FILE *out)
{
    char *subject = message_subject(n);

    letter_html_open(out, n->words.language, subject ? subject : "");
    free(subject);
}

/* The first sentence is what a person sees at once; the others stand below it. */
static void html_headline(char *sentences, FILE *out)
{
    char *rest = strchr(sentences, '\n');

    if (rest)
        *rest++ = '\0';
    letter_html_element("<h1>", sentences, "</h1>\n", out);
    if (!rest)
        return;
    for (char *end = rest; (end = strchr(end, '\n'));)
        *end = ' ';
    letter_html_element("<p class=\"lead\">", rest, "</p>\n", out);
}

static void html_rows(const struct notice *n, const struct words *words, FILE *out)
{
    bool any = false;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *value = row_value(i, n, words);
        if (value && value[0]) {
            if (!any)
                fputs("<table class=\"rows\" cellspacing=\"0\" cellpadding=\"0\">\n", out);
            any = true;
            letter_html_element("<tr><th scope=\"row\">", catalogue_text(&n->words, rows[i].label),
                                "</th>", out);
            letter_html_element("<td>", value, "</td></tr>\n", out);
        }
        free(value);
    }
    if (any)
        fputs("</table>\n", out);
}

static void html_act(const struct notice *n, const struct words *words, FILE *out)
{
    if (message_asks(n)) {
        letter_html_button(
            n->link, catalogue_text(&n->words, n->drill ? "message.ask.drill" : "message.ask"),
            out);
        said("<p class=\"note\">", words, "message.ask.note", "</p>\n", out);
    } else if (shows_link(n)) {
        letter_html_element("<p class=\"lead\"><a href=\"", n->link, "\">", out);
        said("", words, n->summary ? "message.calls.open" : "message.call.open", "</a></p>\n", out);
    }
}

char *message_html(const struct notice *n)
{
    struct words words;
    char *text = NULL;
    size_t size = 0;
    char *sentences = message_sentences(n);
    FILE *out = sentences ? open_memstream(&text, &size) : NULL;

    if (!out)
        goto out;
    words_open(&words, n);
    html_head(n, out);
    said("<p class=\"mark\">", &words, note_key(n), "</p>\n", out);
    html_headline(sentences, out);
    html_act(n, &words, out);
    html_rows(n, &words, out);
    said("<p class=\"note foot\">", &words, foot_key(n), "</p>\n", out);
    said("<p class=\"mark end\">", &words, note_key(n), "</p>\n", out);
    letter_html_close(out);
    if (fclose(out) != 0) {
        free(text);
        text = NULL;
    }
out:
    free(sentences);
    return text;
}
