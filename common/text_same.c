/* See text_same.h. */
#include "text_same.h"

#include "errors.h"
#include "text_fold.h"

#include <ctype.h>
#include <string.h>

static bool is_digit(unsigned char letter)
{
    return isdigit(letter & 0x7f) != 0;
}

static int put(struct text_key *key, unsigned char letter)
{
    if (letter == TEXT_STRANGE || letter == (TEXT_STRANGE | TEXT_UNSURE))
        return ERR_VALUE;
    if (key->size == TEXT_KEY_MAX)
        return ERR_SIZE;
    key->letter[key->size++] = letter;
    return 0;
}

int text_key(struct text_key *key, const char *text)
{
    struct text_words words;
    int err = text_fold(&words, text, strlen(text));

    key->size = 0;
    for (size_t w = 0; !err && w < words.count; w++) {
        const struct text_word *word = &words.word[w];

        if (key->size > 0 && is_digit(key->letter[key->size - 1]) && is_digit(word->letter[0]))
            err = put(key, ' ');
        for (size_t i = 0; !err && i < word->size; i++)
            err = put(key, word->letter[i]);
    }
    return err ? err : key->size > 0 ? 0 : ERR_VALUE;
}

/* A digit and a letter are never the same: S1 and SI are two codes. */
static bool same(unsigned char a, unsigned char b)
{
    char one = (char)(a & 0x7f), other = (char)(b & 0x7f);

    if (one == other)
        return true;
    return !is_digit(a) && !is_digit(b) && (text_is_letter(a, other) || text_is_letter(b, one));
}

bool text_key_begins(const struct text_key *key, const struct text_key *other)
{
    if (key->size > other->size)
        return false;
    for (size_t i = 0; i < key->size; i++)
        if (!same(key->letter[i], other->letter[i]))
            return false;
    return true;
}

bool text_key_is(const struct text_key *key, const struct text_key *other)
{
    return key->size == other->size && text_key_begins(key, other);
}
