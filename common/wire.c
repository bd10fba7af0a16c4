#include "wire.h"

#include <string.h>

enum { WIRE_ANY = -1 };

/* The name of each command and the sizes of its frames, or WIRE_ANY. */
struct wire_row {
    const char *word;
    size_t frames;
    int size[4];
};

static const struct wire_row rows[] = {
    [WIRE_HELLO] = {"HELLO", 1, {WIRE_ANY}},
    [WIRE_EVENT] = {"EVENT", 3, {8, WIRE_ANY, WIRE_ANY}},
    [WIRE_EVENTS] = {"EVENTS", 3, {8, WIRE_ANY, WIRE_ANY}},
    [WIRE_GONE] = {"GONE", 2, {8, 8}},
    [WIRE_MANIFEST] = {"MANIFEST", 1, {WIRE_ANY}},
    [WIRE_PING] = {"PING", 1, {8}},
    [WIRE_BYE] = {"BYE", 0, {0}},
    [WIRE_WELCOME] = {"WELCOME", 1, {WIRE_ANY}},
    [WIRE_CREDIT] = {"CREDIT", 1, {8}},
    [WIRE_ACK] = {"ACK", 1, {WIRE_ANY}},
    [WIRE_NAK] = {"NAK", 4, {8, WIRE_ANY, WIRE_ANY, WIRE_ANY}},
    [WIRE_AGAIN] = {"AGAIN", 2, {8, 8}},
    [WIRE_PONG] = {"PONG", 1, {8}},
    [WIRE_REFUSE] = {"REFUSE", 2, {WIRE_ANY, WIRE_ANY}},
    [WIRE_ACCOUNT] = {"ACCOUNT", 1, {WIRE_ANY}},
};

enum { WIRE_MAX_PARTS = 8, WIRE_LENGTH = 4 };
_Static_assert(sizeof rows / sizeof *rows == WIRE_LAST + 1, "each command has its row");

const char *wire_word(enum wire_command command)
{
    return rows[command].word;
}

enum wire_command wire_command_of(const void *word, size_t size)
{
    for (int i = WIRE_HELLO; i <= WIRE_LAST; i++)
        if (strlen(rows[i].word) == size && memcmp(rows[i].word, word, size) == 0)
            return (enum wire_command)i;
    return 0;
}

void wire_put_u64(unsigned char out[8], uint64_t value)
{
    for (int i = 7; i >= 0; i--) {
        out[i] = (unsigned char)value;
        value >>= 8;
    }
}

uint64_t wire_get_u64(const void *in)
{
    const unsigned char *octets = in;
    uint64_t value = 0;

    for (int i = 0; i < 8; i++)
        value = value << 8 | octets[i];
    return value;
}

static int check_ranges(zmq_msg_t *frame, struct error *error)
{
    size_t size = zmq_msg_size(frame);

    if (size == 0 || size % 16 != 0 || size > WIRE_MAX_RANGES * 16)
        return error_set(error, ERR_SYNTAX, "ACK", "must hold 1 to %d ranges", WIRE_MAX_RANGES);
    return 0;
}

bool wire_next_body(struct wire_bodies *bodies, const void **body, size_t *size)
{
    size_t left = (size_t)(bodies->end - bodies->at);

    if (left < WIRE_LENGTH)
        return false;
    *size = (size_t)bodies->at[0] << 24 | (size_t)bodies->at[1] << 16 | (size_t)bodies->at[2] << 8 |
            bodies->at[3];
    if (*size > left - WIRE_LENGTH)
        return false;
    *body = bodies->at + WIRE_LENGTH;
    bodies->at += WIRE_LENGTH + *size;
    return true;
}

bool wire_pack_add(struct wire_pack *pack, const void *body, size_t size)
{
    unsigned char *at = pack->data + pack->size;

    if (pack->count == WIRE_PACK_EVENTS || size > sizeof pack->data - WIRE_LENGTH ||
        pack->size > sizeof pack->data - WIRE_LENGTH - size)
        return false;
    for (int i = 0; i < WIRE_LENGTH; i++)
        at[i] = (unsigned char)(size >> 8 * (WIRE_LENGTH - 1 - i));
    memcpy(at + WIRE_LENGTH, body, size);
    pack->size += WIRE_LENGTH + size;
    pack->count++;
    return true;
}

static int check_bodies(zmq_msg_t *frame, struct error *error)
{
    const unsigned char *data = zmq_msg_data(frame);
    struct wire_bodies bodies = {data, data + zmq_msg_size(frame)};
    const void *body;
    size_t count = 0, size;

    while (wire_next_body(&bodies, &body, &size))
        count++;
    if (bodies.at < bodies.end)
        return error_set(error, ERR_SYNTAX, "EVENTS", "a length does not fit");
    if (count == 0 || count > WIRE_MAX_EVENTS)
        return error_set(error, ERR_SYNTAX, "EVENTS", "must hold 1 to %d bodies", WIRE_MAX_EVENTS);
    return 0;
}

int wire_check(const struct zsock_message *message, size_t at, enum wire_command *command,
               struct error *error)
{
    /* libzmq's accessors take non-const messages but do not change them. */
    zmq_msg_t *frame = (zmq_msg_t *)message->frame;

    if (message->overlong || message->count < at + 2)
        return error_set(error, ERR_SYNTAX, "", "wrong number of frames");
    if (zmq_msg_size(&frame[at]) != 4 || memcmp(zmq_msg_data(&frame[at]), WIRE_SIGNATURE, 3) != 0)
        return error_set(error, ERR_SYNTAX, "signature", "must be LSN and a version");
    if (((const char *)zmq_msg_data(&frame[at]))[3] != WIRE_MAJOR)
        return error_set(error, ERR_RANGE, "signature", "this is version %d", WIRE_MAJOR);
    *command = wire_command_of(zmq_msg_data(&frame[at + 1]), zmq_msg_size(&frame[at + 1]));
    if (*command == 0)
        return error_set(error, ERR_VALUE, "command", "unknown command");
    const struct wire_row *row = &rows[*command];
    if (message->count != at + 2 + row->frames)
        return error_set(error, ERR_SYNTAX, row->word, "must have %zu arguments", row->frames);
    for (size_t i = 0; i < row->frames; i++)
        if (row->size[i] != WIRE_ANY && zmq_msg_size(&frame[at + 2 + i]) != (size_t)row->size[i])
            return error_set(error, ERR_SYNTAX, row->word, "argument %zu must have %d octets",
                             i + 1, row->size[i]);
    if (*command == WIRE_EVENTS)
        return check_bodies(&frame[at + 4], error);
    return *command == WIRE_ACK ? check_ranges(&frame[at + 2], error) : 0;
}

int wire_send(struct zsock *sock, const struct zsock_part *id, enum wire_command command,
              const struct zsock_part *parts, size_t count)
{
    struct zsock_part all[WIRE_MAX_PARTS];
    size_t n = 0;

    if (id)
        all[n++] = *id;
    all[n++] = (struct zsock_part){WIRE_SIGNATURE, 4};
    all[n++] = (struct zsock_part){rows[command].word, strlen(rows[command].word)};
    for (size_t i = 0; i < count && n < WIRE_MAX_PARTS; i++)
        all[n++] = parts[i];
    return zsock_send(sock, all, n);
}
