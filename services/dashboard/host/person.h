/*
 * person: the person of a request, and what that person may see. Read from the current rights
 * (dashboard.who); every statement about calls takes district and schools from here.
 */
#ifndef LIAISON_DASHBOARD_PERSON_H
#define LIAISON_DASHBOARD_PERSON_H

#include <libpq-fe.h>
#include <stdbool.h>

enum { PERSON_NAME_SIZE = 256, PERSON_SCHOOLS_SIZE = 8192, PERSON_CSRF_SIZE = 64 };

struct person {
    int id;
    char district[16];                 /* id, as a statement's parameter */
    bool whole_district;               /* role district: every school, sealed calls too */
    char schools[PERSON_SCHOOLS_SIZE]; /* role school: "{3,7}", as a statement's parameter */
    char login[PERSON_NAME_SIZE];
    char name[PERSON_NAME_SIZE];
    char csrf[PERSON_CSRF_SIZE];
};

/* Reads a row of dashboard.session_find. 0, or ERR_SIZE if the rights do not fit. */
int person_read(struct person *person, const PGresult *result);
/* The parameter for schools: NULL for a whole district. */
const char *person_scope(const struct person *person);
int person_district(const struct person *person);

#endif
