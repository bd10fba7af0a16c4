/*
 * eido: reads a NENA EIDO JSON document (NENA-STA-021.1b) as one of our events. An EIDO is the
 * whole state of an incident, not a change: it becomes incident.closed if its status says so,
 * incident.updated if it has an incidentComponent, else call.received. Only members that the
 * dictionary names are read. Person, vehicle, callback, additional-data and media components,
 * jCards, notes and free text are never read. PIDF-LO inside a location is read for street parts
 * and the point only. Safe on any thread.
 */
#ifndef LIAISON_EIDO_H
#define LIAISON_EIDO_H

#include "event.h"

#include <jansson.h>

enum { EIDO_MAX_ID = 64, EIDO_MAX_MERGES = 16 };

enum eido_status {
    EIDO_STATUS_UNSAID, /* no common status is given; it need not have changed */
    EIDO_STATUS_OPEN,
    EIDO_STATUS_OVER,
};

enum eido_merge_way {
    EIDO_MERGE_INTO, /* REPLACING: the other incident continues this one */
    EIDO_MERGE_FROM, /* REPLACED: this incident continues the other one */
    EIDO_SPLIT_FROM, /* SPLIT: this incident was split off from the other one, which the header
                        names */
};

/* What a document states beyond an event. It is needed to compare successive documents. */
struct eido_facts {
    char tracking[EIDO_MAX_ID + 1]; /* unique part of the id of the incident that is described */
    bool numbered;                  /* it has the agency's own number */
    bool is_incident;               /* it has an incidentComponent */
    enum eido_status status;
    event_time incident_at; /* when the incidentComponent was last written; or EVENT_TIME_NONE */
    size_t merge_count;
    struct eido_merge {
        enum eido_merge_way way;
        char other[EIDO_MAX_ID + 1]; /* unique part */
    } merge[EIDO_MAX_MERGES];
};

/* Reads the document of a message that holds one document. */
int eido_decode(struct event *event, const char *json, size_t size, event_time now,
                struct event_dropped *dropped, struct error *error);

/*
 * Reads each document of a message, with the facts. A message is a document, or a notification of
 * the conveyance (NENA-STA-024) or another wrapper with one or more documents. The caller calls
 * json_decref on it. Not on two threads at a time.
 */
int eido_load(json_t **message, const char *json, size_t size, struct error *error);
size_t eido_count(const json_t *message);
int eido_read(struct event *event, struct eido_facts *facts, const json_t *message, size_t index,
              event_time now, struct event_dropped *dropped, struct error *error);

#endif
