/* Campuses and attendance areas: refused geometries, point in polygon, centre. */
#include "services/ctl/geo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define SQUARE "[[0,0],[4,0],[4,4],[0,4],[0,0]]"
#define HOLE   "[[1,1],[1,2],[2,2],[2,1],[1,1]]"

static struct geo *parse(const char *json)
{
    struct error error;
    struct geo *geo;

    if (geo_parse(&geo, json, &error))
        fail_msg("%s: %s", error.field, error.reason);
    return geo;
}

static void expect_error(const char *json, enum err code)
{
    struct error error;
    struct geo *geo;

    assert_int_equal(geo_parse(&geo, json, &error), code);
    assert_null(geo);
    assert_string_equal(error.field, "geometry");
}

static void test_a_point_is_its_own_centre_and_holds_nothing(void **state)
{
    struct geo *geo = parse("{\"type\":\"Point\",\"coordinates\":[-122.3,47.6]}");
    double latitude, longitude;

    (void)state;
    geo_centre(geo, &latitude, &longitude);
    assert_false(geo_is_area(geo));
    assert_true(latitude > 47.599 && latitude < 47.601);
    assert_true(longitude > -122.301 && longitude < -122.299);
    assert_false(geo_contains(geo, 47.6, -122.3));
    geo_free(geo);
}

static void test_a_hole_is_outside(void **state)
{
    struct geo *geo = parse("{\"type\":\"Polygon\",\"coordinates\":[" SQUARE "," HOLE "]}");

    (void)state;
    assert_true(geo_contains(geo, 3, 3));
    assert_false(geo_contains(geo, 1.5, 1.5));
    assert_false(geo_contains(geo, 5, 3));
    assert_false(geo_contains(geo, -1, 3));
    geo_free(geo);
}

static void test_each_part_of_a_multipolygon_counts(void **state)
{
    struct geo *geo = parse("{\"type\":\"MultiPolygon\",\"coordinates\":[[" SQUARE
                            "],[[[10,10],[12,10],[12,12],[10,10]]]]}");

    (void)state;
    assert_true(geo_contains(geo, 1, 1));
    assert_true(geo_contains(geo, 10.5, 11.5));
    assert_false(geo_contains(geo, 7, 7));
    geo_free(geo);
}

static void test_the_centre_of_a_square_is_its_middle(void **state)
{
    struct geo *geo = parse("{\"type\":\"Polygon\",\"coordinates\":[" SQUARE "]}");
    double latitude, longitude;

    (void)state;
    geo_centre(geo, &latitude, &longitude);
    assert_true(latitude > 1.999999 && latitude < 2.000001);
    assert_true(longitude > 1.999999 && longitude < 2.000001);
    geo_free(geo);
}

static void centre_must_be(const char *json, double latitude, double longitude)
{
    struct geo *geo = parse(json);
    double lat, lon;

    geo_centre(geo, &lat, &lon);
    assert_true(lat > latitude - 1e-6 && lat < latitude + 1e-6);
    assert_true(lon > longitude - 1e-6 && lon < longitude + 1e-6);
    geo_free(geo);
}

static void test_the_centre_of_rings_without_an_area_is_the_middle_of_their_box(void **state)
{
    (void)state;
    /* flat, or crossing itself so that the halves nearly cancel */
    centre_must_be("{\"type\":\"Polygon\",\"coordinates\":[[[10,20],[11,21],[12,22],[10,20]]]}", 21,
                   11);
    centre_must_be("{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,1],[1,0],[0,1.0001],[0,0]]]}",
                   0.50005, 0.5);
}

static void test_what_is_no_geometry_on_earth_is_refused(void **state)
{
    (void)state;
    expect_error("[1,2]", ERR_SYNTAX);
    expect_error("{\"type\":\"LineString\",\"coordinates\":[[0,0],[1,1]]}", ERR_VALUE);
    expect_error("{\"type\":\"Point\",\"coordinates\":[47.6,-122.3]}", ERR_RANGE);
    expect_error("{\"type\":\"Point\",\"coordinates\":[\"1\",2]}", ERR_TYPE);
    expect_error("{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,1],[0,0]]]}", ERR_VALUE);
    expect_error("{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,0],[1,1],[0,1]]]}", ERR_VALUE);
    expect_error("{\"type\":\"Polygon\",\"coordinates\":[]}", ERR_VALUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_point_is_its_own_centre_and_holds_nothing),
        cmocka_unit_test(test_a_hole_is_outside),
        cmocka_unit_test(test_each_part_of_a_multipolygon_counts),
        cmocka_unit_test(test_the_centre_of_a_square_is_its_middle),
        cmocka_unit_test(test_the_centre_of_rings_without_an_area_is_the_middle_of_their_box),
        cmocka_unit_test(test_what_is_no_geometry_on_earth_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
