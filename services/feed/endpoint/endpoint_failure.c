/* See endpoint_failure.h. */
#include "endpoint_failure.h"

#include <errno.h>

enum { RETRY_AFTER_S = 5, FULL_AFTER_S = 30 };

static const struct endpoint_failure no_memory = {RETRY_AFTER_S, "endpoint_memory",
                                                  "The agent does not have enough memory now."};
static const struct endpoint_failure disk_full = {FULL_AFTER_S, "endpoint_disk_full",
                                                  "The agent's disk is full."};
static const struct endpoint_failure disk_error = {RETRY_AFTER_S, "endpoint_disk",
                                                   "The agent's disk reports an error."};
static const struct endpoint_failure internal = {RETRY_AFTER_S, "endpoint_error",
                                                 "The agent has an internal error."};

const struct endpoint_failure *endpoint_failure_of(const struct error *error)
{
    if (error->code == ERR_NOMEM)
        return &no_memory;
    if (error->code != ERR_IO)
        return &internal;
    return error->os == ENOSPC || error->os == EDQUOT ? &disk_full : &disk_error;
}
