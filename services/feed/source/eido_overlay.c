/* See eido_overlay.h. */
#include "eido_overlay.h"

#include <math.h>
#include <string.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

/* The values of event_unit_status in dictionary.def. */
enum { DISPATCHED = 1, EN_ROUTE, ON_SCENE, CLEAR };

/* Texts. */

static const struct {
    size_t offset, size;
} texts[] = {
#define TEXT(member)                                                        \
    {                                                                       \
        offsetof(struct event, member), sizeof(((struct event *)0)->member) \
    }
    TEXT(call_type),
    TEXT(final_type),
    TEXT(priority),
};

static bool overlay_texts(struct event *state, const struct event *document, bool older,
                          struct event *change)
{
    bool changed = false;

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        char *is = (char *)state + texts[i].offset;
        const char *said = (const char *)document + texts[i].offset;

        if (!*said || strcmp(is, said) == 0 || (older && *is))
            continue;
        memcpy(is, said, texts[i].size);
        memcpy((char *)change + texts[i].offset, said, texts[i].size);
        changed = true;
    }
    return changed;
}

/* Lists. */

static bool overlay_numbers(struct event *state, const struct event *document, bool older,
                            struct event *change)
{
    bool same = state->report_numbers.count == document->report_numbers.count;

    for (size_t i = 0; same && i < document->report_numbers.count; i++)
        same = strcmp(state->report_numbers.item[i], document->report_numbers.item[i]) == 0;
    if (same || document->report_numbers.count == 0 || (older && state->report_numbers.count > 0))
        return false;
    state->report_numbers = change->report_numbers = document->report_numbers;
    return true;
}

static bool overlay_dispositions(struct event *state, const struct event *document, bool older,
                                 struct event *change)
{
    bool same = state->dispositions.count == document->dispositions.count;

    for (size_t i = 0; same && i < document->dispositions.count; i++)
        same = state->dispositions.item[i].primary == document->dispositions.item[i].primary &&
               strcmp(state->dispositions.item[i].code, document->dispositions.item[i].code) == 0;
    if (same || document->dispositions.count == 0 || (older && state->dispositions.count > 0))
        return false;
    state->dispositions = change->dispositions = document->dispositions;
    return true;
}

/* The place is treated as one field, so that one place's address never stands beside another's
 * coordinates. */

static bool same_number(double a, double b)
{
    return (isnan(a) && isnan(b)) || a == b;
}

static bool same_place(const struct event_place *a, const struct event_place *b)
{
    return strcmp(a->address, b->address) == 0 && same_number(a->latitude, b->latitude) &&
           same_number(a->longitude, b->longitude) && strcmp(a->name, b->name) == 0 &&
           strcmp(a->municipality, b->municipality) == 0 &&
           strcmp(a->cross_streets, b->cross_streets) == 0 && strcmp(a->beat, b->beat) == 0;
}

static void keep_text(char *out, const char *known)
{
    if (!*out)
        strcpy(out, known);
}

/* Whether both may be the same place, one of them given in less detail. */
static bool agree(const struct event_place *a, const struct event_place *b)
{
    bool points = !isnan(a->latitude) && !isnan(b->latitude);

    return (!*a->address || !*b->address || strcmp(a->address, b->address) == 0) &&
           (!points || (a->latitude == b->latitude && a->longitude == b->longitude));
}

static void complete(struct event_place *place, const struct event_place *known)
{
    keep_text(place->beat, known->beat);
    if (!agree(place, known))
        return;
    keep_text(place->address, known->address);
    keep_text(place->name, known->name);
    keep_text(place->municipality, known->municipality);
    keep_text(place->cross_streets, known->cross_streets);
    if (isnan(place->latitude)) {
        place->latitude = known->latitude;
        place->longitude = known->longitude;
    }
}

static bool overlay_place(struct event *state, const struct event *document, bool older,
                          struct event *change)
{
    struct event_place next = older ? state->place : document->place;

    complete(&next, older ? &document->place : &state->place);
    if (same_place(&next, &state->place))
        return false;
    state->place = change->place = next;
    return true;
}

static bool overlay_received(struct event *state, const struct event *document,
                             struct event *change)
{
    event_time said = document->times.received, *is = &state->times.received;

    if (said == EVENT_TIME_NONE || (*is != EVENT_TIME_NONE && *is <= said))
        return false;
    *is = change->times.received = said;
    return true;
}

/* Units. */

static event_time *milestone(struct event_times *times, uint8_t status)
{
    return status == DISPATCHED ? &times->dispatched
           : status == EN_ROUTE ? &times->en_route
           : status == ON_SCENE ? &times->on_scene
                                : NULL;
}

/* The milestone is the time of the first unit that reaches the status. */
static bool reach(struct event *state, uint8_t status, event_time at, struct event *change)
{
    event_time *is = milestone(&state->times, status);

    if (!is || (*is != EVENT_TIME_NONE && *is <= at))
        return false;
    *is = *milestone(&change->times, status) = at;
    return true;
}

/* The milestone is the time of the last unit that left, once none is there any more. */
static bool overlay_cleared(struct event *state, struct event *change)
{
    event_time last = EVENT_TIME_NONE;

    for (size_t i = 0; i < state->units.count; i++) {
        const struct event_unit *unit = &state->units.item[i];

        if (unit->status != 0 && unit->status != CLEAR)
            return false;
        if (unit->status == CLEAR && unit->at > last)
            last = unit->at;
    }
    if (last == EVENT_TIME_NONE || last == state->times.cleared)
        return false;
    state->times.cleared = change->times.cleared = last;
    return true;
}

/* If the list is full, a unit that has left is dropped. */
static struct event_unit *add_unit(struct event *state, const char *id)
{
    size_t at = 0, most = COUNT_OF(state->units.item);
    struct event_unit *unit = state->units.item;

    while (state->units.count == most && at < most && unit[at].status != CLEAR)
        at++;
    if (at == most)
        return NULL;
    if (state->units.count == most)
        memmove(unit + at, unit + at + 1, (--state->units.count - at) * sizeof *unit);
    unit += state->units.count++;
    *unit = (struct event_unit){.at = EVENT_TIME_NONE};
    strcpy(unit->id, id);
    return unit;
}

static struct event_unit *find_unit(struct event *state, const char *id)
{
    for (size_t i = 0; i < state->units.count; i++)
        if (strcmp(state->units.item[i].id, id) == 0)
            return &state->units.item[i];
    return NULL;
}

/* A status without a time gets the time of the document. */
static bool overlay_unit(struct event *state, const struct event *document,
                         const struct event_unit *said, bool older, struct event *change)
{
    struct event_unit *is = find_unit(state, said->id);
    event_time at = said->at != EVENT_TIME_NONE ? said->at : document->occurred_at;
    bool changed = false;

    if (!is) {
        is = add_unit(state, said->id);
        changed = is != NULL;
    }
    if (!is || said->status == 0)
        return changed;
    changed |= reach(state, said->status, at, change);
    if (is->status == said->status ? at >= is->at : is->status != 0 && (older || at < is->at))
        return changed; /* known already, or stale */
    is->status = said->status;
    is->at = at;
    return true;
}

static bool overlay_units(struct event *state, const struct event *document, bool older,
                          struct event *change)
{
    bool changed = false;

    for (size_t i = 0; i < document->units.count; i++)
        changed |= overlay_unit(state, document, &document->units.item[i], older, change);
    changed |= overlay_cleared(state, change);
    if (changed)
        change->units = state->units;
    return changed;
}

void eido_overlay(struct event *state, const struct event *document, bool older,
                  struct eido_change *change)
{
    event_clear(&change->event);
    change->fields = overlay_texts(state, document, older, &change->event);
    change->fields |= overlay_numbers(state, document, older, &change->event);
    change->fields |= overlay_dispositions(state, document, older, &change->event);
    change->fields |= overlay_place(state, document, older, &change->event);
    change->fields |= overlay_received(state, document, &change->event);
    change->units = overlay_units(state, document, older, &change->event);
}
