/*
 * person: who asks, and what that person may see. Read from the rows of dashboard.right that hold
 * now; every statement about calls takes district and schools from here.
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

/* The columns that person_read wants, from aliases s (session), p (person), r (right). */
#define PERSON_COLUMNS                                                                        \
    "p.person_id, s.district_id, bool_or(r.role = 'district') as whole, "                     \
    "coalesce(array_agg(distinct r.school_id) filter (where r.school_id is not null), '{}') " \
    "as schools, p.login, p.name, s.csrf"

/* The first columns of a row are PERSON_COLUMNS. 0, or ERR_SIZE if the rights do not fit. */
int person_read(struct person *person, const PGresult *result);
/* The parameter for schools: NULL for a whole district. */
const char *person_scope(const struct person *person);
int person_district(const struct person *person);
/* Whether a list of schools ("{3,7}") has one that the person may see. */
bool person_sees_one_of(const struct person *person, const char *schools);

#endif
