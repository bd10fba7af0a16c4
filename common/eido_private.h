/*
 * eido_private: for eido.c (what happened, where, who) and eido_identity.c (which incident, when,
 * merged with which) alone.
 */
#ifndef LIAISON_EIDO_PRIVATE_H
#define LIAISON_EIDO_PRIVATE_H

#include "eido.h"
#include "event_rows.h"
#include "json_text.h"

#include <string.h>
#include <strings.h>

struct eido {
    const json_t *root;
    const json_t *incident; /* incidentComponent, or NULL */
    struct event *event;
    struct eido_facts *facts;
    event_time now;
    struct event_dropped *dropped;
    struct error *error;
};

/* Lists. A producer may send a single item instead of a list. */

static inline size_t eido_list_size(const json_t *value)
{
    if (json_is_array(value))
        return json_array_size(value);
    return value && !json_is_null(value) ? 1 : 0;
}

static inline const json_t *eido_list_at(const json_t *value, size_t i)
{
    return json_is_array(value) ? json_array_get(value, i) : value;
}

/* A member by its name; producers differ in capitals (lastUpdateTimestamp). NULL: not there. */
const json_t *eido_get(const json_t *object, const char *name);

static inline const json_t *eido_component(const struct eido *e, const char *name)
{
    return eido_get(e->root, name);
}

/* Leaves out a value by the path of its field; the event is kept without it. */
void eido_leave_out(struct eido *e, const char *path, enum err code, const char *reason);
/* Sets the place of the incident. */
void eido_take_place(struct eido *e);
/* Counts the unknown members of the document and of its components that are read. */
void eido_count_dropped(struct eido *e);

/*
 * The documents in a message of the conveyance (NENA-STA-024), or in another wrapper. Borrowed from
 * root; root itself if it is a document. NULL, with error filled, if the message holds no document.
 */
enum { EIDO_WRAPPED_DEEP = 6 };
const json_t *eido_unwrap(const json_t *root, struct error *error);

/* Sets a field whose absence would make the event wrong: an error refuses the document. field is
 * its name in the EIDO. */
int eido_set_or_refuse(struct eido *e, const char *path, const char *text, const char *field);
int eido_take_or_refuse(struct eido *e, const char *path, const json_t *value, const char *field);

/*
 * "urn:emergency:uid:incidentid:<unique>:<host>" -> unique. An id that is not a URN is taken whole.
 * Returns false if it is too long.
 */
bool eido_unique_part(const char *id, char out[EIDO_MAX_ID + 1]);
/* Sets event_id, occurred_at, incident, merges, and the facts about them. */
int eido_take_identity(struct eido *e);

#endif
