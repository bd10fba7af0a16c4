/* What providers send us: forms, Twilio's signature, and the words for what became of a text. */
#include "http_form.h"
#include "services/dashboard/hooks/hook_words.h"
#include "services/dashboard/hooks/twilio_signature.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void read_form(struct http_form *form, const char *text)
{
    assert_int_equal(http_form_read(form, text, strlen(text)), 0);
}

/* Forms ----------------------------------------------------------------------------------------*/

static void test_a_form_is_read_with_its_empty_and_coded_values(void **state)
{
    struct http_form form;
    (void)state;

    read_form(&form, "a=1&b=&c&d%3D=x%20y+z%0A&&a=2&e=%E2%82%AC");
    assert_int_equal(form.count, 6);
    assert_string_equal(http_form_value(&form, "a"), "1");
    assert_string_equal(http_form_value(&form, "b"), "");
    assert_string_equal(http_form_value(&form, "c"), "");
    assert_string_equal(http_form_value(&form, "d="), "x y z\n");
    assert_string_equal(http_form_value(&form, "e"), "€");
    assert_null(http_form_value(&form, "f"));
    http_form_free(&form);
}

static void test_a_form_that_is_none_is_refused(void **state)
{
    static const char *const bad[] = {"a=%", "a=%4", "a=%zz", "%=1", "a=b%00c", "a%00=b"};
    char many[HTTP_FORM_MOST * 4 + 8] = "";
    struct http_form form;
    (void)state;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(http_form_read(&form, bad[i], strlen(bad[i])), ERR_SYNTAX);
    for (size_t i = 0; i <= HTTP_FORM_MOST; i++)
        memcpy(many + i * 4, "a=1&", 5);
    assert_int_equal(http_form_read(&form, many, strlen(many)), ERR_SIZE);
    assert_int_equal(http_form_read(&form, many, strlen(many) - 4), 0);
    assert_int_equal(form.count, HTTP_FORM_MOST);
    http_form_free(&form);
    assert_int_equal(http_form_read(&form, "", 0), 0);
    assert_int_equal(form.count, 0);
    http_form_free(&form);
}

/* Twilio's signature ---------------------------------------------------------------------------*/

/* Of Twilio's documentation. */
#define TOKEN  "12345"
#define HOST   "https://mycompany.com"
#define TARGET "/myapp.php?foo=1&bar=2"
#define FORM                                                        \
    "CallSid=CA1234567890ABCDE&Digits=1234&From=%2B14158675309&To=" \
    "%2B18005551212&Caller=%2B14158675309"
#define SIGNATURE "RSOYDt4T1cUTdK1PDd93/VVr8B8="

static void test_the_signature_is_that_of_twilios_own_example(void **state)
{
    struct http_form form;
    char made[TWILIO_SIGNATURE_SIZE];
    (void)state;

    read_form(&form, FORM);
    assert_int_equal(twilio_sign(TOKEN, HOST TARGET, &form, made), 0);
    assert_string_equal(made, SIGNATURE);
    assert_true(twilio_signed(TOKEN, HOST, TARGET, &form, SIGNATURE));
    http_form_free(&form);
}

static void test_another_token_address_or_parameter_is_not_signed(void **state)
{
    static const char *const forms[] = {"", "CallSid=CA1234567890ABCDE",
                                        FORM "&More=", FORM "&Caller=%2B14158675310"};
    struct http_form form;
    (void)state;

    read_form(&form, FORM);
    assert_false(twilio_signed("12346", HOST, TARGET, &form, SIGNATURE));
    assert_false(twilio_signed("", HOST, TARGET, &form, SIGNATURE));
    assert_false(twilio_signed(TOKEN, "https://mycompany.org", TARGET, &form, SIGNATURE));
    assert_false(twilio_signed(TOKEN, HOST, "/myapp.php?foo=1&bar=3", &form, SIGNATURE));
    assert_false(twilio_signed(TOKEN, HOST, TARGET, &form, ""));
    assert_false(twilio_signed(TOKEN, HOST, TARGET, &form, "RSOYDt4T1cUTdK1PDd93/VVr8B8"));
    http_form_free(&form);
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        read_form(&form, forms[i]);
        assert_false(twilio_signed(TOKEN, HOST, TARGET, &form, SIGNATURE));
        http_form_free(&form);
    }
}

static void test_names_and_empty_values_are_signed_and_doubled_ones_once(void **state)
{
    struct http_form form;
    char one[TWILIO_SIGNATURE_SIZE], other[TWILIO_SIGNATURE_SIZE];
    (void)state;

    read_form(&form, "b=2&a=&b=1&b=2");
    twilio_sign(TOKEN, HOST, &form, one);
    http_form_free(&form);
    read_form(&form, "b=1&b=2&a");
    twilio_sign(TOKEN, HOST, &form, other);
    http_form_free(&form);
    assert_string_equal(one, other);
    read_form(&form, "b=1&b=2");
    twilio_sign(TOKEN, HOST, &form, other);
    http_form_free(&form);
    assert_string_not_equal(one, other);
}

static void test_the_port_may_be_signed_or_not(void **state)
{
    static const struct {
        const char *configured, *signs;
        bool good;
    } cases[] = {
        {HOST, HOST ":443" TARGET, true},
        {HOST ":443", HOST TARGET, true},
        {HOST ":8443", HOST ":8443" TARGET, true},
        {HOST ":8443", HOST TARGET, true},
        {HOST, HOST ":8443" TARGET, false},
        {HOST "/sub", HOST ":443/sub" TARGET, true},
        {HOST, "http://mycompany.com" TARGET, false},
        {"http://[::1]:8600", "http://[::1]" TARGET, true},
        {"http://[::1]", "http://[::1]:80" TARGET, true},
    };
    struct http_form form;
    char made[TWILIO_SIGNATURE_SIZE];
    (void)state;

    read_form(&form, FORM);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        twilio_sign(TOKEN, cases[i].signs, &form, made);
        assert_int_equal(twilio_signed(TOKEN, cases[i].configured, TARGET, &form, made),
                         cases[i].good);
    }
    http_form_free(&form);
}

/* Words ----------------------------------------------------------------------------------------*/

static void test_the_words_of_providers_are_states(void **state)
{
    (void)state;
    assert_string_equal(hook_twilio_state("delivered"), "delivered");
    assert_string_equal(hook_twilio_state("read"), "delivered");
    assert_string_equal(hook_twilio_state("undelivered"), "failed");
    assert_string_equal(hook_twilio_state("sent"), "sent");
    assert_null(hook_twilio_state("queued"));
    assert_null(hook_twilio_state(""));
    assert_string_equal(hook_kannel_state("1"), "delivered");
    assert_string_equal(hook_kannel_state("16"), "failed");
    assert_string_equal(hook_kannel_state("8"), "sent");
    assert_null(hook_kannel_state("66"));
    assert_null(hook_kannel_state("11"));
}

static void test_of_an_answer_only_the_error_is_kept(void **state)
{
    char out[HOOK_WORD_SIZE];
    (void)state;

    hook_kannel_error("id:7 sub:001 dlvrd:000 stat:UNDELIV err:027 text:North High: fight", out);
    assert_string_equal(out, "027");
    hook_kannel_error("ACK/", out);
    assert_string_equal(out, "");
    hook_word("30 003; drop <table>", out);
    assert_string_equal(out, "30003droptable");
    hook_word("123456789012345678901234567890123456789", out);
    assert_int_equal(strlen(out), HOOK_WORD_SIZE - 1);
}

static void test_a_number_is_written_as_contacts_have_it(void **state)
{
    static const char *const same[] = {"+15550100001", "15550100001", "0015550100001",
                                       " 15550100001"};
    static const char *const none[] = {"",
                                       "+",
                                       "+1555-0100",
                                       "whatsapp:+15550100001",
                                       "LIAISON",
                                       "+1234567890123456",
                                       "+1555010000\n"};
    char out[HOOK_NUMBER_SIZE];
    (void)state;

    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        assert_true(hook_number(same[i], out));
        assert_string_equal(out, "+15550100001");
    }
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_false(hook_number(none[i], out));
}

static void test_a_text_that_is_no_command_is_not_handed_on(void **state)
{
    char out[HOOK_TEXT_SIZE], many[HOOK_TEXT_SIZE + 1];
    (void)state;

    hook_text("STOP\r\n", out);
    assert_string_equal(out, "STOP  ");
    hook_text("OK\xff", out);
    assert_string_equal(out, "");
    memset(many, 'A', HOOK_TEXT_SIZE);
    many[HOOK_TEXT_SIZE] = '\0';
    hook_text(many, out);
    assert_string_equal(out, "");
    many[HOOK_TEXT_SIZE - 1] = '\0';
    hook_text(many, out);
    assert_int_equal(strlen(out), HOOK_TEXT_SIZE - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_form_is_read_with_its_empty_and_coded_values),
        cmocka_unit_test(test_a_form_that_is_none_is_refused),
        cmocka_unit_test(test_the_signature_is_that_of_twilios_own_example),
        cmocka_unit_test(test_another_token_address_or_parameter_is_not_signed),
        cmocka_unit_test(test_names_and_empty_values_are_signed_and_doubled_ones_once),
        cmocka_unit_test(test_the_port_may_be_signed_or_not),
        cmocka_unit_test(test_the_words_of_providers_are_states),
        cmocka_unit_test(test_of_an_answer_only_the_error_is_kept),
        cmocka_unit_test(test_a_number_is_written_as_contacts_have_it),
        cmocka_unit_test(test_a_text_that_is_no_command_is_not_handed_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
