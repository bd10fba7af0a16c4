#include "release.h"

#include "channel.h"
#include "clock.h"
#include "decimal.h"
#include "log.h"
#include "plan.h"
#include "row_refuse.h"

#include <stdio.h>

enum { RELEASE_MOST = 500 }; /* in one transaction: claims go between two */

static void released_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct release *release = ctx;
    struct row_gap gap = {0};

    release->more = row_flag((struct row){result, 0, &gap}, "more");
    row_refuse(job, "delivery_release", &gap);
}

static void step_cb(struct db_job *job, void *ctx)
{
    struct release *release = ctx;
    const struct provider *provider = release->provider;
    bool ever = release->since_us == INT64_MIN;
    int64_t age_us = ever ? 0 : clock_mono_us() - release->since_us;
    char lanes[32];

    release->wanted = release->more = false;
    if (provider_lane(provider) == LANE_REPLAY)
        snprintf(lanes, sizeof lanes, "{%d}", LANE_LAST);
    else
        snprintf(lanes, sizeof lanes, "{%d,%d,%d,%d}", LANE_URGENT, LANE_FIRST, LANE_LATER,
                 LANE_DRILL);
    db_exec_text(job, "delivery_release", released_cb, release, 6, provider_name(provider),
                 provider_channel(provider)->name, lanes, ever ? NULL : DECIMAL(age_us),
                 DECIMAL(steady_now_us(release->steady)), DECIMAL((int64_t)RELEASE_MOST));
}

static void done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    struct release *release = ctx;

    release->running = false;
    if (outcome == DB_COMMITTED) {
        release->wanted |= release->more;
        release->done_cb(release->ctx); /* claims, and goes on */
    } else if (outcome == DB_REFUSED && !db_error_is_outage(error)) {
        log_error("delivery_release", "sqlstate=%s", error->sqlstate);
    } else {
        release->wanted = true; /* again when the database is back: it changes nothing twice */
    }
}

void release_want(struct release *release)
{
    int64_t since_us = provider_took_before_us(release->provider);

    if (!release->wanted || since_us < release->since_us)
        release->since_us = since_us;
    release->wanted = true;
    release_submit(release);
}

void release_submit(struct release *release)
{
    if (release->wanted && !release->running && steady_now_us(release->steady))
        release->running = db_submit(release->db, step_cb, done_cb, release) == 0;
}
