/*
 * eido_diff: makes events of the differences between successive EIDO documents of an incident. A
 * document is a state; what it changed since the state that is known is told, and nothing else:
 *
 *   the first without an incidentComponent   call.received, with all that it says
 *   the first with one                       incident.opened, or incident.closed if it is over
 *   later: changed fields                    incident.updated, or in one of the two above
 *   later: changed units                     unit.status
 *   its status becomes Closed or Cancelled   incident.closed; changes after that too
 *
 * What a document leaves out is not taken back. One that is older than the known state only fills
 * in what is not known. A number of its own that comes later, merges and splits are told under the
 * agency's numbers as far as they are known, and told again when one becomes known.
 *
 * Everything it is given must outlive it. On one thread.
 */
#ifndef LIAISON_FEED_EIDO_DIFF_H
#define LIAISON_FEED_EIDO_DIFF_H

#include "eido.h"
#include "known.h"
#include "withhold.h"

struct eido_diff;

/* The event is valid during the call. A negative error ends the document. */
typedef int (*eido_emit_cb)(void *ctx, const struct event *event, struct fault *fault);

struct eido_outcome {
    unsigned events; /* 0: it changes nothing, or is withheld */
    bool withheld;   /* the agency does not send incidents of this type */
};

struct eido_diff *eido_diff_open(struct known *known, struct withhold *withhold,
                                 struct fault *fault);
void eido_diff_free(struct eido_diff *diff);

/* document and facts as eido_read made them. The known state moves on. */
int eido_diff(struct eido_diff *diff, const struct event *document, const struct eido_facts *facts,
              eido_emit_cb emit, void *ctx, struct eido_outcome *outcome, struct fault *fault);

#endif
