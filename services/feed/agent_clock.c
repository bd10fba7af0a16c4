/* See agent_clock.h. */
#include "agent_clock.h"

#include "clock.h"
#include "log.h"

#include <inttypes.h>
#include <stdlib.h>

static const int64_t YEAR_2020_US = INT64_C(1577836800000000), TOLD_US = 60000000;

static struct {
    bool known;
    int64_t ahead; /* how far intake's clock is ahead of this one */
    int64_t told;
} state;

int64_t agent_clock_now(void)
{
    return clock_wall_us() + (state.known && state.ahead > 0 ? state.ahead : 0);
}

bool agent_clock_is_known(void)
{
    return state.known;
}

void agent_clock_hear(int64_t intake_us)
{
    if (intake_us < YEAR_2020_US)
        return;
    state.known = true;
    state.ahead = intake_us - clock_wall_us();
    if (llabs(state.ahead - state.told) <= TOLD_US)
        return;
    state.told = state.ahead;
    if (llabs(state.ahead) > TOLD_US)
        log_warn("clock_differs",
                 "behind_s=%" PRId64
                 " hint=\"this machine's clock is not the intake's: check both\"",
                 state.ahead / 1000000);
    else
        log_info("clock_agrees", "state=ok");
}
