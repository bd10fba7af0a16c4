/*
 * eido_diff: makes events of the differences between successive EIDO documents of an incident. A
 * document is a state. Only its changes against the known state become events:
 *
 *   the first without an incidentComponent   call.received, with its whole content
 *   the first with one                       incident.opened, or incident.closed if it is over
 *   later: changed fields                    incident.updated, or in one of the two above
 *   later: changed units                     unit.status
 *   its status becomes Closed or Cancelled   incident.closed; changes after that too
 *
 * A value that a document leaves out is kept. A document that is older than the known state only
 * adds values that are not known. Events use the agency's incident numbers, also for merges and
 * splits, as far as they are known; a merge or split is sent again when a number becomes known.
 *
 * Everything that is passed to it must outlive it. On one thread.
 */
#ifndef LIAISON_FEED_EIDO_DIFF_H
#define LIAISON_FEED_EIDO_DIFF_H

#include "eido.h"
#include "known.h"
#include "withhold.h"

struct eido_diff;

/* The event is valid during the call. A negative error ends the document. */
typedef int (*eido_emit_cb)(void *ctx, const struct event *event, struct error *error);

struct eido_outcome {
    unsigned events; /* 0: it changes nothing, or is withheld */
    bool withheld;   /* the agency does not send incidents of this type */
};

struct eido_diff *eido_diff_open(struct known *known, struct withhold *withhold,
                                 struct error *error);
void eido_diff_free(struct eido_diff *diff);

/* document and facts come from eido_load. Updates the known state. */
int eido_diff(struct eido_diff *diff, const struct event *document, const struct eido_facts *facts,
              eido_emit_cb emit, void *ctx, struct eido_outcome *outcome, struct error *error);

#endif
