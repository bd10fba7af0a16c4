#include "nearest.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

enum { WORD_MOST = 40, PART_LEAST = 4 };

static bool same(char a, char b)
{
    int x = a == '_' || a == ' ' ? '-' : tolower((unsigned char)a);
    int y = b == '_' || b == ' ' ? '-' : tolower((unsigned char)b);

    return x == y;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* How many letters are added, left out, changed or swapped with their neighbour. Both words have
 * at most WORD_MOST letters. */
static unsigned distance_of(const char *a, const char *b)
{
    unsigned rows[3][WORD_MOST + 1]; /* of the letters of b, for the last three letters of a */
    size_t as = strlen(a), bs = strlen(b);

    for (size_t j = 0; j <= bs; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= as; i++) {
        unsigned *now = rows[i % 3], *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];

        now[0] = (unsigned)i;
        for (size_t j = 1; j <= bs; j++) {
            now[j] = least(least(last[j], now[j - 1]) + 1, last[j - 1] + !same(a[i - 1], b[j - 1]));
            if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
                now[j] = least(now[j], before[j - 2] + 1);
        }
    }
    return rows[as % 3][bs];
}

/* "telephone" and "phone": one is within the other. */
static bool contains(const char *a, const char *b)
{
    return strlen(b) >= PART_LEAST && strcasestr(a, b);
}

void nearest_try(struct nearest *nearest, const char *name)
{
    size_t length = strlen(nearest->word), other = strlen(name);
    unsigned distance, most = (unsigned)(length < other ? length : other) / 3;

    if (length > WORD_MOST || other > WORD_MOST)
        return;
    distance = distance_of(nearest->word, name);
    if (distance > most && !contains(nearest->word, name) && !contains(name, nearest->word))
        return;
    if (nearest->name && distance >= nearest->distance)
        return;
    nearest->name = name;
    nearest->distance = distance;
}
