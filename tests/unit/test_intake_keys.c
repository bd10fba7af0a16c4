/*
 * Keys: which agency a public key belongs to. A revoked key is still known.
 */
#include "services/intake/session/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define METRO  "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"
#define COUNTY "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"

static struct keys keys;

static int teardown(void **state)
{
    (void)state;
    keys_free(&keys);
    return keys.by_z85 != NULL;
}

static void test_a_key_is_found_with_its_agency(void **state)
{
    (void)state;
    assert_int_equal(keys_add(&keys, METRO, 4, "metro", false), 0);
    assert_int_equal(keys_add(&keys, COUNTY, 5, "county", false), 0);
    const struct key *key = keys_find(&keys, METRO);
    assert_non_null(key);
    assert_int_equal(key->agency_id, 4);
    assert_string_equal(key->agency, "metro");
    assert_string_equal(key->z85, METRO);
    assert_false(key->revoked);
    assert_int_equal(keys_find(&keys, COUNTY)->agency_id, 5);
}

static void test_a_revoked_key_is_known_as_revoked(void **state)
{
    (void)state;
    assert_int_equal(keys_add(&keys, METRO, 4, "metro", true), 0);
    assert_true(keys_find(&keys, METRO)->revoked);
}

static void test_a_stranger_and_half_a_key_are_not_found(void **state)
{
    char half[41] = METRO;

    (void)state;
    assert_null(keys_find(&keys, METRO));
    assert_int_equal(keys_add(&keys, METRO, 4, "metro", false), 0);
    half[39] = '\0';
    assert_null(keys_find(&keys, half));
    assert_null(keys_find(&keys, ""));
    assert_null(keys_find(&keys, COUNTY));
}

static void test_two_keys_may_be_of_one_agency(void **state)
{
    (void)state;
    assert_int_equal(keys_add(&keys, METRO, 4, "metro", true), 0);
    assert_int_equal(keys_add(&keys, COUNTY, 4, "metro", false), 0);
    assert_true(keys_find(&keys, METRO)->revoked);
    assert_false(keys_find(&keys, COUNTY)->revoked);
}

static void test_a_thousand_keys_are_each_found(void **state)
{
    char z85[41];

    (void)state;
    for (int i = 0; i < 1000; i++) {
        snprintf(z85, sizeof z85, "%040d", i);
        assert_int_equal(keys_add(&keys, z85, i, "agency", i % 2), 0);
    }
    for (int i = 0; i < 1000; i++) {
        snprintf(z85, sizeof z85, "%040d", i);
        assert_int_equal(keys_find(&keys, z85)->agency_id, i);
    }
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_key_is_found_with_its_agency),
        TEST(test_a_revoked_key_is_known_as_revoked),
        TEST(test_a_stranger_and_half_a_key_are_not_found),
        TEST(test_two_keys_may_be_of_one_agency),
        TEST(test_a_thousand_keys_are_each_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
