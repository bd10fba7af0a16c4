/* Columns of results by name: whatever column a statement lacks, it is noted and nothing ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "services/notify/channel/channel.h"
#include "services/notify/decide/batch.h"
#include "services/notify/decide/subject.h"
#include "services/notify/dispatch.h"

#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MOST = 120 };

/* A result of one row, whose columns are named one after the other. */
struct lacking {
    const char *fill; /* of each column but those that have to fit */
    const char *channel;
    char names[COLUMNS_MOST][48];
    int count;
};

static const char *value_of(const struct lacking *lacking, const char *name)
{
    if (strcmp(name, "channel") == 0)
        return lacking->channel;
    if (strcmp(name, "email") == 0 || strcmp(name, "phone") == 0 || strcmp(name, "webhook") == 0)
        return "t@riverside.example";
    return strcmp(name, "withheld") == 0 ? "" : lacking->fill;
}

static PGresult *result_of(const struct lacking *lacking)
{
    PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    PGresAttDesc columns[COLUMNS_MOST];

    memset(columns, 0, sizeof columns);
    for (int i = 0; i < lacking->count; i++)
        columns[i].name = (char *)lacking->names[i];
    assert_int_equal(PQsetResultAttrs(result, lacking->count, columns), 1);
    for (int i = 0; i < lacking->count; i++) {
        const char *value = value_of(lacking, lacking->names[i]);

        assert_int_equal(PQsetvalue(result, 0, i, (char *)value, (int)strlen(value)), 1);
    }
    return result;
}

/* What is read of a row of this kind. */
typedef void (*read_fn)(struct row row, const struct subject_kind *kind);

static void plan(struct row row, const struct subject_kind *kind)
{
    struct batch batch = {.now_us = 1000000};
    struct settings settings = {.alarm_every_s = 1};
    struct plan plan = {.act = PLAN_NOTHING};

    kind->plan(row, &batch, &settings, &plan);
    plan_free(&plan);
}

static void dispatch(struct row row, const struct subject_kind *kind)
{
    struct settings settings = {
        .base_url = "https://liaison.example", .from_address = "a@b", .domain = "b"};
    struct token token = {.text = "0123456789abcdef"};
    struct parcel *parcel;
    enum reason why;

    dispatch_parcel(row, kind, &settings, &token, &parcel, &why);
    parcel_free(parcel);
}

static void take_contacts(struct row row, const struct subject_kind *kind)
{
    struct batch batch = {.now_us = 1000000};

    (void)kind;
    batch_take_contacts(&batch, row.result);
    *row.gap = batch.gap;
    batch_clear(&batch);
}

static void take_tellings(struct row row, const struct subject_kind *kind)
{
    struct batch batch = {.now_us = 1000000};

    (void)kind;
    batch_take_tellings(&batch, row.result);
    *row.gap = batch.gap;
    batch_clear(&batch);
}

static void take_rules(struct row row, const struct subject_kind *kind)
{
    struct batch batch = {.now_us = 1000000};

    (void)kind;
    batch_take_rules(&batch, row.result);
    *row.gap = batch.gap;
    batch_clear(&batch);
}

/* Gives the columns one by one, each when it was found missing. Returns how many were asked for,
 * and one. */
static int columns_read(read_fn read, const struct subject_kind *kind, const char *fill,
                        const char *channel)
{
    struct lacking lacking = {.fill = fill, .channel = channel, .names = {"unread"}, .count = 1};

    for (;;) {
        struct row_gap gap = {{0}, {0}};
        PGresult *result = result_of(&lacking);

        read((struct row){result, 0, &gap}, kind);
        PQclear(result);
        if (!gap.column[0])
            return lacking.count;
        for (int i = 0; i < lacking.count; i++)
            assert_string_not_equal(lacking.names[i], gap.column);
        assert_true(lacking.count < COLUMNS_MOST);
        memcpy(lacking.names[lacking.count++], gap.column, sizeof gap.column);
    }
}

static const char *const fills[] = {"",   "1",   "t",    "[]",
                                    "{}", "[1]", "open", "{\"now\": {\"status\": \"open\"}}"};

static void test_a_subject_is_decided_on_without_any_of_its_columns(void **state)
{
    (void)state;
    for (size_t k = 0; k < SUBJECT_KINDS; k++)
        for (size_t f = 0; f < sizeof fills / sizeof *fills; f++)
            assert_true(columns_read(plan, subject_kinds[k], fills[f], "email") > 1);
}

static void test_a_message_is_composed_without_any_of_its_columns(void **state)
{
    (void)state;
    for (size_t k = 0; k < SUBJECT_KINDS; k++)
        for (size_t c = 0; c < CHANNELS; c++)
            for (size_t f = 0; f < sizeof fills / sizeof *fills; f++)
                assert_true(columns_read(dispatch, subject_kinds[k], fills[f], channels[c]->name) >=
                            10);
}

static void test_a_batch_is_read_without_any_of_its_columns(void **state)
{
    static const read_fn reads[] = {take_contacts, take_tellings, take_rules};

    (void)state;
    for (size_t r = 0; r < sizeof reads / sizeof *reads; r++)
        for (size_t f = 0; f < sizeof fills / sizeof *fills; f++)
            assert_true(columns_read(reads[r], NULL, fills[f], "sms") > 5);
}

static void test_null_is_not_missing(void **state)
{
    struct lacking lacking = {.fill = "", .names = {"a"}, .count = 1};
    PGresult *result = result_of(&lacking);
    struct row_gap gap = {{0}, {0}};
    struct row row = {result, 0, &gap};

    (void)state;
    PQsetvalue(result, 0, 0, NULL, -1);
    assert_true(row_null(row, "a"));
    assert_string_equal(row_text(row, "a"), "");
    assert_string_equal(gap.column, "");
    assert_true(row_null(row, "b"));
    assert_int_equal(row_int(row, "c"), 0);
    assert_string_equal(gap.column, "b"); /* the first */
    PQclear(result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_subject_is_decided_on_without_any_of_its_columns),
        cmocka_unit_test(test_a_message_is_composed_without_any_of_its_columns),
        cmocka_unit_test(test_a_batch_is_read_without_any_of_its_columns),
        cmocka_unit_test(test_null_is_not_missing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
