/*
 * subject_call: the kind of subject that is a call at a school. Intake's outbox (district.outbox)
 * names calls; each is looked at for every school that it concerns, or was said to concern. What is
 * said of it is facts.h, who is told rules.h, what becomes of it call_plan.h, its words message.h.
 */
#ifndef NOTIFY_SUBJECT_CALL_H
#define NOTIFY_SUBJECT_CALL_H

#include "reconcile.h"
#include "subject.h"

/* How a kind reads a row of due: what is true now, and names for it. All texts of a notice are
 * borrowed from the row. */
struct subject_facts {
    void (*read_facts)(struct row row, struct facts *facts);
    void (*read_texts)(struct row row, struct notice *notice);
};

/* compose of struct subject_kind, for kinds whose messages are notices (notice.h). */
int subject_compose(struct row row, const struct subject_facts *from, const char *link,
                    struct parcel *parcel, enum reason *why);
/* The alert of a row of state but for its hand-overs; those, and what its contacts were told. The
 * arrays are the caller's to free; NULL without memory. */
void subject_read_alert(struct row row, struct known_alert *alert);
struct hand_over *subject_hand_overs_of(struct row row, size_t *count);
struct telling *subject_tellings_of(struct row row, const struct batch *batch, size_t *count);

extern const struct subject_kind subject_call;

/* What a row of outbox_state, or one that has the same columns, says of the call; texts of call are
 * valid as long as the row. The severity is not set (rules_severity). */
void subject_call_read(struct row row, struct call *call, struct facts *facts);

#endif
