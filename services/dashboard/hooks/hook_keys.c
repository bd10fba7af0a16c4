#include "hook_keys.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TOKEN_LEAST = 16, SECRET_LEAST = 32 };

static int read_key(const char *path, const char *setting, size_t least, char out[HOOK_KEY_SIZE],
                    struct error *error)
{
    if (path[0] == '\0')
        return 0;
    int result = config_secret(path, out, HOOK_KEY_SIZE, error);
    if (result == 0 && strlen(out) < least)
        result = error_set(error, ERR_SIZE, setting, "needs %zu characters or more", least);
    if (result != 0)
        snprintf(error->field, sizeof error->field, "%s", setting);
    return result;
}

bool hook_keys_twilio(const struct hook_keys *keys)
{
    bool any = false;

    for (size_t i = 0; i < HOOK_TWILIO_KEYS; i++)
        any |= keys->twilio[i][0] != '\0';
    return any;
}

static int read_keys(struct hook_keys *keys, const struct service_config *config,
                     struct error *error)
{
    static const char in_path[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    int result;

    if ((result = read_key(config->twilio_token_file, "hooks.twilio_token_file", TOKEN_LEAST,
                           keys->twilio[0], error)) != 0 ||
        (result = read_key(config->twilio_next_token_file, "hooks.twilio_next_token_file",
                           TOKEN_LEAST, keys->twilio[1], error)) != 0 ||
        (result = read_key(config->twilio_second_token_file, "hooks.twilio_second_token_file",
                           TOKEN_LEAST, keys->twilio[2], error)) != 0 ||
        (result = read_key(config->kannel_secret_file, "hooks.kannel_secret_file", SECRET_LEAST,
                           keys->kannel, error)) != 0)
        return result;
    if (strspn(keys->kannel, in_path) != strlen(keys->kannel))
        return error_set(error, ERR_VALUE, "hooks.kannel_secret_file",
                         "must be letters, digits, _ and -: it stands in an address");
    if (hook_keys_twilio(keys) && keys->public_url[0] == '\0')
        return error_set(
            error, ERR_MISSING, "http.public_url",
            "Twilio signs the address that it calls: hooks.twilio_token_file needs it");
    return 0;
}

struct hook_keys *hook_keys_open(const struct service_config *config, struct error *error)
{
    struct hook_keys *keys = calloc(1, sizeof *keys);
    size_t length = strlen(config->public_url);

    if (keys == NULL) {
        error_set(error, ERR_NOMEM, "", "no memory");
        return NULL;
    }
    while (length > 0 && config->public_url[length - 1] == '/')
        length--;
    memcpy(keys->public_url, config->public_url, length);
    if (read_keys(keys, config, error) == 0)
        return keys;
    hook_keys_free(keys);
    return NULL;
}

void hook_keys_free(struct hook_keys *keys)
{
    if (keys != NULL)
        sodium_memzero(keys, sizeof *keys);
    free(keys);
}
