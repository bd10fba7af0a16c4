#include "clock.h"

#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

static int64_t (*injected_wall)(void);
static int64_t (*injected_mono)(void);

static int64_t read_us(clockid_t id)
{
    struct timespec ts;

    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static int64_t offset_us(void)
{
    static bool known;
    static int64_t offset;

    if (!known) {
        const char *env = getenv("LIAISON_CLOCK_OFFSET_S");

        offset = env ? strtoll(env, NULL, 10) * 1000000 : 0;
        known = true;
    }
    return offset;
}

int64_t clock_wall_us(void)
{
    return injected_wall ? injected_wall() : read_us(CLOCK_REALTIME) + offset_us();
}

int64_t clock_mono_us(void)
{
    return injected_mono ? injected_mono() : read_us(CLOCK_MONOTONIC);
}

void clock_inject(int64_t (*wall)(void), int64_t (*mono)(void))
{
    injected_wall = wall;
    injected_mono = mono;
}
