/*
 * reload: loads intake's tables from the database: keys, schools with their aliases, source codes
 * that must be withheld. It loads them at the start, and again when liaison.revision has changed,
 * which it checks once a second. All calls on the loop's thread. A table is replaced as a whole,
 * between messages.
 */
#ifndef INTAKE_RELOAD_H
#define INTAKE_RELOAD_H

#include "db.h"
#include "keys.h"
#include "place.h"

struct withheld; /* agencies' source codes that map to withheld common codes */

struct tables {
    struct keys keys;
    struct place_map *places;
    struct withheld *withheld;
    bool loaded; /* all tables were loaded at least once */
};

struct reload;

extern const struct db_statement reload_statements[];
extern const size_t reload_statement_count;

/* changed is called after a table was replaced: name is "keys", "schools" or "codes". */
struct reload *reload_new(struct db *db, struct tables *tables,
                          void (*changed_cb)(void *ctx, const char *name), void *ctx);
/* Checks the revisions and loads tables that have changed. Call once a second, and when the
 * database comes up. */
void reload_look(struct reload *reload);
void reload_free(struct reload *reload);

/* Adds a code. Codes that a person reads as the same are the same (text_same.h); a code that is
 * there already stays. *withheld is NULL at first. */
int withheld_add(struct withheld **withheld, int agency_id, const char *own);
bool withheld_has(const struct withheld *withheld, int agency_id, const char *own);
void tables_free(struct tables *tables);

#endif
