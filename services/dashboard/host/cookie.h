/*
 * cookie: reads one value of a Cookie header (RFC 6265). No state; any thread.
 */
#ifndef LIAISON_DASHBOARD_COOKIE_H
#define LIAISON_DASHBOARD_COOKIE_H

#include <stddef.h>

/* Copies the first cookie of that name; 0, ERR_ABSENT, or ERR_SIZE if it does not fit. */
int cookie_get(const char *header, const char *name, char *out, size_t size);

#endif
