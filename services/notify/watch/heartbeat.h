/*
 * heartbeat: tells a watcher outside that messages go out, each minute while notify.health() has
 * nothing against it. The watcher raises the alarm when the beat stays away, by a way of its own:
 * so it is raised too when this machine, its network or PostgreSQL is gone.
 *
 * The request is made on a thread of its own, over no provider's connection. Which checks stop the
 * beat is written in sql/watch.sql.
 *
 * All calls on the loop's thread.
 */
#ifndef NOTIFY_HEARTBEAT_H
#define NOTIFY_HEARTBEAT_H

#include "db.h"
#include "settings.h"

struct heartbeat;

/* settings must stay. NULL without memory or thread. */
struct heartbeat *heartbeat_open(const struct settings *settings);
/* Asks the database whether the next beat may go, when it is due. Without heartbeat_url nothing. */
void heartbeat_tick(struct heartbeat *heartbeat, struct db *db);
/* Waits for the request on its way about a second. NULL is fine. No job of it may be pending. */
void heartbeat_close(struct heartbeat *heartbeat);

#endif
