#include "bodies.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *const types[] = {"DISTURB", "THEFT", "ALARM", "WELFARE", "TRAFFIC",
                                    "SUSP",    "NOISE", "FIGHT", "TRESP",   "MEDICAL"};
static const char *const streets[] = {
    "LINCOLN", "MARTIN LUTHER KING JR", "5TH", "AURORA", "RAINIER", "PINE", "BROADWAY", "45TH"};
static const char *const kinds[BODIES_STEPS] = {"call.received", "incident.updated", "unit.status",
                                                "unit.status", "incident.closed"};

/* xorshift: the same events in every run. */
static uint64_t next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

struct story {
    char incident[64];
    struct point at;
    unsigned number, street, type;
    time_t begun;
};

static void put_time(char out[32], time_t at)
{
    struct tm tm;

    gmtime_r(&at, &tm);
    strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

static int put_times(char *out, size_t size, const struct story *story, unsigned step)
{
    static const char *const names[BODIES_STEPS] = {"received", "dispatched", "en_route",
                                                    "on_scene", "closed"};
    char at[32];
    int n = snprintf(out, size, "\"times\":{");

    for (unsigned i = 0; i <= step; i++) {
        put_time(at, story->begun + (time_t)i * 60);
        n += snprintf(out + n, size - (size_t)n, "%s\"%s\":\"%s\"", i ? "," : "", names[i], at);
    }
    return n + snprintf(out + n, size - (size_t)n, "},");
}

static int put_units(char *out, size_t size, const struct story *story, unsigned step)
{
    static const char *const doing[BODIES_STEPS] = {"", "dispatched", "en_route", "on_scene",
                                                    "clear"};
    char at[32];
    int n = snprintf(out, size, "\"units\":[");

    put_time(at, story->begun + (time_t)step * 60);
    for (unsigned i = 0; step > 0 && i < 3; i++)
        n += snprintf(out + n, size - (size_t)n,
                      "%s{\"id\":\"%uA%u\",\"role\":\"patrol\",\"status\":\"%s\",\"at\":\"%s\"}",
                      i ? "," : "", story->number % 9 + 1, i + 11, doing[step], at);
    return n + snprintf(out + n, size - (size_t)n, "],");
}

static size_t put_body(char *out, size_t size, const struct story *story, unsigned step)
{
    const char *type = types[story->type];
    char at[32];
    int n;

    put_time(at, story->begun + (time_t)step * 60);
    n = snprintf(
        out, size,
        "{\"kind\":\"%s\",\"incident\":\"%s\",\"event_id\":\"%s.%u\","
        "\"occurred_at\":\"%s\",\"time_quality\":\"exact\",\"zone\":\"America/Los_Angeles\",",
        kinds[step], story->incident, story->incident, step, at);
    n += put_times(out + n, size - (size_t)n, story, step);
    n += put_units(out + n, size - (size_t)n, story, step);
    n += snprintf(out + n, size - (size_t)n,
                  "\"call_type\":\"%s\",\"priority\":\"%u\",\"initiated_by\":\"public\","
                  "\"received_via\":\"911\",\"place\":{\"address\":\"%u %s AVE S\","
                  "\"latitude\":%.6f,\"longitude\":%.6f,\"municipality\":\"RIVERSIDE\","
                  "\"cross_streets\":\"S %s ST / S CHARLES ST\",\"beat\":\"R%u\"}",
                  type, story->type % 5 + 1, story->number, streets[story->street],
                  story->at.latitude, story->at.longitude, streets[(story->street + 3) % 8],
                  story->number % 9);
    if (step == BODIES_STEPS - 1)
        n += snprintf(out + n, size - (size_t)n,
                      ",\"final_type\":\"%s\",\"report_numbers\":[\"26-%06u\"],"
                      "\"dispositions\":[{\"code\":\"ASSISTANCE RENDERED\",\"primary\":true}]",
                      type, story->number);
    n += snprintf(out + n, size - (size_t)n, "}");
    return (size_t)n;
}

static void begin(struct story *story, const struct bodies *bodies, uint64_t *chance,
                  const char *name, unsigned per_mille)
{
    double spread = (double)(next(chance) % 100000) / 1e6;

    snprintf(story->incident, sizeof story->incident, "%s", name);
    story->number = (unsigned)(next(chance) % 9000) + 100;
    story->street = (unsigned)(next(chance) % 8);
    story->type = (unsigned)(next(chance) % 10);
    if (bodies->schools && next(chance) % 1000 < per_mille) {
        story->at = bodies->school[next(chance) % bodies->schools];
        story->at.latitude += spread / 1000; /* at most 11 m */
    } else {
        story->at = (struct point){47.7 + spread, -122.3 + (double)(next(chance) % 100000) / 1e6};
    }
}

void bodies_schools(struct bodies *bodies, const char *file)
{
    FILE *in = file ? fopen(file, "r") : NULL;
    struct point at;

    if (file && !in)
        err(2, "%s", file);
    while (in && fscanf(in, "%lf %lf", &at.latitude, &at.longitude) == 2) {
        bodies->school = realloc(bodies->school, (bodies->schools + 1) * sizeof *bodies->school);
        if (!bodies->school)
            errx(2, "no memory");
        bodies->school[bodies->schools++] = at;
    }
    if (in)
        fclose(in);
}

void bodies_make(struct bodies *bodies, size_t count, const char *run, unsigned session,
                 unsigned per_mille, unsigned open)
{
    struct story *story = calloc(open, sizeof *story);
    uint64_t chance = 88172645463325252ULL + session * 7919ULL;
    time_t now = time(NULL) - 7200;
    size_t room = 0, used = 0;
    unsigned long incident = 0;

    bodies->start = calloc(count + 1, sizeof *bodies->start);
    if (!story || !bodies->start)
        errx(2, "no memory");
    for (bodies->count = 0; bodies->count < count; bodies->count++) {
        size_t i = bodies->count;
        struct story *told = &story[i % open];
        unsigned step = (unsigned)(i / open % BODIES_STEPS);

        if (step == 0) {
            char name[64];
            snprintf(name, sizeof name, "%s-%u-%06lu", run, session, incident++);
            begin(told, bodies, &chance, name, per_mille);
            told->begun = now + (time_t)(i / open / BODIES_STEPS);
        }
        if (room - used < BODIES_MAX) {
            room = room ? room * 2 : 1U << 20;
            bodies->text = realloc(bodies->text, room);
            if (!bodies->text)
                errx(2, "no memory");
        }
        bodies->start[i] = used;
        used += put_body(bodies->text + used, BODIES_MAX, told, step);
    }
    bodies->start[count] = used;
    free(story);
}

void bodies_free(struct bodies *bodies)
{
    free(bodies->text);
    free(bodies->start);
    free(bodies->school);
    memset(bodies, 0, sizeof *bodies);
}
