/*
 * assets: the page's files, read into memory once, so that no path from outside ever reaches the
 * file system. Files under /assets/ carry a hash in their name and are kept for a year; the rest is
 * asked for again each time and answered with 304 by its ETag.
 */
#ifndef LIAISON_DASHBOARD_ASSETS_H
#define LIAISON_DASHBOARD_ASSETS_H

#include "fault.h"

#include <stdbool.h>
#include <stddef.h>

struct assets;
struct http_request;

/* web: the folder of the built page; openapi: the file served as /openapi.json. Either may be "" or
 * absent (logged): then there is none. is_page: whether the page interprets a path by itself. NULL:
 * no memory. */
struct assets *assets_load(const char *web, const char *openapi, bool (*is_page)(const char *path));
void assets_free(struct assets *assets);

/* Answers a GET of a file, or of a page's own address, with the file or the page. False: there is
 * no such thing; the request is untouched. */
bool assets_answer(const struct assets *assets, struct http_request *request);

/* Answers a browser's GET of an address that is nothing, outside /api/, with the page and 404: the
 * page says so in words. False: as above. */
bool assets_answer_absent(const struct assets *assets, struct http_request *request);

#endif
