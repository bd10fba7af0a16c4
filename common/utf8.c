/* See utf8.h. */
#include "utf8.h"

#include <string.h>
#include <unicode/uchar.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

static uint32_t octet_at(const char *text, size_t i)
{
    return (unsigned char)text[i];
}

size_t utf8_step(const char *text, size_t size, uint32_t *point)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t first = octet_at(text, 0);
    size_t length = first < 0x80             ? 1
                    : (first & 0xe0) == 0xc0 ? 2
                    : (first & 0xf0) == 0xe0 ? 3
                    : (first & 0xf8) == 0xf0 ? 4
                                             : 0;
    uint32_t value;

    if (length == 0 || length > size)
        return 0;
    value = length == 1 ? first : first & (0x7fU >> length);
    for (size_t i = 1; i < length; i++) {
        if ((octet_at(text, i) & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (octet_at(text, i) & 0x3f);
    }
    if (value < least[length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return 0;
    *point = value;
    return length;
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

#ifdef __SSE2__
/* A bit for each of 16 octets, the first lowest: set where the octet is not plain. */
static unsigned not_plain(__m128i octets)
{
    /* As signed numbers, octets from 0x80 on are below 0x20 as well. */
    __m128i outside = _mm_or_si128(_mm_cmplt_epi8(octets, _mm_set1_epi8(0x20)),
                                   _mm_cmpeq_epi8(octets, _mm_set1_epi8(0x7f)));
    __m128i marks = _mm_or_si128(_mm_cmpeq_epi8(octets, _mm_set1_epi8('"')),
                                 _mm_cmpeq_epi8(octets, _mm_set1_epi8('\\')));

    return (unsigned)_mm_movemask_epi8(_mm_or_si128(outside, marks));
}
#endif

size_t utf8_plain(const char *text, size_t size)
{
    size_t i = 0;

#ifdef __SSE2__
    for (; size - i >= 16; i += 16) {
        unsigned found = not_plain(_mm_loadu_si128((const __m128i *)(text + i)));

        if (found)
            return i + (size_t)__builtin_ctz(found);
    }
    if (size - i >= 8) { /* short texts are the most */
        unsigned found = not_plain(_mm_loadl_epi64((const __m128i *)(text + i))) & 0xff;

        if (found)
            return i + (size_t)__builtin_ctz(found);
        i += 8;
    }
#endif
    while (i < size && is_plain((unsigned char)text[i]))
        i++;
    return i;
}

static const char *point_defect(uint32_t point)
{
    if (point < 0x20 || (point >= 0x7f && point < 0xa0))
        return "must not hold control characters";
    if (point == 0x2028 || point == 0x2029)
        return "must not hold line or paragraph separators";
    if ((point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069))
        return "must not hold controls of text direction";
    return NULL;
}

const char *utf8_text_defect(const char *text, size_t size)
{
    for (size_t i = utf8_plain(text, size); i < size; i += utf8_plain(text + i, size - i)) {
        uint32_t point;
        size_t step = utf8_step(text + i, size - i, &point);
        const char *defect;

        if (step == 0)
            return "is not UTF-8";
        defect = point_defect(point);
        if (defect)
            return defect;
        i += step;
    }
    return NULL;
}

size_t utf8_whole(const char *text, size_t most)
{
    size_t length = strnlen(text, most + 1);

    if (length <= most)
        return length;
    while (most > 0 && (octet_at(text, most) & 0xc0) == 0x80)
        most--;
    return most;
}

static bool is_shown(uint32_t point)
{
    enum { BRAILLE_BLANK = 0x2800 }; /* a symbol to Unicode, and without a dot */

    if (point > 0x20 && point < 0x7f)
        return true;
    return point != BRAILLE_BLANK && !u_isUWhiteSpace((UChar32)point) &&
           !u_hasBinaryProperty((UChar32)point, UCHAR_DEFAULT_IGNORABLE_CODE_POINT);
}

bool utf8_is_blank(const char *text, size_t size)
{
    while (size > 0) {
        uint32_t point;
        size_t step = utf8_step(text, size, &point);

        if (step == 0 || is_shown(point))
            return false;
        text += step;
        size -= step;
    }
    return true;
}

bool utf8_has_letter(const char *text, size_t size)
{
    uint32_t point;

    for (size_t step; size > 0 && (step = utf8_step(text, size, &point)) > 0; size -= step) {
        if (u_isalnum((UChar32)point))
            return true;
        text += step;
    }
    return false;
}
