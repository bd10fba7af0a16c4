/*
 * router: finds the row of a table of routes that matches a path. A pattern's segments are literal,
 * "{}" (one segment) or "{+}" (one or more segments: incident numbers may hold a slash). Rows are
 * tried in order. No state; any thread.
 */
#ifndef LIAISON_DASHBOARD_ROUTER_H
#define LIAISON_DASHBOARD_ROUTER_H

#include <stdbool.h>
#include <stddef.h>

enum { ROUTER_MAX_PARAMS = 2, ROUTER_PARAM_SIZE = 512 };

struct router_params {
    size_t count;
    char value[ROUTER_MAX_PARAMS][ROUTER_PARAM_SIZE];
};

/* Whether the path matches the pattern; fills params (which must hold as many as the pattern
 * has). */
bool router_match(const char *pattern, const char *path, struct router_params *params);

#endif
