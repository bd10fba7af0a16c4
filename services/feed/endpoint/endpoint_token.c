/* See endpoint_token.h. */
#include "endpoint_token.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX = 4096 };

static void digest_of(const char *text, size_t size, unsigned char out[ENDPOINT_TOKEN_DIGEST])
{
    crypto_generichash(out, ENDPOINT_TOKEN_DIGEST, (const unsigned char *)text, size, NULL, 0);
}

static int add_line(struct endpoint_tokens *tokens, const char *line, struct error *error)
{
    size_t size = strcspn(line, " \t\r");

    if (*line == '\0' || *line == '#')
        return 0;
    if (size < ENDPOINT_TOKEN_MIN)
        return error_set(error, ERR_SIZE, "http.token_file",
                         "a token is shorter than %d characters", ENDPOINT_TOKEN_MIN);
    if (tokens->count == ENDPOINT_TOKENS)
        return error_set(error, ERR_SIZE, "http.token_file", "holds more than %d tokens",
                         ENDPOINT_TOKENS);
    digest_of(line, size, tokens->digest[tokens->count++]);
    return 0;
}

static int read_file(const char *path, char text[FILE_MAX + 1], struct error *error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), err = 0;
    struct stat stat;
    ssize_t got = -1;

    bool known = fd >= 0 && fstat(fd, &stat) == 0;

    if (known && (stat.st_mode & 0077))
        err = error_set(error, ERR_VALUE, "http.token_file", "is open to others: chmod 600");
    else if (!known || (got = read(fd, text, FILE_MAX)) < 0)
        err = error_set(error, ERR_IO, "http.token_file", "cannot be read: %s", strerror(errno));
    if (fd >= 0)
        close(fd);
    text[got > 0 ? got : 0] = '\0';
    return err;
}

int endpoint_tokens_read(struct endpoint_tokens *tokens, const char *path, struct error *error)
{
    char text[FILE_MAX + 1], *rest = text, *line;
    int err = read_file(path, text, error);

    *tokens = (struct endpoint_tokens){0};
    while (!err && (line = strsep(&rest, "\n")))
        err = add_line(tokens, line, error);
    explicit_bzero(text, sizeof text);
    if (!err && tokens->count == 0)
        err = error_set(error, ERR_MISSING, "http.token_file", "holds no token");
    return err;
}

bool endpoint_tokens_admit(const struct endpoint_tokens *tokens, const char *authorization)
{
    static const char scheme[] = "Bearer ";
    unsigned char digest[ENDPOINT_TOKEN_DIGEST];
    unsigned found = 0;

    if (strncasecmp(authorization, scheme, sizeof scheme - 1) != 0)
        return false;
    authorization += sizeof scheme - 1;
    authorization += strspn(authorization, " ");
    digest_of(authorization, strlen(authorization), digest);
    for (size_t i = 0; i < tokens->count; i++)
        found |= sodium_memcmp(digest, tokens->digest[i], sizeof digest) == 0;
    return found;
}
