/*
 * assets: the page's files, read into memory once, so that no path from outside ever reaches the
 * file system. Files under /assets/ have a hash in their name and are cached for a year; other
 * files are revalidated each time and answered with 304 by their ETag.
 */
#ifndef LIAISON_DASHBOARD_ASSETS_H
#define LIAISON_DASHBOARD_ASSETS_H

#include "errors.h"

#include <stdbool.h>
#include <stddef.h>

struct assets;
struct http_request;

/* web: the folder of the built page; openapi: the file served as /openapi.json. Either may be "" or
 * absent (logged): nothing is served then. is_page: whether the page itself interprets a path.
 * NULL: no memory. */
struct assets *assets_load(const char *web, const char *openapi, bool (*is_page)(const char *path));
void assets_free(struct assets *assets);

/* Answers a GET of a file with the file, or of a page's path with the page. False: there is
 * neither; the request is untouched. */
bool assets_answer(const struct assets *assets, struct http_request *request);

/* Answers a browser's GET of an unknown path outside /api/ with 404 and the page, which shows the
 * error. False: as above. */
bool assets_answer_absent(const struct assets *assets, struct http_request *request);

#endif
