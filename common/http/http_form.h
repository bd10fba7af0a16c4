/*
 * http_form: names and values as HTML forms are sent (application/x-www-form-urlencoded), in a body
 * or a query. Values may hold any octet but NUL; whoever wants text checks them (utf8.h). No state;
 * any thread.
 */
#ifndef LIAISON_HTTP_FORM_H
#define LIAISON_HTTP_FORM_H

#include "errors.h"
#include <stdbool.h>
#include <stddef.h>

enum { HTTP_FORM_MOST = 96 };

struct http_pair {
    char *name;
    char *value;
};

struct http_form {
    size_t count;
    struct http_pair pair[HTTP_FORM_MOST]; /* in the order in which they came */
    char *text;                            /* owned: the pairs lie in it */
};

/* Decodes %41, and + as a blank if plus, into out, NUL-terminated. The size; ERR_SYNTAX; ERR_SIZE
 * if it does not fit into room octets. */
int http_form_decode(const char *text, size_t size, bool plus, char *out, size_t room);

/* Reads a whole form. 0; ERR_SYNTAX, ERR_SIZE for too many pairs, or ERR_NOMEM: then there is
 * nothing to free. */
int http_form_read(struct http_form *form, const char *text, size_t size);
void http_form_free(struct http_form *form);
/* The first value of that name, or NULL. */
const char *http_form_value(const struct http_form *form, const char *name);

#endif
