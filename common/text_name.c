/* See text_find.h: names. */
#include "text_find.h"

enum {
    NAME_MAX_WORDS = 8,   /* of one person; DE LA and the like do not count */
    BEFORE_MAX_WORDS = 5, /* of a name before its marker */
    INITIALS_MAX = 4,
    AGE_MAX = 6, /* characters of 16YO, 16YRS */
};

static bool is_name_word(const struct text_words *words, size_t i)
{
    return i < words->count && !words->word[i].digits &&
           !text_word_is(words, i, TEXT_LIST_NOT_NAMES);
}

/* Whether nothing but spaces stands before a word. */
static bool is_next(const struct text_words *words, size_t i)
{
    return i < words->count && !(words->word[i].gap & ~TEXT_GAP_SPACE);
}

/* A word in which digits stand for letters: J0HN. */
static bool is_name_with_digits(const struct text_word *word)
{
    const unsigned char *letter = word->letter;

    return word->size >= 3 && (letter[0] & 0x7f) >= 'a' && (letter[word->size - 1] & 0x7f) >= 'a';
}

/* J. SMITH, J.R.R. TOLKIEN */
static bool is_initial(const struct text_words *words, size_t i)
{
    size_t end = i;

    while (end < words->count && end - i < INITIALS_MAX && words->word[end].size == 1 &&
           !words->word[end].digits)
        end++;
    return end > i && end < words->count && words->word[end].size > 1 &&
           (is_name_word(words, end) || text_word_is(words, end, TEXT_LIST_NAMES_TOO));
}

/* ST is Saint if a word of the name follows without a comma: ST JOHN, IAN; AMY ST. CLAIR. */
static bool is_saint(const struct text_words *words, size_t i)
{
    return text_word_is(words, i, TEXT_LIST_SAINT) && is_name_word(words, i + 1) &&
           words->word[i + 1].size > 1 && !(words->word[i + 1].gap & TEXT_GAP_COMMA);
}

/* A suffix that is part of the name before it: SMITH JR. Not LINCOLN JR HIGH. */
static bool is_suffix(const struct text_words *words, size_t i)
{
    return text_word_is(words, i, TEXT_LIST_SUFFIXES) &&
           !(is_next(words, i + 1) && text_word_is(words, i + 1, TEXT_LIST_OF_PLACE) &&
             !text_word_is(words, i + 1, TEXT_LIST_NAME_AND));
}

/* Like is_name_word, but behind a colon, where White, Young and Park may be names, and initials may
 * stand. The next word decides: WHITE MALE, WILL CALL and A MALE are no names. */
static bool is_announced_name(const struct text_words *words, size_t i)
{
    if (is_name_word(words, i))
        return true;
    if (i >= words->count)
        return false;
    if (words->word[i].digits)
        return is_name_with_digits(&words->word[i]);
    if (words->word[i].size == 1)
        return is_initial(words, i);
    if (is_saint(words, i))
        return true;
    return text_word_is(words, i, TEXT_LIST_NAMES_TOO) &&
           (!is_next(words, i + 1) || is_name_word(words, i + 1) || is_suffix(words, i + 1) ||
            text_word_is(words, i + 1, TEXT_LIST_NAMES_TOO) ||
            text_word_is(words, i + 1, TEXT_LIST_NAME_LINKS) ||
            text_word_is(words, i + 1, TEXT_LIST_BEHIND_NAME));
}

/* A middle name in brackets: JOHN (NMN) SMITH. */
static bool is_in_brackets(const struct text_words *words, size_t i)
{
    return words->word[i].gap & TEXT_GAP_BRACKET && i + 1 < words->count &&
           words->word[i + 1].gap & TEXT_GAP_BRACKET &&
           !(words->word[i + 1].gap & (TEXT_GAP_END | TEXT_GAP_COLON)) &&
           is_name_word(words, i + 1);
}

/* Whether a name that has begun ends before word i. */
static bool name_ends(const struct text_words *words, size_t i, bool announced)
{
    const struct text_word *word = &words->word[i];

    if (word->gap & (TEXT_GAP_END | TEXT_GAP_COLON))
        return true;
    if (word->gap & TEXT_GAP_BRACKET && !is_in_brackets(words, i))
        return true;
    return text_word_is(words, i, TEXT_LIST_DOB_OR_MONTH) &&
           !(announced && text_word_is(words, i, TEXT_LIST_MONTHS) &&
             (i + 1 >= words->count || !word[1].digits));
}

/* Returns the end of the name that begins at i. *long_words counts its words that are longer than
 * an initial. */
static size_t name_end(const struct text_words *words, size_t i, bool announced, size_t *long_words)
{
    size_t first = i, count = 0;

    *long_words = 0;
    while (i < words->count && count < NAME_MAX_WORDS) {
        bool suffix = *long_words > 0 && is_suffix(words, i);

        if (!suffix && !(announced ? is_announced_name(words, i) : is_name_word(words, i)))
            break;
        if (i > first && name_ends(words, i, announced))
            break;
        if (i > first && words->word[i].gap & TEXT_GAP_BRACKET)
            i++;
        *long_words += !suffix && words->word[i].size >= 2;
        count += !text_word_is(words, i, TEXT_LIST_PARTICLES);
        i++;
    }
    return i;
}

bool text_is_of_place(const struct text_words *words, size_t end)
{
    bool last_name = end + 1 < words->count && words->word[end + 1].gap & TEXT_GAP_COLON &&
                     text_word_is(words, end, TEXT_LIST_LN); /* FN: JOHN LN: SMITH */

    return !last_name && is_next(words, end) && text_word_is(words, end, TEXT_LIST_OF_PLACE);
}

/* Extends a name by further names, each with a link before it: JOHN SMITH AND MARY JONES. It stops
 * before a word that is no name, or that is a place: JOHN SMITH AND PINE ST. */
static size_t more_names(const struct text_words *words, size_t end, bool colon, size_t *long_words)
{
    size_t used, more, next;

    while ((used = text_word_is(words, end, TEXT_LIST_NAME_LINKS)) > 0 &&
           !(words->word[end].gap & (TEXT_GAP_END | TEXT_GAP_COLON))) {
        bool and = text_word_is(words, end, TEXT_LIST_NAME_AND);

        next = name_end(words, end + used, colon, &more);
        if (more == 0 || text_is_of_place(words, next) || (!and&&more < 2) ||
            (!colon && more < 2 && *long_words < 2))
            break;
        *long_words += more;
        end = next;
    }
    return end;
}

/* ---- Markers: words that announce a name ---- */

/* LN is Lane behind a name: JOHN LN. */
static bool is_lane(const struct text_words *words, size_t i)
{
    if (i == 0 || !is_next(words, i) || !text_word_is(words, i, TEXT_LIST_LN))
        return false;
    return !text_word_is(words, i - 1, TEXT_LIST_OF_PLACE);
}

/* What is known about the current marker. */
struct marker {
    bool weak;     /* announces a name only with a colon behind it */
    bool colon;    /* a colon stands behind it */
    bool vicinity; /* VIC BROADWAY: a name without a colon needs two words */
    bool name;     /* the word NAME alone, which things also have */
};

/* How many words the marker at i has; 0 if there is none. */
static size_t name_marker(const struct text_words *words, size_t i, struct marker *marker)
{
    size_t used = text_word_is(words, i, TEXT_LIST_NAME), more;

    if (used)
        return used;
    used = text_word_is(words, i, TEXT_LIST_REPORTING);
    more = used ? text_word_is(words, i + used, TEXT_LIST_PARTY) : 0;
    if (more)
        return used + more;
    marker->weak = true;
    return is_lane(words, i) ? 0 : text_word_is(words, i, TEXT_LIST_PERSON);
}

/* Skips the number of a person: SUSP1, SUSP #1, SUSPECT 1: */
static size_t pass_number(const struct text_words *words, size_t i)
{
    const struct text_word *word = &words->word[i];

    if (i + 1 < words->count && word->size == 1 && !word->number && word[1].gap & TEXT_GAP_COLON &&
        !(word->gap & TEXT_GAP_COLON)) /* SUSP A: */
        return i + 1;
    if (i + 1 >= words->count || !word->number || word->size > 2)
        return i;
    return word->gap == 0 || word->gap & TEXT_GAP_OTHER || word[1].gap & TEXT_GAP_COLON ? i + 1 : i;
}

/* NAME of a thing: BUSINESS NAME. The last word of a place's name means that thing only where a
 * statement begins with it: PARK NAME: GREEN LAKE, but not GREEN LAKE PARK NAME: JOHN SMITH. */
static bool is_name_of_thing(const struct text_words *words, size_t i)
{
    if (i == 0 || !text_word_is(words, i, TEXT_LIST_NAME_ALONE))
        return false;
    if (text_word_is(words, i - 1, TEXT_LIST_NOT_A_NAME))
        return true;
    return is_next(words, i) && text_word_is(words, i - 1, TEXT_LIST_PLACE_WITH_NAME) &&
           (i == 1 || words->word[i - 1].gap & ~TEXT_GAP_SPACE);
}

/* RP is also a ramp of a motorway, VIC the vicinity, COMPL a building. They mean this at the
 * beginning of a place; behind a place they mean a person. */
static bool is_not_marker(const struct text_words *words, size_t i, enum text_field field,
                          struct marker *marker)
{
    if (i > 0 && text_word_is(words, i, TEXT_LIST_RP) && text_word_is(words, i - 1, TEXT_LIST_RAMP))
        return true;
    marker->vicinity = field == TEXT_OF_PLACE && text_word_is(words, i, TEXT_LIST_VICINITY);
    if (marker->vicinity && (i == 0 || text_word_is(words, i - 1, TEXT_LIST_BEFORE_VICINITY)))
        marker->weak = true;
    return is_name_of_thing(words, i);
}

/* The first word that the marker at i announces, or 0. */
static size_t name_begin(const struct text_words *words, size_t i, enum text_field field,
                         struct marker *marker)
{
    size_t used = name_marker(words, i, marker), first = i + used;

    if (!used || first >= words->count)
        return 0;
    marker->name = text_word_is(words, i, TEXT_LIST_NAME_ALONE);
    first = pass_number(words, first);
    if ((words->word[first].gap & TEXT_GAP_END && marker->weak) ||
        is_not_marker(words, i, field, marker))
        return 0;
    marker->colon = words->word[first].gap & TEXT_GAP_COLON;
    if (marker->weak && !marker->colon)
        return 0;
    while (first < words->count && text_word_is(words, first, TEXT_LIST_NAME_FILLERS)) {
        first++;
        marker->colon |= first < words->count && words->word[first].gap & TEXT_GAP_COLON;
    }
    return first;
}

/* Whether a name may begin at first. A single letter does not begin one, except in O'BRIEN and
 * D'ANGELO. */
static bool begins_name(const struct text_words *words, size_t first)
{
    const struct text_word *word = &words->word[first];

    return word->size >= 2 ||
           ((word->letter[0] == 'o' || word->letter[0] == 'd') && first + 1 < words->count &&
            word[1].gap == TEXT_GAP_OTHER && word[1].size >= 3);
}

/* How many words an age at i has: 16YO, 16 YO. 0 if there is none. */
static size_t age(const struct text_words *words, size_t i)
{
    const struct text_word *word = &words->word[i];

    if (word->number)
        return text_word_is(words, i + 1, TEXT_LIST_AGE) ? 2 : 0;
    return word->digits && !word->number && word->size <= AGE_MAX &&
           (word->letter[0] & 0x7f) <= '9' && (word->letter[word->size - 1] & 0x7f) >= 'a';
}

/* Skips the description of a person before the name: WHITE MALE JOHN SMITH, MS LOPEZ. *title: its
 * last word stands before names only. */
static size_t pass_description(const struct text_words *words, size_t i, bool *title)
{
    size_t used;

    for (*title = false; i < words->count; i += used) {
        if (words->word[i].gap & TEXT_GAP_END)
            return i;
        if ((used = text_word_is(words, i, TEXT_LIST_TITLES)) > 0)
            *title = true;
        else if ((used = text_word_is(words, i, TEXT_LIST_DESCRIPTIONS)) > 0 ||
                 (used = age(words, i)) > 0)
            *title = false;
        else
            return i;
    }
    return i;
}

/* Whether the word of a place at end is a statement about the person before it, who keeps the name:
 * SUSP: JOHN SMITH GYM, SUSP: JOHN AND CREW. */
static bool is_beside_place(const struct text_words *words, size_t end, const struct marker *marker,
                            size_t long_words)
{
    if (text_word_is(words, end, TEXT_LIST_NAME_AND))
        return marker->colon || long_words >= 2;
    return marker->colon && !marker->weak && !marker->name && !marker->vicinity && long_words >= 2;
}

/* Returns the end of the name at first and of the names linked with it, or 0. */
static size_t names_at(const struct text_words *words, size_t first, const struct marker *marker,
                       size_t least, size_t *long_words)
{
    size_t end;

    if (first >= words->count)
        return 0;
    end = name_end(words, first, marker->colon, long_words);
    if (*long_words == 0 || (!marker->colon && !begins_name(words, first)))
        return 0;
    end = more_names(words, end, marker->colon, long_words);
    if (*long_words < least || text_is_of_place(words, first) ||
        (!marker->colon && text_is_of_place(words, end - 1)))
        return 0;
    return text_is_of_place(words, end) && !is_beside_place(words, end, marker, *long_words) ? 0
                                                                                             : end;
}

/* NAME: TARGET */
static bool is_business(const struct text_words *words, size_t first, size_t end)
{
    return text_word_is(words, first, TEXT_LIST_CHAINS) &&
           !(first + 1 < end && words->word[first + 1].gap & TEXT_GAP_COMMA);
}

/* Returns the end of the announced name whose first word is at first, or 0. */
static size_t announced_end(const struct text_words *words, size_t first, enum text_field field,
                            const struct marker *marker)
{
    bool said = !marker->colon && text_word_is(words, first, TEXT_LIST_SAYS), comma = false;
    bool ended, title;
    size_t end, name, long_words = 0, least = marker->vicinity && !marker->colon ? 2 : 1;

    if (said && ++first >= words->count)
        return 0;
    ended = words->word[first].gap & TEXT_GAP_END;
    end = names_at(words, first, marker, least, &long_words);
    if (!end) {
        name = pass_description(words, first, &title);
        if (name > first)
            end = names_at(words, name, marker, title ? least : 2, &long_words);
        first = name;
    }
    if (!end || (marker->name && is_business(words, first, end)))
        return 0;
    for (size_t w = first + 1; w < end; w++)
        comma |= words->word[w].gap & TEXT_GAP_COMMA;
    if (!marker->colon && !comma && long_words < 2 &&
        (said || ended || !(field & (TEXT_OF_PLACE | TEXT_OF_OTHER))))
        return 0;
    return end;
}

/* JOHN SMITH (RP) */
static bool find_name_before(const struct text_words *words, size_t i, enum text_field field,
                             struct text_span *span)
{
    size_t used = text_word_is(words, i, TEXT_LIST_PERSON_BEHIND), end = i + used;

    if (!used || !(field & (TEXT_OF_PLACE | TEXT_OF_OTHER)) ||
        !(words->word[i].gap & TEXT_GAP_BRACKET) ||
        (end < words->count && !(words->word[end].gap & TEXT_GAP_BRACKET)))
        return false;
    *span = (struct text_span){TEXT_NAME, text_name_before(words, i), end};
    return span->first < i;
}

bool text_find_name(const struct text_words *words, size_t i, enum text_field field,
                    struct text_span *span)
{
    struct marker marker = {0};
    size_t first = name_begin(words, i, field, &marker), end;

    end = first && first < words->count ? announced_end(words, first, field, &marker) : 0;
    if (!end)
        return find_name_before(words, i, field, span);
    while (i > 0 && is_next(words, i) && text_word_is(words, i - 1, TEXT_LIST_NAME_PARTS))
        i--;
    *span = (struct text_span){TEXT_NAME, i, end};
    return true;
}

size_t text_name_before(const struct text_words *words, size_t i)
{
    size_t first = i, long_words = 0, count = 0;
    bool comma = false;

    while (first > 0 && count < BEFORE_MAX_WORDS &&
           (is_name_word(words, first - 1) || (first == i && is_suffix(words, first - 1)))) {
        if (first < i && words->word[first].gap & (TEXT_GAP_END | TEXT_GAP_BRACKET))
            break;
        first--;
        long_words += words->word[first].size >= 2 && !is_suffix(words, first);
        count += !text_word_is(words, first, TEXT_LIST_PARTICLES);
        comma |= words->word[first].gap & TEXT_GAP_COMMA && first > 0;
    }
    if (long_words < 2 || (first > 0 && words->word[first - 1].digits && !comma))
        return i;
    return first;
}

size_t text_name_behind(const struct text_words *words, size_t end)
{
    size_t long_words, name = name_end(words, end, false, &long_words);

    return long_words < 2 || text_is_of_place(words, name) ? end : name;
}
