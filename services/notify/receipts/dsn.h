/*
 * dsn: reads what mail servers send back about a message: a delivery status notification (RFC
 * 3464), or a failure notice in qmail's form (QSBMF). A reply, an out-of-office notice or anything
 * else is none. MIME and headers are libgmime's.
 * No state of its own; any thread.
 *
 * Anybody can write such a message. It is believed as far as it names the random part of the
 * Message-ID of ours that it is about: by the address that it came to, "bounce+TOKEN@" (VERP), or
 * by the headers that it returns.
 */
#ifndef NOTIFY_DSN_H
#define NOTIFY_DSN_H

#include <stdbool.h>
#include <stddef.h>

enum { DSN_WORD_SIZE = 33, DSN_TOKEN_SIZE = 37 };

/* What stands before the token in the address that a message returns to. */
#define DSN_VERP_PREFIX "bounce+"

struct dsn {
    const char *state;          /* as in notify.receipt: sent, delivered, delayed or failed */
    char action[DSN_WORD_SIZE]; /* the server's word; "" if it said none */
    char status[DSN_WORD_SIZE]; /* "5.1.1", or "" */
    char token[DSN_TOKEN_SIZE]; /* which message: the part of its Message-ID before the @ */
};

/* Once in a program, before the first and after the last. */
void dsn_init(void);
void dsn_free(void);

/* Whether a message, as it lies in a mailbox, is one and names a message that may be ours. */
bool dsn_read(const char *message, size_t size, struct dsn *dsn);

#endif
