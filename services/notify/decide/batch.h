/*
 * batch: what one outbox transaction has read: its keys, the rules of their districts, the contacts
 * of their schools, and the alerts that it touched. Lives as long as the transaction.
 */
#ifndef NOTIFY_BATCH_H
#define NOTIFY_BATCH_H

#include "channel.h"
#include "row.h"
#include "rules.h"
#include "settings.h"

struct touched {
    int district_id;
    int64_t alert_id;
};

struct batch {
    char *keys; /* JSON, as the claim of a kind of subject gives it (subject.h) */
    long rows;
    int64_t now_us;            /* steady time */
    unsigned available[LANES]; /* channels by which some running process can send */
    struct rule *rules;
    size_t rule_count;
    /* Sorted by (district, school): the contacts of a school stand together. */
    struct batch_contact {
        int district_id, school_id;
        struct contact contact;
    } * contacts;
    size_t contact_count;
    /* What contacts have been told, sorted by (district, alert). */
    struct batch_telling {
        int district_id;
        int64_t alert_id;
        int contact_id, round;
        const struct channel *channel;
        /* What the last message said, and what one that failed since would have said, as their
         * kind wrote it down; NULL: nothing. */
        char *said, *tried;
        bool unknown, repeated, waiting, failed;
        int64_t delivery_id, ended_us;
    } * tellings;
    size_t telling_count;
    struct touched *touched;
    size_t touched_count;
    long opened, nobody, held;
    long floods;        /* alerts that are the first to be held back by a budget */
    struct row_gap gap; /* a column that a statement lacks: of it nothing may be stored */
};

/* Each 0 or ERR_NOMEM. Missing columns are noted in gap. */
int batch_take_rules(struct batch *batch, PGresult *result);
int batch_take_contacts(struct batch *batch, PGresult *result);
void batch_take_providers(struct batch *batch, PGresult *result);
int batch_take_tellings(struct batch *batch, PGresult *result);
int batch_touch(struct batch *batch, int district_id, int64_t alert_id);

/* The contacts of a school, as a new array (NULL: none, or no memory); free. */
struct contact *batch_contacts_of(const struct batch *batch, int district_id, int school_id,
                                  size_t *count);

/* The first telling of an alert, and how many there are: they stand together. */
const struct batch_telling *batch_tellings_of(const struct batch *batch, int district_id,
                                              int64_t alert_id, size_t *count);

void batch_clear(struct batch *batch);

#endif
