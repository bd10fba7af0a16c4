/*
 * http_input: what a connection has received and not used yet. Using octets moves none: the rest
 * stays where it is until room is needed behind it, and then at least as much has been used as is
 * moved. So the work is linear in what is received, in however small pieces it comes and is used.
 *
 * Owns its memory, and erases it before it is given back: a password may be in it. Any one thread.
 */
#ifndef LIAISON_HTTP_INPUT_H
#define LIAISON_HTTP_INPUT_H

#include <stddef.h>

struct http_input {
    char *data; /* what is not used yet; NULL: nothing */
    size_t size;
    char *room; /* the memory that data lies in */
    size_t room_size;
};

/* 0, or ERR_NOMEM: nothing was added. */
int http_input_add(struct http_input *input, const char *data, size_t size);
/* Lets go of the first size octets. */
void http_input_use(struct http_input *input, size_t size);
void http_input_drop(struct http_input *input);

#endif
