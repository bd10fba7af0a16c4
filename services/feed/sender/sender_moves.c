/* The agent's state machine: see sender_private.h and sender_moves.def. */
#include "sender_private.h"

#include <stdlib.h>

enum { STATES = SENDER_STREAMING + 1 };

static const struct move {
    void (*action)(const struct sender_input *in);
    enum sender_state next;
} moves[STATES][SENDER_EVENT_COUNT] = {
#define MOVE(state, event, action, next) \
    [SENDER_##state][ON_##event] = {sender_do_##action, SENDER_##next},
#include "sender_moves.def"
#undef MOVE
};

static const char *const event_words[] = {
#define AS_WORD(name) [ON_##name] = #name,
    SENDER_EVENTS(AS_WORD)
#undef AS_WORD
};

bool sender_has_move(enum sender_state state, enum sender_event event)
{
    return moves[state][event].action != NULL;
}

void sender_run(const struct sender_input *in, enum sender_event event)
{
    struct sender *sender = in->sender;
    enum sender_state from = sender->state;
    const struct move *move = &moves[from][event];

    if (!move->action) {
        log_error("impossible_event", "state=%s event=%s", sender_state_word(from),
                  event_words[event]);
        abort();
    }
    if (move->next != from)
        log_debug("session", "from=%s to=%s why=%s", sender_state_word(from),
                  sender_state_word(move->next), event_words[event]);
    sender->state = move->next;
    move->action(in);
}

void sender_raise(struct sender *sender, enum sender_event event)
{
    sender_run(&(struct sender_input){.sender = sender}, event);
}

void sender_violation(struct sender *sender, const char *what)
{
    sender_run(&(struct sender_input){.sender = sender, .what = what}, ON_VIOLATION);
}

void sender_do_ignore(const struct sender_input *in)
{
    (void)in;
}
