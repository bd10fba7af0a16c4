#include "router.h"

#include <string.h>

static bool keep(struct router_params *params, const char *text, size_t size)
{
    if (size == 0 || size >= ROUTER_PARAM_SIZE || params->count == ROUTER_MAX_PARAMS)
        return false;
    memcpy(params->value[params->count], text, size);
    params->value[params->count++][size] = '\0';
    return true;
}

/* The rest of the pattern has no parameter: the path must end with it. */
static bool match_rest(const char *pattern, const char *path, struct router_params *params)
{
    size_t tail = strlen(pattern);
    size_t size = strlen(path);

    if (size <= tail || strcmp(path + size - tail, pattern) != 0)
        return false;
    return keep(params, path, size - tail);
}

bool router_match(const char *pattern, const char *path, struct router_params *params)
{
    params->count = 0;
    while (*pattern != '\0') {
        if (strncmp(pattern, "{+}", 3) == 0)
            return match_rest(pattern + 3, path, params);
        if (strncmp(pattern, "{}", 2) == 0) {
            size_t size = strcspn(path, "/");
            if (!keep(params, path, size))
                return false;
            pattern += 2;
            path += size;
        } else if (*pattern++ != *path++) {
            return false;
        }
    }
    return *path == '\0';
}
