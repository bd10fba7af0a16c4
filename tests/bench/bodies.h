/*
 * bodies: events for the bench, made before the measurement begins. An incident has five events, as
 * a dispatch system exports them (the whole incident each time), of about 800 octets. A given share
 * of the incidents is at one of the given schools.
 */
#ifndef BENCH_BODIES_H
#define BENCH_BODIES_H

#include <stddef.h>
#include <stdint.h>

enum { BODIES_STEPS = 5, BODIES_MAX = 2048 };

struct point {
    double latitude, longitude;
};

struct bodies {
    char *text; /* one after the other */
    size_t *start;
    size_t count;
    struct point *school;
    size_t schools;
};

/* file has lines "latitude longitude"; NULL: no schools. Exits on a bad file. */
void bodies_schools(struct bodies *bodies, const char *file);
/* Makes count bodies. run and session make the incident numbers unique. per_mille of the incidents
 * are at a school. open is how many incidents are open at the same time. */
void bodies_make(struct bodies *bodies, size_t count, const char *run, unsigned session,
                 unsigned per_mille, unsigned open);
void bodies_free(struct bodies *bodies);

static inline size_t bodies_size(const struct bodies *bodies, size_t i)
{
    return bodies->start[i + 1] - bodies->start[i];
}

#endif
