/*
 * trial: a dry run of rules over calls of the past. It decides by the functions that decide live
 * (reconcile.h, rules.h, quiet.h), and keeps in memory what PostgreSQL would keep: alerts, what
 * each contact was told, budgets. It sends nothing and writes nothing. liaisonctl reads the rows
 * and counts what comes out.
 *
 * Steps come in order of time, of all calls. A call's step is what was known of it from then on.
 * It is assumed that each message arrives when it is due and that nobody acknowledges. Contacts and
 * their schools are those of today.
 *
 * Times are microseconds since 1970. Texts that callbacks get are valid during the call. One
 * thread. Functions that can fail return 0, ERR_NOMEM, or ERR_ABSENT: rows lack a column
 * (trial_missing); after a failure only trial_missing and trial_close are allowed.
 */
#ifndef NOTIFY_TRIAL_H
#define NOTIFY_TRIAL_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

struct trial;

enum trial_end {
    TRIAL_OPENED, /* an alert */
    TRIAL_HELD,   /* the budget holds it; once for a call at a school */
    TRIAL_DIGEST, /* it waits for the digest of its school, which is not made here; the same */
    TRIAL_NOBODY, /* a rule matches, and nobody can be told; the same */
};

struct trial_alert {
    enum trial_end end;
    int rule_id; /* the first that matched */
    int school_id;
    int agency_id;
    const char *incident_no, *class;
    bool in_school_hours; /* of the call */
    bool night;
    int64_t at_us;
};

struct trial_message {
    int contact_id;
    const char *channel;
    bool night;
};

struct trial_hooks {
    void (*alert_cb)(void *ctx, const struct trial_alert *alert);
    void (*message_cb)(void *ctx, const struct trial_message *message);
    void *ctx;
};

/* Alerts of an agency at a school, as district.district has them. most 0: there is no budget. */
struct trial_budget {
    int most;
    int64_t window_us;
};

/* Rows of try_rules and try_contacts (services/ctl/sql/cmd_rule_try.sql), which remain the
 * caller's. trial_close *trial whatever is returned. */
int trial_open(struct trial **trial, PGresult *rules, PGresult *contacts,
               const struct trial_budget *budget, const struct trial_hooks *hooks);
/* The hours whose moments it needs, as JSON: [["22:00:00", "06:00:00"], ...]. The first are the
 * night. The caller frees it; NULL without memory. */
char *trial_hours(const struct trial *trial);
/* Rows of try_hours: their moments in the whole period, and some days before and after it. */
int trial_take_hours(struct trial *trial, PGresult *moments);
/* A row of try_steps. */
int trial_step(struct trial *trial, PGresult *steps, int row);
/* The column that rows lack; "": none. */
const char *trial_missing(const struct trial *trial);
void trial_close(struct trial *trial);

#endif
