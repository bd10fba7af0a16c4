/* See guess_names.h: the roles other than times. */
#include "guess_names.h"

#include <ctype.h>
#include <string.h>

enum { ALONE = 8 };

/* Every word of `all` must stand in the name. */
static const struct {
    const char *all;
    enum guess_role role;
    int points;
} synonyms[] = {
    {"incident number", GUESS_INCIDENT, 38},
    {"cad number", GUESS_INCIDENT, 39},
    {"master incident", GUESS_INCIDENT, 36},
    {"incident id", GUESS_INCIDENT, 36},
    {"cad incident", GUESS_INCIDENT, 36},
    {"cad event", GUESS_INCIDENT, 36},
    {"cad id", GUESS_INCIDENT, 34},
    {"cad call", GUESS_INCIDENT, 33},
    {"event number", GUESS_INCIDENT, 35},
    {"event id", GUESS_INCIDENT, 32},
    {"call number", GUESS_INCIDENT, 34},
    {"call id", GUESS_INCIDENT, 32},
    {"cfs number", GUESS_INCIDENT, 35},
    {"cfs id", GUESS_INCIDENT, 33},
    {"service number", GUESS_INCIDENT, 32},
    {"run number", GUESS_INCIDENT, 32},
    {"occurrence number", GUESS_INCIDENT, 32},
    {"job number", GUESS_INCIDENT, 30},
    {"alarm number", GUESS_INCIDENT, 30},
    {"dispatch number", GUESS_INCIDENT, 28},
    {"incident key", GUESS_INCIDENT, 32},
    {"reference number", GUESS_INCIDENT, 20},
    {"item number", GUESS_INCIDENT, 24},
    {"incident", GUESS_INCIDENT, 22},
    {"cfs", GUESS_INCIDENT, 20},
    {"event", GUESS_INCIDENT, 12},
    {"item", GUESS_INCIDENT, 10},
    {"number", GUESS_INCIDENT, 8},
    {"id", GUESS_INCIDENT, 6},
    {"key", GUESS_INCIDENT, 5},
    {"case number", GUESS_REPORT, 36},
    {"case id", GUESS_REPORT, 31},
    {"report number", GUESS_REPORT, 37},
    {"report id", GUESS_REPORT, 32},
    {"rms number", GUESS_REPORT, 36},
    {"go number", GUESS_REPORT, 33},
    {"dr number", GUESS_REPORT, 33},
    {"ir number", GUESS_REPORT, 33},
    {"offense number", GUESS_REPORT, 32},
    {"case", GUESS_REPORT, 12},
    {"report", GUESS_REPORT, 12},
    {"call type", GUESS_CALL_TYPE, 36},
    {"initial type", GUESS_CALL_TYPE, 38},
    {"original type", GUESS_CALL_TYPE, 38},
    {"incident type", GUESS_CALL_TYPE, 35},
    {"event type", GUESS_CALL_TYPE, 35},
    {"cfs type", GUESS_CALL_TYPE, 35},
    {"problem type", GUESS_CALL_TYPE, 36},
    {"nature", GUESS_CALL_TYPE, 34},
    {"problem", GUESS_CALL_TYPE, 32},
    {"complaint", GUESS_CALL_TYPE, 24},
    {"offense", GUESS_CALL_TYPE, 22},
    {"crime", GUESS_CALL_TYPE, 20},
    {"activity", GUESS_CALL_TYPE, 18},
    {"call description", GUESS_CALL_TYPE, 31},
    {"incident description", GUESS_CALL_TYPE, 30},
    {"event description", GUESS_CALL_TYPE, 30},
    {"call code", GUESS_CALL_TYPE, 22},
    {"incident code", GUESS_CALL_TYPE, 22},
    {"event code", GUESS_CALL_TYPE, 22},
    {"radio code", GUESS_CALL_TYPE, 18},
    {"ten code", GUESS_CALL_TYPE, 18},
    {"signal", GUESS_CALL_TYPE, 18},
    {"type description", GUESS_CALL_TYPE, 34},
    {"type", GUESS_CALL_TYPE, 30},
    {"category", GUESS_CALL_TYPE, 16},
    {"call", GUESS_CALL_TYPE, 5},
    {"description", GUESS_CALL_TYPE, 8},
    {"code", GUESS_CALL_TYPE, 7},
    {"final type", GUESS_FINAL_TYPE, 37},
    {"final nature", GUESS_FINAL_TYPE, 37},
    {"final problem", GUESS_FINAL_TYPE, 36},
    {"final code", GUESS_FINAL_TYPE, 22},
    {"final description", GUESS_FINAL_TYPE, 24},
    {"close type", GUESS_FINAL_TYPE, 32},
    {"clear type", GUESS_FINAL_TYPE, 24},
    {"priority", GUESS_PRIORITY, 35},
    {"urgency", GUESS_PRIORITY, 24},
    {"disposition", GUESS_DISPOSITION, 38},
    {"clearance", GUESS_DISPOSITION, 32},
    {"disp", GUESS_DISPOSITION, 24},
    {"outcome", GUESS_DISPOSITION, 26},
    {"result", GUESS_DISPOSITION, 24},
    {"resolution", GUESS_DISPOSITION, 24},
    {"finding", GUESS_DISPOSITION, 16},
    {"close code", GUESS_DISPOSITION, 30},
    {"clear code", GUESS_DISPOSITION, 30},
    {"address", GUESS_ADDRESS, 36},
    {"hundred block", GUESS_ADDRESS, 36},
    {"block", GUESS_ADDRESS, 33},
    {"location", GUESS_ADDRESS, 34},
    {"street", GUESS_ADDRESS, 24},
    {"intersection", GUESS_ADDRESS, 22},
    {"where", GUESS_ADDRESS, 12},
    {"cross street", GUESS_CROSS, 38},
    {"cross", GUESS_CROSS, 26},
    {"place name", GUESS_PLACE_NAME, 35},
    {"common name", GUESS_PLACE_NAME, 35},
    {"common place", GUESS_PLACE_NAME, 35},
    {"common location", GUESS_PLACE_NAME, 34},
    {"business name", GUESS_PLACE_NAME, 35},
    {"location name", GUESS_PLACE_NAME, 36},
    {"premise name", GUESS_PLACE_NAME, 35},
    {"premise", GUESS_PLACE_NAME, 22},
    {"premises", GUESS_PLACE_NAME, 22},
    {"business", GUESS_PLACE_NAME, 22},
    {"school", GUESS_PLACE_NAME, 20},
    {"facility", GUESS_PLACE_NAME, 20},
    {"building", GUESS_PLACE_NAME, 18},
    {"landmark", GUESS_PLACE_NAME, 22},
    {"place", GUESS_PLACE_NAME, 18},
    {"city", GUESS_MUNICIPALITY, 35},
    {"municipality", GUESS_MUNICIPALITY, 38},
    {"town", GUESS_MUNICIPALITY, 35},
    {"township", GUESS_MUNICIPALITY, 34},
    {"borough", GUESS_MUNICIPALITY, 34},
    {"community", GUESS_MUNICIPALITY, 20},
    {"beat", GUESS_BEAT, 36},
    {"sector", GUESS_BEAT, 26},
    {"precinct", GUESS_BEAT, 24},
    {"police district", GUESS_BEAT, 26},
    {"patrol area", GUESS_BEAT, 26},
    {"patrol district", GUESS_BEAT, 26},
    {"patrol zone", GUESS_BEAT, 26},
    {"reporting area", GUESS_BEAT, 22},
    {"reporting district", GUESS_BEAT, 22},
    {"district", GUESS_BEAT, 18},
    {"zone", GUESS_BEAT, 18},
    {"grid", GUESS_BEAT, 18},
    {"area", GUESS_BEAT, 16},
    {"latitude", GUESS_LATITUDE, 39},
    {"y", GUESS_LATITUDE, 12},
    {"longitude", GUESS_LONGITUDE, 39},
    {"x", GUESS_LONGITUDE, 12},
    {"unit", GUESS_UNIT, 34},
    {"call sign", GUESS_UNIT, 34},
    {"apparatus", GUESS_UNIT, 26},
    {"car", GUESS_UNIT, 14},
};

/* Words that exclude roles: the name then means something else. */
static const struct {
    enum guess_role first, last;
    const char *word;
} strangers[] = {
    {GUESS_INCIDENT, GUESS_UNIT, "time"},
    {GUESS_INCIDENT, GUESS_UNIT, "date"},
    {GUESS_INCIDENT, GUESS_UNIT, "datetime"},
    {GUESS_INCIDENT, GUESS_UNIT, "timestamp"},
    {GUESS_INCIDENT, GUESS_UNIT, "year"},
    {GUESS_INCIDENT, GUESS_UNIT, "month"},
    {GUESS_INCIDENT, GUESS_UNIT, "day"},
    {GUESS_INCIDENT, GUESS_UNIT, "hour"},
    {GUESS_INCIDENT, GUESS_UNIT, "elapsed"},
    {GUESS_INCIDENT, GUESS_UNIT, "minutes"},
    {GUESS_INCIDENT, GUESS_UNIT, "seconds"},
    {GUESS_INCIDENT, GUESS_UNIT, "duration"},
    {GUESS_INCIDENT, GUESS_UNIT, "count"},
    {GUESS_INCIDENT, GUESS_UNIT, "total"},
    {GUESS_INCIDENT, GUESS_UNIT, "source"},
    {GUESS_INCIDENT, GUESS_UNIT, "status"},
    {GUESS_INCIDENT, GUESS_UNIT, "method"},
    {GUESS_INCIDENT, GUESS_UNIT, "how"},
    {GUESS_INCIDENT, GUESS_UNIT, "initiated"},
    {GUESS_INCIDENT, GUESS_UNIT, "batch"},
    {GUESS_INCIDENT, GUESS_UNIT, "load"},
    {GUESS_INCIDENT, GUESS_UNIT, "destination"},
    {GUESS_INCIDENT, GUESS_UNIT, "hospital"},
    {GUESS_INCIDENT, GUESS_UNIT, "station"},
    {GUESS_INCIDENT, GUESS_UNIT, "transport"},
    {GUESS_INCIDENT, GUESS_UNIT, "transported"},
    {GUESS_INCIDENT, GUESS_UNIT, "tow"},
    {GUESS_INCIDENT, GUESS_UNIT, "weapon"},
    {GUESS_INCIDENT, GUESS_UNIT, "flag"},
    {GUESS_INCIDENT, GUESS_REPORT, "type"},
    {GUESS_INCIDENT, GUESS_REPORT, "sub"},
    {GUESS_INCIDENT, GUESS_REPORT, "description"},
    {GUESS_INCIDENT, GUESS_REPORT, "address"},
    {GUESS_INCIDENT, GUESS_REPORT, "location"},
    {GUESS_INCIDENT, GUESS_REPORT, "city"},
    {GUESS_INCIDENT, GUESS_REPORT, "category"},
    {GUESS_INCIDENT, GUESS_REPORT, "nature"},
    {GUESS_INCIDENT, GUESS_REPORT, "priority"},
    {GUESS_INCIDENT, GUESS_REPORT, "disposition"},
    {GUESS_INCIDENT, GUESS_REPORT, "name"},
    {GUESS_INCIDENT, GUESS_REPORT, "code"},
    {GUESS_INCIDENT, GUESS_REPORT, "unit"},
    {GUESS_INCIDENT, GUESS_REPORT, "object"},
    {GUESS_INCIDENT, GUESS_REPORT, "row"},
    {GUESS_INCIDENT, GUESS_REPORT, "related"},
    {GUESS_INCIDENT, GUESS_REPORT, "parent"},
    {GUESS_INCIDENT, GUESS_REPORT, "agency"},
    {GUESS_INCIDENT, GUESS_REPORT, "district"},
    {GUESS_INCIDENT, GUESS_REPORT, "beat"},
    {GUESS_INCIDENT, GUESS_REPORT, "area"},
    {GUESS_INCIDENT, GUESS_REPORT, "zone"},
    {GUESS_INCIDENT, GUESS_REPORT, "house"},
    {GUESS_INCIDENT, GUESS_REPORT, "street"},
    {GUESS_CALL_TYPE, GUESS_FINAL_TYPE, "number"},
    {GUESS_CALL_TYPE, GUESS_FINAL_TYPE, "sub"},
    {GUESS_CALL_TYPE, GUESS_FINAL_TYPE, "id"},
    {GUESS_CALL_TYPE, GUESS_FINAL_TYPE, "location"},
    {GUESS_CALL_TYPE, GUESS_FINAL_TYPE, "address"},
    {GUESS_CALL_TYPE, GUESS_FINAL_TYPE, "street"},
    {GUESS_CALL_TYPE, GUESS_FINAL_TYPE, "unit"},
    {GUESS_CALL_TYPE, GUESS_FINAL_TYPE, "disposition"},
    {GUESS_CALL_TYPE, GUESS_FINAL_TYPE, "disp"},
    {GUESS_CALL_TYPE, GUESS_FINAL_TYPE, "clearance"},
    {GUESS_CALL_TYPE, GUESS_FINAL_TYPE, "priority"},
    {GUESS_CALL_TYPE, GUESS_FINAL_TYPE, "premise"},
    {GUESS_CALL_TYPE, GUESS_FINAL_TYPE, "place"},
    {GUESS_CALL_TYPE, GUESS_FINAL_TYPE, "agency"},
    {GUESS_CALL_TYPE, GUESS_FINAL_TYPE, "vehicle"},
    {GUESS_CALL_TYPE, GUESS_FINAL_TYPE, "report"},
    {GUESS_CALL_TYPE, GUESS_FINAL_TYPE, "city"},
    {GUESS_CALL_TYPE, GUESS_FINAL_TYPE, "zone"},
    {GUESS_CALL_TYPE, GUESS_FINAL_TYPE, "area"},
    {GUESS_CALL_TYPE, GUESS_FINAL_TYPE, "received"},
    {GUESS_CALL_TYPE, GUESS_CALL_TYPE, "final"},
    {GUESS_CALL_TYPE, GUESS_CALL_TYPE, "close"},
    {GUESS_PRIORITY, GUESS_PRIORITY, "unit"},
    {GUESS_DISPOSITION, GUESS_DISPOSITION, "unit"},
    {GUESS_DISPOSITION, GUESS_DISPOSITION, "number"},
    {GUESS_ADDRESS, GUESS_CROSS, "type"},
    {GUESS_ADDRESS, GUESS_CROSS, "id"},
    {GUESS_ADDRESS, GUESS_CROSS, "code"},
    {GUESS_ADDRESS, GUESS_CROSS, "number"},
    {GUESS_ADDRESS, GUESS_CROSS, "city"},
    {GUESS_ADDRESS, GUESS_CROSS, "zip"},
    {GUESS_ADDRESS, GUESS_CROSS, "state"},
    {GUESS_ADDRESS, GUESS_CROSS, "county"},
    {GUESS_ADDRESS, GUESS_CROSS, "district"},
    {GUESS_ADDRESS, GUESS_CROSS, "beat"},
    {GUESS_ADDRESS, GUESS_CROSS, "agency"},
    {GUESS_ADDRESS, GUESS_CROSS, "unit"},
    {GUESS_ADDRESS, GUESS_CROSS, "apartment"},
    {GUESS_ADDRESS, GUESS_CROSS, "suffix"},
    {GUESS_ADDRESS, GUESS_CROSS, "prefix"},
    {GUESS_ADDRESS, GUESS_CROSS, "direction"},
    {GUESS_ADDRESS, GUESS_CROSS, "email"},
    {GUESS_ADDRESS, GUESS_CROSS, "ip"},
    {GUESS_ADDRESS, GUESS_CROSS, "point"},
    {GUESS_ADDRESS, GUESS_CROSS, "category"},
    {GUESS_ADDRESS, GUESS_CROSS, "geo"},
    {GUESS_ADDRESS, GUESS_ADDRESS, "cross"},
    {GUESS_ADDRESS, GUESS_ADDRESS, "common"},
    {GUESS_PLACE_NAME, GUESS_MUNICIPALITY, "type"},
    {GUESS_PLACE_NAME, GUESS_MUNICIPALITY, "id"},
    {GUESS_PLACE_NAME, GUESS_MUNICIPALITY, "number"},
    {GUESS_PLACE_NAME, GUESS_MUNICIPALITY, "category"},
    {GUESS_PLACE_NAME, GUESS_MUNICIPALITY, "council"},
    {GUESS_PLACE_NAME, GUESS_MUNICIPALITY, "district"},
    {GUESS_PLACE_NAME, GUESS_MUNICIPALITY, "limits"},
    {GUESS_PLACE_NAME, GUESS_PLACE_NAME, "code"},
    {GUESS_PLACE_NAME, GUESS_PLACE_NAME, "address"},
    {GUESS_BEAT, GUESS_BEAT, "council"},
    {GUESS_BEAT, GUESS_BEAT, "school"},
    {GUESS_BEAT, GUESS_BEAT, "supervisor"},
    {GUESS_BEAT, GUESS_BEAT, "fire"},
    {GUESS_BEAT, GUESS_BEAT, "congressional"},
    {GUESS_BEAT, GUESS_BEAT, "neighborhood"},
    {GUESS_BEAT, GUESS_BEAT, "type"},
    {GUESS_BEAT, GUESS_BEAT, "code6"},
    {GUESS_UNIT, GUESS_UNIT, "type"},
    {GUESS_UNIT, GUESS_UNIT, "address"},
    {GUESS_UNIT, GUESS_UNIT, "street"},
    {GUESS_UNIT, GUESS_UNIT, "location"},
    {GUESS_UNIT, GUESS_UNIT, "apartment"},
    {GUESS_UNIT, GUESS_UNIT, "apt"},
};

/* Words that contradict no role. */
static const char *const plain[] = {
    "cad",   "call",    "incident", "event", "cfs",         "initial", "original", "primary",
    "first", "the",     "of",       "code",  "description", "text",    "name",     "number",
    "id",    "current", "full",     "final", "for",         "service", "main",     "police",
    "pd",    "value",   "street",   "block", "cfs",         "assign",  "respond",  "utc",
    "local", "case",    "hundred",  NULL};

static int count_words(const char *all, const struct guess_words *words)
{
    int count = 0;

    for (const char *at = all; *at;) {
        size_t size = strcspn(at, " ");

        if (!guess_words_has(words, at, size))
            return 0;
        at += size + strspn(at + size, " ");
        count++;
    }
    return count;
}

static bool says(const char *all, const char *word)
{
    size_t size = strlen(word);

    for (const char *at = strstr(all, word); at; at = strstr(at + 1, word))
        if ((at == all || at[-1] == ' ') && (at[size] == ' ' || at[size] == '\0'))
            return true;
    return false;
}

/* Counts the words of the name that neither the synonym nor the plain words explain. */
static int count_foreign(const char *all, const struct guess_words *words)
{
    int count = 0;

    for (size_t i = 0; i < words->count; i++) {
        bool known = says(all, words->word[i]) || strlen(words->word[i]) == 1;

        for (const char *const *one = plain; !known && *one; one++)
            known = strcmp(*one, words->word[i]) == 0;
        count += !known;
    }
    return count;
}

/* Whether the name has no further word: "No" and "ID" mean enough only alone. */
static bool is_alone(const char *all, const struct guess_words *words)
{
    for (size_t i = 0; i < words->count; i++)
        if (!says(all, words->word[i]))
            return false;
    return true;
}

/* Of two columns for one role, prefers the one that states it as dispatch does. */
static int lean(const struct guess_words *words, enum guess_role role)
{
    static const char *const coarse[] = {"group", "subgroup", "category", "class", NULL};
    static const char *const first[] = {"initial", "original", "primary", "full", NULL};
    static const char *const second[] = {"secondary", "other", "2", "3", "code", NULL};
    static const char *const described[] = {"description", "text", NULL};
    static const char *const own[] = {"incident", "event", "call", "scene", NULL};
    int points = guess_words_has_one(words, coarse) && words->count > 1 ? -12 : 0;

    points += guess_words_has_one(words, first) ? 3 : 0;
    points -= guess_words_has_one(words, second) ? 3 : 0;
    points += guess_words_has_one(words, described) ? 3 : 0;
    if (role == GUESS_ADDRESS || role == GUESS_MUNICIPALITY)
        points += guess_words_has_one(words, own) ? 3 : 0;
    return points;
}

static bool is_stranger(const struct guess_words *words, enum guess_role role)
{
    for (size_t i = 0; i < sizeof strangers / sizeof strangers[0]; i++)
        if (role >= strangers[i].first && role <= strangers[i].last &&
            guess_words_has(words, strangers[i].word, strlen(strangers[i].word)))
            return true;
    return false;
}

int guess_words_score(const char *name, enum guess_role role)
{
    struct guess_words words;
    int best = 0;

    if (role <= GUESS_WHEN) {
        enum guess_role of;
        int score = guess_names_time(name, &of);

        return of == role ? score : 0;
    }
    guess_words_of_name(name, &words);
    if (is_stranger(&words, role))
        return 0;
    for (size_t i = 0; i < sizeof synonyms / sizeof synonyms[0]; i++) {
        int count = synonyms[i].role == role ? count_words(synonyms[i].all, &words) : 0;
        int score = count > 0 ? synonyms[i].points - 4 * count_foreign(synonyms[i].all, &words) : 0;

        if (synonyms[i].points <= ALONE && !is_alone(synonyms[i].all, &words))
            continue;
        best = score > best ? score : best;
    }
    if (best > 0)
        best += lean(&words, role);
    return best > 0 ? best : 0;
}

bool guess_words_is_position(const char *name)
{
    static const char *const words_of[] = {"x",         "y",          "coord",   "latitude",
                                           "longitude", "coordinate", "easting", "northing",
                                           "plane",     NULL};
    struct guess_words words;

    guess_words_of_name(name, &words);
    return guess_words_has_one(&words, words_of);
}

enum guess_part guess_names_part(const char *name)
{
    static const struct {
        const char *all;
        enum guess_part part;
    } parts[] = {{"post direction", GUESS_POST},     {"suffix direction", GUESS_POST},
                 {"prefix direction", GUESS_PREFIX}, {"street direction", GUESS_PREFIX},
                 {"direction", GUESS_PREFIX},        {"prefix", GUESS_PREFIX},
                 {"street number", GUESS_HOUSE},     {"house number", GUESS_HOUSE},
                 {"block number", GUESS_HOUSE},      {"address number", GUESS_HOUSE},
                 {"building number", GUESS_HOUSE},   {"house", GUESS_HOUSE},
                 {"street type", GUESS_SUFFIX},      {"road type", GUESS_SUFFIX},
                 {"address type", GUESS_SUFFIX},     {"address street", GUESS_STREET},
                 {"address prefix", GUESS_PREFIX},   {"suffix", GUESS_SUFFIX},
                 {"apartment", GUESS_APARTMENT},     {"suite", GUESS_APARTMENT},
                 {"street unit", GUESS_APARTMENT},   {"address unit", GUESS_APARTMENT},
                 {"street name", GUESS_STREET},      {"road name", GUESS_STREET},
                 {"street", GUESS_STREET},           {"road", GUESS_STREET},
                 {"hundred block", GUESS_HOUSE},     {"block", GUESS_HOUSE},
                 {"location", GUESS_STREET}};
    static const char *const others[] = {"cross", "intersection", "city", "zip", "type2", NULL};
    struct guess_words words;

    guess_words_of_name(name, &words);
    for (size_t i = 0; !guess_words_has_one(&words, others) && i < sizeof parts / sizeof parts[0];
         i++)
        if (count_words(parts[i].all, &words) > 0)
            return parts[i].part;
    return GUESS_PARTS;
}
