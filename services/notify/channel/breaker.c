#include "breaker.h"

#include <limits.h>

void breaker_init(struct breaker *breaker, int base_s, int most_s, int64_t now_us)
{
    *breaker = (struct breaker){
        .policy = {.base_s = base_s, .most_s = most_s, .give_up_s = INT_MAX},
        .since_us = now_us,
        .alive_us = INT64_MIN,
        .took_us = INT64_MIN,
        .before_us = INT64_MIN,
        .freed_us = INT64_MIN,
    };
}

int64_t breaker_opens_us(const struct breaker *breaker, bool urgent)
{
    int64_t soon_us = breaker->failed_us + breaker->policy.base_s * INT64_C(1000000);

    if (!breaker->down)
        return INT64_MIN;
    if (breaker->probing[urgent])
        return INT64_MAX;
    return urgent && soon_us < breaker->next_us ? soon_us : breaker->next_us;
}

enum breaker_gate breaker_gate(const struct breaker *breaker, bool urgent, int64_t now_us)
{
    if (!breaker->down)
        return GATE_OPEN;
    return breaker_opens_us(breaker, urgent) <= now_us ? GATE_PROBE : GATE_SHUT;
}

void breaker_probe(struct breaker *breaker, bool urgent)
{
    breaker->probing[urgent] = true;
}

void breaker_probe_lost(struct breaker *breaker, bool urgent)
{
    breaker->probing[urgent] = false;
}

bool breaker_is_up(const struct breaker *breaker)
{
    return !breaker->down && !breaker->defers;
}

bool breaker_alive(struct breaker *breaker, int64_t now_us)
{
    bool was_down = breaker->down;

    breaker->alive_us = now_us;
    breaker->failures = 0;
    breaker->down = false;
    breaker->probing[0] = breaker->probing[1] = false;
    if (was_down && !breaker->defers)
        breaker->since_us = now_us;
    return was_down;
}

bool breaker_failed(struct breaker *breaker, bool probe, bool urgent, int64_t began_us,
                    int64_t now_us, unsigned jitter)
{
    bool was_up = !breaker->down;

    if (probe)
        breaker->probing[urgent] = false;
    if (began_us <= breaker->alive_us || (!was_up && !probe))
        return false;
    breaker->down = true;
    breaker->failures++;
    breaker->failed_us = now_us;
    breaker->next_us =
        now_us + retry_wait_ms(&breaker->policy, breaker->failures, 0, jitter) * 1000;
    if (was_up && !breaker->defers)
        breaker->since_us = now_us;
    return was_up;
}

static void note_recipient(struct breaker *breaker, uint64_t recipient, int64_t now_us)
{
    for (size_t i = 0; i < breaker->deferred_count; i++)
        if (breaker->deferred[i] == recipient)
            return;
    if (breaker->deferred_count == DEFERRED_MOST)
        return;
    if (breaker->deferred_count == 0) {
        breaker->deferred_us = now_us;
        breaker->before_us = breaker->took_us;
    }
    breaker->deferred[breaker->deferred_count++] = recipient;
}

bool breaker_deferred(struct breaker *breaker, uint64_t recipient, int64_t began_us, int64_t now_us)
{
    if (began_us <= breaker->took_us)
        return false;
    note_recipient(breaker, recipient, now_us);
    if (breaker->defers || breaker->deferred_count < DEFERRED_MOST ||
        now_us - breaker->deferred_us < breaker->policy.base_s * INT64_C(1000000))
        return false;
    breaker->defers = true;
    if (!breaker->down)
        breaker->since_us = now_us;
    return true;
}

bool breaker_took(struct breaker *breaker, int64_t now_us)
{
    bool deferred = breaker->defers;

    breaker->took_us = now_us;
    breaker->deferred_count = 0;
    breaker->defers = false;
    if (deferred)
        breaker->freed_us = now_us;
    if (deferred && !breaker->down)
        breaker->since_us = now_us;
    return deferred;
}
