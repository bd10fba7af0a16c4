/* Times as sources write them: formats, zones, both changes of daylight saving time. */
#include "services/feed/mapping/localtime.h"
#include "services/feed/mapping/mapping.h"
#include "services/feed/mapping/mapping_time.h"
#include "services/feed/source/charset.h"
#include "services/feed/source/identity.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char *write_mapping(const char *text)
{
    static char path[64];
    FILE *file;

    snprintf(path, sizeof path, "/tmp/test_feed_time.%d", (int)getpid());
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    return path;
}

static int load(struct mapping *mapping, const char *text, struct error *error)
{
    const char *path = write_mapping(text);
    int err;

    *error = (struct error){0};
    err = mapping_load(mapping, path, error);
    unlink(path);
    return err;
}

static const char *to_utc(int year, int month, int day, int hour, int minute, bool *doubled,
                          int *err)
{
    static char text[32];
    struct tm civil = {.tm_year = year - 1900,
                       .tm_mon = month - 1,
                       .tm_mday = day,
                       .tm_hour = hour,
                       .tm_min = minute};
    struct error error = {0};
    event_time time = 0;

    *doubled = false;
    *err = localtime_to_utc(&civil, &time, doubled, &error);
    event_time_format(time, text);
    return text;
}

static void test_both_changes_of_clocks(void **state)
{
    static const struct {
        int month, day, hour, minute;
        const char *utc; /* NULL: refused */
        bool doubled;
    } cases[] = {
        {1, 15, 12, 0, "2015-01-15T20:00:00Z", false},
        {7, 15, 12, 0, "2015-07-15T19:00:00Z", false},
        {3, 8, 1, 59, "2015-03-08T09:59:00Z", false},
        {3, 8, 2, 0, NULL, false},
        {3, 8, 2, 59, NULL, false},
        {3, 8, 3, 0, "2015-03-08T10:00:00Z", false},
        {11, 1, 0, 59, "2015-11-01T07:59:00Z", false},
        {11, 1, 1, 0, "2015-11-01T08:00:00Z", true},
        {11, 1, 1, 59, "2015-11-01T08:59:00Z", true},
        {11, 1, 2, 0, "2015-11-01T10:00:00Z", false},
        {2, 29, 12, 0, NULL, false},
        {4, 31, 12, 0, NULL, false},
    };
    struct error error;
    bool doubled;
    int err;

    (void)state;
    assert_int_equal(localtime_zone("America/Los_Angeles", &error), 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *utc = to_utc(2015, cases[i].month, cases[i].day, cases[i].hour, cases[i].minute,
                                 &doubled, &err);

        assert_int_equal(err, cases[i].utc ? 0 : ERR_TIME);
        if (!cases[i].utc)
            continue;
        assert_string_equal(utc, cases[i].utc);
        assert_int_equal(doubled, cases[i].doubled);
    }
}

static void test_clocks_of_zones_that_differ(void **state)
{
    static const struct {
        const char *zone;
        int month, day, hour, minute;
        const char *utc;
        bool doubled;
    } cases[] = {
        {"Europe/Warsaw", 10, 25, 2, 30, "2015-10-25T00:30:00Z", true},
        {"Australia/Lord_Howe", 4, 5, 1, 45, "2015-04-04T14:45:00Z",
         true}, /* a change by half an hour */
        {"Asia/Kolkata", 6, 1, 5, 30, "2015-06-01T00:00:00Z", false},
        {"Pacific/Kiritimati", 1, 1, 14, 0, "2015-01-01T00:00:00Z", false},
        {"UTC", 6, 1, 5, 30, "2015-06-01T05:30:00Z", false},
    };
    struct error error;
    bool doubled;
    int err;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(localtime_zone(cases[i].zone, &error), 0);
        assert_string_equal(to_utc(2015, cases[i].month, cases[i].day, cases[i].hour,
                                   cases[i].minute, &doubled, &err),
                            cases[i].utc);
        assert_int_equal(doubled, cases[i].doubled);
    }
    assert_true(localtime_zone("../../etc/passwd", &error) < 0);
    assert_true(localtime_zone("/etc/localtime", &error) < 0);
}

static void test_times_must_be_whole_and_tell_how_exact_they_are(void **state)
{
    static const struct {
        const char *format, *text, *utc;
        uint8_t quality;
    } cases[] = {
        {"%Y-%m-%d %H:%M:%S", "2015-07-01 10:00:05", "2015-07-01T17:00:05Z", 1},
        {"%m/%d/%y %H:%M", "7/1/15 1:02", "2015-07-01T08:02:00Z", 2},
        {"%m/%d/%y %H:%M", "11/1/15 1:02", "2015-11-01T08:02:00Z", 3},
        {"%Y-%m-%d", "2015-07-01", "2015-07-01T07:00:00Z", 4},
        {"%Y-%m-%dT%H:%M:%S%z", "2015-07-01T10:00:05+0200", "2015-07-01T08:00:05Z", 1},
        {"epoch", "1435737600", "2015-07-01T08:00:00Z", 1},
        {"epoch_ms", "1435737600250", "2015-07-01T08:00:00.25Z", 1},
        {"rfc3339", "2015-07-01T10:00:00-07:00", "2015-07-01T17:00:00Z", 1},
        {"%m/%d/%y %H:%M", "7/1/15 1:02 AM", NULL, 0},
        {"%m/%d/%y %H:%M", "", NULL, 0},
        {"%m/%d/%y %H:%M", "2/30/15 1:02", NULL, 0},
        {"%m/%d/%y %H:%M", "3/8/15 2:30", NULL, 0},
        {"%Y-%m-%d %H:%M:%S.%f", "2015-07-01 10:00:05.0", "2015-07-01T17:00:05Z", 1},
        {"%Y-%m-%d %H:%M:%S.%f", "2015-07-01 10:00:05.1234567", "2015-07-01T17:00:05.123456Z", 1},
        {"%Y-%m-%d %H:%M:%S.%f%z", "2015-07-01 10:00:05.25+02", "2015-07-01T08:00:05.25Z", 1},
        {"%m/%d/%Y %I:%M:%S.%f %p", "7/1/2015 1:00:05.25 PM", "2015-07-01T20:00:05.25Z", 1},
        {"%m/%d/%Y %I:%M:%S.%f %p", "7/1/2015 12:00:05.25 AM", "2015-07-01T07:00:05.25Z", 1},
        {"%d-%b-%y %I.%M.%S.%f %p", "01-JUL-15 01.00.05.000000 PM", "2015-07-01T20:00:05Z", 1},
        {"%m/%d/%Y %H%M", "7/1/2015 0002", "2015-07-01T07:02:00Z", 2},
        {"%Y%m%d%H%M%S", "20150701100005", "2015-07-01T17:00:05Z", 1},
        {"%Y-%m-%d %H:%M:%S.%f", "2015-07-01 10:00:05.", NULL, 0},
        {"%Y-%m-%d %H:%M:%S.%f", "2015-07-01 10:00:05", NULL, 0},
        {"%Y-%m-%d %H:%M:%S.%f", "2015-07-01 10:00:05.1x", NULL, 0},
        {"%m/%d/%Y %H%M", "7/1/2015 100", NULL, 0},
        {"%m/%d/%Y %H%M", "7/1/2015 10:00", NULL, 0},
        {"%Y%m%d%H%M%S", "2015070110000", NULL, 0},
        {"rfc3339", "2015-07-01T10:00:00", NULL, 0},
        {"%F %-I:%M %p", "2015-07-01 1:02 PM", "2015-07-01T20:02:00Z", 2},
        {"%D %T", "07/01/15 10:00:05", "2015-07-01T17:00:05Z", 1},
        {"%a %b %e %H:%M:%S %Y", "Wed Jul  1 10:00:05 2015", "2015-07-01T17:00:05Z", 1},
        {"%a %m/%d/%Y %H:%M", "Mon 7/1/2015 10:00", NULL, 0}, /* it was a Wednesday */
        {"%Y%m%d %H:%M", "2015111 10:00", NULL, 0},           /* ambiguous: could be two days */
        {"%m%d%y %H%M", "11115 1000", NULL, 0},
        {"%m%d%y %H%M", "070115 1000", "2015-07-01T17:00:00Z", 2},
        {"%m/%d/%y %H:%M", "7/1/2015 10:00", NULL, 0},
        {"%Y-%m-%d %H:%M:%S%z", "2015-07-01 10:00:05Z", "2015-07-01T10:00:05Z", 1},
        {"%Y-%m-%d %H:%M:%S%z", "2015-07-01 10:00:05 PST", NULL, 0},
        {"epoch", "12x", NULL, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[512], utc[32];
        struct mapping mapping;
        struct error error;
        event_time time = 0;
        uint8_t quality;
        int err;

        snprintf(text, sizeof text,
                 "[time]\nzone = America/Los_Angeles\nformat = %s\n[key]\nincident = No\n"
                 "[event]\nkind = call.received\n[fields]\noccurred_at = When\n",
                 cases[i].format);
        assert_int_equal(load(&mapping, text, &error), 0);
        err = mapping_time_read(&mapping, cases[i].text, &time, &quality, &error);
        mapping_free(&mapping);
        assert_int_equal(err, cases[i].utc ? 0 : ERR_TIME);
        if (!cases[i].utc)
            continue;
        event_time_format(time, utc);
        assert_string_equal(utc, cases[i].utc);
        assert_int_equal(quality, cases[i].quality);
    }
}

/* The C library accepts all of these, and ignores a part of them. */
static void test_format_that_would_be_read_by_half_is_refused(void **state)
{
    static const struct {
        const char *format, *says;
    } cases[] = {
        {"%m/%d/%Y %H:%M:%S %Z", "%Z: a zone's name is not read"},
        {"%Y %U %H:%M", "%U is not read"},
        {"%Y-%m-%d %w %H:%M", "%w is not read"},
        {"%Y-%m-%d %u %H:%M", "%u is not read"},
        {"%G-%V %H:%M", "%G is not read"},
        {"%EY-%m-%d %H:%M", "%E is not read"},
        {"%Y-%Om-%d %H:%M", "%O is not read"},
        {"%C%y-%m-%d", "%C: a century"},
        {"%Y%j %H:%M", "%j is not read"},
        {"%s", "%s: seconds since 1970"},
        {"%Y-%m-%d %H:%M %p", "has %p without %I"},
        {"%Y-%m-%d %I:%M %P", "%P: AM and PM are %p"},
        {"%Y-%m-%d %I:%M", "has %I without %p"},
        {"%Y-%m-%d %H:%I:%M %p", "has the hour twice"},
        {"%Y-%m-%d %T.%N", "%N: the fraction"},
        {"%d/%d/%Y", "%d says again"},
        {"%D %Y", "%Y says again"},
        {"%H:%M", "has no year"},
        {"%m/%d %H:%M", "has no year"},
        {"%Y %H:%M", "has no month"},
        {"%Y-%m %H:%M", "has no day"},
        {"%Y-%m-%d %M", "has minutes and no hour"},
        {"%Y-%m-%d%z", "has an offset"},
        {"%4Y-%m-%d", "%4 is not read"},
        {"%Y-%m-%d %", "%? is not read"},
        {"%Y-%m-%dT%H:%M:%SZ", "a zone's name written in it"},
        {"%Y-%m-%d %H:%M EST", "a zone's name written in it"},
        {"%Y-%m-%d %H:%M:%S.%f utc", "a zone's name written in it"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[512];
        struct mapping mapping;
        struct error error = {0};

        snprintf(text, sizeof text,
                 "[time]\nzone = America/Los_Angeles\nformat = %s\n[key]\nincident = No\n"
                 "[event]\nkind = call.received\n[fields]\noccurred_at = When\n",
                 cases[i].format);
        if (load(&mapping, text, &error) == 0)
            fail_msg("%s was taken", cases[i].format);
        if (!strstr(error.reason, cases[i].says))
            fail_msg("%s: expected '%s' in '%s'", cases[i].format, cases[i].says, error.reason);
    }
}

static void test_zone_written_in_the_format_may_be_the_mappings(void **state)
{
    static const char text[] = "[time]\nzone = UTC\nformat = %Y-%m-%dT%H:%M:%SZ\n[key]\nincident "
                               "= No\n[event]\nkind = call.received\n[fields]\noccurred_at = "
                               "When\n";
    struct mapping mapping;
    struct error error;

    (void)state;
    assert_int_equal(load(&mapping, text, &error), 0);
    mapping_free(&mapping);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_changes_of_clocks),
        cmocka_unit_test(test_clocks_of_zones_that_differ),
        cmocka_unit_test(test_times_must_be_whole_and_tell_how_exact_they_are),
        cmocka_unit_test(test_format_that_would_be_read_by_half_is_refused),
        cmocka_unit_test(test_zone_written_in_the_format_may_be_the_mappings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
