/*
 * columns: rows of agency.event as PostgreSQL's binary arrays, one buffer a column, so that a whole
 * batch goes to the server in one statement. The fields of an event have their columns by
 * common/dictionary.def; sql/events.sql.in is made into statements over all columns by the build.
 * A row is appended field by field; afterwards any row's fields can be copied to another set of
 * columns, which is how an incident's state is folded and how a refused batch is cut in two.
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
    COLUMN_KEY = 1,     /* identifies the row, not part of the fact */
    COLUMN_CONTENT = 2, /* part of the fact: hashed into content_id */
    COLUMN_STATE = 4,   /* carried into agency.incident */
    COLUMN_PLACE = 8,   /* of the place, which is carried as a whole */
    COLUMN_UNSURE = 16, /* the open question of the place's words: removed once a place is given */
};

/*
 * The columns of the event's fields. FIELD_COLUMNS of the fields of the event, its place or its
 * times expands to FIELD(kind, member, number, column, role) for each field that has a column:
 * define FIELD first.
 */
#define STORE_KEY(number, column)     FIELD, number, column, COLUMN_KEY
#define STORE_CONTENT(number, column) FIELD, number, column, COLUMN_CONTENT
#define STORE_STATE(number, column)   FIELD, number, column, COLUMN_CONTENT | COLUMN_STATE
#define STORE_PLACE(number, column) \
    FIELD, number, column, COLUMN_CONTENT | COLUMN_STATE | COLUMN_PLACE
#define STORE_NOT_STORED             NO_FIELD, 0, 0, 0
#define FLAG_CONTENT(number, column) STORE_CONTENT(number, column) /* a content column alone */
#define NO_FIELD(kind, member, number, column, role)
#define FIELD_MAKE(make, number, column, role, kind, member) \
    make(kind, member, number, column, role)
#define FIELD_STORED(...) FIELD_MAKE(__VA_ARGS__)

#define FIELD_ENUM(m, list, doc, store)           FIELD_STORED(STORE_##store, ENUM, m)
#define FIELD_TEXT(m, max, check, doc, store)     FIELD_STORED(STORE_##store, TEXT, m)
#define FIELD_TIME(m, doc, store)                 FIELD_STORED(STORE_##store, TIME, m)
#define FIELD_REAL(m, low, high, doc, store)      FIELD_STORED(STORE_##store, REAL, m)
#define FIELD_INT(m, low, high, doc, store)       FIELD_STORED(STORE_##store, INT, m)
#define FIELD_FLAG(m, doc, store)                 FIELD_STORED(FLAG_##store, FLAG, m)
#define FIELD_TEXTS(m, n, max, check, doc, store) FIELD_STORED(STORE_##store, TEXTS, m)
#define FIELD_OBJECT(m, type, doc)
#define FIELD_OBJECTS(m, type, n, doc, store) FIELD_STORED(STORE_##store, OBJECTS, m)
#define FIELD_COLUMNS(FIELDS)                                                                  \
    FIELDS(FIELD_ENUM, FIELD_TEXT, FIELD_TIME, FIELD_REAL, FIELD_INT, FIELD_FLAG, FIELD_TEXTS, \
           FIELD_OBJECT, FIELD_OBJECTS)
#define ALL_FIELD_COLUMNS             \
    FIELD_COLUMNS(EVENT_FIELDS)       \
    FIELD_COLUMNS(EVENT_TIMES_FIELDS) \
    FIELD_COLUMNS(EVENT_PLACE_FIELDS)

/* The columns that are no field of the event: X(name, type, role). They follow the fields. */
#define OTHER_COLUMNS(X)                                 \
    X(stream_no, COLUMN_INT4, COLUMN_KEY)                \
    X(seq, COLUMN_INT8, COLUMN_KEY)                      \
    X(agency_id, COLUMN_INT4, COLUMN_KEY)                \
    X(mode, COLUMN_INT2, COLUMN_KEY)                     \
    X(epoch, COLUMN_INT8, COLUMN_KEY)                    \
    X(placed, COLUMN_TEXT, COLUMN_STATE | COLUMN_PLACE)  \
    X(unsure, COLUMN_TEXT, COLUMN_STATE | COLUMN_UNSURE) \
    X(content_id, COLUMN_UUID, COLUMN_KEY)

/* A column by its field's number. A number that is missing or used twice makes column_rows[] set
 * one row twice, which the compiler refuses. */
#define FIELD(kind, member, number, column, role) +1
enum { COLUMN_FIELDS = 0 ALL_FIELD_COLUMNS };
#undef FIELD
#define FIELD(kind, member, number, column, role) COLUMN_##column = (number)-1,
#define COLUMN_ENUM(name, type, role)             COLUMN_##name,
enum column_name {
    ALL_FIELD_COLUMNS COLUMN_LAST_FIELD = COLUMN_FIELDS - 1,
    OTHER_COLUMNS(COLUMN_ENUM) COLUMN_COUNT
};
#undef FIELD

struct column_row {
    const char *name;
    enum column_type type;
    unsigned role;
    const char *cast; /* how SQL reads the element, if not as it is */
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

/* The values of a row beside the event itself. */
struct column_origin {
    int32_t stream_no;
    uint64_t seq;
    int32_t agency_id;
    int16_t mode;
    int64_t epoch;
    const char *placed; /* JSON, or NULL when the event names no place */
    const char *unsure; /* JSON, or NULL when its words leave no question */
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
