/*
 * growing: a file that is written while it is read. New octets are passed on only while the file
 * still begins with what was read before. Its beginning and its latest octets are compared at each
 * reading; the whole of it is compared, in slices, when a change has brought nothing new. So a file
 * that is rewritten in place is noticed, whatever its size. Owns the descriptor. On one thread;
 * blocks for the disk.
 */
#ifndef LIAISON_FEED_GROWING_H
#define LIAISON_FEED_GROWING_H

#include "file_mark.h"

#include <sys/stat.h>
#include <sys/types.h>

enum { GROWING_WINDOW = 4096, GROWING_REWRITTEN = -1, GROWING_FAILED = -2 };

struct growing {
    int fd; /* -1: none */
    struct file_reading reading;
    char head[GROWING_WINDOW], tail[GROWING_WINDOW]; /* of what was read */
    size_t tail_size;
    struct stat stat;       /* as last seen */
    uint64_t first_changed; /* time of its last change when reading began */
    int64_t changed_at;     /* monotonic: when it was last seen to have changed */
    int64_t checked_at;     /* when the last whole comparison was begun; 0: none was */
    int64_t rest_until;     /* no other one before */
    bool checking;
    struct file_reading check; /* how far the comparison has come */
    uint64_t check_octets;     /* how far it goes, and the digest that it must find there */
    char check_digest[33];
};

void growing_open(struct growing *growing, int fd);
/* Begins the same file again. What was changed since it was opened still counts as later. */
void growing_rewind(struct growing *growing);
/* Whether what has been read is exactly what an earlier run had read. If it was this file, what was
 * changed since then counts as later. */
bool growing_continues(struct growing *growing, const struct file_mark *was);
/* What was read of it so far; nothing of standard input. */
void growing_mark(const struct growing *growing, struct file_mark *mark);
/* The file's current size; 0 for standard input, or if there is no file. */
uint64_t growing_octets(const struct growing *growing);
/* Closes the file; standard input is not closed. */
void growing_close(struct growing *growing);
/* Octets (> 0); 0: nothing new now; GROWING_REWRITTEN: what was read is no longer there;
 * GROWING_FAILED with errno. */
int growing_read(struct growing *growing, char *data, int room);
/* Compares all that was read, to its end. False: it is no longer there. */
bool growing_holds(struct growing *growing);
/* Whether a comparison is under way, and growing_read is to be called again soon. */
bool growing_is_checking(const struct growing *growing);

#endif
