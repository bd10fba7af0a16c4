/*
 * eido_overlay: private to eido_diff. Lays what a document says over the known state of its
 * incident, and tells what that changed. What a document leaves out stays; a place or a list is one
 * field, as it is at intake. Times of dispatch, arrival and clearing, which EIDO does not have, are
 * taken from when each unit's status was last written.
 */
#ifndef LIAISON_FEED_EIDO_OVERLAY_H
#define LIAISON_FEED_EIDO_OVERLAY_H

#include "event.h"

struct eido_change {
    bool fields;        /* anything but units */
    bool units;         /* units, or a time that follows from them */
    struct event event; /* what has changed, and nothing else */
};

/* older: than the state; it then only fills in what is not known. */
void eido_overlay(struct event *state, const struct event *document, bool older,
                  struct eido_change *change);

#endif
