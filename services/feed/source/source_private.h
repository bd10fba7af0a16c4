/*
 * source_private: for the source modules. The functions of a kind of source, and the buffer of
 * octets that all kinds use.
 */
#ifndef LIAISON_FEED_SOURCE_PRIVATE_H
#define LIAISON_FEED_SOURCE_PRIVATE_H

#include "source.h"

/* Octets not yet consumed, with their position in the input. */
struct source_buffer {
    char *data;
    size_t size, room;
    size_t used;     /* of data: already consumed */
    uint64_t offset; /* of data[used] in the input */
    uint64_t line;   /* of data[used], from 1 */
    bool finished;
    bool in_hole; /* the octets that were consumed last are a run of NULs */
};

/* The line with its line end (LF, CR LF or CR) that begins ahead octets after the consumed ones.
 * NULL until it is complete (or the input finished). It stays in the buffer until
 * source_consume. */
const char *source_line(const struct source_buffer *buffer, size_t ahead, size_t *size);
/* Skips a run of NULs where a row may begin. Such a hole is left by a writer that kept its offset
 * in a file that was truncated, or by a loss of power; it costs no row. (UTF-16 has no run of that
 * length.) */
void source_pass_hole(struct source_buffer *buffer);
/* Consumes whole lines or parts of them, and counts their line ends. */
void source_consume(struct source_buffer *buffer, size_t size);

struct source_kind {
    void *(*open)(struct mapping *mapping, struct error *error);
    void (*reset)(void *self);
    void (*free)(void *self);
    int (*next)(void *self, struct source_buffer *buffer, struct source_row *row,
                struct event *event, struct event_dropped *dropped, struct error *error);
    void (*print_dropped)(const void *self, FILE *out);     /* or NULL */
    bool (*print_row_dropped)(const void *self, FILE *out); /* or NULL */
    bool (*is_open)(const void *self);                      /* or NULL, like give_up */
    void (*give_up)(void *self);
};

extern const struct source_kind source_csv, source_ndjson, source_eido, source_events;

#endif
