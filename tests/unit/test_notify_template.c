/* A district's own text: what may stand there, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/message/template.h"

static const char longest_name[] =
    "Reverend Doctor Martin Luther King Junior and Coretta Scott King "
    "Academy of Arts, Sciences & Technology (Lower North Campus)";

static int check(enum language language, const char *key, const char *text, struct error *error)
{
    const struct template_input input = {.words = {.language = language},
                                         .key = key,
                                         .text = text,
                                         .school = longest_name,
                                         .district = "Riverside"};

    return template_check(&input, error);
}

static void test_each_text_of_the_program_may_stand_in_its_own_place(void **state)
{
    (void)state;
    for (int language = 0; language < LANGUAGES; language++) {
        size_t count;
        const struct catalogue_word *words = catalogue_all((enum language)language, &count);
        for (size_t i = 0; i < count; i++) {
            struct error error = {0};
            if (strncmp(words[i].key, "message.", 8) == 0 &&
                check((enum language)language, words[i].key, words[i].text, &error) != 0)
                fail_msg("%s %s %s", words[i].key, error.field, error.reason);
        }
    }
}

static void test_what_would_lose_or_add_something_is_refused(void **state)
{
    static const struct {
        const char *key, *text, *reason;
        int err;
    } cases[] = {
        {"message.sender", "Riverside USD", "", 0},
        {"message.brief.first", "{what} at {school}{where}, {day}{time}{state}{late}{again}.", "",
         0},
        {"message.mark.drill", "EXERCISE", "", 0},
        {"message.note.drill", "DRILL of the district.", "", 0},
        {"message.no.such", "x", "is not the key", ERR_ABSENT},
        {"time.just_now", "x", "is not the key", ERR_ABSENT},
        {"message.sender", "", "is empty", ERR_VALUE},
        {"message.sender", "   ", "is empty", ERR_VALUE},
        {"message.sender", "\u00a0\u200b", "is empty", ERR_VALUE},
        {"message.sender", "River\nside", "", ERR_VALUE},
        {"message.sender", "\xff", "", ERR_VALUE},
        {"message.sender", "{name}", "has a placeholder that is none here: {name}", ERR_VALUE},
        {"message.brief.ask", " Go: {sender}", "lacks {link}", ERR_VALUE},
        {"message.brief.link", " {link}", "lacks {sender}", ERR_VALUE},
        {"message.first", "{late}{What} {relation} {school}{day}{closed}.", "lacks {time}",
         ERR_VALUE},
        {"message.brief.link", " {link {sender}", "brace", ERR_VALUE},
        {"message.brief.link", " {link} {sender}}", "brace", ERR_VALUE},
        {"message.brief.link", " {link} {sender} {", "brace", ERR_VALUE},
        {"message.ask.note", "See https://evil.example", "a link of its own", ERR_VALUE},
        {"message.ask.note", "See www.evil.example", "a link of its own", ERR_VALUE},
        {"message.sender", "a.co/x", "a link of its own", ERR_VALUE},
        {"message.sender", "Riverside.org", "a link of its own", ERR_VALUE},
        {"message.sender", "a\u3002co", "a link of its own", ERR_VALUE},
        {"message.ask.note", "\u0448\u043a\u043e\u043b\u0430.\u0440\u0444", "a link of its own",
         ERR_VALUE},
        {"message.sender", "mailto:a", "a link of its own", ERR_VALUE},
        {"message.sender", "tel:+15550001111", "a link of its own", ERR_VALUE},
        {"message.brief.link", " {link} {sender}.com", "a link of its own", ERR_VALUE},
        {"message.ask.note", "U.S. a.m. St. John's, Ph.D. Call 555-0100: 24/7.", "", 0},
        {"message.ask.note", "Call the office:", "", 0},
        {"message.sender", "drill team", "names a drill", ERR_VALUE},
        {"message.note.replay", "DRILL", "names a drill", ERR_VALUE},
        {"message.sender", "Exercise", "names a drill", ERR_VALUE},
        {"message.sender", "Dr\u200bill", "names a drill", ERR_VALUE},
        {"message.sender", "Dr\u00adill", "names a drill", ERR_VALUE},
        {"message.sender", "Dr\u2605ill", "names a drill", ERR_VALUE},
        {"message.sender", "\uff24\uff32\uff29\uff2c\uff2c", "names a drill", ERR_VALUE},
        {"message.sender", "Rep\u200dlay", "names a replay", ERR_VALUE},
        {"message.sender", "repetici\u00f3n", "names a replay", ERR_VALUE},
        {"message.mark.drill", ".", "must name a drill", ERR_VALUE},
        {"message.mark.drill", "ALERT", "must name a drill", ERR_VALUE},
        {"message.mark.drill", "Ejercicio", "", 0},
        {"message.note.drill", "-", "must name a drill", ERR_VALUE},
        {"message.mark.replay", "ALERT", "must name a replay", ERR_VALUE},
        {"message.mark.replay", "DRILL REPLAY", "names a drill", ERR_VALUE},
        {"message.note.replay", "A replay of old calls.", "", 0},
        {"message.sender",
         "The Riverside Unified School District of the Lower Valley and of all of its hills",
         "is too long", ERR_SIZE},
        {"message.brief.first",
         "{school}{where}: {what} {day}{time}{state}{late}{again}. Tell all people of your school, "
         "and stay inside until somebody says that it is over",
         "is too long", ERR_SIZE},
        {"message.brief.ask", " Answer: {link}{sender}", "each side of {link}", ERR_VALUE},
        {"message.brief.ask", " Answer ({link}) {sender}", "each side of {link}", ERR_VALUE},
        {"message.brief.ask", " Answer:{link} {sender}", "each side of {link}", ERR_VALUE},
        {"message.ask.link", "{link} and {link}.", "each side of {link}", ERR_VALUE},
        {"message.ask.link", "Yours if you press {link}", "", 0},
        {"message.brief.link", "{link} {sender}", "must begin", ERR_VALUE},
        {"message.brief.closed", "closed", "must begin", ERR_VALUE},
        {"message.brief.closed", " - closed", "", 0},
        {"message.brief.day", "{day}", "must end", ERR_VALUE},
        {"message.brief.day", "{day}, ", "", 0},
        {"message.sender", "Школа", "70 characters", ERR_VALUE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error error = {0};
        int err = check(LANGUAGE_ENGLISH, cases[i].key, cases[i].text, &error);
        if (err != cases[i].err || (err && !strstr(error.reason, cases[i].reason)))
            fail_msg("%s \"%s\": %d %s", cases[i].key, cases[i].text, err, error.reason);
    }
}

static void test_texts_that_fit_alone_are_checked_together(void **state)
{
    const struct catalogue_word own[] = {{"message.sender", "Riverside USD Safe"}};
    struct template_input input = {.words = {LANGUAGE_ENGLISH, own, 1},
                                   .key = "message.bare.class.suspicious",
                                   .text = "suspicious act",
                                   .school = longest_name,
                                   .district = "Riverside"};
    struct error error = {0};

    (void)state;
    assert_int_equal(template_check(&input, &error), 0);
    input.text = "suspicious activity that somebody reported just now";
    assert_int_equal(template_check(&input, &error), ERR_SIZE);
    /* It replaces the one that is saved, and is not added to it. */
    input.key = "message.sender", input.text = "Riverside";
    assert_int_equal(template_check(&input, &error), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_text_of_the_program_may_stand_in_its_own_place),
        cmocka_unit_test(test_what_would_lose_or_add_something_is_refused),
        cmocka_unit_test(test_texts_that_fit_alone_are_checked_together),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
