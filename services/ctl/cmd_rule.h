/*
 * cmd_rule: rules as files have them, which rule import stores and rule try tries.
 */
#ifndef LIAISON_CTL_CMD_RULE_H
#define LIAISON_CTL_CMD_RULE_H

#include "import.h"

#include <jansson.h>

/* Begins a row: its name, and what is stored of that rule. district: its id. 0 or a negative enum
 * err with the error filled. */
int rule_find(struct import *import, size_t row, const char *district, const char **name);
/* Reads a row that rule_find began into given, an object: what the row gives. Returns as rule_find.
 */
int rule_read(struct import *import, size_t row, const char *district, json_t *given);
/* A rule that nothing was said of; the caller's. */
json_t *rule_plain(void);

#endif
