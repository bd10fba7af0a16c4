#include "api.h"

#include "counters.h"

#define API_PART(part) [API_PART_##part] = &part##_part,
const struct api_part *const api_parts[API_PART_COUNT] = {
#include "parts.def"
};
#undef API_PART

const struct route *api_route_at(size_t i)
{
    for (size_t part = 0; part < API_PART_COUNT; i -= api_parts[part++]->route_count)
        if (i < api_parts[part]->route_count)
            return &api_parts[part]->routes[i];
    return NULL;
}

bool api_is_page(const char *path)
{
    struct router_params params;

    for (size_t i = 0; i < API_PART_COUNT; i++)
        for (size_t j = 0; j < api_parts[i]->page_count; j++)
            if (router_match(api_parts[i]->pages[j], path, &params))
                return true;
    return false;
}

struct db_statement *api_statements(bool is_public, size_t *count)
{
    struct db_statement_list lists[1 + API_PART_COUNT];
    size_t lists_used = 0;

    if (!is_public)
        lists[lists_used++] =
            (struct db_statement_list){counters_statements, counters_statement_count};
    for (size_t i = 0; i < API_PART_COUNT; i++) {
        const struct api_part *part = api_parts[i];
        if (part->statements != NULL && part->is_public == is_public)
            lists[lists_used++] =
                (struct db_statement_list){part->statements, *part->statement_count};
    }
    return db_statements_join(lists, lists_used, count);
}
