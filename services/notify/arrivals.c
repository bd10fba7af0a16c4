#include "arrivals.h"

#include "clock.h"
#include "row_refuse.h"

#include <string.h>

#define EVERY_US (2 * INT64_C(1000000))

static bool is_named(PGresult *result, const char *name, struct row_gap *gap)
{
    for (int i = 0; i < PQntuples(result); i++)
        if (strcmp(row_text((struct row){result, i, gap}, "name"), name) == 0)
            return true;
    return false;
}

static void failing_cb(struct db_job *job, PGresult *result, void *ctx)
{
    const struct providers *providers = ((struct arrivals *)ctx)->providers;
    struct row_gap gap = {0};

    for (size_t i = 0; i < providers->count; i++)
        if (providers_other(providers, providers->at[i]))
            provider_arrives(providers->at[i],
                             !is_named(result, provider_name(providers->at[i]), &gap));
    row_refuse(job, "providers_failing", &gap);
}

static void step_cb(struct db_job *job, void *ctx)
{
    db_exec_text(job, "providers_failing", failing_cb, ctx, 0);
}

static void done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    struct arrivals *arrivals = ctx;

    aside_job_ended(arrivals->db, &arrivals->job, outcome, error);
}

static bool is_needed(const struct providers *providers)
{
    bool any = false;

    for (size_t i = 0; i < providers->count; i++)
        any |= providers_other(providers, providers->at[i]) != NULL;
    return any;
}

void arrivals_tick(struct arrivals *arrivals, struct db *db)
{
    if (clock_mono_us() < arrivals->due_mono || !is_needed(arrivals->providers))
        return;
    arrivals->due_mono = clock_mono_us() + EVERY_US;
    arrivals->db = db;
    aside_job_begin(db, &arrivals->job, step_cb, done_cb, arrivals);
}
