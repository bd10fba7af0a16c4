/*
 * address: brings the many ways in which agencies write an address to one form: upper case, single
 * spaces, no punctuation, street words and directions abbreviated (USPS Publication 28, appendices
 * B and C), ordinals as numbers ("TWENTY-THIRD", "23RD" and "23" are the same street). Both sides
 * of a comparison are normalised.
 *
 * Pure functions, any thread; nothing is allocated.
 */
#ifndef INTAKE_ADDRESS_H
#define INTAKE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

enum { ADDRESS_MAX = 256, ADDRESS_STREET = 96, ADDRESS_PARTS = 6 };

/* Writes the normal form of text into out; "" if nothing is left. */
void address_normal(const char *text, char out[ADDRESS_MAX]);

/* A street by its parts. "N 23RD AVE" and "23RD AVE N" are the same. */
struct address_street {
    char name[ADDRESS_STREET]; /* "23", "MARTIN LUTHER KING" */
    char suffix[8];            /* "AVE"; "" if none is given */
    char direction[8];         /* "NE"; before and after: "N E"; "" if none is given */
};

enum address_kind { ADDRESS_STREET_NUMBER, ADDRESS_CORNER, ADDRESS_NAME };

/* A part of a text, between two commas or on one side of an '@': an address, two streets that
 * cross, or other words, which may name a place. */
struct address_part {
    enum address_kind kind;
    int number;                      /* -1: none is given */
    bool block;                      /* "8XX", "800 BLOCK OF", "800-899": all of the hundred */
    struct address_street street[2]; /* [1] only of a corner */
    char name[ADDRESS_MAX]; /* of ADDRESS_NAME, and the text after an address; as written */
};

/* Cuts text into its parts; returns how many. */
size_t address_read(const char *text, struct address_part parts[ADDRESS_PARTS]);

enum address_likeness {
    ADDRESS_OTHER,
    ADDRESS_ALIKE, /* the given address is less complete than the known one, or one letter differs
                    */
    ADDRESS_SAME
};
enum address_likeness address_compare(const struct address_street *said,
                                      const struct address_street *known);

#endif
