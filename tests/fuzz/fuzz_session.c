/*
 * An agent's HELLO, then operations on the sequences of a session. The input is HELLO's JSON up to
 * the first zero octet, an octet for where the sequences begin, then operations of three octets. A
 * simple model, one flag for each missing sequence, must agree with the session's ranges.
 */
#include "fuzz.h"
#include "services/intake/session/intake_session.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WINDOW = 640
}; /* more than twice SESSION_MAX_GAPS, so that every other sequence can be missing */

struct model {
    uint64_t base, high;
    bool missing[WINDOW + 1]; /* base + i */
};

static void check_hello(const struct session *session)
{
    static struct session again;
    char text[4096];
    int64_t century_ms = 100LL * 366 * 86400 * 1000;
    json_t *agent = json_string(session->agent);

    fuzz_require(uuid_is(session->stream_id), "the stream is a UUID");
    for (const char *c = session->stream_id; *c; c++)
        fuzz_require(*c < 'A' || *c > 'Z', "in lower case");
    fuzz_require(session->epoch > 0, "the epoch is after 1970");
    fuzz_require(session->mode >= STREAM_LIVE && session->mode <= STREAM_BACKFILL,
                 "the mode is one of three");
    fuzz_require(session->skew_ms <= century_ms && session->skew_ms >= -century_ms,
                 "the skew is at most a century");
    for (const char *c = session->agent; *c; c++)
        fuzz_require(*c >= ' ' && *c <= '~', "the agent's name is printable ASCII");
    fuzz_require(agent != NULL, "the agent's name is UTF-8");
    char *quoted = json_dumps(agent, JSON_ENCODE_ANY);
    static const char *const modes[] = {"", "live", "replay", "backfill"};
    int n = snprintf(text, sizeof text,
                     "{\"stream\":\"%s\",\"epoch\":%" PRId64 ",\"mode\":\"%s\",\"clock\":%" PRId64
                     ",\"agent\":%s}",
                     session->stream_id, session->epoch, modes[session->mode],
                     FUZZ_NOW + session->skew_ms * 1000, quoted);
    memset(&again, 0, sizeof again);
    fuzz_require(session_hello(&again, text, (size_t)n, FUZZ_NOW, NULL) == 0,
                 "it may be said again");
    fuzz_require(strcmp(again.stream_id, session->stream_id) == 0 &&
                     again.epoch == session->epoch && again.mode == session->mode &&
                     again.skew_ms == session->skew_ms && strcmp(again.agent, session->agent) == 0,
                 "and means the same");
    free(quoted);
    json_decref(agent);
}

static void check_gaps(const struct session *session, const struct model *model)
{
    bool missing[WINDOW + 1] = {false};

    fuzz_require(session->high == model->high, "the highest received is known");
    fuzz_require(session->gap_count <= SESSION_MAX_GAPS, "there are at most 256 gaps");
    for (size_t i = 0; i < session->gap_count; i++) {
        const struct wire_range *gap = &session->gap[i];

        fuzz_require(gap->first <= gap->last && gap->first > model->base &&
                         gap->last <= session->high,
                     "a gap lies below the highest");
        for (uint64_t seq = gap->first; seq <= gap->last; seq++) {
            fuzz_require(!missing[seq - model->base], "no sequence is in two gaps");
            missing[seq - model->base] = true;
        }
    }
    fuzz_require(memcmp(missing, model->missing, sizeof missing) == 0,
                 "the gaps hold what is missing, and nothing else");
}

static void receive(struct session *session, struct model *model, uint64_t seq)
{
    bool *missing = &model->missing[seq - model->base];
    struct wire_range opened;
    enum sequence_verdict verdict = session_receive(session, seq, &opened);

    if (verdict == SEQUENCE_TOO_MANY_GAPS) {
        fuzz_require(session->gap_count == SESSION_MAX_GAPS, "only a full table refuses");
        return;
    }
    if (seq > model->high) {
        fuzz_require(verdict == SEQUENCE_NEW, "above the highest is new");
        fuzz_require(seq == model->high + 1
                         ? opened.first == 0
                         : opened.first == model->high + 1 && opened.last == seq - 1,
                     "a jump opens the gap below it, a step opens none");
        for (uint64_t i = model->high + 1; i < seq; i++)
            model->missing[i - model->base] = true;
        model->high = seq;
        return;
    }
    fuzz_require(opened.first == 0, "nothing opens below the highest");
    fuzz_require(verdict == (*missing ? SEQUENCE_WANTED : SEQUENCE_REPEATED),
                 "wanted is what is missing, all else is repeated");
    *missing = false;
}

static void want(struct session *session, struct model *model, uint64_t first, uint64_t last)
{
    bool known = first <= last && last <= model->high;

    if (session_want(session, first, last) == 0) {
        fuzz_require(known, "only what was received can be wanted again");
        for (uint64_t i = first; i <= last; i++)
            model->missing[i - model->base] = true;
    } else {
        fuzz_require(!known || session->gap_count == SESSION_MAX_GAPS,
                     "what was received can be wanted again");
    }
}

static void gone(struct session *session, struct model *model, uint64_t first, uint64_t last)
{
    session_gone(session, first, last);
    for (size_t i = 0; i < session->gap_count; i++)
        if (session->gap[i].first < first && session->gap[i].last > last) {
            fuzz_require(session->gap_count == SESSION_MAX_GAPS, "only a full table splits no gap");
            return;
        }
    memset(&model->missing[first - model->base], false, last - first + 1);
}

static void operate(struct session *session, struct model *model, const uint8_t op[3])
{
    uint64_t first = model->base + 1 + (op[1] | (uint64_t)(op[0] & 0x30) << 4) % WINDOW;
    uint64_t last = first + op[2] % 8;

    last = last > model->base + WINDOW ? model->base + WINDOW : last;
    switch (op[0] & 3) {
    case 0:
        receive(session, model, first);
        break;
    case 1: /* every other sequence from here: gaps of one */
        for (uint64_t seq = first; seq <= model->base + WINDOW && seq < first + 2 * (op[2] % 64);
             seq += 2)
            receive(session, model, seq);
        break;
    case 2:
        want(session, model, first, last);
        break;
    default:
        gone(session, model, first, last);
    }
    check_gaps(session, model);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct session session;
    static struct model model;
    const uint8_t *zero = memchr(data, 0, size);
    size_t json = zero ? (size_t)(zero - data) : size, at = json + 1;
    struct error error = {0};

    memset(&session, 0, sizeof session);
    memset(&model, 0, sizeof model);
    int err = session_hello(&session, (const char *)data, json, FUZZ_NOW, &error);
    if (err)
        fuzz_check_error(err, &error);
    else
        check_hello(&session);
    if (at < size) /* low, or as high as a sequence may be */
        model.base = data[at++] & 1 ? (uint64_t)INT64_MAX - WINDOW : 0;
    session.high = model.high = model.base;
    for (int most = 24; at + 3 <= size && most; at += 3, most--)
        operate(&session, &model, data + at);
    free(session.gap);
    return 0;
}
