/* The samples that liaisonctl template preview shows: each text that a person can get is in one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/message/alarm_sample.h"
#include "common/message/reply_text.h"
#include "common/message/sample.h"
#include "common/message/sms_form.h"
#include "common/message/sms_gsm.h"

static const char school[] = "North High";
static const char long_school[] =
    "Reverend Doctor Martin Luther King Junior and Coretta Scott King "
    "Academy of Arts, Sciences & Technology (Lower North Campus)";
static const char mark[] = "Qx9Zw";

/* Texts that stand for values, of which a sample shows a few, and those for values that are not
 * known. */
static const char *const values[] = {
    "message.type.",     "message.class.", "message.bare.", "message.name.",
    "message.method.",   "message.units.", "message.none.", "message.correction.stands",
    "message.relation.", "message.role.",
};

static bool is_value(const char *key)
{
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        if (strncmp(key, values[i], strlen(values[i])) == 0)
            return true;
    return false;
}

static bool is_for_people(const char *key)
{
    static const char *const groups[] = {"message.", "alarm.", "reply.", "reply_choice.",
                                         "reply_about."};

    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        if (strncmp(key, groups[i], strlen(groups[i])) == 0)
            return !is_value(key);
    return false;
}

/* Takes ownership of text. */
static bool has_mark(char *text)
{
    bool has = text && strstr(text, mark);

    free(text);
    return has;
}

/* A brief text, and one that has so little room that all is said in fewer words. */
static bool brief_has_mark(const struct notice *notice)
{
    char brief[MESSAGE_BRIEF_SIZE];
    struct brief_form tight = sms_form;

    tight.most = 100;
    message_brief(notice, &sms_form, brief);
    if (strstr(brief, mark))
        return true;
    message_brief(notice, &tight, brief);
    return strstr(brief, mark) != NULL;
}

static bool message_has_mark(const struct catalogue *words)
{

    for (size_t i = 0; i < 2 * SAMPLES; i++) {
        const bool worst = i >= SAMPLES;
        const struct sample_for whom = {.words = *words,
                                        .school = worst ? long_school : school,
                                        .district = "Riverside",
                                        .worst = worst};
        struct sample sample;

        sample_make(&sample, i % SAMPLES, &whom);
        if (brief_has_mark(&sample.notice) || has_mark(message_subject(&sample.notice)) ||
            has_mark(message_text(&sample.notice)) || has_mark(message_html(&sample.notice)))
            return true;
    }
    return false;
}

static bool alarm_has_mark(const struct catalogue *words)
{
    const struct sample_for whom = {.words = *words, .school = school, .district = "Riverside"};
    char brief[MESSAGE_BRIEF_SIZE];

    for (size_t i = 0; i < alarm_sample_count(); i++) {
        struct alarm_sample sample;

        alarm_sample_make(&sample, i, &whom);
        alarm_brief(&sample.notice, &sms_form, brief);
        if (strstr(brief, mark) || has_mark(alarm_subject(&sample.notice)) ||
            has_mark(alarm_letter(&sample.notice)) || has_mark(alarm_html(&sample.notice)))
            return true;
    }
    return false;
}

static bool reply_has_mark(const struct catalogue *words, const char *key)
{
    const char *code = strchr(key, '.') + 1;
    const struct reply_choice choice = {1, code, school, "9:12", "violence", "FIGHT"};
    char said[REPLY_SIZE];

    reply_say(words,
              strncmp(key, "reply_choice.", 13) == 0  ? "which"
              : strncmp(key, "reply_about.", 12) == 0 ? "late"
                                                      : code,
              &choice, 1, said, sizeof said);
    return strstr(said, mark) != NULL;
}

static void test_each_text_that_a_person_can_get_is_in_a_sample(void **state)
{
    size_t count;
    const struct catalogue_word *all = catalogue_all(LANGUAGE_ENGLISH, &count);

    (void)state;
    for (size_t i = 0; i < count; i++) {
        const struct catalogue_word own = {all[i].key, mark};
        const struct catalogue words = {LANGUAGE_ENGLISH, &own, 1};
        const char *key = all[i].key;

        if (is_for_people(key) && !(strncmp(key, "reply", 5) == 0    ? reply_has_mark(&words, key)
                                    : strncmp(key, "alarm.", 6) == 0 ? alarm_has_mark(&words)
                                                                     : message_has_mark(&words)))
            fail_msg("%s is in no sample", key);
    }
}

static void test_each_kind_of_message_has_a_sample(void **state)
{
    bool seen[MESSAGE_KINDS] = {false}, status[FACTS_STATUSES] = {false};

    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        const struct sample_for whom = {.school = school, .district = "Riverside"};
        struct sample sample;

        sample_make(&sample, i, &whom);
        seen[sample.notice.kind] = true;
        if (sample.notice.kind == MESSAGE_FIRST) { /* its subject says what it says */
            const struct content *content = &sample.notice.content;
            assert_string_equal(content->first.type, content->now.type);
            assert_string_equal(content->first.class, content->now.class);
        }
        status[sample.notice.content.now.status] = true;
        for (size_t other = 0; other < i; other++)
            assert_string_not_equal(sample_name(i), sample_name(other));
    }
    for (int kind = 0; kind < MESSAGE_KINDS; kind++)
        if (!seen[kind])
            fail_msg("%s has no sample", message_kind_name((enum message_kind)kind));
    for (int i = 0; i < FACTS_WITHDRAWN; i++)
        if (!status[i])
            fail_msg("state %d has no sample", i);
}

static void test_a_text_asks_for_no_answer_that_its_letter_does_not_ask_for(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        const struct sample_for whom = {.school = school, .district = "Riverside"};
        char brief[MESSAGE_BRIEF_SIZE];
        struct sample sample;

        sample_make(&sample, i, &whom);
        message_brief(&sample.notice, &sms_form, brief);
        if ((strstr(brief, " Reply OK") || strstr(brief, " Answer: ")) &&
            !message_asks(&sample.notice))
            fail_msg("%s: %s", sample_name(i), brief);
    }
}

/* What a text must not hold: a preposition without its noun, brackets in brackets, a gap. */
static const char *blemish_of(const char *text)
{
    static const char *const blemishes[] = {" de)", " of)", " to)", "( (", "))",  "()",
                                            " ,",   " .",   "..",   ",,",  ": .", " :"};

    for (size_t i = 0; text && i < sizeof blemishes / sizeof *blemishes; i++)
        if (strstr(text, blemishes[i]))
            return blemishes[i];
    return NULL;
}

static void test_no_text_has_a_gap_or_a_word_too_few(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4 * SAMPLES; i++) {
        const struct sample_for whom = {.words.language =
                                            i % 2 ? LANGUAGE_SPANISH : LANGUAGE_ENGLISH,
                                        .school = school,
                                        .district = "Riverside",
                                        .worst = i / 2 >= SAMPLES};
        char brief[MESSAGE_BRIEF_SIZE];
        struct sample sample;

        sample_make(&sample, i / 2 % SAMPLES, &whom);
        message_brief(&sample.notice, &sms_form, brief);
        char *letter = message_text(&sample.notice);
        if (blemish_of(brief) || blemish_of(letter))
            fail_msg("%s: %s\n%s", sample_name(i / 2 % SAMPLES), brief, letter);
        free(letter);
    }
}

/* No link is cut, and none is longer than a segment. */
static void test_each_sample_of_an_alarm_is_one_segment(void **state)
{
    (void)state;
    for (enum language l = LANGUAGE_ENGLISH; l < LANGUAGES; l++)
        for (size_t i = 0; i < 2 * alarm_sample_count(); i++) {
            const bool longest = i >= alarm_sample_count();
            const struct sample_for whom = {.words.language = l,
                                            .school = longest ? long_school : school,
                                            .district = "Riverside",
                                            .worst = longest};
            char brief[MESSAGE_BRIEF_SIZE];
            struct alarm_sample sample;

            alarm_sample_make(&sample, i % alarm_sample_count(), &whom);
            alarm_brief(&sample.notice, &sms_form, brief);
            if (sms_segments(brief) != 1 || !strstr(brief, sample.notice.link) ||
                !strstr(brief, "Liaison"))
                fail_msg("%s: %s", sample.name, brief);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_text_that_a_person_can_get_is_in_a_sample),
        cmocka_unit_test(test_each_kind_of_message_has_a_sample),
        cmocka_unit_test(test_a_text_asks_for_no_answer_that_its_letter_does_not_ask_for),
        cmocka_unit_test(test_no_text_has_a_gap_or_a_word_too_few),
        cmocka_unit_test(test_each_sample_of_an_alarm_is_one_segment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
