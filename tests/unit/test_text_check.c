/*
 * The text check finds facts that must not be kept in every spelling of
 * fixtures/text/positives.tsv, and leaves similar texts (negatives.tsv, the wordings of
 * fixtures/places) unchanged. It prints a table of recall by kind and of false alarms, with a limit
 * for each.
 *
 *   TEXTS=FILE build/release/unit/test_text_check    checks only FILE ("field<TAB>text" a line),
 * and prints which texts are altered and how many (tests/bench/texts.py)
 */
#include "event.h"
#include "event_rows.h"
#include "text_check.h"
#include "text_rules.def"
#include "utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FIXTURES      "tests/unit/fixtures/"
#define COUNT_OF(a)   (sizeof(a) / sizeof((a)[0]))
#define RECALL_FLOOR  0.99
#define ALARMS_MOST   0
#define ROWS_AT_LEAST 250

static const struct {
    const char *word;
    enum text_field field;
} fields[] = {{"code", TEXT_OF_CODE},
              {"offense", TEXT_OF_OFFENSE},
              {"place", TEXT_OF_PLACE},
              {"id", TEXT_OF_ID},
              {"other", TEXT_OF_OTHER}};

static enum text_field field_of(const char *word)
{
    for (size_t i = 0; i < COUNT_OF(fields); i++)
        if (strcmp(word, fields[i].word) == 0)
            return fields[i].field;
    fail_msg("%s is no field", word);
    return 0;
}

static size_t kind_of(const char *word)
{
    for (size_t kind = 0; kind < TEXT_KINDS; kind++)
        if (strcmp(word, text_kind_word((enum text_kind)kind)) == 0)
            return kind;
    fail_msg("%s is no kind", word);
    return 0;
}

static size_t put_utf8(char *out, unsigned long point)
{
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    size_t more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    static const unsigned char head[] = {0, 0xc0, 0xe0, 0xf0};

    for (size_t i = more; i > 0; i--, point >>= 6)
        out[i] = (char)(0x80 | (point & 0x3f));
    out[0] = (char)(head[more] | point);
    return more + 1;
}

/* Fixtures write invisible characters by their number: "\u00ad" and "\U0001f170". */
static void unescape(char *text)
{
    char *out = text;

    while (*text) {
        size_t digits = *text != '\\' ? 0 : text[1] == 'u' ? 4 : text[1] == 'U' ? 8 : 0;
        char number[9] = "";

        if (!digits) {
            *out++ = *text++;
            continue;
        }
        memcpy(number, text + 2, digits);
        text += 2 + digits;
        out += put_utf8(out, strtoul(number, NULL, 16));
    }
    *out = '\0';
}

/* Splits a line at tabs; missing columns are "". */
static void columns_of(char *line, char *column[4])
{
    line[strcspn(line, "\n")] = '\0';
    for (int i = 0; i < 4; i++) {
        char *part = line ? strsep(&line, "\t") : NULL;

        column[i] = part ? part : (char[]){""};
    }
}

/* Calls each for every line after the header. */
static size_t for_each(const char *name, void (*each)(char *column[4], void *ctx), void *ctx)
{
    char path[200], line[2048], *column[4];
    size_t rows = 0;
    FILE *file;

    snprintf(path, sizeof path, FIXTURES "%s", name);
    file = fopen(path, "re");
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        columns_of(line, column);
        if (rows++ > 0)
            each(column, ctx);
    }
    fclose(file);
    return rows - 1;
}

struct table {
    size_t rows[TEXT_KINDS], found[TEXT_KINDS], left_wrong;
};

static void positive(char *column[4], void *ctx)
{
    struct table *table = ctx;
    enum text_field field = field_of(column[0]);
    struct text_found found = {0}, again = {0};
    size_t kind = kind_of(column[1]);
    char text[2048];

    unescape(strcpy(text, column[2]));
    unescape(column[3]);
    table->rows[kind]++;
    if (text_check(text, sizeof text, field, &found) != text_found_sum(&found))
        fail_msg("%s: counts differ", column[2]);
    if (found.count[kind] > 0)
        table->found[kind]++;
    else
        printf("  missed   %s %s\n", column[0], column[2]);
    if (strcmp(text, column[3]) != 0) {
        table->left_wrong++;
        printf("  left     %s: \"%s\", not \"%s\"\n", column[2], text, column[3]);
    }
    assert_int_equal(text_check(text, sizeof text, field, &again), 0);
    assert_int_equal(text_found_sum(&again), 0);
}

static void test_what_must_not_be_kept_is_taken_out_in_every_spelling(void **state)
{
    struct table table = {0};
    size_t rows = for_each("text/positives.tsv", positive, &table);

    (void)state;
    assert_true(rows >= ROWS_AT_LEAST);
    printf("| kind | rows | recall |\n|---|---|---|\n");
    for (int kind = 0; kind < TEXT_KINDS; kind++)
        printf("| %s | %zu | %.3f |\n", text_kind_word(kind), table.rows[kind],
               (double)table.found[kind] / (double)table.rows[kind]);
    for (int kind = 0; kind < TEXT_KINDS; kind++)
        assert_true((double)table.found[kind] >= RECALL_FLOOR * (double)table.rows[kind]);
    assert_int_equal(table.left_wrong, 0);
}

static void expect_unchanged(const char *text, enum text_field field, size_t *alarms)
{
    char copy[2048];

    strcpy(copy, text);
    if (text_check(copy, sizeof copy, field, NULL) != 0 || strcmp(copy, text) != 0) {
        ++*alarms;
        printf("  altered  \"%s\": \"%s\"\n", text, copy);
    }
}

static void negative(char *column[4], void *ctx)
{
    unescape(column[1]);
    expect_unchanged(column[1], field_of(column[0]), ctx);
}

static void test_what_looks_like_it_keeps_every_octet(void **state)
{
    size_t alarms = 0, rows = for_each("text/negatives.tsv", negative, &alarms);

    (void)state;
    printf("false alarms: %zu of %zu look-alikes\n", alarms, rows);
    assert_true(rows >= ROWS_AT_LEAST);
    assert_true(alarms <= ALARMS_MOST);
}

/* source, kind, address, name, school: no field has a quote or a comma in it. */
static void place_row(char *column[4], void *ctx)
{
    char *line = column[0];

    for (int i = 0; line; i++) {
        char *part = strsep(&line, ",");

        if (i == 2 || i == 3)
            expect_unchanged(part, TEXT_OF_PLACE, ctx);
    }
}

static void test_places_of_the_placement_set_keep_every_octet(void **state)
{
    size_t alarms = 0, rows = for_each("places/calls.csv", place_row, &alarms);

    (void)state;
    printf("false alarms: %zu of %zu rows of the placement set\n", alarms, rows);
    assert_true(rows > 600);
    assert_int_equal(alarms, 0);
}

/* ---- The quick check lets through all that a pattern can begin with ---- */

struct builder {
    char text[1024];
    size_t size, element, alternative;
};

/* Appends an alternative of an element: by its number for the chosen element, else the first. */
static size_t put_element(struct builder *b, const char *element, size_t number, bool chosen)
{
    size_t size = strcspn(element, " "), at = 0, count = 0, wanted = chosen ? b->alternative : 0;

    if (*element == '[' && !chosen)
        return 1;
    for (const char *part = element; part < element + size; count++) {
        size_t length = strcspn(part, "|] ");

        if (count == wanted) {
            if (*part == '[' || *part == ':')
                part++, length--;
            b->size += (size_t)snprintf(
                b->text + b->size, sizeof b->text - b->size, "%s%.*s",
                number ? (part[-1] == ':' ? ": " : " ") : "",
                (int)(strcspn(part, "*|] ") < length ? strcspn(part, "*|] ") : length), part);
            at = 1;
        }
        part += length + (part[length] == '|' || part[length] == ']');
    }
    return at ? count : 0;
}

static void expect_anchored(const char *pattern)
{
    struct builder b = {0};

    for (b.element = 0;; b.element++, b.alternative = 0) {
        size_t elements = 0, count = 1;

        for (b.alternative = 0; b.alternative < count; b.alternative++) {
            b.size = 0;
            elements = 0;
            for (const char *at = pattern; *at; elements++) {
                size_t found = put_element(&b, at, elements, elements == b.element);

                if (elements == b.element)
                    count = found;
                at += strcspn(at, " ");
                at += *at == ' ';
            }
            if (b.element < elements && !text_may_hold(b.text))
                fail_msg("no anchor: \"%s\" of \"%s\"", b.text, pattern);
        }
        if (b.element >= elements)
            break;
    }
}

static void test_every_pattern_begins_with_an_anchor(void **state)
{
#define EXPECT_ANCHORED(kind, fields, words, not_behind, not_before, value) expect_anchored(words);

    (void)state;
    TEXT_RULES(EXPECT_ANCHORED)
    expect_anchored(TEXT_DOB_WORDS);
    expect_anchored(TEXT_NAME_WORDS);
    expect_anchored(TEXT_PERSON_WORDS);
}

/* ---- Bounds ---- */

static void test_texts_of_any_octets_are_checked_within_their_bound(void **state)
{
    char text[TEXT_CHECK_MAX + 200], small[sizeof TEXT_WITHHELD + 1];

    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_int_equal(text_check(text, sizeof text, TEXT_OF_PLACE, NULL), 0);
    memcpy(text, "DOB ", 4);
    assert_true(text_check(text, sizeof text, TEXT_OF_PLACE, NULL) > 0);
    assert_string_equal(text, TEXT_WITHHELD);
    strcpy(text, "A\xff\xc3 DOB \xf0\x9f 01/02/1990 \x80");
    assert_int_equal(text_check(text, sizeof text, TEXT_OF_PLACE, NULL), 1);
    assert_null(strstr(text, "1990"));
    strcpy(small, "30A");
    assert_int_equal(text_check(small, sizeof small, TEXT_OF_OFFENSE, NULL), 1);
    assert_string_equal(small, TEXT_WITHHELD);
    /* One character that becomes eighteen. */
    for (size_t i = 0; i < 170; i++)
        memcpy(text + 3 * i, "\xef\xb7\xba", 4);
    text_check(text, sizeof text, TEXT_OF_PLACE, NULL);
    assert_true(strlen(text) <= 510);
}

/* ---- Every text of an event ---- */

static const char fact[] = "X DOB 1/2/90"; /* fits into the shortest text field */

static void fill_texts(const struct event_type *type, char *base)
{
    for (size_t i = 0; i < type->row_count; i++) {
        const struct event_row *row = &type->rows[i];

        if (row->kind == EVENT_ROW_TEXT)
            strcpy(event_member(base, row), fact);
        else if (row->kind == EVENT_ROW_OBJECT)
            fill_texts(row->type, event_member(base, row));
        else if (row->kind == EVENT_ROW_TEXTS || row->kind == EVENT_ROW_OBJECTS)
            *(size_t *)event_member(base, row) = row->count;
        for (size_t n = 0; row->count && n < row->count; n++)
            if (row->kind == EVENT_ROW_TEXTS)
                strcpy(event_item(base, row, n), fact);
            else
                fill_texts(row->type, event_item(base, row, n));
    }
}

static bool is_identity(const char *name)
{
    static const char *const names[] = {"agency",     "event_id",   "incident", "merged_into",
                                        "split_from", "outcome_id", "voids"};

    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static size_t expect_clean(const struct event_type *type, char *base)
{
    size_t texts = 0;

    for (size_t i = 0; i < type->row_count; i++) {
        const struct event_row *row = &type->rows[i];

        if (row->kind == EVENT_ROW_TEXT && ++texts &&
            strcmp(event_member(base, row), is_identity(row->name) ? "" : "X") != 0)
            fail_msg("%s.%s is not checked", type->name, row->name);
        if (row->kind == EVENT_ROW_OBJECT)
            texts += expect_clean(row->type, event_member(base, row));
        for (size_t n = 0; row->count && n < row->count; n++)
            if (row->kind == EVENT_ROW_TEXTS && ++texts &&
                strcmp(event_item(base, row, n), "X") != 0)
                fail_msg("%s.%s is not checked", type->name, row->name);
            else if (row->kind == EVENT_ROW_OBJECTS)
                texts += expect_clean(row->type, event_item(base, row, n));
    }
    return texts;
}

static void test_every_text_of_the_dictionary_is_checked(void **state)
{
    static struct event event;
    struct event_dropped dropped = {0};

    (void)state;
    event_clear(&event);
    fill_texts(&event_type_event, (char *)&event);
    assert_int_equal(event_withhold(&event, &dropped, NULL), ERR_VALUE);
    size_t texts = expect_clean(&event_type_event, (char *)&event);
    assert_true(texts > 100);
    assert_int_equal(dropped.found.count[TEXT_BIRTH_DATE], texts);
}

static void test_a_number_of_which_nothing_is_left_is_not_given(void **state)
{
    static struct event event;
    struct event_dropped dropped = {0};

    (void)state;
    event_clear(&event);
    strcpy(event.place.beat, "DOB 01/02/1990");
    event.units.count = 1;
    strcpy(event.units.item[0].id, "ALIEN");
    assert_int_equal(event_withhold(&event, &dropped, NULL), 0);
    assert_string_equal(event.place.beat, "");
    assert_string_equal(event.units.item[0].id, EVENT_WITHHELD);
    assert_int_equal(text_found_sum(&dropped.found), 2);
}

/* DOB at the end of one field makes the date in the next field a date of birth. */
static void test_a_date_of_birth_that_two_fields_share_is_taken_out(void **state)
{
    static const struct {
        const char *address, *name, *cross, *name_left, *cross_left;
    } places[] = {
        {"100 MAIN ST DOB", "03/14/1987", "", TEXT_WITHHELD, ""},
        {"100 MAIN ST D.O.B.:", "3/14/87 LINCOLN HIGH", "", "LINCOLN HIGH", ""},
        {"100 MAIN ST DATE OF BIRTH", "", "MARCH 14 1987", "", TEXT_WITHHELD},
        {"100 MAIN ST", "DOB", "14 MAR 87", "DOB", TEXT_WITHHELD},
        {"100 MAIN ST DOB", "LINCOLN HIGH", "12 AVE / PINE ST", "LINCOLN HIGH", "12 AVE / PINE ST"},
        {"100 MAIN ST", "03/14/1987", "3 / 14 AV S", "03/14/1987", "3 / 14 AV S"},
    };
    static struct event event;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        struct event_dropped dropped = {0};
        bool taken = strcmp(places[i].name, places[i].name_left) != 0 ||
                     strcmp(places[i].cross, places[i].cross_left) != 0;

        event_clear(&event);
        strcpy(event.place.address, places[i].address);
        strcpy(event.place.name, places[i].name);
        strcpy(event.place.cross_streets, places[i].cross);
        assert_int_equal(event_withhold(&event, &dropped, NULL), 0);
        assert_string_equal(event.place.address, places[i].address);
        assert_string_equal(event.place.name, places[i].name_left);
        assert_string_equal(event.place.cross_streets, places[i].cross_left);
        assert_int_equal(dropped.found.count[TEXT_BIRTH_DATE], taken);
    }
}

/* Incident numbers are refused instead of shortened, so that two calls do not become one. */
static void test_an_identity_is_refused_and_not_shortened(void **state)
{
    static const char *const refused[] = {"19965-DOB-010203", "SUSP JOHN SMITH DOB 3/14",
                                          "2026-DOB-01/02/1990", "IMMIGRATION HOLD 7"},
                             *const kept[] = {"19965-010203", "I-247", "I-862", "I247",
                                              "2026-DV-1"};
    static const size_t places[] = {offsetof(struct event, incident),
                                    offsetof(struct event, merged_into),
                                    offsetof(struct event, split_from)};
    static const char *const names[] = {"incident", "merged_into", "split_from"};
    static struct event event;

    (void)state;
    for (size_t f = 0; f < COUNT_OF(places); f++) {
        char *text = (char *)&event + places[f];
        struct event_dropped dropped = {0};
        struct error error = {0};

        event_clear(&event);
        for (size_t i = 0; i < COUNT_OF(refused); i++) {
            strcpy(text, refused[i]);
            assert_int_equal(event_withhold(&event, &dropped, &error), ERR_VALUE);
            assert_string_equal(error.field, names[f]);
            assert_string_equal(error.reason, EVENT_IDENTITY_WITHHELD);
            assert_string_equal(text, "");
        }
        for (size_t i = 0; i < COUNT_OF(kept); i++) {
            strcpy(text, kept[i]);
            assert_int_equal(event_withhold(&event, &dropped, &error), 0);
            assert_string_equal(text, kept[i]);
        }
    }
}

static void test_a_message_whose_incident_holds_such_a_thing_is_refused(void **state)
{
    static const char json[] = "{\"kind\":\"incident.opened\",\"agency\":\"spd\","
                               "\"occurred_at\":\"2026-03-01T10:00:00Z\","
                               "\"incident\":\"19965-DOB-010203\"}";
    static struct event event;
    struct event_dropped dropped = {0};
    struct error error = {0};

    (void)state;
    assert_int_equal(event_decode(&event, json, sizeof json - 1, INT64_MAX / 2, &dropped, &error),
                     ERR_VALUE);
    assert_string_equal(error.field, "incident");
    assert_string_equal(error.reason, EVENT_IDENTITY_WITHHELD);
    assert_int_equal(dropped.found.count[TEXT_BIRTH_DATE], 1);
}

/* ---- A file of texts ---- */

static int check_file(const char *path)
{
    char line[4096], *column[4];
    size_t rows = 0, altered = 0;
    FILE *file = fopen(path, "re");

    if (!file)
        return 1;
    for (; fgets(line, sizeof line, file); rows++) {
        columns_of(line, column);
        if (strlen(column[1]) < 2000)
            expect_unchanged(column[1], field_of(column[0]), &altered);
    }
    fclose(file);
    printf("%zu of %zu texts altered\n", altered, rows);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_must_not_be_kept_is_taken_out_in_every_spelling),
        cmocka_unit_test(test_what_looks_like_it_keeps_every_octet),
        cmocka_unit_test(test_places_of_the_placement_set_keep_every_octet),
        cmocka_unit_test(test_every_pattern_begins_with_an_anchor),
        cmocka_unit_test(test_texts_of_any_octets_are_checked_within_their_bound),
        cmocka_unit_test(test_every_text_of_the_dictionary_is_checked),
        cmocka_unit_test(test_a_number_of_which_nothing_is_left_is_not_given),
        cmocka_unit_test(test_a_date_of_birth_that_two_fields_share_is_taken_out),
        cmocka_unit_test(test_an_identity_is_refused_and_not_shortened),
        cmocka_unit_test(test_a_message_whose_incident_holds_such_a_thing_is_refused),
    };

    if (getenv("TEXTS"))
        return check_file(getenv("TEXTS"));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
