#include "intake_session.h"

#include "text_check.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct session *sessions_find(const struct sessions *sessions, const void *id, size_t size)
{
    struct session *session;

    HASH_FIND(hh, sessions->by_id, id, size, session);
    return session;
}

struct session *sessions_add(struct sessions *sessions, const void *id, size_t size)
{
    if (size > SESSION_MAX_ID)
        return NULL;
    struct session *session = calloc(1, sizeof *session);
    if (!session)
        return NULL;
    memcpy(session->id, id, size);
    session->id_size = size;
    session->references = 1;
    session->listed = true;
    HASH_ADD(hh, sessions->by_id, id, size, session);
    sessions->count++;
    return session;
}

void sessions_forget(struct sessions *sessions, struct session *session)
{
    session->state = SESSION_UNKNOWN;
    if (!session->listed)
        return;
    session->listed = false;
    HASH_DEL(sessions->by_id, session);
    sessions->count--;
    if (session->hooks)
        session->hooks->forgotten_cb(session);
    session_unref(session);
}

struct session *session_ref(struct session *session)
{
    session->references++;
    return session;
}

void session_unref(struct session *session)
{
    if (--session->references > 0)
        return;
    if (session->hooks)
        session->hooks->released_cb(session);
    free(session->held);
    free(session->ack);
    free(session->gap);
    free(session);
}

static enum stream_mode mode_of(const char *word)
{
    static const char *const words[] = {"live", "replay", "backfill"};

    for (int i = 0; i < 3; i++)
        if (strcmp(word, words[i]) == 0)
            return (enum stream_mode)(i + 1);
    return 0;
}

int64_t session_skew_ms(int64_t theirs, int64_t ours)
{
    const int64_t century_ms = 100LL * 366 * 86400 * 1000;
    int64_t skew = theirs / 1000 - ours / 1000;

    return skew > century_ms ? century_ms : skew < -century_ms ? -century_ms : skew;
}

static int take_hello(struct session *session, const json_t *root, int64_t now, struct error *error)
{
    const char *stream = json_string_value(json_object_get(root, "stream"));
    const json_t *epoch = json_object_get(root, "epoch");
    const char *mode = json_string_value(json_object_get(root, "mode"));
    const json_t *clock = json_object_get(root, "clock");
    const char *agent = json_string_value(json_object_get(root, "agent"));
    json_int_t minor =
        json_integer_value(json_object_get(json_object_get(root, "version"), "minor"));

    if (!stream || !uuid_is(stream))
        return error_set(error, ERR_VALUE, "stream", "must be a UUID");
    if (!json_is_integer(epoch) || json_integer_value(epoch) <= 0)
        return error_set(error, ERR_RANGE, "epoch", "must be microseconds since 1970");
    if (!mode || mode_of(mode) == 0)
        return error_set(error, ERR_VALUE, "mode", "must be live, replay or backfill");
    for (int i = 0; i < 37; i++)
        session->stream_id[i] = (char)tolower((unsigned char)stream[i]);
    session->epoch = json_integer_value(epoch);
    session->mode = mode_of(mode);
    session->skew_ms = json_is_integer(clock) ? session_skew_ms(json_integer_value(clock), now) : 0;
    session->minor = minor > WIRE_MINOR ? WIRE_MINOR : minor > 0 ? (int)minor : 0;
    /* Checked before the text is made printable and cut, as a look-alike must not become a question
     * mark, and after, as a letter that became one may have hidden where a word begins. */
    char whole[TEXT_CHECK_MAX + 1];
    snprintf(whole, sizeof whole, "%s", agent ? agent : "");
    session->withheld = text_check(whole, sizeof whole, TEXT_OF_OTHER, NULL);
    snprintf(session->agent, sizeof session->agent, "%.80s", whole);
    for (char *c = session->agent; *c; c++)
        if (!isprint((unsigned char)*c))
            *c = '?';
    session->withheld += text_check(session->agent, sizeof session->agent, TEXT_OF_OTHER, NULL);
    return 0;
}

int session_hello(struct session *session, const char *json, size_t size, int64_t now,
                  struct error *error)
{
    json_t *root = size <= 4096 ? json_loadb(json, size, JSON_REJECT_DUPLICATES, NULL) : NULL;
    int err;

    if (!json_is_object(root))
        err = error_set(error, ERR_SYNTAX, "HELLO", "must be a JSON object of at most 4096 octets");
    else
        err = take_hello(session, root, now, error);
    json_decref(root);
    return err;
}

void session_add_gap(struct session *session, struct wire_range gap)
{
    if (session->gap_count == SESSION_MAX_GAPS)
        return;
    if (session->gap_count == session->gap_room) {
        session->gap_room = session->gap_room ? session->gap_room * 2 : 4;
        session->gap = realloc(session->gap, session->gap_room * sizeof *session->gap);
        if (!session->gap)
            abort(); /* 4 KiB at most */
    }
    session->gap[session->gap_count++] = gap;
}

/* Removes [first, last] from the gaps. Returns how many gaps it touched, or -1 if there is no space
 * to split one; then nothing has changed. */
static int cut_gaps(struct session *session, uint64_t first, uint64_t last)
{
    int touched = 0;

    for (size_t i = 0; i < session->gap_count;) {
        struct wire_range *gap = &session->gap[i];

        if (gap->last < first || gap->first > last) {
            i++;
            continue;
        }
        touched++;
        if (gap->first < first && gap->last > last) {
            if (session->gap_count == SESSION_MAX_GAPS)
                return -1;
            session_add_gap(session, (struct wire_range){last + 1, gap->last});
            session->gap[i++].last = first - 1; /* the list may have moved */
        } else if (gap->first < first) {
            gap->last = first - 1;
            i++;
        } else if (gap->last > last) {
            gap->first = last + 1;
            i++;
        } else {
            *gap = session->gap[--session->gap_count];
        }
    }
    return touched;
}

enum sequence_verdict session_receive(struct session *session, uint64_t seq,
                                      struct wire_range *opened)
{
    *opened = (struct wire_range){0, 0};
    if (seq <= session->high) {
        int touched = cut_gaps(session, seq, seq);
        return touched < 0 ? SEQUENCE_TOO_MANY_GAPS : touched ? SEQUENCE_WANTED : SEQUENCE_REPEATED;
    }
    if (seq - session->high > WIRE_MAX_AHEAD)
        return SEQUENCE_TOO_FAR;
    if (seq > session->high + 1) {
        if (session->gap_count == SESSION_MAX_GAPS)
            return SEQUENCE_TOO_MANY_GAPS;
        *opened = (struct wire_range){session->high + 1, seq - 1};
        session_add_gap(session, *opened);
    }
    session->high = seq;
    return SEQUENCE_NEW;
}

int session_want(struct session *session, uint64_t first, uint64_t last)
{
    for (size_t i = 0; i < session->gap_count; i++)
        if (session->gap[i].first <= first && session->gap[i].last >= last)
            return 0;
    if (last > session->high || session->gap_count == SESSION_MAX_GAPS)
        return ERR_SIZE;
    cut_gaps(session, first, last); /* splits none: none of them holds the whole range */
    session_add_gap(session, (struct wire_range){first, last});
    return 0;
}

bool session_gone(struct session *session, uint64_t first, uint64_t last)
{
    return cut_gaps(session, first, last) != 0;
}
