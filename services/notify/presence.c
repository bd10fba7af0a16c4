#include "presence.h"

#include "channel.h"
#include "clock.h"
#include "decimal.h"
#include "log.h"

#include <jansson.h>
#include <stdlib.h>

#define EVERY_US (10 * INT64_C(1000000))

/* The channels of this process as JSON; NULL without memory. */
static char *own_channels(const struct settings *settings)
{
    json_t *list = json_array();

    for (enum settings_lane lane = 0; list && lane < LANES; lane++)
        for (size_t i = 0; i < CHANNELS; i++)
            if (channels_available(settings, lane) & channels[i]->bit)
                json_array_append_new(list, json_pack("{s:s, s:b}", "channel", channels[i]->name,
                                                      "replay", lane == LANE_REPLAY));
    char *text = list ? json_dumps(list, JSON_COMPACT) : NULL;
    json_decref(list);
    return text;
}

void presence_tell(struct presence *presence, struct db_job *job)
{
    char *own = own_channels(presence->settings);

    if (own)
        db_exec_text(job, "provider_seen", NULL, NULL, 3, presence->instance, own,
                     DECIMAL(steady_now_us(presence->steady)));
    else
        db_abandon(job, "no memory");
    free(own);
}

static void step_cb(struct db_job *job, void *ctx)
{
    presence_tell(ctx, job);
}

static void done_cb(void *ctx, enum db_outcome outcome, const struct db_error *error)
{
    (void)ctx;
    if (outcome == DB_REFUSED)
        log_warn("provider_seen", "sqlstate=%s", error->sqlstate);
}

void presence_tick(struct presence *presence, struct db *db)
{
    if (!steady_now_us(presence->steady) || clock_mono_us() < presence->due_mono)
        return;
    presence->due_mono = clock_mono_us() + EVERY_US;
    db_submit(db, step_cb, done_cb, presence);
}
