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

/* One message by one channel; text is NULL without memory. */
static json_t *describe_form(const char *name, const char *channel, const char *text)
{
    return json_pack("{s:s s:s s:s?}", "message", name, "channel", channel, "text", text);
}

static void show_brief(struct ctl *ctl, const char *name, const char *brief, json_t *list)
{
    bool wide = sms_encoding_of(brief) == SMS_UCS2;
    int size = wide ? ucs2_units(brief) : gsm_septets(brief);
    json_t *form = describe_form(name, "sms", brief);

    json_object_set_new(form, "encoding", json_string(wide ? "UCS-2" : "GSM-7"));
    json_object_set_new(form, "characters", json_integer(size));
    json_object_set_new(form, "segments", json_integer(sms_segments(brief)));
    json_array_append_new(list, form);
    if (!ctl->json)
        fprintf(ctl->out, "%s, sms: %d of %s, %d segment(s)\n    %s\n\n", name, size,
                wide ? "UCS-2" : "GSM-7", sms_segments(brief), brief);
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
static void show_letter(struct ctl *ctl, const char *name, char *subject, char *text, json_t *list)
{
    json_t *form = describe_form(name, "email", text);

    json_object_set_new(form, "subject", json_string(subject ? subject : ""));
    json_array_append_new(list, form);
    if (!ctl->json) {
        fprintf(ctl->out, "%s, email: %s\n", name, subject ? subject : "");
        print_indented(ctl->out, text ? text : "");
        fputc('\n', ctl->out);
    }
    free(subject);
    free(text);
}

static void preview_messages(struct ctl *ctl, const struct template_district *of, json_t *list)
{
    const struct sample_for whom = {.words = of->wording.words,
                                    .hours24 = of->hours24,
                                    .school = of->school,
                                    .district = of->name};

    for (size_t i = 0; i < SAMPLES; i++) {
        char brief[MESSAGE_BRIEF_SIZE];
        struct sample sample;
        const struct notice *notice = &sample.notice;

        sample_make(&sample, i, &whom);
        message_brief(notice, &sms_form, brief);
        if (message_has_news(notice, true))
            show_brief(ctl, sample_name(i), brief, list);
        show_letter(ctl, sample_name(i), message_subject(notice), message_text(notice), list);
    }
}

/* Alarms and answers say the same in each district. */
static void preview_alarms(struct ctl *ctl, const struct template_district *of, json_t *list)
{
    const struct sample_for whom = {.words.language = of->wording.words.language,
                                    .hours24 = of->hours24,
                                    .school = of->school,
                                    .district = of->name};

    for (size_t i = 0; i < alarm_sample_count(); i++) {
        char brief[MESSAGE_BRIEF_SIZE];
        struct alarm_sample sample;

        alarm_sample_make(&sample, i, &whom);
        alarm_brief(&sample.notice, &sms_form, brief);
        show_brief(ctl, sample.name, brief, list);
        show_letter(ctl, sample.name, alarm_subject(&sample.notice), alarm_letter(&sample.notice),
                    list);
    }
}

/* 12:58 on a day in UTC. */
enum { PREVIEW_AT = 1792069080 };

static void preview_replies(struct ctl *ctl, const struct template_district *of, json_t *list)
{
    static const char group[] = "reply.";
    const struct catalogue words = {.language = of->wording.words.language};
    const struct when_form form = {words.language, of->hours24, "UTC"};
    struct reply_choice choices[] = {
        {4823, "alert", of->school, ""}, {4821, "alarm", "", ""}, {4820, "drill", of->school, ""}};
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
        show_brief(ctl, name, gsm_spells(said) ? brief : said, list);
    }
}

int cmd_template_preview(struct ctl *ctl, const struct ctl_args *args)
{
    struct template_district of;
    json_t *list = json_array();
    int err = district_open(ctl, args, &of);

    if (err)
        goto out;
    preview_messages(ctl, &of, list);
    preview_alarms(ctl, &of, list);
    preview_replies(ctl, &of, list);
    if (ctl->json)
        err = out_json(ctl, json_incref(list));
out:
    json_decref(list);
    district_close(&of);
    return err;
}
