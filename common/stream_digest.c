#include "stream_digest.h"

#include "wire.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

uint64_t stream_digest_hash(uint64_t seq, const void *body, size_t size)
{
    crypto_generichash_state state;
    unsigned char number[8], digest[16];

    wire_put_u64(number, seq);
    crypto_generichash_init(&state, NULL, 0, sizeof digest);
    crypto_generichash_update(&state, number, sizeof number);
    crypto_generichash_update(&state, body, size);
    crypto_generichash_final(&state, digest, sizeof digest);
    return wire_get_u64(digest);
}

void stream_digest_format(uint64_t digest, char out[STREAM_DIGEST_TEXT])
{
    snprintf(out, STREAM_DIGEST_TEXT, "%016" PRIx64, digest);
}

int stream_digest_parse(const char *text, uint64_t *digest)
{
    if (strlen(text) != STREAM_DIGEST_TEXT - 1 ||
        strspn(text, "0123456789abcdef") != STREAM_DIGEST_TEXT - 1)
        return -1;
    return sscanf(text, "%16" SCNx64, digest) == 1 ? 0 : -1;
}
