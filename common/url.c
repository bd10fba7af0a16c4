#include "url.h"

#include <stdbool.h>
#include <string.h>

static bool is_port(const char *text, size_t size)
{
    unsigned port = 0;

    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        port = port * 10 + (unsigned)(text[i] - '0');
        if (port > 65535)
            return false;
    }
    return port > 0;
}

const char *url_defect(const char *url)
{
    static const char no_host[] = "must be an address with a host";
    const char *host = strstr(url, "://"), *user, *port;

    if (!host)
        return no_host;
    host += 3;
    size_t size = strcspn(host, "/?#");
    const char *end = host + size;
    if ((user = memrchr(host, '@', size)))
        host = user + 1;
    if (*host == '[') { /* an address of IPv6 has colons of its own */
        port = memchr(host, ']', (size_t)(end - host));
        port = port ? port + 1 : host;
    } else {
        port = memchr(host, ':', (size_t)(end - host));
        port = port ? port : end;
    }
    if (port == host || (port != end && *port != ':'))
        return no_host;
    if (port != end && !is_port(port + 1, (size_t)(end - port - 1)))
        return "names no port behind its host: 1 to 65535";
    return NULL;
}
