/*
 * exchange: handles one API request: limits, route, rights, the database, the answer. A route
 * declares what it needs; this module checks it before the route's code runs, so that no handler
 * can forget it. An exchange ends with exactly one answer, and is freed with it.
 *
 * The steps of a request: rate limit; route; check (parameters and body, before the database is
 * used); then either handle (without the database, or in its own way), or one transaction: the
 * session is read if the route needs one, the route's steps run, and done makes the answer after
 * the commit.
 */
#ifndef LIAISON_DASHBOARD_EXCHANGE_H
#define LIAISON_DASHBOARD_EXCHANGE_H

#include "db.h"
#include "errors.h"
#include "filter.h"
#include "http.h"
#include "person.h"
#include "router.h"

struct service;
struct exchange;

enum need {
    NEED_NOTHING, /* anybody */
    NEED_SESSION, /* signed in */
    NEED_CSRF,    /* signed in, and the header shows that the request comes from Liaison's page */
};

enum connection {
    CONNECTION_MAIN,
    CONNECTION_FIGURES, /* long reads, so that they do not delay short ones */
    CONNECTION_PUBLIC,  /* role liaison_public: published figures and nothing else */
};

struct route {
    enum http_method method;
    const char *pattern;
    enum need need;
    enum connection connection;
    bool unlimited;               /* not counted against the address's rate */
    bool reads_query;             /* check reads the query itself: any parameter is known */
    enum filter_field parameters; /* known query parameters are those below this; 0: none */
    int (*check)(struct exchange *exchange, struct error *error); /* or NULL */
    void (*handle)(struct exchange *exchange);                    /* or NULL: then steps */
    void (*steps)(struct exchange *exchange, struct db_job *job);
    void (*done)(struct exchange *exchange); /* after the commit, unless the answer is an error;
                                                must reply; or NULL */
};

struct exchange {
    struct service *service;
    struct http_request *request;
    const struct route *route;
    struct router_params params;
    struct filter filter;
    struct person person; /* if the route needs a session */
    int status;           /* of the answer; 0 until there is one */
    char *body;           /* owned */
    size_t body_size;
    const char *content_type; /* of the body; NULL: JSON */
    char set_cookie[192], set_device[192];
    int retry_after_s;
    const char *allow;
    void *own; /* state of the route, own_size octets: wiped and freed with the exchange */
    size_t own_size;
    void (*end)(struct exchange *exchange); /* before own is freed; or NULL */
};

/* Takes ownership of the request. */
void exchange_begin(struct service *service, struct http_request *request);

/* Sets the answer; the body is copied. The first answer stands: later ones are ignored. */
void exchange_json(struct exchange *exchange, int status, const char *json, size_t size);
/* code is one of the words of openapi.json; field may be NULL. */
void exchange_error(struct exchange *exchange, int status, const char *code, const char *field,
                    const char *reason);
/* Sends the answer and frees the exchange. */
void exchange_reply(struct exchange *exchange);
/* The connection was lost: 503. */
void exchange_unavailable(struct exchange *exchange);
/* Frees the exchange without an answer: the request became a stream. */
void exchange_free(struct exchange *exchange);

/* Runs one more transaction of the exchange (after its first one) on the main connection; done is
 * called if it is committed and the answer is no error; else the exchange ends here. */
void exchange_transaction(struct exchange *exchange,
                          void (*steps)(struct exchange *exchange, struct db_job *job),
                          void (*done)(struct exchange *exchange));

/* Result callbacks; ctx is the exchange. exchange_row_cb: the first column of the only row is the
 * answer's JSON; no row is a 404. */
void exchange_row_cb(struct db_job *job, PGresult *result, void *ctx);
/* Audits the sealed calls in a JSON text that the person of the session will see, in the same
 * transaction. exchange_row_cb does so by itself. */
void exchange_shows(struct exchange *exchange, struct db_job *job, const char *json);

#endif
