/*
 * event: one change of a call, as the agency states it. The structs are generated from
 * dictionary.def. This module decodes and encodes them as JSON, checks them, drops members that the
 * dictionary does not name, and refuses or withholds what must not be kept.
 *
 * A struct event owns nothing: every text is an array inside it. It is about 8 KiB: keep one and
 * reuse it. No function here keeps a pointer or has global state; all are safe on any thread.
 */
#ifndef LIAISON_EVENT_H
#define LIAISON_EVENT_H

#include "dictionary.def"
#include "errors.h"
#include "text_check.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Microseconds since 1970-01-01T00:00:00Z. */
typedef int64_t event_time;
#define EVENT_TIME_NONE INT64_MIN
#define EVENT_INT_NONE  INT32_MIN
/* A double that is not given is NaN; an enum that is not given is 0; a text that is not given "".
 */

#define EVENT_WITHHELD TEXT_WITHHELD

#define EVENT_CONTENT_TYPE      "application/vnd.liaison.event+json"
#define EVENT_CONTENT_TYPE_EIDO "application/emergency.eido+json"

enum event_limit {
    EVENT_MAX_OCTETS = 65536, /* of one encoded event in Liaison's JSON form */
    EVENT_MAX_EIDO_OCTETS = 1048576,
    EVENT_MAX_DEPTH = 16,
    EVENT_MAX_EIDO_DEPTH = 32,
};

enum event_kind {
    EVENT_CALL_RECEIVED = 1,
    EVENT_INCIDENT_OPENED = 2,
    EVENT_INCIDENT_UPDATED = 3,
    EVENT_UNIT_STATUS = 4,
    EVENT_INCIDENT_CLOSED = 5,
    EVENT_OUTCOME_RECORDED = 6,
};

#define EVENT_M_ENUM(m, list, ...)      uint8_t m;
#define EVENT_M_TEXT(m, max, ...)       char m[(max) + 1];
#define EVENT_M_TIME(m, ...)            event_time m;
#define EVENT_M_REAL(m, low, high, ...) double m;
#define EVENT_M_INT(m, low, high, ...)  int32_t m;
#define EVENT_M_FLAG(m, ...)            bool m;
#define EVENT_M_TEXTS(m, n, max, ...) \
    struct {                          \
        size_t count;                 \
        char item[n][(max) + 1];      \
    } m;
#define EVENT_M_OBJECT(m, type, doc) struct type m;
#define EVENT_M_OBJECTS(m, type, n, ...) \
    struct {                             \
        size_t count;                    \
        struct type item[n];             \
    } m;
#define EVENT_STRUCT(FIELDS)                                                                  \
    FIELDS(EVENT_M_ENUM, EVENT_M_TEXT, EVENT_M_TIME, EVENT_M_REAL, EVENT_M_INT, EVENT_M_FLAG, \
           EVENT_M_TEXTS, EVENT_M_OBJECT, EVENT_M_OBJECTS)

struct event_place {
    EVENT_STRUCT(EVENT_PLACE_FIELDS)
};
struct event_times {
    EVENT_STRUCT(EVENT_TIMES_FIELDS)
};
struct event_unit {
    EVENT_STRUCT(EVENT_UNIT_FIELDS)
};
struct event_disposition {
    EVENT_STRUCT(EVENT_DISPOSITION_FIELDS)
};
struct event_outcome {
    EVENT_STRUCT(EVENT_OUTCOME_FIELDS)
};
struct event {
    EVENT_STRUCT(EVENT_FIELDS)
};

/* What decoding left out: counts, never values. Names go only to the sender of the event: a caller
 * that decodes on the sender's behalf sets named_cb. */
struct event_dropped {
    uint32_t unknown;  /* members that the dictionary does not name */
    uint32_t denied;   /* members that are refused by name */
    uint32_t withheld; /* codes replaced by EVENT_WITHHELD */
    uint32_t unfit;    /* values that their field cannot keep; the event goes on without them */
    uint32_t bare;     /* new incidents that have neither a type nor a place */
    struct text_found
        found; /* facts removed from texts, by kind; withheld codes are counted here too */
    /* Called with each name that is counted; may be NULL. The name is UTF-8, not terminated, and
     * valid during the call. */
    void (*named_cb)(void *ctx, const char *name, size_t size, bool denied);
    /* Called for each unfit value with its field and the reason, never the value; may be NULL. */
    void (*unfit_cb)(void *ctx, const struct error *why);
    void *ctx;
};

/* Zero counts for a nested decoding, with the callbacks of sum, which may be NULL. */
struct event_dropped event_dropped_begin(const struct event_dropped *sum);
/* Adds the counts to sum, which may be NULL. */
void event_dropped_add(struct event_dropped *sum, const struct event_dropped *more);

/* Sets every field to "not given". */
void event_clear(struct event *event);

/*
 * Decodes one event of our own JSON form. now bounds the accepted times (1990 to now + 1 day). A
 * value that an optional field cannot keep is left out and counted; one of a required field (see
 * event_path_is_required) refuses the event.
 * On failure returns a negative enum err and fills error; event is then undefined. dropped is
 * added to (not cleared), and may be NULL.
 */
int event_decode(struct event *event, const char *json, size_t size, event_time now,
                 struct event_dropped *dropped, struct error *error);

/*
 * Checks what a row of the dictionary cannot express: what a kind or an object needs (kind,
 * occurred_at and incident; outcome.recorded: outcomes, and incident or report_numbers;
 * unit.status: units; a unit its id; a disposition its code; an outcome its code or voids; latitude
 * with longitude), and times in range. A caller that fills an event by hand calls it.
 */
int event_check(const struct event *event, event_time now, struct error *error);

/*
 * As event_check, after it has left out values that the event can do without: an optional value out
 * of its range, a latitude without a longitude, both of them 0, a unit without an id. dropped
 * counts this event alone; error may be NULL. event_decode calls it.
 */
int event_tidy(struct event *event, event_time now, struct event_dropped *dropped,
               struct error *error);
/* Whether a value of the field that cannot be kept refuses the event: the fields that state which
 * incident, what happened and when; types, merges, outcomes, an entry in error. */
bool event_path_is_required(const char *path);
/* Counts a value that is left out, and passes the reason to unfit_cb. */
void event_leave_out(struct event_dropped *dropped, const struct error *why);
/* The field of an error without list indexes: units[3].at becomes units.at. There are only as many
 * such names as the dictionary has fields, so counters can use them. */
enum { EVENT_FIELD_NAME = 64 };
void event_field_name(const char *path, char out[EVENT_FIELD_NAME]);
/* Whether the event has a type or a place. A new call with neither must be reported. */
bool event_says_what_or_where(const struct event *event);

/* Removes from every text what must not be kept (text_check.h), and counts it. Codes that stand for
 * immigration status become EVENT_WITHHELD. A number of which nothing is left counts as not given;
 * in a list it becomes EVENT_WITHHELD. Returns 0, or ERR_VALUE and fills error (which may be NULL)
 * if an identity holds such a fact: agency, event_id, incident, merged_into, split_from, an
 * outcome's outcome_id and voids. Two different identities could become equal when shortened, so
 * the identity is emptied and the event must be refused. */
#define EVENT_IDENTITY_WITHHELD "holds what may not be kept"
int event_withhold(struct event *event, struct event_dropped *dropped, struct error *error);
/* Whether a code becomes EVENT_WITHHELD. */
bool event_code_is_withheld(const char *code);
/* Whether a member or column of this name is refused whatever its value: immigration status, place
 * of birth. Case, '_', '-', '.', spaces and a prefix "x:" are ignored. */
bool event_name_is_denied(const char *name, size_t size);

/*
 * Sets a field by its path ("place.address", "times.on_scene", "call_type", "dispositions[0].code")
 * from text: for mapping columns. Times are RFC 3339; enums are their words. An unknown path is
 * ERR_ABSENT.
 */
int event_set(struct event *event, const char *path, const char *text, struct error *error);
/* Whether the path names a field that event_set would take. */
bool event_has_path(const char *path);

/* Sets a time by its path. */
int event_set_time(struct event *event, const char *path, event_time time);

/*
 * Removes empty items from lists. event_set makes such items where a path skips one
 * ("dispositions[1].code" without [0]). Call it when all columns are set, before event_check.
 */
void event_compact(struct event *event);

/*
 * Encodes as compact JSON, fields in the dictionary's order, absent ones left out. Returns the
 * number of octets (without the NUL, which is written), or ERR_SIZE.
 */
int event_encode(const struct event *event, char *out, size_t size);

/* One list of an event as JSON, for a column: "units", "dispositions", "outcomes". "" when empty.
 * Returns as event_encode. */
int event_encode_list(const struct event *event, const char *name, char *out, size_t size);

/* Whether a time lies between 1990-01-01 and one day after now. */
bool event_time_in_range(event_time time, event_time now);
/* RFC 3339 with offset to microseconds; refuses what PostgreSQL or a calendar would. */
int event_time_parse(const char *text, size_t size, event_time *out);
/* Writes "2026-11-23T09:12:04.5Z" (fraction only if there is one) into out[32]. */
void event_time_format(event_time time, char out[32]);

/* The word of a value of a list, or NULL; the value of a word, or 0. */
const char *event_kind_word(uint8_t value);
uint8_t event_kind_value(const char *word);
const char *event_initiated_word(uint8_t value);

/* Writers for the build: the JSON Schema and the dictionary as Markdown. They write to a stdio
 * stream and return 0 or ERR_IO. */
struct _IO_FILE;
int event_write_schema(struct _IO_FILE *out);
int event_write_dictionary(struct _IO_FILE *out);

#endif
