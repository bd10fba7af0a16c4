#include "alarm_sample.h"

#include <stdio.h>
#include <string.h>

static const char link[] = "https://alerts.district.example/c/"
                           "Example-of-16-le";
/* As long as a channel takes (sms_form.c). */
static const char longest_link[] = "https://alerts-from-the-district.k12.example/c/"
                                   "Example-of-16-le";

/* Thursday 15 October 2026 in UTC: the call at 12:58, the problem from 13:00 to 13:25. */
enum { CALL_AT = 1792069080, SINCE = CALL_AT + 2 * 60, ENDED = CALL_AT + 27 * 60 };

enum about { ABOUT_ALL, ABOUT_CALL, ABOUT_CALLS, ABOUT_HIDDEN_CALL, ABOUT_HIDDEN_SCHOOL };

/* What is not ok; see has_end. */
static const struct shape {
    const char *check, *channel, *object; /* NULL: none */
    int lane;
    enum about about;
    bool notice;
    bool gone;  /* what is no longer watched: of its end alone */
    int others; /* other problems */
    bool again;
} shapes[] = {
    {.check = "process"},
    {.check = "channel", .channel = "webhook"},
    {.check = "provider", .channel = "email", .object = "smtp"},
    {.check = "provider", .channel = "sms", .object = "twilio"},
    {.check = "outbox"},
    {.check = "aside", .object = "call"},
    {.check = "agency", .object = "Metro Police"},
    {.check = "due", .channel = "email", .lane = 0},
    {.check = "due", .channel = "sms", .lane = 1},
    {.check = "due", .channel = "email", .lane = 2},
    {.check = "due", .channel = "email", .lane = 3},
    {.check = "tried", .channel = "email"},
    {.check = "tried", .channel = "sms", .others = 1},
    {.check = "tried", .channel = "webhook", .others = 2, .again = true},
    {.check = "failures", .channel = "email", .object = "smtp"},
    {.check = "refused", .channel = "sms", .object = "twilio"},
    {.check = "links"},
    {.check = "given_up", .channel = "email", .object = "failed"},
    {.check = "given_up", .channel = "email", .object = "expired"},
    {.check = "given_up", .channel = "sms", .object = "unknown"},
    {.check = "nobody", .about = ABOUT_CALL},
    {.check = "nobody", .about = ABOUT_HIDDEN_CALL},
    {.check = "nobody", .about = ABOUT_CALLS},
    {.check = "held", .object = "Metro Police"},
    {.check = "held", .object = "Metro Police", .about = ABOUT_HIDDEN_SCHOOL},
    {.check = "unanswered", .about = ABOUT_CALL},
    {.check = "unanswered", .about = ABOUT_CALLS},
    {.check = "too_few", .about = ABOUT_CALL},
    {.check = "too_few", .about = ABOUT_CALLS},
    {.check = "skipped", .about = ABOUT_CALL, .notice = true},
    {.check = "probe", .channel = "email", .object = "smtp"},
    {.check = "roster", .notice = true},
    {.check = "channel", .channel = "webhook", .gone = true},
    {.check = "provider", .channel = "sms", .object = "twilio2", .gone = true},
    {.check = "agency", .object = "Metro Police", .gone = true},
    {.check = "due", .channel = "sms", .gone = true},
    {.check = "tried", .channel = "sms", .gone = true},
};

enum { SHAPES = sizeof shapes / sizeof *shapes };

static bool is_too_few(const struct shape *shape)
{
    return strcmp(shape->check, "too_few") == 0;
}

/* Another sample is of its end. That of too few is the end of unanswered. */
static bool has_end(const struct shape *shape)
{
    return !shape->notice && !shape->gone && !is_too_few(shape);
}

/* The samples of the ends stand behind all others. */
static const struct shape *shape_of(size_t number, bool *well)
{
    *well = number >= SHAPES;
    number -= *well ? SHAPES : 0;
    for (size_t i = 0; *well && i < SHAPES; i++)
        if (has_end(&shapes[i]) && number-- == 0)
            return &shapes[i];
    *well = shapes[number].gone;
    return &shapes[number];
}

size_t alarm_sample_count(void)
{
    size_t count = SHAPES;

    for (size_t i = 0; i < SHAPES; i++)
        count += has_end(&shapes[i]);
    return count;
}

static const char *const lane_names[] = {", urgent", ", new", ", updates", ", replays"};

static const char *or_nothing(const char *text)
{
    return text ? text : "";
}

static struct alarm_line line_of(const struct alarm_sample *sample, const struct shape *shape,
                                 const char *school, bool well)
{
    struct alarm_line line = {
        .check = shape->check,
        .channel = or_nothing(shape->channel),
        .object = or_nothing(shape->object),
        .school = school,
        .time = sample->call.opened_time,
        .since = shape->notice ? "" : sample->since.opened_time,
        .ended = well ? sample->ended.opened_time : "",
        .lane = shape->lane,
        .have = is_too_few(shape) ? 1 : 0,
        .asked = is_too_few(shape) ? 2 : 0,
        .hidden = shape->about == ABOUT_HIDDEN_CALL || shape->about == ABOUT_HIDDEN_SCHOOL,
        .call = shape->about == ABOUT_CALL || shape->about == ABOUT_CALLS ||
                shape->about == ABOUT_HIDDEN_CALL,
        .summary = shape->about == ABOUT_CALLS,
        .notice = shape->notice,
        .well = well,
        .gone = shape->gone,
    };

    strcpy(line.facts.class, "violence");
    strcpy(line.facts.type, "FIGHT");
    return line;
}

static void write_name(const struct shape *shape, bool well, char *out, size_t size)
{
    const bool due = strcmp(shape->check, "due") == 0;
    const bool states = strcmp(shape->check, "given_up") == 0;
    const bool hidden = shape->about == ABOUT_HIDDEN_CALL || shape->about == ABOUT_HIDDEN_SCHOOL;

    snprintf(out, size, "alarm, %s%s%s%s%s%s%s%s%s", shape->check, shape->channel ? " " : "",
             or_nothing(shape->channel), due ? lane_names[shape->lane] : "", states ? ", " : "",
             states ? shape->object : "", hidden ? ", hidden" : "",
             shape->about == ABOUT_CALLS ? ", summary" : "",
             !well         ? ""
             : shape->gone ? ", gone"
                           : ", over");
}

void alarm_sample_make(struct alarm_sample *sample, size_t number, const struct sample_for *whom)
{
    const struct when_form form = {whom->words.language, whom->hours24, "UTC"};
    bool well;
    const struct shape *shape = shape_of(number, &well);
    size_t count = well ? (size_t)shape->others + 1 : 1;

    write_name(shape, well, sample->name, sizeof sample->name);
    when_write(&sample->call, &form, CALL_AT, 0, CALL_AT);
    when_write(&sample->since, &form, SINCE, 0, SINCE);
    when_write(&sample->ended, &form, ENDED, 0, ENDED);
    for (size_t i = 0; i < count; i++)
        sample->lines[i] = line_of(sample, shape, whom->school, well);
    sample->notice = (struct alarm_notice){
        .words = whom->words,
        .district = whom->district,
        .answers = true,
        .link = well || shape->notice ? ""
                : whom->worst         ? longest_link
                                      : link,
        .open = well || shape->notice ? 0 : shape->others + 1,
        .lines = sample->lines,
        .line_count = count,
        .again = shape->again && !well,
    };
}
