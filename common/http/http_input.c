#include "http_input.h"

#include "errors.h"

#include <stdlib.h>
#include <string.h>

void http_input_drop(struct http_input *input)
{
    if (input->room != NULL)
        explicit_bzero(input->room, input->room_size);
    free(input->room);
    *input = (struct http_input){0};
}

/* At least doubles the buffer, so that adding an octet takes constant time on average. */
static int grow(struct http_input *input, size_t needed)
{
    size_t room_size = needed > 2 * input->room_size ? needed : 2 * input->room_size;
    char *room = malloc(room_size);

    if (room == NULL)
        return ERR_NOMEM;
    size_t size = input->size;
    if (size > 0)
        memcpy(room, input->data, size);
    http_input_drop(input);
    *input = (struct http_input){.data = room, .size = size, .room = room, .room_size = room_size};
    return 0;
}

int http_input_add(struct http_input *input, const char *data, size_t size)
{
    size_t used = input->room == NULL ? 0 : (size_t)(input->data - input->room);
    int err = 0;

    if (size == 0)
        return 0;
    if (used + input->size + size > input->room_size) {
        if (used >= input->size && input->size + size <= input->room_size) {
            memmove(input->room, input->data, input->size);
            input->data = input->room;
        } else {
            err = grow(input, input->size + size);
        }
    }
    if (err == 0) {
        memcpy(input->data + input->size, data, size);
        input->size += size;
    }
    return err;
}

void http_input_use(struct http_input *input, size_t size)
{
    input->data += size;
    input->size -= size;
    if (input->size == 0)
        http_input_drop(input);
}
