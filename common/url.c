/* See url.h. */
#include "url.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <string.h>

static const char *defect_of(CURLUcode code)
{
    switch (code) {
    case CURLUE_OK:
        return NULL;
    case CURLUE_BAD_PORT_NUMBER:
        return "names no port behind its host: 1 to 65535";
    default:
        return "must be an address with a host";
    }
}

/* "https://a.example:": libcurl takes it, for the port of the scheme. */
static bool ends_in_colon(const char *host)
{
    size_t size = strcspn(host, "/?#");

    return size > 0 && host[size - 1] == ':';
}

const char *url_defect(const char *url)
{
    const char *slashes = strstr(url, "://"); /* libcurl would do with one */
    CURLU *parsed = curl_url();
    CURLUcode code = CURLUE_MALFORMED_INPUT;
    char *port = NULL;

    if (parsed && slashes)
        code = curl_url_set(parsed, CURLUPART_URL, url, 0);
    if (code == CURLUE_OK &&
        (ends_in_colon(slashes + 3) ||
         (curl_url_get(parsed, CURLUPART_PORT, &port, 0) == CURLUE_OK && strcmp(port, "0") == 0)))
        code = CURLUE_BAD_PORT_NUMBER;
    curl_free(port);
    curl_url_cleanup(parsed);
    return defect_of(code);
}
