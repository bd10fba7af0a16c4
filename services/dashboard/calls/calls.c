/* GET /api/v1/calls: a page of the calls that match the filters, and their number. */
#include "calls.h"

#include "api.h"
#include "service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_OFFSET = 1000000 };

/* The scope to which a cursor is bound in addition to the filters. */
static void scope_text(const struct exchange *exchange, char *out, size_t size)
{
    snprintf(out, size, "%s %d", exchange->person.district, exchange->person.id);
}

int calls_check(struct exchange *exchange, struct error *error)
{
    const struct filter *filter = &exchange->filter;
    const char *from = filter->value[FILTER_FROM];
    const char *to = filter->value[FILTER_TO];

    if (from != NULL && to != NULL && strcmp(from, to) > 0)
        return error_set(error, ERR_VALUE, "to", "must not be before from");
    return 0;
}

static void page_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct exchange *exchange = ctx;
    const char *total = PQgetvalue(result, 0, 0);
    const char *items = PQgetvalue(result, 0, 1);
    char scope[64], next[FILTER_CURSOR_SIZE + 2] = "null";
    uint32_t offset = 0;

    scope_text(exchange, scope, sizeof scope);
    filter_cursor_read(&exchange->filter, scope, exchange->service->secret, &offset);
    uint32_t after = offset + (uint32_t)exchange->filter.limit;
    if (strtoull(total, NULL, 10) > after && after <= MAX_OFFSET) {
        char cursor[FILTER_CURSOR_SIZE];
        filter_cursor_make(&exchange->filter, scope, exchange->service->secret, after, cursor);
        snprintf(next, sizeof next, "\"%s\"", cursor);
    }
    char *text;
    int size = asprintf(&text, "{\"total\":%s,\"items\":%s,\"next\":%s}", total, items, next);
    if (size < 0)
        return; /* no answer: 500 */
    exchange_json(exchange, 200, text, (size_t)size);
    exchange_shows(exchange, job, text);
    free(text);
}

void calls_plan(struct db_job *job)
{
    db_exec_text(job, "calls_plan", NULL, NULL, 0);
}

static void calls_steps(struct exchange *exchange, struct db_job *job)
{
    const struct filter *filter = &exchange->filter;
    const char *values[16] = {exchange->person.district, person_scope(&exchange->person)};
    char name[64], limit[16], offset_text[16], scope[64];
    uint32_t offset;

    scope_text(exchange, scope, sizeof scope);
    if (filter_cursor_read(filter, scope, exchange->service->secret, &offset) != 0) {
        exchange_error(exchange, 400, "bad_value", "cursor",
                       "cursor must be next of the page before, with the same filters and order.");
        return;
    }
    for (size_t i = 0; i < FILTER_SQL; i++)
        values[2 + i] = filter->value[i];
    snprintf(limit, sizeof limit, "%d", filter->limit);
    snprintf(offset_text, sizeof offset_text, "%u", (unsigned)offset);
    values[13] = filter->counted ? "true" : "false";
    values[14] = limit;
    values[15] = offset_text;
    snprintf(name, sizeof name, "calls_%s_%s", filter_sorts[filter->sort],
             filter->descending ? "desc" : "asc");
    calls_plan(job);
    db_exec(job, name, &(struct db_params){.count = 16, .values = values}, false, page_cb,
            exchange);
}

static const struct route routes[] = {
    {.method = HTTP_GET,
     .pattern = "/api/v1/calls",
     .need = NEED_SESSION,
     .connection = CONNECTION_FIGURES,
     .parameters = FILTER_COUNT,
     .check = calls_check,
     .steps = calls_steps},
};
static const char *const pages[] = {"/calls"};

const struct api_part calls_part = {API_PART_OF(calls), API_ROUTES(routes), API_PAGES(pages),
                                    API_STATEMENTS(calls)};
