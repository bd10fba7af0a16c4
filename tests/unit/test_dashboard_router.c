/* Paths and headers of the dashboard: routes, cookies, pages, the listen address. */
#include "http.h"
#include "services/dashboard/host/api.h"
#include "services/dashboard/host/cookie.h"
#include "services/dashboard/host/router.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_a_literal_pattern_matches_itself_only(void **state)
{
    struct router_params params;
    (void)state;

    assert_true(router_match("/api/v1/now", "/api/v1/now", &params));
    assert_false(router_match("/api/v1/now", "/api/v1/no", &params));
    assert_false(router_match("/api/v1/now", "/api/v1/nowhere", &params));
    assert_false(router_match("/api/v1/now", "/api/v1/now/", &params));
    assert_false(router_match("/api/v1/now", "", &params));
}

static void test_a_parameter_is_one_segment_and_not_empty(void **state)
{
    struct router_params params;
    (void)state;

    assert_true(router_match("/api/v1/ack/{}", "/api/v1/ack/abc_-9", &params));
    assert_int_equal(params.count, 1);
    assert_string_equal(params.value[0], "abc_-9");
    assert_false(router_match("/api/v1/ack/{}", "/api/v1/ack/", &params));
    assert_false(router_match("/api/v1/ack/{}", "/api/v1/ack/a/b", &params));
}

static void test_an_incident_number_may_hold_slashes(void **state)
{
    struct router_params params;
    (void)state;

    assert_true(router_match("/api/v1/calls/{}/{+}", "/api/v1/calls/metro/P26/1 18", &params));
    assert_string_equal(params.value[0], "metro");
    assert_string_equal(params.value[1], "P26/1 18");
    assert_true(router_match("/api/v1/calls/{}/{+}/acknowledge",
                             "/api/v1/calls/metro/P26/1/acknowledge", &params));
    assert_string_equal(params.value[1], "P26/1");
    assert_false(router_match("/api/v1/calls/{}/{+}/acknowledge", "/api/v1/calls/metro/acknowledge",
                              &params));
    assert_false(router_match("/api/v1/calls/{}/{+}", "/api/v1/calls/metro/", &params));
}

static void test_an_overlong_parameter_is_no_match(void **state)
{
    char path[ROUTER_PARAM_SIZE + 32] = "/a/";
    struct router_params params;
    (void)state;

    memset(path + 3, 'x', ROUTER_PARAM_SIZE - 1);
    path[3 + ROUTER_PARAM_SIZE - 1] = '\0';
    assert_true(router_match("/a/{}", path, &params));
    path[3 + ROUTER_PARAM_SIZE - 1] = 'x'; /* the rest of the array is zero */
    assert_false(router_match("/a/{}", path, &params));
}

static void test_a_cookie_is_found_among_others(void **state)
{
    char out[16];
    (void)state;

    assert_int_equal(cookie_get("a=1; liaison_session=xyz; b=2", "liaison_session", out, 16), 0);
    assert_string_equal(out, "xyz");
    assert_int_equal(cookie_get("liaison_session=\"q\"", "liaison_session", out, 16), 0);
    assert_string_equal(out, "q");
    assert_int_equal(cookie_get("liaison_session=", "liaison_session", out, 16), 0);
    assert_string_equal(out, "");
    assert_int_equal(cookie_get("a=1;b=2  ", "b", out, 16), 0);
    assert_string_equal(out, "2");
}

static void test_a_cookie_of_a_longer_name_or_value_is_not_taken(void **state)
{
    char out[4];
    (void)state;

    assert_int_equal(cookie_get("xliaison_session=1", "liaison_session", out, 4), ERR_ABSENT);
    assert_int_equal(cookie_get("liaison_sessions=1", "liaison_session", out, 4), ERR_ABSENT);
    assert_int_equal(cookie_get("liaison_session", "liaison_session", out, 4), ERR_ABSENT);
    assert_int_equal(cookie_get("", "liaison_session", out, 4), ERR_ABSENT);
    assert_int_equal(cookie_get("; ;;", "liaison_session", out, 4), ERR_ABSENT);
    assert_int_equal(cookie_get("s=1234", "s", out, 4), ERR_SIZE);
}

static void test_addresses_of_the_page_are_known(void **state)
{
    (void)state;

    assert_true(api_is_page("/"));
    assert_true(api_is_page("/calls"));
    assert_true(api_is_page("/calls/metro/P26/118"));
    assert_true(api_is_page("/public/riverside"));
    assert_true(api_is_page("/a/sometoken"));
    assert_true(api_is_page("/sign-in"));
    assert_false(api_is_page("/api/v1/now"));
    assert_false(api_is_page("/callsx"));
    assert_false(api_is_page("/public/a/b"));
    assert_false(api_is_page("/assets/missing.js"));
}

static void test_the_listen_address_is_host_and_port(void **state)
{
    char host[64];
    int port = 0;
    (void)state;

    assert_int_equal(http_parse_listen("127.0.0.1:8600", host, sizeof host, &port), 0);
    assert_string_equal(host, "127.0.0.1");
    assert_int_equal(port, 8600);
    assert_int_equal(http_parse_listen("[::1]:80", host, sizeof host, &port), 0);
    assert_string_equal(host, "::1");
    assert_int_equal(http_parse_listen("8600", host, sizeof host, &port), ERR_VALUE);
    assert_int_equal(http_parse_listen(":8600", host, sizeof host, &port), ERR_VALUE);
    assert_int_equal(http_parse_listen("127.0.0.1:0", host, sizeof host, &port), ERR_VALUE);
    assert_int_equal(http_parse_listen("127.0.0.1:70000", host, sizeof host, &port), ERR_VALUE);
    assert_int_equal(http_parse_listen("127.0.0.1:80x", host, sizeof host, &port), ERR_VALUE);
    assert_int_equal(http_parse_listen("::1]:80", host, sizeof host, &port), ERR_VALUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_literal_pattern_matches_itself_only),
        cmocka_unit_test(test_a_parameter_is_one_segment_and_not_empty),
        cmocka_unit_test(test_an_incident_number_may_hold_slashes),
        cmocka_unit_test(test_an_overlong_parameter_is_no_match),
        cmocka_unit_test(test_a_cookie_is_found_among_others),
        cmocka_unit_test(test_a_cookie_of_a_longer_name_or_value_is_not_taken),
        cmocka_unit_test(test_addresses_of_the_page_are_known),
        cmocka_unit_test(test_the_listen_address_is_host_and_port),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
