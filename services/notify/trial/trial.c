#include "trial.h"

#include "batch.h"
#include "channel.h"
#include "reconcile.h"
#include "subject_call.h"
#include "trial_private.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 4096 };

struct trial {
    struct trial_hooks hooks;
    struct trial_budget budget;
    struct batch batch;
    struct hours *hours; /* hours[0]: the night */
    size_t hours_count;
    size_t *rule_hours, *contact_hours; /* of each rule and contact of the batch; 0: none */
    struct known_call *calls[BUCKETS];  /* whose last step did not come yet */
    struct spent *spent;                /* budgets */
};

/* Hours of rules and contacts -------------------------------------------------------------------*/

/* The number of these hours; 0: it has none. */
static int hours_of(struct trial *trial, struct row row, size_t *number)
{
    *number = 0;
    if (row_null(row, "quiet_from"))
        return 0;
    return hours_add(&trial->hours, &trial->hours_count, row_text(row, "quiet_from"),
                     row_text(row, "quiet_to"), number);
}

static int all_hours(struct trial *trial, PGresult *rows, size_t **numbers)
{
    int count = PQntuples(rows), rc = 0;

    *numbers = calloc((size_t)count + 1, sizeof **numbers);
    for (int i = 0; *numbers && i < count && rc == 0; i++)
        rc = hours_of(trial, (struct row){rows, i, &trial->batch.gap}, &(*numbers)[i]);
    return *numbers ? rc : ERR_NOMEM;
}

/* A row that lacked a column was not read. */
static int whole(const struct trial *trial, int rc)
{
    return rc == 0 && trial->batch.gap.column[0] ? ERR_ABSENT : rc;
}

int trial_open(struct trial **trial, PGresult *rules, PGresult *contacts,
               const struct trial_budget *budget, const struct trial_hooks *hooks)
{
    struct trial *made = *trial = calloc(1, sizeof *made);
    size_t night;
    int rc = made ? 0 : ERR_NOMEM;

    if (rc != 0)
        return rc;
    made->hooks = *hooks;
    made->budget = *budget;
    rc = hours_add(&made->hours, &made->hours_count, "22:00:00", "06:00:00", &night);
    if (rc == 0)
        rc = batch_take_rules(&made->batch, rules);
    if (rc == 0)
        rc = batch_take_contacts(&made->batch, contacts);
    if (rc == 0)
        rc = all_hours(made, rules, &made->rule_hours);
    if (rc == 0)
        rc = all_hours(made, contacts, &made->contact_hours);
    return whole(made, rc);
}

char *trial_hours(const struct trial *trial)
{
    return hours_json(trial->hours, trial->hours_count);
}

int trial_take_hours(struct trial *trial, PGresult *moments)
{
    int rc = hours_take(trial->hours, trial->hours_count, moments, &trial->batch.gap);

    return whole(trial, rc);
}

static bool is_night(const struct trial *trial, int64_t at_us)
{
    struct quiet night = {.count = 0};

    hours_around(&trial->hours[0], at_us, &night);
    return quiet_until(&night, at_us) != at_us;
}

/* The quiet hours of all rules, and of these contacts, as they are at this time. */
static void set_quiet(struct trial *trial, int64_t at_us)
{
    struct batch *batch = &trial->batch;

    for (size_t i = 0; i < batch->rule_count; i++)
        if (trial->rule_hours[i])
            hours_around(&trial->hours[trial->rule_hours[i]], at_us, &batch->rules[i].quiet);
    for (size_t i = 0; i < batch->contact_count; i++)
        if (trial->contact_hours[i])
            hours_around(&trial->hours[trial->contact_hours[i]], at_us,
                         &batch->contacts[i].contact.quiet);
}

/* Saying ----------------------------------------------------------------------------------------*/

static struct telling *telling_for(struct known_call *call, const struct wish *wish)
{
    for (size_t i = 0; i < call->telling_count; i++)
        if (call->tellings[i].contact_id == wish->contact_id &&
            call->tellings[i].channel == wish->channel)
            return &call->tellings[i];
    struct telling *more = realloc(call->tellings, (call->telling_count + 1) * sizeof *more);
    if (!more)
        return NULL;
    call->tellings = more;
    more[call->telling_count] =
        (struct telling){.contact_id = wish->contact_id, .channel = wish->channel, .round = 1};
    return &more[call->telling_count++];
}

static int say(struct trial *trial, struct known_call *call, const struct wish *wish)
{
    struct telling *telling = telling_for(call, wish);

    if (!telling)
        return ERR_NOMEM;
    telling->told = true;
    telling->waiting = false;
    telling->round = call->alert.round;
    telling->said = call->now;
    if (wish->kind == MESSAGE_WITHDRAWN)
        telling->said.status = FACTS_WITHDRAWN;
    trial->hooks.message_cb(trial->hooks.ctx,
                            &(struct trial_message){.contact_id = wish->contact_id,
                                                    .channel = wish->channel->name,
                                                    .night = is_night(trial, wish->due_us)});
    return 0;
}

/* Says what is due before this time. */
static int say_due(struct trial *trial, struct known_call *call, int64_t before_us)
{
    size_t left = 0;
    int rc = 0;

    for (size_t i = 0; i < call->waiting_count && rc == 0; i++)
        if (call->waiting[i].due_us < before_us)
            rc = say(trial, call, &call->waiting[i]);
        else
            call->waiting[left++] = call->waiting[i];
    call->waiting_count = left;
    return rc;
}

/* Deciding --------------------------------------------------------------------------------------*/

/* The plan's messages wait from now on; one that waited before keeps its earlier time, unless quiet
 * hours hold it (notify.put_deliveries). Takes them out of the plan. */
static int put_waiting(struct known_call *call, struct plan *plan)
{
    for (size_t i = 0; i < plan->wish_count; i++) {
        struct wish *wish = &plan->wishes[i];
        struct telling *telling = telling_for(call, wish);

        if (!telling)
            return ERR_NOMEM;
        for (size_t j = 0; j < call->waiting_count && !wish->held; j++)
            if (call->waiting[j].contact_id == wish->contact_id &&
                call->waiting[j].channel == wish->channel && call->waiting[j].due_us < wish->due_us)
                wish->due_us = call->waiting[j].due_us;
    }
    free(call->waiting);
    call->waiting = plan->wishes;
    call->waiting_count = plan->wish_count;
    plan->wishes = NULL;
    for (size_t i = 0; i < call->telling_count; i++)
        call->tellings[i].waiting = false;
    for (size_t i = 0; i < call->waiting_count; i++)
        telling_for(call, &call->waiting[i])->waiting = true;
    return 0;
}

static void report(struct trial *trial, const struct known_call *call, enum trial_end end,
                   const struct plan *plan, int64_t at_us)
{
    trial->hooks.alert_cb(trial->hooks.ctx,
                          &(struct trial_alert){.end = end,
                                                .rule_id = plan->rule_id,
                                                .school_id = call->call.school_id,
                                                .agency_id = call->agency_id,
                                                .incident_no = call->incident_no,
                                                .class = call->now.class,
                                                .in_school_hours = call->call.in_school_hours,
                                                .night = is_night(trial, at_us),
                                                .at_us = at_us});
}

/* An alert that nobody could be told of becomes one when somebody can. */
static void report_opened(struct trial *trial, struct known_call *call, const struct plan *plan,
                          int64_t at_us)
{
    if (!call->opened && plan->wish_count > 0)
        report(trial, call, TRIAL_OPENED, plan, at_us);
    call->opened |= plan->wish_count > 0;
}

/* A call for the digest, nobody to tell, or an alert that the budget allows or holds. */
static int open_alert(struct trial *trial, struct known_call *call, struct plan *plan,
                      int64_t at_us)
{
    bool counts = trial->budget.most > 0 && !call->call.life_safety;

    if (plan->digest) {
        if (!call->digest) {
            report(trial, call, TRIAL_DIGEST, plan, at_us);
            call->alerted_us = at_us;
        }
        call->digest = true;
        return 0;
    }
    if (plan->act == PLAN_NOBODY) {
        if (!call->nobody)
            report(trial, call, TRIAL_NOBODY, plan, at_us);
        call->nobody = true;
        if (strcmp(plan->state, "open") != 0)
            return 0;
    }
    if (counts && spent_count(trial->spent, call, at_us - trial->budget.window_us) >=
                      (size_t)trial->budget.most) {
        if (!call->held)
            report(trial, call, TRIAL_HELD, plan, at_us);
        call->held = true;
        return 0;
    }
    if (counts && spent_add(&trial->spent, call, at_us, at_us - trial->budget.window_us) != 0)
        return ERR_NOMEM;
    call->alert = (struct known_alert){
        .exists = true, .round = 1, .severity = plan->severity, .asked_us = at_us};
    call->alerted_us = at_us;
    report_opened(trial, call, plan, at_us);
    return put_waiting(call, plan);
}

static int update_alert(struct trial *trial, struct known_call *call, struct plan *plan,
                        int64_t at_us)
{
    report_opened(trial, call, plan, at_us);
    if (plan->new_round) {
        call->alert.round++;
        call->alert.asked_us = at_us;
    }
    call->alert.severity = plan->severity;
    call->alert.closed = strcmp(plan->state, "closed") == 0;
    return put_waiting(call, plan);
}

static int decide(struct trial *trial, struct known_call *call, int64_t at_us)
{
    struct reconcile_input in = {.call = call->call,
                                 .now = call->now,
                                 .alert = call->alert,
                                 .rules = trial->batch.rules,
                                 .rule_count = trial->batch.rule_count,
                                 .tellings = call->tellings,
                                 .telling_count = call->telling_count,
                                 .now_us = at_us};
    struct plan plan = {.act = PLAN_NOTHING};
    int rc;

    for (size_t i = 0; i < CHANNELS; i++)
        in.available |= channels[i]->bit;
    if (call->alert.exists || call->digest) /* a rule's age counts until the alert */
        in.call.age_s = (call->alerted_us - call->opened_us) / 1000000;
    struct contact *contacts = batch_contacts_of(&trial->batch, call->call.district_id,
                                                 call->call.school_id, &in.contact_count);
    in.contacts = contacts;
    in.now.severity = call->now.severity =
        rules_severity(in.rules, in.rule_count, &in.call, call->alert.severity);
    rc = contacts ? reconcile(&in, &plan) : ERR_NOMEM;
    if (rc == 0 && plan.act == PLAN_UPDATE)
        rc = update_alert(trial, call, &plan, at_us);
    else if (rc == 0 && plan.act != PLAN_NOTHING)
        rc = open_alert(trial, call, &plan, at_us);
    plan_free(&plan);
    free(contacts);
    return rc;
}

int trial_step(struct trial *trial, PGresult *steps, int row)
{
    struct row step = {steps, row, &trial->batch.gap};
    int64_t at_us = row_int(step, "at_us");
    struct known_call *call;
    int rc = known_call_find(trial->calls, BUCKETS, step, &call);

    if (rc == 0)
        rc = say_due(trial, call, at_us);
    if (rc == 0) {
        known_call_read(call, step);
        set_quiet(trial, at_us);
        rc = decide(trial, call, at_us);
    }
    if (rc == 0 && row_flag(step, "is_last")) {
        rc = say_due(trial, call, INT64_MAX);
        known_call_drop(trial->calls, BUCKETS, call);
    }
    return whole(trial, rc);
}

const char *trial_missing(const struct trial *trial)
{
    return trial->batch.gap.column;
}

void trial_close(struct trial *trial)
{
    if (!trial)
        return;
    known_call_drop_all(trial->calls, BUCKETS);
    spent_free(trial->spent);
    hours_free(trial->hours, trial->hours_count);
    free(trial->rule_hours);
    free(trial->contact_hours);
    batch_clear(&trial->batch);
    free(trial);
}
