#include "turns.h"

#include <stdlib.h>
#include <string.h>

/* A source with waiting turns; freed with the last of them. */
struct turn_line {
    char source[TURN_SOURCE_SIZE];
    unsigned count;
    TAILQ_HEAD(turn_list, turn) waiting;
    TAILQ_ENTRY(turn_line) link;
};

struct turns {
    unsigned at_once, each, most;
    unsigned running, count;
    bool stopped;
    TAILQ_HEAD(turn_lines, turn_line) lines; /* the first has the next turn */
};

struct turns *turns_new(unsigned at_once, unsigned each, unsigned most)
{
    struct turns *turns = calloc(1, sizeof *turns);

    if (turns == NULL)
        return NULL;
    turns->at_once = at_once;
    turns->each = each;
    turns->most = most;
    TAILQ_INIT(&turns->lines);
    return turns;
}

void turns_free(struct turns *turns)
{
    free(turns);
}

static struct turn_line *find_line(struct turns *turns, const char *source)
{
    struct turn_line *line;

    for (line = TAILQ_FIRST(&turns->lines); line != NULL; line = TAILQ_NEXT(line, link))
        if (strncmp(line->source, source, sizeof line->source - 1) == 0)
            return line;
    return NULL;
}

static struct turn_line *longest_line(struct turns *turns)
{
    struct turn_line *line, *longest = TAILQ_FIRST(&turns->lines);

    for (line = longest; line != NULL; line = TAILQ_NEXT(line, link))
        if (line->count > longest->count)
            longest = line;
    return longest;
}

static void take_out(struct turns *turns, struct turn_line *line, struct turn *turn)
{
    TAILQ_REMOVE(&line->waiting, turn, link);
    turn->line = NULL;
    turn->state = TURN_NONE;
    turns->count--;
    if (--line->count == 0) {
        TAILQ_REMOVE(&turns->lines, line, link);
        free(line);
    }
}

static void begin(struct turns *turns, struct turn *turn)
{
    turns->running++;
    turn->state = TURN_RUNS;
    turn->begin_cb(turn->ctx);
}

static void go_on(struct turns *turns)
{
    while (turns->running < turns->at_once && !TAILQ_EMPTY(&turns->lines)) {
        struct turn_line *line = TAILQ_FIRST(&turns->lines);
        struct turn *turn = TAILQ_FIRST(&line->waiting);

        TAILQ_REMOVE(&turns->lines, line, link); /* round robin: this line goes to the end */
        TAILQ_INSERT_TAIL(&turns->lines, line, link);
        take_out(turns, line, turn);
        begin(turns, turn);
    }
}

static void refuse(struct turns *turns, struct turn_line *line, struct turn *turn)
{
    take_out(turns, line, turn);
    turn->refuse_cb(turn->ctx);
}

/* Whether one more turn fits into a line of this length. If the queue is full, refuses the last
 * turn of the longest line, provided that the new line stays shorter than that. */
static bool make_room(struct turns *turns, unsigned count)
{
    if (count >= turns->each)
        return false;
    if (turns->count < turns->most)
        return true;
    struct turn_line *longest = longest_line(turns);
    if (longest == NULL || longest->count <= count + 1)
        return false;
    refuse(turns, longest, TAILQ_LAST(&longest->waiting, turn_list));
    return true;
}

bool turns_enter(struct turns *turns, struct turn *turn, const char *source)
{
    struct turn_line *line = find_line(turns, source);

    turn->state = TURN_NONE;
    turn->line = NULL;
    if (turns->stopped)
        return false;
    if (turns->running < turns->at_once && TAILQ_EMPTY(&turns->lines)) {
        begin(turns, turn);
        return true;
    }
    if (!make_room(turns, line == NULL ? 0 : line->count))
        return false;
    if (line == NULL) {
        line = calloc(1, sizeof *line);
        if (line == NULL)
            return false;
        strncpy(line->source, source, sizeof line->source - 1);
        TAILQ_INIT(&line->waiting);
        TAILQ_INSERT_TAIL(&turns->lines, line, link);
    }
    TAILQ_INSERT_TAIL(&line->waiting, turn, link);
    turn->line = line;
    turn->state = TURN_WAITS;
    line->count++;
    turns->count++;
    return true;
}

void turns_leave(struct turns *turns, struct turn *turn)
{
    if (turn->state == TURN_WAITS) {
        take_out(turns, turn->line, turn);
    } else if (turn->state == TURN_RUNS) {
        turn->state = TURN_NONE;
        turns->running--;
        go_on(turns);
    }
}

void turns_stop(struct turns *turns)
{
    struct turn_line *line;

    turns->stopped = true;
    while ((line = TAILQ_FIRST(&turns->lines)) != NULL)
        refuse(turns, line, TAILQ_FIRST(&line->waiting));
}
