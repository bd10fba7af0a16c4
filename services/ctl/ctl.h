/*
 * ctl: the context of every command of liaisonctl: the connection, the output, and the last error.
 * main makes it; commands borrow it. One thread, synchronous libpq: a person waits for each answer.
 */
#ifndef LIAISON_CTL_H
#define LIAISON_CTL_H

#include "errors.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdio.h>

struct ctl {
    PGconn *db;   /* owned by main; NULL for commands that need none */
    FILE *out;    /* answers */
    FILE *errors; /* errors */
    bool json;
    char zone[64]; /* in which times are listed for people; "": they are not */
    bool timed;    /* whether a time was printed for people */
    struct error error;
    char file[256];   /* the input that the error is about, or "" */
    const char *unit; /* the name of its rows: "line", "feature", "item" */
    long line;        /* 0: about no row */
    long refused;     /* rows refused so far by this command */
    long untold;      /* those of them that were not printed */
    char actor[64];   /* the actor in liaison.audit: "ctl:<system user>" */
};

struct ctl_args;

/* A command returns 0, CTL_FOUND where it reports a bad state that it was asked to look for
 * (doctor), or a negative enum err with ctl->error filled. */
typedef int (*ctl_run_fn)(struct ctl *ctl, const struct ctl_args *args);
enum { CTL_FOUND = 1 };

#endif
