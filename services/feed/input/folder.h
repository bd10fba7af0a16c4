/*
 * folder: the files of a watched folder. A file is taken when it has not changed for two seconds
 * (write elsewhere and rename it into the folder to have it taken whole at any time); names that
 * begin with "." or end in ".tmp" or ".part" are left alone.
 */
#ifndef LIAISON_FEED_FOLDER_H
#define LIAISON_FEED_FOLDER_H

#include "fault.h"

#include <stdbool.h>
#include <stddef.h>

/* The first file by name that is ready: 1 and its path, or 0. at_once: as it stands. */
int folder_next(const char *folder, bool at_once, char *path, size_t room, struct fault *fault);
/* Moves a file to a folder below, under a name that is not taken there. */
int folder_move(const char *folder, const char *path, const char *below, struct fault *fault);

#endif
