/*
 * gateway: one request to a text-message gateway by HTTP, and its answer. What requests say and
 * what answers mean is each gateway's own (twilio.c, kannel.c); they stand in the table of sms.c.
 *
 * A request whose body went out is never repeated here, not even over another connection: nobody
 * knows whether the gateway has taken it.
 *
 * On a worker thread.
 */
#ifndef NOTIFY_GATEWAY_H
#define NOTIFY_GATEWAY_H

#include "parcel.h"
#include "transport.h"

enum { GATEWAY_CALLBACK_SIZE = 400 };

struct gateway_request {
    const char *url;
    const char *user, *password; /* HTTP Basic; NULL: none */
    const char *ca_file;         /* "": the system's */
    struct curl_slist *headers;  /* NULL: libcurl's */
    const char *body;            /* NULL: a GET */
};

struct gateway_answer {
    CURLcode rc;
    long status;       /* 0: none came */
    bool went_out;     /* some of the body did */
    int retry_after_s; /* -1: the gateway did not say */
    time_t date;       /* by the clock of the gateway; 0: it did not say */
    size_t size;
    char *body; /* NUL-terminated, cut at 1 MiB; NULL: empty */
};

/* The address at which this try's receipts come in. It names the try, so that a receipt finds it
 * whatever the answer to the request was. False: none is wanted. */
bool gateway_callback(const struct sms_endpoint *to, const struct parcel *parcel,
                      char out[GATEWAY_CALLBACK_SIZE]);
void gateway_exchange(struct transport *transport, const struct gateway_request *request,
                      struct gateway_answer *answer);
void gateway_answer_free(struct gateway_answer *answer);
/* The answer's text; "" if there is none. */
const char *gateway_text(const struct gateway_answer *answer);
/* Judges an exchange that brought no answer. Returns whether it did. */
bool gateway_judge_silence(const struct gateway_answer *answer, struct parcel *parcel);
/* Judges an answer that is not of the gateway's own form, by its status: 4xx, but for 408, says
 * that the request was not taken; whether it was, nothing else tells. */
void gateway_judge_status(const struct gateway_answer *answer, struct parcel *parcel);

/* A kind of gateway. */
struct gateway {
    enum sms_provider provider;
    const char *name, *second_name; /* as the first provider, and as the second */
    bool says_what_it_has;          /* it can be asked whether it has a text already */
    void (*send)(struct transport *transport, const struct settings *settings,
                 struct parcel *parcel);
};

/* In twilio.c and kannel.c. */
extern const struct gateway twilio_gateway, kannel_gateway;

#endif
