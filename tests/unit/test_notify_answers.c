/* What an answer of a relay or a gateway means: sent or not, whose fault, and up or down. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "services/notify/channel/kannel.h"
#include "services/notify/channel/smtp_dialog.h"
#include "services/notify/channel/twilio.h"

/* SMTP ------------------------------------------------------------------------------------------*/

/* What goes out before the answer of a stage comes; "" is a part of the message. */
static const char *const sent[SMTP_STAGES] = {
    [SMTP_HELLO] = "EHLO liaison\r\n",
    [SMTP_SIGN_IN] = "AUTH PLAIN AGEAYg==\r\n",
    [SMTP_MAIL] = "MAIL FROM:<a@b>\r\n",
    [SMTP_RCPT] = "RCPT TO:<c@d>\r\n",
    [SMTP_DATA] = "DATA\r\n",
    [SMTP_BODY] = "",
};

static void say(struct smtp_dialog *dialog, const char *line)
{
    smtp_dialog_heard(dialog, CURLINFO_HEADER_OUT, line, strlen(line));
}

static void hear(struct smtp_dialog *dialog, const char *line)
{
    smtp_dialog_heard(dialog, CURLINFO_HEADER_IN, line, strlen(line));
}

/* A dialog that went well up to the stage, whose answer is due. */
static struct smtp_dialog dialog_at(enum smtp_stage stage)
{
    struct smtp_dialog dialog = {0};

    for (enum smtp_stage at = SMTP_HELLO; at <= stage; at++) {
        hear(&dialog, at == SMTP_BODY ? "354 go on\r\n" : "250-more\r\n");
        if (at != SMTP_BODY)
            hear(&dialog, "250 ok\r\n");
        if (sent[at][0])
            say(&dialog, sent[at]);
        else
            smtp_dialog_heard(&dialog, CURLINFO_DATA_OUT, "Subject: x", 10);
    }
    return dialog;
}

static struct parcel judged(enum smtp_stage stage, const char *answer, CURLcode rc)
{
    struct smtp_dialog dialog = dialog_at(stage);
    struct parcel parcel = {0};

    if (answer)
        hear(&dialog, answer);
    smtp_dialog_judge(&dialog, rc, &parcel);
    return parcel;
}

struct expectation {
    enum parcel_end end;
    enum parcel_fault fault;
    enum parcel_sign sign;
};

static void expect(const struct parcel *parcel, struct expectation wanted, const char *what)
{
    if (parcel->end != wanted.end || parcel->fault != wanted.fault || parcel->sign != wanted.sign)
        print_error("%s: end %d fault %d sign %d, not %d %d %d\n", what, parcel->end, parcel->fault,
                    parcel->sign, wanted.end, wanted.fault, wanted.sign);
    assert_int_equal(parcel->end, wanted.end);
    assert_int_equal(parcel->fault, wanted.fault);
    assert_int_equal(parcel->sign, wanted.sign);
}

static const struct expectation down = {END_TEMPORARY, FAULT_PROVIDER, SIGN_DOWN},
                                ours = {END_TEMPORARY, FAULT_OURSELVES, SIGN_DOWN},
                                later = {END_TEMPORARY, FAULT_RECIPIENT, SIGN_ALIVE},
                                never = {END_PERMANENT, FAULT_RECIPIENT, SIGN_ALIVE},
                                closing = {END_TEMPORARY, FAULT_PROVIDER, SIGN_NONE},
                                unknown = {END_UNKNOWN, FAULT_PROVIDER, SIGN_DOWN},
                                done = {END_OK, FAULT_NONE, SIGN_ALIVE};

static void test_every_answer_at_every_stage_of_smtp(void **state)
{
    static const char *const answers[] = {"250 ok\r\n",
                                          "354 go\r\n",
                                          "451 4.3.0 later\r\n",
                                          "421 4.3.2 bye\r\n",
                                          "550 5.1.1 no\r\n",
                                          "<html>lol</html>\r\n",
                                          NULL};
    /* In the order of the answers. */
    const struct expectation *const table[SMTP_STAGES][7] = {
        [SMTP_CONNECT] = {&down, &down, &down, &down, &down, &down, &down},
        [SMTP_HELLO] = {&down, &down, &down, &down, &down, &down, &down},
        [SMTP_SIGN_IN] = {&down, &down, &down, &down, &ours, &down, &down},
        [SMTP_MAIL] = {&down, &down, &down, &down, &ours, &down, &down},
        [SMTP_RCPT] = {&down, &down, &later, &closing, &never, &down, &down},
        [SMTP_DATA] = {&down, &down, &later, &closing, &never, &down, &down},
        [SMTP_BODY] = {&done, &unknown, &later, &closing, &never, &unknown, &unknown},
    };
    static const CURLcode ends[] = {CURLE_RECV_ERROR, CURLE_OPERATION_TIMEDOUT,
                                    CURLE_WEIRD_SERVER_REPLY};

    (void)state;
    for (size_t stage = 0; stage < SMTP_STAGES; stage++)
        for (size_t i = 0; i < 7; i++)
            for (size_t end = 0; end < sizeof ends / sizeof *ends; end++) {
                struct parcel parcel = judged((enum smtp_stage)stage, answers[i], ends[end]);
                char what[80];

                snprintf(what, sizeof what, "stage %zu, answer %zu, end %zu", stage, i, end);
                expect(&parcel, *table[stage][i], what);
                assert_int_equal(parcel.went_out, stage == SMTP_BODY);
            }
}

static void test_an_error_of_smtp_names_the_answer_and_no_text(void **state)
{
    (void)state;
    assert_string_equal(judged(SMTP_RCPT, "550 no\r\n", CURLE_SEND_ERROR).error, "smtp 550");
    assert_string_equal(judged(SMTP_CONNECT, NULL, CURLE_COULDNT_CONNECT).error, "smtp curl-7");
    assert_string_equal(judged(SMTP_MAIL, "hello\r\n", CURLE_OPERATION_TIMEDOUT).error,
                        "smtp unreadable");
    assert_string_equal(judged(SMTP_BODY, "250 ok\r\n", CURLE_OK).error, "");
}

static void test_what_we_end_ourselves_says_nothing_of_the_relay(void **state)
{
    struct parcel parcel = judged(SMTP_MAIL, NULL, CURLE_ABORTED_BY_CALLBACK);

    (void)state;
    assert_int_equal(parcel.reason, REASON_INTERNAL);
    assert_int_equal(parcel.sign, SIGN_NONE);
    parcel = judged(SMTP_BODY, NULL, CURLE_ABORTED_BY_CALLBACK);
    assert_int_equal(parcel.end, END_UNKNOWN);
}

static void test_a_relay_without_a_way_to_sign_in_is_ours_to_mend(void **state)
{
    struct parcel parcel = judged(SMTP_HELLO, "250 ok\r\n", CURLE_LOGIN_DENIED);

    (void)state;
    assert_int_equal(parcel.fault, FAULT_OURSELVES);
}

static void test_the_answer_to_quit_is_not_that_to_the_message(void **state)
{
    struct smtp_dialog dialog = dialog_at(SMTP_RCPT);
    struct parcel parcel = {0};

    (void)state;
    hear(&dialog, "450 later\r\n");
    say(&dialog, "QUIT\r\n");
    hear(&dialog, "<html>\r\n");
    smtp_dialog_judge(&dialog, CURLE_SEND_ERROR, &parcel);
    expect(&parcel, later, "after QUIT");
}

static void test_an_idle_connection_that_was_closed_is_stale(void **state)
{
    struct smtp_dialog dialog = {0};

    (void)state;
    say(&dialog, sent[SMTP_MAIL]);
    assert_true(smtp_dialog_was_stale(&dialog, CURLE_RECV_ERROR));
    assert_false(smtp_dialog_was_stale(&dialog, CURLE_OPERATION_TIMEDOUT));
    hear(&dialog, "421 4.4.2 idle\r\n");
    assert_true(smtp_dialog_was_stale(&dialog, CURLE_SEND_ERROR));
    dialog = dialog_at(SMTP_MAIL);
    hear(&dialog, "451 no\r\n");
    assert_false(smtp_dialog_was_stale(&dialog, CURLE_SEND_ERROR));
    dialog = dialog_at(SMTP_BODY);
    assert_false(smtp_dialog_was_stale(&dialog, CURLE_RECV_ERROR));
}

/* Gateways --------------------------------------------------------------------------------------*/

struct answer_case {
    long status;
    const char *body;
    enum parcel_end end;
    enum parcel_fault fault;
    enum parcel_sign sign;
    const char *error;
};

static void check(void (*judge)(const struct gateway_answer *, struct parcel *),
                  const struct answer_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char body[200];
        struct gateway_answer answer = {
            .status = cases[i].status, .body = body, .went_out = true, .retry_after_s = -1};
        struct parcel parcel = {.end = END_PERMANENT};

        snprintf(body, sizeof body, "%s", cases[i].body);
        judge(&answer, &parcel);
        expect(&parcel, (struct expectation){cases[i].end, cases[i].fault, cases[i].sign},
               cases[i].body);
        assert_string_equal(parcel.error, cases[i].error);
    }
}

static void test_answers_of_twilio(void **state)
{
    static const struct answer_case cases[] = {
        {201, "{\"sid\":\"SM1\",\"status\":\"queued\",\"error_code\":null}", END_OK, FAULT_NONE,
         SIGN_ALIVE, ""},
        /* What cannot be read is not sent. */
        {201, "{\"status\":\"queued\"}", END_UNKNOWN, FAULT_PROVIDER, SIGN_DOWN, "http 201"},
        {201, "{\"sid\":\"SM1\"}", END_UNKNOWN, FAULT_PROVIDER, SIGN_DOWN, "http 201"},
        {200, "<html>maintenance</html>", END_UNKNOWN, FAULT_PROVIDER, SIGN_DOWN, "http 200"},
        {200, "", END_UNKNOWN, FAULT_PROVIDER, SIGN_DOWN, "http 200"},
        {302, "", END_UNKNOWN, FAULT_PROVIDER, SIGN_DOWN, "http 302"},
        {504, "<html>504", END_UNKNOWN, FAULT_PROVIDER, SIGN_DOWN, "http 504"},
        {408, "", END_UNKNOWN, FAULT_PROVIDER, SIGN_DOWN, "http 408"},
        /* Twilio's own word of 5xx is that it was not taken. */
        {500, "{\"code\":20500,\"status\":500}", END_TEMPORARY, FAULT_PROVIDER, SIGN_DOWN,
         "twilio 20500"},
        {503, "{\"code\":99999,\"status\":503}", END_TEMPORARY, FAULT_PROVIDER, SIGN_DOWN,
         "twilio 99999"},
        /* Taken, and failed. */
        {201, "{\"sid\":\"SM1\",\"status\":\"failed\",\"error_code\":30006}", END_PERMANENT,
         FAULT_RECIPIENT, SIGN_ALIVE, "twilio 30006"},
        {201, "{\"sid\":\"SM1\",\"status\":\"undelivered\"}", END_TEMPORARY, FAULT_RECIPIENT,
         SIGN_ALIVE, "twilio undelivered"},
        {201, "{\"sid\":\"SM1\",\"status\":\"failed\",\"error_code\":30034}", END_TEMPORARY,
         FAULT_OURSELVES, SIGN_DOWN, "twilio 30034"},
        /* The number's. */
        {400, "{\"code\":21610}", END_PERMANENT, FAULT_RECIPIENT, SIGN_ALIVE, "twilio 21610"},
        {400, "{\"code\":21211}", END_PERMANENT, FAULT_RECIPIENT, SIGN_ALIVE, "twilio 21211"},
        /* Ours. */
        {400, "{\"code\":21606}", END_TEMPORARY, FAULT_OURSELVES, SIGN_DOWN, "twilio 21606"},
        {400, "{\"code\":21617}", END_TEMPORARY, FAULT_OURSELVES, SIGN_ALIVE, "twilio 21617"},
        {400, "{\"code\":12345}", END_TEMPORARY, FAULT_OURSELVES, SIGN_ALIVE, "twilio 12345"},
        {401, "{\"code\":20003}", END_TEMPORARY, FAULT_OURSELVES, SIGN_DOWN, "twilio 20003"},
        {401, "<html>", END_TEMPORARY, FAULT_OURSELVES, SIGN_DOWN, "http 401"},
        {403, "{\"code\":12345}", END_TEMPORARY, FAULT_OURSELVES, SIGN_DOWN, "twilio 12345"},
        {404, "<html>", END_TEMPORARY, FAULT_OURSELVES, SIGN_DOWN, "http 404"},
        /* Too many. */
        {429, "{\"code\":20429}", END_TEMPORARY, FAULT_PROVIDER, SIGN_BUSY, "twilio 20429"},
        {429, "", END_TEMPORARY, FAULT_PROVIDER, SIGN_BUSY, "http 429"},
    };

    (void)state;
    check(twilio_judge, cases, sizeof cases / sizeof *cases);
}

static void test_answers_of_kannel(void **state)
{
    static const struct answer_case cases[] = {
        {202, "0: Accepted for delivery", END_OK, FAULT_NONE, SIGN_ALIVE, ""},
        {202, "3: Queued for later delivery", END_OK, FAULT_NONE, SIGN_ALIVE, ""},
        {202, "<html>", END_UNKNOWN, FAULT_PROVIDER, SIGN_DOWN, "http 202"},
        {200, "0: Accepted for delivery", END_UNKNOWN, FAULT_PROVIDER, SIGN_DOWN, "http 200"},
        {502, "<html>", END_UNKNOWN, FAULT_PROVIDER, SIGN_DOWN, "http 502"},
        {503, "Temporal failure, try again later.", END_TEMPORARY, FAULT_PROVIDER, SIGN_DOWN,
         "kannel 503"},
        {503, "<html>", END_UNKNOWN, FAULT_PROVIDER, SIGN_DOWN, "http 503"},
        {403, "Not routable. Do not try again.", END_PERMANENT, FAULT_RECIPIENT, SIGN_ALIVE,
         "kannel 403"},
        {403, "Authorization failed for sendsms", END_TEMPORARY, FAULT_OURSELVES, SIGN_DOWN,
         "kannel 403"},
        {400, "Number(s) has/have been denied by white- and/or black-lists.", END_PERMANENT,
         FAULT_RECIPIENT, SIGN_ALIVE, "kannel 400"},
        {400, "Invalid content-type", END_TEMPORARY, FAULT_OURSELVES, SIGN_ALIVE, "kannel 400"},
    };

    (void)state;
    check(kannel_judge, cases, sizeof cases / sizeof *cases);
}

static void test_no_answer_is_unknown_once_the_body_went_out(void **state)
{
    struct gateway_answer answer = {.rc = CURLE_RECV_ERROR, .retry_after_s = -1};
    struct parcel parcel = {0};

    (void)state;
    twilio_judge(&answer, &parcel);
    expect(&parcel, down, "before the body");
    assert_int_equal(parcel.reason, REASON_UNREACHABLE);
    answer.went_out = true;
    kannel_judge(&answer, &parcel);
    expect(&parcel, unknown, "after the body");
    assert_string_equal(parcel.error, "http curl-56");
}

/* A list of one message, which says this, was made then and is in that state. */
static enum twilio_kept found(const char *body, const char *created, const char *status,
                              struct parcel *parcel)
{
    static const struct settings settings = {.base_url = "https://l.example"};
    char text[600];
    struct gateway_answer answer = {.status = 200, .body = text, .date = 1795431600};

    snprintf(text, sizeof text,
             "{\"messages\":[{\"sid\":\"SM0\",\"status\":\"sent\",\"to\":\"+15550100001\","
             "\"body\":\"another\",\"date_created\":\"Mon, 23 Nov 2026 10:00:00 +0000\"},"
             "{\"sid\":\"SM7\",\"status\":\"%s\",\"to\":\"+15550100001\",\"body\":\"%s\","
             "\"date_created\":\"%s\"}]}",
             status, body, created);
    return twilio_find(&answer, &settings, parcel);
}

static void test_a_message_that_twilio_kept_is_known_again(void **state)
{
    static const char then[] = "Mon, 23 Nov 2026 10:00:00 +0000";
    struct parcel parcel = {.to = "+15550100001",
                            .brief = "Fight. Ack: https://l.example/a/new-Token_1 Liaison",
                            .created_at = 1795428000 + 7200, /* our clock is ahead */
                            .tried_s = 3600};

    (void)state;
    assert_int_equal(1795431600 - parcel.tried_s, curl_getdate(then, NULL));
    assert_int_equal(
        found("Fight. Ack: https://l.example/a/oldToken Liaison", then, "sent", &parcel),
        TWILIO_KEPT);
    assert_int_equal(parcel.end, END_OK);
    assert_string_equal(parcel.provider_id, "SM7");
    assert_int_equal(found("Fight. Ack: https://l.example/a/oldToken Liaison",
                           "Mon, 23 Nov 2026 09:30:00 +0000", "sent", &parcel),
                     TWILIO_ABSENT);
    assert_int_equal(
        found("Weapon. Ack: https://l.example/a/oldToken Liaison", then, "sent", &parcel),
        TWILIO_ABSENT);
    assert_int_equal(
        found("Fight. Ack: https://l.example/a/oldToken Liaison", then, "failed", &parcel),
        TWILIO_KEPT);
    assert_int_equal(parcel.end, END_TEMPORARY);
    parcel.others = "SM71 SM7 SM17";
    assert_int_equal(found(parcel.brief, then, "sent", &parcel), TWILIO_ABSENT);
    parcel.others = "SM71 SM17 ";
    assert_int_equal(found(parcel.brief, then, "sent", &parcel), TWILIO_KEPT);
}

static void test_a_list_that_cannot_be_had_or_read_is_no_word(void **state)
{
    struct parcel parcel = {.to = "+15550100001"};
    struct settings settings = {0};
    struct gateway_answer answer = {.status = 404};

    (void)state;
    assert_int_equal(twilio_find(&answer, &settings, &parcel), TWILIO_CANNOT);
    answer.status = 200;
    assert_int_equal(twilio_find(&answer, &settings, &parcel), TWILIO_NO_WORD);
    answer.status = 503;
    assert_int_equal(twilio_find(&answer, &settings, &parcel), TWILIO_NO_WORD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_answer_at_every_stage_of_smtp),
        cmocka_unit_test(test_an_error_of_smtp_names_the_answer_and_no_text),
        cmocka_unit_test(test_what_we_end_ourselves_says_nothing_of_the_relay),
        cmocka_unit_test(test_a_relay_without_a_way_to_sign_in_is_ours_to_mend),
        cmocka_unit_test(test_the_answer_to_quit_is_not_that_to_the_message),
        cmocka_unit_test(test_an_idle_connection_that_was_closed_is_stale),
        cmocka_unit_test(test_answers_of_twilio),
        cmocka_unit_test(test_answers_of_kannel),
        cmocka_unit_test(test_no_answer_is_unknown_once_the_body_went_out),
        cmocka_unit_test(test_a_message_that_twilio_kept_is_known_again),
        cmocka_unit_test(test_a_list_that_cannot_be_had_or_read_is_no_word),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
