/*
 * people_text: people as messages name them, with their roles: "Pat Lee (principal), Ann Ray
 * (director)". Roles are the district's own words; those that the catalogue has (message.role) are
 * said in the reader's language. Pure; any thread.
 */
#ifndef COMMON_PEOPLE_TEXT_H
#define COMMON_PEOPLE_TEXT_H

#include "catalogue.h"

#include <stddef.h>

/* How the database writes people: the role stands behind the name, and people behind each other. */
#define PEOPLE_ROLE "\x1f"
#define PEOPLE_NEXT "\x1e"

enum { PEOPLE_SIZE = 2400 };

/* The people of a list as the database writes it, cut where out has no more room. Returns out. */
char *people_say(const struct catalogue *words, const char *list, char *out, size_t size);

#endif
