#include "password.h"

#include "fault.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(PASSWORD_HASH_SIZE >= crypto_pwhash_STRBYTES, "a hash must fit");

struct comparison {
    uv_work_t work;
    char password[PASSWORD_MAX + 1];
    char hash[PASSWORD_HASH_SIZE];
    char better[PASSWORD_HASH_SIZE];
    bool matches;
    password_done_cb done;
    void *ctx;
};

static int make(char *out, const char *password)
{
    return crypto_pwhash_str(out, password, strlen(password), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                             crypto_pwhash_MEMLIMIT_INTERACTIVE) == 0
               ? 0
               : ERR_NOMEM;
}

int password_dummy(char out[PASSWORD_HASH_SIZE])
{
    char random[33];

    for (size_t i = 0; i < sizeof random - 1; i++)
        random[i] = (char)('!' + randombytes_uniform(94));
    random[sizeof random - 1] = '\0';
    return make(out, random);
}

static void work_cb(uv_work_t *work)
{
    struct comparison *comparison = work->data;
    const char *password = comparison->password;

    comparison->matches =
        crypto_pwhash_str_verify(comparison->hash, password, strlen(password)) == 0;
    if (comparison->matches &&
        crypto_pwhash_str_needs_rehash(comparison->hash, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                                       crypto_pwhash_MEMLIMIT_INTERACTIVE) == 1 &&
        make(comparison->better, password) != 0)
        comparison->better[0] = '\0'; /* the old hash still holds */
    sodium_memzero(comparison->password, sizeof comparison->password);
}

static void after_cb(uv_work_t *work, int status)
{
    struct comparison *comparison = work->data;

    comparison->done(comparison->ctx, status == 0 && comparison->matches, comparison->better);
    sodium_memzero(comparison, sizeof *comparison);
    free(comparison);
}

int password_compare(uv_loop_t *loop, const char *password, const char *hash, password_done_cb done,
                     void *ctx)
{
    if (strlen(password) > PASSWORD_MAX || strlen(hash) >= PASSWORD_HASH_SIZE)
        return ERR_SIZE;
    struct comparison *comparison = calloc(1, sizeof *comparison);
    if (comparison == NULL)
        return ERR_NOMEM;
    comparison->work.data = comparison;
    strcpy(comparison->password, password);
    strcpy(comparison->hash, hash);
    comparison->done = done;
    comparison->ctx = ctx;
    if (uv_queue_work(loop, &comparison->work, work_cb, after_cb) != 0) {
        sodium_memzero(comparison, sizeof *comparison);
        free(comparison);
        return ERR_IO;
    }
    return 0;
}
