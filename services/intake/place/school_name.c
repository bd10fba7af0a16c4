#include "school_name.h"

#include "intake_words.h"

#include <stdio.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))

static const struct {
    const char *word;
    enum school_level level;
} levels[] = {
    {"ES", LEVEL_ES},         {"EL", LEVEL_ES},          {"ELEM", LEVEL_ES},
    {"ELEMENTARY", LEVEL_ES}, {"ELEMTARY", LEVEL_ES},    {"ELE", LEVEL_ES},
    {"MS", LEVEL_MS},         {"MIDDLE", LEVEL_MS},      {"MID", LEVEL_MS},
    {"JHS", LEVEL_MS},        {"HS", LEVEL_HS},          {"HIGH", LEVEL_HS},
    {"K8", LEVEL_K8},         {"SCHOOL", LEVEL_SCHOOL},  {"SCH", LEVEL_SCHOOL},
    {"SCHL", LEVEL_SCHOOL},   {"SCHOOLS", LEVEL_SCHOOL},
};

/* Variants of a word, and the form that replaces them; "" drops the word. */
static const struct words_pair same[] = {
    {"ACAD", "ACADEMY"},   {"BCH", "BEACH"},
    {"CENTRE", "CENTER"},  {"CRK", "CREEK"},
    {"CTR", "CENTER"},     {"FT", "FORT"},
    {"HGTS", "HEIGHTS"},   {"HTS", "HEIGHTS"},
    {"INTERNATIONAL", ""}, {"INTL", ""},
    {"INTNL", ""},         {"JR", ""},
    {"LK", "LAKE"},        {"MLK", "MARTIN LUTHER KING"},
    {"MT", "MOUNT"},       {"OF", ""},
    {"PK", "PARK"},        {"PT", "POINT"},
    {"ST", "SAINT"},       {"THE", ""},
};

static const struct words_pair compass[] = {
    {"E", "EAST"}, {"N", "NORTH"}, {"NO", "NORTH"}, {"S", "SOUTH"}, {"SO", "SOUTH"}, {"W", "WEST"},
};

/* Parts of a school, and words for a position in it: they do not change the meaning. */
static const char *const parts[] = {
    "GYM",    "GYMNASIUM", "FIELD",      "FIELDS",    "STADIUM",    "LOT",      "PARKING",
    "OFFICE", "MAIN",      "LIBRARY",    "CAFETERIA", "PLAYGROUND", "ENTRANCE", "PORTABLE",
    "TRACK",  "FRONT",     "REAR",       "NORTH",     "SOUTH",      "EAST",     "WEST",
    "SIDE",   "FOOTBALL",  "SOCCER",     "CAMPUS",    "BUILDING",   "BLDG",     "ROOM",
    "RM",     "POOL",      "AUDITORIUM", "BUS",       "LOADING",    "ZONE",     "GROUNDS",
    "TENNIS", "COURTS",    "BASEBALL",   "HALLWAY",   "LUNCHROOM",  "AT",       "ON",
    "IN",
};

static bool is_part(const char *word)
{
    for (size_t i = 0; i < COUNT(parts); i++)
        if (strcmp(word, parts[i]) == 0)
            return true;
    return word[strspn(word, "0123456789")] == '\0' || strlen(word) == 1;
}

static enum school_level level_of(const char *word)
{
    for (size_t i = 0; i < COUNT(levels); i++)
        if (strcmp(word, levels[i].word) == 0)
            return levels[i].level;
    return LEVEL_NONE;
}

static bool is_letter(const char *word)
{
    return word[0] >= 'A' && word[0] <= 'Z' && word[1] == '\0';
}

static const struct {
    const char *first, *second, *both;
} pairs[] = {
    {"K", "8", "K8"},      {"SR", "HIGH", "HIGH"},    {"SENIOR", "HIGH", "HIGH"},
    {"JR", "HIGH", "JHS"}, {"JUNIOR", "HIGH", "JHS"},
};

/* "B F DAY" is "BF DAY", "K 8" is "K8", "JR HIGH" is "JHS". */
static void join_pairs(struct words *w)
{
    for (size_t i = 0; i + 1 < w->count; i++) {
        char both[WORD_SIZE] = "";

        for (size_t p = 0; p < COUNT(pairs); p++)
            if (strcmp(w->word[i], pairs[p].first) == 0 &&
                strcmp(w->word[i + 1], pairs[p].second) == 0)
                snprintf(both, sizeof both, "%s", pairs[p].both);
        if (!both[0] && is_letter(w->word[i]) && is_letter(w->word[i + 1]))
            snprintf(both, sizeof both, "%c%c", w->word[i][0], w->word[i + 1][0]);
        if (!both[0])
            continue;
        snprintf(w->word[i], WORD_SIZE, "%s", both);
        words_remove(w, i + 1, 1);
    }
}

static void make_same(struct words *w)
{
    for (size_t i = 0; i < w->count;) {
        const char *to = words_look(same, COUNT(same), w->word[i]);

        if (!to && i == 0 && w->count > 1)
            to = words_look(compass, COUNT(compass), w->word[0]);
        if (to && !to[0]) {
            words_remove(w, i, 1);
            continue;
        }
        if (to)
            snprintf(w->word[i], WORD_SIZE, "%s", to);
        i++;
    }
}

void school_name_read(const char *text, struct school_name *out)
{
    struct words w;
    size_t end, after;

    memset(out, 0, sizeof *out);
    words_split(text, strcspn(text, "(#"), &w);
    join_pairs(&w);
    make_same(&w);
    /* The first word of a level that leaves a core before it; "K8 STEM" has it in front. */
    for (end = 1; end < w.count && !level_of(w.word[end]);)
        end++;
    if (w.count && strcmp(w.word[0], "K8") == 0) {
        out->level = LEVEL_K8;
        words_remove(&w, 0, 1);
        end = end > 0 ? end - 1 : 0;
    }
    for (after = end; after < w.count && level_of(w.word[after]); after++)
        if (out->level <= LEVEL_SCHOOL || level_of(w.word[after]) == LEVEL_K8)
            out->level =
                level_of(w.word[after]) > out->level ? level_of(w.word[after]) : out->level;
    for (size_t i = after; i < w.count; i++)
        out->more |= !is_part(w.word[i]);
    words_join(&w, 0, end, out->core, sizeof out->core);
    if (end == 1 && level_of(w.word[0])) /* "HIGH SCHOOL" alone names no school */
        out->core[0] = '\0';
}

enum school_level school_level_of(const char *word)
{
    static const struct {
        const char *word;
        enum school_level level;
    } rows[] = {
        {"elementary", LEVEL_ES}, {"middle", LEVEL_MS}, {"high", LEVEL_HS}, {"k8", LEVEL_K8}};

    for (size_t i = 0; i < COUNT(rows); i++)
        if (strcmp(word, rows[i].word) == 0)
            return rows[i].level;
    return LEVEL_NONE;
}

bool school_level_fits(enum school_level said, enum school_level school)
{
    if (said <= LEVEL_SCHOOL || school <= LEVEL_SCHOOL || said == school)
        return true;
    return school == LEVEL_K8 && said != LEVEL_HS;
}
