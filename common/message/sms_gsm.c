#include "sms_gsm.h"

#include <stdint.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/utf16.h>
#include <unicode/utf8.h>

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

/* Characters that the alphabet lacks and that Unicode does not take apart into what it has. */
static const struct {
    uint16_t from, to; /* a range of code points */
    const char *as;
} likeness[] = {
    {'`', '`', "'"},       {0xa9, 0xa9, "(c)"},    {0xab, 0xab, "\""},     {0xad, 0xad, ""},
    {0xae, 0xae, "(r)"},   {0xb0, 0xb0, " deg"},   {0xb4, 0xb4, "'"},      {0xb7, 0xb7, "-"},
    {0xbb, 0xbb, "\""},    {0xd0, 0xd0, "D"},      {0xd7, 0xd7, "x"},      {0xde, 0xde, "Th"},
    {0xf0, 0xf0, "d"},     {0xf7, 0xf7, "/"},      {0xfe, 0xfe, "th"},     {0x110, 0x110, "D"},
    {0x111, 0x111, "d"},   {0x126, 0x126, "H"},    {0x127, 0x127, "h"},    {0x131, 0x131, "i"},
    {0x141, 0x141, "L"},   {0x142, 0x142, "l"},    {0x14a, 0x14a, "N"},    {0x14b, 0x14b, "n"},
    {0x152, 0x152, "OE"},  {0x153, 0x153, "oe"},   {0x166, 0x166, "T"},    {0x167, 0x167, "t"},
    {0x2b9, 0x2bf, "'"},   {0x2010, 0x2015, "-"},  {0x2018, 0x201b, "'"},  {0x201c, 0x201f, "\""},
    {0x2022, 0x2023, "-"}, {0x2028, 0x2029, "\n"}, {0x2032, 0x2032, "'"},  {0x2033, 0x2033, "\""},
    {0x2039, 0x203a, "'"}, {0x2044, 0x2044, "/"},  {0x2190, 0x2190, "<-"}, {0x2192, 0x2192, "->"},
    {0x2212, 0x2212, "-"}, {0x2215, 0x2215, "/"},  {0x3001, 0x3001, ","},  {0x3002, 0x3002, "."},
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
    return NULL;
}

/* What stands for a character; it has LIKE_SIZE. */
enum { LIKE_SIZE = 64, PARTS = 18 };

static bool fold(uint32_t point, char *out);

/* Of the parts that Unicode takes it apart into, those without marks: "\u1ed3" is "o" and two. */
static bool fold_parts(uint32_t point, char *out)
{
    UErrorCode error = U_ZERO_ERROR;
    UChar parts[PARTS];
    const UNormalizer2 *forms = unorm2_getNFKDInstance(&error);
    int32_t count = unorm2_getDecomposition(forms, (UChar32)point, parts, PARTS, &error);
    size_t used = 0;

    if (U_FAILURE(error) || count <= 0)
        return false;
    for (int32_t at = 0; at < count;) {
        UChar32 part;
        U16_NEXT(parts, at, count, part);
        if ((uint32_t)part == point || used + 8 > LIKE_SIZE || !fold((uint32_t)part, out + used))
            return false;
        used += strlen(out + used);
    }
    return true;
}

/* What is neither letter nor digit loses no sense by being left out; a blank stays one. False: it
 * is a letter that nothing stands for. */
static bool fold_rest(uint32_t point, char *out)
{
    int type = u_charType((UChar32)point);
    bool blank = u_isspace((UChar32)point) || type == U_CONTROL_CHAR;

    strcpy(out, blank ? " " : "");
    return blank || !(U_MASK(type) & (U_GC_L_MASK | U_GC_N_MASK));
}

static bool fold(uint32_t point, char *out)
{
    int32_t size = 0;
    const char *as = like(point);

    out[0] = '\0';
    if (width(point) > 0 && point != '\f' && point != '\r') {
        U8_APPEND_UNSAFE(out, size, point);
        out[size] = '\0';
        return true;
    }
    if (as) {
        strcpy(out, as);
        return true;
    }
    return fold_parts(point, out) || fold_rest(point, out);
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

/* Segments of a text that is longer than one: a character of two units is not cut in two. */
static int joined(const char *text, int most, int (*units_of)(uint32_t point))
{
    int segments = 1;
    int used = 0;

    while (*text) {
        int units = units_of(next_point(&text));
        if (used + units > most) {
            segments++;
            used = 0;
        }
        used += units;
    }
    return segments;
}

int gsm_segments(const char *text)
{
    int septets = gsm_septets(text);

    if (septets <= 0)
        return septets;
    return septets <= GSM_SEGMENT ? 1 : joined(text, GSM_SEGMENT_JOINED, width);
}

bool gsm_spells(const char *text)
{
    char as[LIKE_SIZE];

    while (*text)
        if (!fold(next_point(&text), as))
            return false;
    return true;
}

int gsm_transliterate(const char *text, char *out, size_t size)
{
    char as[LIKE_SIZE];
    size_t used = 0;

    while (*text) {
        if (!fold(next_point(&text), as))
            strcpy(as, "?");
        size_t length = strlen(as);
        if (used + length >= size)
            break;
        memcpy(out + used, as, length);
        used += length;
    }
    out[used] = '\0';
    return gsm_septets(out);
}

/* Cuts a text to at most most units: behind a word, unless that leaves less than half of what has
 * room. What follows has a mark of its own, so none stays at the end. */
static void shorten(char *text, int most, int (*units_of)(uint32_t point))
{
    char *at = text;
    char *cut = text;  /* the last place that fits */
    char *word = text; /* the last such place behind a word */
    int used = 0, used_at_word = 0;

    while (*at) {
        const char *next = at;
        int before = used;
        used += units_of(next_point(&next));
        if (*at == ' ' && before <= most)
            word = at, used_at_word = before;
        if (used > most)
            break;
        at += next - at;
        cut = at;
    }
    if (used_at_word * 2 >= most)
        cut = word;
    while (cut > text && strchr(" .,;:&(-/", cut[-1]))
        cut--;
    *cut = '\0';
}

void gsm_shorten(char *text, int septets)
{
    if (gsm_septets(text) > septets)
        shorten(text, septets, width);
}

/* UCS-2 -----------------------------------------------------------------------------------------*/

static int ucs2_width(uint32_t point)
{
    return point > 0xffff ? 2 : 1;
}

int ucs2_units(const char *text)
{
    int units = 0;

    while (*text)
        units += ucs2_width(next_point(&text));
    return units;
}

int ucs2_segments(const char *text)
{
    int units = ucs2_units(text);

    if (units == 0)
        return 0;
    return units <= UCS2_SEGMENT ? 1 : joined(text, UCS2_SEGMENT_JOINED, ucs2_width);
}

int ucs2_spell(const char *text, char *out, size_t size)
{
    size_t used = 0;

    while (*text) {
        uint32_t point = next_point(&text);
        uint8_t as[U8_MAX_LENGTH];
        int32_t length = 0;
        U8_APPEND_UNSAFE(as, length, u_charType((UChar32)point) == U_CONTROL_CHAR ? ' ' : point);
        if (used + (size_t)length >= size)
            break;
        memcpy(out + used, as, (size_t)length);
        used += (size_t)length;
    }
    out[used] = '\0';
    return ucs2_units(out);
}

void ucs2_shorten(char *text, int units)
{
    if (ucs2_units(text) > units)
        shorten(text, units, ucs2_width);
}

enum sms_encoding sms_encoding_of(const char *text)
{
    return gsm_septets(text) >= 0 ? SMS_GSM7 : SMS_UCS2;
}

int sms_segments(const char *text)
{
    return sms_encoding_of(text) == SMS_GSM7 ? gsm_segments(text) : ucs2_segments(text);
}
