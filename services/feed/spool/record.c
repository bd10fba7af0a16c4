/* See record.h. */
#include "record.h"

#include <arpa/inet.h>
#include <endian.h>
#include <sodium.h>
#include <string.h>

_Static_assert(crypto_shorthash_BYTES == 8, "the checksum has eight octets");
_Static_assert(crypto_shorthash_KEYBYTES == RECORD_KEY, "the key is a UUID");

enum { SUM = 8 };

size_t record_put(char *out, const struct record *record, const unsigned char key[RECORD_KEY])
{
    uint32_t size = htonl((uint32_t)record->size), type = htonl((uint32_t)record->type);
    uint64_t seq = htobe64(record->seq);

    memcpy(out + 8, &size, 4);
    memcpy(out + 12, &type, 4);
    memcpy(out + 16, &seq, 8);
    if (record->size > 0)
        memcpy(out + RECORD_HEADER, record->content, record->size);
    crypto_shorthash((unsigned char *)out, (const unsigned char *)out + SUM,
                     RECORD_HEADER - SUM + record->size, key);
    return RECORD_HEADER + record->size;
}

long record_get(struct record *record, const char *data, size_t size,
                const unsigned char key[RECORD_KEY])
{
    unsigned char sum[SUM];
    uint32_t content, type;
    uint64_t seq;

    if (size < RECORD_HEADER)
        return 0;
    memcpy(&content, data + 8, 4);
    memcpy(&type, data + 12, 4);
    memcpy(&seq, data + 16, 8);
    content = ntohl(content);
    type = ntohl(type);
    if (content > RECORD_MAX || type < RECORD_EVENT || type > RECORD_MARK)
        return -1;
    if (size < RECORD_HEADER + (size_t)content)
        return 0;
    crypto_shorthash(sum, (const unsigned char *)data + SUM, RECORD_HEADER - SUM + content, key);
    if (memcmp(sum, data, SUM) != 0)
        return -1;
    *record = (struct record){(enum record_type)type, be64toh(seq), data + RECORD_HEADER, content};
    return RECORD_HEADER + (long)content;
}

size_t record_find(const char *data, size_t size, const unsigned char key[RECORD_KEY])
{
    struct record record;

    for (size_t at = 1; at + RECORD_HEADER <= size; at++)
        if (record_get(&record, data + at, size - at, key) > 0)
            return at;
    return size;
}
