/*
 * spool_stream: private to the spool. The file that identifies the stream: its UUID, the time when
 * it was made and its mode, which never change.
 */
#ifndef LIAISON_FEED_SPOOL_STREAM_H
#define LIAISON_FEED_SPOOL_STREAM_H

#include "errors.h"
#include "record.h"

#include <stdbool.h>

struct spool_stream {
    char uuid[37];
    unsigned char key[RECORD_KEY]; /* the UUID's octets */
    int64_t epoch;                 /* microseconds since 1970 */
};

/* Reads DIR/stream, or makes it; *made is set if it was made. A file that cannot be read is
 * renamed, and a new stream begins. */
int spool_stream_open(struct spool_stream *stream, int dir, const char *mode, bool *made,
                      struct error *error);
/* Writes the file again with another mode: for a stream that was made under another name. */
int spool_stream_rename(const struct spool_stream *stream, int dir, const char *mode,
                        struct error *error);

#endif
