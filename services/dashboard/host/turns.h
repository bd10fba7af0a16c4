/*
 * turns: who may begin next, where only a few may be at work at once. Those who come from one
 * source (an address, a known device) wait in one line, and the lines take turns: a flood from one
 * source delays that source alone. Lines and all that wait are bounded; when there is no room, who
 * comes from a shorter line takes the place of the last of the longest one.
 *
 * A turn is the caller's memory, and stays where it is until it has ended. On the loop's thread.
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
    void (*begin_cb)(void *ctx);  /* its turn has come */
    void (*refuse_cb)(void *ctx); /* it had to make room, or the service stops: it has ended */
    void *ctx;
};

/* at_once run at the same time; up to each wait from one source, up to most in all. NULL: no
 * memory. */
struct turns *turns_new(unsigned at_once, unsigned each, unsigned most);
/* Nothing may be waiting or running. */
void turns_free(struct turns *turns);

/* Begins at once, before it returns, or later. False: there is no room, and no callback comes. */
bool turns_enter(struct turns *turns, struct turn *turn, const char *source);
/* The turn is over, or is not wanted any more; the next begins. Harmless if it has ended. */
void turns_leave(struct turns *turns, struct turn *turn);
/* Refuses all that wait, and whoever comes from now on. */
void turns_stop(struct turns *turns);

#endif
