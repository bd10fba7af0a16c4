/*
 * match: which school the words of a call name: an address, a block, a corner, the name of a place,
 * written as agencies write them. What is sure places the call; what is likely and no more goes to
 * a person. Precision comes before recall.
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
/* How a district knows that agencies write a school. school_id 0: these words are no school. */
int match_add_alias(struct match *match, int district_id, int school_id, bool is_address,
                    const char *text);

/* The schools that the address and the name of a place mean, the surest first; returns how many.
 * Either may be "". All are sure, or none is. */
size_t match_find(const struct match *match, const char *address, const char *name,
                  struct match_hit hits[MATCH_MAX]);

#endif
