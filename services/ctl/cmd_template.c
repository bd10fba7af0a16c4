/* template set, list, preview, remove: what a district's messages say in its own words. */
#include "alarm_sample.h"
#include "commands.h"
#include "message.h"
#include "out.h"
#include "reply_text.h"
#include "sample.h"
#include "sms_form.h"
#include "sms_gsm.h"
#include "sql.h"
#include "template.h"
#include "wording.h"

#include <stdlib.h>
#include <string.h>

/* A district as its messages need it. */
struct template_district {
    char id[16];
    PGresult *row; /* template_of, which the rest borrows from */
    const char *language, *name, *school;
    bool hours24;
    struct wording wording;
};

/* --language, or NULL for the district's. */
static int take_language(struct ctl *ctl, const struct ctl_args *args, const char **language)
{
    static const char *const codes[] = {"en", "es", NULL};

    *language = cli_choice(args, "--language", codes, NULL, &ctl->error);
    return ctl->error.code;
}

static int district_open(struct ctl *ctl, const struct ctl_args *args, struct template_district *of)
{
    const char *language;
    int err = take_language(ctl, args, &language);

    *of = (struct template_district){.row = NULL};
    if (!err)
        err = sql_district(ctl, args->operand[0], of->id);
    if (err)
        return err;
    of->row = sql_query(ctl, "template_of", 2, of->id, language);
    if (!of->row)
        return ctl->error.code;
    of->language = PQgetvalue(of->row, 0, 0);
    of->name = PQgetvalue(of->row, 0, 1);
    of->hours24 = PQgetvalue(of->row, 0, 2)[0] == 't';
    of->school = PQgetvalue(of->row, 0, 3)[0] ? PQgetvalue(of->row, 0, 3) : "North High";
    err = wording_read(&of->wording, of->language, PQgetvalue(of->row, 0, 4));
    return err ? error_set(&ctl->error, err, "DISTRICT", "its templates cannot be read") : 0;
}

static void district_close(struct template_district *of)
{
    wording_free(&of->wording);
    PQclear(of->row);
}

/* The district, the language and the key, for the audit and the answer. */
static json_t *describe(const struct ctl_args *args, const struct template_district *of)
{
    return json_pack("{s:s s:s s:s}", "district", args->operand[0], "language", of->language, "key",
                     args->operand[1]);
}

int cmd_template_set(struct ctl *ctl, const struct ctl_args *args)
{
    const char *key = args->operand[1], *text = args->operand[2];
    struct template_district of;
    char version[16] = "";
    int err = district_open(ctl, args, &of);

    if (err)
        goto out;
    const struct template_input input = {of.wording.words, key, text, of.school, of.name};
    err = template_check(&input, &ctl->error);
    if (!err)
        err = sql_begin(ctl);
    if (err)
        goto out;
    err = sql_value(ctl, version, sizeof version, "template_put", 5, of.id, of.language, key, text,
                    ctl->actor);
    bool same = err == ERR_ABSENT;
    err = sql_finish(ctl, same ? 0 : err, "template.set", key, describe(args, &of));
    if (!err)
        err = out_done(ctl, describe(args, &of), "%s %s %s: %s%s", args->operand[0], of.language,
                       key, same ? "is so already" : "version ", version);
out:
    district_close(&of);
    return err;
}

int cmd_template_remove(struct ctl *ctl, const struct ctl_args *args)
{
    const char *key = args->operand[1];
    struct template_district of;
    char version[16];
    int err = district_open(ctl, args, &of);

    if (!err)
        err = sql_begin(ctl);
    if (err)
        goto out;
    err = sql_value(ctl, version, sizeof version, "template_remove", 3, of.id, of.language, key);
    if (err == ERR_ABSENT)
        error_set(&ctl->error, err, "KEY", "is none of the district's in this language");
    err = sql_finish(ctl, err, "template.remove", key, describe(args, &of));
    if (!err)
        err = out_done(ctl, describe(args, &of), "%s %s %s: says what it said at first",
                       args->operand[0], of.language, key);
out:
    district_close(&of);
    return err;
}

/* The texts of messages as they come with the program. */
static int list_all(struct ctl *ctl, enum language language)
{
    static const char about[] = "message.";
    size_t count;
    const struct catalogue_word *words = catalogue_all(language, &count);
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++) {
        if (strncmp(words[i].key, about, sizeof about - 1) != 0)
            continue;
        if (ctl->json)
            json_array_append_new(
                list, json_pack("{s:s s:s}", "key", words[i].key, "text", words[i].text));
        else
            fprintf(ctl->out, "%s\n    %s\n", words[i].key, words[i].text);
    }
    if (ctl->json)
        return out_json(ctl, list);
    json_decref(list);
    return 0;
}

int cmd_template_list(struct ctl *ctl, const struct ctl_args *args)
{
    const char *language;
    int err = take_language(ctl, args, &language);

    if (!err && cli_text(args, "--all"))
        return list_all(ctl, language_of(language));
    if (!err)
        err = sql_filter_district(ctl, "DISTRICT", args->operand[0]);
    return err ? err : out_query(ctl, "template_list", true, args->operand[0]);
}

/* Preview ---------------------------------------------------------------------------------------*/

struct preview {
    struct ctl *ctl;
    const struct template_district *of;
    const char *channel, *message, *key; /* show these alone; NULL: all */
    json_t *list;
};

static bool is_wanted(const struct preview *preview, const char *name, const char *channel)
{
    return (!preview->channel || strcmp(preview->channel, channel) == 0) &&
           (!preview->message || strcasestr(name, preview->message));
}

/* One message by one channel; text is NULL without memory. */
static json_t *describe_form(const char *name, const char *channel, const char *text)
{
    return json_pack("{s:s s:s s:s?}", "message", name, "channel", channel, "text", text);
}

static void show_brief(const struct preview *preview, const char *name, const char *brief)
{
    if (!is_wanted(preview, name, "sms"))
        return;
    bool wide = sms_encoding_of(brief) == SMS_UCS2;
    int size = wide ? ucs2_units(brief) : gsm_septets(brief);
    json_t *form = describe_form(name, "sms", brief);

    json_object_set_new(form, "encoding", json_string(wide ? "UCS-2" : "GSM-7"));
    json_object_set_new(form, "characters", json_integer(size));
    json_object_set_new(form, "segments", json_integer(sms_segments(brief)));
    json_array_append_new(preview->list, form);
    if (!preview->ctl->json)
        fprintf(preview->ctl->out, "%s, sms: %d of %s, %d segment%s\n    %s\n\n", name, size,
                wide ? "UCS-2" : "GSM-7", sms_segments(brief), sms_segments(brief) == 1 ? "" : "s",
                brief);
}

static void print_indented(FILE *out, const char *text)
{
    for (; *text; text++) {
        size_t length = strcspn(text, "\n");
        fprintf(out, "%s%.*s\n", length ? "    " : "", (int)length, text);
        text += length;
        if (!*text)
            break;
    }
}

/* Takes ownership of subject and text. */
static void show_letter(const struct preview *preview, const char *name, char *subject, char *text)
{
    struct ctl *ctl = preview->ctl;
    json_t *form = NULL;

    if (!is_wanted(preview, name, "email"))
        goto out;
    form = describe_form(name, "email", text);
    json_object_set_new(form, "subject", json_string(subject ? subject : ""));
    json_array_append_new(preview->list, form);
    if (!ctl->json) {
        fprintf(ctl->out, "%s, email: %s\n", name, subject ? subject : "");
        print_indented(ctl->out, text ? text : "");
        fputc('\n', ctl->out);
    }
out:
    free(subject);
    free(text);
}

static bool same_text(char *one, char *other)
{
    bool same = one && other && strcmp(one, other) == 0;

    free(one);
    free(other);
    return same;
}

/* A message; other is the same one where the text of --key differs: what is equal in both does not
 * hold that text. NULL: all is shown. */
static void preview_message(const struct preview *preview, const char *name,
                            const struct notice *notice, const struct notice *other)
{
    char brief[MESSAGE_BRIEF_SIZE], other_brief[MESSAGE_BRIEF_SIZE] = "";

    message_brief(notice, &sms_form, brief);
    if (other)
        message_brief(other, &sms_form, other_brief);
    if (message_has_news(notice, true) && strcmp(brief, other_brief) != 0)
        show_brief(preview, name, brief);
    if (!other || !same_text(message_text(notice), message_text(other)) ||
        !same_text(message_subject(notice), message_subject(other)))
        show_letter(preview, name, message_subject(notice), message_text(notice));
}

static int preview_messages(const struct preview *preview)
{
    const struct template_district *of = preview->of;
    const struct catalogue *words = &of->wording.words;
    struct catalogue_word *own = calloc(words->own_count + 1, sizeof *own);
    const struct sample_for whom = {
        .words = *words, .hours24 = of->hours24, .school = of->school, .district = of->name};
    struct sample_for other_whom = whom;

    if (!own)
        return error_set(&preview->ctl->error, ERR_NOMEM, "", "no memory");
    own[0] = (struct catalogue_word){preview->key, "*"}; /* before the one it replaces */
    if (words->own_count)
        memcpy(own + 1, words->own, words->own_count * sizeof *own);
    other_whom.words = (struct catalogue){words->language, own, words->own_count + 1};
    for (size_t i = 0; i < SAMPLES; i++) {
        struct sample sample, other;

        sample_make(&sample, i, &whom);
        if (preview->key)
            sample_make(&other, i, &other_whom);
        preview_message(preview, sample_name(i), &sample.notice,
                        preview->key ? &other.notice : NULL);
    }
    free(own);
    return 0;
}

/* Alarms and answers say the same in each district. */
static void preview_alarms(const struct preview *preview)
{
    const struct template_district *of = preview->of;
    const struct sample_for whom = {.words.language = of->wording.words.language,
                                    .hours24 = of->hours24,
                                    .school = of->school,
                                    .district = of->name};

    for (size_t i = 0; i < alarm_sample_count(); i++) {
        char brief[MESSAGE_BRIEF_SIZE];
        struct alarm_sample sample;

        alarm_sample_make(&sample, i, &whom);
        alarm_brief(&sample.notice, &sms_form, brief);
        show_brief(preview, sample.name, brief);
        show_letter(preview, sample.name, alarm_subject(&sample.notice),
                    alarm_letter(&sample.notice));
    }
}

/* 12:58 on a day in UTC. */
enum { PREVIEW_AT = 1792069080 };

static void preview_replies(const struct preview *preview)
{
    const struct template_district *of = preview->of;
    static const char group[] = "reply.";
    const struct catalogue words = {.language = of->wording.words.language};
    const struct when_form form = {words.language, of->hours24, "UTC"};
    struct reply_choice choices[] = {{4823, "alert", of->school, "", "violence", "FIGHT"},
                                     {4822, "summary", of->school, "", "", ""},
                                     {4821, "alarm", "", "", "", ""},
                                     {4820, "drill", of->school, "", "", ""}};
    struct when when[sizeof choices / sizeof *choices];
    size_t count;
    const struct catalogue_word *all = catalogue_all(words.language, &count);

    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
        when_write(&when[i], &form, PREVIEW_AT - (int64_t)i * 18 * 60, 0, PREVIEW_AT);
        choices[i].at = when[i].opened_time;
    }
    for (size_t i = 0; i < count; i++) {
        const char *answer = all[i].key + sizeof group - 1;
        char name[48], said[REPLY_SIZE], brief[REPLY_SIZE];

        if (strncmp(all[i].key, group, sizeof group - 1) != 0)
            continue;
        reply_say(&words, answer, choices, sizeof choices / sizeof *choices, said, sizeof said);
        gsm_transliterate(said, brief, sizeof brief);
        snprintf(name, sizeof name, "answer, %s", answer);
        show_brief(preview, name, gsm_spells(said) ? brief : said);
    }
}

static int take_preview(struct preview *preview, const struct ctl_args *args)
{
    static const char *const channels[] = {"email", "sms", NULL};
    struct error *error = &preview->ctl->error;

    preview->channel = cli_choice(args, "--channel", channels, NULL, error);
    preview->message = cli_text(args, "--message");
    preview->key = cli_text(args, "--key");
    if (!error->code && preview->key)
        return template_check_key(preview->of->wording.words.language, preview->key, "--key",
                                  error);
    return error->code;
}

int cmd_template_preview(struct ctl *ctl, const struct ctl_args *args)
{
    struct template_district of;
    struct preview preview = {.ctl = ctl, .of = &of, .list = json_array()};
    int err = district_open(ctl, args, &of);

    if (!err)
        err = take_preview(&preview, args);
    if (!err)
        err = preview_messages(&preview);
    if (err)
        goto out;
    if (!preview.key) {
        preview_alarms(&preview);
        preview_replies(&preview);
    }
    if (preview.message && json_array_size(preview.list) == 0)
        err = error_set(&ctl->error, ERR_ABSENT, "--message",
                        "is in the name of no message that is asked for");
    else if (ctl->json)
        err = out_json(ctl, json_incref(preview.list));
out:
    json_decref(preview.list);
    district_close(&of);
    return err;
}
