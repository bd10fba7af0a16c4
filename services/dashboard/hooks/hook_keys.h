/*
 * hook_keys: by what a provider that calls us proves itself: Twilio by the account's auth token,
 * Kannel by a secret in the path. A provider without a key here has no address: 404.
 */
#ifndef LIAISON_DASHBOARD_HOOK_KEYS_H
#define LIAISON_DASHBOARD_HOOK_KEYS_H

#include "service.h"

enum { HOOK_TWILIO_KEYS = 3, HOOK_KEY_SIZE = 129 };

struct hook_keys {
    char twilio[HOOK_TWILIO_KEYS][HOOK_KEY_SIZE]; /* "": none. One, the next one while it is
                                                     replaced, a second account's */
    char kannel[HOOK_KEY_SIZE];
    char public_url[256]; /* without a slash at the end */
};

/* Reads the files that the settings name. NULL with error filled. hook_keys_free. */
struct hook_keys *hook_keys_open(const struct service_config *config, struct error *error);
/* Whether Twilio has a key here. */
bool hook_keys_twilio(const struct hook_keys *keys);
void hook_keys_free(struct hook_keys *keys);

#endif
