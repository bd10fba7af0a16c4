/*
 * uuid: random UUIDs (RFC 4122, version 4) as 16 octets and as text of 36 characters in lower case.
 * Safe on any thread.
 */
#ifndef LIAISON_UUID_H
#define LIAISON_UUID_H

#include <stdbool.h>

enum { UUID_OCTETS = 16, UUID_TEXT = 37 };

void uuid_make(unsigned char octets[UUID_OCTETS]);
void uuid_format(const unsigned char octets[UUID_OCTETS], char out[UUID_TEXT]);
/* Whether the text is a UUID, in either case. */
bool uuid_is(const char *text);

#endif
