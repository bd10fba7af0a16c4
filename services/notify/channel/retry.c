#include "retry.h"

int64_t retry_wait_ms(const struct retry_policy *policy, int attempts, int64_t age_s,
                      unsigned jitter)
{
    int64_t tries = attempts < 1 ? 1 : attempts > 1000 ? 1000 : attempts;
    int64_t wait_s = policy->base_s * tries * tries;

    if (wait_s > policy->most_s)
        wait_s = policy->most_s;
    if (age_s + wait_s > policy->give_up_s)
        return -1;
    return wait_s * 1000 + wait_s * 400 * (int64_t)jitter / 1000 - wait_s * 200;
}
