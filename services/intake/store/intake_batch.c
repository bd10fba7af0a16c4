#include "intake_batch.h"

#include "batch_reports.h"
#include "quota.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

struct batch *batch_new(void)
{
    struct batch *batch = calloc(1, sizeof *batch);

    if (!batch)
        abort(); /* bounded by the credit: memory that was promised is gone */
    return batch;
}

void record_release(struct record *record)
{
    if (record->kind == RECORD_REFUSED)
        free(record->refusal);
    if (record->kind == RECORD_MANIFEST)
        free(record->manifest);
    if (record->kind == RECORD_MANIFEST || record->kind == RECORD_GONE)
        quota_answered_unpaid(record->session);
    session_unref(record->session);
}

void batch_free(struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++)
        record_release(&batch->record[i]);
    columns_free(&batch->columns);
    free(batch->record);
    free(batch);
}

struct record *batch_add(struct batch *batch, const struct record *record)
{
    if (batch->count == batch->room) {
        batch->room = batch->room ? batch->room * 2 : 64;
        batch->record = realloc(batch->record, batch->room * sizeof *batch->record);
        if (!batch->record)
            abort();
    }
    batch->record[batch->count] = *record;
    return &batch->record[batch->count++];
}

void params_add(struct params *params, const struct column *column, enum column_type type)
{
    int *length = &params->length[params->count];

    /* A column without values in the whole batch is sent as null, which costs PostgreSQL
     * nothing. */
    *length = 0;
    params->value[params->count] =
        column_is_empty(column) ? NULL : column_param(column, type, length);
    params->format[params->count] = 1;
    params->count++;
}

void batch_compact(struct batch *batch)
{
    struct columns left;

    columns_init(&left);
    for (size_t i = 0; i < batch->count; i++)
        if (batch->record[i].kind == RECORD_EVENT) {
            columns_copy(&left, &batch->columns, batch->record[i].row);
            batch->record[i].row = left.rows - 1;
        }
    columns_free(&batch->columns);
    batch->columns = left;
}

void record_refuse(struct record *record, const struct db_error *error)
{
    struct refusal *refusal = calloc(1, sizeof *refusal);

    if (!refusal)
        abort();
    error_set(&refusal->error, ERR_DB, "", "PostgreSQL refused it, SQLSTATE %s", error->sqlstate);
    refusal->octets = record->cost - WIRE_EVENT_OVERHEAD;
    snprintf(refusal->content_type, sizeof refusal->content_type, "%s", EVENT_CONTENT_TYPE);
    record->kind = RECORD_REFUSED;
    record->refusal = refusal;
}

size_t run_leave_out(struct run *run, struct session *const *sessions, size_t count)
{
    struct batch *batch = run->batch;
    size_t kept = run->from;

    for (size_t i = run->from; i < run->to; i++) {
        bool leaves = false;

        for (size_t s = 0; s < count; s++)
            leaves |= batch->record[i].session == sessions[s];
        if (leaves)
            record_release(&batch->record[i]);
        else
            batch->record[kept++] = batch->record[i];
    }
    size_t gone = run->to - kept;
    memmove(&batch->record[kept], &batch->record[run->to],
            (batch->count - run->to) * sizeof *batch->record);
    batch->count -= gone;
    run->to = kept;
    batch_compact(batch);
    return gone;
}

void params_free(struct params *params)
{
    for (int i = 0; i < params->count; i++)
        free(params->value[i]);
    params->count = 0;
}

/* Takes a column that was built for one statement. */
static void params_take(struct params *params, struct column *column, enum column_type type)
{
    params_add(params, column, type);
    free(column->data);
    free(column->start);
    memset(column, 0, sizeof *column);
}

/* In the order of the statement's columns. */
enum {
    TALLY_AT_SCHOOL,
    TALLY_NO_SCHOOL,
    TALLY_DUPLICATE,
    TALLY_REPEATED,
    TALLY_QUARANTINED,
    TALLY_UNKNOWN,
    TALLY_DENIED,
    TALLY_WITHHELD,
    TALLY_FOUND, /* a column for each kind */
    TALLY_FOUND_LAST = TALLY_FOUND + TEXT_KINDS - 1,
    TALLY_OCTETS,
    TALLY_RECORD_COUNT,
    TALLY_RECORD_DIGEST,
    TALLIES
};

/* Sessions of a run, each once; the caller frees the list. */
struct share {
    struct session *session;
    uint64_t high;
    int64_t tally[TALLIES];
};

static struct share *find_share(struct share *shares, size_t *count, struct session *session)
{
    /* The last one is nearly always the right one. */
    for (size_t i = *count; i-- > 0;)
        if (shares[i].session == session)
            return &shares[i];
    shares[*count] = (struct share){.session = session};
    return &shares[(*count)++];
}

/* Whether the record counts in the stream digest: each sequence counts once, when it first comes. A
 * record that fills a gap is added where the gap is closed, because only there it is known whether
 * it had come before. */
static bool is_digested(const struct record *record)
{
    return (record->kind == RECORD_EVENT || record->kind == RECORD_REFUSED) && !record->wanted;
}

static void count_record(struct share *share, const struct record *record)
{
    const struct event_dropped *dropped = &record->dropped;

    switch (record->kind) {
    case RECORD_EVENT:
        share->tally[!record->stored     ? TALLY_DUPLICATE
                     : record->at_school ? TALLY_AT_SCHOOL
                                         : TALLY_NO_SCHOOL]++;
        break;
    case RECORD_REPEATED:
        share->tally[TALLY_REPEATED]++;
        break;
    case RECORD_REFUSED:
        share->tally[TALLY_QUARANTINED]++;
        break;
    case RECORD_GONE:
    case RECORD_MANIFEST:
        return;
    }
    share->tally[TALLY_UNKNOWN] += dropped->unknown + dropped->unfit;
    share->tally[TALLY_DENIED] += dropped->denied;
    share->tally[TALLY_WITHHELD] += dropped->withheld;
    for (int kind = 0; kind < TEXT_KINDS; kind++)
        share->tally[TALLY_FOUND + kind] += dropped->found.count[kind];
    share->tally[TALLY_OCTETS] += record->cost;
    if (is_digested(record)) {
        share->tally[TALLY_RECORD_COUNT]++;
        share->tally[TALLY_RECORD_DIGEST] ^= (int64_t)record->hash;
    }
}

static struct share *run_shares(const struct run *run, size_t *count)
{
    struct share *shares = calloc(run->to - run->from, sizeof *shares);

    if (!shares)
        abort();
    *count = 0;
    for (size_t i = run->from; i < run->to; i++) {
        const struct record *record = &run->batch->record[i];
        struct share *share = find_share(shares, count, record->session);

        if (record->kind <= RECORD_REFUSED && record->seq > share->high)
            share->high = record->seq;
        count_record(share, record);
    }
    return shares;
}

size_t run_holds(const struct run *run, struct params *params)
{
    struct column no = {0}, owner = {0}, high = {0};
    size_t count;
    struct share *shares = run_shares(run, &count);

    for (size_t i = 0; i < count; i++) {
        column_put_i32(&no, shares[i].session->stream_no);
        column_put_text(&owner, shares[i].session->owner);
        column_put_i64(&high, (int64_t)shares[i].high);
    }
    free(shares);
    params_take(params, &no, COLUMN_INT4);
    params_take(params, &owner, COLUMN_TEXT);
    params_take(params, &high, COLUMN_INT8);
    return count;
}

size_t run_tallies(const struct run *run, struct params *params)
{
    struct column no = {0}, tally[TALLIES] = {0};
    size_t count;
    struct share *shares = run_shares(run, &count);

    /* Sorted by stream, so that two intakes never deadlock. Two sessions of one stream cannot both
     * own it, so a stream stands here once. */
    for (size_t i = 1; i < count; i++)
        for (size_t j = i; j > 0 && shares[j].session->stream_no < shares[j - 1].session->stream_no;
             j--) {
            struct share swap = shares[j];
            shares[j] = shares[j - 1];
            shares[j - 1] = swap;
        }
    for (size_t i = 0; i < count; i++) {
        column_put_i32(&no, shares[i].session->stream_no);
        for (int t = 0; t < TALLIES; t++)
            column_put_i64(&tally[t], shares[i].tally[t]);
    }
    free(shares);
    params_take(params, &no, COLUMN_INT4);
    for (int t = 0; t < TALLIES; t++)
        params_take(params, &tally[t], COLUMN_INT8);
    return count;
}

void run_digest_behind(const struct run *run, size_t at, int64_t *count, uint64_t *digest)
{
    const struct record *of = &run->batch->record[at];

    *count = 0;
    *digest = 0;
    for (size_t i = at + 1; i < run->to; i++) {
        const struct record *record = &run->batch->record[i];

        if (record->session->stream_no != of->session->stream_no || !is_digested(record))
            continue;
        ++*count;
        *digest ^= record->hash;
    }
}

size_t run_absent(const struct run *run, struct params *params)
{
    struct column no = {0}, seq = {0};
    size_t count = 0;

    for (size_t i = run->from; i < run->to; i++) {
        const struct record *record = &run->batch->record[i];

        if (record->kind != RECORD_EVENT || record->stored)
            continue;
        column_put_i32(&no, record->session->stream_no);
        column_put_i64(&seq, (int64_t)record->seq);
        count++;
    }
    if (count) {
        params_take(params, &no, COLUMN_INT4);
        params_take(params, &seq, COLUMN_INT8);
    }
    return count;
}

/* In the order of the statement's parameters. */
enum {
    REFUSED_AGENCY,
    REFUSED_STREAM,
    REFUSED_SEQ,
    REFUSED_OCTETS,
    REFUSED_SHA256,
    REFUSED_TYPE,
    REFUSED_CODE,
    REFUSED_FIELD,
    REFUSED_REASON,
    REFUSED_COLUMNS
};

static void put_refused(struct column *columns, const struct record *record)
{
    const struct refusal *refusal = record->refusal;
    char hex[2 * sizeof refusal->sha256 + 1];

    sodium_bin2hex(hex, sizeof hex, refusal->sha256, sizeof refusal->sha256);
    column_put_i32(&columns[REFUSED_AGENCY], record->session->agency_id);
    column_put_i32(&columns[REFUSED_STREAM], record->session->stream_no);
    column_put_i64(&columns[REFUSED_SEQ], (int64_t)record->seq);
    column_put_i32(&columns[REFUSED_OCTETS], (int32_t)refusal->octets);
    column_put_text(&columns[REFUSED_SHA256], hex);
    column_put_text(&columns[REFUSED_TYPE], refusal->content_type);
    column_put_text(&columns[REFUSED_CODE], err_name(refusal->error.code));
    column_put_text(&columns[REFUSED_FIELD], refusal->error.field);
    column_put_text(&columns[REFUSED_REASON], refusal->error.reason);
}

size_t run_refused(const struct run *run, struct params *params)
{
    static const enum column_type types[REFUSED_COLUMNS] = {COLUMN_INT4, COLUMN_INT4, COLUMN_INT8,
                                                            COLUMN_INT4, COLUMN_TEXT, COLUMN_TEXT,
                                                            COLUMN_TEXT, COLUMN_TEXT, COLUMN_TEXT};
    struct column columns[REFUSED_COLUMNS] = {0};
    size_t count = 0;

    for (size_t i = run->from; i < run->to; i++)
        if (run->batch->record[i].kind == RECORD_REFUSED) {
            put_refused(columns, &run->batch->record[i]);
            count++;
        }
    for (int i = 0; count && i < REFUSED_COLUMNS; i++)
        params_take(params, &columns[i], types[i]);
    return count;
}

size_t run_events(const struct run *run, struct params *params)
{
    struct columns *columns = &run->batch->columns;
    struct columns part;
    bool whole = run->from == 0 && run->to == run->batch->count;

    columns_init(&part);
    for (size_t i = run->from; !whole && i < run->to; i++)
        if (run->batch->record[i].kind == RECORD_EVENT)
            columns_copy(&part, columns, run->batch->record[i].row);
    const struct columns *from = whole ? columns : &part;
    size_t rows = from->rows;
    if (rows)
        for (int i = 0; i < COLUMN_COUNT; i++)
            params_add(params, &from->column[i], column_rows[i].type);
    columns_free(&part);
    return rows;
}

/* ---- Folding: the rows of one incident in the order of their version; a field's last value wins.
 * ---- */

struct fold_row {
    const struct columns *columns;
    size_t row;
    bool at_school;
};

static int compare_text(const struct column *column, size_t a, size_t b)
{
    size_t size_a, size_b;
    const unsigned char *text_a = column_get(column, a, &size_a);
    const unsigned char *text_b = column_get(column, b, &size_b);
    int order = memcmp(text_a, text_b, size_a < size_b ? size_a : size_b);

    return order ? order : (size_a > size_b) - (size_a < size_b);
}

static int compare_i64(const struct column *column, size_t a, size_t b)
{
    int64_t x = column_get_i64(column, a), y = column_get_i64(column, b);

    return (x > y) - (x < y);
}

static int compare_incident(const struct fold_row *a, const struct fold_row *b)
{
    const struct column *c = a->columns->column;
    int order = memcmp(c[COLUMN_agency_id].data + c[COLUMN_agency_id].start[a->row],
                       c[COLUMN_agency_id].data + c[COLUMN_agency_id].start[b->row], 8);

    return order ? order : compare_text(&c[COLUMN_incident_no], a->row, b->row);
}

static int compare_fold_cb(const void *left, const void *right)
{
    const struct fold_row *a = left, *b = right;
    const struct column *c = a->columns->column;
    int order = compare_incident(a, b);

    if (!order)
        order = compare_i64(&c[COLUMN_occurred_at], a->row, b->row);
    if (!order)
        order = compare_i64(&c[COLUMN_epoch], a->row, b->row);
    return order ? order : compare_i64(&c[COLUMN_seq], a->row, b->row);
}

static int16_t get_i16(const struct column *column, size_t row)
{
    const unsigned char *data = column->data + column->start[row] + 4;

    return (int16_t)(data[0] << 8 | data[1]);
}

/* 5 closes, a later event of kinds 1 to 4 opens again, 6 changes nothing; 0: only outcomes. */
static int16_t fold_status(const struct fold_row *rows, size_t count)
{
    for (size_t i = count; i-- > 0;) {
        int16_t kind = get_i16(&rows[i].columns->column[COLUMN_kind], rows[i].row);

        if (kind != EVENT_OUTCOME_RECORDED)
            return kind == EVENT_INCIDENT_CLOSED ? 2 : 1;
    }
    return 0;
}

static bool says(const struct fold_row *row, int name)
{
    return !column_is_null(&row->columns->column[name], row->row);
}

/* The last row that has a value in one of the columns, or count. */
static size_t last_of(const struct fold_row *rows, size_t count, int name, int other)
{
    for (size_t i = count; i-- > 0;)
        if (says(&rows[i], name) || says(&rows[i], other))
            return i;
    return count;
}

/* The last row that has a value in the column. A place is taken as a whole from the last row that
 * has one. Only if no row has one, it is taken from a row whose words leave it open; the open
 * question is removed once a place is given. */
static size_t last_said(const struct fold_row *rows, size_t count, int name)
{
    unsigned role = column_rows[name].role;
    int decides = role & COLUMN_PLACE ? COLUMN_placed : name;
    size_t at = last_of(rows, count, decides, role & COLUMN_UNSURE ? COLUMN_placed : decides);

    if (at == count && role & COLUMN_PLACE)
        at = last_of(rows, count, COLUMN_unsure, COLUMN_unsure);
    return rows[at < count ? at : count - 1].row;
}

enum {
    FOLD_AGENCY,
    FOLD_INCIDENT,
    FOLD_STATUS,
    FOLD_MODE,
    FOLD_FIRST_AT,
    FOLD_FIRST_EPOCH,
    FOLD_FIRST_SEQ,
    FOLD_AT,
    FOLD_EPOCH,
    FOLD_SEQ,
    FOLD_ERROR,
    FOLD_SCHOOL,
    FOLD_FIXED
};

static_assert(FOLD_FIXED + COLUMN_COUNT <= PARAMS_MOST, "a statement over all columns");

struct folded {
    struct column fixed[FOLD_FIXED];
    struct column state[COLUMN_COUNT];
};

static const enum column_type fold_types[FOLD_FIXED] = {
    COLUMN_INT4, COLUMN_TEXT, COLUMN_INT2, COLUMN_INT2, COLUMN_TIME, COLUMN_INT8,
    COLUMN_INT8, COLUMN_TIME, COLUMN_INT8, COLUMN_INT8, COLUMN_BOOL, COLUMN_BOOL,
};

static void fold_incident(struct folded *out, const struct fold_row *rows, size_t count)
{
    const struct column *c = rows->columns->column;
    size_t first = rows[0].row, last = rows[count - 1].row;
    bool error = false, school = false;

    for (size_t i = 0; i < count; i++) {
        size_t size;
        error |= *column_get(&c[COLUMN_entered_in_error], rows[i].row, &size) != 0;
        school |= rows[i].at_school;
    }
    column_copy(&out->fixed[FOLD_AGENCY], &c[COLUMN_agency_id], last);
    column_copy(&out->fixed[FOLD_INCIDENT], &c[COLUMN_incident_no], last);
    column_put_i16(&out->fixed[FOLD_STATUS], fold_status(rows, count));
    column_copy(&out->fixed[FOLD_MODE], &c[COLUMN_mode], last);
    column_copy(&out->fixed[FOLD_FIRST_AT], &c[COLUMN_occurred_at], first);
    column_copy(&out->fixed[FOLD_FIRST_EPOCH], &c[COLUMN_epoch], first);
    column_copy(&out->fixed[FOLD_FIRST_SEQ], &c[COLUMN_seq], first);
    column_copy(&out->fixed[FOLD_AT], &c[COLUMN_occurred_at], last);
    column_copy(&out->fixed[FOLD_EPOCH], &c[COLUMN_epoch], last);
    column_copy(&out->fixed[FOLD_SEQ], &c[COLUMN_seq], last);
    column_put_bool(&out->fixed[FOLD_ERROR], error);
    column_put_bool(&out->fixed[FOLD_SCHOOL], school);
    for (int i = 0; i < COLUMN_COUNT; i++)
        if (column_rows[i].role & COLUMN_STATE)
            column_copy(&out->state[i], &c[i], last_said(rows, count, i));
}

size_t run_incidents(const struct run *run, struct params *params)
{
    struct fold_row *rows = calloc(run->to - run->from, sizeof *rows);
    struct folded out = {0};
    size_t count = 0, incidents = 0;

    if (!rows)
        abort();
    for (size_t i = run->from; i < run->to; i++) {
        const struct record *record = &run->batch->record[i];

        if (record->kind == RECORD_EVENT && record->stored && run_names_incident(run, record))
            rows[count++] = (struct fold_row){&run->batch->columns, record->row, record->at_school};
    }
    qsort(rows, count, sizeof *rows, compare_fold_cb);
    for (size_t i = 0, n; i < count; i += n, incidents++) {
        for (n = 1; i + n < count && compare_incident(&rows[i], &rows[i + n]) == 0;)
            n++;
        fold_incident(&out, &rows[i], n);
    }
    free(rows);
    for (int i = 0; i < FOLD_FIXED; i++)
        params_take(params, &out.fixed[i], fold_types[i]);
    for (int i = 0; i < COLUMN_COUNT; i++)
        if (column_rows[i].role & COLUMN_STATE)
            params_take(params, &out.state[i], column_rows[i].type);
    return incidents;
}
