#include "key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int key_file_write(const char *path, const char *public_key, const char *secret, const char *field,
                   struct error *error)
{
    char text[160];
    int size = snprintf(text, sizeof(text), "public = %s\nsecret = %s\n", public_key, secret);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int err = 0;

    if (fd < 0)
        return error_set(error, ERR_IO, field, "%.100s: %s", path, strerror(errno));
    if (write(fd, text, (size_t)size) != size || fsync(fd) != 0)
        err = error_set(error, ERR_IO, field, "%.100s: %s", path, strerror(errno));
    close(fd);
    sodium_memzero(text, sizeof(text));
    if (err)
        unlink(path);
    return err;
}
