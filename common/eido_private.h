/*
 * eido_private: shared by eido.c (what happened, where, who) and eido_identity.c (which incident,
 * when, merged with which), and by nobody else.
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
    struct fault *fault;
};

/* Lists where a producer may also send the one item by itself. */

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

/* A value that the event goes on without, by the path of its field. */
void eido_leave_out(struct eido *e, const char *path, enum err code, const char *reason);
/* Takes the place where the incident is. */
void eido_take_place(struct eido *e);
/* Counts the members that are not understood: of the document, and of what is read in it. */
void eido_count_dropped(struct eido *e);

/*
 * The documents in a message of the conveyance (NENA-STA-024), or in another wrapper. Borrowed from
 * root; root itself if it is a document. NULL with a fault: a message that holds none.
 */
enum { EIDO_WRAPPED_DEEP = 6 };
const json_t *eido_unwrap(const json_t *root, struct fault *fault);

/* Sets a field that would be wrong if it were left out. field is its name in the EIDO. */
int eido_set_or_refuse(struct eido *e, const char *path, const char *text, const char *field);
int eido_take_or_refuse(struct eido *e, const char *path, const json_t *value, const char *field);

/*
 * "urn:emergency:uid:incidentid:<unique>:<host>" -> unique. Another form than a URN is taken whole.
 * Returns false if it is too long.
 */
bool eido_unique_part(const char *id, char out[EIDO_MAX_ID + 1]);
/* Takes event_id, occurred_at, incident, merges, and the facts that speak of them. */
int eido_take_identity(struct eido *e);

#endif
