#include "dispatch.h"

#include "channel.h"
#include "subject.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum settings_lane lane_of(struct row row)
{
    return strcmp(row_text(row, "mode"), "replay") == 0 ? LANE_REPLAY : LANE_LIVE;
}

/* A later wave that has not been told needs not be: somebody has it, or it is over. */
static enum reason needless(struct row row)
{
    bool first = strcmp(row_text(row, "kind"), "first") == 0;

    if (first && row_int(row, "wave") > 1 && row_flag(row, "acknowledged"))
        return REASON_ACKNOWLEDGED;
    if (first && row_int(row, "wave") > 1 && strcmp(row_text(row, "alert_state"), "closed") == 0)
        return REASON_CLOSED;
    if (!first && !row_flag(row, "got_first"))
        return REASON_FIRST_NOT_SENT;
    return REASON_NONE;
}

/* The database says what this contact may be told. A word that is none we know is no leave. */
static enum reason forbidden(struct row row, const struct channel *channel)
{
    enum reason withheld = reason_of(row_text(row, "withheld"));

    if (row_text(row, "withheld")[0] != '\0')
        return withheld ? withheld : REASON_CONTACT_INACTIVE;
    if (row_text(row, channel->address_column)[0] == '\0')
        return REASON_NO_ADDRESS;
    return REASON_NONE;
}

/* The last try may have been sent, and sending it again would be a second message. */
static bool maybe_sent(struct row row, const struct channel *channel)
{
    return !channel->repeatable && reason_is_uncertain(reason_of(row_text(row, "reason")));
}

enum dispatch_act dispatch_judge(struct row row, const struct settings *settings, enum reason *why)
{
    const struct channel *channel = channel_named(row_text(row, "channel"));

    *why = REASON_NO_CHANNEL;
    if (!channel || !(channels_available(settings, lane_of(row)) & channel->bit))
        return DISPATCH_FAIL;
    if ((*why = forbidden(row, channel)) || (*why = needless(row)))
        return DISPATCH_CANCEL;
    bool lapsed = strcmp(row_text(row, "was_state"), "sending") == 0;
    bool outdated = row_flag(row, "outdated");
    *why = REASON_WITHDRAWN;
    if (outdated && (lapsed || maybe_sent(row, channel)))
        return DISPATCH_UNKNOWN; /* who may have got it is to get the correction */
    if (outdated) /* the outbox, which knows what is so by now, closes the alert first */
        return strcmp(row_text(row, "alert_state"), "closed") == 0 ? DISPATCH_CANCEL
                                                                   : DISPATCH_LATER;
    *why = REASON_SENDER_LOST;
    if (!channel->repeatable && lapsed)
        return maybe_sent(row, channel) ? DISPATCH_UNKNOWN : DISPATCH_WAIT;
    *why = reason_of(row_text(row, "reason"));
    if (maybe_sent(row, channel) && row_flag(row, "acknowledged"))
        return DISPATCH_UNKNOWN;
    *why = REASON_NONE;
    return DISPATCH_SEND;
}

/* Where it goes, and by which ids its receiver knows it again. */
static int address(struct row row, const struct settings *settings, struct parcel *p)
{
    if (asprintf(&p->root_id, "alert-%s-%s-%s@%s", row_text(row, "district_id"),
                 row_text(row, "alert_id"), row_text(row, "contact_id"), settings->domain) < 0) {
        p->root_id = NULL;
        return ERR_NOMEM;
    }
    p->to = strdup(row_text(row, p->channel->address_column));
    p->message_id = strdup(row_text(row, "message_id"));
    return p->to && p->message_id ? 0 : ERR_NOMEM;
}

struct parcel *dispatch_parcel(struct row row, const struct settings *settings,
                               const struct token *token, bool *empty)
{
    const struct subject_kind *kind = subject_kind_named(row_text(row, "subject_kind"));
    struct parcel *p = calloc(1, sizeof *p);
    char link[200];
    bool news = true;

    *empty = false;
    if (!p)
        return NULL;
    snprintf(link, sizeof link, "%s/a/%s", settings->base_url, token->text);
    p->channel = channel_named(row_text(row, "channel"));
    p->district_id = (int)row_int(row, "district_id");
    p->delivery_id = row_int(row, "delivery_id");
    p->alert_id = row_int(row, "alert_id");
    p->lane = lane_of(row);
    p->attempts = (int)row_int(row, "attempts");
    p->age_s = row_int(row, "age_s");
    p->was_unknown = maybe_sent(row, p->channel);
    p->important = strcmp(row_text(row, "kind"), "first") == 0;
    p->created_at = (time_t)row_int(row, "created_at");
    if (kind->compose(row, link, p, &news) == 0 && news && address(row, settings, p) == 0)
        return p;
    *empty = !news;
    parcel_free(p);
    return NULL;
}
