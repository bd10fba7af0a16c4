/*
 * guard: limits the octets that libzmq buffers for a peer before they are a complete message.
 * libzmq delivers a message of several frames as a whole, and limits the size of each frame
 * (ZMQ_MAXMSGSIZE), but neither their number nor their sum; it has no option for that. So this
 * module defines accept4() and recv() in front of those of libc. It counts octets that are read
 * from a connection of the ROUTER, and subtracts those of messages that were taken. A connection
 * that holds too much reads ECONNRESET, and libzmq then drops it with its buffer.
 * tests/unit/test_intake_guard.c fails if a libzmq reads in another way.
 *
 * A connection may hold a quarter of what is left of the total, so that many can share it, but
 * always one message of the largest size. recv() and accept4() run on libzmq's thread; all other
 * functions on the loop's thread.
 */
#ifndef INTAKE_GUARD_H
#define INTAKE_GUARD_H

#include "zsock.h"

#include <stdint.h>

enum { GUARD_LEAST = 1100000 }; /* octets: one frame of the largest allowed size, and its message */

/* Sets the most octets that one connection and all together may hold. Call it on the loop's thread,
 * whose recv() calls are not counted. */
void guard_open(uint64_t most_each, uint64_t most_all);
/* From now on connections accepted on this local port are counted; 0: none. */
void guard_listen(int port);
/* The message was taken: subtracts it from its connection. */
void guard_taken(const struct zsock_message *message);
/* The connection has ended: subtracts all that it held. */
void guard_gone(int fd);
/* Call once a second. It lowers the counts a little, because heartbeats (ZMTP's PING) are read and
 * never taken. Returns how many connections were dropped since the last call. */
int guard_tick(void);
/* Octets that all connections hold. */
uint64_t guard_held(void);

#endif
