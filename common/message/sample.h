/*
 * sample: notices of a call that never was, one for each message there is: to show how a
 * district's messages read, and to see that they fit.
 */
#ifndef COMMON_SAMPLE_H
#define COMMON_SAMPLE_H

#include "notice.h"
#include "when.h"

/* Of whom the messages are; all is borrowed. */
struct sample_for {
    struct catalogue words;
    bool hours24;
    const char *school, *district;
    bool worst; /* with everything that makes a text long, and the longest link */
};

enum { SAMPLE_PEOPLE_SIZE = 120 };

struct sample {
    struct notice notice; /* borrows from the rest */
    struct when when;
    char others[SAMPLE_PEOPLE_SIZE], holders[SAMPLE_PEOPLE_SIZE], handed_by[SAMPLE_PEOPLE_SIZE];
    char handed_to[SAMPLE_PEOPLE_SIZE];
};

enum { SAMPLES = 52 };

/* "first", "first, late", "update, another agency", "digest". */
const char *sample_name(size_t number);
void sample_make(struct sample *sample, size_t number, const struct sample_for *whom);

#endif
