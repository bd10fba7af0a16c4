/*
 * refused: the agent's own reject store: events that intake refused, with its reason, kept so that
 * they can be sent again once the cause is mended. One file, appended to and synced. Not
 * thread-safe.
 */
#ifndef LIAISON_FEED_REFUSED_H
#define LIAISON_FEED_REFUSED_H

#include "fault.h"
#include "record.h"

#include <stdbool.h>

struct refused_entry {
    uint64_t seq, offset;
    bool asked; /* intake wants it again: an ACK then releases it */
};

struct refused {
    int fd;
    uint64_t size;
    unsigned char key[RECORD_KEY];
    struct refused_entry *entry; /* in the order of the file, without those released */
    size_t count, room;
    uint64_t highest; /* sequence that ever was here */
    char *buffer;     /* of the record read last */
};

/* Opens or makes DIR/refused.rec; what is damaged is passed over, a torn tail cut. */
int refused_open(struct refused *refused, int dir, const unsigned char key[RECORD_KEY],
                 struct fault *fault);
void refused_close(struct refused *refused);
/* Keeps an event; once only, however often it is refused. */
int refused_add(struct refused *refused, uint64_t seq, const char *code, const char *field,
                const char *reason, const char *body, size_t size, struct fault *fault);
/* The event is sent again, because intake asked for it. */
void refused_ask(struct refused *refused, uint64_t seq);
/* Those of first to last that were asked for have been accepted after all. An ACK for others says
 * only that their refusal stands. */
int refused_release(struct refused *refused, uint64_t first, uint64_t last, struct fault *fault);
/* The body of one, valid until the next call; ERR_ABSENT if it is not here. */
int refused_read(struct refused *refused, uint64_t seq, const char **body, size_t *size);
uint64_t refused_count(const struct refused *refused, uint64_t first, uint64_t last);

#endif
