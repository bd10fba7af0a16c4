/*
 * sentence: what a person would say aloud on looking at the page, from a few figures. Times are
 * texts already, in the district's zone. No state; any thread.
 */
#ifndef LIAISON_DASHBOARD_SENTENCE_H
#define LIAISON_DASHBOARD_SENTENCE_H

#include <stdbool.h>
#include <stddef.h>

/* A text that does not apply is NULL or "". */
struct sentence {
    int schools;                      /* that the person may see */
    const char *school;               /* its name, if it is one */
    int open;                         /* calls */
    int open_schools;                 /* schools that they are at */
    const char *what, *where;         /* of the most urgent one */
    int under_way, on_scene, cleared; /* its units */
    const char *acknowledged_by;
    bool alerted;
    const char *since; /* the end of the last call: "07:50", or with its day */
    int silent;        /* agencies that should be heard and are not */
    const char *silent_agency, *silent_since; /* if it is one */
};

enum { SENTENCE_SIZE = 1024 };

void sentence_make(const struct sentence *sentence, char out[SENTENCE_SIZE]);

#endif
