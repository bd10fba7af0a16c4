#include "arrival.h"

#include "clock.h"
#include "decode.h"
#include "log.h"
#include "session_moves.h"
#include "stream_digest.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>

static struct refusal *make_refusal(const struct arrival *event, const struct error *error)
{
    struct refusal *refusal = calloc(1, sizeof *refusal);

    if (!refusal)
        abort(); /* 400 octets, within the credit */
    refusal->error = *error;
    refusal->octets = (uint32_t)event->size;
    crypto_hash_sha256(refusal->sha256, (const unsigned char *)event->body, event->size);
    /* An unknown content type may hold anything, and so may parameters: they are not kept. */
    snprintf(refusal->content_type, sizeof refusal->content_type, "%s",
             decode_type(event->type, event->type_size));
    return refusal;
}

struct left_out {
    struct counters *counters;
    const char *agency;
};

/* Counts a value that was left out by its field: "unfit.place.latitude". */
static void unfit_cb(void *ctx, const struct error *why)
{
    const struct left_out *left_out = ctx;
    char name[EVENT_FIELD_NAME], counter[EVENT_FIELD_NAME + 8];

    event_field_name(why->field, name);
    snprintf(counter, sizeof counter, "unfit.%s", name);
    counters_add(left_out->counters, counter, left_out->agency, 1);
}

/* Decodes the body into a record of the writer's, placed or refused. */
static void decode_record(struct router *router, struct session *session,
                          const struct arrival *event, struct record *record)
{
    struct event *decoded = &router->event;
    struct writer *writer = router_writer(router, session);
    struct error error = {0};
    struct place_hit hits[PLACE_MAX_HITS], maybe[PLACE_MAX_HITS];
    char placed[PLACE_JSON_MAX], unsure[PLACE_UNSURE_MAX];
    size_t maybe_count;
    struct left_out left_out = {router->counters, session->agency};

    record->dropped.unfit_cb = unfit_cb;
    record->dropped.ctx = &left_out;
    int err = decode_body(decoded, session, router->tables, event->type, event->type_size,
                          event->body, event->size, clock_wall_us(), &record->dropped, &error);
    record->dropped.unfit_cb = NULL;
    record->dropped.ctx = NULL;
    if (record->dropped.bare > 0)
        counters_add(router->counters, "without_type_and_place", session->agency, 1);
    if (err) {
        record->kind = RECORD_REFUSED;
        record->refusal = make_refusal(event, &error);
        writer_put(writer, record, NULL, NULL, NULL);
        return;
    }
    record->kind = RECORD_EVENT;
    size_t found = place_match(router->tables->places, &decoded->place, hits, maybe, &maybe_count);
    /* Words that match no school do not mean that the call is elsewhere. Only a point can tell. */
    bool says = found > 0 || place_has_point(&decoded->place);
    if (says)
        place_json(hits, found, placed);
    if (maybe_count)
        place_unsure_json(&decoded->place, maybe, maybe_count, unsure);
    writer_put(writer, record, decoded, says ? placed : NULL, maybe_count ? unsure : NULL);
}

static bool is_printable(const char *text, size_t size, size_t most)
{
    for (size_t i = 0; i < size; i++)
        if (text[i] < 0x20 || text[i] > 0x7e)
            return false;
    return size > 0 && size <= most;
}

void arrival_take(struct router *router, struct session *session, const struct arrival *event)
{
    uint64_t seq = event->seq;
    struct record record = {.session = session, .seq = seq};

    record.cost = (uint32_t)(event->size + WIRE_EVENT_OVERHEAD);
    bool alone = session->spent == session->settled;
    session->sent_mono = clock_mono_us();
    quota_spend(session, record.cost, session->sent_mono);
    if (!alone && session->spent > session->limit + CREDIT_OVERDRAFT) {
        counters_add(router->counters, "over_credit", session->agency, 1);
        session_fail(router, session, ON_OVER_LIMIT, "credit", "far over the credit");
        return;
    }
    if (seq == 0 || seq > INT64_MAX || !is_printable(event->type, event->type_size, 80)) {
        session_fail(router, session, ON_MISTAKE, "syntax", "EVENT: bad sequence or content type");
        return;
    }
    enum sequence_verdict verdict = session_receive(session, seq, &record.opened);
    if (verdict == SEQUENCE_TOO_MANY_GAPS) {
        counters_add(router->counters, "too_many_gaps", session->agency, 1);
        session_fail(router, session, ON_MISTAKE, "syntax", "too many open gaps");
        return;
    }
    if (verdict == SEQUENCE_TOO_FAR) {
        counters_add(router->counters, "too_far_ahead", session->agency, 1);
        session_fail(router, session, ON_MISTAKE, "syntax",
                     "EVENT: too far ahead: begin a new stream");
        return;
    }
    if (record.opened.first) {
        counters_add(router->counters, "gap", session->agency, 1);
        log_warn("gap", "agency=%s stream=%s first=%" PRIu64 " last=%" PRIu64, session->agency,
                 session->stream_id, record.opened.first, record.opened.last);
        session_run(
            &(struct session_input){.router = router, .session = session, .range = record.opened},
            ON_MISSING);
    }
    record.wanted = verdict == SEQUENCE_WANTED;
    if (verdict == SEQUENCE_WANTED || verdict == SEQUENCE_REPEATED)
        counters_add(router->counters,
                     verdict == SEQUENCE_WANTED ? "sequence_late" : "sequence_repeated",
                     session->agency, 1);
    session_ref(session);
    if (verdict == SEQUENCE_REPEATED) {
        record.kind = RECORD_REPEATED;
        writer_put(router_writer(router, session), &record, NULL, NULL, NULL);
    } else {
        record.hash = stream_digest_hash(seq, event->body, event->size);
        decode_record(router, session, event, &record);
    }
}
