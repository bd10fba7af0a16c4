/*
 * progress: one line on a terminal that says how far the agent is: rows a second, what is left,
 * what intake has answered. Nothing where standard error is no terminal. On the loop's thread.
 */
#ifndef LIAISON_FEED_PROGRESS_H
#define LIAISON_FEED_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

struct progress {
    int64_t began, shown;
    uint64_t rows_shown; /* read when the line was written last */
    double rate;
};

struct progress_now {
    uint64_t read, rejected, records, acknowledged, refused;
    double share;        /* of the input, from 0 to 1; negative: not known */
    const char *trouble; /* why nothing is sent; "" */
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
