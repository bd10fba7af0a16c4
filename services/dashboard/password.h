/*
 * password: compares passwords with Argon2id hashes on libuv's thread pool, so that the loop never
 * waits for one. A comparison takes the same time whether there is a person behind it or not: the
 * caller gives a dummy hash where there is none.
 */
#ifndef LIAISON_DASHBOARD_PASSWORD_H
#define LIAISON_DASHBOARD_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

enum { PASSWORD_HASH_SIZE = 128, PASSWORD_MAX = 1024, PASSWORD_MAX_AT_ONCE = 8 };

/* better is a new hash to store, or "": the old one was made with other parameters. */
typedef void (*password_done_cb)(void *ctx, bool matches, const char *better);

/* Makes a hash that no password is known for. 0 or ERR_NOMEM. Takes as long as a comparison. */
int password_dummy(char out[PASSWORD_HASH_SIZE]);

/* Copies password and hash; wipes its copy. 0, or a negative code: done is then not called. */
int password_compare(uv_loop_t *loop, const char *password, const char *hash, password_done_cb done,
                     void *ctx);

#endif
