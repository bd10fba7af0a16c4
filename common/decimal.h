/*
 * decimal: a whole number as text, for a parameter of a statement:
 *
 *     db_exec_text(job, "purge", NULL, NULL, 1, DECIMAL(hours));
 *
 * The text lives as long as the statement of C in which DECIMAL stands.
 */
#ifndef LIAISON_DECIMAL_H
#define LIAISON_DECIMAL_H

#include <stdint.h>

struct decimal {
    char text[24];
};

struct decimal decimal(int64_t value);
#define DECIMAL(value) (decimal(value).text)

#endif
