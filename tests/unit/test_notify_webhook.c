/* Webhooks: what answers mean, whom a connection may reach, and that one host holds back nobody
 * else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "services/notify/channel/network.h"
#include "services/notify/channel/receivers.h"
#include "services/notify/channel/webhook.h"
#include "services/notify/channel/webhook_address.h"

enum { SECOND = 1000000 };

/* Answers ---------------------------------------------------------------------------------------*/

static struct parcel judged(CURLcode rc, long status, bool went_out, int retry_after_s)
{
    struct webhook_answer answer = {
        .rc = rc, .status = status, .went_out = went_out, .retry_after_s = retry_after_s};
    struct parcel parcel = {0};

    webhook_judge(&answer, &parcel);
    return parcel;
}

static void test_what_each_answer_means(void **state)
{
    static const struct {
        long status;
        enum parcel_end end;
        enum reason reason;
        enum parcel_sign sign;
    } rows[] = {
        {200, END_OK, REASON_NONE, SIGN_ALIVE},
        {204, END_OK, REASON_NONE, SIGN_ALIVE},
        {299, END_OK, REASON_NONE, SIGN_ALIVE},
        {301, END_TEMPORARY, REASON_MISCONFIGURED, SIGN_ALIVE},
        {307, END_TEMPORARY, REASON_MISCONFIGURED, SIGN_ALIVE},
        {400, END_TEMPORARY, REASON_MISCONFIGURED, SIGN_ALIVE},
        {401, END_TEMPORARY, REASON_MISCONFIGURED, SIGN_ALIVE},
        {404, END_TEMPORARY, REASON_MISCONFIGURED, SIGN_ALIVE},
        {408, END_TEMPORARY, REASON_DEFERRED, SIGN_ALIVE},
        {409, END_TEMPORARY, REASON_DEFERRED, SIGN_ALIVE},
        {410, END_PERMANENT, REASON_REFUSED, SIGN_ALIVE},
        {422, END_TEMPORARY, REASON_MISCONFIGURED, SIGN_ALIVE},
        {425, END_TEMPORARY, REASON_DEFERRED, SIGN_ALIVE},
        {429, END_TEMPORARY, REASON_RATE_LIMITED, SIGN_BUSY},
        {500, END_TEMPORARY, REASON_DEFERRED, SIGN_ALIVE},
        {503, END_TEMPORARY, REASON_DEFERRED, SIGN_ALIVE},
        {700, END_UNKNOWN, REASON_ODD_ANSWER, SIGN_DOWN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct parcel p = judged(CURLE_OK, rows[i].status, true, -1);
        char error[48];

        print_message("%ld\n", rows[i].status);
        assert_int_equal(p.end, rows[i].end);
        assert_int_equal(p.reason, rows[i].reason);
        assert_int_equal(p.sign, rows[i].sign);
        snprintf(error, sizeof error, "webhook %ld", rows[i].status);
        assert_string_equal(p.error, rows[i].end == END_OK ? "" : error);
        /* A status counts however its body ended. */
        assert_int_equal(judged(CURLE_OPERATION_TIMEDOUT, rows[i].status, true, -1).end, p.end);
        assert_int_equal(judged(CURLE_WRITE_ERROR, rows[i].status, true, -1).end, p.end);
    }
    assert_int_equal(judged(CURLE_OK, 503, true, 30).sign, SIGN_BUSY);
    assert_int_equal(judged(CURLE_OK, 429, true, 30).retry_after_s, 30);
}

static void test_silence_is_unknown_only_once_something_went_out(void **state)
{
    (void)state;
    assert_int_equal(judged(CURLE_COULDNT_CONNECT, 0, false, -1).reason, REASON_UNREACHABLE);
    assert_int_equal(judged(CURLE_PEER_FAILED_VERIFICATION, 0, false, -1).reason,
                     REASON_UNREACHABLE);
    assert_int_equal(judged(CURLE_OPERATION_TIMEDOUT, 0, true, -1).end, END_UNKNOWN);
    assert_int_equal(judged(CURLE_OPERATION_TIMEDOUT, 100, true, -1).end, END_UNKNOWN);
    assert_int_equal(judged(CURLE_WEIRD_SERVER_REPLY, 0, true, -1).reason, REASON_ODD_ANSWER);
    assert_int_equal(judged(CURLE_ABORTED_BY_CALLBACK, 0, false, -1).reason, REASON_INTERNAL);
    assert_int_equal(judged(CURLE_ABORTED_BY_CALLBACK, 0, true, -1).end, END_UNKNOWN);
    assert_string_equal(judged(CURLE_COULDNT_CONNECT, 0, false, -1).error, "webhook curl-7");
}

static void test_a_name_without_an_address_that_is_allowed_is_never_tried_again(void **state)
{
    struct webhook_answer answer = {
        .rc = CURLE_COULDNT_CONNECT, .forbidden = true, .retry_after_s = -1};
    struct parcel parcel = {0};

    (void)state;
    webhook_judge(&answer, &parcel);
    assert_int_equal(parcel.end, END_PERMANENT);
    assert_string_equal(parcel.error, "webhook private");
}

static void test_the_signature_covers_time_and_body(void **state)
{
    char one[WEBHOOK_SIGNATURE], other[WEBHOOK_SIGNATURE];

    (void)state;
    webhook_sign("0123456789abcdef0123456789abcdef", 1792069080, "<alert/>", one);
    assert_string_equal(one, "v1=ad98b5f98d26e821d5849423c5034f64b0efc71b2a2091564eee982e9756a455");
    webhook_sign("0123456789abcdef0123456789abcdef", 1792069081, "<alert/>", other);
    assert_string_not_equal(one, other);
}

/* Addresses -------------------------------------------------------------------------------------*/

static void test_urls_that_are_none_of_ours_are_refused(void **state)
{
    static const char *const bad[] = {"",
                                      "http://a.example/",
                                      "ftp://a.example/",
                                      "file:///etc/passwd",
                                      "https://",
                                      "https://u:p@a.example/",
                                      "https://u@a.example/",
                                      "https://a.example/#x",
                                      "https://a.example:99999/",
                                      "https://a b/",
                                      "a.example/"};
    char host[WEBHOOK_HOST];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        print_message("%s\n", bad[i]);
        assert_int_not_equal(webhook_host(bad[i], false, host), 0);
    }
    assert_int_equal(webhook_host("https://Hooks.Example/a/b?c=d", false, host), 0);
    assert_string_equal(host, "hooks.example:443");
    assert_int_equal(webhook_host("http://A.example", true, host), 0);
    assert_string_equal(host, "a.example:80");
    assert_int_equal(webhook_host("https://10.1.2.3:8443", false, host), 0);
    assert_string_equal(host, "10.1.2.3:8443");
}

static bool allows(const char *text, bool private_too)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return network_allows((struct sockaddr *)&v4, private_too);
    assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    return network_allows((struct sockaddr *)&v6, private_too);
}

static void test_addresses_of_our_own_network_are_not_reached(void **state)
{
    static const char *const everybodys[] = {"1.1.1.1",      "9.255.255.255", "11.0.0.0",
                                             "172.15.0.1",   "172.32.0.1",    "192.167.1.1",
                                             "100.63.0.1",   "100.128.0.1",   "223.255.255.255",
                                             "2606:4700::1", "2a00::1",       "::ffff:8.8.8.8"};
    static const char *const ours[] = {
        "10.0.0.1",       "10.255.255.255", "127.0.0.1",       "127.9.9.9",       "172.16.0.1",
        "172.31.255.255", "192.168.0.1",    "100.64.0.1",      "100.127.0.1",     "::1",
        "fd00::1",        "fc00::1",        "::ffff:10.0.0.1", "::ffff:127.0.0.1"};
    static const char *const nobodys[] = {"0.0.0.0",
                                          "0.1.2.3",
                                          "169.254.169.254",
                                          "224.0.0.1",
                                          "255.255.255.255",
                                          "240.0.0.1",
                                          "192.0.2.1",
                                          "198.51.100.7",
                                          "203.0.113.7",
                                          "198.18.0.1",
                                          "::",
                                          "fe80::1",
                                          "ff02::1",
                                          "2001::1",
                                          "2001:db8::1",
                                          "2002:7f00:1::",
                                          "64:ff9b::7f00:1",
                                          "fec0::1",
                                          "::7f00:1",
                                          "::ffff:169.254.169.254"};
    struct sockaddr_un local = {.sun_family = AF_UNIX};

    (void)state;
    for (size_t i = 0; i < sizeof everybodys / sizeof *everybodys; i++)
        assert_true(allows(everybodys[i], false) && allows(everybodys[i], true));
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        print_message("%s\n", ours[i]);
        assert_true(!allows(ours[i], false) && allows(ours[i], true));
    }
    for (size_t i = 0; i < sizeof nobodys / sizeof *nobodys; i++) {
        print_message("%s\n", nobodys[i]);
        assert_true(!allows(nobodys[i], false) && !allows(nobodys[i], true));
    }
    assert_false(network_allows((struct sockaddr *)&local, true));
}

/* Hosts -----------------------------------------------------------------------------------------*/

static struct receivers *receivers;
static struct receiver_pass pass;
static struct receiver_hold hold;

static int open_receivers(void **state)
{
    const struct receivers_options options = {
        .base_s = 10, .most_s = 900, .per_second = 4, .workers = 16, .reserved = 2};

    (void)state;
    receivers = receivers_open(&options);
    return receivers ? 0 : -1;
}

static int close_receivers(void **state)
{
    (void)state;
    receivers_close(receivers);
    return 0;
}

static bool enter_of(int district_id, const char *host, bool urgent, int64_t now_us)
{
    const struct receiver_wish wish = {host, district_id, urgent};

    return receivers_enter(receivers, &wish, now_us, &pass, &hold);
}

static bool enter(const char *host, bool urgent, int64_t now_us)
{
    return enter_of(1, host, urgent, now_us);
}

/* Host number i of a kind, from 1. */
static const char *host_of(const char *kind, int i)
{
    static char host[40];

    snprintf(host, sizeof host, "%s%d:443", kind, i);
    return host;
}

/* The first of this kind answer once, at this time, and take so long. */
static void know(const char *kind, int count, int64_t took_us, int64_t now_us)
{
    for (int i = 1; i <= count; i++) {
        assert_true(enter(host_of(kind, i), false, now_us - took_us));
        receivers_leave(receivers, &pass, SIGN_ALIVE, -1, now_us);
    }
}

/* How many of this kind get a message to go, one each. */
static int enter_all(const char *kind, int count, int64_t now_us)
{
    int gone = 0;

    for (int i = 1; i <= count; i++)
        gone += enter(host_of(kind, i), false, now_us);
    return gone;
}

static void test_a_dead_host_holds_back_its_own_messages_alone(void **state)
{
    int64_t now = 100 * SECOND;

    (void)state;
    assert_true(enter("dead:443", false, now));
    int64_t wait = receivers_leave(receivers, &pass, SIGN_DOWN, -1, now + SECOND);
    assert_in_range(wait, 7000, 13000);
    assert_false(enter("dead:443", false, now + 2 * SECOND));
    assert_int_equal(hold.reason, REASON_PROVIDER_DOWN);
    assert_in_range(hold.wait_ms, 1000, 12000);
    assert_true(enter("well:443", false, now + 2 * SECOND));
    assert_int_equal(receivers_leave(receivers, &pass, SIGN_ALIVE, -1, now + 2 * SECOND), 0);
    /* One probe, and then all. */
    assert_true(enter("dead:443", false, now + 20 * SECOND));
    struct receiver_pass probe = pass;
    assert_true(probe.probe);
    assert_false(enter("dead:443", false, now + 20 * SECOND));
    assert_int_equal(receivers_leave(receivers, &probe, SIGN_ALIVE, -1, now + 21 * SECOND), 0);
    assert_true(enter("dead:443", false, now + 21 * SECOND));
    assert_false(pass.probe);
}

static void test_a_probe_that_says_nothing_lets_another_go(void **state)
{
    int64_t now = 100 * SECOND;

    (void)state;
    assert_true(enter("dead:443", false, now));
    receivers_leave(receivers, &pass, SIGN_DOWN, -1, now);
    assert_true(enter("dead:443", false, now + 20 * SECOND));
    receivers_leave(receivers, &pass, SIGN_NONE, -1, now + 21 * SECOND);
    assert_true(enter("dead:443", false, now + 22 * SECOND));
}

static void test_no_wait_is_longer_than_half_a_minute(void **state)
{
    int64_t now = 100 * SECOND;

    (void)state;
    assert_true(enter("busy:443", false, now));
    assert_int_equal(receivers_leave(receivers, &pass, SIGN_BUSY, 86400, now), 30000);
    assert_false(enter("busy:443", false, now + 60 * SECOND));
    assert_int_equal(hold.reason, REASON_RATE_LIMITED);
    assert_true(enter("busy:443", true, now + 60 * SECOND)); /* an urgent one, to see */
    assert_false(enter("busy:443", true, now + 60 * SECOND));
    assert_true(enter("busy:443", false, now + 920 * (int64_t)SECOND));
}

static void test_a_slow_host_takes_a_share_and_no_more(void **state)
{
    int64_t now = 100 * SECOND;

    (void)state;
    know("slow", 1, 5 * SECOND, now - SECOND);
    assert_true(enter("slow1:443", false, now));
    struct receiver_pass first = pass;
    assert_true(enter("slow1:443", false, now));
    assert_false(enter("slow1:443", false, now));
    assert_in_range(hold.wait_ms, 200, 201);
    assert_true(enter("slow1:443", true, now));
    assert_false(enter("slow1:443", true, now));
    assert_true(enter("other:443", false, now));
    receivers_leave(receivers, &first, SIGN_ALIVE, -1, now);
    assert_false(enter("slow1:443", false, now));
    assert_true(enter("slow1:443", true, now));
}

static void test_slow_hosts_leave_half_of_the_workers(void **state)
{
    int64_t now = 100 * SECOND;

    (void)state;
    know("quick", 8, SECOND / 10, now);
    know("slow", 12, 8 * SECOND, now);
    assert_int_equal(enter_all("slow", 12, now), 8); /* of sixteen */
    assert_int_equal(hold.reason, REASON_RATE_LIMITED);
    assert_true(enter("slow9:443", true, now)); /* and an urgent one */
    assert_false(enter("slow10:443", true, now));
    assert_int_equal(enter_all("quick", 8, now), 8);
}

static void test_a_host_that_turns_slow_counts_as_slow_while_it_hangs(void **state)
{
    int64_t now = 100 * SECOND;

    (void)state;
    know("quick", 10, SECOND / 10, now);
    assert_int_equal(enter_all("quick", 9, now), 9);
    struct receiver_pass last = pass;
    assert_true(enter("quick1:443", false, now + SECOND));
    receivers_leave(receivers, &pass, SIGN_ALIVE, -1, now + SECOND);
    assert_false(enter("quick1:443", false, now + 3 * SECOND));
    assert_true(enter("quick10:443", false, now + 3 * SECOND));
    receivers_leave(receivers, &pass, SIGN_ALIVE, -1, now + 3 * SECOND);
    receivers_leave(receivers, &last, SIGN_ALIVE, -1, now + 3 * SECOND);
    assert_false(enter("quick9:443", false, now + 4 * SECOND)); /* eight hang still */
    assert_true(enter("quick10:443", false, now + 4 * SECOND));
}

static void test_a_slow_answer_counts_for_a_while(void **state)
{
    int64_t now = 200 * SECOND;

    (void)state;
    know("host", 1, 8 * SECOND, now - 90 * (int64_t)SECOND); /* until six seconds from now */
    know("host", 1, 4 * SECOND, now);                        /* and 32 more */
    know("slow", 8, 8 * SECOND, now);
    assert_int_equal(enter_all("slow", 8, now), 8);
    assert_false(enter("host1:443", false, now + 37 * SECOND));
    assert_true(enter("host1:443", false, now + 39 * SECOND));
    assert_true(enter("host1:443", false, now + 39 * SECOND));
    assert_false(enter("host1:443", false, now + 39 * SECOND)); /* its share, as ever */
    assert_in_range(hold.wait_ms, 200, 201);
}

static void test_a_new_host_gets_one_message_and_finds_a_worker(void **state)
{
    int64_t now = 100 * SECOND;

    (void)state;
    know("slow", 8, 8 * SECOND, now);
    assert_int_equal(enter_all("slow", 8, now), 8);
    assert_true(enter("new1:443", false, now));
    struct receiver_pass first = pass;
    assert_false(enter("new1:443", false, now));
    assert_true(enter("new2:443", false, now));
    assert_false(enter("new3:443", false, now)); /* ten for one district */
    assert_true(enter_of(2, "new4:443", false, now));
    assert_true(enter_of(3, "new5:443", false, now));
    assert_false(enter_of(4, "new6:443", false, now)); /* twelve for all */
    receivers_leave(receivers, &first, SIGN_ALIVE, -1, now);
    assert_true(enter("new1:443", false, now));
    assert_true(enter("new1:443", false, now));
    assert_true(enter_of(4, "new6:443", false, now));
}

static void test_two_probes_at_a_time(void **state)
{
    int64_t now = 100 * SECOND;

    (void)state;
    for (int i = 1; i <= 4; i++) {
        assert_true(enter(host_of("dead", i), false, now));
        receivers_leave(receivers, &pass, SIGN_DOWN, -1, now);
    }
    now += 20 * SECOND;
    assert_int_equal(enter_all("dead", 2, now), 2);
    struct receiver_pass probe = pass;
    assert_false(enter("dead3:443", false, now));
    assert_int_equal(hold.reason, REASON_PROVIDER_DOWN);
    assert_true(enter("dead3:443", true, now));
    assert_false(enter("dead4:443", true, now));
    receivers_leave(receivers, &probe, SIGN_DOWN, -1, now);
    assert_true(enter("dead4:443", true, now));
}

static void test_those_that_wait_ask_one_after_the_other(void **state)
{
    int64_t now = 100 * SECOND, last = 0;

    (void)state;
    know("slow", 9, 8 * SECOND, now);
    assert_int_equal(enter_all("slow", 8, now), 8);
    for (int i = 0; i < 400; i++) {
        assert_false(enter("slow9:443", false, now + i * 100)); /* microseconds */
        assert_true(hold.wait_ms >= last + (i ? 19 : 200));
        last = hold.wait_ms;
    }
    for (int i = 0; i < 10000; i++)
        assert_false(enter("slow9:443", false, now));
    assert_int_equal(hold.wait_ms, 30000);
}

static void test_a_host_is_given_so_many_a_second(void **state)
{
    int64_t now = 100 * SECOND;

    (void)state;
    for (int i = 0; i < 4; i++) {
        assert_true(enter("host:443", false, now));
        receivers_leave(receivers, &pass, SIGN_ALIVE, -1, now);
    }
    assert_false(enter("host:443", false, now));
    assert_int_equal(hold.reason, REASON_RATE_LIMITED);
    assert_true(enter("host:443", false, now + SECOND / 2));
}

static void test_hosts_without_number_are_forgotten_and_dead_ones_kept(void **state)
{
    char host[40];

    (void)state;
    assert_true(enter("dead:443", false, SECOND));
    receivers_leave(receivers, &pass, SIGN_DOWN, -1, SECOND);
    for (int i = 0; i < 5000; i++) {
        snprintf(host, sizeof host, "h%d:443", i);
        assert_true(enter(host, false, 2 * SECOND));
        receivers_leave(receivers, &pass, SIGN_ALIVE, -1, 2 * SECOND);
    }
    assert_false(enter("dead:443", false, 2 * SECOND));
}

int main(void)
{
#define WITH_HOSTS(test) cmocka_unit_test_setup_teardown(test, open_receivers, close_receivers)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_each_answer_means),
        cmocka_unit_test(test_silence_is_unknown_only_once_something_went_out),
        cmocka_unit_test(test_a_name_without_an_address_that_is_allowed_is_never_tried_again),
        cmocka_unit_test(test_the_signature_covers_time_and_body),
        cmocka_unit_test(test_urls_that_are_none_of_ours_are_refused),
        cmocka_unit_test(test_addresses_of_our_own_network_are_not_reached),
        WITH_HOSTS(test_a_dead_host_holds_back_its_own_messages_alone),
        WITH_HOSTS(test_a_probe_that_says_nothing_lets_another_go),
        WITH_HOSTS(test_no_wait_is_longer_than_half_a_minute),
        WITH_HOSTS(test_a_slow_host_takes_a_share_and_no_more),
        WITH_HOSTS(test_slow_hosts_leave_half_of_the_workers),
        WITH_HOSTS(test_a_host_that_turns_slow_counts_as_slow_while_it_hangs),
        WITH_HOSTS(test_a_slow_answer_counts_for_a_while),
        WITH_HOSTS(test_a_new_host_gets_one_message_and_finds_a_worker),
        WITH_HOSTS(test_two_probes_at_a_time),
        WITH_HOSTS(test_those_that_wait_ask_one_after_the_other),
        WITH_HOSTS(test_a_host_is_given_so_many_a_second),
        WITH_HOSTS(test_hosts_without_number_are_forgotten_and_dead_ones_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
