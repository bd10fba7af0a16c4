/* See utf8.h. */
#include "utf8.h"

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

static const char *point_defect(uint32_t point)
{
    if (point < 0xa0)
        return "must not hold control characters";
    if (point == 0x2028 || point == 0x2029)
        return "must not hold line or paragraph separators";
    if ((point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069))
        return "must not hold controls of text direction";
    return NULL;
}

const char *utf8_text_defect(const char *text, size_t size)
{
    for (size_t i = 0; i < size;) {
        uint32_t point = octet_at(text, i);
        size_t step = 1;
        const char *defect;

        if (point >= 0x20 && point < 0x7f) {
            i++;
            continue;
        }
        if (point >= 0x80)
            step = utf8_step(text + i, size - i, &point);
        if (step == 0)
            return "is not UTF-8";
        defect = point_defect(point);
        if (defect)
            return defect;
        i += step;
    }
    return NULL;
}
