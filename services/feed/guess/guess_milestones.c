/* See guess_names.h: names of times. */
#include "guess_names.h"

#include <string.h>

/* If a name has several of these words, the one with the most points decides which milestone it
 * is. */
static const struct {
    const char *word;
    enum guess_role role;
    int points;
} milestones[] = {
    {"close", GUESS_CLOSED, 40},      {"complete", GUESS_CLOSED, 38},
    {"finish", GUESS_CLOSED, 37},     {"end", GUESS_CLOSED, 37},
    {"terminated", GUESS_CLOSED, 34}, {"clear", GUESS_CLEARED, 40},
    {"available", GUESS_CLEARED, 32}, {"avail", GUESS_CLEARED, 32},
    {"onscene", GUESS_ON_SCENE, 39},  {"arrive", GUESS_ON_SCENE, 38},
    {"ar", GUESS_ON_SCENE, 30},       {"scene", GUESS_ON_SCENE, 31},
    {"os", GUESS_ON_SCENE, 30},       {"enroute", GUESS_EN_ROUTE, 39},
    {"respond", GUESS_EN_ROUTE, 30},  {"er", GUESS_EN_ROUTE, 30},
    {"rolling", GUESS_EN_ROUTE, 30},  {"dispatch", GUESS_DISPATCHED, 36},
    {"assign", GUESS_DISPATCHED, 35}, {"disp", GUESS_DISPATCHED, 32},
    {"toned", GUESS_DISPATCHED, 31},  {"allocated", GUESS_DISPATCHED, 33},
    {"attended", GUESS_ON_SCENE, 31}, {"notified", GUESS_DISPATCHED, 30},
    {"ds", GUESS_DISPATCHED, 30},     {"received", GUESS_RECEIVED, 39},
    {"pick", GUESS_RECEIVED, 36},     {"answered", GUESS_RECEIVED, 34},
    {"created", GUESS_RECEIVED, 33},  {"opened", GUESS_RECEIVED, 34},
    {"start", GUESS_RECEIVED, 32},    {"began", GUESS_RECEIVED, 30},
    {"reported", GUESS_RECEIVED, 32}, {"queue", GUESS_RECEIVED, 31},
    {"entry", GUESS_RECEIVED, 31},    {"added", GUESS_RECEIVED, 30},
    {"add", GUESS_RECEIVED, 30},      {"alarm", GUESS_RECEIVED, 30},
    {"placed", GUESS_RECEIVED, 30},   {"initiated", GUESS_RECEIVED, 28},
    {"report", GUESS_RECEIVED, 16},   {"response", GUESS_WHEN, 8},
    {"occurred", GUESS_WHEN, 18},     {"occur", GUESS_WHEN, 18},
    {"incident", GUESS_WHEN, 14},     {"event", GUESS_WHEN, 14},
    {"offense", GUESS_WHEN, 12},
};

static const char *const time_words[] = {"time", "date", "datetime", "timestamp", "when", NULL};

/* Words for times of the record, of a person, or of events elsewhere. */
static const char *const other_words[] = {
    "birth",     "dob",      "birthday",   "updated",     "update",      "modified",
    "modify",    "mod",      "upload",     "uploaded",    "changed",     "change",
    "version",   "load",     "loaded",     "export",      "exported",    "extract",
    "extracted", "insert",   "inserted",   "import",      "imported",    "refresh",
    "refreshed", "sync",     "synced",     "published",   "printed",     "print",
    "etl",       "edit",     "edited",     "audit",       "processed",   "archived",
    "archive",   "snapshot", "batch",      "row",         "record",      "warehouse",
    "dw",        "expires",  "expiration", "hired",       "hire",        "court",
    "due",       "hospital", "transport",  "transported", "destination", "depart",
    "left",      "shift",    "approved",   "approval",    "reviewed",    "review",
    "as",        "login",    "logon",      "logoff",      "download",    "downloaded",
    "migrated",  "ingest",   "ingested",   "posted",      "created_at",  "transferred",
    "transfer",  "geocoded", "saved",      "last_update", "effective",   "generated",
    NULL};

/* Words for durations. */
static const char *const length_words[] = {
    "elapsed", "duration", "minutes",  "mins",   "min",    "seconds", "secs", "sec",
    "hours",   "hrs",      "interval", "total",  "travel", "turnout", "lag",  "delay",
    "diff",    "avg",      "average",  "length", "wait",   NULL};

bool guess_words_is_other_time(const char *name)
{
    struct guess_words words;
    bool has_to, response;

    guess_words_of_name(name, &words);
    has_to = guess_words_has(&words, "to", 2) || guess_words_has(&words, "between", 7);
    response = guess_words_has(&words, "response", 8) && guess_words_has(&words, "time", 4);
    return guess_words_has_one(&words, other_words) || guess_words_has_one(&words, length_words) ||
           has_to || response;
}

/* Whether a time's name has words that are neither a milestone nor plain. */
static bool has_foreign(const struct guess_words *words)
{
    static const char *const plain[] = {
        "time",    "date",  "datetime", "timestamp", "when",     "first", "last",
        "unit",    "call",  "cad",      "incident",  "event",    "cfs",   "primary",
        "on",      "at",    "in",       "of",        "the",      "up",    "phone",
        "utc",     "local", "initial",  "original",  "response", "is",    "was",
        "service", "for",   "by",       "scene",     NULL};

    for (size_t i = 0; i < words->count; i++) {
        const char *word = words->word[i];
        bool known = strlen(word) == 1;

        for (const char *const *one = plain; !known && *one; one++)
            known = strcmp(*one, word) == 0;
        for (size_t m = 0; !known && m < sizeof milestones / sizeof milestones[0]; m++)
            known = strcmp(milestones[m].word, word) == 0;
        if (!known)
            return true;
    }
    return false;
}

/* "Call Time" is the receipt of the call, if no other word says more. */
static int plain_score(const struct guess_words *words, enum guess_role *role)
{
    *role = GUESS_WHEN;
    if (!guess_words_has_one(words, time_words))
        return 0;
    if (guess_words_has(words, "call", 4) || guess_words_has(words, "cfs", 3)) {
        *role = GUESS_RECEIVED;
        return 20;
    }
    return 8;
}

int guess_names_time(const char *name, enum guess_role *role)
{
    static const char *const later[] = {"last", "second", "2nd", "2", "unit", NULL};
    struct guess_words words;
    int best;

    guess_words_of_name(name, &words);
    best = plain_score(&words, role);
    for (size_t i = 0; i < sizeof milestones / sizeof milestones[0]; i++) {
        const char *word = milestones[i].word;
        bool named = guess_words_has(&words, word, strlen(word));

        /* An ambiguous word means a milestone only beside a word for a time. */
        if (!named || milestones[i].points <= best ||
            (milestones[i].points <= GUESS_EXPLICIT && !guess_words_has_one(&words, time_words)))
            continue;
        best = milestones[i].points;
        *role = milestones[i].role;
    }
    if (best == 0)
        *role = GUESS_WHEN;
    if (best > 12 && has_foreign(&words))
        best -= 12;
    if (best > 0 && guess_words_has(&words, "first", 5))
        return best + 1;
    return best > 4 && guess_words_has_one(&words, later) ? best - 1 : best;
}

bool guess_names_are_pair(const char *date, const char *clock)
{
    struct guess_words one, other;
    size_t at = 0;

    guess_words_of_name(date, &one);
    guess_words_of_name(clock, &other);
    for (size_t i = 0; i < one.count; i++) {
        if (strcmp(one.word[i], "date") == 0 || strcmp(one.word[i], "day") == 0)
            continue;
        while (at < other.count && strcmp(other.word[at], "time") == 0)
            at++;
        if (at == other.count || strcmp(one.word[i], other.word[at++]) != 0)
            return false;
    }
    while (at < other.count && strcmp(other.word[at], "time") == 0)
        at++;
    return at == other.count;
}
