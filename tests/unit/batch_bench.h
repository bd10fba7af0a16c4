/* What tests of a batch share: a session, its records, and the parameters that they make. */
#include "services/intake/store/intake_batch.h"

#include <endian.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Parameters of run_incidents before those of the state, and of run_tallies before the tallies. */
enum {
    P_INCIDENT = 1,
    P_STATUS,
    P_MODE,
    P_FIRST_AT,
    P_FIRST_EPOCH,
    P_FIRST_SEQ,
    P_AT,
    P_EPOCH,
    P_SEQ,
    P_ERROR,
    P_SCHOOL,
    P_STATE
};
enum {
    T_STREAM,
    T_AT_SCHOOL,
    T_NO_SCHOOL,
    T_DUPLICATE,
    T_REPEATED,
    T_QUARANTINED,
    T_UNKNOWN,
    T_DENIED,
    T_WITHHELD,
    T_FOUND, /* a column for each kind */
    T_OCTETS = T_FOUND + TEXT_KINDS
};

static struct sessions sessions;
static struct session *session;
static struct batch *batch;
static struct event event;
static struct params params;

static inline struct session *add_session(const char *id, int stream_no)
{
    struct session *made = sessions_add(&sessions, id, strlen(id));

    made->stream_no = stream_no;
    made->agency_id = 2;
    made->epoch = 1000;
    snprintf(made->owner, sizeof made->owner, "owner of %d", stream_no);
    return made;
}

static inline int setup(void **state)
{
    (void)state;
    memset(&sessions, 0, sizeof sessions);
    session = add_session("one", 7);
    batch = batch_new();
    return 0;
}

static inline int teardown(void **state)
{
    (void)state;
    params_free(&params);
    batch_free(batch);
    while (sessions.by_id)
        sessions_forget(&sessions, sessions.by_id);
    return 0;
}

/* A new event to fill, of a kind at a source time. */
static inline struct event *say(enum event_kind kind, const char *incident, event_time at)
{
    event_clear(&event);
    event.kind = (uint8_t)kind;
    strcpy(event.incident, incident);
    event.occurred_at = at;
    return &event;
}

static inline struct record *put(struct session *from, uint64_t seq, const char *placed)
{
    struct column_origin origin = {.stream_no = from->stream_no,
                                   .seq = seq,
                                   .agency_id = from->agency_id,
                                   .mode = 1,
                                   .epoch = from->epoch,
                                   .placed = placed};
    struct record record = {.kind = RECORD_EVENT,
                            .session = session_ref(from),
                            .seq = seq,
                            .cost = 100,
                            .row = batch->columns.rows,
                            .stored = true};

    columns_append(&batch->columns, &origin, &event);
    return batch_add(batch, &record);
}

static inline struct record *put_kind(struct session *from, enum record_kind kind, uint64_t seq)
{
    struct record record = {.kind = kind, .session = session_ref(from), .seq = seq, .cost = 10};

    if (kind == RECORD_REFUSED)
        record.refusal = calloc(1, sizeof *record.refusal);
    if (kind == RECORD_MANIFEST)
        record.manifest = calloc(1, sizeof *record.manifest);
    return batch_add(batch, &record);
}

static inline struct run whole(void)
{
    return (struct run){batch, 0, batch->count};
}

static inline size_t fold(void)
{
    struct run run = whole();

    params_free(&params);
    return run_incidents(&run, &params);
}

/* Element i of a binary array: its octets, or NULL. An array of nothing but nulls is null itself.
 */
static inline const unsigned char *element(int param, size_t i, size_t *size)
{
    const unsigned char *at;
    uint32_t length;

    *size = 0;
    if (!params.value[param])
        return NULL;
    at = (const unsigned char *)params.value[param] + 20;
    for (;; i--) {
        memcpy(&length, at, 4);
        length = be32toh(length);
        if (i == 0)
            break;
        at += 4 + (length == UINT32_MAX ? 0 : length);
    }
    *size = length == UINT32_MAX ? 0 : length;
    return length == UINT32_MAX ? NULL : at + 4;
}

static int64_t number(int param, size_t i)
{
    size_t size;
    const unsigned char *octets = element(param, i, &size);
    uint64_t value = 0;

    assert_non_null(octets);
    for (size_t o = 0; o < size; o++)
        value = value << 8 | octets[o];
    return (int64_t)value;
}

/* Which parameter of run_incidents holds a column of the state. */
static inline int state_param(enum column_name name)
{
    int param = P_STATE;

    for (int i = 0; i < (int)name; i++)
        param += (column_rows[i].role & COLUMN_STATE) != 0;
    return param;
}

static inline void must_be(int param, size_t i, const char *text)
{
    size_t size;
    const char *found = (const char *)element(param, i, &size);

    if (!found != !text || (text && (size != strlen(text) || memcmp(found, text, size) != 0)))
        fail_msg("parameter %d is \"%.*s\", not \"%s\"", param, (int)size, found ? found : "",
                 text ? text : "(null)");
}
#define STATE_MUST_BE(name, i, text) must_be(state_param(COLUMN_##name), i, text)

static inline int64_t pg_time(event_time at)
{
    return at - 946684800000000LL;
}

/* ---- Fold ---- */
