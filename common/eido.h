/*
 * eido: reads a NENA EIDO JSON document (NENA-STA-021.1b) as one of our events. An EIDO is the
 * whole state of an incident, not a change: it becomes incident.closed if its status says so,
 * incident.updated if it has an incidentComponent, else call.received. Only what the dictionary
 * names is read; person, vehicle, callback, additional-data and media components, jCards, notes
 * and free text are never looked at. PIDF-LO inside a location is read for street parts and
 * the point only. Safe on any thread.
 */
#ifndef LIAISON_EIDO_H
#define LIAISON_EIDO_H

#include "event.h"

int eido_decode(struct event *event, const char *json, size_t size, event_time now,
                struct event_dropped *dropped, struct fault *fault);

#endif
