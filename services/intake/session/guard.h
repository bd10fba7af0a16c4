/*
 * guard: bounds the octets that libzmq holds of a peer before they are a whole message. libzmq
 * hands out a message of several frames as one, limits each frame (ZMQ_MAXMSGSIZE) and not their
 * number or sum, and has no option for it. So accept4() and recv() are defined here, in front of
 * those of libc: octets that are read from a connection of the ROUTER are counted, those of a
 * message that was taken are subtracted, and a connection that holds too much reads ECONNRESET,
 * upon which libzmq drops it with what it held. tests/unit/test_intake_guard.c fails if a libzmq
 * reads in another way.
 *
 * A connection may hold a quarter of what is left of the whole, so that many share it, but always
 * one message of the largest size. recv() and accept4() run on libzmq's thread; all else on the
 * loop's.
 */
#ifndef INTAKE_GUARD_H
#define INTAKE_GUARD_H

#include "zsock.h"

#include <stdint.h>

enum { GUARD_LEAST = 1100000 }; /* octets: one frame of the largest allowed size, and its message */

/* The most octets that one connection and all together may hold. The thread that calls it is the
 * loop's: its own recv() calls are not counted. */
void guard_open(uint64_t most_each, uint64_t most_all);
/* Connections accepted on this local port are counted from now on; 0: none. */
void guard_listen(int port);
/* The message was taken from the connection that it came by. */
void guard_taken(const struct zsock_message *message);
/* The connection has ended: what it held is free. */
void guard_gone(int fd);
/* Once a second: forgets a little of what is held, because signs of life (ZMTP's PING) are read and
 * never taken. Returns how many connections were dropped since the last call. */
int guard_tick(void);
/* What all connections hold, octets. */
uint64_t guard_held(void);

#endif
