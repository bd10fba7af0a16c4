/*
 * batch: what one outbox transaction has read: its keys, the rules of their districts, the contacts
 * of their schools, and the alerts that it touched. Lives as long as the transaction.
 */
#ifndef NOTIFY_BATCH_H
#define NOTIFY_BATCH_H

#include "plan.h"
#include "row.h"

struct touched {
    int district_id;
    int64_t alert_id;
};

struct batch {
    char *keys; /* JSON, as outbox_claim gives it */
    long rows;
    int64_t first; /* the lowest outbox_id of the rows */
    struct rule *rules;
    size_t rule_count;
    /* Sorted by (district, school): the contacts of a school stand together. */
    struct batch_contact {
        int district_id, school_id;
        struct contact contact;
    } * contacts;
    size_t contact_count;
    struct touched *touched;
    size_t touched_count;
    long opened, nobody, held;
    long floods; /* alerts that are the first to be held back of an agency at a school */
};

/* Each 0 or ERR_NOMEM. */
int batch_take_rules(struct batch *batch, PGresult *result);
int batch_take_contacts(struct batch *batch, PGresult *result);
int batch_touch(struct batch *batch, int district_id, int64_t alert_id);

/* The contacts of a school, as a new array (NULL: none, or no memory); free. */
struct contact *batch_contacts_of(const struct batch *batch, int district_id, int school_id,
                                  size_t *count);
/* A row of outbox_state as what plan_make takes; contacts and available are left to the caller. The
 * call's class points into the row. */
void batch_read_state(struct row row, struct plan_input *in);

void batch_clear(struct batch *batch);

#endif
