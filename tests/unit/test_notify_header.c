/* Header fields of an e-mail: quoted, encoded, folded, and never more than one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <gmime/gmime.h>
#include <stdlib.h>
#include <string.h>

#include "services/notify/channel/email.h"
#include "services/notify/channel/email_header.h"

static void assert_field(char *field, const char *wanted)
{
    assert_string_equal(field, wanted);
    free(field);
}

static void test_a_name_is_quoted_where_it_must_be(void **state)
{
    (void)state;
    assert_field(email_header_mailbox("From", "Liaison", "a@b.example"),
                 "From: Liaison <a@b.example>");
    assert_field(email_header_mailbox("From", "Riverside, Schools", "a@b.example"),
                 "From: \"Riverside, Schools\" <a@b.example>");
    assert_field(email_header_mailbox("From", "\"Riverside, Schools\"", "a@b.example"),
                 "From: \"Riverside, Schools\" <a@b.example>");
    assert_field(email_header_mailbox("From", "St. Mary's; \"North\"", "a@b.example"),
                 "From: \"St. Mary's; \\\"North\\\"\" <a@b.example>");
    assert_field(email_header_mailbox("From", "École", "a@b.example"),
                 "From: =?UTF-8?B?w4ljb2xl?=\r\n <a@b.example>");
    assert_field(email_header_mailbox("From", "", "a@b.example"), "From: a@b.example");
}

/* Each line is at most 78 columns, and each but the first is a continuation. */
static void assert_folded(const char *field)
{
    for (const char *line = field, *end; line; line = end ? end + 2 : NULL) {
        end = strstr(line, "\r\n");
        assert_true((end ? (size_t)(end - line) : strlen(line)) <= 78);
        if (line != field)
            assert_true(*line == ' ' || *line == '\t');
    }
}

static void test_a_long_text_is_folded_and_read_back_whole(void **state)
{
    static const char *const texts[] = {
        "North High: fight reported, 09:12",
        "École Élémentaire “Notre-Dame-des-Neiges” de la Côte-Saint-Luc: fight reported, 09:12",
        "Rev. Dr. Martin Luther King, Jr. Academy of Arts; Science & Letters of the Lower North "
        "End: suspicious activity reported, 09:12",
        "東京第一高等学校東京第一高等学校東京第一高等学校東京第一高等学校: fight reported",
        "=?utf-8?q?Evil=0ABcc=3A?=: fight reported 15:15",
    };

    (void)state;
    g_mime_init();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char *field = email_header_field("Subject", texts[i]);
        char *value = g_mime_utils_header_unfold(field + strlen("Subject: "));
        char *read = g_mime_utils_header_decode_text(NULL, value);

        assert_folded(field);
        assert_string_equal(read, texts[i]);
        g_free(read), g_free(value), free(field);
    }
}

static void test_a_line_break_starts_no_other_field(void **state)
{
    (void)state;
    assert_field(email_header_field("Subject", "North\r\nBcc: x@y"), "Subject: North  Bcc: x@y");
    assert_field(email_header_mailbox("From", "North\r\nBcc: x@y", "a@b.example"),
                 "From: \"North  Bcc: x@y\" <a@b.example>");
    assert_field(email_header_mailbox("From", "=?utf-8?q?a=0Ab?=", "a@b.example"),
                 "From: =?UTF-8?B?PT91dGYtOD9xP2E9MEFiPz0=?=\r\n <a@b.example>");
}

static void test_addresses_that_cannot_stand_in_smtp_are_refused(void **state)
{
    static const char *const bad[] = {
        "", "a", "@b", "a@", "a@b@c", "a b@c", "a@b\r\nRCPT TO:<x>", "<a@b>", "a@b,c@d", "é@b"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(email_address_ok(bad[i]));
    assert_true(email_address_ok("pat.lee+alerts@riverside.k12.example"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses_that_cannot_stand_in_smtp_are_refused),
        cmocka_unit_test(test_a_name_is_quoted_where_it_must_be),
        cmocka_unit_test(test_a_long_text_is_folded_and_read_back_whole),
        cmocka_unit_test(test_a_line_break_starts_no_other_field),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
