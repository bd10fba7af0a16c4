/*
 * http_address: the client that a connection is counted for. An IPv4 address is one client. In IPv6
 * a network of 64 bits is one client, because a client that has one address there has all of them.
 * IPv4 written as IPv6 is IPv4.
 *
 * The module also has the list of addresses or networks of trusted proxies, and the address book:
 * how many connections each address has now, and which addresses are known (http_known). Any one
 * thread.
 */
#ifndef LIAISON_HTTP_ADDRESS_H
#define LIAISON_HTTP_ADDRESS_H

#include "errors.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

enum { HTTP_ADDRESS_TEXT = 64, HTTP_MAX_PROXIES = 32 };

struct http_address {
    unsigned char octet[16]; /* IPv4 as ::ffff:a.b.c.d */
};

struct http_network {
    struct http_address address;
    unsigned bits; /* of 128 */
};

struct http_proxies {
    size_t count;
    struct http_network network[HTTP_MAX_PROXIES];
};

struct http_book;

void http_address_of(const struct sockaddr *from, struct http_address *address);
/* Reads "192.0.2.1" or "2001:db8::1" from size octets of text: 0 or ERR_VALUE. */
int http_address_parse(const char *text, size_t size, struct http_address *address);
/* The address as it is counted: "192.0.2.1", "2001:db8:1:2::/64". */
void http_address_text(const struct http_address *address, char text[HTTP_ADDRESS_TEXT]);
/* Whether both are counted as one. */
bool http_address_same(const struct http_address *one, const struct http_address *other);
bool http_address_is_loopback(const struct http_address *address);

/* Reads addresses and networks ("10.0.0.5, fd00::/8"), comma-separated; "" and NULL are none. */
int http_proxies_parse(const char *text, struct http_proxies *proxies, struct error *error);
bool http_proxies_have(const struct http_proxies *proxies, const struct http_address *address);

struct http_book *http_book_new(void);
void http_book_free(struct http_book *book);
/* How many connections address has now. */
unsigned http_book_count(const struct http_book *book, const struct http_address *address);
/* Adds one connection or removes one. 0 or ERR_NOMEM (only when adding). */
int http_book_add(struct http_book *book, const struct http_address *address);
void http_book_remove(struct http_book *book, const struct http_address *address);
/* Marks an address as known. The latest few thousand are kept. */
void http_book_know(struct http_book *book, const struct http_address *address);
bool http_book_knows(const struct http_book *book, const struct http_address *address);

#endif
