/* See guess_words.h. */
#include "guess_words.h"

#include <ctype.h>
#include <string.h>

enum { MAX_WORDS = 16, WORD_ROOM = 24, SQUASHED_ROOM = 128, SUBSTRING_MIN = 5 };

struct words {
    char word[MAX_WORDS][WORD_ROOM];
    size_t count;
    char squashed[SQUASHED_ROOM]; /* all of them without what stands between */
};

/* Every word of `all` must stand in the name; the more of them, the surer. */
static const struct {
    const char *all;
    enum guess_role role;
    int bonus;
} synonyms[] = {
    {"received", GUESS_RECEIVED, 5},
    {"create", GUESS_RECEIVED, 3},
    {"created", GUESS_RECEIVED, 3},
    {"rcvd", GUESS_RECEIVED, 5},
    {"recd", GUESS_RECEIVED, 5},
    {"opened", GUESS_RECEIVED, 2},
    {"entered", GUESS_RECEIVED, 1},
    {"entry", GUESS_RECEIVED, 1},
    {"reported", GUESS_RECEIVED, 2},
    {"queued", GUESS_RECEIVED, 1},
    {"start", GUESS_RECEIVED, 1},
    {"call time", GUESS_RECEIVED, 1},
    {"call date", GUESS_RECEIVED, 1},
    {"call datetime", GUESS_RECEIVED, 1},
    {"dispatch", GUESS_DISPATCHED, 2},
    {"dispatched", GUESS_DISPATCHED, 3},
    {"dsp", GUESS_DISPATCHED, 1},
    {"disp", GUESS_DISPATCHED, 1},
    {"en route", GUESS_EN_ROUTE, 2},
    {"enroute", GUESS_EN_ROUTE, 5},
    {"enrt", GUESS_EN_ROUTE, 5},
    {"enr", GUESS_EN_ROUTE, 3},
    {"responding", GUESS_EN_ROUTE, 2},
    {"scene", GUESS_ON_SCENE, 3},
    {"arrived", GUESS_ON_SCENE, 3},
    {"arrival", GUESS_ON_SCENE, 3},
    {"arrive", GUESS_ON_SCENE, 3},
    {"arr", GUESS_ON_SCENE, 2},
    {"arrv", GUESS_ON_SCENE, 3},
    {"arvd", GUESS_ON_SCENE, 3},
    {"arrvd", GUESS_ON_SCENE, 3},
    {"onscene", GUESS_ON_SCENE, 5},
    {"cleared", GUESS_CLEARED, 3},
    {"clear", GUESS_CLEARED, 3},
    {"clr", GUESS_CLEARED, 2},
    {"clrd", GUESS_CLEARED, 3},
    {"closed", GUESS_CLOSED, 3},
    {"close", GUESS_CLOSED, 3},
    {"clsd", GUESS_CLOSED, 3},
    {"completed", GUESS_CLOSED, 2},
    {"end", GUESS_CLOSED, 1},
    {"time", GUESS_WHEN, -4},
    {"date", GUESS_WHEN, -4},
    {"datetime", GUESS_WHEN, -3},
    {"timestamp", GUESS_WHEN, -3},
    {"dttm", GUESS_WHEN, -3},
    {"when", GUESS_WHEN, -3},
    {"occurred", GUESS_WHEN, 0},
    {"incident number", GUESS_INCIDENT, 5},
    {"incident id", GUESS_INCIDENT, 4},
    {"inc number", GUESS_INCIDENT, 3},
    {"cad number", GUESS_INCIDENT, 6},
    {"cad id", GUESS_INCIDENT, 4},
    {"cad event", GUESS_INCIDENT, 4},
    {"event number", GUESS_INCIDENT, 3},
    {"event id", GUESS_INCIDENT, 1},
    {"call number", GUESS_INCIDENT, 2},
    {"call id", GUESS_INCIDENT, 2},
    {"cfs number", GUESS_INCIDENT, 4},
    {"cfs id", GUESS_INCIDENT, 3},
    {"run number", GUESS_INCIDENT, 1},
    {"occ number", GUESS_INCIDENT, 2},
    {"incident", GUESS_INCIDENT, 0},
    {"inc", GUESS_INCIDENT, -2},
    {"cfs", GUESS_INCIDENT, 0},
    {"id", GUESS_INCIDENT, -8},
    {"case number", GUESS_REPORT, 3},
    {"case id", GUESS_REPORT, 1},
    {"report number", GUESS_REPORT, 4},
    {"report id", GUESS_REPORT, 2},
    {"rms number", GUESS_REPORT, 3},
    {"go number", GUESS_REPORT, 1},
    {"offense number", GUESS_REPORT, 1},
    {"case", GUESS_REPORT, -2},
    {"report", GUESS_REPORT, -2},
    {"rpt number", GUESS_REPORT, 4},
    {"rpt", GUESS_REPORT, -2},
    {"call type", GUESS_CALL_TYPE, 5},
    {"initial type", GUESS_CALL_TYPE, 5},
    {"original type", GUESS_CALL_TYPE, 5},
    {"incident type", GUESS_CALL_TYPE, 4},
    {"event type", GUESS_CALL_TYPE, 4},
    {"nature", GUESS_CALL_TYPE, 6},
    {"problem", GUESS_CALL_TYPE, 4},
    {"call description", GUESS_CALL_TYPE, 1},
    {"incident description", GUESS_CALL_TYPE, 0},
    {"event description", GUESS_CALL_TYPE, 0},
    {"type", GUESS_CALL_TYPE, 0},
    {"typ", GUESS_CALL_TYPE, 0},
    {"tyc", GUESS_CALL_TYPE, 0},
    {"final type", GUESS_FINAL_TYPE, 5},
    {"final nature", GUESS_FINAL_TYPE, 5},
    {"closed type", GUESS_FINAL_TYPE, 3},
    {"priority", GUESS_PRIORITY, 5},
    {"pri", GUESS_PRIORITY, 2},
    {"prio", GUESS_PRIORITY, 4},
    {"urgency", GUESS_PRIORITY, 2},
    {"disposition", GUESS_DISPOSITION, 8},
    {"dispo", GUESS_DISPOSITION, 6},
    {"disp", GUESS_DISPOSITION, 3},
    {"clearance", GUESS_DISPOSITION, 6},
    {"outcome", GUESS_DISPOSITION, 3},
    {"result", GUESS_DISPOSITION, 2},
    {"resolution", GUESS_DISPOSITION, 2},
    {"close code", GUESS_DISPOSITION, 3},
    {"address", GUESS_ADDRESS, 7},
    {"addr", GUESS_ADDRESS, 6},
    {"hundred block", GUESS_ADDRESS, 6},
    {"block", GUESS_ADDRESS, 4},
    {"location", GUESS_ADDRESS, 4},
    {"loc", GUESS_ADDRESS, 3},
    {"street", GUESS_ADDRESS, 2},
    {"intersection", GUESS_ADDRESS, 2},
    {"cross street", GUESS_CROSS, 8},
    {"cross streets", GUESS_CROSS, 8},
    {"cross", GUESS_CROSS, 4},
    {"xstreet", GUESS_CROSS, 6},
    {"place name", GUESS_PLACE_NAME, 5},
    {"common name", GUESS_PLACE_NAME, 5},
    {"common place", GUESS_PLACE_NAME, 5},
    {"business name", GUESS_PLACE_NAME, 5},
    {"location name", GUESS_PLACE_NAME, 5},
    {"loc name", GUESS_PLACE_NAME, -4},
    {"premise name", GUESS_PLACE_NAME, 5},
    {"premise", GUESS_PLACE_NAME, 3},
    {"premises", GUESS_PLACE_NAME, 3},
    {"business", GUESS_PLACE_NAME, 3},
    {"school", GUESS_PLACE_NAME, 3},
    {"facility", GUESS_PLACE_NAME, 3},
    {"bldg", GUESS_PLACE_NAME, 1},
    {"building", GUESS_PLACE_NAME, 1},
    {"landmark", GUESS_PLACE_NAME, 3},
    {"place", GUESS_PLACE_NAME, 0},
    {"city", GUESS_MUNICIPALITY, 5},
    {"municipality", GUESS_MUNICIPALITY, 8},
    {"town", GUESS_MUNICIPALITY, 5},
    {"township", GUESS_MUNICIPALITY, 5},
    {"twp", GUESS_MUNICIPALITY, 4},
    {"borough", GUESS_MUNICIPALITY, 4},
    {"beat", GUESS_BEAT, 5},
    {"sector", GUESS_BEAT, 3},
    {"precinct", GUESS_BEAT, 2},
    {"patrol area", GUESS_BEAT, 2},
    {"reporting area", GUESS_BEAT, 2},
    {"latitude", GUESS_LATITUDE, 9},
    {"lat", GUESS_LATITUDE, 8},
    {"y", GUESS_LATITUDE, 0},
    {"longitude", GUESS_LONGITUDE, 9},
    {"lon", GUESS_LONGITUDE, 8},
    {"long", GUESS_LONGITUDE, 8},
    {"lng", GUESS_LONGITUDE, 8},
    {"x", GUESS_LONGITUDE, 0},
    {"unit", GUESS_UNIT, 5},
    {"units", GUESS_UNIT, 3},
    {"call sign", GUESS_UNIT, 4},
};

/* One word of these in the name, or a long one within it, is enough: better left out than sent. */
static const char *const immigration[] = {
    "immigration", "immigrant",  "citizen", "citizenship", "nationality", "alien", "visa", "deport",
    "naturalized", "birthplace", "uscis",   "pob",         "detainer",    "imm",   NULL};
static const char *const person[] = {
    "caller",    "complainant", "callback",   "phone",    "telephone",  "tel",      "mobile",
    "dob",       "birth",       "birthday",   "age",      "race",       "sex",      "gender",
    "ethnicity", "ssn",         "license",    "licence",  "plate",      "vin",      "email",
    "victim",    "suspect",     "subject",    "officer",  "deputy",     "badge",    "employee",
    "patient",   "student",     "witness",    "offender", "rp",         "parent",   "guardian",
    "contact",   "calltaker",   "dispatcher", "operator", "defendant",  "juvenile", "owner",
    "subj",      "involved",    "complnt",    "vic",      "susp",       "mni",      "firstnm",
    "firstname", "lastname",    "fullname",   "surname",  "personname", "arrestee", NULL};
static const char *const free_text[] = {
    "remarks", "remark",   "narrative", "comments", "comment", "notes",   "note",     "details",
    "detail",  "synopsis", "text",      "message",  "memo",    "summary", "freetext", "freeform",
    "rmk",     "rmks",     "cmt",       "cmts",     "cmnt",    "narr",    "txt",      NULL};
static const char *const other_times[] = {"birth",  "dob",     "birthday", "updated",  "modified",
                                          "upload", "changed", "version",  "uploaded", NULL};

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

/* The given names that are most frequent in the United States, but for those that are words. */
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

static bool is_letter(unsigned char c)
{
    return isalpha(c) || c >= 0x80;
}

/* "CallType_No" is call, type, number. */
static void split(const char *text, struct words *words)
{
    size_t size = 0, squashed = 0;
    unsigned char before = 0;

    words->count = 0;
    for (const unsigned char *at = (const unsigned char *)text;; before = *at++) {
        bool inside = is_letter(*at) || isdigit(*at);
        bool begins = (isupper(*at) && islower(before)) || (isdigit(*at) && is_letter(before)) ||
                      (is_letter(*at) && isdigit(before));

        if (size > 0 && (!inside || begins)) {
            words->word[words->count++][size] = '\0';
            size = 0;
        }
        if (!*at || words->count == MAX_WORDS)
            break;
        if (!inside)
            continue;
        if (size < WORD_ROOM - 1)
            words->word[words->count][size++] = (char)tolower(*at);
        if (squashed < SQUASHED_ROOM - 1)
            words->squashed[squashed++] = (char)tolower(*at);
    }
    words->squashed[squashed] = '\0';
}

/* "No", "Num" and "Nbr" are numbers, "Nm" is a name. */
static void split_name(const char *name, struct words *words)
{
    static const char *const numbers[] = {"no", "num", "nbr", "nr"};

    split(name, words);
    for (size_t i = 0; i < words->count; i++)
        for (size_t j = 0; j < sizeof numbers / sizeof numbers[0]; j++)
            if (strcmp(words->word[i], numbers[j]) == 0)
                strcpy(words->word[i], "number");
    for (size_t i = 0; i < words->count; i++)
        if (strcmp(words->word[i], "nm") == 0)
            strcpy(words->word[i], "name");
    if (strchr(name, '#') && words->count < MAX_WORDS)
        strcpy(words->word[words->count++], "number");
}

static bool has_word(const struct words *words, const char *word, size_t size)
{
    for (size_t i = 0; i < words->count; i++)
        if (strncmp(words->word[i], word, size) == 0 && words->word[i][size] == '\0')
            return true;
    return false;
}

static bool has_one(const struct words *words, const char *const *list)
{
    for (; *list; list++)
        if (has_word(words, *list, strlen(*list)))
            return true;
    return false;
}

/* How many words of `all` the name has; 0 unless all of them. */
static int count_all(const struct words *words, const char *all)
{
    char squashed[SQUASHED_ROOM];
    size_t used = 0;
    int count = 0;
    bool every = true;

    for (const char *at = all; *at;) {
        size_t size = strcspn(at, " ");

        every = every && has_word(words, at, size);
        memcpy(squashed + used, at, size);
        used += size;
        at += size + strspn(at + size, " ");
        count++;
    }
    squashed[used] = '\0';
    return every || strcmp(squashed, words->squashed) == 0 ? count : 0;
}

/* Of two columns of one thing, the one that says it as dispatch does. */
static int lean(const struct words *words, enum guess_role role)
{
    static const char *const coarse[] = {"group", "subgroup", "category", "class", NULL};
    static const char *const first[] = {"initial", "original", "primary", "full", NULL};
    static const char *const second[] = {"secondary", "other", "2", "3", "sub", "code", NULL};
    static const char *const described[] = {"description", "desc", NULL};
    int points = 0;

    if (role == GUESS_CALL_TYPE && has_word(words, "final", 5))
        return -100;
    if (has_one(words, coarse))
        points -= 8;
    points += has_one(words, first) ? 3 : 0;
    points -= has_one(words, second) ? 3 : 0;
    points += has_one(words, described) ? 2 : 0;
    return points;
}

int guess_words_score(const char *name, enum guess_role role)
{
    struct words words;
    int best = 0;

    split_name(name, &words);
    for (size_t i = 0; i < sizeof synonyms / sizeof synonyms[0]; i++) {
        int count = synonyms[i].role == role ? count_all(&words, synonyms[i].all) : 0;

        if (count > 0 && count * 10 + synonyms[i].bonus > best)
            best = count * 10 + synonyms[i].bonus;
    }
    if (best > 0)
        best += lean(&words, role);
    return best > 0 ? best : 0;
}

static bool names_one(const struct words *words, const char *const *list)
{
    if (has_one(words, list))
        return true;
    for (; *list; list++)
        if (strlen(*list) >= SUBSTRING_MIN && strstr(words->squashed, *list))
            return true;
    return false;
}

enum guess_private guess_words_private(const char *name)
{
    static const char *const places[] = {
        "place",    "business", "location", "common", "premise", "premises", "street", "school",
        "building", "bldg",     "facility", "city",   "town",    "township", "loc",    NULL};
    static const char *const origin[] = {"birth", "origin", NULL};
    static const char *const where[] = {"place", "country", "state", "national", "city", NULL};
    struct words words;

    split_name(name, &words);
    if (names_one(&words, immigration) || (has_one(&words, origin) && has_one(&words, where)))
        return GUESS_IMMIGRATION;
    if (names_one(&words, person) || (has_word(&words, "name", 4) && !has_one(&words, places)) ||
        (has_word(&words, "reporting", 9) && has_word(&words, "party", 5)))
        return GUESS_PERSON;
    return names_one(&words, free_text) ? GUESS_FREE_TEXT : GUESS_OPEN;
}

bool guess_words_is_other_time(const char *name)
{
    struct words words;

    split_name(name, &words);
    return has_one(&words, other_times);
}

bool guess_words_is_position(const char *name)
{
    static const char *const words_of[] = {
        "x",     "y",         "lat",        "lon",     "long",     "lng",   "latitude",
        "coord", "longitude", "coordinate", "easting", "northing", "plane", NULL};
    struct words words;

    split_name(name, &words);
    return has_one(&words, words_of);
}

static bool ends_as_town(const struct words *words)
{
    for (size_t i = 0; i < words->count; i++)
        for (const char *const *end = town_ends; *end; end++) {
            size_t size = strlen(words->word[i]), tail = strlen(*end);

            if (size > tail + 1 && strcmp(words->word[i] + size - tail, *end) == 0)
                return true;
        }
    return false;
}

bool guess_words_in(const char *text, enum guess_list list)
{
    static const char *const *const lists[] = {call_words,   street_words, town_words,
                                               status_words, given_words,  place_words};
    struct words words;

    split(text, &words);
    return has_one(&words, lists[list]) || (list == GUESS_TOWN_WORDS && ends_as_town(&words));
}
