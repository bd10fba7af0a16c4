/*
 * address: makes the many ways in which agencies write an address or a place name one: upper case,
 * single spaces, no punctuation, street words and directions abbreviated (USPS Publication 28,
 * appendices B and C). Both sides of a comparison go through it.
 */
#ifndef INTAKE_ADDRESS_H
#define INTAKE_ADDRESS_H

#include <stddef.h>

enum { ADDRESS_MAX = 256 };

/* Writes the normal form of text into out; "" if nothing is left. */
void address_normal(const char *text, char out[ADDRESS_MAX]);

#endif
