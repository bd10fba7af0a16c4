/*
 * turns: a fair queue for work of which only a few pieces may run at once. Requests from one source
 * (an address, a known device) wait in one line, and the lines are served in turn: a flood from one
 * source delays that source alone. The length of a line and the total are bounded. When the queue
 * is full, a request of a shorter line replaces the last one of the longest line.
 *
 * The caller owns a turn's memory, which must stay in place until the turn has ended. All calls on
 * the loop's thread.
 */
#ifndef LIAISON_DASHBOARD_TURNS_H
#define LIAISON_DASHBOARD_TURNS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

enum { TURN_SOURCE_SIZE = 64 };

struct turns;
struct turn_line;

enum turn_state { TURN_NONE, TURN_WAITS, TURN_RUNS };

struct turn {
    enum turn_state state;
    struct turn_line *line; /* while it waits */
    TAILQ_ENTRY(turn) link;
    void (*begin_cb)(void *ctx);  /* its turn begins */
    void (*refuse_cb)(void *ctx); /* it was replaced, or the service stops: the turn has ended */
    void *ctx;
};

/* at_once turns run at the same time; at most each wait from one source, and most in total. NULL:
 * no memory. */
struct turns *turns_new(unsigned at_once, unsigned each, unsigned most);
/* No turn may be waiting or running. */
void turns_free(struct turns *turns);

/* The turn begins at once, before this returns, or later. False: the queue is full, and no callback
 * follows. */
bool turns_enter(struct turns *turns, struct turn *turn, const char *source);
/* The turn is over, or no longer wanted; the next one begins. Harmless if it has ended. */
void turns_leave(struct turns *turns, struct turn *turn);
/* Refuses all waiting turns, and all later ones. */
void turns_stop(struct turns *turns);

#endif
