#include "sample.h"

#include <string.h>

/* Thursday 15 October 2026, 12:58 in UTC, and as much later as the message about its end. */
enum { OPENED = 1792069080, LASTED_S = 66 * 60, DAY_S = 86400 };

static const char link[] = "https://alerts.district.example/a/"
                           "Example-of-16-le";
/* As long as a channel takes (sms_form.c). */
static const char longest_link[] = "https://alerts-from-the-district.k12.example/a/"
                                   "Example-of-16-le";

static const struct {
    const char *name;
    enum message_kind kind;
    enum facts_status status;
    bool asks_again, drill, summary, digest;
} samples[SAMPLES] = {
    {"first", MESSAGE_FIRST, FACTS_OPEN, false, false, false, false},
    {"worse", MESSAGE_UPDATE, FACTS_OPEN, true, false, false, false},
    {"update", MESSAGE_UPDATE, FACTS_OPEN, false, false, false, false},
    {"closed", MESSAGE_CLOSED, FACTS_CLOSED, false, false, false, false},
    {"correction", MESSAGE_CORRECTION, FACTS_ERROR, false, false, false, false},
    {"withdrawn", MESSAGE_WITHDRAWN, FACTS_OPEN, false, false, false, false},
    {"drill", MESSAGE_FIRST, FACTS_OPEN, false, true, false, false},
    {"summary", MESSAGE_FIRST, FACTS_OPEN, false, false, true, false},
    {"digest", MESSAGE_FIRST, FACTS_CLOSED, false, false, true, true},
};

const char *sample_name(size_t number)
{
    return samples[number].name;
}

static void make_facts(struct content *content, size_t number, bool worst)
{
    struct facts fight = {.class = "violence",
                          .type = "FIGHT",
                          .relation = "at",
                          .units = 2,
                          .unit_state = FACTS_EN_ROUTE};
    struct facts now = fight;

    if (samples[number].kind == MESSAGE_UPDATE)
        now = (struct facts){.class = "weapon",
                             .type = "ACTSHOOT",
                             .relation = "at",
                             .units = 2,
                             .unit_state = FACTS_ON_SCENE};
    if (worst && samples[number].kind == MESSAGE_FIRST) {
        strcpy(now.class, "suspicious");
        strcpy(now.type, "");
    }
    if (worst)
        strcpy(now.relation, "uncertain");
    now.status = samples[number].status;
    *content = (struct content){.now = now,
                                .was = fight,
                                .has_was = samples[number].kind != MESSAGE_FIRST,
                                .first = fight,
                                .opened = OPENED};
}

static void make_summary(struct notice *n, bool worst)
{
    static const struct notice_part parts[] = {
        {"suspicious", 400}, {"missing_person", 50}, {"drugs_alcohol", 15}, {"other", 4}};

    n->summary = true;
    memcpy(n->parts, parts, sizeof parts);
    n->part_count = sizeof parts / sizeof *parts;
    n->content.now = (struct facts){
        .relation = "at", .status = n->content.now.status, .calls = worst ? 10469 : 469};
    n->content.first = n->content.now;
}

void sample_make(struct sample *sample, size_t number, const struct sample_for *whom)
{
    const struct when_form form = {whom->words.language, whom->hours24, "UTC"};

    when_write(&sample->when, &form, OPENED, OPENED + LASTED_S, OPENED + (whom->worst ? DAY_S : 0));
    sample->notice = (struct notice){
        .words = whom->words,
        .kind = samples[number].kind,
        .drill = samples[number].drill,
        .digest = samples[number].digest,
        .asks_again = samples[number].asks_again,
        .step = whom->worst ? 2 : 1,
        .school = whom->school,
        .district = whom->district,
        .agency = "Metro Police",
        .incident_no = "2026-000123",
        .class_name = samples[number].kind == MESSAGE_UPDATE ? "Weapon" : "Violence",
        .type_name = samples[number].kind == MESSAGE_UPDATE ? "Active shooter" : "Fight",
        .disposition = "Report taken",
        .disposition_code = "01",
        .address = "500 Main Street",
        .place_name = "",
        .method = "campus",
        .opened_time = sample->when.opened_time,
        .opened_day = sample->when.opened_day,
        .opened_date = sample->when.opened_date,
        .closed_time = sample->when.closed_time,
        .also = "",
        .others = "",
        .link = whom->worst ? longest_link : link,
    };
    make_facts(&sample->notice.content, number, whom->worst);
    if (samples[number].summary)
        make_summary(&sample->notice, whom->worst);
}
