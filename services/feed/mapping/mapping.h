/*
 * mapping: the declarative file that maps each column of an agency's export to a field of the data
 * dictionary. docs/feed.md is its manual. A mapping is read once, bound to the columns of an input,
 * and then turns the texts of a row into an event. Only the columns that it names are read.
 *
 * A slot is a text of the row: a column, or a text made from columns by [split] or [join]. The
 * source fills the column slots; mapping_derive fills the others.
 *
 * The mapping owns all its texts; it keeps no pointer into a row. Not thread-safe.
 */
#ifndef LIAISON_FEED_MAPPING_H
#define LIAISON_FEED_MAPPING_H

#include "event.h"

enum {
    MAPPING_MAX_SLOTS = 96,
    MAPPING_MAX_FIELDS = 96,
    MAPPING_MAX_PARTS = 8,
    MAPPING_MAX_COLUMNS = 512,
    MAPPING_TEXT = 4096, /* octets of one slot, with its NUL */
};

enum mapping_slot_kind { MAPPING_COLUMN, MAPPING_BEFORE, MAPPING_AFTER, MAPPING_JOIN };

struct mapping_slot {
    enum mapping_slot_kind kind;
    char *name;
    int line;
    int column;                  /* MAPPING_COLUMN: its index in the input, -1 unbound */
    int part[MAPPING_MAX_PARTS]; /* slots that it is made from */
    size_t part_count;
    char *text; /* the text at which it splits, or with which it joins */
};

struct mapping_field {
    char *path;
    int line;
    int slot;       /* or -1 for a constant */
    char *constant; /* or NULL */
    bool is_time;
};

/* [values PATH] and [null]: a text of the source and the value that it stands for (NULL: none). */
struct mapping_value {
    char *path; /* "*": any field */
    char *from; /* "*": any text without a separate row */
    char *to;
    int line;
};

enum mapping_time_kind {
    MAPPING_TIME_NONE,
    MAPPING_TIME_FORMAT,
    MAPPING_TIME_RFC3339,
    MAPPING_TIME_EPOCH,
    MAPPING_TIME_EPOCH_MS,
    MAPPING_TIME_EXCEL
};

/* The kind of a [time] format of the mapping: a word such as rfc3339, else a format of strptime. */
enum mapping_time_kind mapping_time_kind_of(const char *format);

struct mapping {
    bool header;
    int title_lines; /* above the header, or the first row */
    char delimiter, quote;
    char *encoding, *fallback;
    char *column[MAPPING_MAX_COLUMNS]; /* [source] columns, if there is no header */
    size_t column_count;

    enum mapping_time_kind time_kind;
    char *time_format;
    char zone[41]; /* "" if the times have an offset */
    long skew_s;

    int incident;               /* slot of the agency's number, or -1 */
    int key[MAPPING_MAX_PARTS]; /* slots of the digest */
    size_t key_count;
    bool drop_duplicates;

    struct mapping_slot slot[MAPPING_MAX_SLOTS];
    size_t slot_count;
    struct mapping_field field[MAPPING_MAX_FIELDS];
    size_t field_count;
    struct mapping_value *value;
    size_t value_count;
};

/* Reads a mapping file and sets the process's time zone. error names line and key. */
int mapping_load(struct mapping *mapping, const char *path, struct error *error);
void mapping_free(struct mapping *mapping);

/* Finds every column that the mapping names among those of the input. */
int mapping_bind(struct mapping *mapping, const char *const *names, size_t count,
                 struct error *error);
/* Whether the column is read at all. */
bool mapping_reads(const struct mapping *mapping, size_t column);

/* The texts of one row. */
struct mapping_row {
    char text[MAPPING_MAX_SLOTS][MAPPING_TEXT];
};

/* Fills the slots that are made from others. */
void mapping_derive(const struct mapping *mapping, struct mapping_row *row);
/* Makes the event of a row, except an incident number that is a digest. The event is not checked
 * yet. */
int mapping_apply(const struct mapping *mapping, const struct mapping_row *row, struct event *event,
                  struct event_dropped *dropped, struct error *error);

#endif
