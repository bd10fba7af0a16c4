#include "http_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

enum { MAX_KNOWN = 4096 };

struct entry {
    struct http_address address; /* of IPv6, the network of 64 bits */
    unsigned count;
    UT_hash_handle hh;
};

/* Known addresses stay in known, those with connections in counted: an address may be in both. */
struct http_book {
    struct entry *counted, *known;
};

static const unsigned char v4_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static bool is_v4(const struct http_address *address)
{
    return memcmp(address->octet, v4_prefix, sizeof v4_prefix) == 0;
}

void http_address_of(const struct sockaddr *from, struct http_address *address)
{
    memset(address, 0, sizeof *address);
    if (from->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)from;
        memcpy(address->octet, v4_prefix, sizeof v4_prefix);
        memcpy(address->octet + 12, &in->sin_addr, 4);
    } else if (from->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)from;
        memcpy(address->octet, &in->sin6_addr, 16);
    }
}

int http_address_parse(const char *text, size_t size, struct http_address *address)
{
    char copy[INET6_ADDRSTRLEN];

    if (size == 0 || size >= sizeof copy || memchr(text, '\0', size) != NULL)
        return ERR_VALUE;
    memcpy(copy, text, size);
    copy[size] = '\0';
    memcpy(address->octet, v4_prefix, sizeof v4_prefix);
    return inet_pton(AF_INET, copy, address->octet + 12) == 1 ||
                   inet_pton(AF_INET6, copy, address->octet) == 1
               ? 0
               : ERR_VALUE;
}

static struct http_address counted_as(const struct http_address *address)
{
    struct http_address result = *address;

    if (!is_v4(address))
        memset(result.octet + 8, 0, 8);
    return result;
}

void http_address_text(const struct http_address *address, char text[HTTP_ADDRESS_TEXT])
{
    struct http_address shown = counted_as(address);

    if (is_v4(address)) {
        inet_ntop(AF_INET, shown.octet + 12, text, HTTP_ADDRESS_TEXT);
        return;
    }
    char network[INET6_ADDRSTRLEN];
    inet_ntop(AF_INET6, shown.octet, network, sizeof network);
    snprintf(text, HTTP_ADDRESS_TEXT, "%s/64", network);
}

bool http_address_same(const struct http_address *one, const struct http_address *other)
{
    struct http_address a = counted_as(one), b = counted_as(other);

    return memcmp(a.octet, b.octet, sizeof a.octet) == 0;
}

bool http_address_is_loopback(const struct http_address *address)
{
    static const unsigned char one[16] = {[15] = 1};

    return is_v4(address) ? address->octet[12] == 127
                          : memcmp(address->octet, one, sizeof one) == 0;
}

/* A shorter prefix is a mistake: it would make nearly every client a trusted proxy. */
enum { SHORTEST_PREFIX = 8 };

static int parse_network(const char *text, size_t size, struct http_network *network)
{
    const char *slash = memchr(text, '/', size);
    size_t length = slash == NULL ? size : (size_t)(slash - text);
    unsigned most, bits = 0;

    if (http_address_parse(text, length, &network->address) != 0)
        return ERR_VALUE;
    most = is_v4(&network->address) ? 32 : 128;
    network->bits = 128;
    if (slash == NULL)
        return 0;
    if (length + 1 == size || size - length > 4)
        return ERR_VALUE;
    for (const char *at = slash + 1; at < text + size; at++) {
        if (*at < '0' || *at > '9')
            return ERR_VALUE;
        bits = bits * 10 + (unsigned)(*at - '0');
    }
    network->bits = 128 - most + bits;
    return bits > most || bits < SHORTEST_PREFIX ? ERR_VALUE : 0;
}

int http_proxies_parse(const char *text, struct http_proxies *proxies, struct error *error)
{
    proxies->count = 0;
    if (text == NULL)
        return 0;
    for (;;) {
        text += strspn(text, " ,\t");
        size_t size = strcspn(text, " ,\t");
        if (size == 0)
            return 0;
        if (proxies->count == HTTP_MAX_PROXIES)
            return error_set(error, ERR_SIZE, "http.trusted_proxies", "more than %d",
                             HTTP_MAX_PROXIES);
        if (parse_network(text, size, &proxies->network[proxies->count++]) != 0)
            return error_set(error, ERR_VALUE, "http.trusted_proxies",
                             "must be numeric addresses or networks, such as 10.0.0.5 or "
                             "fd00::/8, and none wider than /8");
        text += size;
    }
}

static bool is_in(const struct http_network *network, const struct http_address *address)
{
    unsigned whole = network->bits / 8, rest = network->bits % 8;

    if (memcmp(network->address.octet, address->octet, whole) != 0)
        return false;
    return rest == 0 ||
           ((network->address.octet[whole] ^ address->octet[whole]) >> (8 - rest)) == 0;
}

bool http_proxies_have(const struct http_proxies *proxies, const struct http_address *address)
{
    for (size_t i = 0; i < proxies->count; i++)
        if (is_in(&proxies->network[i], address))
            return true;
    return false;
}

struct http_book *http_book_new(void)
{
    return calloc(1, sizeof(struct http_book));
}

static void drop(struct entry **table, struct entry *entry)
{
    HASH_DEL(*table, entry);
    free(entry);
}

void http_book_free(struct http_book *book)
{
    if (book == NULL)
        return;
    while (book->counted != NULL)
        drop(&book->counted, book->counted);
    while (book->known != NULL)
        drop(&book->known, book->known);
    free(book);
}

static struct entry *find(struct entry *table, const struct http_address *address)
{
    struct http_address key = counted_as(address);
    struct entry *entry;

    HASH_FIND(hh, table, &key, sizeof key, entry);
    return entry;
}

static struct entry *insert(struct entry **table, const struct http_address *address)
{
    struct entry *entry = calloc(1, sizeof *entry);

    if (entry == NULL)
        return NULL;
    entry->address = counted_as(address);
    HASH_ADD(hh, *table, address, sizeof entry->address, entry);
    return entry;
}

unsigned http_book_count(const struct http_book *book, const struct http_address *address)
{
    const struct entry *entry = find(book->counted, address);

    return entry == NULL ? 0 : entry->count;
}

int http_book_add(struct http_book *book, const struct http_address *address)
{
    struct entry *entry = find(book->counted, address);

    if (entry == NULL && (entry = insert(&book->counted, address)) == NULL)
        return ERR_NOMEM;
    entry->count++;
    return 0;
}

void http_book_remove(struct http_book *book, const struct http_address *address)
{
    struct entry *entry = find(book->counted, address);

    if (entry != NULL && --entry->count == 0)
        drop(&book->counted, entry);
}

/* uthash keeps the order of insertion: the first one is the oldest. */
void http_book_know(struct http_book *book, const struct http_address *address)
{
    struct entry *entry = find(book->known, address);

    if (entry != NULL) /* it becomes the newest */
        drop(&book->known, entry);
    if (insert(&book->known, address) != NULL && HASH_COUNT(book->known) > MAX_KNOWN)
        drop(&book->known, book->known);
}

bool http_book_knows(const struct http_book *book, const struct http_address *address)
{
    return find(book->known, address) != NULL;
}
