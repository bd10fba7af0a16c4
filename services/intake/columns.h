/*
 * columns: rows of agency.event as PostgreSQL's binary arrays, one buffer a column, so that a whole
 * batch goes to the server in one statement. A row is appended field by field in the order of the
 * table below; afterwards any row's fields can be copied to another set of columns, which is how
 * an incident's state is folded and how a refused batch is cut in two.
 */
#ifndef INTAKE_COLUMNS_H
#define INTAKE_COLUMNS_H

#include "event.h"

#include <libpq-fe.h>
#include <stdint.h>
#include <stdio.h>

enum column_type {
    COLUMN_INT2,
    COLUMN_INT4,
    COLUMN_INT8,
    COLUMN_FLOAT8,
    COLUMN_BOOL,
    COLUMN_TIME,
    COLUMN_TEXT,
    COLUMN_UUID
};

enum column_role {
    COLUMN_KEY = 1,     /* says which row it is, not what was said */
    COLUMN_CONTENT = 2, /* part of what was said: hashed into content_id */
    COLUMN_STATE = 4,   /* carried into agency.incident */
    COLUMN_PLACE = 8,   /* of the place, which is carried as one */
    COLUMN_UNSURE = 16, /* what the place's words leave open: gone once a place is said */
};

/* X(name, type, role, cast) — cast is how SQL reads the element, if not as it is. */
#define COLUMNS(X)                                                                  \
    X(stream_no, COLUMN_INT4, COLUMN_KEY, "")                                       \
    X(seq, COLUMN_INT8, COLUMN_KEY, "")                                             \
    X(agency_id, COLUMN_INT4, COLUMN_KEY, "")                                       \
    X(incident_no, COLUMN_TEXT, COLUMN_KEY, "")                                     \
    X(kind, COLUMN_INT2, COLUMN_CONTENT, "")                                        \
    X(mode, COLUMN_INT2, COLUMN_KEY, "")                                            \
    X(occurred_at, COLUMN_TIME, COLUMN_CONTENT, "")                                 \
    X(epoch, COLUMN_INT8, COLUMN_KEY, "")                                           \
    X(event_id, COLUMN_TEXT, COLUMN_KEY, "")                                        \
    X(time_quality, COLUMN_INT2, COLUMN_CONTENT, "")                                \
    X(initiated_by, COLUMN_INT2, COLUMN_CONTENT | COLUMN_STATE, "")                 \
    X(received_via, COLUMN_INT2, COLUMN_CONTENT | COLUMN_STATE, "")                 \
    X(call_type, COLUMN_TEXT, COLUMN_CONTENT | COLUMN_STATE, "")                    \
    X(final_type, COLUMN_TEXT, COLUMN_CONTENT | COLUMN_STATE, "")                   \
    X(priority, COLUMN_TEXT, COLUMN_CONTENT | COLUMN_STATE, "")                     \
    X(t_received, COLUMN_TIME, COLUMN_CONTENT | COLUMN_STATE, "")                   \
    X(t_dispatched, COLUMN_TIME, COLUMN_CONTENT | COLUMN_STATE, "")                 \
    X(t_en_route, COLUMN_TIME, COLUMN_CONTENT | COLUMN_STATE, "")                   \
    X(t_on_scene, COLUMN_TIME, COLUMN_CONTENT | COLUMN_STATE, "")                   \
    X(t_cleared, COLUMN_TIME, COLUMN_CONTENT | COLUMN_STATE, "")                    \
    X(t_closed, COLUMN_TIME, COLUMN_CONTENT | COLUMN_STATE, "")                     \
    X(report_numbers, COLUMN_TEXT, COLUMN_CONTENT | COLUMN_STATE, "::text[]")       \
    X(units, COLUMN_TEXT, COLUMN_CONTENT | COLUMN_STATE, "")                        \
    X(dispositions, COLUMN_TEXT, COLUMN_CONTENT | COLUMN_STATE, "")                 \
    X(outcomes, COLUMN_TEXT, COLUMN_CONTENT, "")                                    \
    X(merged_into, COLUMN_TEXT, COLUMN_CONTENT | COLUMN_STATE, "")                  \
    X(split_from, COLUMN_TEXT, COLUMN_CONTENT | COLUMN_STATE, "")                   \
    X(entered_in_error, COLUMN_BOOL, COLUMN_CONTENT, "")                            \
    X(address, COLUMN_TEXT, COLUMN_CONTENT | COLUMN_STATE | COLUMN_PLACE, "")       \
    X(latitude, COLUMN_FLOAT8, COLUMN_CONTENT | COLUMN_STATE | COLUMN_PLACE, "")    \
    X(longitude, COLUMN_FLOAT8, COLUMN_CONTENT | COLUMN_STATE | COLUMN_PLACE, "")   \
    X(place_name, COLUMN_TEXT, COLUMN_CONTENT | COLUMN_STATE | COLUMN_PLACE, "")    \
    X(municipality, COLUMN_TEXT, COLUMN_CONTENT | COLUMN_STATE | COLUMN_PLACE, "")  \
    X(cross_streets, COLUMN_TEXT, COLUMN_CONTENT | COLUMN_STATE | COLUMN_PLACE, "") \
    X(beat, COLUMN_TEXT, COLUMN_CONTENT | COLUMN_STATE | COLUMN_PLACE, "")          \
    X(placed, COLUMN_TEXT, COLUMN_STATE | COLUMN_PLACE, "")                         \
    X(unsure, COLUMN_TEXT, COLUMN_STATE | COLUMN_UNSURE, "")                        \
    X(content_id, COLUMN_UUID, COLUMN_KEY, "")

#define COLUMN_ENUM(name, type, role, cast) COLUMN_##name,
enum column_name { COLUMNS(COLUMN_ENUM) COLUMN_COUNT };

struct column_row {
    const char *name;
    enum column_type type;
    unsigned role;
    const char *cast;
};
extern const struct column_row column_rows[COLUMN_COUNT];

/* One column's elements, as they stand in a binary array: length and octets. */
struct column {
    unsigned char *data;
    size_t size, room;
    uint32_t *start; /* of each element */
    size_t count, start_room;
};

struct columns {
    struct column column[COLUMN_COUNT];
    size_t rows;
};

void columns_init(struct columns *columns);
void columns_free(struct columns *columns);
void columns_clear(struct columns *columns);

/* What a row is, beside the event itself. */
struct column_origin {
    int32_t stream_no;
    uint64_t seq;
    int32_t agency_id;
    int16_t mode;
    int64_t epoch;
    const char *placed; /* JSON, or NULL when the event names no place */
    const char *unsure; /* JSON, or NULL when its words leave nothing open */
};
/* Appends an event as a row; computes content_id. */
void columns_append(struct columns *columns, const struct column_origin *origin,
                    const struct event *event);
/* Copies one row as it is. */
void columns_copy(struct columns *to, const struct columns *from, size_t row);

bool column_is_null(const struct column *column, size_t row);
/* Whether every element is null (an element that is given has at least one octet). */
bool column_is_empty(const struct column *column);
/* The element's octets without its length; size is 0 for null. */
const unsigned char *column_get(const struct column *column, size_t row, size_t *size);
int64_t column_get_i64(const struct column *column, size_t row);
void column_copy(struct column *to, const struct column *from, size_t row);
void column_put_null(struct column *column);
void column_put_i16(struct column *column, int16_t value);
void column_put_i32(struct column *column, int32_t value);
void column_put_i64(struct column *column, int64_t value);
void column_put_text(struct column *column, const char *text); /* "" and NULL are null */
void column_put_bool(struct column *column, bool value);

/* A column as a parameter in binary format: size octets, which the caller frees. */
char *column_param(const struct column *column, enum column_type type, int *size);
const char *column_sql_type(enum column_type type); /* "int[]" */

#endif
