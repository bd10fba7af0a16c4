/*
 * password: hashes passwords with Argon2id on libuv's thread pool, so that the loop never waits for
 * one. The database gives the salt and the cost of the stored hash, and compares: this process
 * never has a stored hash. It takes the same time whether the person exists or not: if not, the
 * caller passes a made-up salt.
 */
#ifndef LIAISON_DASHBOARD_PASSWORD_H
#define LIAISON_DASHBOARD_PASSWORD_H

#include <stddef.h>
#include <uv.h>

enum { PASSWORD_HASH_SIZE = 128, PASSWORD_MAX = 1024, PASSWORD_MAX_AT_ONCE = 8 };

/* hash is as libsodium writes it, or "" if there was no memory. better is the hash of the same
 * password at the current cost, or "" if the salt has that cost. Both are valid during the call. */
typedef void (*password_done_cb)(void *ctx, const char *hash, const char *better);

/* A random salt of the current cost: "$argon2id$v=19$m=...,t=...,p=1$SALT". */
void password_salt(char out[PASSWORD_HASH_SIZE]);

/* Copies the password and wipes its copy. 0, or a negative code: done is then not called.
 * ERR_SYNTAX if salt is not valid, or costs more than sixteen times the current cost. */
int password_hash(uv_loop_t *loop, const char *password, const char *salt, password_done_cb done,
                  void *ctx);

#endif
