/* See guess_words.h. */
#include "guess_words.h"

#include <ctype.h>
#include <string.h>

enum { SUBSTRING_MIN = 5 };

/* One of these words in the name, or a long one within it, is enough: it is better to leave a
 * column out than to send it. */
static const char *const immigration[] = {
    "immigration", "immigrant",  "citizen", "citizenship", "nationality", "alien", "visa", "deport",
    "naturalized", "birthplace", "uscis",   "pob",         "detainer",    "imm",   NULL};
static const char *const person[] = {"caller",    "complainant", "callback",  "phone",
                                     "telephone", "tel",         "mobile",    "dob",
                                     "birth",     "birthday",    "age",       "race",
                                     "sex",       "gender",      "ethnicity", "ssn",
                                     "license",   "licence",     "plate",     "vin",
                                     "email",     "victim",      "suspect",   "subject",
                                     "officer",   "deputy",      "badge",     "employee",
                                     "patient",   "student",     "witness",   "offender",
                                     "rp",        "parent",      "guardian",  "contact",
                                     "calltaker", "dispatcher",  "operator",  "defendant",
                                     "juvenile",  "owner",       "subj",      "involved",
                                     "complnt",   "vic",         "susp",      "mni",
                                     "firstnm",   "firstname",   "lastname",  "fullname",
                                     "surname",   "personname",  "arrestee",  "taker",
                                     "ofc",       "ofcr",        "personnel", "staff",
                                     "user",      "username",    "userid",    "clerk",
                                     "supv",      "sergeant",    "sgt",       "trooper",
                                     "reporter",  "informant",   "informer",  "resident",
                                     "occupant",  "tenant",      "client",    "dispr",
                                     "opr",       "op",          "optr",      "emp",
                                     "dsptchr",   "empl",        "driver",    "home",
                                     "residence", "mailing",     "billing",   "login",
                                     "requestor", "requester",   "initials",  "telecommunicator",
                                     "tech",      "firefighter", NULL};
static const char *const free_text[] = {"remarks", "remark",   "narrative", "comments", "comment",
                                        "notes",   "note",     "synopsis",  "message",  "memo",
                                        "summary", "freetext", "freeform",  "rmk",      "rmks",
                                        "cmt",     "cmts",     "cmnt",      "narr",     NULL};
/* Free text, unless the name says which code it describes. */
static const char *const free_or_code[] = {"text", "txt", "details", "detail", NULL};

/* Abbreviations, and what they stand for; "=" separates two words. */
static const struct {
    const char *short_form, *word;
} abbreviations[] = {
    {"no", "number"},
    {"num", "number"},
    {"nbr", "number"},
    {"nr", "number"},
    {"nmbr", "number"},
    {"ref", "reference=number"},
    {"nm", "name"},
    {"st", "street"},
    {"str", "street"},
    {"addr", "address"},
    {"adr", "address"},
    {"addrs", "address"},
    {"tm", "time"},
    {"tim", "time"},
    {"times", "time"},
    {"dt", "date"},
    {"dte", "date"},
    {"dttm", "datetime"},
    {"dtm", "datetime"},
    {"datetm", "datetime"},
    {"dtg", "datetime"},
    {"ts", "timestamp"},
    {"tstamp", "timestamp"},
    {"typ", "type"},
    {"tyc", "type"},
    {"tycod", "type"},
    {"types", "type"},
    {"cd", "code"},
    {"cde", "code"},
    {"cod", "code"},
    {"desc", "description"},
    {"descr", "description"},
    {"dsc", "description"},
    {"rcvd", "received"},
    {"recd", "received"},
    {"recvd", "received"},
    {"rcv", "received"},
    {"recv", "received"},
    {"receive", "received"},
    {"receipt", "received"},
    {"dispatched", "dispatch"},
    {"dsp", "dispatch"},
    {"dspd", "dispatch"},
    {"dispd", "dispatch"},
    {"dispatching", "dispatch"},
    {"dispatches", "dispatch"},
    {"enrt", "enroute"},
    {"enr", "enroute"},
    {"enrte", "enroute"},
    {"onscn", "onscene"},
    {"onsc", "onscene"},
    {"arrived", "arrive"},
    {"arrival", "arrive"},
    {"arr", "arrive"},
    {"arrv", "arrive"},
    {"arvd", "arrive"},
    {"arrvd", "arrive"},
    {"arv", "arrive"},
    {"arrd", "arrive"},
    {"arrivd", "arrive"},
    {"arriving", "arrive"},
    {"arrives", "arrive"},
    {"cleared", "clear"},
    {"clr", "clear"},
    {"clrd", "clear"},
    {"clears", "clear"},
    {"closed", "close"},
    {"clsd", "close"},
    {"cls", "close"},
    {"closng", "close"},
    {"closing", "close"},
    {"closure", "close"},
    {"cleard", "clear"},
    {"pri", "priority"},
    {"prio", "priority"},
    {"prty", "priority"},
    {"inc", "incident"},
    {"incid", "incident"},
    {"incdt", "incident"},
    {"incidents", "incident"},
    {"evt", "event"},
    {"evnt", "event"},
    {"occ", "occurrence"},
    {"loc", "location"},
    {"locn", "location"},
    {"cty", "city"},
    {"units", "unit"},
    {"unt", "unit"},
    {"lat", "latitude"},
    {"lon", "longitude"},
    {"lng", "longitude"},
    {"long", "longitude"},
    {"dispo", "disposition"},
    {"dispos", "disposition"},
    {"dispositions", "disposition"},
    {"xst", "cross=street"},
    {"xstreet", "cross=street"},
    {"xstr", "cross=street"},
    {"streets", "street"},
    {"mun", "municipality"},
    {"muni", "municipality"},
    {"twp", "township"},
    {"boro", "borough"},
    {"apt", "apartment"},
    {"ste", "suite"},
    {"sfx", "suffix"},
    {"suf", "suffix"},
    {"pfx", "prefix"},
    {"pre", "prefix"},
    {"dir", "direction"},
    {"predir", "prefix=direction"},
    {"postdir", "post=direction"},
    {"sufdir", "post=direction"},
    {"edirpre", "prefix=direction"},
    {"pct", "precinct"},
    {"create", "created"},
    {"creation", "created"},
    {"crtd", "created"},
    {"open", "opened"},
    {"rpt", "report"},
    {"init", "initial"},
    {"orig", "original"},
    {"calls", "call"},
    {"bldg", "building"},
    {"blk", "block"},
    {"pickup", "pick=up"},
    {"subtype", "sub=type"},
    {"hse", "house"},
    {"cat", "category"},
    {"entered", "entry"},
    {"enter", "entry"},
    {"assigned", "assign"},
    {"asgn", "assign"},
    {"assignment", "assign"},
    {"completed", "complete"},
    {"completion", "complete"},
    {"ended", "end"},
    {"ending", "end"},
    {"finished", "finish"},
    {"started", "start"},
    {"queued", "queue"},
    {"departed", "depart"},
    {"offence", "offense"},
    {"ofns", "offense"},
    {"prem", "premise"},
    {"descrip", "description"},
    {"dispn", "disposition"},
    {"stat", "status"},
    {"nbhd", "neighborhood"},
    {"responded", "respond"},
    {"responding", "respond"},
};

/* Further words, for names that are written without separators. */
static const char *const plain_words[] = {
    "address",  "agency",      "alarm",     "area",        "arrive",    "assign",       "beat",
    "block",    "business",    "by",        "call",        "case",      "category",     "cfs",
    "city",     "clear",       "close",     "code",        "common",    "complete",     "county",
    "cross",    "date",        "datetime",  "description", "detail",    "direction",    "disp",
    "dispatch", "disposition", "district",  "elapsed",     "en",        "end",          "enroute",
    "entry",    "event",       "final",     "first",       "full",      "hundred",      "id",
    "in",       "incident",    "initial",   "initiated",   "intake",    "intersection", "item",
    "key",      "last",        "latitude",  "location",    "longitude", "master",       "name",
    "nature",   "number",      "object",    "occurred",    "of",        "offense",      "officer",
    "on",       "onscene",     "original",  "phone",       "pick",      "place",        "point",
    "police",   "prefix",      "premise",   "primary",     "priority",  "problem",      "queue",
    "radio",    "received",    "report",    "reported",    "respond",   "response",     "route",
    "rp",       "scene",       "sector",    "self",        "service",   "status",       "street",
    "suffix",   "text",        "time",      "timestamp",   "total",     "town",         "travel",
    "type",     "unit",        "up",        "updated",     "zip",       "zone",         "caller",
    "created",  "closed",      "county",    "state",       "start",     "house",        "apartment",
    "to",       "load",        "export",    "insert",      "birth",     "age",          "taken",
    "comments", "remarks",     "narrative", "notes",       "home",      "operator",     "taker",
    NULL};

static bool is_letter(unsigned char c)
{
    return isalpha(c) || c >= 0x80;
}

void guess_words_split(const char *text, struct guess_words *words)
{
    size_t size = 0, squashed = 0;
    unsigned char before = 0;

    words->count = 0;
    for (const unsigned char *at = (const unsigned char *)text;; before = *at++) {
        bool inside = is_letter(*at) || isdigit(*at);
        bool begins = (isupper(*at) && islower(before)) || (isdigit(*at) && is_letter(before)) ||
                      (is_letter(*at) && isdigit(before)) ||
                      (isupper(before) && isupper(*at) && islower(at[1]) &&
                       (size > 1 || before == 'X' || before == 'Y'));

        if (size > 0 && (!inside || begins)) {
            words->word[words->count++][size] = '\0';
            size = 0;
        }
        if (!*at || words->count == GUESS_WORDS_MAX)
            break;
        if (!inside)
            continue;
        if (size < GUESS_WORD_ROOM - 1)
            words->word[words->count][size++] = (char)tolower(*at);
        if (squashed < GUESS_SQUASHED_ROOM - 1)
            words->squashed[squashed++] = (char)tolower(*at);
    }
    words->squashed[squashed] = '\0';
}

bool guess_words_has(const struct guess_words *words, const char *word, size_t size)
{
    for (size_t i = 0; i < words->count; i++)
        if (strlen(words->word[i]) == size && memcmp(words->word[i], word, size) == 0)
            return true;
    return false;
}

bool guess_words_has_one(const struct guess_words *words, const char *const *list)
{
    for (; *list; list++)
        if (guess_words_has(words, *list, strlen(*list)))
            return true;
    return false;
}

static void add(struct guess_words *words, const char *word, size_t size)
{
    if (words->count == GUESS_WORDS_MAX || size >= GUESS_WORD_ROOM)
        return;
    memcpy(words->word[words->count], word, size);
    words->word[words->count++][size] = '\0';
}

/* Adds a word; an abbreviation is expanded. */
static void add_whole(struct guess_words *words, const char *word, size_t size)
{
    for (size_t i = 0; i < sizeof abbreviations / sizeof abbreviations[0]; i++) {
        const char *whole = abbreviations[i].word;
        size_t first = strcspn(whole, "=");

        if (strncmp(abbreviations[i].short_form, word, size) != 0 ||
            abbreviations[i].short_form[size] != '\0')
            continue;
        add(words, whole, first);
        if (whole[first])
            add(words, whole + first + 1, strlen(whole + first + 1));
        return;
    }
    add(words, word, size);
}

static bool is_known(const char *word, size_t size)
{
    for (const char *const *known = plain_words; *known; known++)
        if (strncmp(*known, word, size) == 0 && (*known)[size] == '\0')
            return true;
    for (size_t i = 0; i < sizeof abbreviations / sizeof abbreviations[0]; i++)
        if (strncmp(abbreviations[i].short_form, word, size) == 0 &&
            abbreviations[i].short_form[size] == '\0')
            return true;
    return false;
}

/* Cuts a word into known words, as few as possible; false if it does not consist of them. */
static bool cut(const char *word, struct guess_words *pieces)
{
    enum { ROOM = GUESS_WORD_ROOM };
    size_t size = strlen(word), count[ROOM + 1], from[ROOM + 1], at[GUESS_WORDS_MAX], n = 0;

    count[0] = 0;
    for (size_t end = 1; end <= size; end++) {
        count[end] = GUESS_WORDS_MAX;
        for (size_t start = 0; start + 2 <= end; start++) {
            if (count[start] + 1 >= count[end] || !is_known(word + start, end - start))
                continue;
            count[end] = count[start] + 1;
            from[end] = start;
        }
    }
    if (size < 4 || count[size] >= GUESS_WORDS_MAX)
        return false;
    for (size_t end = size; end > 0; end = from[end])
        at[n++] = end;
    while (n > 0) {
        n--;
        add_whole(pieces, word + from[at[n]], at[n] - from[at[n]]);
    }
    return true;
}

/* Makes one word of each of "en route", "on scene", "at scene" and the like. */
static void close_up(struct guess_words *words)
{
    static const struct {
        const char *one, *two, *both;
    } pairs[] = {{"en", "route", "enroute"},     {"on", "scene", "onscene"},
                 {"at", "scene", "onscene"},     {"on", "site", "onscene"},
                 {"date", "time", "datetime"},   {"time", "date", "datetime"},
                 {"time", "stamp", "timestamp"}, {"x", "street", "cross"}};
    size_t kept = 0;

    for (size_t i = 0; i < words->count; i++) {
        const char *both = NULL;

        for (size_t p = 0; p < sizeof pairs / sizeof pairs[0] && i + 1 < words->count; p++)
            if (strcmp(words->word[i], pairs[p].one) == 0 &&
                strcmp(words->word[i + 1], pairs[p].two) == 0)
                both = pairs[p].both;
        if (both)
            strcpy(words->word[kept++], both);
        else
            memmove(words->word[kept++], words->word[i], GUESS_WORD_ROOM);
        i += both != NULL;
    }
    words->count = kept;
}

/* "Rec'd" is one word. */
static void drop_apostrophes(const char *name, char out[GUESS_SQUASHED_ROOM])
{
    size_t size = 0;

    for (; *name && size < GUESS_SQUASHED_ROOM - 1; name++)
        if (*name != '\'')
            out[size++] = *name;
    out[size] = '\0';
}

void guess_words_of_name(const char *name, struct guess_words *words)
{
    struct guess_words raw = {.count = 0};
    char plain[GUESS_SQUASHED_ROOM] = "";

    drop_apostrophes(name, plain);
    guess_words_split(plain, &raw);
    words->count = 0;
    memcpy(words->squashed, raw.squashed, sizeof words->squashed);
    for (size_t i = 0; i < raw.count; i++) {
        size_t size = strlen(raw.word[i]);

        if (is_known(raw.word[i], size) || !cut(raw.word[i], words))
            add_whole(words, raw.word[i], size);
    }
    if (strchr(name, '#'))
        add(words, "number", strlen("number"));
    close_up(words);
}

static bool names_one(const struct guess_words *words, const char *const *list)
{
    if (guess_words_has_one(words, list))
        return true;
    for (; *list; list++)
        if (strlen(*list) >= SUBSTRING_MIN && strstr(words->squashed, *list))
            return true;
    return false;
}

/* Whether the name means somebody who did something: "Disp By", "Entered by". */
static bool names_staff(const struct guess_words *words)
{
    return guess_words_has(words, "by", 2) ||
           (guess_words_has(words, "taken", 5) && words->count == 1);
}

enum guess_private guess_words_private(const char *name)
{
    static const char *const places[] = {
        "place",        "business", "location", "common",   "premise",      "premises", "street",
        "school",       "building", "bldg",     "facility", "city",         "town",     "township",
        "loc",          "type",     "agency",   "unit",     "event",        "call",     "incident",
        "district",     "beat",     "zone",     "borough",  "intersection", "nature",   "road",
        "municipality", "code",     "station",  "county",   "area",         "landmark", NULL};
    static const char *const origin[] = {"birth", "origin", NULL};
    static const char *const where[] = {"place", "country", "state", "national", "city", NULL};
    struct guess_words raw, words;

    guess_words_split(name, &raw);
    guess_words_of_name(name, &words);
    if (names_one(&raw, immigration) ||
        (guess_words_has_one(&raw, origin) && guess_words_has_one(&raw, where)))
        return GUESS_IMMIGRATION;
    if (guess_words_has(&words, "pick", 4) && guess_words_has(&words, "up", 2))
        return GUESS_OPEN; /* when the phone was picked up */
    if (names_one(&raw, person) || guess_words_has_one(&words, person) || names_staff(&words) ||
        (guess_words_has(&words, "name", 4) && !guess_words_has_one(&words, places)) ||
        (guess_words_has(&raw, "reporting", 9) && guess_words_has(&raw, "party", 5)))
        return GUESS_PERSON;
    if (names_one(&raw, free_text) ||
        (names_one(&raw, free_or_code) && !guess_words_has(&words, "type", 4) &&
         !guess_words_has(&words, "disposition", 11) && !guess_words_has(&words, "code", 4)))
        return GUESS_FREE_TEXT;
    return GUESS_OPEN;
}
