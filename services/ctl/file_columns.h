/*
 * file_columns: the columns of each file that liaisonctl imports, in one table. The imports refuse
 * what is not in it; the help and the man page are printed from it.
 */
#ifndef LIAISON_CTL_FILE_COLUMNS_H
#define LIAISON_CTL_FILE_COLUMNS_H

#include "cli.h"

struct ctl_column {
    const char *name;
    const char *doc;
    const char *other; /* another spelling of it that files may use, or NULL */
};

enum { CTL_MAX_COLUMNS = 32 };

/* The most octets of a cell: of a key, and of another, of which the longest are lists of codes. */
enum { CTL_KEY_MOST = 500, CTL_CELL_MOST = 10000 };

struct ctl_file {
    const char *group, *verb;                  /* of the command that reads it */
    const char *name;                          /* "class.csv"; NULL: it is an operand */
    struct ctl_column column[CTL_MAX_COLUMNS]; /* ended by a NULL name */
};

extern const struct ctl_file ctl_files[];
extern const size_t ctl_file_count;

/* The next file of a command behind the one given, or the first (NULL); NULL if there is none. */
const struct ctl_file *file_columns_next(const struct ctl_command *command,
                                         const struct ctl_file *file);
/* The most octets of a cell of this column, which is one of the file's; 0: there is no limit. */
size_t file_columns_most(const struct ctl_file *file, const struct ctl_column *column);
/* The file of a command and of this name, which may be NULL. There must be one. */
const struct ctl_file *file_columns_of(const char *group, const char *verb, const char *name);

#endif
