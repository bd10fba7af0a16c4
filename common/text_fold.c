/* See text_fold.h. */
#include "text_fold.h"

#include "errors.h"
#include "utf8.h"

#include <ctype.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uspoof.h>
#include <unicode/utf16.h>

enum {
    SOME = 24, /* UTF-16 units of one character, normalised */
    FIRST_ENCLOSED = 0x249c
};

/* Loaded once; constant, and shared by all threads. ICU's data is part of its library. Without it
 * no text can be checked, so the program ends. */
static const UNormalizer2 *nfkd;
static USpoofChecker *spoof;

static void load(void)
{
    UErrorCode status = U_ZERO_ERROR;

    nfkd = unorm2_getNFKDInstance(&status);
    spoof = uspoof_open(&status);
    if (U_FAILURE(status))
        abort();
}

/* Latin letters of phonetic writing that look like capitals, and that Unicode's table of
 * look-alikes lacks. */
static const struct {
    UChar32 point;
    char letter;
} small_capitals[] = {
    {0x1d00, 'a'}, {0x0299, 'b'}, {0x1d04, 'c'}, {0x1d05, 'd'}, {0x1d07, 'e'}, {0xa730, 'f'},
    {0x0262, 'g'}, {0x029c, 'h'}, {0x026a, 'i'}, {0x1d0a, 'j'}, {0x1d0b, 'k'}, {0x029f, 'l'},
    {0x1d0d, 'm'}, {0x0274, 'n'}, {0x1d0f, 'o'}, {0x1d18, 'p'}, {0x0280, 'r'}, {0xa731, 's'},
    {0x1d1b, 't'}, {0x1d1c, 'u'}, {0x1d20, 'v'}, {0x1d21, 'w'}, {0x028f, 'y'}, {0x1d22, 'z'},
    {0x0131, 'i'}, {0x0142, 'l'}, {0x0141, 'l'}, {0x00f8, 'o'}, {0x00d8, 'o'}, {0x0111, 'd'},
    {0x0110, 'd'}, {0x00d0, 'd'}, {0x00f0, 'd'}, {0x0256, 'd'}, {0x0257, 'd'}, {0x0189, 'd'},
    {0x018a, 'd'}, {0x212f, 'e'},
};

/* The first letters of alphabets: white on black, of flags, in brackets. */
static const UChar32 alphabets[] = {0x1f150, 0x1f170, 0x1f1e6, 0x1f110, 0x249c};

static char letter_of(UChar32 point)
{
    for (size_t i = 0; i < sizeof small_capitals / sizeof small_capitals[0]; i++)
        if (small_capitals[i].point == point)
            return small_capitals[i].letter;
    for (size_t i = 0; i < sizeof alphabets / sizeof alphabets[0]; i++)
        if (point >= alphabets[i] && point < alphabets[i] + 26)
            return (char)('a' + (point - alphabets[i]));
    return 0;
}

/* The one letter or digit of ASCII that a character looks like, or 0. */
static char look_alike(UChar32 point)
{
    UChar from[2], to[SOME];
    int32_t size = 0;
    UErrorCode status = U_ZERO_ERROR;

    U16_APPEND_UNSAFE(from, size, point);
    int32_t made = uspoof_getSkeleton(spoof, 0, from, size, to, SOME, &status);
    if (U_FAILURE(status))
        return 0;
    if (made == 2 && to[0] == 'r' && to[1] == 'n')
        return 'm';
    for (; made > 1; made--) /* a stroke or a hook is ignored */
        if (u_charType(to[made - 1]) != U_NON_SPACING_MARK)
            return 0;
    return made == 1 && to[0] < 0x80 && isalnum(to[0]) ? (char)tolower(to[0]) : 0;
}

static unsigned char fold_letter(UChar32 point)
{
    char letter = letter_of(point);

    if (!letter)
        letter = look_alike(point);
    if (!letter)
        letter = look_alike(u_toupper(point));
    if (!letter)
        letter = look_alike(u_tolower(point));
    return (unsigned char)(letter ? letter | TEXT_UNSURE : TEXT_STRANGE);
}

/* ---- From characters to words ---- */

struct folding {
    struct text_words *words;
    struct text_word *word; /* being written, or NULL */
    size_t at;              /* octet of the current character */
    uint8_t gap;
    bool failed;
};

static void end_word(struct folding *f)
{
    if (f->word)
        f->word->to = (uint16_t)f->at;
    f->word = NULL;
}

static void put_letter(struct folding *f, unsigned char letter)
{
    struct text_words *words = f->words;

    if (!f->word) {
        if (words->count == TEXT_MAX_WORDS) {
            f->failed = true;
            return;
        }
        f->word = &words->word[words->count++];
        *f->word = (struct text_word){
            .letter = words->letter + words->chars, .from = (uint16_t)f->at, .gap = f->gap};
        f->gap = 0;
    }
    if (words->chars == TEXT_MAX_CHARS) {
        f->failed = true;
        return;
    }
    words->origin[words->chars] = (uint16_t)f->at;
    words->letter[words->chars++] = letter;
    f->word->size++;
}

static void put_gap(struct folding *f, UChar32 point)
{
    end_word(f);
    if (point == ':' || point == '=')
        f->gap |= TEXT_GAP_COLON;
    else if (point == ',' || point == 0x3001)
        f->gap |= TEXT_GAP_COMMA;
    else if (point == ';' || point == '|' || point == '\n')
        f->gap |= TEXT_GAP_END;
    else if (point < 0x80 && strchr("()[]{}<>", (int)point))
        f->gap |= TEXT_GAP_BRACKET;
    else if (point == ' ' || point == '\t' || u_isUWhiteSpace(point))
        f->gap |= TEXT_GAP_SPACE;
    else
        f->gap |= TEXT_GAP_OTHER;
}

/* Signs for year, month and day, which East Asian dates have behind their numbers. */
static bool is_date_sign(UChar32 point)
{
    return point == 0x5e74 || point == 0x6708 || point == 0x65e5 || point == 0xb144 ||
           point == 0xc6d4 || point == 0xc77c;
}

/* Adds one character of the normalised text. */
static void put_point(struct folding *f, UChar32 point)
{
    int8_t type;

    if (point < 0x80) {
        if (isalnum(point))
            put_letter(f, (unsigned char)tolower(point));
        else
            put_gap(f, point);
        return;
    }
    if (u_hasBinaryProperty(point, UCHAR_DEFAULT_IGNORABLE_CODE_POINT))
        return;
    type = u_charType(point);
    if (type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK || type == U_COMBINING_SPACING_MARK)
        return;
    if (u_charDigitValue(point) >= 0)
        put_letter(f, (unsigned char)('0' + u_charDigitValue(point)));
    else if (is_date_sign(point))
        put_gap(f, '/');
    else if (u_isalpha(point) || letter_of(point))
        put_letter(f, fold_letter(point));
    else
        put_gap(f, point);
}

static void put_normalised(struct folding *f, UChar32 point)
{
    UChar from[2], to[SOME];
    int32_t size = 0;
    UErrorCode status = U_ZERO_ERROR;
    UChar32 one;

    /* A digit or letter in brackets, in a circle or with a full stop is the plain one. */
    if (u_getIntPropertyValue(point, UCHAR_NUMERIC_TYPE) == U_NT_DIGIT) {
        put_letter(f, (unsigned char)('0' + (int)u_getNumericValue(point)));
        return;
    }
    if (point >= FIRST_ENCLOSED && letter_of(point)) {
        put_point(f, point);
        return;
    }
    U16_APPEND_UNSAFE(from, size, point);
    int32_t made = unorm2_normalize(nfkd, from, size, to, SOME, &status);
    if (U_FAILURE(status)) {
        put_point(f, point);
        return;
    }
    for (int32_t i = 0; i < made;) {
        U16_NEXT(to, i, made, one);
        put_point(f, one);
    }
}

/* ---- Words of letters and digits ---- */

static const char *const joined_to_numbers[] = {
    "dob", "yob", "fdn", "born", "bday", "birth", "jan", "feb", "mar", "apr", "may",
    "jun", "jul", "aug", "sep",  "oct",  "nov",   "dec", "ene", "abr", "ago", "dic"};

/* A number of one or two digits directly behind one of these is a word of its own: SUSP1. */
static const char *const numbered[] = {"susp",  "suspect", "rp",    "vic",    "vict",    "victim",
                                       "wit",   "witness", "compl", "subj",   "subject", "caller",
                                       "party", "person",  "juv",   "driver", "undoc",   "alien",
                                       "usbp",  "daca",    "immig", "deport", "migrant"};

static bool begins_like(const unsigned char *letter, size_t size, const char *word)
{
    size_t i = 0;

    while (i < size && word[i] && text_is_letter(letter[i], word[i]))
        i++;
    return word[i] == '\0';
}

/* Returns the end of the run of digits, or of other characters, that begins at from. */
static size_t run_end(const struct text_word *word, size_t from)
{
    bool digit = isdigit(word->letter[from] & 0x7f) != 0;
    size_t to = from + 1;

    while (to < word->size && (isdigit(word->letter[to] & 0x7f) != 0) == digit)
        to++;
    return to;
}

static bool is_numbered(const struct text_word *word)
{
    size_t size = run_end(word, 0);

    if (size == word->size || word->size - size > 2 || run_end(word, size) < word->size)
        return false;
    for (size_t i = 0; i < sizeof numbered / sizeof numbered[0]; i++)
        if (size == strlen(numbered[i]) && begins_like(word->letter, size, numbered[i]))
            return true;
    return false;
}

/* Whether the numbers in a word are words of their own: "DOB01021990", "14MAR87". Not "30A",
 * "23RD", "D0B". */
static bool is_to_split(const struct text_word *word)
{
    if (is_numbered(word))
        return true;
    for (size_t from = 0, to; from < word->size; from = to) {
        to = run_end(word, from);
        if (isdigit(word->letter[from]) && to - from >= 4 && to - from < word->size)
            return true;
        for (size_t i = 0; i < sizeof joined_to_numbers / sizeof joined_to_numbers[0]; i++)
            if (!isdigit(word->letter[from]) && to - from < word->size &&
                begins_like(word->letter + from, to - from, joined_to_numbers[i]))
                return true;
    }
    return false;
}

static void mark(struct text_words *words, struct text_word *word)
{
    unsigned char *letter = words->letter + (word->letter - words->letter);
    size_t digits = 0;

    for (size_t i = 0; i < word->size; i++)
        digits += isdigit(letter[i]) != 0;
    word->number = digits == word->size;
    word->digits = digits > 0;
    for (size_t i = 0; !word->number && i < word->size; i++)
        if (isdigit(letter[i]))
            letter[i] |= TEXT_UNSURE;
}

static int split(struct text_words *words, size_t at)
{
    struct text_word whole = words->word[at];
    size_t parts = 0, from = 0;

    for (size_t i = 0; i < whole.size; i = run_end(&whole, i))
        parts++;
    if (words->count + parts - 1 > TEXT_MAX_WORDS)
        return ERR_SIZE;
    memmove(words->word + at + parts, words->word + at + 1, (words->count - at - 1) * sizeof whole);
    words->count += parts - 1;
    for (size_t i = 0; i < parts; i++) {
        struct text_word *part = &words->word[at + i];
        size_t to = run_end(&whole, from), first = (size_t)(whole.letter - words->letter);

        *part = (struct text_word){.letter = whole.letter + from,
                                   .size = (uint16_t)(to - from),
                                   .from = from ? words->origin[first + from] : whole.from,
                                   .to = to < whole.size ? words->origin[first + to] : whole.to,
                                   .gap = from ? 0 : whole.gap};
        from = to;
    }
    return 0;
}

int text_fold(struct text_words *words, const char *text, size_t size)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct folding f = {.words = words};
    uint32_t point;
    size_t step;

    words->count = words->chars = 0;
    if (size > TEXT_MAX_OCTETS)
        return ERR_SIZE;
    for (; f.at < size && !f.failed; f.at += step) {
        step = utf8_step(text + f.at, size - f.at, &point);
        if (step == 0) {
            put_gap(&f, '?');
            step = 1;
        } else if (point < 0x80) {
            put_point(&f, (UChar32)point);
        } else {
            pthread_once(&once, load);
            put_normalised(&f, (UChar32)point);
        }
    }
    end_word(&f);
    if (f.failed)
        return ERR_SIZE;
    words->origin[words->chars] = (uint16_t)size;
    for (size_t i = 0; i < words->count; i++) {
        if (is_to_split(&words->word[i]) && split(words, i) != 0)
            return ERR_SIZE;
        mark(words, &words->word[i]);
    }
    return 0;
}

/* Maps a digit and the letters that are confused with it to one character. */
static char shape(char letter)
{
    static const char digits[] = "olzeasgtbg", *const same = "lil";

    if (isdigit((unsigned char)letter))
        return digits[letter - '0'];
    return strchr(same, letter) ? 'l' : letter;
}

bool text_is_letter(unsigned char folded, char letter)
{
    char plain = (char)(folded & 0x7f);

    return plain == letter || (folded & TEXT_UNSURE && shape(plain) == shape(letter));
}
