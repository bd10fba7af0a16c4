/*
 * Measures the matching of words to schools. tests/unit/fixtures/places holds calls with places as
 * agencies write them, labelled by hand, and the schools of one real city. One row in five, by a
 * hash of its words, is held out: rules are tuned on the others, and their quality is measured on
 * the held-out rows. docs/model.md quotes the printed table.
 */
#include "services/intake/place/match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SCHOOLS_MAX = 200, KINDS_MAX = 40, FIELDS = 5, HELD_OUT_OF = 5 };

#define PLACES "tests/unit/fixtures/places/"

static struct match *match;
static char codes[SCHOOLS_MAX][48];
static int school_count;

struct tally {
    char kind[48];
    int rows, of_school; /* of_school: rows that are of a school */
    int right, wrong;    /* placed */
    int asked_right;     /* a person is asked, and the right school is among the choices */
    int asked_wrong;     /* a person is asked, and it is not, or there is no school */
};

/* Splits one line of CSV into its fields, in place. Returns how many there are; the others are "".
 * Quotes are only supported round a whole field. */
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

static FILE *open_set(const char *path)
{
    char line[512];
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file)); /* the heading */
    return file;
}

static int setup(void **state)
{
    char line[512], *field[FIELDS];
    FILE *file = open_set(PLACES "schools.csv");

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

/* FNV-1a over address and name, with a separator. */
static bool held_out(const char *address, const char *name)
{
    const char *part[] = {address, "\n", name};
    uint32_t hash = 2166136261U;

    for (int i = 0; i < 3; i++)
        for (const char *at = part[i]; *at; at++)
            hash = (hash ^ (unsigned char)*at) * 16777619U;
    return hash % HELD_OUT_OF == 0;
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

static struct tally judge(const char *kind, const char *address, const char *name,
                          const char *expected)
{
    struct match_hit hits[MATCH_MAX];
    size_t count = match_find(match, address, name, hits);
    bool sure = count > 0 && hits[0].confidence >= MATCH_SURE, among = false, all = count > 0;

    for (size_t i = 0; i < count; i++) {
        bool in = in_list(expected, codes[hits[i].school_id]);
        among |= in;
        all &= in;
    }
    if (getenv("VERBOSE") && (sure ? !all : (count > 0 || expected[0])))
        printf("  %-8s %-26s \"%s\" \"%s\" wants %s, got %s %.2f\n",
               sure     ? "WRONG"
               : !count ? "missed"
                        : "asks",
               kind, address, name, expected[0] ? expected : "none",
               count ? codes[hits[0].school_id] : "none", count ? hits[0].confidence : 0);
    return (struct tally){.rows = 1,
                          .of_school = expected[0] != '\0',
                          .right = sure && all,
                          .wrong = sure && !all,
                          .asked_right = count > 0 && !sure && among,
                          .asked_wrong = count > 0 && !sure && !among};
}

static void add(struct tally *tally, const struct tally *row)
{
    tally->rows += row->rows;
    tally->of_school += row->of_school;
    tally->right += row->right;
    tally->wrong += row->wrong;
    tally->asked_right += row->asked_right;
    tally->asked_wrong += row->asked_wrong;
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

/* Limits for a part of the set: floors (for asked_in_vain a ceiling), a little worse than measured.
 * Do not look at held-out rows when you change a rule. */
struct total {
    bool held_out, real; /* real: only rows that agencies wrote */
    double precision, recall, recall_asked, asked_in_vain;
    struct tally tally;
};

static void hold(const struct total *total)
{
    const struct tally *t = &total->tally;

    assert_true(part(t->right, t->right + t->wrong) >= total->precision);
    assert_true(part(t->right, t->of_school) >= total->recall);
    assert_true(part(t->right + t->asked_right, t->of_school) >= total->recall_asked);
    assert_true(part(t->asked_wrong, t->rows - t->of_school) <= total->asked_in_vain);
}

static void test_precision_and_recall_hold_on_the_labelled_set(void **state)
{
    static struct tally tallies[KINDS_MAX];
    static struct total totals[] = {
        {false, false, 0.985, 0.77, 0.85, 0.08, {.kind = "tuned on"}},
        {false, true, 0.985, 0.74, 0.74, 0.03, {.kind = "tuned on, real"}},
        {true, false, 0.985, 0.75, 0.87, 0.06, {.kind = "held out"}},
        {true, true, 0.985, 0.74, 0.74, 0.02, {.kind = "held out, real"}},
    };
    char line[512], *field[FIELDS];
    int kinds = 0;
    const char *other = getenv("CALLS"); /* tests/bench/words.py: prints without limits */
    FILE *file = open_set(other ? other : PLACES "calls.csv");

    (void)state;
    while (fgets(line, sizeof line, file)) {
        assert_int_equal(fields_of(line, field), FIELDS);
        struct tally row = judge(field[1], field[2], field[3], field[4]);
        bool real = strcmp(field[0], "real") == 0, held = held_out(field[2], field[3]);

        add(tally_of(tallies, &kinds, field[1]), &row);
        for (size_t i = 0; i < sizeof totals / sizeof totals[0]; i++)
            if (totals[i].held_out == held && (real || !totals[i].real))
                add(&totals[i].tally, &row);
    }
    fclose(file);
    printf("%-28s %5s %9s %9s %9s %9s %6s %8s\n", "kind", "rows", "of school", "precision",
           "recall", "or asked", "asked", "in vain");
    for (int i = 0; i < kinds; i++)
        show(&tallies[i]);
    for (size_t i = 0; i < sizeof totals / sizeof totals[0]; i++)
        show(&totals[i].tally);
    if (other)
        return;
    assert_true(totals[0].tally.rows >= 300 && totals[2].tally.rows >= 100);
    for (size_t i = 0; i < sizeof totals / sizeof totals[0]; i++)
        hold(&totals[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_precision_and_recall_hold_on_the_labelled_set),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
