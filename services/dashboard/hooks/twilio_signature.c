#include "twilio_signature.h"

/* OpenSSL has a type of the name of one of our error codes. */
#define ERR_STATE openssl_err_state
#include <openssl/evp.h>
#include <openssl/hmac.h>
#undef ERR_STATE

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHA1_OCTETS = 20, URL_SIZE = 2048 };

/* By name and value. Octets are compared, as Twilio compares them. */
static int compare_pairs(const void *left, const void *right)
{
    const struct http_pair *a = left, *b = right;
    int order = strcmp(a->name, b->name);

    return order != 0 ? order : strcmp(a->value, b->value);
}

/* The address, then each name with its value. A pair that stands twice counts once. */
static char *signed_text(const char *url, const struct http_form *form, size_t *size)
{
    struct http_pair pairs[HTTP_FORM_MOST];
    char *text = NULL;
    FILE *out = open_memstream(&text, size);

    if (out == NULL)
        return NULL;
    memcpy(pairs, form->pair, form->count * sizeof pairs[0]);
    qsort(pairs, form->count, sizeof pairs[0], compare_pairs);
    fputs(url, out);
    for (size_t i = 0; i < form->count; i++)
        if (i == 0 || compare_pairs(&pairs[i - 1], &pairs[i]) != 0)
            fprintf(out, "%s%s", pairs[i].name, pairs[i].value);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

int twilio_sign(const char *token, const char *url, const struct http_form *form,
                char out[TWILIO_SIGNATURE_SIZE])
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned mac_size = 0;
    size_t size = 0;
    char *text = signed_text(url, form, &size);
    bool made = text != NULL && HMAC(EVP_sha1(), token, (int)strlen(token), (unsigned char *)text,
                                     size, mac, &mac_size) != NULL;

    free(text);
    if (!made || mac_size != SHA1_OCTETS)
        return ERR_NOMEM;
    sodium_bin2base64(out, TWILIO_SIGNATURE_SIZE, mac, mac_size, sodium_base64_VARIANT_ORIGINAL);
    return 0;
}

static bool matches(const char *token, const char *url, const struct http_form *form,
                    const char *signature)
{
    char made[TWILIO_SIGNATURE_SIZE] = {0};

    return twilio_sign(token, url, form, made) == 0 && strlen(made) == strlen(signature) &&
           sodium_memcmp(made, signature, strlen(made)) == 0;
}

/* Where the port of "https://host:port/path" stands; the end of the host if it has none. */
static const char *port_of(const char *public_url)
{
    const char *host = strstr(public_url, "://");

    host = host == NULL ? public_url : host + 3;
    if (*host == '[')
        host += strcspn(host, "]");
    return host + strcspn(host, ":/");
}

bool twilio_signed(const char *token, const char *public_url, const char *target,
                   const struct http_form *form, const char *signature)
{
    char url[URL_SIZE], other[URL_SIZE];
    const char *port = port_of(public_url);
    const char *rest = port + strcspn(port, "/"); /* behind the port, if there is one */
    const char *standard = strncmp(public_url, "http://", 7) == 0 ? ":80" : ":443";

    int size = snprintf(url, sizeof url, "%s%s", public_url, target);
    int other_size = snprintf(other, sizeof other, "%.*s%s%s%s", (int)(port - public_url),
                              public_url, *port == ':' ? "" : standard, rest, target);
    if (size >= (int)sizeof url || other_size >= (int)sizeof other)
        return false;
    /* Both, so that the time tells nothing. */
    bool same = matches(token, url, form, signature);
    bool same_other = matches(token, other, form, signature);
    return same || same_other;
}
