#include "network.h"

#include <netinet/in.h>
#include <string.h>

/* IPv4 in the form of IPv6 (::ffff:a.b.c.d). */
#define V4(a, b, c, d)                                               \
    {                                                                \
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, (a), (b), (c), (d) \
    }

enum reach { REACH_PRIVATE, REACH_NEVER, REACH_PUBLIC };

/* The registries of special addresses of IANA; the first that matches counts. */
static const struct {
    unsigned char octets[16];
    unsigned bits;
    enum reach reach;
} networks[] = {
    {V4(0, 0, 0, 0), 96 + 8, REACH_NEVER},       /* this network */
    {V4(10, 0, 0, 0), 96 + 8, REACH_PRIVATE},    /* RFC 1918 */
    {V4(100, 64, 0, 0), 96 + 10, REACH_PRIVATE}, /* behind a carrier's NAT */
    {V4(127, 0, 0, 0), 96 + 8, REACH_PRIVATE},   /* loopback */
    {V4(169, 254, 0, 0), 96 + 16, REACH_NEVER},  /* link-local */
    {V4(172, 16, 0, 0), 96 + 12, REACH_PRIVATE},
    {V4(192, 0, 0, 0), 96 + 24, REACH_NEVER}, /* protocol assignments */
    {V4(192, 0, 2, 0), 96 + 24, REACH_NEVER}, /* documentation */
    {V4(192, 168, 0, 0), 96 + 16, REACH_PRIVATE},
    {V4(198, 18, 0, 0), 96 + 15, REACH_NEVER}, /* benchmarks */
    {V4(198, 51, 100, 0), 96 + 24, REACH_NEVER},
    {V4(203, 0, 113, 0), 96 + 24, REACH_NEVER},
    {V4(224, 0, 0, 0), 96 + 3, REACH_NEVER}, /* multicast, reserved, broadcast */
    {V4(0, 0, 0, 0), 96, REACH_PUBLIC},
    {{[15] = 1}, 128, REACH_PRIVATE},            /* loopback */
    {{0xfc}, 7, REACH_PRIVATE},                  /* unique local */
    {{0x20, 0x01, 0x00, 0x00}, 23, REACH_NEVER}, /* Teredo, benchmarks and others */
    {{0x20, 0x01, 0x0d, 0xb8}, 32, REACH_NEVER}, /* documentation */
    {{0x20, 0x02}, 16, REACH_NEVER},             /* 6to4: an IPv4 address inside */
    {{0x3f, 0xff}, 20, REACH_NEVER},             /* documentation */
    {{0x20}, 3, REACH_PUBLIC},                   /* global unicast */
    {{0}, 0, REACH_NEVER},                       /* all else, with NAT64 and fe80:: */
};

static bool is_within(const unsigned char *address, const unsigned char *network, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;

    return memcmp(address, network, whole) == 0 &&
           (rest == 0 || (address[whole] ^ network[whole]) >> (8 - rest) == 0);
}

/* As 16 octets; false: an address of another kind, as a socket of UNIX. */
static bool octets_of(const struct sockaddr *address, unsigned char octets[16])
{
    static const unsigned char mapped[16] = V4(0, 0, 0, 0);

    if (address->sa_family == AF_INET6) {
        memcpy(octets, &((const struct sockaddr_in6 *)address)->sin6_addr, 16);
        return true;
    }
    memcpy(octets, mapped, sizeof mapped);
    memcpy(octets + 12, &((const struct sockaddr_in *)address)->sin_addr, 4);
    return address->sa_family == AF_INET;
}

bool network_allows(const struct sockaddr *address, bool private_too)
{
    unsigned char octets[16];
    size_t i = 0;

    if (!octets_of(address, octets))
        return false;
    while (!is_within(octets, networks[i].octets, networks[i].bits))
        i++;
    return networks[i].reach == REACH_PUBLIC || (private_too && networks[i].reach == REACH_PRIVATE);
}
