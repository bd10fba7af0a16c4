/*
 * eido_overlay: private to eido_diff. Overlays a document on the known state of its incident, and
 * returns the changes. Values that a document leaves out stay; a place or a list is one field, as
 * at intake. EIDO has no times of dispatch, arrival and clearing: they are taken from the time of
 * each unit's last status.
 */
#ifndef LIAISON_FEED_EIDO_OVERLAY_H
#define LIAISON_FEED_EIDO_OVERLAY_H

#include "event.h"

struct eido_change {
    bool fields;        /* fields other than units have changed */
    bool units;         /* units, or a time derived from them, have changed */
    struct event event; /* only what has changed */
};

/* older: the document is older than the state, and only adds values that are not known. */
void eido_overlay(struct event *state, const struct event *document, bool older,
                  struct eido_change *change);

#endif
