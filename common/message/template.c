#include "template.h"

#include "message.h"
#include "sample.h"
#include "sms_form.h"
#include "sms_gsm.h"
#include "utf8.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/uchar.h>

/* Letters of GSM that one octet of a text may become, at most (sms_gsm.c). */
enum { SPELLED_SIZE = TEMPLATE_MOST * 32 + 1 };

/* What is no real call: its mark and its note name it by one of these words, which stand in no
 * other text. As a text message spells them, in capitals. */
static const struct {
    const char *mark, *note, *words[5];
    const char *in_other, *not_in_own;
} marks[] = {
    {"message.mark.drill",
     "message.note.drill",
     {"DRILL", "EXERCISE", "SIMULACRO", "EJERCICIO"},
     "names a drill, which marks itself",
     "must name a drill: DRILL, EXERCISE, SIMULACRO or EJERCICIO"},
    {"message.mark.replay",
     "message.note.replay",
     {"REPLAY", "REPETICION"},
     "names a replay, which marks itself",
     "must name a replay: REPLAY or REPETICIÓN"},
};

static bool has_word(const char *text, const char *const *words)
{
    while (*words && !strcasestr(text, *words))
        words++;
    return *words != NULL;
}

static int check_marks(const char *key, const char *spelled, struct error *error)
{
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        bool own = strcmp(key, marks[i].mark) == 0 || strcmp(key, marks[i].note) == 0;

        if (has_word(spelled, marks[i].words) != own)
            return error_set(error, ERR_VALUE, "TEXT", "%s",
                             own ? marks[i].not_in_own : marks[i].in_other);
    }
    return 0;
}

/* The character at text, and *next behind it; 0 at the end. */
static UChar32 point_at(const char *text, const char **next)
{
    uint32_t point = 0;

    *next = text + utf8_step(text, strlen(text), &point);
    return (UChar32)point;
}

/* What telephones and mail programs take for a link: a scheme before something ("tel:1"), or a
 * host ("a.co"), which an address of e-mail holds too. A placeholder may end in a letter. */
static bool has_link(const char *text)
{
    const char *next, *after, *rest;

    for (UChar32 before = 0, point; (point = point_at(text, &next)); before = point, text = next) {
        UChar32 first = point_at(next, &after);

        if (point == ':' && u_isalpha(before) && (u_isalnum(first) || first == '/' || first == '+'))
            return true;
        if (point == '.' && (u_isalnum(before) || before == '}') && u_isalpha(first) &&
            u_isalpha(point_at(after, &rest)))
            return true;
    }
    return false;
}

/* A text message leaves out what it cannot spell, as marks that nobody sees: what is compared is
 * what is sent. */
static int check_spelled(const char *key, const char *text, struct error *error)
{
    char spelled[SPELLED_SIZE];

    gsm_transliterate(text, spelled, sizeof spelled);
    if (has_link(text) || has_link(spelled) || strcasestr(spelled, "www."))
        return error_set(error, ERR_VALUE, "TEXT",
                         "holds a link of its own, as telephones read it: only {link} can be "
                         "acknowledged");
    return check_marks(key, spelled, error);
}

static int check_words(const char *key, const char *text, struct error *error)
{
    const char *defect = utf8_text_defect(text, strlen(text));

    if (defect)
        return error_set(error, ERR_VALUE, "TEXT", "%s", defect);
    if (strlen(text) > TEMPLATE_MOST)
        return error_set(error, ERR_SIZE, "TEXT", "has more than %d octets", TEMPLATE_MOST);
    if (utf8_is_blank(text, strlen(text)))
        return error_set(error, ERR_VALUE, "TEXT", "is empty");
    return check_spelled(key, text, error);
}

static bool has_slot(const char *text, const char *wanted, size_t wanted_length)
{
    const char *name;
    size_t length;

    while ((text = catalogue_slot(text, &name, &length)))
        if (length == wanted_length && memcmp(name, wanted, length) == 0)
            return true;
    return false;
}

/* Each placeholder of one text is in the other. */
static int check_slots(const char *of, const char *in, const char *why, struct error *error)
{
    const char *name;
    size_t length;

    while ((of = catalogue_slot(of, &name, &length)))
        if (!has_slot(in, name, length))
            return error_set(error, ERR_VALUE, "TEXT", "%s {%.*s}", why, (int)length, name);
    return 0;
}

static int check_braces(const char *text, struct error *error)
{
    bool open = false;

    for (; *text; text++) {
        if (*text == (open ? '{' : '}'))
            break;
        if (*text == '{' || *text == '}')
            open = *text == '{';
    }
    return *text || open ? error_set(error, ERR_VALUE, "TEXT", "has a brace without its other") : 0;
}

/* Telephones take what touches an address for a part of it. */
static int check_link(const char *text, struct error *error)
{
    static const char slot[] = "{link}";

    for (const char *at = text; (at = strstr(at, slot)); at += sizeof slot - 1)
        if ((at > text && at[-1] != ' ') || !strchr(" ", at[sizeof slot - 1]))
            return error_set(error, ERR_VALUE, "TEXT", "needs a blank on each side of {link}");
    return 0;
}

static bool joins(char letter)
{
    return isalnum((unsigned char)letter) || letter == '{' || letter == '}' || (letter & 0x80);
}

/* What stands behind or before another text keeps apart from it. */
static int check_edges(const char *text, const char *was, struct error *error)
{
    bool ends = joins(text[strlen(text) - 1]) && was[strlen(was) - 1] == ' ';

    if (!ends && (!joins(text[0]) || joins(was[0])))
        return 0;
    return error_set(error, ERR_VALUE, "TEXT",
                     "must %s with a blank or a mark, as the text of the program does",
                     ends ? "end" : "begin");
}

static int check_sample(const struct sample_for *whom, size_t number, struct error *error)
{
    char brief[MESSAGE_BRIEF_SIZE];
    struct sample sample;

    sample_make(&sample, number, whom);
    message_brief(&sample.notice, &sms_form, brief);
    if (sms_encoding_of(brief) != SMS_GSM7)
        return error_set(error, ERR_VALUE, "TEXT",
                         "holds a letter for which a text message has 70 characters, not 160");
    if (message_brief_is_cut(&sample.notice, &sms_form))
        return error_set(error, ERR_SIZE, "TEXT",
                         "is too long: the text message \"%s\" is more than one segment",
                         sample_name(number));
    return 0;
}

/* Each text message that it may become a part of is one segment, at its longest. */
static int check_size(const struct template_input *input, struct error *error)
{
    size_t count = input->words.own_count;
    struct catalogue_word *own = calloc(count + 1, sizeof *own);
    struct sample_for whom = {.words = {input->words.language, own, count + 1},
                              .school = input->school,
                              .district = input->district,
                              .worst = true};
    int rc = 0;

    if (!gsm_spells(input->school))
        whom.school = "North High"; /* its letters take 70 characters in any case */
    if (!own)
        return error_set(error, ERR_NOMEM, "TEXT", "no memory");
    own[0] = (struct catalogue_word){input->key, input->text}; /* before the one it replaces */
    if (count)
        memcpy(own + 1, input->words.own, count * sizeof *own);
    for (size_t i = 0; i < SAMPLES && rc == 0; i++)
        rc = check_sample(&whom, i, error);
    free(own);
    return rc;
}

/* The text that comes with the program; NULL: there is none of this key. */
static const char *plain_text(enum language language, const char *key)
{
    const struct catalogue plain = {.language = language};

    return strncmp(key, "message.", 8) == 0 ? catalogue_text(&plain, key) : NULL;
}

int template_check_key(enum language language, const char *key, const char *field,
                       struct error *error)
{
    return plain_text(language, key)
               ? 0
               : error_set(error, ERR_ABSENT, field,
                           "is not the key of a text of messages: template list --all names them");
}

int template_check(const struct template_input *input, struct error *error)
{
    const char *was = plain_text(input->words.language, input->key);
    int rc = template_check_key(input->words.language, input->key, "KEY", error);

    if (rc != 0)
        return rc;
    if ((rc = check_words(input->key, input->text, error)) != 0 ||
        (rc = check_braces(input->text, error)) != 0 ||
        (rc = check_slots(input->text, was, "has a placeholder that is none here:", error)) != 0 ||
        (rc = check_slots(was, input->text, "lacks", error)) != 0 ||
        (rc = check_link(input->text, error)) != 0 ||
        (rc = check_edges(input->text, was, error)) != 0)
        return rc;
    return check_size(input, error);
}
