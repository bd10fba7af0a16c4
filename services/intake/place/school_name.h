/*
 * school_name: parses words as the name of a school: its core ("GARFIELD"), its level ("HS"), and
 * whether there are further words. Pure functions, any thread.
 */
#ifndef INTAKE_SCHOOL_NAME_H
#define INTAKE_SCHOOL_NAME_H

#include <stdbool.h>
#include <stddef.h>

enum school_level { LEVEL_NONE, LEVEL_SCHOOL, LEVEL_ES, LEVEL_MS, LEVEL_HS, LEVEL_K8 };

enum { SCHOOL_NAME_SIZE = 160 };

struct school_name {
    char core[SCHOOL_NAME_SIZE];
    enum school_level level; /* LEVEL_SCHOOL: "school" without a level */
    bool more; /* further words, which may name another place: "GARFIELD HS APARTMENTS", "NEAR ..."
                */
};

void school_name_read(const char *text, struct school_name *out);

/* The level by the word of district.school.level. */
enum school_level school_level_of(const char *word);
/* Whether a name of one level can mean a school of the other. */
bool school_level_fits(enum school_level said, enum school_level school);

#endif
