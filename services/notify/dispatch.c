#include "dispatch.h"

#include "channel.h"
#include "rules.h"

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

/* The database says what this contact may be told (r_visibility.sql). */
static enum reason forbidden(struct row row, const struct channel *channel)
{
    if (row_text(row, "says")[0] == '\0')
        return reason_of(row_text(row, "why"));
    if (row_text(row, channel->address_column)[0] == '\0')
        return REASON_NO_ADDRESS;
    return REASON_NONE;
}

/* It is not at this school any more: only a correction is still true. */
static bool outdated(struct row row)
{
    return strcmp(row_text(row, "says"), "former") == 0 &&
           message_kind_of(row_text(row, "kind")) != MESSAGE_CORRECTION;
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
    *why = REASON_WITHDRAWN;
    if (outdated(row) && (lapsed || maybe_sent(row, channel)))
        return DISPATCH_UNKNOWN; /* who may have got it is to get the correction */
    if (outdated(row)) /* the outbox, which knows what is so by now, closes the alert first */
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

static int read_notice(struct row row, const char *link, struct notice *n)
{
    *n = (struct notice){
        .kind = message_kind_of(row_text(row, "kind")),
        .replay = lane_of(row) == LANE_REPLAY,
        .wave = (int)row_int(row, "wave"),
        .school = row_text(row, "school"),
        .district = row_text(row, "district"),
        .agency = row_text(row, "agency"),
        .incident_no = row_text(row, "incident_no"),
        .class_name = row_text(row, "class_name"),
        .type_name = row_text(row, "type_name"),
        .disposition = row_text(row, "disposition"),
        .address = row_text(row, "address"),
        .place_name = row_text(row, "place_name"),
        .method = row_text(row, "method"),
        .distance_m = (int)row_int(row, "distance_m"),
        .opened_time = row_text(row, "opened_time"),
        .opened_day = row_text(row, "opened_day"),
        .opened_date = row_text(row, "opened_date"),
        .closed_time = row_text(row, "closed_time"),
        .others = row_text(row, "others"),
        .link = link,
    };
    int rc = content_decode(row_text(row, "content"), &n->content);
    /* The incident may have been sealed or restricted since the delivery was written. */
    enum facts_sensitivity today = facts_sensitivity_of(row_text(row, "sensitivity"));
    if (rc == 0 && today > n->content.now.sensitivity)
        n->content.now.sensitivity = today;
    return rc;
}

static int render(struct row row, const struct settings *settings, const struct notice *n,
                  struct parcel *p)
{
    if (asprintf(&p->root_id, "alert-%s-%s-%s@%s", row_text(row, "district_id"),
                 row_text(row, "alert_id"), row_text(row, "contact_id"), settings->domain) < 0) {
        p->root_id = NULL;
        return ERR_NOMEM;
    }
    p->to = strdup(row_text(row, p->channel->address_column));
    p->message_id = strdup(row_text(row, "message_id"));
    if (!p->to || !p->message_id)
        return ERR_NOMEM;
    if (p->channel->brief) {
        message_brief(n, p->channel->brief, p->brief);
        return 0;
    }
    p->subject = message_subject(n);
    p->text = message_text(n);
    p->html = message_html(n);
    return p->subject && p->text && p->html ? 0 : ERR_NOMEM;
}

struct parcel *dispatch_parcel(struct row row, const struct settings *settings,
                               const struct token *token, bool *empty)
{
    struct parcel *p = calloc(1, sizeof *p);
    struct notice notice;
    char link[200];

    *empty = false;
    snprintf(link, sizeof link, "%s/a/%s", settings->base_url, token->text);
    if (!p || read_notice(row, link, &notice) != 0)
        goto failed;
    p->channel = channel_named(row_text(row, "channel"));
    if (!message_has_news(&notice, p->channel->brief != NULL)) {
        *empty = true;
        goto failed;
    }
    p->district_id = (int)row_int(row, "district_id");
    p->delivery_id = row_int(row, "delivery_id");
    p->alert_id = row_int(row, "alert_id");
    p->lane = lane_of(row);
    p->attempts = (int)row_int(row, "attempts");
    p->age_s = row_int(row, "age_s");
    p->was_unknown = maybe_sent(row, p->channel);
    p->important = notice.kind == MESSAGE_FIRST;
    p->created_at = (time_t)row_int(row, "created_at");
    if (render(row, settings, &notice, p) == 0)
        return p;
failed:
    parcel_free(p);
    return NULL;
}
