/*
 * Frames of the protocol, for both sides. The input is cut into frames: a flag octet (bit 0: there
 * is a routing id), then for each frame two octets of size and its octets. A command may be given
 * as one octet, its number, so that the fuzzer reaches the arguments soon.
 */
#include "fuzz.h"
#include "wire.h"

#include <string.h>

static struct zsock_message sent;

static void put_frame(struct zsock_message *message, const void *data, size_t size)
{
    if (message->count == ZSOCK_MAX_FRAMES) {
        message->overlong = true;
        return;
    }
    zmq_msg_t *frame = &message->frame[message->count++];

    fuzz_require(zmq_msg_init_size(frame, size) == 0, "there is memory");
    if (size)
        memcpy(zmq_msg_data(frame), data, size);
}

static void close_message(struct zsock_message *message)
{
    for (size_t i = 0; i < message->count; i++)
        zmq_msg_close(&message->frame[i]);
    message->count = 0;
    message->overlong = false;
}

/* Replaces zsock_send: receives the frames that wire_send sends. */
int zsock_send(struct zsock *sock, const struct zsock_part *parts, size_t count)
{
    (void)sock;
    close_message(&sent);
    for (size_t i = 0; i < count; i++)
        put_frame(&sent, parts[i].data, parts[i].size);
    return 0;
}

static bool same_frame(zmq_msg_t *a, zmq_msg_t *b)
{
    return zmq_msg_size(a) == zmq_msg_size(b) &&
           memcmp(zmq_msg_data(a), zmq_msg_data(b), zmq_msg_size(a)) == 0;
}

static void check_numbers(zmq_msg_t *frame)
{
    unsigned char again[8];

    if (zmq_msg_size(frame) != sizeof again)
        return;
    wire_put_u64(again, wire_get_u64(zmq_msg_data(frame)));
    fuzz_require(memcmp(again, zmq_msg_data(frame), sizeof again) == 0,
                 "a number is written as it was read");
}

/* The bodies of an EVENTS fill its frame, and packing them gives the same octets. */
static void check_bodies(const struct zsock_part *part)
{
    const unsigned char *data = part->data;
    static struct wire_pack pack;
    const void *body;
    size_t count = 0, size;

    if (!data)
        return;
    struct wire_bodies bodies = {data, data + part->size};
    pack.count = pack.size = 0;
    while (wire_next_body(&bodies, &body, &size)) {
        if (count++ == pack.count)
            wire_pack_add(&pack, body, size);
    }
    fuzz_require(bodies.at == bodies.end, "the bodies fill the frame");
    fuzz_require(count >= 1 && count <= WIRE_MAX_EVENTS, "an EVENTS holds 1 to 256 bodies");
    fuzz_require(pack.size <= part->size && memcmp(pack.data, data, pack.size) == 0,
                 "bodies are packed as they were");
}

/* An accepted message must be sent again octet for octet. */
static void check_accepted(struct zsock_message *in, size_t at, enum wire_command command)
{
    struct zsock_part parts[ZSOCK_MAX_FRAMES] = {{NULL, 0}}, id = {NULL, 0};
    enum wire_command again = 0;
    size_t count = in->count - at - 2;

    fuzz_require(command >= WIRE_HELLO && command <= WIRE_LAST,
                 "the command is one of the protocol's");
    fuzz_require(count <= 4, "no command has more than four arguments");
    fuzz_require(wire_command_of(wire_word(command), strlen(wire_word(command))) == command,
                 "a word is that of its command alone");
    for (size_t i = 0; i < count; i++) {
        zmq_msg_t *frame = &in->frame[at + 2 + i];
        parts[i] = (struct zsock_part){zmq_msg_data(frame), zmq_msg_size(frame)};
        check_numbers(frame);
    }
    if (command == WIRE_ACK)
        fuzz_require(parts[0].size >= 16 && parts[0].size <= WIRE_MAX_RANGES * 16 &&
                         parts[0].size % 16 == 0,
                     "an ACK holds 1 to 256 whole ranges");
    if (command == WIRE_EVENTS)
        check_bodies(&parts[2]);
    if (command == WIRE_EVENT || command == WIRE_NAK || command == WIRE_CREDIT)
        fuzz_require(parts[0].size == 8, "a number has 8 octets");
    if (at)
        id = (struct zsock_part){zmq_msg_data(&in->frame[0]), zmq_msg_size(&in->frame[0])};
    wire_send(NULL, at ? &id : NULL, command, parts, count);
    fuzz_require(sent.count == in->count && !sent.overlong, "it is sent in as many frames");
    for (size_t i = 0; i < in->count; i++)
        fuzz_require(same_frame(&sent.frame[i], &in->frame[i]), "frame for frame the same");
    fuzz_require(wire_check(&sent, at, &again, NULL) == 0 && again == command,
                 "what was sent is let through");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zsock_message in = {0};
    enum wire_command command = 0;
    struct error error = {0};
    size_t at = size ? data[0] & 1 : 0;

    for (size_t used = 1; used + 2 <= size;) {
        size_t have = size - used - 2;
        size_t wanted = (size_t)data[used] << 8 | data[used + 1];
        const void *octets = data + used + 2;

        wanted = wanted < have ? wanted : have;
        used += 2 + wanted;
        unsigned number = in.count == at + 1 && wanted == 1 ? *(const uint8_t *)octets : 0;

        if (number >= WIRE_HELLO && number <= WIRE_LAST)
            put_frame(&in, wire_word(number), strlen(wire_word(number)));
        else
            put_frame(&in, octets, wanted);
    }
    int err = wire_check(&in, at, &command, &error);
    if (err)
        fuzz_check_error(err, &error);
    else
        check_accepted(&in, at, command);
    close_message(&in);
    close_message(&sent);
    return 0;
}
