/*
 * stream_follower: one follower a district reads the log of changes for all of its streams; part of
 * stream.h's room. It lives while it has a client or a job under way.
 */
#ifndef LIAISON_DASHBOARD_STREAM_FOLLOWER_H
#define LIAISON_DASHBOARD_STREAM_FOLLOWER_H

#include "db.h"
#include "stream_client.h"

#include <uv.h>

enum {
    STREAM_BATCH = 100,  /* changes a read: a good reader's buffer never fills within one turn */
    STREAM_ALERTS = 200, /* the newest ones are watched for what the bus did not say */
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
    int rows;         /* of the read under way */
    PGresult *unsaid; /* its changes, until they are told */
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

/* NULL: there is none. */
struct stream_follower *follower_find(struct streams *streams, int district);
/* Makes one if there is none. NULL: no memory. */
struct stream_follower *follower_get(struct streams *streams, int district);
/* Reads what is new, or notes that there is more if a read is under way. */
void follower_read(struct stream_follower *follower);
/* Asks for one alert and tells it to those who may know. */
void follower_hear_alert(struct stream_follower *follower, int64_t alert);
void follower_drop_if_idle(struct stream_follower *follower);

/* Takes a client off its follower; end also closes it. */
void follower_leave(struct stream_client *client);
void follower_end_client(struct stream_client *client);

/* Columns 0 and 1 of a row. */
struct stream_position stream_row_position(const PGresult *result, int row);
/* Tells one client, the listener of this number, of a row of stream_changes, if it has not heard it
 * and may: that the call has changed, or that the person does not see it any more. It may be gone
 * after. */
void stream_tell_change(struct stream_client *client, int listener, const PGresult *result,
                        int row);
/* Ends the client unless a row of stream_rights says that its session has the rights it had. */
void stream_check_rights(struct stream_client *client, const PGresult *result);

#endif
