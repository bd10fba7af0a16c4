/* See guess_lists.h. */
#include "guess_lists.h"

#include "guess_words.h"

#include <string.h>

static const char *const call_words[] = {
    "fire",      "ems",        "traffic",    "assault",  "alarm",     "accident",  "disturbance",
    "theft",     "burglary",   "suspicious", "medical",  "trespass",  "fight",     "welfare",
    "vehicle",   "robbery",    "weapon",     "shots",    "domestic",  "narcotics", "noise",
    "missing",   "runaway",    "vandalism",  "harass",   "threat",    "threats",   "hazard",
    "emergency", "overdose",   "cardiac",    "fall",     "collision", "burg",      "warrant",
    "parking",   "harassment", "shoplift",   "nuisance", "injury",    "crisis",    "fraud",
    "property",  "pursuit",    "complaint",  "prowler",  "stolen",    "mva",       "mvc",
    "lost",      "liquor",     "loitering",  "graffiti", "ordinance", "patrol",    NULL};
static const char *const street_words[] = {
    "st",    "street",  "ave",   "av",  "avenue", "rd",     "road",    "blvd",      "dr",
    "drive", "ln",      "lane",  "way", "ct",     "court",  "pl",      "hwy",       "pkwy",
    "block", "blk",     "ter",   "cir", "pike",   "circle", "terrace", "boulevard", "highway",
    "hwy",   "strasse", "place", "plz", "trl",    NULL};
static const char *const town_words[] = {"upper",   "lower",   "east", "west",  "north",    "south",
                                         "new",     "mount",   "lake", "fort",  "township", "twp",
                                         "borough", "village", "city", "saint", "county",   NULL};
static const char *const town_ends[] = {"town", "ville", "burg", "boro", "field", "ford", "ham",
                                        "ton",  "mouth", "port", "land", "wood",  "dale", NULL};
static const char *const status_words[] = {
    "citizen",     "noncitizen", "undocumented", "immigrant",    "immigration", "alien",
    "naturalized", "resident",   "deported",     "unauthorized", "visa",        NULL};

/* The most frequent given names in the United States, except those that are also words. */
static const char *const given_words[] = {
    "james",   "robert",  "john",     "michael",  "david",    "william",   "richard",   "joseph",
    "thomas",  "charles", "daniel",   "matthew",  "anthony",  "steven",    "paul",      "andrew",
    "joshua",  "kenneth", "kevin",    "brian",    "timothy",  "ronald",    "edward",    "jason",
    "jeffrey", "ryan",    "jacob",    "gary",     "nicholas", "eric",      "jonathan",  "stephen",
    "justin",  "scott",   "brandon",  "benjamin", "samuel",   "alexander", "jose",      "juan",
    "carlos",  "luis",    "mary",     "patricia", "jennifer", "linda",     "elizabeth", "barbara",
    "susan",   "jessica", "karen",    "sarah",    "lisa",     "nancy",     "sandra",    "betty",
    "ashley",  "emily",   "kimberly", "maria",    "michelle", "amanda",    "melissa",   "deborah",
    "rebecca", "laura",   "cynthia",  "amy",      "kathleen", "angela",    "jane",      "anna",
    "ana",     "emma",    "olivia",   "sophia",   NULL};

static const char *const place_words[] = {
    "school",     "high",       "hs",      "elem",     "elementary", "middle",    "ms",
    "es",         "academy",    "college", "park",     "center",     "centre",    "church",
    "temple",     "chapel",     "store",   "market",   "mall",       "shop",      "hospital",
    "clinic",     "pharmacy",   "library", "apts",     "apt",        "hotel",     "motel",
    "inn",        "restaurant", "cafe",    "grill",    "bar",        "bank",      "station",
    "memorial",   "field",      "stadium", "gym",      "hall",       "community", "club",
    "inc",        "llc",        "co",      "building", "tower",      "house",     "apartments",
    "university", "bridge",     "garage",  "lot",      NULL};

static bool ends_as_town(const struct guess_words *words)
{
    for (size_t i = 0; i < words->count; i++)
        for (const char *const *end = town_ends; *end; end++) {
            size_t size = strlen(words->word[i]), tail = strlen(*end);

            if (size > tail + 1 && strcmp(words->word[i] + size - tail, *end) == 0)
                return true;
        }
    return false;
}

bool guess_lists_has(enum guess_list list, const char *text)
{
    static const char *const *const lists[] = {call_words,   street_words, town_words,
                                               status_words, given_words,  place_words};
    struct guess_words words;

    guess_words_split(text, &words);
    return guess_words_has_one(&words, lists[list]) ||
           (list == GUESS_TOWN_WORDS && ends_as_town(&words));
}
