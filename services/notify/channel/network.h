/*
 * network: whether a socket address may be somebody else's on the internet. A URL that a person
 * wrote, or a name server that somebody else runs, must not lead a program of ours to a machine of
 * our own (server-side request forgery). It is asked of the address to which a connection is
 * about to be made, so that no name can mean another one a moment later.
 *
 * Pure; any thread.
 */
#ifndef NOTIFY_NETWORK_H
#define NOTIFY_NETWORK_H

#include <stdbool.h>
#include <sys/socket.h>

/* private_too: those of a network of our own and of this machine too. Never those that are local to
 * a link, of many or of nobody: there are the services that give clouds their secrets. */
bool network_allows(const struct sockaddr *address, bool private_too);

#endif
