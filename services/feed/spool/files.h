/*
 * files: the few things that durable files need and POSIX makes long. All return 0 or ERR_IO (with
 * the fault's reason from strerror, and never a path of more than the file's own name).
 */
#ifndef LIAISON_FEED_FILES_H
#define LIAISON_FEED_FILES_H

#include "fault.h"

#include <stddef.h>
#include <sys/types.h>

/* Makes the directory, and those above it, with mode 0700. */
int files_make_dir(const char *path, struct fault *fault);
/* Replaces a file of dir whole: written beside it, synced, renamed. */
int files_replace(int dir, const char *name, const char *text, size_t size, struct fault *fault);
/* Reads a small file of dir, NUL-terminated; ERR_ABSENT if there is none, ERR_SIZE if too large. */
int files_read(int dir, const char *name, char *out, size_t room);
/* Writes all of it at the offset. */
int files_write_at(int fd, const char *data, size_t size, off_t at, struct fault *fault);
/* Reads up to size octets at the offset; fewer only at the end of the file. Negative: ERR_IO. */
ssize_t files_read_at(int fd, char *out, size_t size, off_t at);

#endif
