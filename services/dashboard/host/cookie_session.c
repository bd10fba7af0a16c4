#include "cookie_session.h"

#include "cookie.h"
#include "decimal.h"
#include "service.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define TOKEN_TEXT \
    sodium_base64_ENCODED_LEN(SESSION_TOKEN_OCTETS, sodium_base64_VARIANT_URLSAFE_NO_PADDING)

const char *session_cookie_name(const struct service *service)
{
    return service->secure ? "__Host-liaison_session" : "liaison_session";
}

const char *session_device_name(const struct service *service)
{
    return service->secure ? "__Host-liaison_device" : "liaison_device";
}

void session_hash_octets(const void *octets, size_t size, char out[SESSION_HASH_TEXT])
{
    unsigned char hash[32];

    crypto_generichash(hash, sizeof hash, octets, size, NULL, 0);
    out[0] = '\\';
    out[1] = 'x';
    sodium_bin2hex(out + 2, SESSION_HASH_TEXT - 2, hash, sizeof hash);
}

int cookie_session_hash(const struct service *service, const struct http_request *request,
                        char out[SESSION_HASH_TEXT])
{
    char text[TOKEN_TEXT];
    unsigned char token[SESSION_TOKEN_OCTETS];
    size_t size = 0;

    if (cookie_get(request->cookie, session_cookie_name(service), text, sizeof text) != 0 ||
        sodium_base642bin(token, sizeof token, text, strlen(text), NULL, &size, NULL,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
        size != sizeof token)
        return ERR_ABSENT;
    session_hash_octets(token, sizeof token, out);
    return 0;
}

void session_find_hash(struct service *service, const char *hash, struct db_job *job,
                       db_result_cb found, void *ctx)
{
    db_exec_text(job, "session_find", found, ctx, 2, hash, DECIMAL(service->config->idle_min));
}
