#include "words.h"

#include <stdio.h>
#include <string.h>

struct pair {
    const char *code, *words;
};

static const struct pair class_words[] = {
    {"weapon", "weapon reported"},
    {"violence", "violence reported"},
    {"threat", "threat reported"},
    {"medical", "medical call"},
    {"fire_hazard", "fire or hazard call"},
    {"missing_person", "missing person reported"},
    {"welfare", "welfare call"},
    {"disturbance", "disturbance reported"},
    {"drugs_alcohol", "drug or alcohol call"},
    {"suspicious", "suspicious activity reported"},
    {"alarm", "alarm"},
    {"traffic", "traffic call"},
    {"property", "property call"},
    {"police_activity", "police activity"},
};

static const struct pair type_words[] = {
    {"ACTSHOOT", "active shooter reported"},
    {"BOMB", "bomb threat reported"},
    {"FIGHT", "fight reported"},
    {"ROBBERY", "robbery reported"},
    {"RUNAWAY", "runaway reported"},
    {"SHOOT", "shooting reported"},
    {"STABBING", "stabbing reported"},
    {"TRESPASS", "trespass reported"},
};

static const struct pair relation_words[] = {
    {"at", "at"},
    {"next_to", "next to"},
    {"near", "near"},
    {"zone", "in the school zone of"},
    {"transport", "on transport of"},
    {"function", "at a function of"},
    {"elsewhere", "of"},
    {"uncertain", "possibly at"},
};

static const struct pair method_words[] = {
    {"campus", "inside the campus outline"},   {"radius", "by distance from the school"},
    {"address", "by the school's address"},    {"name", "by the name of the place"},
    {"block", "by the block of the school"},   {"corner", "by a corner of the school"},
    {"spelling", "by a name spelt nearly so"}, {"person", "decided by a person"},
};

static const char *const unit_words[FACTS_UNIT_STATES] = {
    [FACTS_UNITS_NONE] = "assigned", [FACTS_DISPATCHED] = "sent",   [FACTS_EN_ROUTE] = "on the way",
    [FACTS_ON_SCENE] = "on scene",   [FACTS_CLEAR] = "clear again",
};

static const char *find(const struct pair *pairs, size_t count, const char *code,
                        const char *fallback)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(pairs[i].code, code) == 0)
            return pairs[i].words;
    return fallback;
}

#define FIND(table, code, fallback) find(table, sizeof table / sizeof *table, code, fallback)

const char *words_what(const struct facts *facts)
{
    if (facts->sensitivity != FACTS_SAY_ALL)
        return "police call";
    return FIND(type_words, facts->type, FIND(class_words, facts->class, "police call"));
}

const char *words_relation(const char *relation)
{
    return FIND(relation_words, relation, "at");
}

bool words_uncertain(const struct facts *facts)
{
    return strcmp(facts->relation, "uncertain") == 0;
}

const char *words_method(const char *method)
{
    return FIND(method_words, method, "");
}

const char *words_units(const struct facts *facts, char *out, size_t size)
{
    out[0] = '\0';
    if (facts->units > 0)
        snprintf(out, size, "%d %s %s", facts->units, facts->units == 1 ? "unit" : "units",
                 unit_words[facts->unit_state]);
    return out;
}

const char *words_span(int64_t seconds, char *out, size_t size)
{
    static const struct {
        int64_t below, unit;
        const char *name;
    } spans[] = {
        {90, 1, "s"}, {90 * 60, 60, "min"}, {48 * 3600, 3600, "h"}, {INT64_MAX, 86400, "days"}};
    size_t i = 0;

    while (seconds >= spans[i].below)
        i++;
    snprintf(out, size, "%lld %s", (long long)(seconds / spans[i].unit), spans[i].name);
    return out;
}
