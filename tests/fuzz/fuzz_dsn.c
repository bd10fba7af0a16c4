/* A message of the mailbox to which mail returns. */
#include "dsn.h"
#include "fuzz.h"
#include "uuid.h"

#include <stdlib.h>
#include <string.h>

static bool is_state(const char *state)
{
    static const char *const states[] = {"sent", "delivered", "delayed", "failed"};

    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (strcmp(state, states[i]) == 0)
            return true;
    return false;
}

/* As the constraints of notify.receipt have it. */
static bool is_word(const char *text)
{
    static const char known[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

    return strlen(text) < DSN_WORD_SIZE && strspn(text, known) == strlen(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool begun;
    struct dsn dsn, again;

    if (!begun)
        dsn_init();
    begun = true;
    if (!dsn_read((const char *)data, size, &dsn))
        return 0;
    fuzz_require(dsn.state != NULL && is_state(dsn.state), "a report has a state");
    fuzz_require(is_word(dsn.action) && is_word(dsn.status), "its words are fit to be stored");
    fuzz_require(uuid_is(dsn.token), "it names a message");
    fuzz_require(dsn_read((const char *)data, size, &again) && strcmp(dsn.token, again.token) == 0,
                 "it is read the same again");
    return 0;
}
