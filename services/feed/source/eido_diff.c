/* See eido_diff.h. */
#include "eido_diff.h"

#include "eido_overlay.h"

#include <stdlib.h>
#include <string.h>

struct eido_diff {
    struct known *known;
    struct withhold *withhold;
    /* of the current document */
    const struct event *document;
    const struct eido_facts *facts;
    struct known_incident *incident;
    eido_emit_cb emit;
    void *ctx;
    struct eido_outcome *outcome;
    struct error *error;
    bool first, older, renumbered;
    uint8_t was; /* kind of the previous state */
    struct event state, other, out;
    struct eido_change change;
};

struct eido_diff *eido_diff_open(struct known *known, struct withhold *withhold,
                                 struct error *error)
{
    struct eido_diff *diff = calloc(1, sizeof *diff);

    if (!diff) {
        error_set(error, ERR_NOMEM, "", "no memory");
        return NULL;
    }
    diff->known = known;
    diff->withhold = withhold;
    return diff;
}

void eido_diff_free(struct eido_diff *diff)
{
    free(diff);
}

/* Emitting events. */

static int emit(struct eido_diff *diff, const struct event *event)
{
    int err = diff->emit(diff->ctx, event, diff->error);

    if (!err)
        diff->outcome->events++;
    return err;
}

static int keep(struct eido_diff *diff, struct known_incident *incident, const struct event *state)
{
    return known_keep(diff->known, incident, state) == 0
               ? 0
               : error_set(diff->error, ERR_NOMEM, "", "no memory");
}

/* Emits the changed fields, the changed units, or both. */
static int emit_change(struct eido_diff *diff, enum event_kind kind, bool fields, bool units)
{
    struct event *out = &diff->out;

    *out = diff->change.event;
    if (!fields) {
        event_clear(out);
        out->units = diff->change.event.units;
        out->times = diff->change.event.times;
        out->times.received = out->times.closed = EVENT_TIME_NONE;
    }
    if (!units) {
        out->units.count = 0;
        out->times.dispatched = out->times.en_route = EVENT_TIME_NONE;
        out->times.on_scene = out->times.cleared = EVENT_TIME_NONE;
    }
    out->kind = kind;
    out->occurred_at = diff->document->occurred_at;
    strcpy(out->event_id, diff->state.event_id);
    strcpy(out->incident, diff->state.incident);
    return emit(diff, out);
}

/* Emits all that is known of the incident, at the later time of document and state. */
static int emit_whole(struct eido_diff *diff)
{
    diff->out = diff->state;
    return emit(diff, &diff->out);
}

/* Emits that an incident continues as another. A closed one stays closed: another kind would reopen
 * it. */
static int emit_merged(struct eido_diff *diff, const struct event *merged, event_time at)
{
    struct event *out = &diff->out;

    event_clear(out);
    out->kind =
        merged->kind == EVENT_INCIDENT_CLOSED ? EVENT_INCIDENT_CLOSED : EVENT_INCIDENT_UPDATED;
    out->occurred_at = at > merged->occurred_at ? at : merged->occurred_at;
    strcpy(out->event_id, merged->event_id);
    strcpy(out->incident, merged->incident);
    strcpy(out->merged_into, merged->merged_into);
    strcpy(out->split_from, merged->split_from);
    return emit(diff, out);
}

/* Incident numbers. */

/* The number under which the other incident was sent, or its tracking id if none is known. */
static void number_of(struct eido_diff *diff, const char *tracking, char out[EIDO_MAX_ID + 1])
{
    struct digest key = known_key_of(tracking);
    const struct known_incident *other = known_find(diff->known, &key);

    strcpy(out, tracking);
    if (other && known_state(other, &diff->other))
        strcpy(out, diff->other.incident);
}

/* Whether the document has a number of its own, and not that of the incident it was split from. */
static bool has_own_number(struct eido_diff *diff)
{
    char other[EIDO_MAX_ID + 1];

    if (!diff->facts->numbered)
        return false;
    for (size_t i = 0; i < diff->facts->merge_count; i++) {
        if (diff->facts->merge[i].way != EIDO_SPLIT_FROM)
            continue;
        number_of(diff, diff->facts->merge[i].other, other);
        if (strcmp(other, diff->document->incident) == 0)
            return false;
    }
    return true;
}

/* The agency's number may come later than the call, and may change. The incident then continues
 * under the new number. */
static int settle_number(struct eido_diff *diff)
{
    bool numbered = has_own_number(diff), was_numbered = diff->incident->numbered;
    const char *number = numbered ? diff->document->incident : diff->facts->tracking;
    int err;

    diff->renumbered = false;
    if (diff->first) {
        strcpy(diff->state.incident, number);
    } else if (numbered && strcmp(number, diff->state.incident) != 0 &&
               !(was_numbered && diff->older)) {
        diff->other = diff->state;
        strcpy(diff->other.merged_into, number);
        *diff->other.split_from = '\0';
        err = emit_merged(diff, &diff->other, diff->document->occurred_at);
        if (err)
            return err;
        diff->renumbered = true;
        strcpy(diff->state.incident, number);
    }
    diff->incident->numbered = was_numbered || numbered;
    return 0;
}

/* Merges. */

static void join(struct eido_diff *diff, const char *tracking, struct digest *key,
                 char field[EIDO_MAX_ID + 1], char change[EIDO_MAX_ID + 1])
{
    char number[EIDO_MAX_ID + 1];

    number_of(diff, tracking, number);
    if (strcmp(number, diff->state.incident) == 0 || strcmp(number, field) == 0 ||
        (diff->older && *field))
        return;
    *key = known_key_of(tracking);
    strcpy(field, number);
    strcpy(change, number);
    diff->change.fields = true;
}

/* Emits that another incident was merged into this one. Possibly no document of the other says
 * so. */
static int absorb(struct eido_diff *diff, const char *tracking)
{
    struct digest key = known_key_of(tracking);
    struct known_incident *other = known_put(diff->known, &key);
    int err;

    if (other->withheld)
        return 0;
    if (!known_state(other, &diff->other)) {
        event_clear(&diff->other);
        diff->other.kind = EVENT_INCIDENT_OPENED;
        diff->other.occurred_at = diff->document->occurred_at;
        strcpy(diff->other.incident, tracking);
        strcpy(diff->other.event_id, tracking);
    }
    if (strcmp(diff->other.incident, diff->state.incident) == 0 ||
        strcmp(diff->other.merged_into, diff->state.incident) == 0)
        return 0;
    other->merged = diff->incident->key;
    strcpy(diff->other.merged_into, diff->state.incident);
    err = emit_merged(diff, &diff->other, diff->document->occurred_at);
    return err ? err : keep(diff, other, &diff->other);
}

static void take_joins(struct eido_diff *diff)
{
    const struct eido_facts *facts = diff->facts;

    for (size_t i = 0; i < facts->merge_count; i++) {
        if (facts->merge[i].way == EIDO_MERGE_INTO)
            join(diff, facts->merge[i].other, &diff->incident->merged, diff->state.merged_into,
                 diff->change.event.merged_into);
        if (facts->merge[i].way == EIDO_SPLIT_FROM)
            join(diff, facts->merge[i].other, &diff->incident->split, diff->state.split_from,
                 diff->change.event.split_from);
    }
}

static int absorb_others(struct eido_diff *diff)
{
    int err = 0;

    for (size_t i = 0; !err && i < diff->facts->merge_count; i++)
        if (diff->facts->merge[i].way == EIDO_MERGE_FROM)
            err = absorb(diff, diff->facts->merge[i].other);
    return err;
}

struct correction {
    struct eido_diff *diff;
    int err;
};

static bool correct(char field[EIDO_MAX_ID + 1], bool joined, const char *number)
{
    if (!joined || strcmp(field, number) == 0)
        return false;
    strcpy(field, number);
    return true;
}

/* Corrects an incident that was sent as merged into, or split from, this one under an id that is
 * not its number. */
static void correct_cb(void *ctx, struct known_incident *joined)
{
    struct correction *correction = ctx;
    struct eido_diff *diff = correction->diff;
    const struct digest *key = &diff->incident->key;
    struct event *other = &diff->other;
    bool changed;

    if (correction->err || joined == diff->incident || !known_state(joined, other) ||
        strcmp(other->incident, diff->state.incident) == 0)
        return;
    changed = correct(other->merged_into, memcmp(&joined->merged, key, sizeof *key) == 0,
                      diff->state.incident);
    changed |= correct(other->split_from, memcmp(&joined->split, key, sizeof *key) == 0,
                       diff->state.incident);
    if (!changed)
        return;
    correction->err = emit_merged(diff, other, diff->document->occurred_at);
    if (!correction->err)
        correction->err = keep(diff, joined, other);
}

static int correct_others(struct eido_diff *diff)
{
    struct correction correction = {.diff = diff};

    known_each_joined(diff->known, &diff->incident->key, correct_cb, &correction);
    return correction.err;
}

/* Kinds of events. */

static uint8_t kind_now(const struct eido_diff *diff)
{
    if (!diff->facts->is_incident)
        return diff->first ? EVENT_CALL_RECEIVED : diff->was;
    if (diff->older)
        return diff->was == EVENT_CALL_RECEIVED ? EVENT_INCIDENT_OPENED : diff->was;
    if (diff->facts->status == EIDO_STATUS_OVER)
        return EVENT_INCIDENT_CLOSED;
    if (diff->facts->status == EIDO_STATUS_UNSAID && diff->was == EVENT_INCIDENT_CLOSED)
        return EVENT_INCIDENT_CLOSED;
    return EVENT_INCIDENT_OPENED;
}

static void take_kind(struct eido_diff *diff)
{
    event_time at = diff->facts->incident_at;

    diff->state.kind = kind_now(diff);
    if (diff->state.kind == diff->was)
        return;
    if (diff->state.kind != EVENT_INCIDENT_CLOSED) {
        diff->state.times.closed = EVENT_TIME_NONE;
        return;
    }
    if (at == EVENT_TIME_NONE || at > diff->document->occurred_at)
        at = diff->document->occurred_at;
    diff->state.times.closed = diff->change.event.times.closed = at;
}

/* A later event of another kind would reopen a closed incident. */
static int tell_closed(struct eido_diff *diff)
{
    const struct eido_change *change = &diff->change;
    bool before = diff->was == EVENT_INCIDENT_CLOSED &&
                  diff->document->occurred_at < diff->state.times.closed;
    int err = 0;

    if (diff->was == EVENT_INCIDENT_CLOSED)
        return change->fields || change->units
                   ? emit_change(diff, before ? EVENT_INCIDENT_UPDATED : EVENT_INCIDENT_CLOSED,
                                 true, true)
                   : 0;
    if (change->units)
        err = emit_change(diff, EVENT_UNIT_STATUS, false, true);
    return err ? err : emit_change(diff, EVENT_INCIDENT_CLOSED, true, false);
}

static int tell(struct eido_diff *diff)
{
    const struct eido_change *change = &diff->change;
    int err = 0;

    if (diff->first || diff->renumbered)
        return emit_whole(diff);
    if (diff->state.kind == EVENT_INCIDENT_CLOSED)
        return tell_closed(diff);
    if (diff->state.kind != diff->was) /* opened or reopened */
        err = emit_change(
            diff, diff->was == EVENT_CALL_RECEIVED ? EVENT_INCIDENT_OPENED : EVENT_INCIDENT_UPDATED,
            true, false);
    else if (change->fields)
        err = emit_change(diff, EVENT_INCIDENT_UPDATED, true, false);
    if (!err && change->units)
        err = emit_change(diff, EVENT_UNIT_STATUS, false, true);
    return err;
}

/* A document as a whole. */

static bool is_withheld(const struct eido_diff *diff)
{
    if (withhold_event(diff->withhold, diff->document))
        return true;
    return diff->incident->withheld && !*diff->document->call_type && !*diff->document->final_type;
}

static int withhold(struct eido_diff *diff)
{
    diff->outcome->withheld = true;
    diff->incident->withheld = true;
    diff->incident->merged = diff->incident->split = (struct digest){0};
    return keep(diff, diff->incident, NULL);
}

static void begin(struct eido_diff *diff)
{
    diff->first = !known_state(diff->incident, &diff->state);
    if (diff->first) {
        event_clear(&diff->state);
        diff->state.occurred_at = diff->document->occurred_at;
        strcpy(diff->state.event_id, diff->facts->tracking);
    }
    diff->was = diff->state.kind;
    diff->older = diff->document->occurred_at < diff->state.occurred_at;
    diff->incident->withheld = false;
}

static int compare(struct eido_diff *diff)
{
    bool newly_numbered = !diff->incident->numbered;
    int err;

    begin(diff);
    eido_overlay(&diff->state, diff->document, diff->older, &diff->change);
    err = settle_number(diff);
    if (err)
        return err;
    take_joins(diff);
    take_kind(diff);
    if (!diff->older)
        diff->state.occurred_at = diff->document->occurred_at;
    err = tell(diff);
    if (!err)
        err = keep(diff, diff->incident, &diff->state);
    if (!err && diff->incident->numbered && (newly_numbered || diff->renumbered))
        err = correct_others(diff);
    return err ? err : absorb_others(diff);
}

int eido_diff(struct eido_diff *diff, const struct event *document, const struct eido_facts *facts,
              eido_emit_cb emit_cb, void *ctx, struct eido_outcome *outcome, struct error *error)
{
    struct digest key = known_key_of(facts->tracking);

    *outcome = (struct eido_outcome){0};
    diff->document = document;
    diff->facts = facts;
    diff->emit = emit_cb;
    diff->ctx = ctx;
    diff->outcome = outcome;
    diff->error = error;
    diff->incident = known_put(diff->known, &key);
    return is_withheld(diff) ? withhold(diff) : compare(diff);
}
