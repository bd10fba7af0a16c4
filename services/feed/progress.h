/*
 * progress: a line on a terminal with the agent's progress: rows per second, the rest, what intake
 * has answered. It prints nothing if standard error is not a terminal. On the loop's thread.
 */
#ifndef LIAISON_FEED_PROGRESS_H
#define LIAISON_FEED_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

struct progress {
    int64_t began, shown;
    uint64_t rows_shown; /* rows read when the line was last written */
    double rate;
};

struct progress_now {
    uint64_t read, rejected, records, acknowledged, refused;
    double share;        /* of the input, from 0 to 1; negative: not known */
    const char *trouble; /* why nothing is sent; "": it is sending */
};

void progress_init(struct progress *progress, int64_t now_us);
/* Writes the line's text; returns its octets. */
int progress_line(struct progress *progress, const struct progress_now *now, int64_t now_us,
                  char *out, size_t room);
/* Shows it on standard error, if that is a terminal. */
void progress_show(struct progress *progress, const struct progress_now *now, int64_t now_us);
/* Ends the line. */
void progress_end(void);

#endif
