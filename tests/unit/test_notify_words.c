/* In which words somebody is told: languages, times, what asks again, what names nothing, and the
 * alphabets of text messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/message/message.h"
#include "common/message/people_text.h"
#include "common/message/sms_gsm.h"
#include "common/message/when.h"
#include "common/message/wording.h"
#include "common/message/words.h"
#include "common/utf8.h"
#include "services/notify/channel/sms.h"

/* As long as a link may be. */
#define LINK                                       \
    "https://alerts.riverside-unified.k12.example" \
    "/a/abcdefghijklmnop"

static const char longest_name[] =
    "Reverend Doctor Martin Luther King Junior and Coretta Scott King "
    "Academy of Arts, Sciences & Technology (Lower North Campus)";

static struct notice shooter(enum language language)
{
    struct facts now = {.class = "weapon",
                        .type = "ACTSHOOT",
                        .relation = "at",
                        .place = "p",
                        .units = 2,
                        .unit_state = FACTS_ON_SCENE};
    struct facts was = {.class = "violence", .type = "FIGHT", .relation = "at", .place = "p"};

    return (struct notice){.words = {.language = language},
                           .kind = MESSAGE_UPDATE,
                           .content = {.now = now, .was = was, .has_was = true, .first = was},
                           .school = "Northfield High",
                           .district = "Riverside",
                           .agency = "Metro Police",
                           .incident_no = "2026-77",
                           .class_name = "Weapon",
                           .type_name = "Active shooter",
                           .disposition = "Report taken",
                           .disposition_code = "01",
                           .address = "12 Elm St",
                           .place_name = "Gymnasium",
                           .method = "campus",
                           .distance_m = 30,
                           .opened_time = "09:12",
                           .opened_day = "",
                           .opened_date = "Monday, November 23, 2026",
                           .closed_time = "10:44",
                           .others = "Ann Ray (director)",
                           .link = LINK,
                           .answers = true};
}

static void assert_begins(char *text, const char *words)
{
    if (strncmp(text, words, strlen(words)) != 0)
        fail_msg("\"%s\" does not begin with \"%s\"", text, words);
}

static void test_a_call_that_became_worse_says_so_first_and_asks(void **state)
{
    static const struct {
        enum language language;
        const char *text, *letter, *ask;
    } cases[] = {
        {LANGUAGE_ENGLISH, "NOW: active shooter reported. Northfield High, fight of 09:12",
         "NOW: active shooter reported at Northfield High. The call of 09:12 is more urgent",
         "I have this: " LINK},
        {LANGUAGE_SPANISH, "AHORA: tirador activo reportado. Northfield High (pelea, 09:12)",
         "AHORA: tirador activo reportado en Northfield High. La llamada (09:12) es más urgente",
         "Yo me encargo: " LINK},
    };
    char out[MESSAGE_BRIEF_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct notice n = shooter(cases[i].language);
        n.asks_again = true;
        message_brief(&n, sms_channel.brief, out);
        assert_begins(out, cases[i].text);
        assert_non_null(strstr(out, LINK " Liaison"));
        assert_int_equal(sms_segments(out), 1);
        char *text = message_text(&n);
        assert_begins(text, cases[i].letter);
        assert_non_null(strstr(text, cases[i].ask));
        assert_non_null(strstr(text, "12 Elm St"));
        free(text);
        n.content.was.status = FACTS_CLOSED;
        text = message_text(&n);
        assert_non_null(strstr(text, i ? "está abierta de nuevo" : "is open again"));
        free(text);
        n.content.was = n.content.now; /* nothing but that it asks again */
        assert_true(message_has_news(&n, true));
        n.content.now.status = FACTS_CANCELLED;
        n.kind = MESSAGE_CORRECTION;
        message_brief(&n, sms_channel.brief, out);
        assert_null(strstr(out, i ? "AHORA:" : "NOW:"));
    }
}

static void assert_brief(const struct notice *n, const char *begin)
{
    char out[MESSAGE_BRIEF_SIZE];

    assert_true(message_brief(n, sms_channel.brief, out) <= 160);
    assert_begins(out, begin);
}

static void test_a_text_names_the_call_as_its_reader_knows_it(void **state)
{
    struct notice n = shooter(LANGUAGE_ENGLISH);

    (void)state;
    assert_brief(&n, "Northfield High, call of 09:12: now active shooter reported, was fight");
    n.asks_again = true;
    assert_brief(&n, "NOW: active shooter reported. Northfield High, fight of 09:12, 2 units");
    n.asks_again = false, n.content.now = n.content.was, n.content.now.held = true;
    assert_brief(&n, "Northfield High, fight of 09:12: somebody has it");
    n.words.language = LANGUAGE_SPANISH;
    assert_brief(&n, "Northfield High, pelea (09:12): ");
    n.content.now.status = FACTS_CANCELLED, n.kind = MESSAGE_CORRECTION;
    assert_brief(&n, "Correccion: Northfield High, pelea (09:12): la llamada fue cancelada");
    n.words.language = LANGUAGE_ENGLISH;
    n.content.now.sensitivity = FACTS_RESTRICTED; /* no more than may be seen now */
    assert_brief(&n, "Correction: Northfield High: police call of 09:12 was cancelled");
    n.content.now.sensitivity = FACTS_SAY_ALL, n.opened_day = "Wed, Sep 23";
    n.school = longest_name, n.content.now.status = FACTS_MERGED;
    assert_brief(&n, "Correction: Reverend Doctor Martin Luther King Junior and Coretta ");
}

static void test_no_text_says_of_a_closed_call_that_it_is_open(void **state)
{
    struct notice n = shooter(LANGUAGE_ENGLISH);
    char out[MESSAGE_BRIEF_SIZE];

    (void)state;
    n.kind = MESSAGE_CLOSED, n.content.now.status = FACTS_CLOSED;
    message_brief(&n, sms_channel.brief, out);
    assert_null(strstr(out, "open"));
    assert_non_null(strstr(out, ", closed"));
}

static void test_what_is_withdrawn_names_nothing_of_the_call(void **state)
{
    static const char *const says[LANGUAGES] = {
        "This alert is withdrawn for you. That does not mean that the call is over.",
        "Esta alerta ya no es para usted. Eso no significa que la llamada haya terminado."};
    static const char *const subjects[LANGUAGES] = {"This alert is withdrawn for you",
                                                    "Esta alerta ya no es para usted"};

    (void)state;
    for (int language = 0; language < LANGUAGES; language++) {
        struct notice n = shooter((enum language)language);
        const char *const fields[] = {
            n.school,      n.district, n.agency,     n.incident_no, n.class_name,  n.type_name,
            n.disposition, n.address,  n.place_name, n.opened_time, n.opened_date, n.closed_time,
            n.others,      n.link,     "shooter",    "tirador",     "fight",       "pelea",
            "police",      "https:",   "sin efecto"};
        char brief[MESSAGE_BRIEF_SIZE];
        n.kind = MESSAGE_WITHDRAWN, n.asks_again = true, n.opened_day = "Mon, Nov 23";
        message_brief(&n, sms_channel.brief, brief);
        char *texts[] = {message_subject(&n), message_text(&n), message_html(&n), brief};
        assert_true(message_has_news(&n, true));
        assert_string_equal(texts[0], subjects[language]);
        assert_begins(texts[1], says[language]);
        assert_begins(brief, says[language]);
        assert_non_null(strstr(brief, " Liaison"));
        for (size_t t = 0; t < 4; t++)
            for (size_t f = 0; f < sizeof fields / sizeof *fields; f++)
                if (strcasestr(texts[t], fields[f]))
                    fail_msg("\"%s\" stands in: %s", fields[f], texts[t]);
        for (size_t t = 0; t < 3; t++)
            free(texts[t]);
    }
}

/* Every form of a notice that there is: kind, state, place, language, replay, drill, lateness. */
static struct notice variant(unsigned i)
{
    static const char *const relations[] = {"at", "next_to", "zone", "transport", "uncertain"};
    struct notice n = shooter((enum language)(i % LANGUAGES));

    i /= LANGUAGES;
    n.kind = (enum message_kind)(i % MESSAGE_KINDS), i /= MESSAGE_KINDS;
    snprintf(n.content.now.relation, sizeof n.content.now.relation, "%s", relations[i % 5]), i /= 5;
    n.content.now.status = n.kind == MESSAGE_CORRECTION
                               ? (enum facts_status)(FACTS_CANCELLED + i % 4)
                               : (enum facts_status)(i % 2);
    i /= 4;
    n.replay = i % 2, i /= 2;
    n.drill = i % 2, i /= 2;
    n.asks_again = i % 2, i /= 2;
    n.content.late_s = i % 2 ? 89 * 60 : 0, i /= 2;
    n.opened_day = i % 2 ? "mié 30 sept" : "";
    n.opened_time = n.words.language == LANGUAGE_SPANISH ? "12:59 p. m." : "12:59 PM";
    n.closed_time = n.opened_time;
    snprintf(n.content.now.class, sizeof n.content.now.class, "suspicious");
    n.content.now.type[0] = '\0';
    n.told_before = true;
    return n;
}

enum { VARIANTS = LANGUAGES * MESSAGE_KINDS * 5 * 4 * 2 * 2 * 2 * 2 * 2 };

static void test_each_text_is_one_segment_with_link_and_sender_whole(void **state)
{
    static const char *const names[] = {longest_name, "A", "",
                                        "Escuela Primaria Benito Juárez – “Niños Héroes” №1"};
    char out[MESSAGE_BRIEF_SIZE];

    (void)state;
    for (unsigned i = 0; i < VARIANTS; i++)
        for (size_t name = 0; name < sizeof names / sizeof *names; name++) {
            struct notice n = variant(i);
            n.school = names[name];
            int size = message_brief(&n, sms_channel.brief, out);
            bool links = n.kind < MESSAGE_CORRECTION;
            if (size != gsm_septets(out) || sms_segments(out) != 1 ||
                !strstr(out, links ? LINK " Liaison" : " Liaison") || strstr(out, "??"))
                fail_msg("%d septets: %s", size, out);
            if (!n.replay && !n.drill && message_brief_is_cut(&n, sms_channel.brief))
                fail_msg("cut at its end: %s", out);
            assert_int_equal(strlen(strstr(out, " Liaison")), strlen(" Liaison"));
        }
}

/* All of GSM 03.38, and what people and word processors write instead. */
static const char *const characters[] = {
    "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ",
    "!\"#¤%&'()*+,-./:;<=>?¡§¿",
    "ÄÖÑÜäöñüà^{}\\[~]|€",
    "‘’‚‛“”„‟‹›«»′″",
    "‐‑‒–—―…•·°",
    "áíóúÁÍÓÚçÇœŒłŁđĐ№™®©½",
    "\u00a0\u202f\u2009x",
};

static void test_every_character_goes_through_every_form(void **state)
{
    char out[MESSAGE_BRIEF_SIZE], name[200], folded[200];

    (void)state;
    for (size_t c = 0; c < sizeof characters / sizeof *characters; c++) {
        assert_true(gsm_spells(characters[c]));
        gsm_transliterate(characters[c], folded, sizeof folded);
        assert_true(gsm_septets(folded) > 0);
        for (unsigned i = 0; i < VARIANTS; i += 7) {
            struct notice n = variant(i);
            snprintf(name, sizeof name, "%.40s", characters[c]);
            while (name[0] && (name[strlen(name) - 1] & 0xc0) == 0x80)
                name[strlen(name) - 1] = '\0';
            n.school = name;
            message_brief(&n, sms_channel.brief, out);
            assert_int_equal(sms_encoding_of(out), SMS_GSM7);
            assert_int_equal(sms_segments(out), 1);
            char *text = message_text(&n);
            if (n.kind == MESSAGE_FIRST)
                assert_non_null(strstr(text, name));
            free(text);
        }
    }
}

static void test_letters_that_gsm_lacks_take_ucs2_and_stay_themselves(void **state)
{
    struct notice n = shooter(LANGUAGE_ENGLISH);
    char out[MESSAGE_BRIEF_SIZE];

    (void)state;
    n.kind = MESSAGE_FIRST;
    n.school = "東京第一高等学校";
    message_brief(&n, sms_channel.brief, out);
    assert_begins(out, "東京第一高等学校: active shooter reported 09:12. ");
    assert_int_equal(sms_encoding_of(out), SMS_UCS2);
    assert_int_equal(sms_segments(out), 2);
    assert_non_null(strstr(out, LINK " Liaison"));
    n.kind = MESSAGE_CORRECTION, n.content.now.status = FACTS_ERROR;
    message_brief(&n, sms_channel.brief, out);
    assert_string_equal(out, "Correction: 東京第一高等学校: fight of 09:12 was entered in error. "
                             "Liaison");
}

/* A character so many times, and its end. */
static char *repeat(char *out, const char *character, int times)
{
    for (; times > 0; times--)
        out = stpcpy(out, character);
    return out;
}

static void test_ucs2_is_counted_in_utf16_units(void **state)
{
    char text[512] = "";

    (void)state;
    assert_int_equal(ucs2_units("東é😀"), 4);
    repeat(text, "東", 70);
    assert_int_equal(ucs2_segments(text), 1);
    repeat(text, "東", 71);
    assert_int_equal(ucs2_segments(text), 2);
    /* A pair that would straddle units 67 and 68. */
    repeat(stpcpy(repeat(text, "東", 66), "😀"), "x", 66);
    assert_int_equal(ucs2_units(text), 134);
    assert_int_equal(ucs2_segments(text), 3);
    ucs2_shorten(text, 67); /* the pair does not fit */
    assert_int_equal(ucs2_units(text), 66);
    assert_int_equal(ucs2_segments(""), 0);
}

static void test_a_mail_asks_nobody_once_enough_people_have_it(void **state)
{
    struct notice n = shooter(LANGUAGE_ENGLISH);

    (void)state;
    strcpy(n.content.now.holders, "one"), n.holders = "Paula Doe (principal)";
    for (int held = 0; held < 2; held++) {
        n.content.now.held = held;
        char *text = message_text(&n), *html = message_html(&n);
        assert_int_equal(!held, strstr(text, "I have this: " LINK "\n") != NULL);
        assert_int_equal(!held, strstr(html, "press the button") != NULL);
        assert_int_equal(held, strstr(text, "The call: " LINK "\n") != NULL);
        assert_int_equal(held, strstr(html, ">The call</a>") != NULL);
        free(text), free(html);
    }
}

static void test_a_name_that_is_cut_has_one_mark_behind_it(void **state)
{
    struct brief_form form = *sms_channel.brief;
    struct notice n = shooter(LANGUAGE_ENGLISH);
    char out[MESSAGE_BRIEF_SIZE];

    (void)state;
    n.school = "Oak Hollow St. Mark Academy of the Arts, Science and Performing Technology";
    for (form.most = 90; form.most <= 160; form.most++) {
        for (int update = 0; update < 2; update++) {
            n.kind = update ? MESSAGE_UPDATE : MESSAGE_FIRST, n.content.has_was = update;
            n.content.was = n.content.now, n.content.was.status = FACTS_CLOSED;
            assert_in_range(message_brief(&n, &form, out), 1, form.most);
            assert_null(strstr(out, ".:"));
            assert_null(strstr(out, ".,"));
            assert_null(strstr(out, ".."));
        }
    }
}

static void test_a_school_whose_name_a_text_cannot_spell_is_named_all_the_same(void **state)
{
    static const char *const names[] = {"\u2605\u2605", ". . .", "\u2014"};
    struct notice n = shooter(LANGUAGE_ENGLISH);
    char out[MESSAGE_BRIEF_SIZE];

    (void)state;
    n.kind = MESSAGE_FIRST;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        n.school = names[i];
        message_brief(&n, sms_channel.brief, out);
        assert_memory_equal(out, "your school: ", 13);
    }
    n.school = "\u2605 10";
    message_brief(&n, sms_channel.brief, out);
    assert_memory_equal(out, " 10: ", 5);
}

static void test_a_missing_field_empties_no_text(void **state)
{
    (void)state;
    for (unsigned i = 0; i < VARIANTS; i += 3) {
        struct notice n = variant(i);
        char out[MESSAGE_BRIEF_SIZE];
        n.school = n.district = n.agency = n.incident_no = n.class_name = n.type_name = "";
        n.disposition = n.disposition_code = n.address = n.place_name = n.method = "";
        n.opened_time = n.opened_day = n.opened_date = n.closed_time = n.others = n.link = "";
        n.content.now = (struct facts){.status = n.content.now.status};
        message_brief(&n, sms_channel.brief, out);
        char *texts[] = {message_subject(&n), message_text(&n), message_html(&n), strdup(out)};
        for (size_t t = 0; t < 4; t++) {
            assert_true(strlen(texts[t]) > 12);
            for (const char *hole = "  |{|}| ,| .|: :|()|.."; t != 2 && hole;) {
                char mark[8] = "";
                size_t length = strcspn(hole, "|");
                memcpy(mark, hole, length);
                if (strstr(texts[t], mark))
                    fail_msg("\"%s\" stands in: %s", mark, texts[t]);
                hole = hole[length] ? hole + length + 1 : NULL;
            }
            free(texts[t]);
        }
    }
}

static void test_times_are_of_the_zone_and_the_language(void **state)
{
    static const struct {
        struct when_form form;
        int64_t at;
        const char *time, *day, *date;
    } cases[] = {
        {{LANGUAGE_ENGLISH, true, "America/New_York"},
         1795443120,
         "09:12",
         "Mon, Nov 23",
         "Monday, November 23, 2026"},
        {{LANGUAGE_ENGLISH, false, "America/New_York"},
         1795443120,
         "9:12 AM",
         "Mon, Nov 23",
         "Monday, November 23, 2026"},
        {{LANGUAGE_SPANISH, false, "America/Chicago"},
         1795443120,
         "8:12 a. m.",
         "lun 23 nov",
         "lunes, 23 de noviembre de 2026"},
        /* 2026-11-01: the clock of New York shows 01:30 twice. */
        {{LANGUAGE_ENGLISH, true, "America/New_York"},
         1793511000,
         "01:30 EDT",
         "Sun, Nov 1",
         "Sunday, November 1, 2026"},
        {{LANGUAGE_ENGLISH, true, "America/New_York"},
         1793514600,
         "01:30 EST",
         "Sun, Nov 1",
         "Sunday, November 1, 2026"},
        {{LANGUAGE_ENGLISH, true, "America/New_York"},
         1793518200,
         "02:30",
         "Sun, Nov 1",
         "Sunday, November 1, 2026"},
    };
    struct when when;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        when_write(&when, &cases[i].form, cases[i].at, cases[i].at, cases[i].at + 3 * 86400);
        assert_string_equal(when.opened_time, cases[i].time);
        assert_string_equal(when.closed_time, cases[i].time);
        assert_string_equal(when.opened_day, cases[i].day);
        assert_string_equal(when.opened_date, cases[i].date);
    }
    /* One minute before and after midnight in the zone, whatever UTC says. */
    when_write(&when, &(struct when_form){LANGUAGE_ENGLISH, true, "America/New_York"}, 1795496340,
               0, 1795496460);
    assert_string_equal(when.opened_day, "Mon, Nov 23");
    assert_string_equal(when.closed_time, "");
    when_write(&when, &(struct when_form){LANGUAGE_ENGLISH, true, "America/New_York"}, 1795482000,
               0, 1795496340);
    assert_string_equal(when.opened_day, "");
    when_write(&when, &(struct when_form){LANGUAGE_ENGLISH, true, "America/Nowhere"}, 1795443120, 0,
               0);
    assert_string_equal(when.opened_time, "");
}

static void test_a_districts_own_words_stand_in_the_message(void **state)
{
    struct notice n = shooter(LANGUAGE_ENGLISH);
    struct wording wording;
    char out[MESSAGE_BRIEF_SIZE];

    (void)state;
    assert_int_equal(wording_read(&wording, "es", "{\"message.sender\": \"Riverside USD\"}"), 0);
    n.words = wording.words, n.kind = MESSAGE_FIRST;
    message_brief(&n, sms_channel.brief, out);
    assert_begins(out, "Northfield High: tirador activo reportado 09:12");
    assert_non_null(strstr(out, LINK " Riverside USD"));
    wording_free(&wording);
    assert_true(wording_read(&wording, "en", "[]") < 0);
    wording_free(&wording);
    assert_int_equal(wording_read(&wording, "en", ""), 0);
    assert_int_equal(wording.words.own_count, 0);
    wording_free(&wording);
}

static void test_a_spanish_letter_holds_no_english_word(void **state)
{
    static const char *const english[] = {" the ", "call", "Open", "Police", "Weapon", "Active",
                                          "When",  "Sent", "link", "units",  "Where",  "inside"};
    struct notice n = shooter(LANGUAGE_SPANISH);

    (void)state;
    n.kind = MESSAGE_FIRST, n.link = "https://x.example/a/1", n.agency = "Metro";
    n.opened_date = "lunes, 23 de noviembre de 2026";
    char *texts[] = {message_subject(&n), message_text(&n), message_html(&n)};
    assert_non_null(strstr(texts[1], "Qué: Tirador activo (Arma)\n"));
    assert_non_null(strstr(texts[1], "Cuándo: 09:12, lunes, 23 de noviembre de 2026\n"));
    assert_non_null(strstr(texts[2], "<html lang=\"es\">"));
    for (size_t t = 0; t < 3; t++)
        for (size_t w = 0; w < sizeof english / sizeof *english; w++)
            if (t < 2 && strstr(texts[t], english[w]))
                fail_msg("\"%s\" stands in: %s", english[w], texts[t]);
    for (size_t t = 0; t < 3; t++)
        free(texts[t]);
}

static void test_names_and_roles_are_cut_between_two_letters(void **state)
{
    struct catalogue words = {.language = LANGUAGE_ENGLISH};
    char letters[119] = "", role[400], out[PEOPLE_SIZE];

    (void)state;
    memset(letters, 'a', sizeof letters - 1);
    snprintf(role, sizeof role, "Ana" PEOPLE_ROLE "%s\u00e9\u00e9\u00e9", letters);
    people_say(&words, role, out, sizeof out);
    assert_int_equal(strlen(out), 3 + 2 + 118 + 1);
    assert_null(utf8_text_defect(out, strlen(out)));
    for (size_t size = 4; size < 12; size++) {
        people_say(&words, "\u674e\u674e\u674e\u674e", out, size);
        assert_int_equal(strlen(out), (size - 1) / 3 * 3);
    }
    char what[121] = "";
    for (size_t i = 0; i < 40; i++)
        snprintf(what + 3 * i, sizeof what - 3 * i, "\u6821");
    words_upper_first(what, out, 60);
    assert_int_equal(strlen(out), 57);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_call_that_became_worse_says_so_first_and_asks),
        cmocka_unit_test(test_a_text_names_the_call_as_its_reader_knows_it),
        cmocka_unit_test(test_no_text_says_of_a_closed_call_that_it_is_open),
        cmocka_unit_test(test_what_is_withdrawn_names_nothing_of_the_call),
        cmocka_unit_test(test_each_text_is_one_segment_with_link_and_sender_whole),
        cmocka_unit_test(test_every_character_goes_through_every_form),
        cmocka_unit_test(test_letters_that_gsm_lacks_take_ucs2_and_stay_themselves),
        cmocka_unit_test(test_ucs2_is_counted_in_utf16_units),
        cmocka_unit_test(test_a_mail_asks_nobody_once_enough_people_have_it),
        cmocka_unit_test(test_a_name_that_is_cut_has_one_mark_behind_it),
        cmocka_unit_test(test_a_school_whose_name_a_text_cannot_spell_is_named_all_the_same),
        cmocka_unit_test(test_a_missing_field_empties_no_text),
        cmocka_unit_test(test_times_are_of_the_zone_and_the_language),
        cmocka_unit_test(test_a_districts_own_words_stand_in_the_message),
        cmocka_unit_test(test_a_spanish_letter_holds_no_english_word),
        cmocka_unit_test(test_names_and_roles_are_cut_between_two_letters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
