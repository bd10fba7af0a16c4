/*
 * Placement: which schools a call concerns, with what confidence, and in which order.
 */
#include "services/intake/place/place.h"

#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LATITUDE  47.6
#define LONGITUDE (-122.3)
#define M_NORTH   (180.0 / M_PI / 6371008.8)               /* degrees in a metre, to the north */
#define M_EAST    (M_NORTH / cos(LATITUDE * M_PI / 180.0)) /* to the east */

static struct place_map *map;
static struct place_hit hits[PLACE_MAX_HITS];
static struct event_place place;
static struct error error;

static int setup(void **state)
{
    (void)state;
    memset(&error, 0, sizeof error);
    map = place_map_new();
    return map ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    place_map_free(map);
    return 0;
}

static void must_be_near(double found, double expected, double tolerance)
{
    if (!(fabs(found - expected) <= tolerance))
        fail_msg("%.9g is not within %g of %.9g", found, tolerance, expected);
}

static void add_circle(int school, double north, double east, double radius)
{
    struct place_school made = {
        1, school, LATITUDE + north * M_NORTH, LONGITUDE + east * M_EAST, radius, NULL};

    assert_int_equal(place_map_add_school(map, &made, &error), 0);
}

/* Adds a square campus; half is half the length of a side, in metres. */
static void add_square(int district, int school, double north, double east, double half)
{
    double latitude = LATITUDE + north * M_NORTH, longitude = LONGITUDE + east * M_EAST;
    double up = half * M_NORTH, right = half * M_EAST;
    char json[512];
    struct place_school made = {district, school, latitude, longitude, 150, json};

    snprintf(json, sizeof json,
             "{\"type\":\"Polygon\",\"coordinates\":[[[%.9f,%.9f],[%.9f,%.9f],[%.9f,%.9f],"
             "[%.9f,%.9f],[%.9f,%.9f]]]}",
             longitude - right, latitude - up, longitude + right, latitude - up, longitude + right,
             latitude + up, longitude - right, latitude + up, longitude - right, latitude - up);
    assert_int_equal(place_map_add_school(map, &made, &error), 0);
}

static size_t find_degrees(double latitude, double longitude)
{
    place_map_ready(map);
    memset(&place, 0, sizeof place);
    place.latitude = latitude;
    place.longitude = longitude;
    return place_find(map, &place, hits);
}

static size_t find_at(double north, double east)
{
    return find_degrees(LATITUDE + north * M_NORTH, LONGITUDE + east * M_EAST);
}

static size_t find_words(const char *address, const char *name)
{
    memset(&place, 0, sizeof place);
    place.latitude = place.longitude = NAN;
    snprintf(place.address, sizeof place.address, "%s", address);
    snprintf(place.name, sizeof place.name, "%s", name);
    return place_find(map, &place, hits);
}

static void test_a_degree_of_latitude_is_111_km(void **state)
{
    (void)state;
    must_be_near(place_distance(0, 0, 1, 0), 111195.08, 0.1);
    must_be_near(place_distance(47.6, -122.3, 47.6, -122.3), 0, 0);
    must_be_near(place_distance(0, 179.5, 0, -179.5), 111195.08, 0.1);
    must_be_near(place_distance(90, 0, -90, 77), M_PI * 6371008.8, 1);
}

static void test_a_call_inside_of_a_campus_is_at_the_school(void **state)
{
    (void)state;
    add_square(3, 7, 0, 0, 100);
    assert_int_equal(find_at(90, -90), 1);
    assert_int_equal(hits[0].district_id, 3);
    assert_int_equal(hits[0].school_id, 7);
    assert_int_equal(hits[0].method, PLACE_CAMPUS);
    assert_true(hits[0].at);
    must_be_near(hits[0].distance_m, 0, 0.001);
    must_be_near(hits[0].confidence, 1.0, 0.001);
}

static void test_a_call_within_50_m_of_a_campus_is_next_to_it(void **state)
{
    (void)state;
    add_square(1, 7, 0, 0, 100);
    assert_int_equal(find_at(149, 0), 1);
    assert_false(hits[0].at);
    must_be_near(hits[0].distance_m, 49, 0.5);
    must_be_near(hits[0].confidence, 0.7, 0.001);
    assert_int_equal(find_at(0, -149), 1);
    assert_false(hits[0].at);
}

static void test_a_call_over_50_m_from_a_campus_is_not_the_schools(void **state)
{
    (void)state;
    add_square(1, 7, 0, 0, 100);
    assert_int_equal(find_at(151, 0), 0);
    assert_int_equal(find_at(0, 151), 0);
    assert_int_equal(find_at(134, 134), 1); /* 48 m from the corner */
    assert_int_equal(find_at(136, 136), 0); /* 51 m */
}

static void test_the_radius_does_not_widen_a_campus(void **state)
{
    (void)state;
    add_square(1, 7, 0, 0, 20); /* its radius is 150 */
    assert_int_equal(find_at(100, 0), 0);
}

static void test_a_hole_in_a_campus_is_outside_of_it(void **state)
{
    char json[512];
    struct place_school made = {1, 7, 0, 0, 150, json};

    (void)state;
    snprintf(json, sizeof json,
             "{\"type\":\"Polygon\",\"coordinates\":["
             "[[-0.004,-0.004],[0.004,-0.004],[0.004,0.004],[-0.004,0.004],[-0.004,-0.004]],"
             "[[-0.002,-0.002],[-0.002,0.002],[0.002,0.002],[0.002,-0.002],[-0.002,-0.002]]]}");
    assert_int_equal(place_map_add_school(map, &made, &error), 0);
    assert_int_equal(find_degrees(0.003, 0), 1);
    assert_int_equal(find_degrees(0, 0), 0);
}

static void test_each_part_of_a_campus_in_two_parts_counts(void **state)
{
    struct place_school made = {1,
                                7,
                                0,
                                0,
                                150,
                                "{\"type\":\"MultiPolygon\",\"coordinates\":["
                                "[[[0,0],[0.001,0],[0.001,0.001],[0,0.001],[0,0]]],"
                                "[[[0.01,0],[0.011,0],[0.011,0.001],[0.01,0.001],[0.01,0]]]]}"};

    (void)state;
    assert_int_equal(place_map_add_school(map, &made, &error), 0);
    assert_int_equal(find_degrees(0.0005, 0.0005), 1);
    assert_int_equal(find_degrees(0.0005, 0.0105), 1);
    assert_int_equal(find_degrees(0.0005, 0.005), 0);
}

static void test_the_radius_ends_at_its_edge(void **state)
{
    (void)state;
    add_circle(7, 0, 0, 150);
    assert_int_equal(find_at(149.9, 0), 1);
    assert_int_equal(hits[0].method, PLACE_RADIUS);
    assert_true(hits[0].at);
    must_be_near(hits[0].distance_m, 149.9, 0.05);
    must_be_near(hits[0].confidence, 0.5, 0.01);
    assert_int_equal(find_at(0, 149.9), 1);
    assert_int_equal(find_at(150.1, 0), 0);
    assert_int_equal(find_at(0, 150.1), 0);
    assert_int_equal(find_at(107, 107), 0); /* in the bounding box, outside the circle */
}

static void test_confidence_falls_with_the_distance(void **state)
{
    (void)state;
    add_circle(7, 0, 0, 100);
    assert_int_equal(find_at(0, 0), 1);
    must_be_near(hits[0].confidence, 0.9, 0.001);
    assert_int_equal(find_at(50, 0), 1);
    must_be_near(hits[0].confidence, 0.7, 0.001);
}

static void test_campus_comes_first_then_the_nearer_then_the_lower_id(void **state)
{
    (void)state;
    add_circle(9, 0, 60, 150);
    add_circle(4, 0, 60, 150); /* as far away as school 9 */
    add_circle(5, 0, 20, 150);
    add_square(1, 8, 0, 0, 100);    /* inside */
    add_square(2, 3, 0, -130, 100); /* 30 m from its edge */
    assert_int_equal(find_at(0, 0), 5);
    const int expected[] = {8, 5, 4, 9, 3};
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(hits[i].school_id, expected[i]);
    assert_false(hits[4].at);
    assert_int_equal(hits[4].district_id, 2);
}

static void test_of_more_than_eight_schools_the_nearest_eight_are_named(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) /* 13 and 20 have no common divisor, so this is a shuffled order */
        add_circle(100 + i * 13 % 20, i * 13 % 20, 0, 500);
    assert_int_equal(find_at(0, 0), PLACE_MAX_HITS);
    for (int i = 0; i < PLACE_MAX_HITS; i++)
        assert_int_equal(hits[i].school_id, 100 + i);
}

static void test_the_order_of_adding_makes_no_difference(void **state)
{
    struct place_hit before[PLACE_MAX_HITS];

    (void)state;
    for (int i = 0; i < 6; i++)
        add_circle(1 + i, i * 10, 0, 200);
    assert_int_equal(find_at(25, 0), 6);
    memcpy(before, hits, sizeof before);
    place_map_free(map);
    map = place_map_new();
    for (int i = 5; i >= 0; i--)
        add_circle(1 + i, i * 10, 0, 200);
    assert_int_equal(find_at(25, 0), 6);
    for (int i = 0; i < 6; i++)
        assert_int_equal(hits[i].school_id, before[i].school_id);
}

static void test_places_at_the_dateline_and_the_poles_are_no_school_elsewhere(void **state)
{
    static const double far[][2] = {{90, 0}, {-90, 0}, {90, 180}, {0, 180}, {0, -180}, {-90, -180}};

    (void)state;
    add_circle(1, 0, 0, 500);
    for (size_t i = 0; i < sizeof far / sizeof *far; i++)
        assert_int_equal(find_degrees(far[i][0], far[i][1]), 0);
}

static void test_a_school_near_the_pole_or_the_dateline_is_found_where_it_is(void **state)
{
    static const struct place_school schools[] = {{1, 1, 89.9999, 10, 100, NULL},
                                                  {1, 2, -90, 0, 100, NULL},
                                                  {1, 3, 51.9, 179.9999, 100, NULL}};

    (void)state;
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(place_map_add_school(map, &schools[i], &error), 0);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(find_degrees(schools[i].latitude, schools[i].longitude), 1);
        assert_int_equal(hits[0].school_id, schools[i].school_id);
    }
}

static void test_an_address_is_found_by_its_normal_form(void **state)
{
    (void)state;
    add_circle(7, 0, 0, 100);
    place_map_add_alias(map, 3, 7, PLACE_ADDRESS, "400 23rd Avenue");
    assert_int_equal(find_words("  400 23RD AVE., APT 3", ""), 1);
    assert_int_equal(hits[0].district_id, 3);
    assert_int_equal(hits[0].school_id, 7);
    assert_int_equal(hits[0].method, PLACE_ADDRESS);
    assert_true(hits[0].at);
    assert_true(isnan(hits[0].distance_m));
    must_be_near(hits[0].confidence, 0.95, 0.001);
    assert_int_equal(find_words("401 23RD AVE", ""), 0);
}

static void test_a_name_is_found_by_its_normal_form(void **state)
{
    (void)state;
    add_circle(7, 0, 0, 100);
    place_map_add_alias(map, 1, 7, PLACE_NAME, "Garfield High School");
    assert_int_equal(find_words("", "GARFIELD HIGH"), 1);
    assert_int_equal(hits[0].method, PLACE_NAME);
    must_be_near(hits[0].confidence, 0.9, 0.001);
    assert_int_equal(find_words("@GARFIELD HS", ""), 1); /* often, the address is the name */
    assert_int_equal(find_words("", ""), 0);
}

static void test_an_address_and_a_name_that_disagree_place_nothing_and_are_asked_about(void **state)
{
    struct place_hit maybe[PLACE_MAX_HITS];
    size_t count;

    (void)state;
    add_circle(7, 0, 0, 100);
    place_map_add_alias(map, 1, 7, PLACE_NAME, "Garfield");
    place_map_add_alias(map, 1, 8, PLACE_ADDRESS, "1 Main Street");
    assert_int_equal(find_words("1 MAIN ST", "GARFIELD"), 0);
    assert_int_equal(place_match(map, &place, hits, maybe, &count), 0);
    assert_int_equal(count, 2);
}

static void test_a_name_far_from_the_calls_point_is_asked_about(void **state)
{
    struct place_hit maybe[PLACE_MAX_HITS];
    size_t count;

    (void)state;
    add_circle(7, 0, 0, 100);
    place_map_add_name(map, 1, 7, "Garfield", "high", "400 23rd Ave");
    assert_int_equal(find_at(900, 0), 0);
    strcpy(place.name, "GARFIELD HS");
    assert_int_equal(place_find(map, &place, hits), 1);
    assert_int_equal(find_at(1200, 0), 0);
    strcpy(place.name, "GARFIELD HS");
    assert_int_equal(place_match(map, &place, hits, maybe, &count), 0);
    assert_int_equal(count, 1);
    strcpy(place.name, "NEAR GARFIELD HS"); /* two uncertainties are too many */
    assert_int_equal(place_match(map, &place, hits, maybe, &count), 0);
    assert_int_equal(count, 0);
}

static void test_a_block_or_a_corner_never_overrules_a_point(void **state)
{
    (void)state;
    add_circle(7, 0, 0, 100);
    place_map_add_name(map, 1, 7, "Garfield", "high", "400 23rd Ave");
    place_map_add_alias(map, 1, 7, PLACE_ADDRESS, "23rd Ave & E Cherry St");
    assert_int_equal(find_words("4XX BLOCK OF 23 AV", ""), 1);
    assert_int_equal(hits[0].method, PLACE_BLOCK);
    assert_int_equal(find_at(150, 0), 0);
    strcpy(place.address, "4XX BLOCK OF 23 AV");
    assert_int_equal(place_find(map, &place, hits), 0);
    strcpy(place.address, "E CHERRY ST / 23 AV");
    assert_int_equal(place_find(map, &place, hits), 0);
    strcpy(place.address, "400 23RD AVE"); /* the school's exact house number is enough */
    assert_int_equal(place_find(map, &place, hits), 1);
}

static void test_the_words_that_are_asked_about_are_kept_as_json(void **state)
{
    struct place_hit maybe[PLACE_MAX_HITS];
    char text[PLACE_UNSURE_MAX];
    size_t count;

    (void)state;
    add_circle(7, 0, 0, 100);
    place_map_add_name(map, 3, 7, "Garfield", "high", "400 23rd Ave");
    assert_int_equal(find_words("", "NEAR \"GARFIELD\" HS"), 0);
    assert_int_equal(place_match(map, &place, hits, maybe, &count), 0);
    place_unsure_json(&place, maybe, count, text);
    assert_string_equal(text, "{\"address\":\"\",\"name\":\"NEAR \\\"GARFIELD\\\" HS\",\"schools\":"
                              "[{\"district\":3,\"school\":7,\"method\":\"name\","
                              "\"confidence\":0.5}]}");
}

static void test_words_are_asked_only_where_the_point_finds_nothing(void **state)
{
    (void)state;
    add_circle(7, 0, 0, 100);
    place_map_add_alias(map, 1, 8, PLACE_NAME, "Garfield");
    assert_int_equal(find_at(0, 0), 1);
    strcpy(place.name, "GARFIELD");
    assert_int_equal(place_find(map, &place, hits), 1);
    assert_int_equal(hits[0].school_id, 7);
    place.latitude += 1;
    assert_int_equal(place_find(map, &place, hits), 1);
    assert_int_equal(hits[0].school_id, 8);
}

static void test_a_name_of_two_schools_names_both_once(void **state)
{
    (void)state;
    add_circle(7, 0, 0, 100);
    place_map_add_alias(map, 1, 9, PLACE_NAME, "LINCOLN");
    place_map_add_alias(map, 2, 4, PLACE_NAME, "LINCOLN");
    place_map_add_alias(map, 2, 4, PLACE_NAME, "Lincoln");
    assert_int_equal(find_words("", "lincoln"), 2);
    assert_int_equal(hits[0].school_id, 4);
    assert_int_equal(hits[0].district_id, 2);
    assert_int_equal(hits[1].school_id, 9);
}

static void test_an_alias_that_says_nothing_matches_nothing(void **state)
{
    (void)state;
    add_circle(7, 0, 0, 100);
    place_map_add_alias(map, 1, 7, PLACE_NAME, "The School");
    assert_int_equal(find_words("", "SCHOOL"), 0);
}

static void test_a_campus_that_cannot_be_read_leaves_the_point(void **state)
{
    static const char *const bad[] = {
        "{",
        "nonsense",
        "[]",
        "{\"type\":\"Polygon\"}",
        "{\"type\":\"Polygon\",\"coordinates\":[]}",
        "{\"type\":\"MultiPolygon\",\"coordinates\":[]}",
        "{\"type\":\"Point\",\"coordinates\":[-122.3,47.6]}",
        "{\"type\":\"Polygon\",\"coordinates\":[[[-122.3,47.6],[-122.3,47.7]]]}",
        "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,1],[1,0],[0,1],[0,0]]]}", /* a bow tie */
        "{\"type\":\"Polygon\",\"coordinates\":[[[\"a\",0],[1,1],[1,0],[0,1],[0,0]]]}",
        "{\"type\":\"Polygon\",\"coordinates\":17}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct place_school made = {1, (int)i + 1, LATITUDE + (double)i, LONGITUDE, 150, bad[i]};

        teardown(NULL);
        setup(NULL);
        int err = place_map_add_school(map, &made, &error);
        if (err != ERR_SYNTAX || strcmp(error.field, "campus") != 0)
            fail_msg("%s: %d [%s]", bad[i], err, error.field);
        assert_int_equal(place_map_schools(map), 1);
        if (find_degrees(made.latitude, LONGITUDE) != 1 || hits[0].method != PLACE_RADIUS)
            fail_msg("%s: the point is lost", bad[i]);
        assert_int_equal(find_degrees(made.latitude + 151 * M_NORTH, LONGITUDE), 0);
    }
}

static void test_an_empty_map_finds_nothing(void **state)
{
    (void)state;
    assert_int_equal(find_at(0, 0), 0);
    assert_int_equal(find_words("1 MAIN ST", "GARFIELD"), 0);
}

static void test_half_a_point_is_no_point(void **state)
{
    (void)state;
    place.latitude = LATITUDE;
    place.longitude = NAN;
    assert_false(place_has_point(&place));
    place.longitude = LONGITUDE;
    assert_true(place_has_point(&place));
    place.latitude = NAN;
    assert_false(place_has_point(&place));
}

static void test_hits_as_json_say_all_that_is_known(void **state)
{
    const struct place_hit two[] = {{1, 7, PLACE_CAMPUS, false, 12.34, 0.7},
                                    {2, 9, PLACE_NAME, true, NAN, 0.8}};
    char json[PLACE_JSON_MAX];

    (void)state;
    place_json(two, 2, json);
    assert_string_equal(
        json, "[{\"district\":1,\"school\":7,\"relation\":\"next_to\",\"distance_m\":12.3,"
              "\"method\":\"campus\",\"confidence\":0.70},"
              "{\"district\":2,\"school\":9,\"relation\":\"at\",\"distance_m\":null,"
              "\"method\":\"name\",\"confidence\":0.80}]");
    place_json(two, 0, json);
    assert_string_equal(json, "[]");
}

static void test_the_longest_json_fits(void **state)
{
    char json[PLACE_JSON_MAX];

    (void)state;
    for (int i = 0; i < PLACE_MAX_HITS; i++)
        hits[i] = (struct place_hit){INT_MAX, INT_MAX - i, PLACE_CAMPUS, false, 99999.9, 0.7};
    place_json(hits, PLACE_MAX_HITS, json);
    json_t *list = json_loads(json, 0, NULL);
    assert_int_equal(json_array_size(list), PLACE_MAX_HITS);
    json_decref(list);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_degree_of_latitude_is_111_km),
        TEST(test_a_call_inside_of_a_campus_is_at_the_school),
        TEST(test_a_call_within_50_m_of_a_campus_is_next_to_it),
        TEST(test_a_call_over_50_m_from_a_campus_is_not_the_schools),
        TEST(test_the_radius_does_not_widen_a_campus),
        TEST(test_a_hole_in_a_campus_is_outside_of_it),
        TEST(test_each_part_of_a_campus_in_two_parts_counts),
        TEST(test_the_radius_ends_at_its_edge),
        TEST(test_confidence_falls_with_the_distance),
        TEST(test_campus_comes_first_then_the_nearer_then_the_lower_id),
        TEST(test_of_more_than_eight_schools_the_nearest_eight_are_named),
        TEST(test_the_order_of_adding_makes_no_difference),
        TEST(test_places_at_the_dateline_and_the_poles_are_no_school_elsewhere),
        TEST(test_a_school_near_the_pole_or_the_dateline_is_found_where_it_is),
        TEST(test_an_address_is_found_by_its_normal_form),
        TEST(test_a_name_is_found_by_its_normal_form),
        TEST(test_an_address_and_a_name_that_disagree_place_nothing_and_are_asked_about),
        TEST(test_a_name_far_from_the_calls_point_is_asked_about),
        TEST(test_a_block_or_a_corner_never_overrules_a_point),
        TEST(test_the_words_that_are_asked_about_are_kept_as_json),
        TEST(test_words_are_asked_only_where_the_point_finds_nothing),
        TEST(test_a_name_of_two_schools_names_both_once),
        TEST(test_an_alias_that_says_nothing_matches_nothing),
        TEST(test_a_campus_that_cannot_be_read_leaves_the_point),
        TEST(test_an_empty_map_finds_nothing),
        TEST(test_half_a_point_is_no_point),
        TEST(test_hits_as_json_say_all_that_is_known),
        TEST(test_the_longest_json_fits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
