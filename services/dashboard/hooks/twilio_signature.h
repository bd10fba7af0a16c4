/*
 * twilio_signature: whether a request comes from Twilio: X-Twilio-Signature is the base64 of the
 * HMAC-SHA1, by the account's auth token, of the address that Twilio called and of all parameters
 * of the form, sorted. The HMAC is OpenSSL's. No state; any thread.
 */
#ifndef LIAISON_DASHBOARD_TWILIO_SIGNATURE_H
#define LIAISON_DASHBOARD_TWILIO_SIGNATURE_H

#include "http_form.h"

#include <stdbool.h>

enum { TWILIO_SIGNATURE_SIZE = 32 };

/* The signature of a form that was sent to url; 0 or ERR_NOMEM. */
int twilio_sign(const char *token, const char *url, const struct http_form *form,
                char out[TWILIO_SIGNATURE_SIZE]);

/* Whether signature is that of the form, sent to target ("/path?query", as it came) below
 * public_url ("https://host" or "https://host:port"). Twilio signs some addresses with the port and
 * some without: both are tried. Compares in constant time. */
bool twilio_signed(const char *token, const char *public_url, const char *target,
                   const struct http_form *form, const char *signature);

#endif
