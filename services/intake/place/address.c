#include "address.h"

#include "intake_words.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* Ways of writing a suffix. Words that are as often a part of a name (PARK, HILL, LAKE) are not
 * here: they stay in the name, on both sides of a comparison. */
static const struct words_pair suffixes[] = {
    {"AL", "ALY"},      {"ALLEY", "ALY"}, {"ALY", "ALY"},        {"AV", "AVE"},
    {"AVE", "AVE"},     {"AVEN", "AVE"},  {"AVENUE", "AVE"},     {"AVN", "AVE"},
    {"BLVD", "BLVD"},   {"BOUL", "BLVD"}, {"BOULEVARD", "BLVD"}, {"BV", "BLVD"},
    {"BVD", "BLVD"},    {"CIR", "CIR"},   {"CIRCLE", "CIR"},     {"COURT", "CT"},
    {"CR", "CIR"},      {"CRT", "CT"},    {"CT", "CT"},          {"DR", "DR"},
    {"DRIVE", "DR"},    {"DRV", "DR"},    {"HIGHWAY", "HWY"},    {"HWY", "HWY"},
    {"LANE", "LN"},     {"LN", "LN"},     {"LOOP", "LOOP"},      {"PARKWAY", "PKWY"},
    {"PIKE", "PIKE"},   {"PK", "PIKE"},   {"PKWY", "PKWY"},      {"PKY", "PKWY"},
    {"PL", "PL"},       {"PLACE", "PL"},  {"PY", "PKWY"},        {"RD", "RD"},
    {"ROAD", "RD"},     {"SQ", "SQ"},     {"SQUARE", "SQ"},      {"ST", "ST"},
    {"STR", "ST"},      {"STREET", "ST"}, {"TER", "TER"},        {"TERR", "TER"},
    {"TERRACE", "TER"}, {"TL", "TRL"},    {"TPKE", "TPKE"},      {"TR", "TRL"},
    {"TRAIL", "TRL"},   {"TRL", "TRL"},   {"TURNPIKE", "TPKE"},  {"WAY", "WAY"},
    {"WY", "WAY"},
};

static const struct words_pair directions[] = {
    {"E", "E"},     {"EAST", "E"},       {"N", "N"},          {"NE", "NE"},
    {"NO", "N"},    {"NORTH", "N"},      {"NORTHEAST", "NE"}, {"NORTHWEST", "NW"},
    {"NW", "NW"},   {"S", "S"},          {"SE", "SE"},        {"SO", "S"},
    {"SOUTH", "S"}, {"SOUTHEAST", "SE"}, {"SOUTHWEST", "SW"}, {"SW", "SW"},
    {"W", "W"},     {"WEST", "W"},
};

static const struct words_pair ordinals[] = {
    {"EIGHTEENTH", "18"}, {"EIGHTH", "8"},      {"EIGHTIETH", "80"}, {"ELEVENTH", "11"},
    {"FIFTEENTH", "15"},  {"FIFTH", "5"},       {"FIFTIETH", "50"},  {"FIRST", "1"},
    {"FORTIETH", "40"},   {"FOURTEENTH", "14"}, {"FOURTH", "4"},     {"NINETEENTH", "19"},
    {"NINETIETH", "90"},  {"NINTH", "9"},       {"SECOND", "2"},     {"SEVENTEENTH", "17"},
    {"SEVENTH", "7"},     {"SEVENTIETH", "70"}, {"SIXTEENTH", "16"}, {"SIXTH", "6"},
    {"SIXTIETH", "60"},   {"TENTH", "10"},      {"THIRD", "3"},      {"THIRTEENTH", "13"},
    {"THIRTIETH", "30"},  {"TWELFTH", "12"},    {"TWENTIETH", "20"},
};
static const struct words_pair tens[] = {
    {"EIGHTY", "8"},  {"FIFTY", "5"}, {"FORTY", "4"},  {"NINETY", "9"},
    {"SEVENTY", "7"}, {"SIXTY", "6"}, {"THIRTY", "3"}, {"TWENTY", "2"},
};
/* Words within a street's name. */
static const struct words_pair names[] = {
    {"FORT", "FT"},
    {"MLK", "MARTIN LUTHER KING"},
    {"MOUNT", "MT"},
    {"SAINT", "ST"},
};
static const struct words_pair whole_names[] = {
    {"M L K", "MARTIN LUTHER KING"},
    {"M L KING", "MARTIN LUTHER KING"},
    {"ML KING", "MARTIN LUTHER KING"},
};
/* Words for a part of a building: they end the address. */
static const struct words_pair units[] = {
    {"APT", ""},  {"BLDG", ""}, {"BUILDING", ""}, {"FLOOR", ""}, {"FLR", ""},
    {"GATE", ""}, {"LOT", ""},  {"PORTABLE", ""}, {"RM", ""},    {"ROOM", ""},
    {"SPC", ""},  {"STE", ""},  {"SUITE", ""},    {"TRLR", ""},  {"UNIT", ""},
};

/* "23RD" to "23", "TWENTY THIRD" to "23"; true if the word at i is a numbered street's. */
static bool number_word(struct words *w, size_t i)
{
    char *word = w->word[i];
    size_t digits = strspn(word, "0123456789");
    static const char *const endings[] = {"ST", "ND", "RD", "TH"};
    const char *ten = words_look(tens, COUNT(tens), word);

    for (size_t e = 0; digits && e < COUNT(endings); e++)
        if (strcmp(word + digits, endings[e]) == 0) {
            word[digits] = '\0';
            return true;
        }
    const char *one =
        words_look(ordinals, COUNT(ordinals), ten && i + 1 < w->count ? w->word[i + 1] : word);
    if (ten && one && strlen(one) == 1) {
        snprintf(word, WORD_SIZE, "%s%s", ten, one);
        words_remove(w, i + 1, 1);
        return true;
    }
    if (!ten && one)
        snprintf(word, WORD_SIZE, "%s", one);
    return !ten && one;
}

/* Abbreviates each word by the table that fits its position. */
static void shorten(struct words *w)
{
    for (size_t i = 0; i < w->count; i++) {
        const char *to = NULL;

        if (number_word(w, i))
            continue;
        if (!to)
            to = words_look(directions, COUNT(directions), w->word[i]);
        if (!to && i > 0)
            to = words_look(suffixes, COUNT(suffixes), w->word[i]);
        if (!to)
            to = words_look(names, COUNT(names), w->word[i]);
        if (to) {
            w->word[i][0] = '\0';
            words_append(w->word[i], WORD_SIZE, to);
        }
    }
}

static void cut_unit(struct words *w, size_t from)
{
    for (size_t i = from; i < w->count; i++)
        if (words_look(units, COUNT(units), w->word[i])) {
            w->count = i;
            return;
        }
}

/* The position of a unit sign that ends the address, else the text's end. */
static size_t before_sign(const char *text, size_t size)
{
    const char *sign = memchr(text, '#', size);

    return sign ? (size_t)(sign - text) : size;
}

static bool drop_words(struct words *w, const char *const *drop, size_t count)
{
    bool dropped = false;

    for (size_t i = w->count; i-- > 0;)
        for (size_t d = 0; d < count; d++)
            if (strcmp(w->word[i], drop[d]) == 0) {
                words_remove(w, i, 1);
                dropped = true;
                break;
            }
    return dropped;
}

static const char *const block_words[] = {"BLOCK", "BLK", "BLOCKS"};
static const char *const small_words[] = {"OF", "THE"};

void address_normal(const char *text, char out[ADDRESS_MAX])
{
    struct words w;

    words_split(text, before_sign(text, strlen(text)), &w);
    cut_unit(&w, 1);
    drop_words(&w, block_words, COUNT(block_words));
    drop_words(&w, small_words, COUNT(small_words));
    shorten(&w);
    words_join(&w, 0, w.count, out, ADDRESS_MAX);
}

/* "N.E." is "NE", where a street follows. */
static void join_compass(struct words *w)
{
    for (size_t i = 0; i + 2 < w->count; i++)
        if (strlen(w->word[i]) == 1 && strchr("NS", w->word[i][0]) && strlen(w->word[i + 1]) == 1 &&
            strchr("EW", w->word[i + 1][0]) &&
            !words_look(suffixes, COUNT(suffixes), w->word[i + 2])) {
            w->word[i][1] = w->word[i + 1][0];
            w->word[i][2] = '\0';
            words_remove(w, i + 1, 1);
        }
}

static const char *look_direction(const char *word)
{
    return words_look(directions, COUNT(directions), word);
}

/* The last suffix that leaves a name before it; 0: none. */
static size_t find_suffix(const struct words *w, size_t first)
{
    for (size_t i = w->count; i-- > first + 1;)
        if (words_look(suffixes, COUNT(suffixes), w->word[i]))
            return i;
    return 0;
}

/* Reads the words from first on. Returns where the street ends: what follows is something else. */
static size_t read_street(struct words *w, size_t first, struct address_street *street)
{
    size_t suffix, end, from = first;

    memset(street, 0, sizeof *street);
    for (size_t i = first; i < w->count; i++)
        number_word(w, i);
    suffix = find_suffix(w, first);
    end = suffix ? suffix : w->count;
    /* A direction before the name, unless it is the name: "NORTH ST". */
    if (from + 1 < end && look_direction(w->word[from]))
        words_append(street->direction, sizeof street->direction, look_direction(w->word[from++]));
    if (suffix)
        words_append(street->suffix, sizeof street->suffix,
                     words_look(suffixes, COUNT(suffixes), w->word[suffix]));
    size_t after = suffix ? suffix + 1 : end;
    if (suffix ? after < w->count && look_direction(w->word[after])
               : end > from + 1 && look_direction(w->word[end - 1])) {
        size_t at = suffix ? after++ : --end;
        words_append(street->direction, sizeof street->direction, look_direction(w->word[at]));
    }
    for (size_t i = from; i < end; i++) {
        const char *to = words_look(names, COUNT(names), w->word[i]);
        if (strcmp(w->word[i], "JR") != 0)
            words_append(street->name, sizeof street->name, to ? to : w->word[i]);
    }
    const char *known = words_look(whole_names, COUNT(whole_names), street->name);
    if (known)
        snprintf(street->name, sizeof street->name, "%s", known);
    return after;
}

/* Whether the text must be a street: it has a suffix at the end, or a number as its name. */
static bool is_street(const char *text, size_t size)
{
    struct words w;
    struct address_street street;

    words_split(text, before_sign(text, size), &w);
    if (w.count == 0)
        return false;
    bool numbered =
        isdigit((unsigned char)w.word[0][0]) ||
        (w.count > 1 && look_direction(w.word[0]) && isdigit((unsigned char)w.word[1][0]));
    size_t end = read_street(&w, 0, &street);
    return (street.suffix[0] && end == w.count) || numbered;
}

/* "400", "4XX", "400A", "400-B": a house number, or a hundred of them. */
static bool house_number(const struct words *w, struct address_part *part, size_t *taken)
{
    const char *word = w->count ? w->word[0] : "";
    size_t digits = strspn(word, "0123456789");
    size_t xs = strspn(word + digits, "X");

    *taken = 1;
    if (xs == 2 && word[digits + xs] == '\0' && digits < 5) {
        part->block = true;
        part->number = atoi(word) * 100;
        return true;
    }
    if (digits == 0 || digits > 6 || strlen(word) > digits + 1)
        return false;
    part->number = atoi(word);
    if (w->count > 2 && words_are_digits(w->word[1]) && strlen(w->word[1]) == digits &&
        atoi(w->word[1]) / 100 == part->number / 100 &&
        !words_look(suffixes, COUNT(suffixes), w->word[2])) {
        part->block = true; /* 400-498 */
        *taken = 2;
    } else if (w->count > 3 && strcmp(w->word[1], "1") == 0 && strcmp(w->word[2], "2") == 0) {
        *taken = 3; /* 400 1/2 */
    } else if (w->count > 2 && strlen(w->word[1]) == 1 && strlen(w->word[2]) > 1 &&
               isalpha((unsigned char)w->word[1][0]) && !look_direction(w->word[1])) {
        *taken = 2; /* 400-B */
    }
    return true;
}

/* A piece without a sign of an intersection. false: nothing in it. */
static bool read_piece(const char *text, size_t size, struct address_part *part)
{
    struct words w;
    size_t taken = 0;

    memset(part, 0, sizeof *part);
    part->number = -1;
    words_split(text, before_sign(text, size), &w);
    bool block = drop_words(&w, block_words, COUNT(block_words));
    if (block)
        drop_words(&w, small_words, 1); /* OF */
    join_compass(&w);
    if (w.count == 0)
        return false;
    bool numbered = house_number(&w, part, &taken) && w.count > taken &&
                    !words_look(suffixes, COUNT(suffixes), w.word[taken]);
    if (!numbered) {
        part->number = -1;
        part->block = false;
        taken = 0;
    }
    if (!numbered && !is_street(text, size)) {
        part->kind = ADDRESS_NAME;
        snprintf(part->name, sizeof part->name, "%.*s", (int)size, text);
        return true;
    }
    part->block |= block && numbered;
    part->kind = ADDRESS_STREET_NUMBER;
    if (w.count > taken + 1)
        cut_unit(&w, taken + 1);
    size_t end = read_street(&w, taken, &part->street[0]);
    words_join(&w, end, w.count, part->name, sizeof part->name);
    return true;
}

/* ---- Cutting ---- */

/* Called for each octet of an address, like crossing(): a switch costs less than strchr. */
static bool is_cut(const char *text, size_t at)
{
    switch (text[at]) {
    case ',':
    case ';':
    case ':':
    case '(':
    case ')':
        return true;
    case '-':
        return at > 0 && text[at - 1] == ' ' && text[at + 1] == ' ';
    default:
        return false;
    }
}

/* The size of a sign of an intersection at text + at, or 0. *weak: the sign is a word, which names
 * may contain too. */
static size_t crossing(const char *text, size_t at, size_t size, bool *weak)
{
    static const char *const signs[] = {" AND ", " AT "};

    *weak = false;
    if (text[at] == '&' || text[at] == '@')
        return 1;
    if (text[at] == '/')
        return !(at > 0 && isdigit((unsigned char)text[at - 1]) &&
                 isdigit((unsigned char)text[at + 1]));
    for (size_t i = 0; text[at] == ' ' && i < COUNT(signs); i++)
        if (at + strlen(signs[i]) < size &&
            strncasecmp(text + at, signs[i], strlen(signs[i])) == 0) {
            *weak = true;
            return strlen(signs[i]);
        }
    return 0;
}

static size_t add_piece(const char *text, size_t size, struct address_part *parts, size_t count)
{
    if (count < ADDRESS_PARTS && read_piece(text, size, &parts[count]))
        count++;
    return count;
}

static bool has_house(const char *text, size_t size)
{
    struct address_part part;

    return read_piece(text, size, &part) && part.kind == ADDRESS_STREET_NUMBER &&
           part.number >= 0 && (part.street[0].suffix[0] || part.block);
}

static void read_corner(const char *left, size_t left_size, const char *right, size_t right_size,
                        struct address_part *part)
{
    struct words w;

    memset(part, 0, sizeof *part);
    part->kind = ADDRESS_CORNER;
    part->number = -1;
    words_split(left, left_size, &w);
    read_street(&w, 0, &part->street[0]);
    words_split(right, before_sign(right, right_size), &w);
    read_street(&w, 0, &part->street[1]);
}

/* Reads a segment between cuts: two streets that cross, or the two parts beside the sign. */
static size_t read_segment(const char *text, size_t size, struct address_part *parts, size_t count)
{
    for (size_t at = 0; at < size; at++) {
        bool weak;
        size_t sign = crossing(text, at, size, &weak);
        const char *right = text + at + sign;
        size_t right_size = size - at - sign;

        if (sign == 0)
            continue;
        bool house = has_house(text, at), l = is_street(text, at), r = is_street(right, right_size);
        if (!house && (weak ? l && r : l || r)) {
            if (count < ADDRESS_PARTS)
                read_corner(text, at, right, right_size, &parts[count++]);
            return count;
        }
        if (weak || (text[at] == '/' && !house)) /* GARFIELD HS/GYM is one name */
            continue;
        count = add_piece(text, at, parts, count);
        return read_segment(right, right_size, parts, count);
    }
    return add_piece(text, size, parts, count);
}

size_t address_read(const char *text, struct address_part parts[ADDRESS_PARTS])
{
    size_t count = 0, from = 0, size = strnlen(text, ADDRESS_MAX);

    for (size_t at = 0; at <= size; at++)
        if (at == size || is_cut(text, at)) {
            count = read_segment(text + from, at - from, parts, count);
            from = at + 1;
        }
    return count;
}

enum address_likeness address_compare(const struct address_street *said,
                                      const struct address_street *known)
{
    const struct address_street *a = said, *b = known;
    bool substituted;
    bool suffix = strcmp(a->suffix, b->suffix) == 0;
    bool direction = strcmp(a->direction, b->direction) == 0;

    /* "23RD AVE S" and "23RD AVE" are different streets; "23RD" may be either. */
    if ((!suffix && a->suffix[0] && b->suffix[0]) || (!direction && a->direction[0]) || !a->name[0])
        return ADDRESS_OTHER;
    if (strcmp(a->name, b->name) == 0)
        return suffix && direction ? ADDRESS_SAME : ADDRESS_ALIKE;
    /* A letter too many or too few, in a name that is long enough to be recognised. */
    if (!suffix || !direction || strlen(a->name) < 6 || isdigit((unsigned char)a->name[0]))
        return ADDRESS_OTHER;
    return words_distance(a->name, b->name, 1, &substituted) <= 1 ? ADDRESS_ALIKE : ADDRESS_OTHER;
}
