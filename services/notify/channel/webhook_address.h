/* webhook_address: what a contact's URL may be, and which host it leads to. Any thread. */
#ifndef NOTIFY_WEBHOOK_ADDRESS_H
#define NOTIFY_WEBHOOK_ADDRESS_H

#include <stdbool.h>

enum { WEBHOOK_HOST = 264 };

/* "host:port" of an https URL without user and fragment; plain_too: http as well. 0 or ERR_VALUE.
 */
int webhook_host(const char *url, bool plain_too, char host[WEBHOOK_HOST]);

#endif
