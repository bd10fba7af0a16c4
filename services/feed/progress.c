/* See progress.h. */
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

void progress_init(struct progress *progress, int64_t now_us)
{
    *progress = (struct progress){.began = now_us, .shown = now_us};
}

/* "40 s", "12 min", "3 h" */
static void write_duration(double seconds, char *out, size_t room)
{
    if (seconds < 90)
        snprintf(out, room, "%.0f s", seconds);
    else if (seconds < 5400)
        snprintf(out, room, "%.0f min", seconds / 60);
    else
        snprintf(out, room, "%.0f h", seconds / 3600);
}

int progress_line(struct progress *progress, const struct progress_now *now, int64_t now_us,
                  char *out, size_t room)
{
    double passed = (double)(now_us - progress->shown) / 1e6;
    char left[32] = "", share[16] = "";

    if (passed > 0.2) {
        progress->rate = (double)(now->read - progress->rows_shown) / passed;
        progress->shown = now_us;
        progress->rows_shown = now->read;
    }
    if (now->share >= 0)
        snprintf(share, sizeof share, " (%.0f %%)", now->share * 100);
    if (now->share > 0.01 && now->share < 1) {
        double seconds = (double)(now_us - progress->began) / 1e6;

        write_duration(seconds / now->share - seconds, left, sizeof left);
    }
    return snprintf(out, room,
                    "read %" PRIu64 "%s, %.0f rows/s, rejected %" PRIu64 ", acknowledged %" PRIu64
                    " of %" PRIu64 ", refused %" PRIu64 "%s%s%s%s",
                    now->read, share, progress->rate, now->rejected, now->acknowledged,
                    now->records, now->refused, *left ? ", " : "", left, *left ? " left" : "",
                    *now->trouble ? ", not connected" : "");
}

void progress_show(struct progress *progress, const struct progress_now *now, int64_t now_us)
{
    char line[256];

    if (!isatty(2))
        return;
    progress_line(progress, now, now_us, line, sizeof line);
    fprintf(stderr, "\r\033[K%s", line);
}

void progress_end(void)
{
    if (isatty(2))
        fputc('\n', stderr);
}
