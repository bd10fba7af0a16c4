/*
 * refused: the agent's store of events that intake refused, with the reason. They are kept so that
 * they can be sent again when the cause is fixed. One file, appended to and synced. Not
 * thread-safe.
 */
#ifndef LIAISON_FEED_REFUSED_H
#define LIAISON_FEED_REFUSED_H

#include "errors.h"
#include "record.h"

#include <stdbool.h>

struct refused_entry {
    uint64_t seq, offset;
    bool asked; /* intake has asked for it again: an ACK then releases it */
};

struct refused {
    int fd;
    uint64_t size;
    unsigned char key[RECORD_KEY];
    struct refused_entry *entry; /* in the order of the file, without released ones */
    size_t count, room;
    uint64_t highest; /* highest sequence that was ever here */
    char *buffer;     /* of the record read last */
};

/* Opens or makes DIR/refused.rec; damaged octets are skipped, and an incomplete tail is cut off. */
int refused_open(struct refused *refused, int dir, const unsigned char key[RECORD_KEY],
                 struct error *error);
void refused_close(struct refused *refused);
/* Keeps an event, once however often it is refused. */
int refused_add(struct refused *refused, uint64_t seq, const char *code, const char *field,
                const char *reason, const char *body, size_t size, struct error *error);
/* Notes that intake has asked for the event again. */
void refused_ask(struct refused *refused, uint64_t seq);
/* Intake has acknowledged first to last: releases those that it had asked for again. For others the
 * ACK only means that they stay refused. */
int refused_release(struct refused *refused, uint64_t first, uint64_t last, struct error *error);
/* Reads the body of an event, valid until the next call; ERR_ABSENT if it is not here. */
int refused_read(struct refused *refused, uint64_t seq, const char **body, size_t *size);
uint64_t refused_count(const struct refused *refused, uint64_t first, uint64_t last);

#endif
