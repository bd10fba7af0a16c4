#include "address.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Sorted by the long word is not needed: a few dozen rows, looked at once an address. */
static const struct {
    const char *from, *to;
} words[] = {
    {"STREET", "ST"},     {"AVENUE", "AV"},    {"AVE", "AV"},       {"BOULEVARD", "BLVD"},
    {"DRIVE", "DR"},      {"ROAD", "RD"},      {"LANE", "LN"},      {"COURT", "CT"},
    {"PLACE", "PL"},      {"PARKWAY", "PKWY"}, {"HIGHWAY", "HWY"},  {"TERRACE", "TER"},
    {"CIRCLE", "CIR"},    {"SQUARE", "SQ"},    {"TRAIL", "TRL"},    {"PIKE", "PK"},
    {"NORTH", "N"},       {"SOUTH", "S"},      {"EAST", "E"},       {"WEST", "W"},
    {"NORTHEAST", "NE"},  {"NORTHWEST", "NW"}, {"SOUTHEAST", "SE"}, {"SOUTHWEST", "SW"},
    {"ELEMENTARY", "ES"}, {"ELEM", "ES"},      {"SCHOOL", ""},      {"MIDDLE", "MS"},
    {"HIGH", "HS"},       {"SCH", ""},         {"BLOCK", ""},       {"BLK", ""},
    {"OF", ""},           {"THE", ""},         {"SAINT", "ST"},     {"MOUNT", "MT"},
};

static const char *shorten(const char *word)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(word, words[i].from) == 0)
            return words[i].to;
    return word;
}

/* A unit number says where inside, not where: "APT 3", "#12" end the address. */
static bool is_unit_word(const char *word)
{
    static const char *const unit[] = {"APT", "UNIT", "STE", "SUITE", "RM", "ROOM", "BLDG", "FLR"};

    for (size_t i = 0; i < sizeof unit / sizeof *unit; i++)
        if (strcmp(word, unit[i]) == 0)
            return true;
    return false;
}

void address_normal(const char *text, char out[ADDRESS_MAX])
{
    size_t n = 0;
    char word[ADDRESS_MAX];

    out[0] = '\0';
    while (*text) {
        size_t w = 0;

        if (*text == '#')
            return;
        while (*text && *text != '#' &&
               (isalnum((unsigned char)*text) || (unsigned char)*text >= 0x80 || *text == '\'')) {
            if (*text != '\'' && w + 1 < sizeof word)
                word[w++] = (char)toupper((unsigned char)*text);
            text++;
        }
        word[w] = '\0';
        if (w == 0) {
            text++;
            continue;
        }
        if (n && is_unit_word(word))
            return;
        const char *brief = shorten(word);
        if (brief[0] && n + strlen(brief) + 2 < ADDRESS_MAX)
            n += (size_t)snprintf(out + n, ADDRESS_MAX - n, "%s%s", n ? " " : "", brief);
    }
}
