/* Parsing of requests octet by octet; client addresses behind proxies. */
#include "http_address.h"
#include "http_parse.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { BODY = 64 };

struct body {
    char text[BODY + 1];
    size_t size;
};

static int piece_cb(void *ctx, const char *data, size_t size)
{
    struct body *body = ctx;

    memcpy(body->text + body->size, data, size);
    body->size += size;
    body->text[body->size] = '\0';
    return 0;
}

/* Parses one request that comes in pieces of step octets. Returns 200 if it is complete, with
 * *left octets after it; 0 if it is incomplete; else the status that refuses it. */
static int try_request(const char *text, size_t size, size_t step, struct body *body, size_t *left)
{
    struct http_parser *parser = http_parser_new(BODY);
    struct http_head head;
    char *copy = malloc(size + 1);
    int found = 0, result = 0;
    size_t at = 0, used, here = 0;

    assert_non_null(parser);
    memcpy(copy, text, size + 1);
    *body = (struct body){.size = 0};
    while (found == 0 && here < size) {
        here = size - here < step ? size : here + step;
        found = http_parser_find(parser, copy, here);
    }
    if (found > 0)
        result = http_parser_head(parser, copy, (size_t)found, &head);
    else
        result = -found;
    if (found > 0 && result == 0) {
        at = (size_t)found;
        do {
            size_t give = size - at < step ? size - at : step;
            result = http_parser_body(parser, copy + at, give, &used, piece_cb, body);
            at += used;
        } while (result == 0 && at < size);
        result = result == 1 ? 200 : -result;
        *left = size - at;
    }
    http_parser_free(parser);
    free(copy);
    return result;
}

static int in_steps(const char *text, size_t size, struct body *body, size_t *left)
{
    int whole = try_request(text, size, size, body, left);

    for (size_t step = 1; step < 7; step++)
        assert_int_equal(try_request(text, size, step, body, left), whole);
    return whole;
}

#define POST(fields, body) "POST /x HTTP/1.1\r\nHost: x\r\n" fields "\r\n" body
#define CHUNKED(body)      POST("Transfer-Encoding: chunked\r\n", body)
#define GET(fields)        "GET / HTTP/1.1\r\n" fields "\r\n"

static void test_a_body_ends_where_its_framing_says(void **state)
{
    static const struct {
        const char *text, *body;
        size_t left;
    } rows[] = {
        {GET("Host: x\r\n"), "", 0},
        {GET("Host: x\r\n") GET("Host: y\r\n"), "", 27},
        {POST("Content-Length: 2\r\n", "{}G"), "{}", 1},
        {POST("Content-Length:\t 2 \t\r\n", "{}"), "{}", 0},
        {POST("Content-Length: 0\r\n", "x"), "", 1},
        {CHUNKED("2\r\n{}\r\n0\r\n\r\nGE"), "{}", 2},
        {CHUNKED("1\r\n{\r\n1\r\n}\r\n000\r\n\r\n"), "{}", 0},
        {CHUNKED("2;a=\"b;c\\\"\";d\r\n{}\r\n0;x\r\nA: b\r\n\r\nG"), "{}", 1},
        {CHUNKED("2 \t;a=b\r\n{}\r\n0 ;x\r\n\r\nG"), "{}", 1},
        {CHUNKED("2\r\n;;\r\n2\r\n  \r\n0\r\n\r\nG"), ";;  ", 1},
        {CHUNKED("A\r\n0123456789\r\n0\r\n\r\n"), "0123456789", 0},
        {POST("Transfer-Encoding:Chunked\r\n", "0\r\n\r\n"), "", 0},
        {POST("Content-Length: 2\r\nUpgrade: h2c\r\nConnection: upgrade\r\n", "{}x"), "{}", 1},
        {"GET / HTTP/1.0\r\n\r\n", "", 0},
    };
    struct body body;
    size_t left = 0;
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(in_steps(rows[i].text, strlen(rows[i].text), &body, &left), 200);
        assert_string_equal(body.text, rows[i].body);
        assert_int_equal(try_request(rows[i].text, strlen(rows[i].text), 1000, &body, &left), 200);
        assert_int_equal(left, rows[i].left);
    }
}

static void test_what_could_be_read_in_two_ways_is_refused(void **state)
{
    static const struct {
        const char *text;
        int status;
    } rows[] = {
        {POST("Content-Length: 2\r\nContent-Length: 2\r\n", "{}"), 400},
        {CHUNKED("2\r\n{}\r\n0\r\nA: b\r\n c\r\n\r\n"), 400},
        {CHUNKED("2\r\n{}\r\n0\r\nA: b\r\n\tc\r\n\r\n"), 400},
        {CHUNKED("2 \r\n{}\r\n0\r\n\r\n"), 400},
        {CHUNKED(" ;a\r\n{}\r\n0\r\n\r\n"), 400},
        {POST("Content-Length: 2\r\nContent-Length: 3\r\n", "{}"), 400},
        {POST("Content-Length: 2, 2\r\n", "{}"), 400},
        {POST("Content-Length: +2\r\n", "{}"), 400},
        {POST("Content-Length: -2\r\n", "{}"), 400},
        {POST("Content-Length: 0x2\r\n", "{}"), 400},
        {POST("Content-Length: 2 2\r\n", "{}"), 400},
        {POST("Content-Length:\r\n", "{}"), 400},
        {POST("Content-Length: 99999999999999999999\r\n", "{}"), 400},
        {POST("Content-Length : 2\r\n", "{}"), 400},
        {POST("Content-Length\t: 2\r\n", "{}"), 400},
        {POST("Content-Length:\r\n 2\r\n", "{}"), 400},
        {POST("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
        {POST("Transfer-Encoding: chunked\r\nContent-Length: 2\r\n", "0\r\n\r\n"), 400},
        {POST("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", ""), 400},
        {POST("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n", ""), 400},
        {POST("Transfer-Encoding: chunked, chunked\r\n", ""), 400},
        {POST("Transfer-Encoding: chunked, gzip\r\n", ""), 400},
        {POST("Transfer-Encoding: \vchunked\r\n", ""), 400},
        {POST("Transfer-Encoding:\r\n", ""), 400},
        {POST("Transfer-Encoding: gzip, chunked\r\n", ""), 501},
        {POST("Transfer-Encoding: gzip\r\n", ""), 501},
        {POST("Transfer-Encoding: xchunked\r\n", ""), 501},
        {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
        {CHUNKED("2\n{}\r\n0\r\n\r\n"), 400},
        {CHUNKED("2\r\n{}\n0\r\n\r\n"), 400},
        {CHUNKED("2\r\n{}\r\n0\n\r\n"), 400},
        {CHUNKED("2\r\n{}\r\n0\r\n\n"), 400},
        {CHUNKED("2;a\n{}\r\n0\r\n\r\n"), 400},
        {CHUNKED("2;a\rb\r\n{}\r\n0\r\n\r\n"), 400},
        {CHUNKED("2\r{}\r\n0\r\n\r\n"), 400},
        {CHUNKED("0x2\r\n{}\r\n0\r\n\r\n"), 400},
        {CHUNKED("+2\r\n{}\r\n0\r\n\r\n"), 400},
        {CHUNKED("\r\n{}\r\n0\r\n\r\n"), 400},
        {CHUNKED("2\r\n{}0\r\n\r\n"), 400},
        {CHUNKED("2\r\n{}x\r\n0\r\n\r\n"), 400},
        {CHUNKED("fffffffffffffffff\r\n"), 400},
        {CHUNKED("ffffffffffffffff\r\n"), 413},
        {CHUNKED("41\r\n"), 413},
        {CHUNKED("2\r\n{}\r\n0\r\n X: y\r\n\r\n"), 400},
    };
    struct body body;
    size_t left = 0;
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(in_steps(rows[i].text, strlen(rows[i].text), &body, &left),
                         rows[i].status);
    }
}

static void test_a_head_that_is_none_is_refused(void **state)
{
    static const struct {
        const char *text;
        int status;
    } rows[] = {
        {GET(""), 400},
        {GET("Host: x\r\nHost: x\r\n"), 400},
        {GET("Host: a b\r\n"), 400},
        {GET("Host: a:8o\r\n"), 400},
        {GET("Host: [::1\r\n"), 400},
        {GET("Host: u@x\r\n"), 400},
        {GET("Host: x\n"), 400},
        {"GET / HTTP/1.1\nHost: x\n\n", 400},
        {GET("Host: x\r\nX: a\rb\r\n"), 400},
        {GET("Host: x\r\nX: a\r\r\n"), 400},
        {GET("Host: x\r\nX: a\x7f\r\n"), 400},
        {GET("Host: x\r\nX: a\r\n b\r\n"), 400},
        {GET(" Host: x\r\n"), 400},
        {GET("Host: x\r\nX\r\n"), 400},
        {GET("Host: x\r\n: y\r\n"), 400},
        {GET("Host: x\r\nX(y): z\r\n"), 400},
        {"GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"GET / HTTP/1.1 \r\nHost: x\r\n\r\n", 400},
        {"GET\t/\tHTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"GET /\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"GET /\r\n\r\n", 400},
        {"GET / http/1.1\r\nHost: x\r\n\r\n", 400},
        {"GET / HTTP/1.10\r\nHost: x\r\n\r\n", 400},
        {"GET / HTTP/1.2\r\nHost: x\r\n\r\n", 505},
        {"GET / HTTP/3.7\r\nHost: x\r\n\r\n", 505},
        {"PRI * HTTP/2.0\r\n\r\n", 505},
        {"FOO / HTTP/1.1\r\nHost: x\r\n\r\n", 501},
        {"PRI * HTTP/1.1\r\nHost: x\r\n\r\n", 400},
        {"PRI * HTTP/1.0\r\n\r\nSM\r\n\r\n", 501},
        {"CONNECT a:1 HTTP/1.1\r\nHost: x\r\n\r\n", 501},
        {GET("Host: x\r\nExpect: tea\r\n"), 417},
    };
    struct body body;
    size_t left = 0;
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(in_steps(rows[i].text, strlen(rows[i].text), &body, &left),
                         rows[i].status);
    }
    static const char nul[] = "GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n";
    assert_int_equal(in_steps(nul, sizeof nul - 1, &body, &left), 400);
}

static void test_everything_oversized_is_refused_before_it_is_there(void **state)
{
    struct http_parser *parser = http_parser_new(BODY);
    static char text[HTTP_MAX_HEAD + 2];
    struct body body = {.size = 0};
    struct http_head head;
    size_t used;
    (void)state;

    memset(text, 'a', sizeof text);
    for (size_t i = 0; i < 5; i++)
        text[i] = "GET /"[i];
    assert_int_equal(http_parser_find(parser, text, HTTP_MAX_HEAD), 0);
    assert_int_equal(http_parser_find(parser, text, sizeof text), -414);
    http_parser_free(parser);
    parser = http_parser_new(BODY);
    for (size_t i = 0; i < 19; i++)
        text[i] = "GET / HTTP/1.1\r\nX: "[i];
    assert_int_equal(http_parser_find(parser, text, sizeof text), -431);
    http_parser_free(parser);
    parser = http_parser_new(BODY);
    size_t size = (size_t)snprintf(text, sizeof text, "GET / HTTP/1.1\r\n");
    for (int i = 0; i < HTTP_MAX_FIELDS + 1; i++)
        size += (size_t)snprintf(text + size, sizeof text - size, "X: y\r\n");
    assert_int_equal(http_parser_find(parser, text, size), -431);
    http_parser_free(parser);
    /* endless chunk extensions */
    parser = http_parser_new(BODY);
    size = (size_t)snprintf(text, sizeof text, "%s", CHUNKED("1;"));
    int found = http_parser_find(parser, text, size);
    assert_true(found > 0);
    assert_int_equal(http_parser_head(parser, text, (size_t)found, &head), 0);
    int result = http_parser_body(parser, "1;", 2, &used, piece_cb, &body);
    for (int i = 0; result == 0 && i < 1000; i++)
        result = http_parser_body(parser, "aaaaaaaaaaaaaaaaaaaa", 20, &used, piece_cb, &body);
    assert_int_equal(result, -400);
    http_parser_free(parser);
}

static struct http_address address(const char *text)
{
    struct http_address made;

    assert_int_equal(http_address_parse(text, strlen(text), &made), 0);
    return made;
}

static void test_an_address_is_counted_by_who_has_it(void **state)
{
    char text[HTTP_ADDRESS_TEXT];
    struct http_address one = address("2001:db8:1:2:3:4:5:6"), two = address("2001:db8:1:2::9");
    struct http_address v4 = address("192.0.2.1"), mapped = address("::ffff:192.0.2.1");
    struct http_address near = address("192.0.2.2"), loopback = address("::1");
    struct http_book *book = http_book_new();
    (void)state;

    http_address_text(&one, text);
    assert_string_equal(text, "2001:db8:1:2::/64");
    http_address_text(&mapped, text);
    assert_string_equal(text, "192.0.2.1");
    assert_true(http_address_same(&one, &two) && http_address_same(&v4, &mapped));
    assert_false(http_address_same(&v4, &near) || http_address_same(&v4, &loopback));
    assert_true(http_address_is_loopback(&loopback));
    assert_false(http_address_is_loopback(&v4));
    assert_int_equal(http_book_add(book, &one), 0);
    assert_int_equal(http_book_add(book, &two), 0);
    assert_int_equal(http_book_count(book, &one), 2);
    http_book_remove(book, &two);
    http_book_remove(book, &one);
    assert_int_equal(http_book_count(book, &one), 0);
    assert_false(http_book_knows(book, &one));
    http_book_know(book, &one);
    assert_true(http_book_knows(book, &two));
    for (uint32_t i = 0; i < 5000; i++) {
        char many[32];
        snprintf(many, sizeof many, "10.%u.%u.1", i >> 8, i & 255);
        struct http_address other = address(many);
        http_book_know(book, &other);
        if (i == 4000)
            http_book_know(book, &two); /* keeps it in the book */
        assert_true(http_book_knows(book, &other));
    }
    assert_true(http_book_knows(book, &one));
    struct http_address old = address("10.0.0.1");
    assert_false(http_book_knows(book, &old));
    http_book_free(book);
}

static void test_proxies_are_addresses_or_networks(void **state)
{
    static const char *const bad[] = {"x",          "10.0.0.0/33", "10.0.0.0/",
                                      "10.0.0.0/a", "::/129",      "/8"};
    struct http_proxies proxies;
    struct http_address in = address("10.1.2.3"), out = address("11.1.2.3");
    struct http_address v6 = address("fd12::1"), near = address("192.0.2.5");
    struct error error = {0};
    (void)state;

    assert_int_equal(http_proxies_parse("10.0.0.0/8, fd00::/8,192.0.2.4", &proxies, &error), 0);
    assert_int_equal(proxies.count, 3);
    assert_true(http_proxies_have(&proxies, &in) && http_proxies_have(&proxies, &v6));
    assert_false(http_proxies_have(&proxies, &out) || http_proxies_have(&proxies, &near));
    assert_int_equal(http_proxies_parse("", &proxies, &error), 0);
    assert_false(http_proxies_have(&proxies, &in));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_true(http_proxies_parse(bad[i], &proxies, &error) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_body_ends_where_its_framing_says),
        cmocka_unit_test(test_what_could_be_read_in_two_ways_is_refused),
        cmocka_unit_test(test_a_head_that_is_none_is_refused),
        cmocka_unit_test(test_everything_oversized_is_refused_before_it_is_there),
        cmocka_unit_test(test_an_address_is_counted_by_who_has_it),
        cmocka_unit_test(test_proxies_are_addresses_or_networks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
