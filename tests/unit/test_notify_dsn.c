/* What mail servers send back: which messages are reports, what they say, and of which message. The
 * corpus is fixtures/dsn, in the forms of Postfix, Exchange, Sendmail and qmail. */
#include "services/notify/receipts/dsn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FOLDER "tests/unit/fixtures/dsn/"
#define TOKEN  "0b6f4c1e-9d53-4a55-8f6e-3c1f2a7b9d01"

static char *read_file(const char *name, size_t *size)
{
    char path[128];

    snprintf(path, sizeof path, FOLDER "%s", name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char *text = calloc(1, 65536);
    *size = fread(text, 1, 65535, file);
    fclose(file);
    assert_true(*size > 0);
    return text;
}

static const struct {
    const char *file, *state, *action, *status;
} reports[] = {
    {"postfix-failed.eml", "failed", "failed", "5.1.1"},
    {"exchange-failed.eml", "failed", "failed", "5.1.10"},
    {"sendmail-failed.eml", "failed", "failed", "5.2.2"},
    {"qmail-failed.eml", "failed", "", "5.1.1"},
    {"postfix-delayed.eml", "delayed", "delayed", "4.4.1"},
    {"success.eml", "delivered", "delivered", "2.0.0"},
    {"relayed.eml", "sent", "relayed", "2.0.0"},
    {"expanded-base64.eml", "failed", "", "5.7.1"},
};

static void test_reports_of_each_server_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof reports / sizeof *reports; i++) {
        size_t size;
        char *text = read_file(reports[i].file, &size);
        struct dsn dsn;
        print_message("%s\n", reports[i].file);
        assert_true(dsn_read(text, size, &dsn));
        assert_string_equal(dsn.state, reports[i].state);
        assert_string_equal(dsn.action, reports[i].action);
        assert_string_equal(dsn.status, reports[i].status);
        assert_string_equal(dsn.token, TOKEN);
        free(text);
    }
}

static void test_what_is_no_report_is_left_alone(void **state)
{
    static const char *const others[] = {"out-of-office.eml", "vacation-qmail-words.eml",
                                         "forwarded-by-a-person.eml", "read-receipt.eml",
                                         "of-no-message.eml"};
    (void)state;

    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        size_t size;
        char *text = read_file(others[i], &size);
        struct dsn dsn;
        print_message("%s\n", others[i]);
        assert_false(dsn_read(text, size, &dsn));
        free(text);
    }
}

static void test_of_several_message_ids_ours_is_taken(void **state)
{
    static const char text[] =
        "To: alerts@x\nReferences: <" TOKEN "@x> <zzzzzzzz-9d53-4a55-8f6e-3c1f2a7b9d01@x> <a@b>\n"
        "Content-Type: message/delivery-status\n\nAction: failed\nStatus: 5.1.1\n";
    struct dsn dsn;
    (void)state;

    assert_true(dsn_read(text, strlen(text), &dsn));
    assert_string_equal(dsn.token, TOKEN);
}

/* The mailbox hands on no more than so many octets of a message. */
static void test_a_report_that_is_cut_anywhere_is_read_or_not_and_harms_nobody(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof reports / sizeof *reports; i++) {
        size_t size, read = 0;
        char *text = read_file(reports[i].file, &size);
        struct dsn dsn;
        for (size_t cut = 0; cut <= size; cut++) {
            char *copy = malloc(cut + 1); /* of its exact size, so that a sanitizer sees its end */
            memcpy(copy, text, cut);
            read += dsn_read(copy, cut, &dsn);
            free(copy);
        }
        assert_true(read > 0);
        free(text);
    }
}

static void test_hostile_messages_end(void **state)
{
    enum { SIZE = 262144 };
    char *text = malloc(SIZE + 1);
    struct dsn dsn;
    size_t used = 0;
    (void)state;

    /* Multiparts within multiparts. */
    for (int i = 0; used < SIZE - 200; i++)
        used += (size_t)snprintf(text + used, SIZE - used,
                                 "Content-Type: multipart/report; boundary=b%d\n\n--b%d\n", i, i);
    assert_false(dsn_read(text, used, &dsn));

    /* Groups without end, each of a recipient. */
    used = (size_t)snprintf(text, SIZE,
                            "To: bounce+" TOKEN "@x\nContent-Type: message/delivery-"
                            "status\n\n");
    while (used < SIZE - 64)
        used += (size_t)snprintf(text + used, SIZE - used, "Action: delivered\n\n");
    assert_true(dsn_read(text, used, &dsn));

    /* One line, NULs, other octets. */
    memset(text, 'a', SIZE);
    assert_false(dsn_read(text, SIZE, &dsn));
    memset(text, '\0', SIZE);
    assert_false(dsn_read(text, SIZE, &dsn));
    unsigned seed = 7;

    for (int round = 0; round < 50; round++) {
        for (size_t i = 0; i < 4096; i++)
            text[i] = (char)(rand_r(&seed) % 256);
        assert_false(dsn_read(text, 4096, &dsn));
    }
    free(text);
}

static void test_damaged_reports_harm_nobody(void **state)
{
    (void)state;
    unsigned seed = 11;

    for (size_t i = 0; i < sizeof reports / sizeof *reports; i++) {
        size_t size;
        char *text = read_file(reports[i].file, &size);
        for (int round = 0; round < 300; round++) {
            struct dsn dsn;
            char *copy = malloc(size);
            memcpy(copy, text, size);
            for (int n = 0; n < 8; n++)
                copy[(size_t)rand_r(&seed) % size] = (char)(rand_r(&seed) % 256);
            if (dsn_read(copy, size, &dsn))
                assert_int_equal(strlen(dsn.token), DSN_TOKEN_SIZE - 1);
            free(copy);
        }
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reports_of_each_server_are_read),
        cmocka_unit_test(test_what_is_no_report_is_left_alone),
        cmocka_unit_test(test_of_several_message_ids_ours_is_taken),
        cmocka_unit_test(test_a_report_that_is_cut_anywhere_is_read_or_not_and_harms_nobody),
        cmocka_unit_test(test_hostile_messages_end),
        cmocka_unit_test(test_damaged_reports_harm_nobody),
    };
    dsn_init();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    dsn_free();
    return failed;
}
