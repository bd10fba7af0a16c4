/* See packed.h. */
#include "packed.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum { PIECE = 1 << 17, GZIP_ONLY = 15 + 16 };

struct packed {
    int fd;
    bool begun;   /* it is known whether the file is gzip */
    bool gzip;    /* zip is in use */
    bool between; /* a member has ended, and no other has begun */
    const char *damage;
    uint64_t read;
    z_stream zip; /* its input buffer also serves a plain file */
    unsigned char piece[PIECE];
};

struct packed *packed_open(int fd)
{
    struct packed *packed = calloc(1, sizeof *packed);

    if (packed) {
        packed->fd = fd;
        packed->zip.next_in = packed->piece;
    }
    return packed;
}

void packed_close(struct packed *packed)
{
    if (packed && packed->gzip)
        inflateEnd(&packed->zip);
    free(packed);
}

void packed_rewind(struct packed *packed)
{
    int fd = packed->fd;

    if (packed->gzip)
        inflateEnd(&packed->zip);
    memset(packed, 0, sizeof *packed);
    packed->fd = fd;
    packed->zip.next_in = packed->piece;
    lseek(fd, 0, SEEK_SET);
}

/* Reads more of the file into the buffer. Returns 1, 0 at the end, or PACKED_FAILED. */
static int fill(struct packed *packed)
{
    z_stream *zip = &packed->zip;
    ssize_t got;

    memmove(packed->piece, zip->next_in, zip->avail_in);
    zip->next_in = packed->piece;
    do
        got = read(packed->fd, packed->piece + zip->avail_in, PIECE - zip->avail_in);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return PACKED_FAILED;
    zip->avail_in += (unsigned)got;
    packed->read += (uint64_t)got;
    return got > 0;
}

static int damaged(struct packed *packed, const char *how)
{
    packed->damage = how;
    return PACKED_DAMAGED;
}

static int begin(struct packed *packed)
{
    z_stream *zip = &packed->zip;
    int got = 1;

    while (zip->avail_in < 2 && got > 0)
        got = fill(packed);
    if (got < 0)
        return got;
    packed->begun = true;
    if (zip->avail_in < 2 || memcmp(zip->next_in, "\x1f\x8b", 2) != 0)
        return 0;
    if (inflateInit2(zip, GZIP_ONLY) != Z_OK) {
        errno = ENOMEM;
        return PACKED_FAILED;
    }
    packed->gzip = true;
    return 0;
}

static int read_plain(struct packed *packed, char *data, int room)
{
    z_stream *zip = &packed->zip;
    int got = zip->avail_in > 0 ? 1 : fill(packed);

    if (got <= 0)
        return got;
    if ((unsigned)room > zip->avail_in)
        room = (int)zip->avail_in;
    memcpy(data, zip->next_in, (size_t)room);
    zip->next_in += room;
    zip->avail_in -= (unsigned)room;
    return room;
}

/* Looks for another member after one has ended. Returns 1 if one begins. */
static int look_behind(struct packed *packed)
{
    z_stream *zip = &packed->zip;
    int got = 1;

    while (got > 0) {
        for (; zip->avail_in > 0 && *zip->next_in == 0; zip->next_in++)
            zip->avail_in--;
        if (zip->avail_in > 0)
            break;
        got = fill(packed);
    }
    if (got <= 0)
        return got;
    if (*zip->next_in != 0x1f)
        return damaged(packed, "something that is not packed stands behind the packed rows");
    inflateReset(zip);
    packed->between = false;
    return 1;
}

static int unpack(struct packed *packed, char *data, int room)
{
    z_stream *zip = &packed->zip;
    int got = 1, end = Z_OK;

    zip->next_out = (unsigned char *)data;
    zip->avail_out = (unsigned)room;
    while (zip->avail_out == (unsigned)room) {
        if (packed->between)
            got = look_behind(packed);
        else if (zip->avail_in == 0)
            got = fill(packed);
        if (got < 0 || (got == 0 && packed->between))
            return got;
        if (got == 0)
            return damaged(packed, "the file is cut short");
        end = inflate(zip, Z_NO_FLUSH);
        packed->between = end == Z_STREAM_END;
        if (end != Z_OK && end != Z_STREAM_END && end != Z_BUF_ERROR) {
            damaged(packed, "the file is damaged: it cannot be unpacked from there on");
            break;
        }
    }
    got = room - (int)zip->avail_out;
    return got > 0 ? got : PACKED_DAMAGED;
}

int packed_read(struct packed *packed, char *data, int room)
{
    int got = packed->begun ? 0 : begin(packed);

    if (got < 0)
        return got;
    if (packed->damage)
        return PACKED_DAMAGED;
    return packed->gzip ? unpack(packed, data, room) : read_plain(packed, data, room);
}

const char *packed_damage(const struct packed *packed)
{
    return packed->damage;
}

uint64_t packed_at(const struct packed *packed)
{
    return packed->read - packed->zip.avail_in;
}
