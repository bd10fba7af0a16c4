/*
 * probe: sends a test message every so often by the same mail relay as alerts, and reads it back
 * from the mailbox to which it went, by IMAP. So it is known that mail arrives, and not only that
 * the relay takes it. What came back stands in notify.probe, of which notify.health() tells.
 *
 * The message goes over a connection of its own, so that it is never in front of an alert, and says
 * nothing about the provider. Its subject names a token; the database keeps the hash. Of several
 * processes one sends in each turn, and each reads. Times are steady. That it came back is
 * committed before the message is deleted: so a crash at any moment loses nothing.
 *
 * On the loop's thread; what waits for a server is a thread of its own.
 */
#ifndef NOTIFY_PROBE_H
#define NOTIFY_PROBE_H

#include "db.h"
#include "settings.h"
#include "steady.h"

struct probe;

/* All must stay; instance is this process. Without settings->probe_to it sends and reads nothing.
 * NULL: no memory. */
struct probe *probe_open(struct db *db, const struct settings *settings,
                         const struct steady *steady, const char *instance);
/* Goes on with what has begun, and begins when it is time. */
void probe_tick(struct probe *probe);
/* Begins nothing more; what waits for a server ends soon. Goes on being ticked until idle. */
void probe_stop(struct probe *probe);
bool probe_idle(const struct probe *probe);
/* Waits for the thread, if there is one. NULL is fine. */
void probe_close(struct probe *probe);

#endif
