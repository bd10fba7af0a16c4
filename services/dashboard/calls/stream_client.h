/*
 * stream_client: one open stream and its person; a part of the module stream. A client lives until
 * its connection has gone and none of its jobs is running.
 */
#ifndef LIAISON_DASHBOARD_STREAM_CLIENT_H
#define LIAISON_DASHBOARD_STREAM_CLIENT_H

#include "cookie_session.h"
#include "person.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct service;
struct stream_follower;

/* A position in a district's change log: ordered by xid, then change. */
struct stream_position {
    uint64_t xid;
    int64_t change;
};

struct stream_client {
    TAILQ_ENTRY(stream_client) link;
    struct service *service;
    struct stream_follower *follower;
    struct http_stream *http; /* NULL: gone */
    struct person person;
    char session[SESSION_HASH_TEXT];
    struct stream_position seen;
    bool catching_up; /* separate jobs read what it missed, not together with the others */
    int jobs;         /* running jobs */
    bool asked;       /* its rights are part of the running query */
    int listener;     /* its number in that query; 0: it joined after the query was sent */
    int64_t beaten_us;
};

/* Sends an event; id 0: without an id. On failure the client is gone. */
int stream_client_send(struct stream_client *client, const char *event, int64_t id,
                       const char *data);
/* Sends a heartbeat if it is due. On failure the client is gone. */
int stream_client_heartbeat(struct stream_client *client, int64_t now_us);
/* The connection has gone, or must go. Frees the client as soon as its jobs are done. */
void stream_client_end(struct stream_client *client);
void stream_client_job_done(struct stream_client *client);

static inline bool stream_before(struct stream_position a, struct stream_position b)
{
    return a.xid != b.xid ? a.xid < b.xid : a.change < b.change;
}

#endif
