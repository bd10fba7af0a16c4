#include "zap.h"

#include "clock.h"
#include "log.h"

#include <stdlib.h>
#include <string.h>

enum { ZAP_TOLD = 20 }; /* refusals a second that are logged with a line each */

struct zap {
    struct zsock *sock;
    const struct keys *keys;
    struct counters *counters;
    bool (*may_connect)(void *ctx, const struct key *key);
    void *ctx;
    int64_t second; /* monotonic */
    int told;       /* refusals that were logged in that second */
};

enum {
    ZAP_VERSION,
    ZAP_REQUEST,
    ZAP_DOMAIN_FRAME,
    ZAP_ADDRESS,
    ZAP_ROUTING,
    ZAP_MECHANISM,
    ZAP_CREDENTIALS,
    ZAP_FRAMES
};

static bool frame_is(zmq_msg_t *frame, const char *text)
{
    return zmq_msg_size(frame) == strlen(text) &&
           memcmp(zmq_msg_data(frame), text, strlen(text)) == 0;
}

static void answer(struct zap *zap, zmq_msg_t *request, const char *status, const char *text,
                   const char *user)
{
    struct zsock_part parts[] = {
        {"1.0", 3},           {zmq_msg_data(request), zmq_msg_size(request)},
        {status, 3},          {text, strlen(text)},
        {user, strlen(user)}, {"", 0},
    };

    zsock_send(zap->sock, parts, sizeof parts / sizeof *parts);
}

/* A peer that tries keys without end increases the counter, but does not fill the log. */
static bool may_tell(struct zap *zap)
{
    int64_t second = clock_mono_us() / 1000000;

    if (second != zap->second)
        zap->told = 0;
    zap->second = second;
    return zap->told++ < ZAP_TOLD;
}

/* label is the agency's slug. Strangers are counted together: otherwise they could fill the
 * table. */
static void refuse(struct zap *zap, zmq_msg_t *frame, const char *z85, const char *label,
                   const char *why)
{
    char begin[9], address[64];
    size_t size = zmq_msg_size(&frame[ZAP_ADDRESS]);

    /* The first characters are enough to find the key, and no secret. */
    snprintf(begin, sizeof begin, "%s", z85);
    snprintf(address, sizeof address, "%.*s", (int)(size < 63 ? size : 63),
             (const char *)zmq_msg_data(&frame[ZAP_ADDRESS]));
    counters_add(zap->counters, "refused_key", label, 1);
    char quoted_key[24], quoted_address[96];
    if (may_tell(zap))
        log_warn("refused_key", "reason=%s key=%s peer=%s", why,
                 log_quote(begin, quoted_key, sizeof quoted_key),
                 log_quote(address, quoted_address, sizeof quoted_address));
    answer(zap, &frame[ZAP_REQUEST], "400", why, "");
}

static void readable_cb(void *ctx, struct zsock_message *message)
{
    struct zap *zap = ctx;
    zmq_msg_t *frame = message->frame;
    char z85[41] = "";

    if (message->count < ZAP_FRAMES - 1)
        return;
    if (message->count != ZAP_FRAMES || !frame_is(&frame[ZAP_VERSION], "1.0") ||
        !frame_is(&frame[ZAP_DOMAIN_FRAME], ZAP_DOMAIN) ||
        !frame_is(&frame[ZAP_MECHANISM], "CURVE") || zmq_msg_size(&frame[ZAP_CREDENTIALS]) != 32) {
        refuse(zap, frame, z85, "", "no_curve");
        return;
    }
    zmq_z85_encode(z85, zmq_msg_data(&frame[ZAP_CREDENTIALS]), 32);
    const struct key *key = keys_find(zap->keys, z85);
    if (!key)
        refuse(zap, frame, z85, "", "unknown_key");
    else if (key->revoked)
        refuse(zap, frame, z85, key->agency, "revoked_key");
    else if (!zap->may_connect(zap->ctx, key))
        refuse(zap, frame, z85, key->agency, "too_many_connections");
    else
        answer(zap, &frame[ZAP_REQUEST], "200", "OK", z85);
}

struct zap *zap_open(uv_loop_t *loop, void *zmq_context, const struct keys *keys,
                     struct counters *counters,
                     bool (*may_connect)(void *ctx, const struct key *key), void *ctx,
                     struct error *error)
{
    struct zap *zap = calloc(1, sizeof *zap);

    if (!zap)
        return NULL;
    zap->keys = keys;
    zap->counters = counters;
    zap->may_connect = may_connect;
    zap->ctx = ctx;
    zap->sock = zsock_open(loop, zmq_context, ZMQ_REP, readable_cb, zap, error);
    if (!zap->sock || zsock_bind(zap->sock, "inproc://zeromq.zap.01", error) != 0) {
        zap_close(zap);
        return NULL;
    }
    return zap;
}

void zap_close(struct zap *zap)
{
    if (!zap)
        return;
    zsock_close(zap->sock);
    free(zap);
}
