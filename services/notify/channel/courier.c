#include "courier.h"

#include "channel.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { CONNECT_MOST_S = 10, IDLE_CONNECTION_S = 20 };

/* One message at a time; the handle keeps its connection for the next. */
struct slot {
    uv_work_t work;
    struct courier *courier;
    CURL *curl;
    struct parcel *parcel; /* NULL: free */
};

struct courier {
    uv_loop_t *loop;
    const struct settings *settings;
    courier_done_cb done;
    void *ctx;
    atomic_bool hurry;
    size_t busy;
    size_t count;
    struct slot slot[];
};

/* Ends what has sent nothing yet; a message on its way is let go on, so that its end is known. */
static int progress_cb(void *ctx, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                       curl_off_t up)
{
    struct courier *courier = ctx;

    (void)down_total, (void)down, (void)up_total;
    return up == 0 && atomic_load(&courier->hurry);
}

static void work_cb(uv_work_t *work)
{
    struct slot *slot = work->data;
    const struct settings *settings = slot->courier->settings;
    long timeout_s = settings->timeout_s;

    curl_easy_setopt(slot->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(slot->curl, CURLOPT_TIMEOUT, timeout_s);
    curl_easy_setopt(slot->curl, CURLOPT_CONNECTTIMEOUT,
                     timeout_s < CONNECT_MOST_S ? timeout_s : (long)CONNECT_MOST_S);
    curl_easy_setopt(slot->curl, CURLOPT_SERVER_RESPONSE_TIMEOUT, timeout_s);
    curl_easy_setopt(slot->curl, CURLOPT_MAXAGE_CONN, (long)IDLE_CONNECTION_S);
    curl_easy_setopt(slot->curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(slot->curl, CURLOPT_XFERINFOFUNCTION, progress_cb);
    curl_easy_setopt(slot->curl, CURLOPT_XFERINFODATA, slot->courier);
    slot->parcel->channel->send(slot->curl, settings, slot->parcel);
}

static void after_work_cb(uv_work_t *work, int status)
{
    struct slot *slot = work->data;
    struct courier *courier = slot->courier;
    struct parcel *parcel = slot->parcel;

    if (status != 0)
        parcel_failed(parcel, END_TEMPORARY, REASON_INTERNAL, "stopped");
    slot->parcel = NULL;
    courier->busy--;
    courier->done(courier->ctx, parcel);
}

struct courier *courier_open(uv_loop_t *loop, const struct settings *settings, courier_done_cb done,
                             void *ctx)
{
    size_t count = (size_t)settings->in_flight;
    struct courier *courier = calloc(1, sizeof *courier + count * sizeof courier->slot[0]);

    if (!courier)
        return NULL;
    courier->loop = loop;
    courier->settings = settings;
    courier->done = done;
    courier->ctx = ctx;
    courier->count = count;
    for (size_t i = 0; i < count; i++) {
        courier->slot[i].courier = courier;
        courier->slot[i].work.data = &courier->slot[i];
        courier->slot[i].curl = curl_easy_init();
        if (!courier->slot[i].curl) {
            courier_close(courier);
            return NULL;
        }
    }
    return courier;
}

size_t courier_room(const struct courier *courier)
{
    return courier->count - courier->busy;
}

int courier_send(struct courier *courier, struct parcel *parcel)
{
    for (size_t i = 0; i < courier->count; i++) {
        struct slot *slot = &courier->slot[i];

        if (slot->parcel)
            continue;
        slot->parcel = parcel;
        if (uv_queue_work(courier->loop, &slot->work, work_cb, after_work_cb) != 0) {
            slot->parcel = NULL;
            return ERR_STATE;
        }
        courier->busy++;
        return 0;
    }
    return ERR_STATE;
}

void courier_hurry(struct courier *courier)
{
    atomic_store(&courier->hurry, true);
}

void courier_close(struct courier *courier)
{
    if (!courier)
        return;
    for (size_t i = 0; i < courier->count; i++)
        if (courier->slot[i].curl)
            curl_easy_cleanup(courier->slot[i].curl);
    free(courier);
}
