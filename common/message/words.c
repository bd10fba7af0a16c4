#include "words.h"

#include "utf8.h"

#include <stdio.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

/* The codes of message.units. */
static const char *const unit_states[FACTS_UNIT_STATES] = {
    [FACTS_UNITS_NONE] = "assigned", [FACTS_DISPATCHED] = "dispatched",
    [FACTS_EN_ROUTE] = "en_route",   [FACTS_ON_SCENE] = "on_scene",
    [FACTS_CLEAR] = "clear",
};

/* What may not be named is a police call, and what has no name is another one: so that nobody takes
 * the second for the first. */
static const char *or_call(const struct catalogue *from, const char *words,
                           const struct facts *facts)
{
    bool other = facts->sensitivity == FACTS_SAY_ALL && strcmp(facts->class, "other") == 0;

    return words ? words : catalogue_text(from, other ? "message.other" : "message.call");
}

const char *words_what(const struct catalogue *from, const struct facts *facts)
{
    if (facts->sensitivity != FACTS_SAY_ALL)
        return or_call(from, NULL, facts);
    const char *words = catalogue_code(from, "message.type", facts->type);
    return words ? words
                 : or_call(from, catalogue_code(from, "message.class", facts->class), facts);
}

const char *words_bare(const struct catalogue *from, const struct facts *facts)
{
    if (facts->sensitivity != FACTS_SAY_ALL)
        return or_call(from, NULL, facts);
    const char *words = catalogue_code(from, "message.bare.type", facts->type);
    return words ? words
                 : or_call(from, catalogue_code(from, "message.bare.class", facts->class), facts);
}

const char *words_relation(const struct catalogue *from, const char *relation)
{
    const char *words = catalogue_code(from, "message.relation", relation);

    if (!words)
        words = catalogue_code(from, "relation", relation);
    return words ? words : catalogue_text(from, "relation.at");
}

bool words_uncertain(const struct facts *facts)
{
    return strcmp(facts->relation, "uncertain") == 0;
}

const char *words_method(const struct catalogue *from, const char *method)
{
    const char *words = catalogue_code(from, "message.method", method);

    return words ? words : "";
}

const char *words_name_of(const struct catalogue *from, const char *group, const char *code,
                          const char *name)
{
    if (from->language == LANGUAGE_ENGLISH)
        return name;
    const char *words = catalogue_code(from, group, code);
    return words ? words : "";
}

const char *words_units(const struct catalogue *from, const struct facts *facts, char *out,
                        size_t size)
{
    const struct {
        const char *key;
        int count;
    } others[] = {{"message.units_coming", facts->coming}, {"message.units_sent", facts->sent}};
    char key[40], count[12], units[WORDS_SIZE];

    out[0] = '\0';
    if (facts->units <= 0)
        return out;
    snprintf(count, sizeof count, "%d", facts->units);
    snprintf(key, sizeof key, "message.units.%s.%s", unit_states[facts->unit_state],
             facts->units == 1 ? "one" : "other");
    catalogue_fill(out, size, from, key, &(struct catalogue_value){"n", count}, 1);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (others[i].count <= 0)
            continue;
        snprintf(units, sizeof units, "%s", out);
        snprintf(count, sizeof count, "%d", others[i].count);
        const struct catalogue_value values[] = {{"units", units}, {"n", count}};
        catalogue_fill(out, size, from, others[i].key, values, 2);
    }
    return out;
}

const char *words_span(const struct catalogue *from, int64_t seconds, char *out, size_t size)
{
    static const struct {
        int64_t below, unit;
        const char *key;
    } spans[] = {{90, 1, "span.seconds"},
                 {90 * 60, 60, "span.minutes"},
                 {48 * 3600, 3600, "span.hours"},
                 {INT64_MAX, 86400, "span.days"}};
    char count[24];
    size_t i = 0;

    while (seconds >= spans[i].below)
        i++;
    snprintf(count, sizeof count, "%lld", (long long)(seconds / spans[i].unit));
    return catalogue_fill(out, size, from, spans[i].key, &(struct catalogue_value){"n", count}, 1);
}

char *words_upper_first(const char *text, char *out, size_t size)
{
    char first[U8_MAX_LENGTH + 1] = "";
    size_t length = strlen(text);
    int32_t at = 0, end = 0;
    UChar32 point;

    U8_NEXT((const uint8_t *)text, at, (int32_t)length, point);
    if (point > 0)
        U8_APPEND_UNSAFE(first, end, u_toupper(point));
    text += point > 0 ? at : 0;
    snprintf(out, size, "%.*s%.*s", (int)end, first, (int)utf8_whole(text, size - 1 - (size_t)end),
             text);
    return out;
}

/* Values ----------------------------------------------------------------------------------------*/

void words_set(struct words *words, const char *name, const char *value)
{
    size_t at = 0;

    while (at < words->count && strcmp(words->values[at].name, name) != 0)
        at++;
    if (at == WORDS_MOST)
        return;
    words->values[at] = (struct catalogue_value){name, value};
    if (at == words->count)
        words->count++;
}

void words_say(const struct words *words, const char *key, FILE *out)
{
    catalogue_print(out, words->from, key, words->values, words->count);
}

char *words_fill(const struct words *words, const char *key, char *out, size_t size)
{
    return catalogue_fill(out, size, words->from, key, words->values, words->count);
}

void words_name(struct words *words, const char *name, const char *key, char *out, size_t size)
{
    words_set(words, name, words_fill(words, key, out, size));
}

/* The value, or what is said where it is not known. */
static void set_known(struct words *words, const char *name, const char *value, const char *unknown)
{
    words_set(words, name, value[0] ? value : catalogue_text(words->from, unknown));
}

/* What a call is that is open and was not, as its reader was told last. */
static const char *open_key(const struct facts *was)
{
    return was->status == FACTS_ELSEWHERE          ? "message.open.here"
           : facts_stand(was) || !facts_known(was) ? "message.open.again"
                                                   : "message.open.valid";
}

void words_open(struct words *words, const struct notice *n)
{
    const struct facts *now = &n->content.now;

    *words = (struct words){.from = &n->words};
    words_set(words, "sender", catalogue_text(words->from, "message.sender"));
    set_known(words, "school", n->school, "message.none.school");
    set_known(words, "district", n->district, "message.none.district");
    set_known(words, "time", n->opened_time, "message.none.time");
    words_set(words, "day", n->opened_day);
    words_set(words, "date", n->opened_date);
    words_set(words, "closed", n->closed_time);
    words_set(words, "also", n->also ? n->also : "");
    words_set(words, "link", n->link);
    words_set(words, "holders", n->holders ? n->holders : "");
    words_set(words, "to", n->handed_to ? n->handed_to : "");
    words_set(words, "by", n->handed_by ? n->handed_by : "");
    words_set(words, "what", words_what(words->from, now));
    words_set(words, "What",
              words_upper_first(words_what(words->from, now), words->what, sizeof words->what));
    words_set(words, "was", words_what(words->from, &n->content.was));
    words_set(words, "relation", words_relation(words->from, now->relation));
    words_name(words, "open", open_key(&n->content.was), words->open, sizeof words->open);
    words_set(words, "Open", words_upper_first(words->open, words->Open, sizeof words->Open));
    words_set(
        words, "please",
        catalogue_text(words->from, n->answered ? "message.please.again" : "message.please.first"));
    words_set(words, "units", words_units(words->from, now, words->units, sizeof words->units));
    words_set(words, "span",
              words_span(words->from, n->content.late_s, words->span, sizeof words->span));
}
