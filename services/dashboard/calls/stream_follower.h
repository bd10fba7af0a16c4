/*
 * stream_follower: one follower per district reads the change log for all streams of the district;
 * a part of the module stream. It lives while it has a client or a running job.
 */
#ifndef LIAISON_DASHBOARD_STREAM_FOLLOWER_H
#define LIAISON_DASHBOARD_STREAM_FOLLOWER_H

#include "db.h"
#include "stream_client.h"

#include <uv.h>

enum {
    STREAM_BATCH = 100, /* changes per read: a good reader's buffer never fills within one iteration
                           of the loop */
    STREAM_ALERTS = 200, /* the newest alerts are polled, in case a wake-up is lost */
};

struct alert_state {
    int64_t alert;
    char state;
};

struct stream_follower {
    TAILQ_ENTRY(stream_follower) link;
    struct streams *streams;
    int district;
    bool started;
    struct stream_position at;
    bool reading, again;
    int asking;       /* jobs about single alerts */
    int rows;         /* of the running read */
    PGresult *unsaid; /* its changes, until they are sent */
    size_t alert_count;
    struct alert_state alerts[STREAM_ALERTS];
    bool alerts_known;
    TAILQ_HEAD(stream_clients, stream_client) clients;
};

struct streams {
    struct service *service;
    uv_timer_t timer;
    TAILQ_HEAD(stream_followers, stream_follower) followers;
    int clients;
    bool closing;
};

/* The follower of a district; NULL: there is none. */
struct stream_follower *follower_find(struct streams *streams, int district);
/* The follower of a district; makes one if there is none. NULL: no memory. */
struct stream_follower *follower_get(struct streams *streams, int district);
/* Reads new changes, or notes that there are more if a read is running. */
void follower_read(struct stream_follower *follower);
/* Reads one alert and sends it to the clients that may see it. */
void follower_hear_alert(struct stream_follower *follower, int64_t alert);
void follower_drop_if_idle(struct stream_follower *follower);

/* Removes a client from its follower; follower_end_client also closes it. */
void follower_leave(struct stream_client *client);
void follower_end_client(struct stream_client *client);

/* Columns 0 and 1 of a row. */
struct stream_position stream_row_position(const PGresult *result, int row);
/* Sends a row of stream_changes to one client, the listener of this number, if the client has not
 * got it yet and may see it: that the call has changed, or that the person no longer sees it. The
 * client may be gone afterwards. */
void stream_tell_change(struct stream_client *client, int listener, const PGresult *result,
                        int row);
/* Ends the client unless a row of stream_rights shows that its session still has the same
 * rights. */
void stream_check_rights(struct stream_client *client, const PGresult *result);

#endif
