#include "sms_gsm.h"

#include <stdint.h>
#include <string.h>

/* The basic table without ASCII letters, digits and the punctuation that is where ASCII has it. */
static const uint16_t basic[] = {
    '@',   0xa3,  '$',   0xa5,  0xe8,  0xe9,  0xf9, 0xec,  0xf2,  0xc7,  '\n',
    0xd8,  0xf8,  '\r',  0xc5,  0xe5,  0x394, '_',  0x3a6, 0x393, 0x39b, 0x3a9,
    0x3a0, 0x3a8, 0x3a3, 0x398, 0x39e, 0xc6,  0xe6, 0xdf,  0xc9,  0xa4,  0xa1,
    0xc4,  0xd6,  0xd1,  0xdc,  0xa7,  0xbf,  0xe4, 0xf6,  0xf1,  0xfc,  0xe0,
};
static const uint16_t extension[] = {'\f', '^', '{', '}', '\\', '[', '~', ']', '|', 0x20ac};
static const char ascii_basic[] = " !\"#%&'()*+,-./0123456789:;<=>?"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* Characters that the alphabet lacks, and what stands for them. */
static const struct {
    uint16_t from, to; /* a range of code points */
    const char *as;
} likeness[] = {
    {'`', '`', "'"},        {0xa0, 0xa0, " "},       {0xa9, 0xa9, "(c)"},
    {0xab, 0xab, "\""},     {0xad, 0xad, ""},        {0xae, 0xae, "(r)"},
    {0xb0, 0xb0, " deg"},   {0xb4, 0xb4, "'"},       {0xb7, 0xb7, "-"},
    {0xba, 0xba, "o"},      {0xaa, 0xaa, "a"},       {0xbb, 0xbb, "\""},
    {0xc0, 0xc3, "A"},      {0xc8, 0xc8, "E"},       {0xca, 0xcb, "E"},
    {0xcc, 0xcf, "I"},      {0xd2, 0xd5, "O"},       {0xd9, 0xdb, "U"},
    {0xdd, 0xdd, "Y"},      {0xe1, 0xe3, "a"},       {0xe7, 0xe7, "c"},
    {0xea, 0xeb, "e"},      {0xed, 0xef, "i"},       {0xf3, 0xf5, "o"},
    {0xfa, 0xfb, "u"},      {0xfd, 0xfd, "y"},       {0xff, 0xff, "y"},
    {0xd0, 0xd0, "D"},      {0xf0, 0xf0, "d"},       {0xd7, 0xd7, "x"},
    {0x100, 0x100, "A"},    {0x101, 0x101, "a"},     {0x102, 0x102, "A"},
    {0x103, 0x103, "a"},    {0x104, 0x104, "A"},     {0x105, 0x105, "a"},
    {0x106, 0x106, "C"},    {0x107, 0x107, "c"},     {0x10c, 0x10c, "C"},
    {0x10d, 0x10d, "c"},    {0x10e, 0x10e, "D"},     {0x10f, 0x10f, "d"},
    {0x110, 0x110, "D"},    {0x111, 0x111, "d"},     {0x112, 0x112, "E"},
    {0x113, 0x113, "e"},    {0x118, 0x118, "E"},     {0x119, 0x119, "e"},
    {0x11a, 0x11a, "E"},    {0x11b, 0x11b, "e"},     {0x11e, 0x11e, "G"},
    {0x11f, 0x11f, "g"},    {0x12a, 0x12a, "I"},     {0x12b, 0x12b, "i"},
    {0x130, 0x130, "I"},    {0x131, 0x131, "i"},     {0x139, 0x139, "L"},
    {0x13a, 0x13a, "l"},    {0x13d, 0x13d, "L"},     {0x13e, 0x13e, "l"},
    {0x141, 0x141, "L"},    {0x142, 0x142, "l"},     {0x143, 0x143, "N"},
    {0x144, 0x144, "n"},    {0x147, 0x147, "N"},     {0x148, 0x148, "n"},
    {0x14c, 0x14c, "O"},    {0x14d, 0x14d, "o"},     {0x150, 0x150, "O"},
    {0x151, 0x151, "o"},    {0x152, 0x152, "OE"},    {0x153, 0x153, "oe"},
    {0x158, 0x158, "R"},    {0x159, 0x159, "r"},     {0x15a, 0x15a, "S"},
    {0x15b, 0x15b, "s"},    {0x15e, 0x15e, "S"},     {0x15f, 0x15f, "s"},
    {0x160, 0x160, "S"},    {0x161, 0x161, "s"},     {0x162, 0x162, "T"},
    {0x163, 0x163, "t"},    {0x164, 0x164, "T"},     {0x165, 0x165, "t"},
    {0x16a, 0x16a, "U"},    {0x16b, 0x16b, "u"},     {0x16e, 0x16e, "U"},
    {0x16f, 0x16f, "u"},    {0x170, 0x170, "U"},     {0x171, 0x171, "u"},
    {0x178, 0x178, "Y"},    {0x179, 0x179, "Z"},     {0x17a, 0x17a, "z"},
    {0x17b, 0x17b, "Z"},    {0x17c, 0x17c, "z"},     {0x17d, 0x17d, "Z"},
    {0x17e, 0x17e, "z"},    {0x218, 0x218, "S"},     {0x219, 0x219, "s"},
    {0x21a, 0x21a, "T"},    {0x21b, 0x21b, "t"},     {0x2bb, 0x2bd, "'"},
    {0x300, 0x36f, ""},     {0x2000, 0x200a, " "},   {0x200b, 0x200f, ""},
    {0x2010, 0x2015, "-"},  {0x2018, 0x201b, "'"},   {0x201c, 0x201f, "\""},
    {0x2022, 0x2022, "-"},  {0x2026, 0x2026, "..."}, {0x2028, 0x2029, "\n"},
    {0x202f, 0x202f, " "},  {0x2032, 0x2032, "'"},   {0x2033, 0x2033, "\""},
    {0x2039, 0x203a, "'"},  {0x2116, 0x2116, "No."}, {0x2122, 0x2122, "TM"},
    {0x2190, 0x2190, "<-"}, {0x2192, 0x2192, "->"},  {0x2212, 0x2212, "-"},
    {0xfeff, 0xfeff, ""},
};

/* The next code point; *text moves past it. What is not UTF-8 is U+FFFD. */
static uint32_t next_point(const char **text)
{
    const unsigned char *s = (const unsigned char *)*text;
    int more = s[0] < 0x80 ? 0 : s[0] >= 0xf0 ? 3 : s[0] >= 0xe0 ? 2 : s[0] >= 0xc0 ? 1 : -1;

    if (more < 0) {
        *text += 1;
        return 0xfffd;
    }
    uint32_t point = more == 0 ? s[0] : s[0] & (0x3fu >> more);
    for (int i = 1; i <= more; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            *text += i;
            return 0xfffd;
        }
        point = point << 6 | (s[i] & 0x3f);
    }
    *text += more + 1;
    return point;
}

static bool in_list(const uint16_t *list, size_t count, uint32_t point)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == point)
            return true;
    return false;
}

/* 1, 2, or -1 if no table has it. */
static int width(uint32_t point)
{
    if (point < 0x80 && point && strchr(ascii_basic, (int)point))
        return 1;
    if (in_list(basic, sizeof basic / sizeof *basic, point))
        return 1;
    return in_list(extension, sizeof extension / sizeof *extension, point) ? 2 : -1;
}

static const char *like(uint32_t point)
{
    for (size_t i = 0; i < sizeof likeness / sizeof *likeness; i++)
        if (point >= likeness[i].from && point <= likeness[i].to)
            return likeness[i].as;
    return point < 0x20 || point == 0x7f ? " " : "?";
}

int gsm_septets(const char *text)
{
    int septets = 0;

    while (*text) {
        int w = width(next_point(&text));
        if (w < 0)
            return -1;
        septets += w;
    }
    return septets;
}

int gsm_segments(const char *text)
{
    int septets = gsm_septets(text);

    if (septets <= 0)
        return septets;
    if (septets <= GSM_SEGMENT)
        return 1;
    int segments = 1;
    int used = 0;
    while (*text) {
        int w = width(next_point(&text));
        if (used + w > GSM_SEGMENT_JOINED) {
            segments++;
            used = 0;
        }
        used += w;
    }
    return segments;
}

int gsm_transliterate(const char *text, char *out, size_t size)
{
    size_t used = 0;

    while (*text) {
        const char *from = text;
        uint32_t point = next_point(&text);
        const char *as = from;
        size_t length = (size_t)(text - from);

        if (width(point) < 0 || point == '\f' || point == '\r') {
            as = like(point);
            length = strlen(as);
        }
        if (used + length >= size)
            break;
        memcpy(out + used, as, length);
        used += length;
    }
    out[used] = '\0';
    return gsm_septets(out);
}

void gsm_shorten(char *text, int septets)
{
    char *at = text;
    char *cut = text; /* the last place where the mark still fits */
    int used = 0;

    if (gsm_septets(text) <= septets)
        return;
    while (*at) {
        const char *next = at;
        used += width(next_point(&next));
        if (used > septets - 1)
            break;
        at += next - at;
        cut = at;
    }
    while (cut > text && cut[-1] == ' ')
        cut--;
    strcpy(cut, septets > 0 ? "." : "");
}
