/*
 * account: what agent and intake both say of a stream, so that they can be compared: how many
 * records, and a digest that depends neither on their order nor on how they were sent: the
 * exclusive or of one hash for each record. docs/protocol.md, "The account". No state; any thread.
 */
#ifndef LIAISON_ACCOUNT_H
#define LIAISON_ACCOUNT_H

#include <stddef.h>
#include <stdint.h>

enum { ACCOUNT_TEXT = 17 }; /* octets of a digest as text, with its NUL */

/* Of one record: the first 8 octets of BLAKE2b-128 over the sequence (8 octets, network order) and
 * the body as it stands in its EVENT. */
uint64_t account_hash(uint64_t seq, const void *body, size_t size);

/* As 16 lower-case hexadecimal digits, and back: 0, or -1 if it is none. */
void account_format(uint64_t digest, char out[ACCOUNT_TEXT]);
int account_parse(const char *text, uint64_t *digest);

#endif
