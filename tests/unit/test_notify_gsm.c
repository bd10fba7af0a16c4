/* The GSM alphabet: septets, segments, transliteration, shortening. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "common/message/sms_gsm.h"

static void test_characters_cost_what_the_alphabet_says(void **state)
{
    static const struct {
        const char *text;
        int septets;
    } cases[] = {
        {"", 0},       {"North High", 10}, {"@£$¥èéùìòÇ", 10}, {"^{}\\[~]|€", 18},
        {"ÄÖÑÜ§¿", 6}, {"ç", -1},          {"it’s", -1},       {"`", -1},
        {"a\nb", 3},   {"_-", 2},          {"ΔΦΓ", 3},         {"日", -1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(gsm_septets(cases[i].text), cases[i].septets);
}

static void test_segments_break_at_160_and_153_septets(void **state)
{
    char text[512];

    (void)state;
    memset(text, 'a', sizeof text);
    text[160] = '\0';
    assert_int_equal(gsm_segments(text), 1);
    text[160] = 'a', text[161] = '\0';
    assert_int_equal(gsm_segments(text), 2);
    text[161] = 'a', text[306] = '\0';
    assert_int_equal(gsm_segments(text), 2);
    text[306] = 'a', text[307] = '\0';
    assert_int_equal(gsm_segments(text), 3);
    assert_int_equal(gsm_segments(""), 0);
}

static void test_escape_pair_is_not_cut_in_two(void **state)
{
    char text[512];

    (void)state;
    memset(text, 'a', 306);
    memcpy(text + 152, "{", 1); /* the pair would straddle septets 153 and 154 */
    text[305] = '\0';           /* 304 letters and the pair: 306 septets */
    assert_int_equal(gsm_septets(text), 306);
    assert_int_equal(gsm_segments(text), 3);
}

static void test_what_the_alphabet_lacks_is_written_with_what_it_has(void **state)
{
    static const struct {
        const char *from, *to;
    } cases[] = {
        {"École Ça", "École Ça"},
        {"français", "francais"},
        {"O’Brien – “Ok”…", "O'Brien - \"Ok\"..."},
        {"a\xc2\xa0z", "a z"},
        {"Łódź", "Lodz"},
        {"日本", "??"},
        {"tab\there", "tab here"},
        {"e\xcc\x81", "e"},
        {"\xff\xfe", ""},
        {"Trường Nguyễn", "Truong Nguyen"},
        {"ﬁne №5 ½", "fine No5 1/2"},
        {"School 🏫!", "School !"},
        {"€5", "€5"},
        {"Şehir İlk", "Sehir Ilk"},
    };
    char out[64];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int septets = gsm_transliterate(cases[i].from, out, sizeof out);
        assert_string_equal(out, cases[i].to);
        assert_int_equal(septets, gsm_septets(out));
    }
}

static void test_transliteration_stays_in_its_room_at_whole_characters(void **state)
{
    char out[8];

    (void)state;
    gsm_transliterate("ÉÉÉÉÉÉ", out, sizeof out);
    assert_string_equal(out, "ÉÉÉ");
    gsm_transliterate("abc…def", out, 5);
    assert_string_equal(out, "abc");
}

static void test_shortened_text_ends_behind_a_word_within_its_septets(void **state)
{
    char text[64] = "Martin Luther King High School";

    (void)state;
    gsm_shorten(text, 12);
    assert_string_equal(text, "Martin");
    strcpy(text, "Martin Luther");
    gsm_shorten(text, 7); /* leaves no blank at the end */
    assert_string_equal(text, "Martin");
    strcpy(text, "Academy of the Sciences, Arts & Technology");
    gsm_shorten(text, 22); /* a word that fits is left whole */
    assert_string_equal(text, "Academy of the");
    strcpy(text, "Arts, Science");
    gsm_shorten(text, 7); /* no mark before the one that follows */
    assert_string_equal(text, "Arts");
    strcpy(text, "Oak St. Hollow");
    gsm_shorten(text, 8);
    assert_string_equal(text, "Oak St");
    strcpy(text, "A Schoolofaverylongname");
    gsm_shorten(text, 14); /* else too little is left */
    assert_string_equal(text, "A Schoolofaver");
    strcpy(text, "short");
    gsm_shorten(text, 5);
    assert_string_equal(text, "short");
    strcpy(text, "€€€€");
    gsm_shorten(text, 6);
    assert_string_equal(text, "€€€");
    gsm_shorten(text, 0);
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_characters_cost_what_the_alphabet_says),
        cmocka_unit_test(test_segments_break_at_160_and_153_septets),
        cmocka_unit_test(test_escape_pair_is_not_cut_in_two),
        cmocka_unit_test(test_what_the_alphabet_lacks_is_written_with_what_it_has),
        cmocka_unit_test(test_transliteration_stays_in_its_room_at_whole_characters),
        cmocka_unit_test(test_shortened_text_ends_behind_a_word_within_its_septets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
