/* See recall.h. */
#include "recall.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int recall_open(struct recall *recall, const struct recall_options *options,
                const struct spool *spool, struct error *error)
{
    struct checkpoint was;

    *recall = (struct recall){.dir = -1};
    if (checkpoint_read(&was, spool_checkpoint(spool)) != 0)
        return error_set(error, ERR_NOMEM, "", "no memory");
    recall->http = was.http;
    if (options->durable)
        recall->dir = open(options->spool_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (options->durable && recall->dir < 0)
        return error_set(error, ERR_IO, "spool.dir", "open the spool: %s", strerror(errno));
    recall->known = known_open(recall->dir, options->mode, &was.known, error);
    if (recall->known)
        recall->seen = seen_open(recall->dir, options->mode, &was.seen, error);
    if (recall->seen && options->snapshot)
        recall->rows = snapshot_open(recall->dir, options->mode, &was.rows, error);
    if (recall->seen && (recall->rows || !options->snapshot))
        recall->diff = eido_diff_open(recall->known, options->withhold, error);
    if (recall->diff)
        return 0;
    recall_close(recall);
    return ERR_IO;
}

void recall_close(struct recall *recall)
{
    eido_diff_free(recall->diff);
    known_free(recall->known);
    seen_free(recall->seen);
    snapshot_free(recall->rows);
    if (recall->dir > 0)
        close(recall->dir);
    *recall = (struct recall){.dir = -1};
}

void recall_forget(struct recall *recall)
{
    if (recall->dir < 0)
        known_forget(recall->known);
}

int recall_sync(struct recall *recall, struct checkpoint *checkpoint, struct error *error)
{
    int err = known_sync(recall->known, &checkpoint->known, error);

    checkpoint->http = recall->http;
    if (!err && recall->rows)
        err = snapshot_sync(recall->rows, &checkpoint->rows, error);
    return err ? err : seen_sync(recall->seen, &checkpoint->seen, error);
}
