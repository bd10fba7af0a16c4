/*
 * Matching words to schools, measured: tests/unit/fixtures/places holds calls as agencies write
 * their places, labelled by hand, and the schools of one real city. The table that is printed is
 * what docs/model.md quotes.
 */
#include "services/intake/match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SCHOOLS_MAX = 200, KINDS_MAX = 40, FIELDS = 5 };

/* Floors: what was measured (1.000; 0.786; 0.874; 0.068), and a little worse. */
#define PRECISION_FLOOR    0.985
#define RECALL_FLOOR       0.77
#define RECALL_ASKED_FLOOR 0.86
#define ASKED_WRONGLY_CEIL 0.08

static struct match *match;
static char codes[SCHOOLS_MAX][48];
static int school_count;

struct tally {
    char kind[48];
    int rows, of_school; /* of_school: rows that are of a school */
    int right, wrong;    /* placed */
    int asked_right;     /* of a school, which is among those that a person is asked about */
    int asked_wrong;     /* a person is asked, and the school is not there, or there is none */
};

/* One line of CSV into its fields, in place; returns how many, the others are "". Quotes stand
 * only round a whole field. */
static int fields_of(char *line, char *field[FIELDS])
{
    int count = 0;

    line[strcspn(line, "\r\n")] = '\0';
    for (int i = 0; i < FIELDS; i++)
        field[i] = line + strlen(line);
    while (count < FIELDS) {
        char *end;

        field[count++] = line;
        if (*line == '"') {
            field[count - 1] = ++line;
            end = strchr(line, '"');
            assert_non_null(end);
            *end++ = '\0';
        } else {
            end = line + strcspn(line, ",");
        }
        if (*end == '\0')
            return count;
        *end = '\0';
        line = end + 1;
    }
    return count;
}

static FILE *open_set(const char *name)
{
    char path[128], line[512];

    snprintf(path, sizeof path, "tests/unit/fixtures/places/%s", name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file)); /* the heading */
    return file;
}

static int setup(void **state)
{
    char line[512], *field[FIELDS];
    FILE *file = open_set("schools.csv");

    (void)state;
    match = match_new();
    while (fgets(line, sizeof line, file)) {
        assert_int_equal(fields_of(line, field), FIELDS);
        struct match_school school = {1, ++school_count, field[1], field[2], field[3]};
        snprintf(codes[school_count], sizeof codes[0], "%s", field[0]);
        assert_int_equal(match_add_school(match, &school), 0);
        if (field[4][0])
            assert_int_equal(match_add_alias(match, 1, school_count, true, field[4]), 0);
    }
    return fclose(file);
}

static int teardown(void **state)
{
    (void)state;
    match_free(match);
    return 0;
}

/* Whether code stands in a list "A|B". */
static bool in_list(const char *list, const char *code)
{
    size_t size = strlen(code);

    for (const char *at = list; *at; at += strcspn(at, "|"), at += *at == '|')
        if (strncmp(at, code, size) == 0 && (at[size] == '|' || at[size] == '\0'))
            return true;
    return false;
}

static struct tally *tally_of(struct tally *tallies, int *count, const char *kind)
{
    for (int i = 0; i < *count; i++)
        if (strcmp(tallies[i].kind, kind) == 0)
            return &tallies[i];
    assert_true(*count < KINDS_MAX);
    snprintf(tallies[*count].kind, sizeof tallies[0].kind, "%s", kind);
    return &tallies[(*count)++];
}

static void judge(struct tally *tally, const char *address, const char *name, const char *expected)
{
    struct match_hit hits[MATCH_MAX];
    size_t count = match_find(match, address, name, hits);
    bool sure = count > 0 && hits[0].confidence >= MATCH_SURE, among = false, all = count > 0;

    for (size_t i = 0; i < count; i++) {
        bool in = in_list(expected, codes[hits[i].school_id]);
        among |= in;
        all &= in;
    }
    tally->rows++;
    tally->of_school += expected[0] != '\0';
    tally->right += sure && all;
    tally->wrong += sure && !all;
    tally->asked_right += count > 0 && !sure && among;
    tally->asked_wrong += count > 0 && !sure && !among;
    if (getenv("VERBOSE") && (sure ? !all : (count > 0 || expected[0])))
        printf("  %-8s %-26s \"%s\" \"%s\" wants %s, got %s %.2f\n",
               sure     ? "WRONG"
               : !count ? "missed"
                        : "asks",
               tally->kind, address, name, expected[0] ? expected : "none",
               count ? codes[hits[0].school_id] : "none", count ? hits[0].confidence : 0);
}

static double part(int of, int all)
{
    return all ? (double)of / all : 1.0;
}

static void show(const struct tally *t)
{
    printf("%-28s %5d %9d %9.3f %9.3f %9.3f %6d %8d\n", t->kind, t->rows, t->of_school,
           part(t->right, t->right + t->wrong), part(t->right, t->of_school),
           part(t->right + t->asked_right, t->of_school), t->asked_right + t->asked_wrong,
           t->asked_wrong);
}

static void test_precision_and_recall_hold_on_the_labelled_set(void **state)
{
    static struct tally tallies[KINDS_MAX];
    struct tally all = {.kind = "all"}, real = {.kind = "all that are real"};
    struct tally *totals[] = {&all, &real};
    char line[512], *field[FIELDS];
    int kinds = 0;
    FILE *file = open_set("calls.csv");

    (void)state;
    while (fgets(line, sizeof line, file)) {
        assert_int_equal(fields_of(line, field), FIELDS);
        struct tally *kind = tally_of(tallies, &kinds, field[1]);
        struct tally before = *kind;
        judge(kind, field[2], field[3], field[4]);
        for (int i = 0; i < (strcmp(field[0], "real") == 0 ? 2 : 1); i++) {
            totals[i]->rows++;
            totals[i]->of_school += kind->of_school - before.of_school;
            totals[i]->right += kind->right - before.right;
            totals[i]->wrong += kind->wrong - before.wrong;
            totals[i]->asked_right += kind->asked_right - before.asked_right;
            totals[i]->asked_wrong += kind->asked_wrong - before.asked_wrong;
        }
    }
    fclose(file);
    printf("%-28s %5s %9s %9s %9s %9s %6s %8s\n", "kind", "rows", "of school", "precision",
           "recall", "or asked", "asked", "in vain");
    for (int i = 0; i < kinds; i++)
        show(&tallies[i]);
    show(&real);
    show(&all);
    assert_true(all.rows >= 300);
    assert_true(part(all.right, all.right + all.wrong) >= PRECISION_FLOOR);
    assert_true(part(real.right, real.right + real.wrong) >= PRECISION_FLOOR);
    assert_true(part(all.right, all.of_school) >= RECALL_FLOOR);
    assert_true(part(all.right + all.asked_right, all.of_school) >= RECALL_ASKED_FLOOR);
    assert_true(part(all.asked_wrong, all.rows - all.of_school) <= ASKED_WRONGLY_CEIL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_precision_and_recall_hold_on_the_labelled_set),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
