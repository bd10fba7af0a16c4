/*
 * text_check: removes from a text what Liaison must not keep, wherever an agency writes it: words
 * that state immigration or citizenship status, a place of birth, a date of birth, and a name after
 * a word that announces one. The agent checks every text of an event before it is spooled, and
 * intake before it is stored; both also check other texts that an agency controls (the names of
 * files, the agent's name, the source of a manifest).
 *
 * The patterns are in text_rules.def. The check does not depend on how a text is written: case,
 * accents, look-alikes (text_fold.h). A text in which nothing is found keeps every octet. Safe on
 * any thread; nothing is allocated.
 */
#ifndef LIAISON_TEXT_CHECK_H
#define LIAISON_TEXT_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Replaces a text of which nothing is left. */
#define TEXT_WITHHELD "withheld"

/* Kinds of what is found: TEXT_KIND(name, word, doc). word is a column of agency.tally after
 * "withheld_", and a counter of the agent. */
#define TEXT_KIND_ROWS(TEXT_KIND)                                                                  \
    TEXT_KIND(STATUS, "status", "Words that tell immigration or citizenship status.")              \
    TEXT_KIND(BIRTH_PLACE, "birth_place", "A place of birth, a country of origin, a nationality.") \
    TEXT_KIND(BIRTH_DATE, "birth_date", "A date beside DOB, BORN and the like.")                   \
    TEXT_KIND(NAME, "name", "A person's name behind NAME, SUSP, RP, DOB and the like.")

#define TEXT_KIND_ENUM(name, word, doc) TEXT_##name,
enum text_kind { TEXT_KIND_ROWS(TEXT_KIND_ENUM) TEXT_KINDS };

/* The kind of field that a text belongs to, a bit each. Some patterns apply to one kind only. */
enum text_field {
    TEXT_OF_CODE =
        1, /* an agency's code: one that states a status becomes TEXT_WITHHELD as a whole */
    TEXT_OF_OFFENSE = 2, /* the same, and codes of offenses are recognised by their value */
    TEXT_OF_PLACE = 4,   /* streets, businesses, schools: names that resemble a pattern are kept */
    TEXT_OF_ID = 8,      /* a number: if nothing is left of it, it is empty, "not given" */
    TEXT_OF_OTHER = 16,  /* names of files and programs */
};

/* How many facts of each kind were removed. Added to, not cleared. */
struct text_found {
    uint32_t count[TEXT_KINDS];
};

enum { TEXT_CHECK_MAX = 512 };

/*
 * Checks text, a NUL-terminated text in an array of size octets (more than sizeof TEXT_WITHHELD),
 * and removes the facts that it finds. Returns how many it removed; 0: no octet has changed. A text
 * of more than 512 octets that may hold a fact becomes TEXT_WITHHELD as a whole. found may be NULL.
 */
uint32_t text_check(char *text, size_t size, enum text_field field, struct text_found *found);

/*
 * The same for what only the text before it makes a date of birth: "1200 PINE ST DOB" in one field,
 * "03/14/1987" in the next. before stays as it is. Both are checked with text_check as well.
 */
uint32_t text_check_behind(const char *before, char *text, size_t size, enum text_field field,
                           struct text_found *found);

/* Whether the text may hold a fact: plain ASCII without a word that a pattern begins with holds
 * none. Cheap; text_check calls it first. */
bool text_may_hold(const char *text);

/* All kinds together. */
uint32_t text_found_sum(const struct text_found *found);
/* Writes "taken_status=1 taken_birth_place=0 ..." for a log. */
enum { TEXT_FOUND_TEXT = 160 };
void text_found_format(const struct text_found *found, char out[TEXT_FOUND_TEXT]);

/* The word of a kind, and what it is. */
const char *text_kind_word(enum text_kind kind);
const char *text_kind_doc(enum text_kind kind);

#endif
