#include "presence.h"

#include "clock.h"
#include "decimal.h"
#include "log.h"

#include <jansson.h>
#include <stdlib.h>

#define EVERY_US (10 * INT64_C(1000000))

static json_t *provider_json(const struct provider *provider)
{
    struct provider_state state;

    provider_state(provider, &state);
    return json_pack("{s:s, s:b, s:s, s:b, s:I, s:s, s:s}", "channel", state.channel, "replay",
                     state.lane == LANE_REPLAY, "name", state.name, "up", state.up, "since",
                     (json_int_t)state.since, "reason", state.up ? "" : reason_name(state.reason),
                     "answer", state.up ? "" : state.error);
}

/* The providers of this process; free. NULL without memory. */
static char *own_providers(const struct providers *providers)
{
    json_t *list = json_array();

    for (size_t i = 0; list && i < providers->count; i++)
        json_array_append_new(list, provider_json(providers->at[i]));
    char *text = list ? json_dumps(list, JSON_COMPACT) : NULL;
    json_decref(list);
    return text;
}

static void step_cb(struct db_job *job, void *ctx)
{
    struct presence *presence = ctx;
    char *own = own_providers(presence->providers);

    if (own)
        db_exec_text(job, "provider_seen", NULL, NULL, 3, presence->instance, own,
                     DECIMAL(steady_now_us(presence->steady)));
    else
        db_abandon(job, "no memory");
    free(own);
}

void presence_changed(struct presence *presence)
{
    presence->due_mono = 0;
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
