#include "password.h"

#include "errors.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPS = crypto_pwhash_OPSLIMIT_INTERACTIVE,
    MEMORY = crypto_pwhash_MEMLIMIT_INTERACTIVE,
    COST_MOST = 16, /* a stored hash may cost this many times OPS and MEMORY */
    HASH_OCTETS = 32,
    SALT_TEXT = 23, /* of 16 octets, without padding */
};

_Static_assert(PASSWORD_HASH_SIZE >= crypto_pwhash_STRBYTES, "a hash must fit");

struct hashing {
    uv_work_t work;
    char password[PASSWORD_MAX + 1];
    char salt[PASSWORD_HASH_SIZE];
    unsigned char octets[crypto_pwhash_SALTBYTES];
    unsigned kib, passes;
    char hash[PASSWORD_HASH_SIZE];
    char better[PASSWORD_HASH_SIZE];
    password_done_cb done;
    void *ctx;
};

void password_salt(char out[PASSWORD_HASH_SIZE])
{
    unsigned char octets[crypto_pwhash_SALTBYTES];
    char text[SALT_TEXT];

    randombytes_buf(octets, sizeof octets);
    sodium_bin2base64(text, sizeof text, octets, sizeof octets,
                      sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    snprintf(out, PASSWORD_HASH_SIZE, "$argon2id$v=19$m=%d,t=%d,p=1$%s", MEMORY / 1024, OPS, text);
}

static int read_salt(struct hashing *hashing, const char *salt)
{
    char text[SALT_TEXT];
    int end = 0;
    size_t size = 0;

    if (strlen(salt) >= sizeof hashing->salt ||
        sscanf(salt, "$argon2id$v=19$m=%9u,t=%9u,p=1$%22[A-Za-z0-9+/]%n", &hashing->kib,
               &hashing->passes, text, &end) != 3 ||
        salt[end] != '\0' || hashing->kib < crypto_pwhash_MEMLIMIT_MIN / 1024 ||
        hashing->kib > MEMORY / 1024 * COST_MOST || hashing->passes < 1 ||
        hashing->passes > OPS * COST_MOST ||
        sodium_base642bin(hashing->octets, sizeof hashing->octets, text, strlen(text), NULL, &size,
                          NULL, sodium_base64_VARIANT_ORIGINAL_NO_PADDING) != 0 ||
        size != sizeof hashing->octets)
        return ERR_SYNTAX;
    strcpy(hashing->salt, salt);
    return 0;
}

static void work_cb(uv_work_t *work)
{
    struct hashing *hashing = work->data;
    const char *password = hashing->password;
    unsigned char octets[HASH_OCTETS];
    char text[sodium_base64_ENCODED_LEN(HASH_OCTETS, sodium_base64_VARIANT_ORIGINAL_NO_PADDING)];

    if (crypto_pwhash(octets, sizeof octets, password, strlen(password), hashing->octets,
                      hashing->passes, (size_t)hashing->kib * 1024,
                      crypto_pwhash_ALG_ARGON2ID13) == 0) {
        sodium_bin2base64(text, sizeof text, octets, sizeof octets,
                          sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
        int size = snprintf(hashing->hash, sizeof hashing->hash, "%s$%s", hashing->salt, text);
        if ((size_t)size >= sizeof hashing->hash)
            hashing->hash[0] = '\0';
    }
    /* It is not known here whether the password is right. The database stores this hash only if
     * it is. */
    if ((hashing->kib != MEMORY / 1024 || hashing->passes != OPS) &&
        crypto_pwhash_str(hashing->better, password, strlen(password), OPS, MEMORY) != 0)
        hashing->better[0] = '\0';
    sodium_memzero(octets, sizeof octets);
    sodium_memzero(text, sizeof text);
    sodium_memzero(hashing->password, sizeof hashing->password);
}

static void after_cb(uv_work_t *work, int status)
{
    struct hashing *hashing = work->data;

    hashing->done(hashing->ctx, status == 0 ? hashing->hash : "", hashing->better);
    sodium_memzero(hashing, sizeof *hashing);
    free(hashing);
}

int password_hash(uv_loop_t *loop, const char *password, const char *salt, password_done_cb done,
                  void *ctx)
{
    int result;

    if (strlen(password) > PASSWORD_MAX)
        return ERR_SIZE;
    struct hashing *hashing = calloc(1, sizeof *hashing);
    if (hashing == NULL)
        return ERR_NOMEM;
    hashing->work.data = hashing;
    strcpy(hashing->password, password);
    hashing->done = done;
    hashing->ctx = ctx;
    result = read_salt(hashing, salt);
    if (result == 0 && uv_queue_work(loop, &hashing->work, work_cb, after_cb) != 0)
        result = ERR_IO;
    if (result != 0) {
        sodium_memzero(hashing, sizeof *hashing);
        free(hashing);
    }
    return result;
}
