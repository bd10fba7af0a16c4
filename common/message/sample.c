#include "sample.h"

#include "people_text.h"

#include <string.h>

/* Thursday 15 October 2026, 12:58 in UTC, and as much later as the message about its end. */
enum { OPENED = 1792069080, LASTED_S = 66 * 60, DAY_S = 86400 };

static const char link[] = "https://alerts.district.example/a/"
                           "Example-of-16-le";
/* As long as a channel takes (sms_form.c). */
static const char longest_link[] = "https://alerts-from-the-district.k12.example/a/"
                                   "Example-of-16-le";
static const char one_person[] = "Pat Doe" PEOPLE_ROLE "principal";
static const char two_people[] =
    "Pat Doe" PEOPLE_ROLE "principal" PEOPLE_NEXT "Ann Ray" PEOPLE_ROLE "director";
static const char other_people[] = "Ann Ray" PEOPLE_ROLE "director";
static const char holder[] = "of those who have it"; /* stands for a digest (facts.h) */

/* How a message differs from the first one about a fight at a school. */
struct shape {
    const char *name;
    enum message_kind kind;
    enum facts_status was, status;
    enum facts_sensitivity sensitivity;
    const char *relation;             /* NULL: at */
    const char *type;                 /* NULL: the fight goes on */
    const char *holders;              /* NULL: nobody */
    const char *beside, *were_beside; /* ids of other agencies that are there too */
    int calls, late_s, others_more;
    bool told_before, asks_again, answered, drill, replay, digest;
    bool known;      /* the type was told before */
    bool unnamed;    /* the agency's type has no common code */
    bool untimed;    /* nobody knows when it was closed */
    bool moved;      /* the place is another one */
    bool enough;     /* of those who have it */
    bool given_back; /* they had it */
    bool unsure;     /* as holders_unsure of struct notice */
    bool handed;
    bool handed_back;
    bool handed_on; /* to another reader */
};

static const struct shape shapes[SAMPLES] = {
    {.name = "first", .kind = MESSAGE_FIRST},
    {.name = "first, near the school", .kind = MESSAGE_FIRST, .relation = "near"},
    {.name = "first, place uncertain", .kind = MESSAGE_FIRST, .relation = "uncertain"},
    {.name = "first, late", .kind = MESSAGE_FIRST, .late_s = 25 * 60},
    {.name = "first, next step", .kind = MESSAGE_FIRST, .told_before = true, .others_more = 5},
    {.name = "first, restricted", .kind = MESSAGE_FIRST, .sensitivity = FACTS_RESTRICTED},
    {.name = "first, of a type without a name", .kind = MESSAGE_FIRST, .unnamed = true},
    {.name = "first, sealed", .kind = MESSAGE_FIRST, .sensitivity = FACTS_SEALED},
    {.name = "first, closed", .kind = MESSAGE_FIRST, .status = FACTS_CLOSED},
    {.name = "first, closed at an unknown time",
     .kind = MESSAGE_FIRST,
     .status = FACTS_CLOSED,
     .untimed = true},
    {.name = "first, somebody has it",
     .kind = MESSAGE_FIRST,
     .holders = one_person,
     .enough = true},
    {.name = "first, more are asked",
     .kind = MESSAGE_FIRST,
     .told_before = true,
     .holders = one_person,
     .others_more = -1},
    {.name = "first, nobody has it any more", .kind = MESSAGE_FIRST, .unsure = true},
    {.name = "first, handed over", .kind = MESSAGE_FIRST, .handed = true},
    {.name = "worse", .kind = MESSAGE_UPDATE, .type = "ACTSHOOT", .asks_again = true},
    {.name = "more urgent", .kind = MESSAGE_UPDATE, .asks_again = true},
    {.name = "open again",
     .kind = MESSAGE_UPDATE,
     .was = FACTS_CLOSED,
     .asks_again = true,
     .answered = true},
    {.name = "at the school after all",
     .kind = MESSAGE_UPDATE,
     .was = FACTS_ELSEWHERE,
     .asks_again = true},
    {.name = "valid after all", .kind = MESSAGE_UPDATE, .was = FACTS_CANCELLED, .asks_again = true},
    {.name = "open again, asks nothing", .kind = MESSAGE_UPDATE, .was = FACTS_CLOSED},
    {.name = "open again, another class",
     .kind = MESSAGE_UPDATE,
     .was = FACTS_CLOSED,
     .type = "ACTSHOOT"},
    {.name = "update", .kind = MESSAGE_UPDATE, .type = "ACTSHOOT"},
    {.name = "update, another type", .kind = MESSAGE_UPDATE, .type = "HATE"},
    {.name = "update, another relation", .kind = MESSAGE_UPDATE, .relation = "near", .moved = true},
    {.name = "update, another place", .kind = MESSAGE_UPDATE, .moved = true},
    {.name = "update, another agency", .kind = MESSAGE_UPDATE, .beside = "2"},
    {.name = "update, no other agency any more", .kind = MESSAGE_UPDATE, .were_beside = "2"},
    {.name = "update, one other agency less",
     .kind = MESSAGE_UPDATE,
     .beside = "2",
     .were_beside = "2,3"},
    {.name = "who has it", .kind = MESSAGE_UPDATE, .holders = one_person, .enough = true},
    {.name = "who has it, several", .kind = MESSAGE_UPDATE, .holders = two_people, .enough = true},
    {.name = "who has it, more are asked", .kind = MESSAGE_UPDATE, .holders = one_person},
    {.name = "one of two has it no more",
     .kind = MESSAGE_UPDATE,
     .given_back = true,
     .holders = one_person},
    {.name = "nobody has it any more", .kind = MESSAGE_UPDATE, .given_back = true},
    {.name = "nobody has it any more, of another class than it was",
     .kind = MESSAGE_UPDATE,
     .type = "ACTSHOOT",
     .known = true,
     .given_back = true},
    {.name = "handed over to another",
     .kind = MESSAGE_UPDATE,
     .given_back = true,
     .handed_on = true},
    {.name = "handed over", .kind = MESSAGE_UPDATE, .handed = true},
    {.name = "handed over in vain", .kind = MESSAGE_UPDATE, .handed = true, .handed_back = true},
    {.name = "closed", .kind = MESSAGE_CLOSED, .status = FACTS_CLOSED},
    {.name = "closed, at an unknown time",
     .kind = MESSAGE_CLOSED,
     .status = FACTS_CLOSED,
     .untimed = true},
    {.name = "correction, entered in error", .kind = MESSAGE_CORRECTION, .status = FACTS_ERROR},
    {.name = "correction, cancelled", .kind = MESSAGE_CORRECTION, .status = FACTS_CANCELLED},
    {.name = "correction, elsewhere", .kind = MESSAGE_CORRECTION, .status = FACTS_ELSEWHERE},
    {.name = "correction, merged", .kind = MESSAGE_CORRECTION, .status = FACTS_MERGED},
    {.name = "withdrawn", .kind = MESSAGE_WITHDRAWN},
    {.name = "drill", .kind = MESSAGE_FIRST, .drill = true},
    {.name = "replay", .kind = MESSAGE_FIRST, .replay = true},
    {.name = "storm", .kind = MESSAGE_FIRST, .calls = 469},
    {.name = "storm, one call", .kind = MESSAGE_FIRST, .calls = 1},
    {.name = "storm, over", .kind = MESSAGE_CLOSED, .status = FACTS_CLOSED, .calls = 469},
    {.name = "storm, none is left",
     .kind = MESSAGE_CORRECTION,
     .status = FACTS_ERROR,
     .calls = 469},
    {.name = "digest", .kind = MESSAGE_FIRST, .status = FACTS_CLOSED, .calls = 469, .digest = true},
    {.name = "digest, one call",
     .kind = MESSAGE_FIRST,
     .status = FACTS_CLOSED,
     .calls = 1,
     .digest = true},
};

const char *sample_name(size_t number)
{
    return shapes[number].name;
}

static void make_now(const struct shape *shape, bool worst, struct facts *now)
{
    if (shape->type) {
        snprintf(now->type, sizeof now->type, "%s", shape->type);
        snprintf(now->class, sizeof now->class, "%s",
                 strcmp(shape->type, "ACTSHOOT") == 0 ? "weapon" : "violence");
        now->unit_state = FACTS_ON_SCENE, now->units = 1, now->coming = 1, now->sent = 1;
    }
    if (shape->unnamed || (worst && shape->kind == MESSAGE_FIRST)) {
        strcpy(now->class, shape->unnamed ? "other" : "suspicious");
        strcpy(now->type, "");
    }
    if (shape->unnamed)
        now->units = 0, now->unit_state = FACTS_UNITS_NONE;
    if (worst || shape->relation)
        snprintf(now->relation, sizeof now->relation, "%s", worst ? "uncertain" : shape->relation);
    strcpy(now->place, shape->moved ? "another" : "");
    strcpy(now->holders, shape->holders ? holder : "");
    now->status = shape->status;
    now->sensitivity = shape->sensitivity;
    now->held = shape->enough;
    now->handed = shape->handed;
}

static void make_agencies(const char *beside, struct facts *facts)
{
    if (!beside)
        return;
    facts->folded = strchr(beside, ',') ? 2 : 1;
    snprintf(facts->folded_by, sizeof facts->folded_by, "%s", beside);
}

static void make_facts(struct content *content, const struct shape *shape, bool worst)
{
    struct facts fight = {.class = "violence",
                          .type = "FIGHT",
                          .relation = "at",
                          .units = 2,
                          .unit_state = FACTS_EN_ROUTE};
    struct facts now, was;

    if (shape->type && strcmp(shape->type, "HATE") == 0)
        strcpy(fight.type, "ASSAULT"); /* two types of the same words */
    now = was = fight;
    make_now(shape, worst, &now);
    make_agencies(shape->beside, &now);
    make_agencies(shape->were_beside, &was);
    if (shape->known)
        was = now;
    was.status = shape->was;
    was.held = shape->given_back;
    strcpy(was.holders, shape->given_back ? holder : "");
    *content = (struct content){.now = now,
                                .was = was,
                                .has_was = shape->kind != MESSAGE_FIRST,
                                .first = shape->kind == MESSAGE_FIRST ? now : fight,
                                .opened = OPENED,
                                .late_s = shape->late_s};
}

static void make_summary(struct notice *n, const struct shape *shape, bool worst)
{
    static const struct notice_part many[] = {
        {"suspicious", 400}, {"missing_person", 50}, {"drugs_alcohol", 15}, {"other", 4}};
    static const struct notice_part one[] = {{"suspicious", 1}};
    const bool single = shape->calls == 1;

    n->summary = true;
    n->part_count = single ? 1 : sizeof many / sizeof *many;
    memcpy(n->parts, single ? one : many, n->part_count * sizeof *many);
    n->content.now = (struct facts){.relation = "at",
                                    .status = shape->status,
                                    .calls = worst && !single ? 10469 : shape->calls};
    n->content.was = n->content.first = n->content.now;
    n->content.was.status = FACTS_OPEN;
}

static void make_notice(struct sample *sample, const struct shape *shape,
                        const struct sample_for *whom)
{
    const bool shooting = shape->type && strcmp(shape->type, "ACTSHOOT") == 0;

    sample->notice = (struct notice){
        .words = whom->words,
        .kind = shape->kind,
        .drill = shape->drill,
        .replay = shape->replay,
        .digest = shape->digest,
        .asks_again = shape->asks_again,
        .answered = shape->answered,
        .told_before = whom->worst || shape->told_before,
        .school = whom->school,
        .district = whom->district,
        .agency = "Metro Police",
        .incident_no = "2026-000123",
        .class_name = shooting         ? "Weapon"
                      : shape->unnamed ? "Other"
                                       : "Violence",
        .type_name = shooting         ? "Active shooter"
                     : shape->unnamed ? ""
                                      : "Fight",
        .disposition = "Report taken",
        .disposition_code = "01",
        .address = "500 Main Street",
        .place_name = "",
        .method = whom->worst || (shape->relation && strcmp(shape->relation, "uncertain") == 0)
                      ? "spelling"
                      : "campus",
        .opened_time = sample->when.opened_time,
        .opened_day = sample->when.opened_day,
        .opened_date = sample->when.opened_date,
        .closed_time = shape->untimed ? "" : sample->when.closed_time,
        .also = shape->beside ? "County Sheriff" : "",
        .others = people_say(&whom->words, other_people, sample->others, sizeof sample->others),
        .others_more = shape->others_more,
        .holders = people_say(&whom->words, shape->holders ? shape->holders : "", sample->holders,
                              sizeof sample->holders),
        .several = shape->holders == two_people,
        .holders_unsure = shape->unsure,
        .handed_by = people_say(&whom->words, shape->handed || shape->handed_on ? one_person : "",
                                sample->handed_by, sizeof sample->handed_by),
        .handed_back = shape->handed_back,
        .handed_to = people_say(&whom->words, shape->handed_on ? other_people : "",
                                sample->handed_to, sizeof sample->handed_to),
        .link = whom->worst ? longest_link : link,
        .answers = true,
    };
}

/* Nothing is known of the call of a drill (subject_drill.c). */
static void make_drill(struct notice *n)
{
    n->content.now = n->content.first = (struct facts){.relation = "at"};
    n->class_name = n->type_name = n->agency = n->incident_no = n->address = n->others = "";
    n->method = n->disposition = n->disposition_code = "";
}

void sample_make(struct sample *sample, size_t number, const struct sample_for *whom)
{
    const struct when_form form = {whom->words.language, whom->hours24, "UTC"};
    const struct shape *shape = &shapes[number];

    when_write(&sample->when, &form, OPENED, OPENED + LASTED_S,
               OPENED + (whom->worst || shape->late_s ? DAY_S : 0));
    make_notice(sample, shape, whom);
    make_facts(&sample->notice.content, shape, whom->worst);
    if (shape->drill)
        make_drill(&sample->notice);
    if (shape->calls)
        make_summary(&sample->notice, shape, whom->worst);
}
