#include "intake_words.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_letter(unsigned char c)
{
    return isalnum(c) || c >= 0x80;
}

void words_split(const char *text, size_t size, struct words *words)
{
    size_t at = 0;

    words->count = 0;
    while (at < size && words->count < WORDS_MAX) {
        char *word = words->word[words->count];
        size_t n = 0;

        for (; at < size && (is_letter((unsigned char)text[at]) || text[at] == '\''); at++)
            if (text[at] != '\'' && n + 1 < WORD_SIZE)
                word[n++] = (char)toupper((unsigned char)text[at]);
        word[n] = '\0';
        if (n)
            words->count++;
        else
            at++;
    }
}

bool words_append(char *out, size_t size, const char *word)
{
    size_t n = strlen(out), more = strlen(word), space = n ? 1 : 0;

    if (n + space + more >= size)
        return false;
    memcpy(out + n, " ", space);
    memcpy(out + n + space, word, more + 1);
    return true;
}

void words_join(const struct words *words, size_t first, size_t end, char *out, size_t size)
{
    out[0] = '\0';
    for (size_t i = first; i < end && i < words->count; i++)
        if (!words_append(out, size, words->word[i]))
            return;
}

void words_remove(struct words *words, size_t at, size_t count)
{
    memmove(words->word[at], words->word[at + count],
            (words->count - at - count) * sizeof words->word[0]);
    words->count -= count;
}

/* strcmp of words, most of which differ early. */
static int compare(const char *a, const char *b)
{
    for (; *a && *a == *b; a++)
        b++;
    return (unsigned char)*a - (unsigned char)*b;
}

const char *words_look(const struct words_pair *pairs, size_t count, const char *word)
{
    size_t low = 0, high = count;

    if (*word < *pairs[0].from || *word > *pairs[count - 1].from)
        return NULL; /* numbers, mostly */
    while (low < high) {
        size_t at = (low + high) / 2;
        int order = compare(word, pairs[at].from);

        if (order == 0)
            return pairs[at].to;
        if (order < 0)
            high = at;
        else
            low = at + 1;
    }
    return NULL;
}

bool words_are_digits(const char *word)
{
    return word[0] && word[strspn(word, "0123456789")] == '\0';
}

enum { LONGEST = 96 };

int words_distance(const char *a, const char *b, int most, bool *substituted)
{
    int rows[3][LONGEST + 1]; /* the row being filled, the one before, the one before that */
    bool by[3][LONGEST + 1];
    int la = (int)strlen(a), lb = (int)strlen(b);

    *substituted = false;
    if (la > LONGEST || lb > LONGEST || abs(la - lb) > most)
        return most + 1;
    for (int j = 0; j <= lb; j++) {
        rows[0][j] = j;
        by[0][j] = false;
    }
    for (int i = 1; i <= la; i++) {
        int *row = rows[i % 3], *up = rows[(i + 2) % 3], *up2 = rows[(i + 1) % 3];
        bool *sub = by[i % 3], *sub_up = by[(i + 2) % 3], *sub_up2 = by[(i + 1) % 3];

        row[0] = i;
        sub[0] = false;
        for (int j = 1; j <= lb; j++) {
            bool differ = a[i - 1] != b[j - 1];

            row[j] = up[j] + 1;
            sub[j] = sub_up[j];
            if (row[j - 1] + 1 < row[j]) {
                row[j] = row[j - 1] + 1;
                sub[j] = sub[j - 1];
            }
            if (up[j - 1] + differ < row[j]) {
                row[j] = up[j - 1] + differ;
                sub[j] = sub_up[j - 1] || differ;
            }
            if (i > 1 && j > 1 && differ && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                up2[j - 2] + 1 < row[j]) {
                row[j] = up2[j - 2] + 1;
                sub[j] = sub_up2[j - 2];
            }
        }
    }
    int distance = rows[la % 3][lb];
    *substituted = by[la % 3][lb];
    return distance > most ? most + 1 : distance;
}
