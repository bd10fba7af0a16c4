/* The messages: what they say, what they never say, and that a text message is one segment. */
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
#include "common/message/words.h"
#include "services/notify/channel/email.h"
#include "services/notify/channel/sms.h"

#define LINK "https://liaison.example.org/a/abcdefghijklmnop"

static struct notice fight(void)
{
    struct facts now = {.class = "violence",
                        .type = "FIGHT",
                        .relation = "at",
                        .place = "p",
                        .units = 2,
                        .unit_state = FACTS_EN_ROUTE};
    return (struct notice){.kind = MESSAGE_FIRST,
                           .content = {.now = now, .first = now},
                           .school = "North High",
                           .district = "Riverside",
                           .agency = "Metro Police",
                           .incident_no = "2026-1",
                           .class_name = "Violence",
                           .type_name = "Fight",
                           .disposition = "Report taken",
                           .disposition_code = "01",
                           .address = "12 Elm St",
                           .place_name = "",
                           .method = "campus",
                           .distance_m = 0,
                           .opened_time = "09:12",
                           .opened_day = "",
                           .opened_date = "Monday, November 23, 2026",
                           .closed_time = "",
                           .others = "Ann Ray (director)",
                           .link = LINK,
                           .answers = true};
}

static void test_first_text_message(void **state)
{
    struct notice n = fight();
    char out[MESSAGE_BRIEF_SIZE];

    (void)state;
    int septets = message_brief(&n, sms_channel.brief, out);
    assert_int_equal(septets, gsm_septets(out));
    assert_string_equal(out, "North High: fight reported 09:12, 2 units on the way. Reply OK "
                             "or: " LINK " Liaison");
    n.told_before = true;
    n.opened_day = "Mon, Nov 23";
    message_brief(&n, sms_channel.brief, out); /* the units make room, never the sender */
    assert_string_equal(out, "North High: fight reported Mon, Nov 23 09:12, 2 units on the way. "
                             "Nobody has it. Reply OK or: " LINK " Liaison");
    n.opened_day = "";
    n.told_before = false, n.replay = true;
    message_brief(&n, sms_channel.brief, out);
    assert_string_equal(
        out, "REPLAY North High: fight reported 09:12, 2 units on the way. Reply OK or: " LINK
             " Liaison");
}

static void test_near_late_and_closed_are_said(void **state)
{
    struct notice n = fight();
    char out[MESSAGE_BRIEF_SIZE];

    (void)state;
    strcpy(n.content.now.relation, "near");
    n.content.now.status = FACTS_CLOSED;
    n.closed_time = "09:40";
    n.opened_day = "Mon, Nov 23";
    n.content.late_s = 3 * 3600;
    message_brief(&n, sms_channel.brief, out);
    assert_non_null(strstr(
        out, "North High (near the school): fight reported Mon, Nov 23 09:12, closed 09:40, told "
             "3 h late."));
    assert_true(gsm_septets(out) <= GSM_SEGMENT);
}

static void test_an_uncertain_place_is_said_in_every_form_and_settled_in_words(void **state)
{
    struct notice n = fight();
    char out[MESSAGE_BRIEF_SIZE];
    char *text;

    (void)state;
    strcpy(n.content.now.relation, "uncertain");
    n.method = "spelling";
    n.distance_m = -1;
    message_brief(&n, sms_channel.brief, out);
    assert_non_null(strstr(out, "North High (place uncertain): fight reported 09:12"));
    text = message_text(&n);
    assert_non_null(strstr(text, "Fight reported possibly at North High at 09:12."));
    assert_non_null(strstr(text, "Place uncertain: "));
    assert_non_null(strstr(text, "Place found: By a name spelt nearly so, not confirmed"));
    free(text);
    n.school = "A school with a name that is so long that nothing else has room beside it at all";
    message_brief(&n, sms_channel.brief, out);
    assert_non_null(strstr(out, "(place"));
    assert_non_null(strstr(out, LINK));
    assert_true(gsm_septets(out) <= GSM_SEGMENT);
    n.kind = MESSAGE_UPDATE, n.school = "North High";
    n.content.was = n.content.now, n.content.has_was = true;
    strcpy(n.content.now.relation, "at");
    message_brief(&n, sms_channel.brief, out);
    assert_non_null(strstr(out, "now at the school"));
}

static void test_any_school_name_leaves_one_segment_and_the_whole_link(void **state)
{
    static const char *const names[] = {
        "A",
        "École Élémentaire “Notre-Dame-des-Neiges” de la Côte-Saint-Luc et du Grand Montréal",
        "{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}{}",
        "東京第一高等学校東京第一高等学校東京第一高等学校東京第一高等学校東京第一高等学校東京第一高"
        "等学校",
    };
    char link[128] = "https://x.example/a/";
    char out[MESSAGE_BRIEF_SIZE];

    (void)state;
    for (size_t length = strlen(link); length < sms_channel.brief->link_most; length++)
        link[length] = 'x';
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (int kind = MESSAGE_FIRST; kind < MESSAGE_KINDS; kind++)
            for (int replay = 0; replay < 2; replay++) {
                struct notice n = fight();
                n.school = names[i], n.link = link, n.replay = replay, n.told_before = true;
                n.kind = (enum message_kind)kind;
                n.content.was = n.content.now, n.content.has_was = true;
                strcpy(n.content.was.class, "alarm");
                strcpy(n.content.was.type, "");
                n.content.late_s = 5400, n.opened_day = "Mon, Nov 23";
                strcpy(n.content.now.class, "suspicious");
                strcpy(n.content.now.type, "");
                strcpy(n.content.now.relation, "zone");
                if (kind == MESSAGE_CORRECTION)
                    n.content.now.status = FACTS_MERGED;
                message_brief(&n, sms_channel.brief, out);
                assert_int_equal(sms_segments(out), sms_encoding_of(out) == SMS_GSM7 ? 1 : 2);
                assert_int_equal(sms_encoding_of(out) == SMS_UCS2,
                                 i == 3 && kind != MESSAGE_WITHDRAWN);
                assert_non_null(strstr(out, " Liaison"));
                assert_null(strstr(out, "??"));
                if (kind == MESSAGE_FIRST)
                    assert_non_null(strstr(out, link));
            }
}

static void test_text_message_names_no_street_number_or_person(void **state)
{
    struct notice n = fight();
    char out[MESSAGE_BRIEF_SIZE];

    (void)state;
    n.place_name = "Smith residence";
    message_brief(&n, sms_channel.brief, out);
    assert_null(strstr(out, "Elm"));
    assert_null(strstr(out, "Smith"));
    assert_null(strstr(out, "2026-1"));
    assert_null(strstr(out, "Ann"));
}

static void assert_says_nothing(const struct notice *n, const char *const *words)
{
    char sms[MESSAGE_BRIEF_SIZE];
    char *texts[] = {message_subject(n), message_text(n), message_html(n), sms};

    message_brief(n, sms_channel.brief, sms);
    for (size_t t = 0; t < 4; t++)
        for (size_t w = 0; words[w]; w++)
            if (strcasestr(texts[t], words[w]))
                fail_msg("\"%s\" stands in: %s", words[w], texts[t]);
    for (size_t t = 0; t < 3; t++)
        free(texts[t]);
}

static void test_restricted_and_sealed_calls_name_nothing(void **state)
{
    static const char *const words[] = {"fight", "violence", "elm", "report taken", NULL};

    (void)state;
    for (int s = FACTS_RESTRICTED; s <= FACTS_SEALED; s++)
        for (int closed = 0; closed < 2; closed++) {
            struct notice n = fight();
            n.content.now.sensitivity = (enum facts_sensitivity)s;
            n.content.now.status = closed ? FACTS_CLOSED : FACTS_OPEN;
            assert_says_nothing(&n, words);
        }
}

static void test_subject_stays_the_same_and_follows_a_seal(void **state)
{
    struct notice n = fight();

    (void)state;
    strcpy(n.content.now.class, "weapon");
    strcpy(n.content.now.type, "WEAPON");
    char *subject = message_subject(&n);
    assert_string_equal(subject, "North High: fight reported, 09:12");
    free(subject);
    n.content.now.sensitivity = FACTS_SEALED;
    subject = message_subject(&n);
    assert_string_equal(subject, "North High: police call, 09:12");
    free(subject);
}

static void test_a_place_that_is_not_told_is_not_told_more_exactly(void **state)
{
    static const char told[] = "The place is told more exactly.";
    struct notice n = fight();
    char *text;

    (void)state;
    n.kind = MESSAGE_UPDATE;
    n.content.was = n.content.now;
    n.content.has_was = true;
    strcpy(n.content.now.place, "another");
    text = message_text(&n);
    assert_non_null(strstr(text, told));
    free(text);
    n.content.now.sensitivity = FACTS_SEALED; /* it was sealed meanwhile */
    text = message_text(&n);
    assert_non_null(strstr(text, "police call (was: "));
    assert_null(strstr(text, told));
    free(text);
    n.content.was.sensitivity = FACTS_SEALED; /* it was sealed before */
    assert_false(message_has_news(&n, false));
    /* And is not any more: the place is told for the first time. */
    n.content.now.sensitivity = FACTS_SAY_ALL;
    text = message_text(&n);
    assert_null(strstr(text, told));
    free(text);
}

static void test_units_on_the_way_are_not_said_to_be_on_scene(void **state)
{
    struct notice n = fight();
    char out[MESSAGE_BRIEF_SIZE];

    (void)state;
    n.content.now.units = 1, n.content.now.coming = 2, n.content.now.unit_state = FACTS_ON_SCENE;
    message_brief(&n, sms_channel.brief, out);
    assert_non_null(strstr(out, "09:12, 1 unit on scene, 2 on the way. Reply"));
    char *text = message_text(&n);
    assert_non_null(strstr(text, "State: Open, 1 unit on scene, 2 on the way\n"));
    free(text);
    n.content.now.sent = 1;
    text = message_text(&n);
    assert_non_null(strstr(text, "State: Open, 1 unit on scene, 2 on the way, 1 sent\n"));
    free(text);
    n.words.language = LANGUAGE_SPANISH;
    text = message_text(&n);
    assert_non_null(strstr(text, " 1 unidad en el lugar, 2 en camino, enviadas: 1."));
    free(text);
}

static void test_mail_says_the_same_in_text_and_html(void **state)
{
    static const char *const said[] = {"Fight reported at North High at 09:12",
                                       "2 units on the way",
                                       "Fight (Violence)",
                                       "Metro Police",
                                       "2026-1",
                                       LINK,
                                       "Inside the campus outline",
                                       "Ann Ray (director)",
                                       "12 Elm St"};
    struct notice n = fight();
    char *text = message_text(&n);
    char *html = message_html(&n);

    (void)state;
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        assert_non_null(strstr(text, said[i]));
        assert_non_null(strstr(html, said[i]));
    }
    free(text);
    free(html);
}

static void test_html_escapes_what_comes_from_outside(void **state)
{
    struct notice n = fight();

    (void)state;
    n.school = "<script>\"A\" & 'B'</script>";
    n.address = "<img src=x>";
    char *html = message_html(&n);
    assert_null(strstr(html, "<script>"));
    assert_null(strstr(html, "<img"));
    assert_non_null(strstr(html, "&lt;script&gt;&quot;A&quot; &amp; &#39;B&#39;"));
    free(html);
}

static void test_update_says_only_what_changed(void **state)
{
    struct notice n = fight();
    char out[MESSAGE_BRIEF_SIZE];

    (void)state;
    n.kind = MESSAGE_UPDATE;
    n.content.was = n.content.now, n.content.has_was = true;
    assert_false(message_has_news(&n, false));
    strcpy(n.content.now.place, "q");
    assert_true(message_has_news(&n, false));
    assert_false(message_has_news(&n, true));
    n.content.was.status = FACTS_CLOSED;
    message_brief(&n, sms_channel.brief, out);
    assert_string_equal(
        out, "North High, call of 09:12: fight reported, open again, 2 units on the way. " LINK
             " Liaison");
    char *text = message_text(&n);
    assert_non_null(
        strstr(text, "Open again: fight reported at North High. The place is told more exactly."));
    assert_null(strstr(text, "Metro Police"));
    assert_null(strstr(text, "Fight (Violence)"));
    free(text);
}

static void
test_other_agencies_are_said_when_they_come_and_when_they_are_there_no_more(void **state)
{
    struct notice n = fight();
    struct facts *now = &n.content.now, *was = &n.content.was;
    char out[MESSAGE_BRIEF_SIZE];
    char *text;

    (void)state;
    n.kind = MESSAGE_UPDATE;
    n.content.has_was = true;
    *was = *now;
    strcpy(was->folded_by, "3"), was->folded = 1;
    strcpy(now->folded_by, "3,17"), now->folded = 2;
    n.also = "County Sheriff, State Patrol";
    text = message_text(&n);
    assert_non_null(
        strstr(text, "There is a call of County Sheriff, State Patrol about this too."));
    free(text);
    strcpy(now->folded_by, "17"), now->folded = 1; /* one came, the other one left */
    n.also = "State Patrol";
    text = message_text(&n);
    assert_non_null(strstr(text, "only these have a call about this now: State Patrol."));
    free(text);
    now->folded_by[0] = '\0', now->folded = 0;
    n.also = "";
    text = message_text(&n);
    assert_non_null(strstr(text, "No other agency has a call about this any more."));
    free(text);
    message_brief(&n, sms_channel.brief, out);
    assert_non_null(strstr(out, "no call of another agency any more"));
    *now = facts_for(now, &(struct facts){.folded_by = "3"}, false, 0);
    assert_string_equal(now->folded_by, "");
    strcpy(now->folded_still, "3"); /* it may not be named any more, and goes on */
    *now = facts_for(now, was, false, 0);
    assert_int_equal(facts_changed(was, now), 0);
    now->folded_by[0] = now->folded_still[0] = '\0', now->status = FACTS_CLOSED;
    *now = facts_for(now, was, false, 0);
    assert_int_equal(facts_changed(was, now), CHANGED_STATUS); /* of what is over, no word of it */
    was->folded_by[0] = '\0', now->folded_by[0] = '\0';        /* of an older version */
    now->status = FACTS_OPEN, now->folded = 0;
    assert_int_equal(facts_changed(was, now), CHANGED_UNFOLDED);
}

static void test_how_to_reply_is_said_where_it_has_room(void **state)
{
    struct notice n = fight();
    char out[MESSAGE_BRIEF_SIZE];

    (void)state;
    n.school = "The Academy of Arts and of Sciences at the Old River";
    message_brief(&n, sms_channel.brief, out);
    assert_null(strstr(out, "Reply OK"));
    assert_non_null(strstr(out, n.school));
    assert_non_null(strstr(out, ", 2 units on the way. Answer: " LINK)); /* it goes first */
    n = fight();
    n.content.now.status = FACTS_CLOSED;
    message_brief(&n, sms_channel.brief, out);
    assert_null(strstr(out, "Reply OK")); /* nothing is asked */
}

static void test_a_time_that_ends_in_a_point_makes_no_second_one(void **state)
{
    struct notice n = fight();
    char out[MESSAGE_BRIEF_SIZE];

    (void)state;
    n.words.language = LANGUAGE_SPANISH, n.opened_time = "7:12 p. m.", n.content.now.units = 0;
    n.told_before = true;
    message_brief(&n, sms_channel.brief, out);
    assert_non_null(strstr(out, "7:12 p. m. Nadie se encarga. "));
    assert_null(strstr(out, ".."));
}

static void test_what_has_no_name_reads_other_than_what_must_have_none(void **state)
{
    struct notice n = fight();
    char *text;

    (void)state;
    strcpy(n.content.now.class, "other"), strcpy(n.content.now.type, "");
    n.class_name = "Other", n.type_name = "";
    text = message_text(&n);
    assert_non_null(strstr(text, "Other police call at North High at 09:12."));
    assert_non_null(strstr(text, "\nWhat: Other police call\n"));
    free(text);
    n.type_name = "Found property", strcpy(n.content.now.type, "FOUND");
    text = message_text(&n);
    assert_non_null(strstr(text, "\nWhat: Found property\n"));
    free(text);
    n.content.now.sensitivity = FACTS_RESTRICTED;
    text = message_text(&n);
    assert_non_null(strstr(text, "\nWhat: Police call\n"));
    assert_null(strstr(text, "ther police call"));
    free(text);
}

static void test_a_drill_asks_to_confirm_that_it_came_as_its_page_does(void **state)
{
    struct notice n = fight();
    char out[MESSAGE_BRIEF_SIZE], *text, *html;

    (void)state;
    n.drill = true;
    text = message_text(&n);
    html = message_html(&n);
    message_brief(&n, sms_channel.brief, out);
    assert_non_null(
        strstr(text, "Please confirm that this message reached you (North High, 09:12)."));
    assert_non_null(strstr(text, "I got this: " LINK));
    assert_non_null(strstr(html, ">I got this</a>"));
    assert_null(strstr(html, "I have this"));
    for (const char *const *word = (const char *const[]){"State: ", "olice call", "Open\n", NULL};
         *word; word++)
        assert_null(strstr(text, *word));
    assert_string_equal(out, "DRILL North High, 09:12. Nothing is happening. Reply OK "
                             "or: " LINK " Liaison");
    free(text);
    free(html);
}

static void test_whoever_is_handed_a_call_is_not_told_that_nobody_has_it(void **state)
{
    struct notice n = fight();
    char *text;

    (void)state;
    n.kind = MESSAGE_UPDATE, n.content.was = n.content.now, n.content.has_was = true;
    strcpy(n.content.was.holders, "one"), n.content.was.held = true;
    n.content.now.handed = 3, n.handed_by = "Pat Lee (principal)";
    text = message_text(&n);
    assert_non_null(strstr(text, "Pat Lee (principal) hands this to you"));
    assert_null(strstr(text, "Nobody has it"));
    free(text);
    n.content.now.handed = 0;
    text = message_text(&n);
    assert_non_null(strstr(text, "Nobody has it any more."));
    free(text);
}

static void test_a_text_says_that_somebody_has_it_while_more_are_asked(void **state)
{
    struct notice n = fight();
    char out[MESSAGE_BRIEF_SIZE];

    (void)state;
    n.told_before = true;
    strcpy(n.content.now.holders, "one");
    message_brief(&n, sms_channel.brief, out);
    assert_non_null(strstr(out, "09:12, somebody has it, more are asked. Reply"));
    assert_null(strcasestr(out, "nobody"));
    n.told_before = false, n.kind = MESSAGE_UPDATE, n.content.was = n.content.now,
    n.content.has_was = true;
    n.content.was.held = true; /* one of two gave it back */
    message_brief(&n, sms_channel.brief, out);
    assert_non_null(strstr(out, ": somebody has it, more are asked, 2 units on the way. "));
    n.content.was.held = false, n.holders_unsure = true;
    message_brief(&n, sms_channel.brief, out);
    assert_null(strcasestr(out, "nobody"));
    n.kind = MESSAGE_FIRST, n.content.has_was = false;
    message_brief(&n, sms_channel.brief, out);
    assert_null(strcasestr(out, "nobody"));
    strcpy(n.content.now.holders, "");
    message_brief(&n, sms_channel.brief, out);
    assert_non_null(strstr(out, "nobody has it now"));
}

static void test_roles_are_said_in_the_language_where_it_has_a_word(void **state)
{
    static const char people[] =
        "Ana" PEOPLE_ROLE "assistant_principal" PEOPLE_NEXT "Bo" PEOPLE_ROLE "Principal" PEOPLE_NEXT
        "Cy" PEOPLE_ROLE "dean_of_students" PEOPLE_NEXT "Di";
    const struct catalogue_word own = {"message.role.dean_of_students", "decanato"};
    struct catalogue words = {.language = LANGUAGE_SPANISH};
    char out[PEOPLE_SIZE], less[12];

    (void)state;
    people_say(&words, people, out, sizeof out);
    assert_string_equal(out, "Ana (subdirección), Bo (dirección), Cy (dean of students), Di");
    words.own = &own, words.own_count = 1;
    people_say(&words, people, out, sizeof out);
    assert_non_null(strstr(out, "Cy (decanato)"));
    words = (struct catalogue){.language = LANGUAGE_ENGLISH};
    people_say(&words, people, out, sizeof out);
    assert_non_null(strstr(out, "Ana (assistant principal)"));
    people_say(&words, people, less, sizeof less);
    assert_string_equal(less, "Ana (assist");
    assert_string_equal(people_say(&words, "", out, sizeof out), "");
}

static void test_correction_says_what_was_wrong_and_asks_nothing(void **state)
{
    struct notice n = fight();
    char out[MESSAGE_BRIEF_SIZE];

    (void)state;
    n.kind = MESSAGE_CORRECTION;
    n.content.was = n.content.now, n.content.has_was = true;
    n.content.now.status = FACTS_ERROR;
    message_brief(&n, sms_channel.brief, out);
    assert_string_equal(out,
                        "Correction: North High: fight of 09:12 was entered in error. Liaison");
    char *text = message_text(&n);
    assert_int_equal(strncmp(text, "Correction: the call of 09:12 was entered in error.", 51), 0);
    assert_null(strstr(text, "https://"));
    /* The call's number, as there may be several calls; and no place, since there is none. */
    assert_non_null(strstr(text, "Call number"));
    assert_non_null(strstr(text, "What"));
    assert_null(strstr(text, "Where"));
    assert_null(strstr(text, "Place found"));
    free(text);
}

static void test_spans_are_said_roundly(void **state)
{
    const struct catalogue english = {.language = LANGUAGE_ENGLISH};
    char out[24];

    (void)state;
    assert_string_equal(words_span(&english, 89, out, sizeof out), "89 s");
    assert_string_equal(words_span(&english, 90, out, sizeof out), "1 min");
    assert_string_equal(words_span(&english, 5399, out, sizeof out), "89 min");
    assert_string_equal(words_span(&english, 7200, out, sizeof out), "2 h");
    assert_string_equal(words_span(&english, 3 * 86400, out, sizeof out), "3 days");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_text_message),
        cmocka_unit_test(test_how_to_reply_is_said_where_it_has_room),
        cmocka_unit_test(test_a_time_that_ends_in_a_point_makes_no_second_one),
        cmocka_unit_test(test_what_has_no_name_reads_other_than_what_must_have_none),
        cmocka_unit_test(test_a_drill_asks_to_confirm_that_it_came_as_its_page_does),
        cmocka_unit_test(test_whoever_is_handed_a_call_is_not_told_that_nobody_has_it),
        cmocka_unit_test(test_a_text_says_that_somebody_has_it_while_more_are_asked),
        cmocka_unit_test(test_roles_are_said_in_the_language_where_it_has_a_word),
        cmocka_unit_test(test_near_late_and_closed_are_said),
        cmocka_unit_test(test_an_uncertain_place_is_said_in_every_form_and_settled_in_words),
        cmocka_unit_test(test_any_school_name_leaves_one_segment_and_the_whole_link),
        cmocka_unit_test(test_text_message_names_no_street_number_or_person),
        cmocka_unit_test(test_restricted_and_sealed_calls_name_nothing),
        cmocka_unit_test(test_a_place_that_is_not_told_is_not_told_more_exactly),
        cmocka_unit_test(test_subject_stays_the_same_and_follows_a_seal),
        cmocka_unit_test(test_units_on_the_way_are_not_said_to_be_on_scene),
        cmocka_unit_test(test_mail_says_the_same_in_text_and_html),
        cmocka_unit_test(test_html_escapes_what_comes_from_outside),
        cmocka_unit_test(test_update_says_only_what_changed),
        cmocka_unit_test(
            test_other_agencies_are_said_when_they_come_and_when_they_are_there_no_more),
        cmocka_unit_test(test_correction_says_what_was_wrong_and_asks_nothing),
        cmocka_unit_test(test_spans_are_said_roundly),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
