#include "person.h"

#include "errors.h"

#include <stdlib.h>
#include <string.h>

static int copy(char *out, size_t size, const char *text)
{
    if (strlen(text) >= size)
        return ERR_SIZE;
    strcpy(out, text);
    return 0;
}

int person_read(struct person *person, const PGresult *result)
{
    memset(person, 0, sizeof *person);
    person->id = atoi(PQgetvalue(result, 0, 0));
    person->whole_district = PQgetvalue(result, 0, 2)[0] == 't';
    if (copy(person->district, sizeof person->district, PQgetvalue(result, 0, 1)) != 0 ||
        copy(person->schools, sizeof person->schools, PQgetvalue(result, 0, 3)) != 0 ||
        copy(person->login, sizeof person->login, PQgetvalue(result, 0, 4)) != 0 ||
        copy(person->name, sizeof person->name, PQgetvalue(result, 0, 5)) != 0 ||
        copy(person->csrf, sizeof person->csrf, PQgetvalue(result, 0, 6)) != 0)
        return ERR_SIZE;
    return 0;
}

const char *person_scope(const struct person *person)
{
    return person->whole_district ? NULL : person->schools;
}

int person_district(const struct person *person)
{
    return atoi(person->district);
}
