/* See url.h. */
#include "url.h"

#include <curl/curl.h>
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

const char *url_defect(const char *url)
{
    CURLU *parsed = curl_url();
    CURLUcode code = CURLUE_OUT_OF_MEMORY;
    char *port = NULL;

    if (parsed)
        code = curl_url_set(parsed, CURLUPART_URL, url, 0);
    if (code == CURLUE_OK && curl_url_get(parsed, CURLUPART_PORT, &port, 0) == CURLUE_OK &&
        strcmp(port, "0") == 0) /* libcurl takes it */
        code = CURLUE_BAD_PORT_NUMBER;
    curl_free(port);
    curl_url_cleanup(parsed);
    return defect_of(code);
}
