/*
 * stream_digest: the digest of a stream, by which agent and intake compare what they have of it. It
 * consists of the number of records and the exclusive or of one hash for each record, so it depends
 * neither on their order nor on how they were sent. See docs/protocol.md, "The stream digest". No
 * state; any thread.
 */
#ifndef LIAISON_STREAM_DIGEST_H
#define LIAISON_STREAM_DIGEST_H

#include <stddef.h>
#include <stdint.h>

enum { STREAM_DIGEST_TEXT = 17 }; /* octets of a digest as text, with its NUL */

/* The hash of one record: the first 8 octets of BLAKE2b-128 over the sequence (8 octets, network
 * order) and the body as it stands in its EVENT. */
uint64_t stream_digest_hash(uint64_t seq, const void *body, size_t size);

/* Writes a digest as 16 lower-case hexadecimal digits, and reads it back. stream_digest_parse
 * returns 0, or -1 if the text is not a digest. */
void stream_digest_format(uint64_t digest, char out[STREAM_DIGEST_TEXT]);
int stream_digest_parse(const char *text, uint64_t *digest);

#endif
