/*
 * api: the parts of the API. A part consists of a file's routes, the statements that they run, and
 * the paths of the pages that show their results. openapi.json describes the routes of all parts; a
 * test compares the two. To add a part: its file, with its sql/NAME.sql, and its row in parts.def.
 */
#ifndef LIAISON_DASHBOARD_API_H
#define LIAISON_DASHBOARD_API_H

#include "exchange.h"

struct api_part {
    int number; /* of its row in parts.def */
    const char *name;
    bool is_public; /* its statements are those of the public connection, and no others are */
    const struct route *routes; /* tried in this order, after those of earlier parts */
    size_t route_count;
    const char *const *pages; /* patterns as of routes; or NULL */
    size_t page_count;
    const struct db_statement *statements; /* or NULL */
    const size_t *statement_count;         /* from the list, which the build generates */
};

/* The first three fields of a part: const struct api_part now_part = {API_PART_OF(now), ...}. */
#define API_PART_OF(part) .number = API_PART_##part, .name = #part
#define API_ROUTES(list)  .routes = list, .route_count = sizeof list / sizeof list[0]
#define API_PAGES(list)   .pages = list, .page_count = sizeof list / sizeof list[0]
/* Those of sql/PART.sql. */
#define API_STATEMENTS(part) \
    .statements = part##_statements, .statement_count = &part##_statement_count

#define API_PART(part) API_PART_##part,
enum api_part_number {
#include "parts.def"
    API_PART_COUNT
};
#undef API_PART

#define API_PART(part)                                    \
    extern const struct api_part part##_part;             \
    extern const struct db_statement part##_statements[]; \
    extern const size_t part##_statement_count;
#include "parts.def"
#undef API_PART

extern const struct api_part *const api_parts[API_PART_COUNT];

/* The routes of all parts, in order; NULL behind the last. */
const struct route *api_route_at(size_t i);

/* Whether the page itself interprets a path: "/calls/x/y". */
bool api_is_page(const char *path);

/* The statements of a connection, the public one's or the others', in one list; as
 * db_statements_join. */
struct db_statement *api_statements(bool is_public, size_t *count);

#endif
