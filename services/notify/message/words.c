#include "words.h"

#include "catalogue.h"

#include <stdio.h>
#include <string.h>

static const char *const unit_keys[FACTS_UNIT_STATES] = {
    [FACTS_UNITS_NONE] = "message.unit.assigned", [FACTS_DISPATCHED] = "unit.status.dispatched",
    [FACTS_EN_ROUTE] = "unit.status.en_route",    [FACTS_ON_SCENE] = "unit.status.on_scene",
    [FACTS_CLEAR] = "message.unit.clear",
};

const char *words_what(const struct facts *facts)
{
    const char *words = NULL;

    if (facts->sensitivity == FACTS_SAY_ALL) {
        words = catalogue_code("message.type", facts->type);
        if (!words)
            words = catalogue_code("message.class", facts->class);
    }
    return words ? words : catalogue_text("message.call");
}

const char *words_relation(const char *relation)
{
    const char *words = catalogue_code("message.relation", relation);

    if (!words)
        words = catalogue_code("relation", relation);
    return words ? words : catalogue_text("relation.at");
}

bool words_uncertain(const struct facts *facts)
{
    return strcmp(facts->relation, "uncertain") == 0;
}

const char *words_method(const char *method)
{
    const char *words = catalogue_code("message.method", method);

    return words ? words : "";
}

const char *words_units(const struct facts *facts, char *out, size_t size)
{
    const char *state = catalogue_text(unit_keys[facts->unit_state]);
    char count[12];
    const struct catalogue_value values[] = {{"n", count}, {"state", state}};

    out[0] = '\0';
    if (facts->units <= 0)
        return out;
    snprintf(count, sizeof count, "%d", facts->units);
    const char *key = facts->units == 1 ? "message.units.one" : "message.units.other";
    return catalogue_fill(out, size, key, values, 2);
}

const char *words_span(int64_t seconds, char *out, size_t size)
{
    static const struct {
        int64_t below, unit;
        const char *key;
    } spans[] = {{90, 1, "span.seconds"},
                 {90 * 60, 60, "span.minutes"},
                 {48 * 3600, 3600, "span.hours"},
                 {INT64_MAX, 86400, "span.days"}};
    char count[24];
    size_t i = 0;

    while (seconds >= spans[i].below)
        i++;
    snprintf(count, sizeof count, "%lld", (long long)(seconds / spans[i].unit));
    return catalogue_fill(out, size, spans[i].key, &(struct catalogue_value){"n", count}, 1);
}
