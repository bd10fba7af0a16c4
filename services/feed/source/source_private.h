/*
 * source_private: for the source modules. What a kind of source does, and the buffer of octets
 * that all share.
 */
#ifndef LIAISON_FEED_SOURCE_PRIVATE_H
#define LIAISON_FEED_SOURCE_PRIVATE_H

#include "source.h"

/* Octets not yet consumed, with where they stand in the input. */
struct source_buffer {
    char *data;
    size_t size, room;
    size_t used;     /* of data: already consumed */
    uint64_t offset; /* of data[used] in the input */
    uint64_t line;   /* of data[used], from 1 */
    bool finished;
    bool in_hole; /* what was consumed last is a run of NULs */
};

/* The line with its end (LF, CR LF or CR) that begins ahead octets behind the consumed ones. NULL
 * until it is whole (or the input finished). It stays in the buffer until source_consume. */
const char *source_line(const struct source_buffer *buffer, size_t ahead, size_t *size);
/* Where a row may begin: passes over a run of NULs. It is a hole that a writer left which kept its
 * place in a file that was emptied, or a machine that lost power, and costs no row. (UTF-16 has no
 * run of that length.) */
void source_pass_hole(struct source_buffer *buffer);
/* Moves on by whole lines or parts of them; counts line ends in what it passes. */
void source_consume(struct source_buffer *buffer, size_t size);

struct source_kind {
    void *(*open)(struct mapping *mapping, struct fault *fault);
    void (*reset)(void *self);
    void (*free)(void *self);
    int (*next)(void *self, struct source_buffer *buffer, struct source_row *row,
                struct event *event, struct event_dropped *dropped, struct fault *fault);
    void (*print_dropped)(const void *self, FILE *out);     /* or NULL */
    bool (*print_row_dropped)(const void *self, FILE *out); /* or NULL */
    bool (*is_open)(const void *self);                      /* or NULL, like give_up */
    void (*give_up)(void *self);
};

extern const struct source_kind source_csv, source_ndjson, source_eido, source_events;

#endif
