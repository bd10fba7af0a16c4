/* See summary.h. */
#include "summary.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void summary_make(struct summary *summary, const struct checkpoint *totals,
                  const struct spool *spool, uint64_t unanswered, double seconds)
{
    uint64_t decided = 0, refused = 0;

    if (totals->first > 0) {
        decided = ledger_count(spool_ledger(spool), totals->first, totals->last);
        refused = spool_refused_count(spool, totals->first, totals->last);
    }
    *summary = (struct summary){.read = totals->read,
                                .rejected = totals->rejected,
                                .withheld = totals->withheld,
                                .dropped = totals->dropped,
                                .records = totals->records,
                                .sent = decided + unanswered,
                                .acknowledged = decided - refused,
                                .refused = refused,
                                .seconds = seconds};
    if (summary->sent > summary->records)
        summary->sent = summary->records;
}

int summary_write(const struct summary *summary, const char *path, struct error *error)
{
    FILE *file = fopen(path, "we");
    int wrote;

    if (!file)
        return error_set(error, ERR_IO, "summary", "%s: %s", path, strerror(errno));
    wrote = fprintf(
        file,
        "{\"read\": %" PRIu64 ", \"rejected\": %" PRIu64 ", \"withheld\": %" PRIu64
        ", \"duplicates_dropped\": %" PRIu64 ", \"records\": %" PRIu64 ", \"sent\": %" PRIu64
        ", \"acknowledged\": %" PRIu64 ", \"refused\": %" PRIu64 ", \"seconds\": %.3f}\n",
        summary->read, summary->rejected, summary->withheld, summary->dropped, summary->records,
        summary->sent, summary->acknowledged, summary->refused, summary->seconds);
    if (fclose(file) != 0 || wrote < 0)
        return error_set(error, ERR_IO, "summary", "%s: %s", path, strerror(errno));
    return 0;
}
