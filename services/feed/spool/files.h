/*
 * files: helpers for durable files. All return 0 or ERR_IO; error's reason is from strerror, and
 * names a file without its path.
 */
#ifndef LIAISON_FEED_FILES_H
#define LIAISON_FEED_FILES_H

#include "errors.h"

#include <stddef.h>
#include <sys/types.h>

/* Makes the directory and its parents, with mode 0700. */
int files_make_dir(const char *path, struct error *error);
/* Replaces a file of dir as a whole: the new one is written beside it, synced and renamed. */
int files_replace(int dir, const char *name, const char *text, size_t size, struct error *error);
/* Reads a small file of dir, NUL-terminated; ERR_ABSENT if there is none, ERR_SIZE if too large. */
int files_read(int dir, const char *name, char *out, size_t room);
/* Writes all of it at the offset. */
int files_write_at(int fd, const char *data, size_t size, off_t at, struct error *error);
/* Reads up to size octets at the offset; fewer only at the end of the file. Negative: ERR_IO. */
ssize_t files_read_at(int fd, char *out, size_t size, off_t at);

#endif
