/* From octets to rows: CSV, NDJSON and EIDO, cut into pieces of any size. */
#include "services/feed/source/source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define MAPPING                                                                       \
    "[time]\nformat = rfc3339\n[key]\nincident = no\n[event]\nkind = call.received\n" \
    "[fields]\noccurred_at = at\nplace.address = where\n"
#define AT "2015-07-01T10:00:00Z"

struct taken {
    int rows, refused;
    uint64_t line[16], end[16];
    char incident[16][65], address[16][161], reason[16][160];
    int err; /* why the input cannot be read */
    char unfit[160];
};

static void take(struct source *source, struct taken *taken)
{
    struct source_row row;
    struct error error = {0};
    int got;

    while ((got = source_next(source, &row, &error)) == SOURCE_ROW) {
        int i = taken->rows++;

        assert_true(i < 16);
        taken->line[i] = row.line;
        taken->end[i] = row.end;
        taken->refused += !row.event;
        strcpy(taken->reason[i], row.error.reason);
        if (row.event) {
            strcpy(taken->incident[i], row.event->incident);
            strcpy(taken->address[i], row.event->place.address);
        }
    }
    if (got < 0) {
        taken->err = got;
        strcpy(taken->unfit, error.reason);
    }
}

/* Pushes data in pieces of the given size. */
static void run(enum source_format format, const char *mapping_text, const char *data, size_t size,
                size_t piece, struct taken *taken)
{
    struct mapping mapping = {0};
    struct error error = {0};
    struct source *source;

    *taken = (struct taken){0};
    if (mapping_text) {
        char path[64];
        FILE *file;

        snprintf(path, sizeof path, "/tmp/test_feed_source.%d", (int)getpid());
        file = fopen(path, "w");
        assert_non_null(file);
        fputs(mapping_text, file);
        fclose(file);
        assert_int_equal(mapping_load(&mapping, path, &error), 0);
        unlink(path);
    }
    source = source_open(format, &mapping, &error);
    assert_non_null(source);
    for (size_t at = 0; at < size && !taken->err; at += piece) {
        assert_int_equal(source_push(source, data + at, size - at < piece ? size - at : piece), 0);
        take(source, taken);
    }
    source_finish(source);
    if (!taken->err)
        take(source, taken);
    source_free(source);
    mapping_free(&mapping);
}

static const char csv[] = "\xEF\xBB\xBFno,at,where,secret\r\n"
                          "1," AT ",\"A, \"\"B\"\"\",x\r\n"
                          "\r\n"
                          "2," AT ",\"two\nlines\",y\n"
                          "3," AT ",C,\"z\nz\"\r"
                          "4," AT ",D,w";

static void test_rows_come_out_the_same_however_the_input_is_cut(void **state)
{
    static const uint64_t lines[] = {2, 4, 6, 8};
    struct taken taken;

    (void)state;
    for (size_t piece = 1; piece <= sizeof csv; piece++) {
        run(SOURCE_CSV, MAPPING, csv, sizeof csv - 1, piece, &taken);
        assert_int_equal(taken.err, 0);
        assert_int_equal(taken.rows, 4);
        assert_int_equal(taken.refused, 0);
        for (int i = 0; i < 4; i++)
            assert_int_equal(taken.line[i], lines[i]);
        assert_string_equal(taken.address[0], "A, \"B\"");
        assert_string_equal(taken.address[1], "two lines");
        assert_string_equal(taken.incident[3], "4");
        assert_int_equal(taken.end[3], sizeof csv - 1);
    }
}

static void test_row_with_a_missing_or_an_extra_column_is_refused(void **state)
{
    static const char text[] = "no,at,where\n1," AT "\n2," AT ",A,B\n3," AT ",A\n";
    struct taken taken;

    (void)state;
    run(SOURCE_CSV, MAPPING, text, sizeof text - 1, 1000, &taken);
    assert_int_equal(taken.rows, 3);
    assert_int_equal(taken.refused, 2);
    assert_string_equal(taken.reason[0], "has 2 columns where 3 are expected");
    assert_string_equal(taken.reason[1], "has 4 columns where 3 are expected");
}

/* Variants that programs write are read like the plain file. */
static void test_exports_as_programs_write_them_are_read(void **state)
{
#define ROWS(eol) "1," AT ",A" eol "2," AT ",B" eol
    static const struct {
        const char *source, *text;
    } cases[] = {
        {"", "no,at,where\n" ROWS("\n")},
        {"", "\xEF\xBB\xBF\"no\",\"at\",\"where\"\r\n\"1\",\"" AT "\",\"A\"\r\n\"2\",\"" AT
             "\",\"B\"\r\n"},
        {"", "\xEF\xBB\xBF\xEF\xBB\xBFno,at,where\n" ROWS("\n")},
        {"header = no\ncolumns = no, at, where\n", "\xEF\xBB\xBF" ROWS("\n")},
        {"header = no\ncolumns = no, at, where\n",
         "1," AT ",A\n\xEF\xBB\xBF\"2\"," AT ",B\n"}, /* two concatenated files */
        {"", "no,at,where\r" ROWS("\r")},
        {"", "sep=;\r\nno;at;where\r\n1;" AT ";A\r\n2;" AT ";B\r\n"},
        {"", "\xEF\xBB\xBF\"sep=,\"\nno,at,where\n" ROWS("\n")},
        {"delimiter = ;\n", "SEP=\t\nno\tat\twhere\n1\t" AT "\tA\n2\t" AT "\tB\n"},
        {"header = no\ncolumns = no, at, where\n", "sep=,\n" ROWS("\n")},
        {"", "no,at,where\n1," AT ",A,\n2," AT ",B,,,\n"},
        {"", "no,at,where,,\n" ROWS("\n")},
        {"", "no,at,where,,\n1," AT ",A,,\n,,,,\n2," AT ",B,,\n,,,,\n\"\",,,,\n"},
        {"header = no\ncolumns = no, at, where\n", "1," AT ",A,\n,,,\n2," AT ",B,\n"},
        {"title_lines = 3\n", "Calls, of today\nRun by \"nobody\n\nno,at,where\n" ROWS("\n")},
        {"title_lines = 2\n", "sep=,\nCalls\nno,at,where\n" ROWS("\n")},
        {"title_lines = 1\nheader = no\ncolumns = no, at, where\n", "Calls\n" ROWS("\n")},
        {"", ",,\nno,at,where\n" ROWS("\n") "\x1A"},
    };
    struct taken taken;
    char mapping[512];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (size_t piece = 1; piece < 300; piece += 37) {
            snprintf(mapping, sizeof mapping, "[source]\n%s" MAPPING, cases[i].source);
            run(SOURCE_CSV, mapping, cases[i].text, strlen(cases[i].text), piece, &taken);
            if (taken.err || taken.rows != 2 || taken.refused)
                fail_msg("%s\n%d rows, %d refused; %s%s", cases[i].text, taken.rows, taken.refused,
                         taken.unfit, taken.reason[0]);
            assert_string_equal(taken.incident[0], "1");
            assert_string_equal(taken.incident[1], "2");
            assert_string_equal(taken.address[0], "A");
            assert_string_equal(taken.address[1], "B");
        }
#undef ROWS
}

/* The error names the kind of input instead of "no column of that name". */
static void test_input_that_cannot_be_read_is_called_by_its_name(void **state)
{
    static const struct {
        const char *text;
        size_t size;
        const char *says;
    } cases[] = {
#define CASE(text, says) {text, sizeof(text) - 1, says}
        CASE("\xFF\xFEn\0o\0,\0a\0t\0\n\0", "is in UTF-16: export"),
        CASE("\xFE\xFF\0n\0o\0,\0a\0t\0\n", "is in UTF-16: export"),
        CASE("n\0o\0,\0a\0t\0\n\0", "is in UTF-16 without a mark"),
        CASE("\0n\0o\0,\0a\0t\0\n", "is in UTF-16 without a mark"),
        CASE("\xFF\xFE\0\0n\0\0\0o\0\0\0", "is in UTF-32: export"),
        CASE("\0\0\xFE\xFF\0\0\0n\0\0\0o", "is in UTF-32: export"),
        CASE("n\0\0\0o\0\0\0,\0\0\0", "is in UTF-32 without a mark"),
        CASE("\0\0\0n\0\0\0o\0\0\0,", "is in UTF-32 without a mark"),
        CASE("\0\0\0\0\0\0\0\0\0\0", "begins with NUL octets"),
        CASE("PK\x03\x04\x14\0\6\0\10\0", "is a ZIP archive"),
        CASE("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\0", "is a spreadsheet of the old form"),
        CASE("<html><table><tr><td>no</td></tr>\n", "is HTML"),
        CASE("no,at,wh\0ere\n1," AT ",A\n", "holds a NUL octet, as damaged files and pieces of "
                                            "UTF-16 do in its header"),
        CASE("no,at,\x93where\x94\n1," AT ",A\n", "name 3 of the header is not in the declared"),
        CASE(
            "Calls of today\n\nno,at,where\n1," AT ",A\n",
            "line 3 of the input names the columns, line 1 does not: set [source] title_lines = 2"),
        CASE(
            "sep=;\nCalls\nno;at;where\n",
            "line 3 of the input names the columns, line 2 does not: set [source] title_lines = 2"),
        CASE("Calls\nno,when,where\n", "the input has no column \"no\": it has one alone"),
    };
    struct taken taken;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        run(SOURCE_CSV, "[source]\nheader = yes\n" MAPPING, cases[i].text, cases[i].size, 1000,
            &taken);
        if (!taken.err || !strstr(taken.unfit, cases[i].says))
            fail_msg("case %zu: expected '%s', got %d '%s'", i, cases[i].says, taken.err,
                     taken.unfit);
    }
    run(SOURCE_EIDO, NULL, cases[0].text, cases[0].size, 1, &taken);
    assert_non_null(strstr(taken.unfit, "is in UTF-16"));
    run(SOURCE_NDJSON, NULL, cases[2].text, cases[2].size, 3, &taken);
    assert_non_null(strstr(taken.unfit, "is in UTF-16"));
#undef CASE
}

static void test_octets_that_are_no_text_refuse_their_row_and_say_why(void **state)
{
    static const char nul[] = "no,at,where,x\n1," AT ",12 OAK\0 AVE,\n2," AT ",B,\0\n";
    static const char curly[] = "no,at,where\n1," AT ",\x93OAK\x94\n2," AT ",B\n";
    struct taken taken;

    (void)state;
    run(SOURCE_CSV, MAPPING, nul, sizeof nul - 1, 1000, &taken);
    assert_int_equal(taken.rows, 2);
    assert_int_equal(taken.refused, 1); /* the other NUL is in a column that is not mapped */
    assert_non_null(strstr(taken.reason[0], "holds a NUL octet"));
    run(SOURCE_CSV, MAPPING, curly, sizeof curly - 1, 1000, &taken);
    assert_int_equal(taken.refused, 1);
    assert_non_null(strstr(taken.reason[0], "is not UTF-8: if the export is in Windows-1252"));
    run(SOURCE_CSV, "[source]\nencoding = latin1\n" MAPPING, curly, sizeof curly - 1, 1000, &taken);
    assert_int_equal(taken.refused, 0);
    assert_string_equal(taken.address[0], "\xE2\x80\x9COAK\xE2\x80\x9D");
}

static void test_mark_of_utf8_is_believed_before_the_mapping(void **state)
{
    static const char text[] = "\xEF\xBB\xBFno,at,where\n1," AT ",CAF\xC3\x89\n2," AT ",CAF\xC9\n";
    struct taken taken;

    (void)state;
    run(SOURCE_CSV, "[source]\nencoding = windows-1252\n" MAPPING, text, sizeof text - 1, 1000,
        &taken);
    assert_int_equal(taken.refused, 0);
    assert_string_equal(taken.address[0], "CAF\xC3\x89");
    assert_string_equal(taken.address[1], "CAF\xC3\x89");
}

static void test_quote_never_closed_costs_one_row(void **state)
{
    static const char text[] = "no,at,where\n1," AT ",\"never closed\n2," AT ",B\n3," AT ",C\n";
    struct taken taken;

    (void)state;
    for (size_t piece = 1; piece < sizeof text; piece += 7) {
        run(SOURCE_CSV, MAPPING, text, sizeof text - 1, piece, &taken);
        assert_int_equal(taken.rows, 3);
        assert_int_equal(taken.refused, 1);
        assert_int_equal(taken.line[0], 2);
        assert_string_equal(taken.incident[1], "2");
        assert_string_equal(taken.incident[2], "3");
    }
}

/* Otherwise a quote of a later row would close it, and the rows between would be lost unnoticed. */
static void test_quote_never_closed_is_found_by_the_rows_behind_it(void **state)
{
    static const char text[] =
        "no,at,where\n1," AT ",\"BAD\n2," AT ",B\n3," AT ",\"C, D\"\n4," AT ",E\n";
    struct taken taken;

    (void)state;
    for (size_t piece = 1; piece < sizeof text; piece += 5) {
        run(SOURCE_CSV, MAPPING, text, sizeof text - 1, piece, &taken);
        assert_int_equal(taken.rows, 4);
        assert_int_equal(taken.refused, 1);
        assert_string_equal(taken.reason[0], "a quote is not closed before the next row");
        assert_string_equal(taken.address[2], "C, D");
        assert_string_equal(taken.incident[3], "4");
    }
}

/* Lines of a quoted text are no rows, even if they have as many columns. */
static void test_text_of_several_lines_is_one_row(void **state)
{
    static const char text[] =
        "no,at,where\n1," AT ",\"one,two,three\n\n2,yesterday,x\nat \"\"noon\"\",a,b\"\n2," AT
        ",B\n";
    struct taken taken;

    (void)state;
    run(SOURCE_CSV, MAPPING, text, sizeof text - 1, 9, &taken);
    assert_int_equal(taken.rows, 2);
    assert_int_equal(taken.refused, 0);
    assert_string_equal(taken.address[0], "one,two,three 2,yesterday,x at \"noon\",a,b");
}

static void test_open_row_ends_after_so_many_lines_or_when_it_is_given_up(void **state)
{
    static const char first[] = "no,at,where\n1," AT ",\"open\n", second[] = "2," AT ",\"open\n";
    struct mapping mapping = {0};
    struct source_row row;
    struct error error = {0};
    struct source *source;
    int refused = 0;
    char path[64];
    FILE *file;

    (void)state;
    snprintf(path, sizeof path, "/tmp/test_feed_source.%d", (int)getpid());
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(MAPPING, file);
    fclose(file);
    assert_int_equal(mapping_load(&mapping, path, &error), 0);
    unlink(path);
    source = source_open(SOURCE_CSV, &mapping, &error);
    assert_non_null(source);
    source_push(source, first, sizeof first - 1);
    assert_int_equal(source_next(source, &row, &error), SOURCE_MORE);
    assert_true(source_is_open(source));
    source_give_up(source);
    assert_int_equal(source_next(source, &row, &error), SOURCE_ROW);
    assert_int_equal(row.error.code, ERR_SYNTAX);
    assert_false(source_is_open(source));
    source_push(source, second, sizeof second - 1);
    for (int i = 0; i < 600; i++) {
        source_push(source, "text\n", 5);
        while (source_next(source, &row, &error) == SOURCE_ROW)
            refused += row.error.code == ERR_SYNTAX;
    }
    assert_int_equal(refused, 601); /* the row, and each line that is no row */
    source_free(source);
    mapping_free(&mapping);
}

static void test_quote_never_closed_in_a_long_file_costs_one_row(void **state)
{
    size_t size = 0, room = 1 << 20;
    char *text = malloc(room);
    struct taken taken;

    (void)state;
    size += (size_t)snprintf(text, room, "no,at,where\n1,%s,\"open\n", AT);
    for (int i = 0; i < 9; i++) {
        size += (size_t)snprintf(text + size, room - size, "%d,%s,", i, AT);
        memset(text + size, 'x', 9000);
        size += 9000;
        text[size++] = '\n';
    }
    run(SOURCE_CSV, MAPPING, text, size, 65536, &taken);
    assert_int_equal(taken.rows, 10);
    assert_int_equal(taken.line[0], 2);
    assert_int_equal(taken.line[1], 3);
    assert_int_equal(taken.line[9], 11);
    free(text);
}

static void test_other_delimiter_and_no_header(void **state)
{
    static const char mapping[] =
        MAPPING "[source]\nheader = no\ncolumns = no, at, where\ndelimiter = tab\n";
    static const char text[] = "1\t" AT "\tA, B\n2\t" AT "\t\n";
    struct taken taken;

    (void)state;
    run(SOURCE_CSV, mapping, text, sizeof text - 1, 5, &taken);
    assert_int_equal(taken.rows, 2);
    assert_int_equal(taken.refused, 0);
    assert_string_equal(taken.address[0], "A, B");
    assert_string_equal(taken.address[1], "");
}

static void test_header_without_a_mapped_column_makes_the_input_unfit(void **state)
{
    static const char text[] = "no,at,address\n1," AT ",A\n";
    struct taken taken;

    (void)state;
    run(SOURCE_CSV, MAPPING, text, sizeof text - 1, 1000, &taken);
    assert_int_equal(taken.err, ERR_ABSENT);
    assert_int_equal(taken.rows, 0);
}

static void test_bad_line_of_ndjson_harms_no_other(void **state)
{
    static const char text[] =
        "{\"kind\":\"call.received\",\"incident\":\"1\",\"occurred_at\":\"" AT "\"}\n"
        "{\"kind\": nonsense\n\n"
        "{\"kind\":\"call.received\",\"incident\":\"2\",\"occurred_at\":\"" AT "\"}";
    struct taken taken;

    (void)state;
    for (size_t piece = 1; piece < sizeof text; piece += 11) {
        run(SOURCE_NDJSON, NULL, text, sizeof text - 1, piece, &taken);
        assert_int_equal(taken.rows, 3);
        assert_int_equal(taken.refused, 1);
        assert_int_equal(taken.line[2], 4);
        assert_string_equal(taken.incident[2], "2");
    }
}

static void test_line_of_ndjson_too_long_costs_one_row(void **state)
{
    static const char event[] =
        "{\"kind\":\"call.received\",\"incident\":\"1\",\"occurred_at\":\"" AT "\"}\n";
    size_t size = 0, room = 1 << 20;
    char *text = malloc(room);
    struct taken taken;

    (void)state;
    size += (size_t)snprintf(text, room, "%s", event);
    memset(text + size, 'x', 600000);
    size += 600000;
    size += (size_t)snprintf(text + size, room - size, "\n%s", event);
    run(SOURCE_NDJSON, NULL, text, size, 65536, &taken);
    assert_int_equal(taken.rows, 3);
    assert_int_equal(taken.refused, 1);
    assert_int_equal(taken.line[2], 3);
    free(text);
}

/* Braces and quotes in texts do not end a document. Each document has its own end, so reading goes
 * on after any of them. */
static void test_documents_of_a_notification_come_one_by_one(void **state)
{
#define ONE(id) "{\"$id\":\"" id "\",\"lastUpdateTimeStamp\":\"" AT "\"}"
    static const char text[] = ONE("a") "{\"event\":{\"notification\":[" ONE("b") ",7," ONE(
        "c") "],\"transactionId\":\"t\"}}" ONE("d");
#undef ONE
    struct taken taken;

    (void)state;
    for (size_t piece = 1; piece < sizeof text; piece += 29) {
        run(SOURCE_EIDO, NULL, text, sizeof text - 1, piece, &taken);
        assert_int_equal(taken.rows, 5);
        assert_int_equal(taken.refused, 1);
        assert_string_equal(taken.incident[1], "b");
        assert_string_equal(taken.incident[3], "c");
        assert_string_equal(taken.incident[4], "d");
        for (int i = 1; i < 5; i++)
            assert_true(taken.end[i] > taken.end[i - 1]);
        assert_int_equal(taken.end[4], sizeof text - 1);
    }
}

static void test_documents_are_told_apart_however_they_are_laid_out(void **state)
{
    static const char text[] =
        "[\n{\"a\": \"}\\\"]\",\n \"b\": [1, {}]},\n{}\n]\n garbage\n{\"c\": 1}";
    struct taken taken;

    (void)state;
    for (size_t piece = 1; piece < sizeof text; piece++) {
        run(SOURCE_EIDO, NULL, text, sizeof text - 1, piece, &taken);
        assert_int_equal(taken.rows, 4); /* none is an EIDO */
        assert_int_equal(taken.refused, 4);
        assert_int_equal(taken.line[0], 2);
        assert_int_equal(taken.line[1], 4);
        assert_int_equal(taken.line[2], 6);
        assert_int_equal(taken.line[3], 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_come_out_the_same_however_the_input_is_cut),
        cmocka_unit_test(test_row_with_a_missing_or_an_extra_column_is_refused),
        cmocka_unit_test(test_exports_as_programs_write_them_are_read),
        cmocka_unit_test(test_input_that_cannot_be_read_is_called_by_its_name),
        cmocka_unit_test(test_octets_that_are_no_text_refuse_their_row_and_say_why),
        cmocka_unit_test(test_mark_of_utf8_is_believed_before_the_mapping),
        cmocka_unit_test(test_quote_never_closed_costs_one_row),
        cmocka_unit_test(test_quote_never_closed_in_a_long_file_costs_one_row),
        cmocka_unit_test(test_quote_never_closed_is_found_by_the_rows_behind_it),
        cmocka_unit_test(test_text_of_several_lines_is_one_row),
        cmocka_unit_test(test_open_row_ends_after_so_many_lines_or_when_it_is_given_up),
        cmocka_unit_test(test_other_delimiter_and_no_header),
        cmocka_unit_test(test_header_without_a_mapped_column_makes_the_input_unfit),
        cmocka_unit_test(test_bad_line_of_ndjson_harms_no_other),
        cmocka_unit_test(test_line_of_ndjson_too_long_costs_one_row),
        cmocka_unit_test(test_documents_of_a_notification_come_one_by_one),
        cmocka_unit_test(test_documents_are_told_apart_however_they_are_laid_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
