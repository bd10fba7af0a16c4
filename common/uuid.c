#include "uuid.h"

#include <ctype.h>
#include <sodium.h>
#include <stdio.h>

void uuid_make(unsigned char octets[UUID_OCTETS])
{
    randombytes_buf(octets, UUID_OCTETS);
    octets[6] = (unsigned char)((octets[6] & 0x0f) | 0x40);
    octets[8] = (unsigned char)((octets[8] & 0x3f) | 0x80);
}

void uuid_format(const unsigned char octets[UUID_OCTETS], char out[UUID_TEXT])
{
    char hex[2 * UUID_OCTETS + 1];

    sodium_bin2hex(hex, sizeof hex, octets, UUID_OCTETS);
    snprintf(out, UUID_TEXT, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16,
             hex + 20);
}

bool uuid_is(const char *text)
{
    for (int i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (dash ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
            return false;
    }
    return text[36] == '\0';
}
