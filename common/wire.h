/*
 * wire: the frames of docs/protocol.md, both sides. A message is signature, command, then the
 * command's own frames. Numbers are 8 octets in network order. Nothing here owns memory.
 */
#ifndef LIAISON_WIRE_H
#define LIAISON_WIRE_H

#include "errors.h"
#include "zsock.h"

#include <stdint.h>

#define WIRE_SIGNATURE "LSN\x01" /* 4 octets: "LSN" and the major version */

enum {
    WIRE_MAJOR = 1,
    WIRE_MINOR = 2,
    WIRE_MINOR_ACCOUNT =
        1, /* from this minor on a MANIFEST may hold a stream digest, and ACCOUNT answers it */
    WIRE_MINOR_EVENTS = 2, /* from this minor on EVENTS may be sent */
    WIRE_EVENT_OVERHEAD =
        128, /* what an EVENT costs of the credit, in octets, in addition to its body */
    WIRE_HEARTBEAT_MS = 5000, /* default, sent in WELCOME */
    WIRE_HEARTBEATS_MISSED = 3,
    WIRE_MAX_RANGES = 256,    /* in one ACK */
    WIRE_MAX_EVENTS = 256,    /* in one EVENTS */
    WIRE_MAX_AHEAD = 1 << 20, /* how far a sequence may be above the stream's high-water mark */
    WIRE_PACK_OCTETS = 32768, /* what Liaison's senders put into one EVENTS */
    WIRE_PACK_EVENTS = 64,
};

enum wire_command {
    WIRE_HELLO = 1, /* agent: JSON */
    WIRE_EVENT,     /* agent: seq, content type, body */
    WIRE_EVENTS,    /* agent: first seq, content type, bodies; to an intake that speaks minor 2 */
    WIRE_GONE,      /* agent: first, last */
    WIRE_MANIFEST,  /* agent: JSON */
    WIRE_PING,      /* agent: wall clock in microseconds */
    WIRE_BYE,       /* agent: nothing */
    WIRE_WELCOME,   /* intake: JSON */
    WIRE_CREDIT,    /* intake: limit, cumulative octets since WELCOME */
    WIRE_ACK,       /* intake: one frame of up to 256 pairs first, last */
    WIRE_NAK,       /* intake: seq, code, field, reason */
    WIRE_AGAIN,     /* intake: first, last */
    WIRE_PONG,      /* intake: wall clock in microseconds */
    WIRE_REFUSE,    /* intake: code, reason; the agent closes */
    WIRE_ACCOUNT,   /* intake: JSON; to an agent that speaks minor 1 */
    WIRE_LAST = WIRE_ACCOUNT,
};

struct wire_range {
    uint64_t first, last;
};

/* The word of a command, "HELLO" and so on; the command of a word, 0 if there is none. */
const char *wire_word(enum wire_command command);
enum wire_command wire_command_of(const void *word, size_t size);

void wire_put_u64(unsigned char out[8], uint64_t value);
uint64_t wire_get_u64(const void *in);

/* The bodies of an EVENTS: for each body 4 octets of length in network order, then the body. */
struct wire_bodies {
    const unsigned char *at, *end;
};

/* The next body. False at the end, and if the lengths do not fit the octets (then at < end). */
bool wire_next_body(struct wire_bodies *bodies, const void **body, size_t *size);

/* Bodies that are put together for an EVENTS. All zero is empty. */
struct wire_pack {
    size_t count, size;
    unsigned char data[WIRE_PACK_OCTETS];
};

/* Copies the body; false if it does not fit any more. */
bool wire_pack_add(struct wire_pack *pack, const void *body, size_t size);

/* Checks signature, command and the number and size of its frames; at is the index of the signature
 * frame (1 behind a ROUTER's routing id, 0 at a DEALER). On success *command is set and the
 * command's own frames begin at at + 2. */
int wire_check(const struct zsock_message *message, size_t at, enum wire_command *command,
               struct error *error);

/* Sends a command: to a peer by its routing id (ROUTER), or with id NULL (DEALER). */
int wire_send(struct zsock *sock, const struct zsock_part *id, enum wire_command command,
              const struct zsock_part *parts, size_t count);

#endif
