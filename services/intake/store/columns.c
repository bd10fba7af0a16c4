#include "columns.h"

#include <arpa/inet.h>
#include <assert.h>
#include <endian.h>
#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* The column of each kind of field. */
#define TYPE_OF_ENUM    COLUMN_INT2, ""
#define TYPE_OF_TEXT    COLUMN_TEXT, ""
#define TYPE_OF_TIME    COLUMN_TIME, ""
#define TYPE_OF_REAL    COLUMN_FLOAT8, ""
#define TYPE_OF_INT     COLUMN_INT4, ""
#define TYPE_OF_FLAG    COLUMN_BOOL, ""
#define TYPE_OF_TEXTS   COLUMN_TEXT, "::text[]" /* an array's elements would be arrays */
#define TYPE_OF_OBJECTS COLUMN_TEXT, ""         /* JSON */

#define ROW(name, role, type, cast)        [COLUMN_##name] = {#name, type, role, cast},
#define ROW_OF(...)                        ROW(__VA_ARGS__)
#define FIELD(kind, member, n, name, role) ROW_OF(name, role, TYPE_OF_##kind)
#define OTHER_ROW(name, type, role)        ROW(name, role, type, "")
const struct column_row column_rows[COLUMN_COUNT] = {ALL_FIELD_COLUMNS OTHER_COLUMNS(OTHER_ROW)};
#undef FIELD

/* src/include/catalog/pg_type.dat of PostgreSQL: these never change. */
static const struct {
    uint32_t oid;
    const char *array;
} types[] = {
    [COLUMN_INT2] = {21, "smallint[]"}, [COLUMN_INT4] = {23, "int[]"},
    [COLUMN_INT8] = {20, "bigint[]"},   [COLUMN_FLOAT8] = {701, "double precision[]"},
    [COLUMN_BOOL] = {16, "boolean[]"},  [COLUMN_TIME] = {1184, "timestamptz[]"},
    [COLUMN_TEXT] = {25, "text[]"},     [COLUMN_UUID] = {2950, "uuid[]"},
};

/* PostgreSQL counts microseconds from 2000-01-01. */
#define PG_EPOCH_US 946684800000000LL

const char *column_sql_type(enum column_type type)
{
    return types[type].array;
}

/* Rare, and kept out of place_for(), which runs fifty times for each event. */
static __attribute__((noinline)) void *grow(void *block, size_t *room, size_t need, size_t unit)
{
    size_t wider = *room ? *room : 256;

    while (wider < need)
        wider *= 2;
    block = realloc(block, wider * unit);
    if (!block)
        abort(); /* bounded by the credit: memory that was promised is gone */
    *room = wider;
    return block;
}

/* Appends an element of that length (-1: null), and returns the place for its octets. Inline, so
 * that a length the compiler knows costs no call of memcpy. */
static inline unsigned char *place_for(struct column *column, int32_t size)
{
    size_t at = column->size, end = at + 4 + (size > 0 ? (size_t)size : 0);
    uint32_t length = htonl((uint32_t)size);

    if (column->count == column->start_room)
        column->start =
            grow(column->start, &column->start_room, column->count + 1, sizeof *column->start);
    if (end > column->room)
        column->data = grow(column->data, &column->room, end, 1);
    column->start[column->count++] = (uint32_t)at;
    column->size = end;
    memcpy(column->data + at, &length, 4);
    return column->data + at + 4;
}

static void put(struct column *column, const void *data, size_t size)
{
    memcpy(place_for(column, (int32_t)size), data, size);
}

void column_put_null(struct column *column)
{
    place_for(column, -1);
}

void column_put_i16(struct column *column, int16_t value)
{
    uint16_t net = htons((uint16_t)value);
    memcpy(place_for(column, sizeof net), &net, sizeof net);
}

void column_put_i32(struct column *column, int32_t value)
{
    uint32_t net = htonl((uint32_t)value);
    memcpy(place_for(column, sizeof net), &net, sizeof net);
}

void column_put_i64(struct column *column, int64_t value)
{
    uint64_t net = htobe64((uint64_t)value);
    memcpy(place_for(column, sizeof net), &net, sizeof net);
}

void column_put_bool(struct column *column, bool value)
{
    *place_for(column, 1) = value;
}

void column_put_text(struct column *column, const char *text)
{
    if (text && text[0])
        put(column, text, strlen(text));
    else
        column_put_null(column);
}

static void put_time(struct column *column, event_time time)
{
    if (time == EVENT_TIME_NONE)
        column_put_null(column);
    else
        column_put_i64(column, time - PG_EPOCH_US);
}

static void put_real(struct column *column, double value)
{
    uint64_t bits;

    if (isnan(value)) {
        column_put_null(column);
        return;
    }
    memcpy(&bits, &value, 8);
    column_put_i64(column, (int64_t)bits);
}

static void put_word(struct column *column, uint8_t value)
{
    if (value)
        column_put_i16(column, value);
    else
        column_put_null(column);
}

static inline void put_whole(struct column *column, int32_t value)
{
    if (value == EVENT_INT_NONE)
        column_put_null(column);
    else
        column_put_i32(column, value);
}

/* Writes a list as JSON. */
static void put_list(struct column *column, const struct event *event, const char *name,
                     size_t count)
{
    static _Thread_local char text[EVENT_MAX_OCTETS];
    int size = count ? event_encode_list(event, name, text, sizeof text) : 0;

    if (size > 0)
        put(column, text, (size_t)size);
    else
        column_put_null(column);
}

enum { TEXTS_ROOM = 1024 };

/* Writes an array literal: {"a","b"}. unit is the size of an item. */
static void put_texts(struct column *column, size_t count, const char *item, size_t unit)
{
    char literal[TEXTS_ROOM];
    size_t n = 0;

    if (count == 0) {
        column_put_null(column);
        return;
    }
    literal[n++] = '{';
    for (size_t i = 0; i < count; i++) {
        literal[n++] = '"';
        for (const char *c = item + i * unit; *c; c++) {
            if (*c == '"' || *c == '\\')
                literal[n++] = '\\';
            literal[n++] = *c;
        }
        literal[n++] = '"';
        literal[n++] = i + 1 < count ? ',' : '}';
    }
    put(column, literal, n);
}

/* Gathers the octets to hash: calling the hash for each column would cost more than the hashing. */
struct hashing {
    crypto_generichash_state state;
    size_t size;
    unsigned char octets[2048];
};

static void hash_octets(struct hashing *h, const unsigned char *octets, size_t size)
{
    if (size == 4 && h->size + 4 <= sizeof h->octets) { /* null, as most columns are */
        memcpy(h->octets + h->size, octets, 4);
        h->size += 4;
        return;
    }
    if (h->size + size > sizeof h->octets) {
        crypto_generichash_update(&h->state, h->octets, h->size);
        h->size = 0;
    }
    if (size > sizeof h->octets) {
        crypto_generichash_update(&h->state, octets, size);
        return;
    }
    memcpy(h->octets + h->size, octets, size);
    h->size += size;
}

/* Events that were stored before a field was added lack that field, and the same fact sent again
 * must get the same hash: a field with a number above this is hashed only if it is given. */
enum { HASHED_ALWAYS = 30 };

static bool is_given(const struct columns *columns, size_t row, int name)
{
    const struct column *column = &columns->column[name];
    bool is_false = column_rows[name].type == COLUMN_BOOL && !column->data[column->start[row] + 4];

    return !column_is_null(column, row) && !is_false;
}

static void append_content_id(struct columns *columns, size_t row)
{
    struct hashing h;
    unsigned char digest[16];

    h.size = 0;
    crypto_generichash_init(&h.state, NULL, 0, sizeof digest);
    for (int i = 0; i < COLUMN_FIELDS; i++) {
        const struct column *column = &columns->column[i];

        if (!(column_rows[i].role & COLUMN_CONTENT))
            continue;
        if (i >= HASHED_ALWAYS && !is_given(columns, row, i))
            continue;
        if (i >=
            HASHED_ALWAYS) /* the number identifies the field, because others may be left out */
            hash_octets(&h, (const unsigned char *)column_rows[i].name,
                        strlen(column_rows[i].name));
        hash_octets(&h, column->data + column->start[row], column->size - column->start[row]);
    }
    crypto_generichash_update(&h.state, h.octets, h.size);
    crypto_generichash_final(&h.state, digest, sizeof digest);
    put(&columns->column[COLUMN_content_id], digest, sizeof digest);
}

/* Puts a member of each kind of field into its column. */
#define PUT_ENUM(column, event, member) put_word(column, (event)->member)
#define PUT_TEXT(column, event, member) column_put_text(column, (event)->member)
#define PUT_TIME(column, event, member) put_time(column, (event)->member)
#define PUT_REAL(column, event, member) put_real(column, (event)->member)
#define PUT_INT(column, event, member)  put_whole(column, (event)->member)
#define PUT_FLAG(column, event, member) column_put_bool(column, (event)->member)
#define PUT_TEXTS(column, event, member)                                                   \
    static_assert(3 * sizeof(event)->member.item < TEXTS_ROOM, "an octet may become two"); \
    put_texts(column, (event)->member.count, (event)->member.item[0], sizeof(event)->member.item[0])
#define PUT_OBJECTS(column, event, member) put_list(column, event, #member, (event)->member.count)

void columns_append(struct columns *columns, const struct column_origin *origin,
                    const struct event *event)
{
    struct column *c = columns->column;

#define FIELD(kind, m, number, name, role) PUT_##kind(&c[COLUMN_##name], event, m);
    FIELD_COLUMNS(EVENT_FIELDS)
#undef FIELD
#define FIELD(kind, m, number, name, role) PUT_##kind(&c[COLUMN_##name], event, times.m);
    FIELD_COLUMNS(EVENT_TIMES_FIELDS)
#undef FIELD
#define FIELD(kind, m, number, name, role) PUT_##kind(&c[COLUMN_##name], event, place.m);
    FIELD_COLUMNS(EVENT_PLACE_FIELDS)
#undef FIELD
    column_put_i32(&c[COLUMN_stream_no], origin->stream_no);
    column_put_i64(&c[COLUMN_seq], (int64_t)origin->seq);
    column_put_i32(&c[COLUMN_agency_id], origin->agency_id);
    column_put_i16(&c[COLUMN_mode], origin->mode);
    column_put_i64(&c[COLUMN_epoch], origin->epoch);
    column_put_text(&c[COLUMN_placed], origin->placed);
    column_put_text(&c[COLUMN_unsure], origin->unsure);
    append_content_id(columns, columns->rows);
    columns->rows++;
}

const unsigned char *column_get(const struct column *column, size_t row, size_t *size)
{
    uint32_t length;
    const unsigned char *element = column->data + column->start[row];

    memcpy(&length, element, 4);
    int32_t octets = (int32_t)ntohl(length);
    *size = octets > 0 ? (size_t)octets : 0;
    return element + 4;
}

bool column_is_null(const struct column *column, size_t row)
{
    return memcmp(column->data + column->start[row], "\xff\xff\xff\xff", 4) == 0;
}

bool column_is_empty(const struct column *column)
{
    return column->size == 4 * column->count;
}

int64_t column_get_i64(const struct column *column, size_t row)
{
    uint64_t net;

    memcpy(&net, column->data + column->start[row] + 4, 8);
    return (int64_t)be64toh(net);
}

void column_copy(struct column *to, const struct column *from, size_t row)
{
    size_t size;
    const unsigned char *data = column_get(from, row, &size);

    if (column_is_null(from, row))
        column_put_null(to);
    else
        put(to, data, size);
}

void columns_copy(struct columns *to, const struct columns *from, size_t row)
{
    for (int i = 0; i < COLUMN_COUNT; i++)
        column_copy(&to->column[i], &from->column[i], row);
    to->rows++;
}

void columns_init(struct columns *columns)
{
    memset(columns, 0, sizeof *columns);
}

void columns_clear(struct columns *columns)
{
    for (int i = 0; i < COLUMN_COUNT; i++)
        columns->column[i].size = columns->column[i].count = 0;
    columns->rows = 0;
}

void columns_free(struct columns *columns)
{
    for (int i = 0; i < COLUMN_COUNT; i++) {
        free(columns->column[i].data);
        free(columns->column[i].start);
    }
    columns_init(columns);
}

char *column_param(const struct column *column, enum column_type type, int *size)
{
    /* One dimension, may hold nulls, element type, length, lower bound 1. */
    uint32_t head[5] = {htonl(1), htonl(1), htonl(types[type].oid), htonl((uint32_t)column->count),
                        htonl(1)};
    char *param = malloc(sizeof head + column->size);

    if (!param)
        abort();
    memcpy(param, head, sizeof head);
    if (column->size)
        memcpy(param + sizeof head, column->data, column->size);
    *size = (int)(sizeof head + column->size);
    return param;
}
