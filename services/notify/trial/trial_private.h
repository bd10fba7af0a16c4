/* Parts of trial.c: hours as moments (trial_hours.c); calls and budgets (trial_calls.c). */
#ifndef NOTIFY_TRIAL_PRIVATE_H
#define NOTIFY_TRIAL_PRIVATE_H

#include "reconcile.h"
#include "row.h"

/* Hours of the day, and when they are in the period. */
struct hours {
    char from[16], to[16];        /* as PostgreSQL writes a time */
    struct quiet_window *windows; /* in order */
    size_t count;
};

/* *number: where they stand in the list; they are added if they are new. 0 or ERR_NOMEM. */
int hours_add(struct hours **list, size_t *count, const char *from, const char *to, size_t *number);
char *hours_json(const struct hours *list, size_t count);
int hours_take(struct hours *list, size_t count, PGresult *moments, struct row_gap *gap);
/* The windows that end after at_us, as many as quiet holds. Its priority stays. */
void hours_around(const struct hours *hours, int64_t at_us, struct quiet *quiet);
void hours_free(struct hours *list, size_t count);

/* A call at a school, and what PostgreSQL would know of its alert. */
struct known_call {
    struct known_call *next;
    int agency_id;
    char *incident_no;
    char class[32], type[16], disposition[32], relation[16]; /* call points to them */
    struct call call;
    struct facts now;
    int64_t opened_us, alerted_us;
    struct known_alert alert;
    bool held, digest, nobody, opened; /* reported as that */
    struct telling *tellings;
    size_t telling_count;
    struct wish *waiting;
    size_t waiting_count;
};

/* The call of a row of try_steps, by its number and its school; a new one if it is not there. */
int known_call_find(struct known_call **buckets, size_t count, struct row row,
                    struct known_call **call);
/* What is known of it from this step on. */
void known_call_read(struct known_call *call, struct row row);
void known_call_drop(struct known_call **buckets, size_t count, struct known_call *call);
void known_call_drop_all(struct known_call **buckets, size_t count);

/* Alerts that count against a budget, by agency and school. */
struct spent;
size_t spent_count(const struct spent *list, const struct known_call *call, int64_t since_us);
/* Forgets those before since_us. 0 or ERR_NOMEM. */
int spent_add(struct spent **list, const struct known_call *call, int64_t at_us, int64_t since_us);
void spent_free(struct spent *list);

#endif
