/* What a brief text says first where there is no room for all, and what messages say of a call that
 * became another one, or stands again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/message/sample.h"
#include "common/message/sms_form.h"
#include "common/message/sms_gsm.h"

static const char district[] = "Riverside";
static const char school[] = "Ashgrove High School";
static const char long_school[] =
    "Reverend Doctor Martin Luther King Junior and Coretta Scott King "
    "Academy of Arts, Sciences & Technology (Lower North Campus)";

/* The sample of this name at the school, which is the caller's to change. */
static void make(struct sample *sample, const char *name, const char *at, enum language language)
{
    const struct sample_for whom = {.words.language = language, .school = at, .district = district};
    size_t number = 0;

    while (strcmp(sample_name(number), name) != 0)
        number++;
    sample_make(sample, number, &whom);
}

/* Its text; "" with a failure. */
static const char *say(const struct sample *sample)
{
    static char out[MESSAGE_BRIEF_SIZE];

    assert_true(message_brief(&sample->notice, &sms_form, out) <= GSM_SEGMENT);
    assert_non_null(strstr(out, sample->notice.link));
    return out;
}

static void assert_holds(const char *text, const char *words)
{
    if (!strstr(text, words))
        fail_msg("no \"%s\" in: %s", words, text);
}

static void assert_begins(const char *text, const char *words)
{
    if (strncmp(text, words, strlen(words)) != 0)
        fail_msg("\"%s\" does not begin with \"%s\"", text, words);
}

static void test_a_text_that_asks_says_so_where_it_has_room(void **state)
{
    static const char *const names[] = {"first, next step",
                                        "first, late",
                                        "first, restricted",
                                        "worse",
                                        "open again",
                                        "nobody has it any more",
                                        "handed over",
                                        "first, handed over",
                                        "handed over in vain",
                                        "storm",
                                        "drill",
                                        "first, more are asked"};

    (void)state;
    for (enum language l = LANGUAGE_ENGLISH; l < LANGUAGES; l++)
        for (size_t i = 0; i < 2 * sizeof names / sizeof *names; i++) {
            struct sample sample;

            make(&sample, names[i / 2], i % 2 ? long_school : school, l);
            const char *text = say(&sample);
            if (!strstr(text, l ? "Responda: " : "Answer: ") &&
                !strstr(text, l ? "Responda OK o: " : "Reply OK or: "))
                fail_msg("%s does not ask: %s", names[i / 2], text);
        }
}

static void test_who_has_it_or_another_asks_nobody_in_an_update(void **state)
{
    static const char *const names[] = {"who has it, more are asked", "one of two has it no more",
                                        "handed over to another", "update", "closed"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct sample sample;

        make(&sample, names[i], school, LANGUAGE_ENGLISH);
        assert_null(strstr(say(&sample), "Answer: "));
        assert_null(strstr(say(&sample), "Reply OK"));
    }
}

static void test_what_was_left_out_comes_back_where_there_is_room_after_all(void **state)
{
    struct sample sample;

    (void)state;
    make(&sample, "first, next step", long_school, LANGUAGE_ENGLISH);
    assert_holds(say(&sample), ": fight reported 12:58 PM. Nobody has it. Reply OK or: ");
    make(&sample, "nobody has it any more", long_school, LANGUAGE_ENGLISH);
    assert_holds(say(&sample), ", fight of 12:58 PM: nobody has it now. Answer: ");
    make(&sample, "storm, one call", school, LANGUAGE_ENGLISH); /* for its class there is none */
    assert_holds(say(&sample), ", not told one by one. Reply OK or: ");
}

static void test_few_words_leave_the_day_and_the_end_of_a_call(void **state)
{
    struct sample sample;

    (void)state;
    make(&sample, "first, place uncertain", long_school, LANGUAGE_SPANISH);
    strcpy(sample.notice.content.now.class, "suspicious");
    strcpy(sample.notice.content.now.type, "");
    sample.notice.opened_day = "jue 15 oct";
    sample.notice.link = "https://alerts-from-the-district.k12.example/a/Example-of-16-le";
    assert_holds(say(&sample), "(lugar?): actividad sospechosa jue 15 oct 12:58 p. m. Responda");
    sample.notice.content.now.status = FACTS_CLOSED;
    assert_holds(say(&sample), "12:58 p. m., cerrada");
}

static void test_a_call_that_stands_again_says_how_and_asks_again_who_had_answered(void **state)
{
    static const struct {
        enum facts_status was;
        bool answered;
        bool reopened;
        const char *brief, *letter;
    } cases[] = {
        {FACTS_OPEN, true, false, ", more urgent now.",
         "urgent than it was: please acknowledge it again."},
        {FACTS_OPEN, false, false, ", more urgent now.",
         "urgent than it was: please acknowledge it."},
        {FACTS_OPEN, false, true, ", open again.", "is open again: please acknowledge it."},
        {FACTS_CLOSED, false, true, ", open again.", "is open again: please acknowledge it."},
        {FACTS_ELSEWHERE, false, true, ", here after all.", "is here after all: please"},
        {FACTS_CANCELLED, true, true, ", valid after all.",
         "after all: please acknowledge it again."},
    };
    char out[MESSAGE_BRIEF_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sample sample;
        struct notice *n = &sample.notice;

        make(&sample, "update", school, LANGUAGE_ENGLISH);
        n->content.was = n->content.now, n->content.was.status = cases[i].was;
        n->asks_again = true, n->answered = cases[i].answered;
        n->reopened = cases[i].reopened;
        message_brief(n, &sms_form, out);
        assert_holds(out, cases[i].brief);
        char *text = message_text(n);
        assert_holds(text, cases[i].letter);
        free(text);
        n->asks_again = false;
        message_brief(n, &sms_form, out);
        text = message_text(n);
        if (cases[i].was == FACTS_ELSEWHERE) {
            assert_holds(out, "here after all");
            assert_holds(text, "Here after all: active shooter reported at Ashgrove High School.");
        }
        free(text);
    }
}

static void test_a_letter_says_what_the_call_is_now_if_its_subject_says_another(void **state)
{
    struct sample sample;
    struct notice *n = &sample.notice;

    (void)state;
    make(&sample, "update", school, LANGUAGE_ENGLISH);
    n->content.was = n->content.now, n->content.was.held = true;
    strcpy(n->content.was.holders, "one");
    char *text = message_text(n);
    assert_begins(text, "Active shooter reported at Ashgrove High School. Nobody has it any more.");
    free(text);
    n->content.now.status = FACTS_CLOSED, n->kind = MESSAGE_CLOSED;
    text = message_text(n);
    assert_begins(text, "Active shooter reported at Ashgrove High School. Closed");
    free(text);
    n->content.first = n->content.now; /* the subject says it */
    text = message_text(n);
    assert_begins(text, "Closed");
    free(text);
    n->content.first = n->content.was, strcpy(n->content.first.type, "FIGHT");
    n->content.now.sensitivity = n->content.was.sensitivity = FACTS_SEALED;
    text = message_text(n); /* neither is said */
    assert_begins(text, "Closed");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_text_that_asks_says_so_where_it_has_room),
        cmocka_unit_test(test_who_has_it_or_another_asks_nobody_in_an_update),
        cmocka_unit_test(test_what_was_left_out_comes_back_where_there_is_room_after_all),
        cmocka_unit_test(test_few_words_leave_the_day_and_the_end_of_a_call),
        cmocka_unit_test(test_a_call_that_stands_again_says_how_and_asks_again_who_had_answered),
        cmocka_unit_test(test_a_letter_says_what_the_call_is_now_if_its_subject_says_another),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
