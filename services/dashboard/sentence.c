#include "sentence.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct text {
    char *out;
    size_t used;
};

__attribute__((format(printf, 2, 3))) static void say(struct text *text, const char *format, ...)
{
    va_list arguments;
    size_t room = SENTENCE_SIZE - text->used;

    va_start(arguments, format);
    int size = vsnprintf(text->out + text->used, room, format, arguments);
    va_end(arguments);
    if (size > 0)
        text->used += (size_t)size < room ? (size_t)size : room - 1;
}

static bool given(const char *text)
{
    return text != NULL && text[0] != '\0';
}

static const char *number(int count, char out[12])
{
    static const char *const words[] = {"no",  "one",   "two",   "three", "four", "five",
                                        "six", "seven", "eight", "nine",  "ten"};
    if (count >= 0 && count <= 10)
        return words[count];
    snprintf(out, 12, "%d", count);
    return out;
}

static void say_units(struct text *text, const struct sentence *s)
{
    char there[12], coming[12];
    const char *on_scene = number(s->on_scene, there);
    const char *under_way = number(s->under_way, coming);

    if (s->on_scene == 0 && s->under_way == 0)
        say(text, s->cleared > 0 ? ", the units are clear again" : ", no unit assigned yet");
    else if (s->under_way == 0)
        say(text, ", %s unit%s there", on_scene, s->on_scene == 1 ? "" : "s");
    else if (s->on_scene == 0)
        say(text, ", %s unit%s on the way", under_way, s->under_way == 1 ? "" : "s");
    else
        say(text, ", %s unit%s there, %s on the way", on_scene, s->on_scene == 1 ? "" : "s",
            under_way);
}

static void say_call(struct text *text, const struct sentence *s)
{
    say(text, "%s reported%s%s", given(s->what) ? s->what : "Call", given(s->where) ? " at " : "",
        given(s->where) ? s->where : "");
    say_units(text, s);
    if (given(s->acknowledged_by))
        say(text, ", %s has it", s->acknowledged_by);
    else if (s->alerted)
        say(text, ", not yet acknowledged");
}

static void say_quiet(struct text *text, const struct sentence *s)
{
    if (s->schools == 1 && given(s->school))
        say(text, "Quiet: nothing open at %s", s->school);
    else
        say(text, "Quiet: nothing open at your %d schools", s->schools);
    if (given(s->since))
        say(text, " since %s", s->since);
}

/* What was cut may end inside a character. */
static void trim(struct text *text)
{
    size_t at = text->used;

    if (at < SENTENCE_SIZE - 1)
        return;
    while (at > 0 && ((unsigned char)text->out[at - 1] & 0xC0) == 0x80)
        at--;
    if (at > 0 && ((unsigned char)text->out[at - 1] & 0xC0) == 0xC0)
        text->out[at - 1] = '\0';
}

void sentence_make(const struct sentence *s, char out[SENTENCE_SIZE])
{
    struct text text = {out, 0};

    out[0] = '\0';
    if (s->schools == 0) {
        say(&text, "No school is set up yet");
    } else if (s->open == 0) {
        say_quiet(&text, s);
    } else {
        if (s->open > 1 && s->open_schools > 1)
            say(&text, "%d calls open at %d schools. Most urgent: ", s->open, s->open_schools);
        else if (s->open > 1)
            say(&text, "%d calls open. Most urgent: ", s->open);
        say_call(&text, s);
    }
    if (s->silent == 1 && given(s->silent_agency) && given(s->silent_since))
        say(&text, ". Not heard from %s since %s", s->silent_agency, s->silent_since);
    else if (s->silent > 0)
        say(&text, ". %d %s not heard from", s->silent,
            s->silent == 1 ? "agency is" : "agencies are");
    trim(&text);
}
