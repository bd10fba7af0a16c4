#include "webhook_address.h"

#include "errors.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

/* A part of a URL that may be missing; curl_free(). */
static char *part(CURLU *url, CURLUPart which, unsigned flags)
{
    char *text = NULL;

    return curl_url_get(url, which, &text, flags) == CURLUE_OK ? text : NULL;
}

int webhook_host(const char *text, bool plain_too, char out[WEBHOOK_HOST])
{
    CURLU *url = curl_url();
    int rc = ERR_VALUE;
    char *scheme = NULL, *host = NULL, *port = NULL, *user = NULL, *fragment = NULL;

    if (!url || curl_url_set(url, CURLUPART_URL, text, CURLU_DISALLOW_USER) != CURLUE_OK)
        goto out;
    scheme = part(url, CURLUPART_SCHEME, 0);
    host = part(url, CURLUPART_HOST, 0);
    port = part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    user = part(url, CURLUPART_USER, 0);
    fragment = part(url, CURLUPART_FRAGMENT, 0);
    if (!scheme || !host || !port || user || fragment)
        goto out;
    if (strcmp(scheme, "https") != 0 && !(plain_too && strcmp(scheme, "http") == 0))
        goto out;
    for (char *c = host; *c; c++)
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    if (snprintf(out, WEBHOOK_HOST, "%s:%s", host, port) < WEBHOOK_HOST)
        rc = 0;
out:
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_free(user);
    curl_free(fragment);
    curl_url_cleanup(url);
    return rc;
}
