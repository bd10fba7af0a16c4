/* The brief texts: what they say first where there is no room for all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
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

static void assert_says(const struct sample *sample, const char *words)
{
    const char *text = say(sample);

    if (!strstr(text, words))
        fail_msg("no \"%s\" in: %s", words, text);
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
    assert_says(&sample, ": fight reported 12:58 PM. Nobody has it. Reply OK or: ");
    make(&sample, "nobody has it any more", long_school, LANGUAGE_ENGLISH);
    assert_says(&sample, ", fight of 12:58 PM: nobody has it now. Answer: ");
    make(&sample, "storm, one call", school, LANGUAGE_ENGLISH); /* for its class there is none */
    assert_says(&sample, ", not told one by one. Reply OK or: ");
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
    assert_says(&sample, "(lugar?): actividad sospechosa jue 15 oct 12:58 p. m. Responda");
    sample.notice.content.now.status = FACTS_CLOSED;
    assert_says(&sample, "12:58 p. m., cerrada");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_text_that_asks_says_so_where_it_has_room),
        cmocka_unit_test(test_who_has_it_or_another_asks_nobody_in_an_update),
        cmocka_unit_test(test_what_was_left_out_comes_back_where_there_is_room_after_all),
        cmocka_unit_test(test_few_words_leave_the_day_and_the_end_of_a_call),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
