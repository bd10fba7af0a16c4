/* See endpoint_records.h. */
#include "endpoint_records.h"

#include "agent_clock.h"

#include <string.h>

static struct source *open_body(enum source_format format, const char *body, size_t size)
{
    struct source *source = source_open(format, NULL, NULL);

    if (source && source_push(source, body, size) == 0) {
        source_finish(source);
        return source;
    }
    source_free(source);
    return NULL;
}

int endpoint_records_count(enum source_format format, const char *body, size_t size, int most,
                           struct error *error)
{
    struct source *source = open_body(format, body, size);
    struct source_row row;
    int count = 0, got = SOURCE_ROW;

    if (!source)
        return ERR_NOMEM;
    while (count <= most && (got = source_next(source, &row, error)) == SOURCE_ROW)
        count++;
    source_free(source);
    return got < 0 ? got : count;
}

static json_t *result(const char *status, size_t index)
{
    return json_pack("{s:I, s:s}", "index", (json_int_t)index, "status", status);
}

static json_t *refusal(const struct error *error, size_t index)
{
    return json_pack("{s:I, s:s, s:s, s:s, s:s}", "index", (json_int_t)index, "status", "refused",
                     "code", err_name(error->code), "field", error->field, "reason", error->reason);
}

/* Adds an event to the batch; an eido_emit_cb. */
static int spool_event(void *ctx, const struct event *event, struct error *error)
{
    struct endpoint_records *records = ctx;
    int size = event_encode(event, records->body, sizeof records->body);
    uint64_t seq;

    if (size < 0)
        return error_set(error, ERR_SIZE, "", "longer than %d octets", EVENT_MAX_OCTETS);
    seq = spool_append(records->spool, records->body, (size_t)size);
    if (seq == 0)
        return error_set(error, ERR_NOMEM, "", "no memory");
    if (records->first == 0)
        records->first = seq;
    records->last = seq;
    records->events++;
    return 0;
}

/* An event with the content of an earlier one is the same fact, whoever sends it. */
static const char *take_event(struct endpoint_records *records, const struct event *event,
                              struct error *error)
{
    int size = event_encode(event, records->body, sizeof records->body);
    struct digest digest;

    if (withhold_event(records->withhold, event)) {
        records->withheld++;
        return "withheld";
    }
    if (size >= 0) {
        digest = digest_of("event", records->body, (size_t)size);
        if (seen_find(records->recall->seen, &digest)) {
            records->repeated++;
            return "repeated";
        }
    }
    if (spool_event(records, event, error) != 0)
        return NULL;
    if (seen_add(records->recall->seen, &digest, &digest) != 0) {
        error_set(error, ERR_NOMEM, "", "no memory");
        return NULL;
    }
    records->accepted++;
    return "accepted";
}

static const char *take_document(struct endpoint_records *records, const struct source_row *row,
                                 struct error *error)
{
    struct eido_outcome outcome;

    if (eido_diff(records->recall->diff, row->event, row->eido, spool_event, records, &outcome,
                  error) != 0)
        return NULL;
    if (outcome.withheld) {
        records->withheld++;
        return "withheld";
    }
    if (outcome.events == 0) {
        records->repeated++;
        return "unchanged";
    }
    records->accepted++;
    return "accepted";
}

static int take_row(struct endpoint_records *records, const struct source_row *row, size_t index)
{
    struct error error = row->error;
    const char *status = NULL;
    json_t *item;

    if (row->event)
        status = row->eido ? take_document(records, row, &error)
                           : take_event(records, row->event, &error);
    if (!status && error.code == ERR_NOMEM)
        return ERR_NOMEM;
    records->refused += !status;
    item = status ? result(status, index) : refusal(&error, index);
    return json_array_append_new(records->results, item) == 0 ? 0 : ERR_NOMEM;
}

/* Cuts a long name between two characters. */
static json_t *name_text(const char *name, size_t size)
{
    size_t kept = size < ENDPOINT_NAME_OCTETS ? size : ENDPOINT_NAME_OCTETS;

    while (kept > 0 && kept < size && ((unsigned char)name[kept] & 0xC0) == 0x80)
        kept--;
    return json_stringn(name, kept);
}

static void name_cb(void *ctx, const char *name, size_t size, bool denied)
{
    struct endpoint_records *records = ctx;
    json_t *names = denied ? records->denied : records->dropped;
    json_t *text = json_array_size(names) < ENDPOINT_MAX_NAMES ? name_text(name, size) : NULL;
    json_t *known;
    size_t i;

    json_array_foreach(names, i, known)
    {
        if (text && json_equal(known, text)) {
            json_decref(text);
            text = NULL;
        }
    }
    if (text)
        json_array_append_new(names, text);
}

/* Counts the values left out by field: {"place.latitude": 2}. */
static void unfit_cb(void *ctx, const struct error *why)
{
    struct endpoint_records *records = ctx;
    char name[EVENT_FIELD_NAME];
    json_int_t times;

    event_field_name(why->field, name);
    times = json_integer_value(json_object_get(records->unfit, name));
    json_object_set_new(records->unfit, name, json_integer(times + 1));
}

int endpoint_records_take(struct endpoint_records *records, enum source_format format,
                          const char *body, size_t size)
{
    struct source *source = open_body(format, body, size);
    struct source_row row;
    int err = 0;

    records->results = json_array();
    records->dropped = json_array();
    records->denied = json_array();
    records->unfit = json_object();
    records->bare = records->unfit_count = 0;
    if (!source || !records->results || !records->dropped || !records->denied || !records->unfit)
        err = ERR_NOMEM;
    if (source)
        source_hear(source, &(struct source_hearer){name_cb, unfit_cb, records});
    if (source && !agent_clock_is_known()) /* this machine's clock may be wrong: intake decides */
        source_take_ahead(source);
    for (size_t i = 0; !err && source_next(source, &row, NULL) == SOURCE_ROW; i++)
        err = take_row(records, &row, i);
    if (source) {
        records->bare = source_dropped(source)->bare;
        records->found = source_dropped(source)->found;
        records->unfit_count = source_dropped(source)->unfit;
    }
    source_free(source);
    return err;
}
