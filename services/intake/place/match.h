/*
 * match: finds the school that the words of a call name: an address, a block, a corner, the name of
 * a place, in the ways agencies write them. A sure match places the call; a likely match becomes a
 * question to a person. Precision comes before recall.
 *
 * A struct match is built once from the districts' tables and then only read; it belongs to the
 * struct place_map that holds it.
 */
#ifndef INTAKE_MATCH_H
#define INTAKE_MATCH_H

#include <stdbool.h>
#include <stddef.h>

struct match;

enum match_method { MATCH_ADDRESS, MATCH_NAME, MATCH_BLOCK, MATCH_CORNER, MATCH_SPELLING };

enum { MATCH_MAX = 8 };

struct match_hit {
    int district_id, school_id;
    enum match_method method;
    double confidence; /* MATCH_SURE and over: placed; below: for a person to decide */
};

#define MATCH_SURE 0.7

struct match_school {
    int district_id, school_id;
    const char *name, *level, *address; /* as in district.school; level and address may be "" */
};

struct match *match_new(void);
void match_free(struct match *match);
/* Each 0 or ERR_NOMEM; the strings are copied. */
int match_add_school(struct match *match, const struct match_school *school);
/* Adds an alias: a wording that a district knows for a school. school_id 0: the words mean no
 * school. */
int match_add_alias(struct match *match, int district_id, int school_id, bool is_address,
                    const char *text);

/* Finds the schools that the address and the name of a place mean, the surest first; returns how
 * many. Either text may be "". All hits are sure, or none is. */
size_t match_find(const struct match *match, const char *address, const char *name,
                  struct match_hit hits[MATCH_MAX]);

#endif
