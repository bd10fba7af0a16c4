/*
 * text_fold: turns a text into the words that a reader sees, whatever characters they are written
 * with: NFKC, without invisible characters (soft hyphens, joiners, variation selectors) and without
 * accents, look-alikes of other scripts as Latin letters, in lower case. Each word has the range of
 * octets that it came from. Private to common/text_*.c.
 *
 * Look-alikes are replaced for characters outside ASCII only: the tables of ICU merge I, 1 and l,
 * and would turn digits into letters. Digits of all scripts become 0 to 9 first.
 *
 * A struct text_words owns nothing and is large (about 30 KiB). Safe on any thread.
 */
#ifndef LIAISON_TEXT_FOLD_H
#define LIAISON_TEXT_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TEXT_MAX_OCTETS = 512, /* of a text that can be folded: TEXT_CHECK_MAX */
    TEXT_MAX_CHARS = 4096, /* one character may become eighteen */
    TEXT_MAX_WORDS = 640,
    TEXT_UNSURE = 0x80,   /* bit of a folded character: it is a look-alike, or a digit in a word */
    TEXT_STRANGE = '\x7f' /* a letter that looks like no Latin one */
};

/* What stands between a word and the one before it. */
enum text_gap {
    TEXT_GAP_SPACE = 1,
    TEXT_GAP_COLON = 2, /* ':' or '=' */
    TEXT_GAP_COMMA = 4,
    TEXT_GAP_BRACKET = 8,
    TEXT_GAP_END = 16, /* ';', '|' */
    TEXT_GAP_OTHER = 32,
};

struct text_word {
    const unsigned char *letter; /* folded; not terminated */
    uint16_t size;               /* folded characters, at least 1 */
    uint16_t from, to;           /* octets of the text: [from, to) */
    uint8_t gap;                 /* text_gap bits; 0: a number and letters that touch */
    bool number;                 /* digits only */
    bool digits;                 /* has a digit */
};

struct text_words {
    size_t count, chars;
    struct text_word word[TEXT_MAX_WORDS];
    unsigned char letter[TEXT_MAX_CHARS];
    uint16_t origin[TEXT_MAX_CHARS + 1]; /* octet at which each folded character begins */
};

/* Returns 0, or ERR_SIZE if the text has more of anything than there is space for. Octets that are
 * not UTF-8 stand between words. */
int text_fold(struct text_words *words, const char *text, size_t size);

/* Whether a folded character may be the letter. */
bool text_is_letter(unsigned char folded, char letter);

#endif
