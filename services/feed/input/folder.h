/*
 * folder: the files of a watched folder. A file is taken when it has not changed for two seconds.
 * (A file that is written elsewhere and renamed into the folder is always taken whole.) Names that
 * begin with "." or end in ".tmp" or ".part" are ignored.
 */
#ifndef LIAISON_FEED_FOLDER_H
#define LIAISON_FEED_FOLDER_H

#include "errors.h"

#include <stdbool.h>
#include <stddef.h>

/* The first file by name that is ready: 1 and its path, or 0. at_once: without waiting. */
int folder_next(const char *folder, bool at_once, char *path, size_t room, struct error *error);
/* Moves a file to a subfolder, under a name that is free there. */
int folder_move(const char *folder, const char *path, const char *below, struct error *error);

#endif
