/*
 * event_rows: private to common/event*.c. The rows of dictionary.def as tables of members with
 * their offset in the struct. The decoder, encoder, setter, checker and the writers of schema and
 * documents all walk these tables; fields are defined nowhere else.
 */
#ifndef LIAISON_EVENT_ROWS_H
#define LIAISON_EVENT_ROWS_H

#include "event.h"

enum event_row_kind {
    EVENT_ROW_ENUM,
    EVENT_ROW_TEXT,
    EVENT_ROW_TIME,
    EVENT_ROW_REAL,
    EVENT_ROW_INT,
    EVENT_ROW_FLAG,
    EVENT_ROW_TEXTS,
    EVENT_ROW_OBJECT,
    EVENT_ROW_OBJECTS,
    EVENT_ROW_KINDS,
};

struct event_word {
    uint8_t value;
    const char *word;
    const char *doc;
};

struct event_list {
    const char *name;
    const struct event_word *words;
    size_t count;
};

struct event_row {
    enum event_row_kind kind;
    const char *name;
    size_t name_size;
    const char *doc;
    size_t offset; /* of the member in its struct; for a list, of its count */
    size_t items;  /* a list: offset of its first item */
    size_t count;  /* a list: most items */
    size_t max;    /* a text: most octets */
    double low, high;
    const struct event_list *list; /* an enum's words */
    const struct event_type *type; /* an object's rows */
};

struct event_type {
    const char *name; /* "event_place" */
    size_t size;
    const struct event_row *rows;
    size_t row_count;
};

extern const struct event_type event_type_event;
extern const struct event_type event_type_place, event_type_times, event_type_unit,
    event_type_disposition, event_type_outcome;

/* All types, the event last, and all lists. For the writers. */
extern const struct event_type *const event_types[];
extern const size_t event_type_count;
extern const struct event_list *const event_lists[];
extern const size_t event_list_count;

/* What a row cannot express: for some kinds of event, a type requires one field. */
struct event_need {
    const struct event_type *type;
    uint32_t kinds;                   /* a bit for each kind, or EVENT_ANY_KIND */
    const struct event_row *given;    /* required only if this one is given; or NULL */
    const struct event_row *field;    /* this must be given, */
    const struct event_row *or_field; /* or this; or NULL */
};
#define EVENT_ANY_KIND UINT32_MAX
extern const struct event_need event_needs[];
extern const size_t event_need_count;

/* The path of a value, from the inside out, to name it in an error. */
struct event_where {
    const struct event_where *up;
    const char *name;
    long index; /* in a list, else -1 */
};

/* Fills error with the path of where and a reason. Returns code. */
int event_fail(struct error *error, enum err code, const struct event_where *where,
               const char *reason_fmt, ...) __attribute__((format(printf, 4, 5)));

const struct event_row *event_row_find(const struct event_type *type, const char *name,
                                       size_t size);

static inline void *event_member(void *base, const struct event_row *row)
{
    return (char *)base + row->offset;
}

static inline const void *event_member_of(const void *base, const struct event_row *row)
{
    return (const char *)base + row->offset;
}

static inline size_t event_item_size(const struct event_row *row)
{
    return row->type ? row->type->size : row->max + 1;
}

static inline void *event_item(void *base, const struct event_row *row, size_t i)
{
    return (char *)base + row->items + i * event_item_size(row);
}

static inline const void *event_item_of(const void *base, const struct event_row *row, size_t i)
{
    return (const char *)base + row->items + i * event_item_size(row);
}

/* Sets one member, or every member of a struct, to "not given". */
void event_row_clear(const struct event_row *row, void *base);
void event_type_clear(const struct event_type *type, void *base);
/* Whether a member, or anything in a struct, is given. */
bool event_row_given(const struct event_row *row, const void *base);
bool event_type_given(const struct event_type *type, const void *base);

/* The word of a value, or NULL; the value of a word, or 0. */
const char *event_list_word(const struct event_list *list, uint8_t value);
uint8_t event_list_value(const struct event_list *list, const char *word, size_t size);

/* Removes spaces at both ends. */
void event_trim(const char **text, size_t *size);

/*
 * These read one value, and fill error when they refuse it. An empty text is "not given".
 * event_take_text writes into out[row->max + 1] and trims spaces; the others accept no spaces.
 */
int event_take_text(const struct event_row *row, char *out, const char *text, size_t size,
                    const struct event_where *where, struct error *error);
int event_take_time(event_time *out, const char *text, size_t size, const struct event_where *where,
                    struct error *error);
int event_take_word(const struct event_row *row, uint8_t *out, const char *text, size_t size,
                    const struct event_where *where, struct error *error);
/* Stores a number that was read already in a REAL or INT member. */
int event_take_number(const struct event_row *row, void *out, double number,
                      const struct event_where *where, struct error *error);

/* Checks one given value by its row: range, list. up is the object that contains it. */
int event_check_value(const struct event_row *row, const void *base, event_time now,
                      const struct event_where *up, struct error *error);
/* Checks that all required fields are given. The event's values were checked before. */
int event_check_needs(const struct event *event, struct error *error);
/* As event_path_is_required. */
bool event_row_is_required(const struct event_type *type, const struct event_row *row);

/* Counts a member that is left out, and passes its name to named_cb. */
void event_drop(struct event_dropped *dropped, const char *name, size_t size, bool denied);
/* Does the same for all members with denied names anywhere inside value. */
struct json_t;
void event_drop_denied(const struct json_t *value, struct event_dropped *dropped);

#endif
