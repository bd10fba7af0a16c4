/* See spool_stream.h. */
#include "spool_stream.h"

#include "clock.h"
#include "files.h"
#include "log.h"
#include "uuid.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

static int parse_uuid(struct spool_stream *stream)
{
    size_t octets;

    return strlen(stream->uuid) == 36 &&
                   sodium_hex2bin(stream->key, RECORD_KEY, stream->uuid, 36, "-", &octets, NULL) ==
                       0 &&
                   octets == RECORD_KEY
               ? 0
               : ERR_SYNTAX;
}

static int read_stream(struct spool_stream *stream, int dir, const char *mode)
{
    char text[256], found[16];
    int err = files_read(dir, "stream", text, sizeof text);

    if (err)
        return err;
    if (sscanf(text, "stream = %36s epoch = %" SCNd64 " mode = %15s", stream->uuid, &stream->epoch,
               found) != 3 ||
        strcmp(found, mode) != 0)
        return ERR_SYNTAX;
    return parse_uuid(stream);
}

int spool_stream_rename(const struct spool_stream *stream, int dir, const char *mode,
                        struct error *error)
{
    char text[256];
    int size = snprintf(text, sizeof text, "stream = %s\nepoch = %" PRId64 "\nmode = %s\n",
                        stream->uuid, stream->epoch, mode);

    return files_replace(dir, "stream", text, (size_t)size, error);
}

int spool_stream_open(struct spool_stream *stream, int dir, const char *mode, bool *made,
                      struct error *error)
{
    int err = read_stream(stream, dir, mode);

    *made = false;
    if (!err)
        return 0;
    if (err == ERR_IO)
        return error_set(error, err, "", "the file stream of the spool cannot be read");
    if (err != ERR_ABSENT)
        log_error("spool_stream_unreadable", "action=new_stream");
    uuid_make(stream->key);
    uuid_format(stream->key, stream->uuid);
    stream->epoch = clock_wall_us();
    *made = true;
    return spool_stream_rename(stream, dir, mode, error);
}
