#include "dispatch.h"

#include "channel.h"
#include "subject.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum settings_lane lane_of(struct row row)
{
    return strcmp(row_text(row, "alert_mode"), "replay") == 0 ? LANE_REPLAY : LANE_LIVE;
}

static char *copy(struct row row, const char *column)
{
    return strdup(row_text(row, column));
}

/* Where it goes, and by which ids its receiver knows it and its thread. */
static int address(struct row row, const struct settings *settings, struct parcel *p)
{
    if (asprintf(&p->root_id, "alert-%s-%s-%s@%s", row_text(row, "district_id"),
                 row_text(row, "alert_id"), row_text(row, "contact_id"), settings->domain) < 0) {
        p->root_id = NULL;
        return ERR_NOMEM;
    }
    p->to = copy(row, p->channel->address_column);
    p->message_id = copy(row, "message_id");
    p->sender = settings->from_address;
    p->created_at = p->was_unknown ? (time_t)row_int(row, "last_said_at") : time(NULL);
    p->others = copy(row, "other_ids");
    if (!p->to || !p->message_id || !p->others)
        return ERR_NOMEM;
    if (!p->channel->secret_column)
        return 0;
    p->secret = copy(row, p->channel->secret_column);
    p->earlier = copy(row, "earlier");
    return p->secret && p->earlier ? 0 : ERR_NOMEM;
}

/* Either clock may have been set since: the longer time leaves out no try. */
static int64_t tried_s(struct row row, const struct parcel *p)
{
    int64_t by_database = row_int(row, "tried_s"), by_us = time(NULL) - p->created_at;

    return by_database > by_us ? by_database : by_us;
}

static struct parcel *parcel_of(struct row row)
{
    struct parcel *p = calloc(1, sizeof *p);

    if (!p)
        return NULL;
    p->channel = channel_named(row_text(row, "channel"));
    p->district_id = (int)row_int(row, "district_id");
    p->delivery_id = row_int(row, "delivery_id");
    p->alert_id = row_int(row, "alert_id");
    p->lane = lane_of(row);
    p->attempts = (int)row_int(row, "attempts");
    p->age_s = row_int(row, "age_s");
    return p;
}

int dispatch_parcel(struct row row, const struct subject_kind *kind,
                    const struct settings *settings, const struct token *token,
                    struct parcel **parcel, enum reason *why)
{
    struct parcel *p = parcel_of(row);
    char link[200];
    int rc = ERR_NOMEM;

    *parcel = NULL;
    *why = REASON_NONE;
    if (!p)
        return rc;
    snprintf(link, sizeof link, "%s/%s/%s", settings->base_url, kind->page, token->text);
    if (!p->channel)
        *why = REASON_NO_CHANNEL;
    else if (row_text(row, p->channel->address_column)[0] == '\0')
        *why = REASON_NO_ADDRESS;
    if (*why) {
        parcel_free(p);
        return 0;
    }
    p->answers = settings->sms_callback_url[0] != '\0';
    rc = address(row, settings, p);
    if (rc == 0)
        rc = kind->compose(row, link, p, why);
    p->tried_s = p->was_unknown ? tried_s(row, p) : 0;
    if (rc == 0 && *why == REASON_NONE)
        *parcel = p;
    else
        parcel_free(p);
    return rc;
}
