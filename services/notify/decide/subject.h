/*
 * subject: what people are told of. An alert is about a subject, which is a kind and an id within a
 * district (notify.alert.subject_kind and subject_id): a call at a school, an alarm, a drill. Only
 * a subject's kind knows what it is. The kind is a row of a table: from where its work comes, what
 * it reads to decide, what its messages say. Rules of sending know no kind: outbox.c carries a plan
 * out, delivery.c claims what is due, and courier, retry, escalation and the channels move
 * messages.
 *
 * Another kind (a reminder) is a file like subject_call.c with its SQL, a line in
 * subject.c, and a numbered schema file that adds its name and the columns by which it is known.
 *
 * Its statements take and give:
 *
 *   claim     $1 rows at most, $2 steady time in microseconds; out of where its work waits, and
 *             alerts that are to be looked at. Gives rows, first (the lowest number; null: none),
 *             district_id and alert_id (of an alert that is looked at; null: none),
 *             and keys: JSON objects with district_id and replay, what else the others need, and
 *             for the locks of sql/outbox.sql subject_kind and subject_id
 *   locks     $1 keys; until the end of the transaction nobody else decides on these subjects, no
 *             try of their alerts ends, and none of their messages is claimed; notes that the
 *             alerts were looked at
 *   contacts  $1 keys; for each school: district_id, school_id, contact_id, step, sealed, and a
 *             flag for each channel, by its name
 *   tellings  $1 keys; what each contact was told by each channel: struct batch_telling
 *   state     $1 keys; a row for each subject: district_id, alert_id (null: there is no alert),
 *             subject (as open takes it), and what plan reads
 *   open      $1 district_id, $2 subject, $3 rule_id, $4 mode, $5 severity, $6 acks, $7 wishes,
 *             $8 domain, $9 steady time, $10 whether it waits for a digest; district_id, alert_id,
 *             held, first_held; no row: there is one already, or it waits
 *   aside     $1 number of a row, $2 district_id and $3 alert_id of an alert (0: none), $4 steady
 *             time: work that PostgreSQL refuses, or that lacks a column, waits, so that the rest
 *             goes on
 *   due       $1 keys of deliveries as delivery_claim gives them; in their order, a row for each
 *             (one without a row has failed): what dispatch.c reads (sql/subject_call.sql shows it;
 *             a column for each channel's address, and its secret if it has one), and what compose
 *             reads
 */
#ifndef NOTIFY_SUBJECT_H
#define NOTIFY_SUBJECT_H

#include "batch.h"
#include "db.h"
#include "parcel.h"
#include "plan.h"

struct subject_kind {
    const char *name; /* as in the database */
    const struct db_statement *statements;
    const size_t *statement_count;
    const char *opened_counter; /* of its alerts */
    const char *topic;          /* of the bus, which tells of its work; NULL: it is looked for */
    const char *page;           /* of the dashboard, to which links lead: base_url/page/token */
    const char *claim, *contacts, *tellings, *state, *open, *aside, *due;
    const char *locks[5]; /* in this order; NULL ends them */
    /* What becomes of the subject of a row of state; batch holds the rules and contacts. The plan
     * is the caller's to free. 0 or ERR_NOMEM. */
    int (*plan)(struct row row, const struct batch *batch, const struct settings *settings,
                struct plan *plan);
    /* Writes what a row of due says now, with this link, in the form of the parcel's channel, and
     * the parcel's kind, content, urgent, important and was_unknown; of a repetition also
     * created_at, that of what it repeats. The parcel is addressed already. *why is set if it is
     * not to be sent after all, and then the parcel stays as it is. 0 or ERR_NOMEM. */
    int (*compose)(struct row row, const char *link, struct parcel *parcel, enum reason *why);
};

enum { SUBJECT_KINDS = 4 };
extern const struct subject_kind *const subject_kinds[SUBJECT_KINDS];

/* By its name in the database; NULL: none. */
const struct subject_kind *subject_kind_named(const char *name);

#endif
