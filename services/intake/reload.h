/*
 * reload: what intake knows from the database, loaded at start and again when liaison.revision says
 * that it moved (looked at once a second): keys, schools with their aliases, own codes that must be
 * withheld. On the loop's thread; the tables it fills are exchanged whole, between messages.
 */
#ifndef INTAKE_RELOAD_H
#define INTAKE_RELOAD_H

#include "db.h"
#include "keys.h"
#include "place.h"

struct withheld; /* own codes of agencies that stand for withheld common codes */

struct tables {
    struct keys keys;
    struct place_map *places;
    struct withheld *withheld;
    bool loaded; /* all of it, at least once */
};

struct reload;

extern const struct db_statement reload_statements[];
extern const size_t reload_statement_count;

/* changed is called after a table was exchanged: name is "keys", "schools" or "codes". */
struct reload *reload_new(struct db *db, struct tables *tables,
                          void (*changed_cb)(void *ctx, const char *name), void *ctx);
/* Looks at the revisions and loads what moved. Call once a second, and when the database is up. */
void reload_look(struct reload *reload);
void reload_free(struct reload *reload);

/* Codes that a person reads as the same are the same (text_same.h); what is there already stays.
 * *withheld is NULL at first. */
int withheld_add(struct withheld **withheld, int agency_id, const char *own);
bool withheld_has(const struct withheld *withheld, int agency_id, const char *own);
void tables_free(struct tables *tables);

#endif
