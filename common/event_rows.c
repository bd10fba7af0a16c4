/* See event_rows.h: the tables, generated from dictionary.def, and the functions on one row of
 * them. */
#include "event_rows.h"

#include <math.h>
#include <string.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

/* Lists. The name after list_ is the one that ENUM rows use. */
#define WORD_ROW(value, word, doc) {value, word, doc},
#define LIST(list, WORDS)                                              \
    static const struct event_word words_##list[] = {WORDS(WORD_ROW)}; \
    static const struct event_list list_##list = {#list, words_##list, COUNT_OF(words_##list)};
LIST(event_kind, EVENT_KIND_WORDS)
LIST(event_initiated, EVENT_INITIATED_WORDS)
LIST(event_via, EVENT_VIA_WORDS)
LIST(event_unit_role, EVENT_UNIT_ROLE_WORDS)
LIST(event_unit_status, EVENT_UNIT_STATUS_WORDS)
LIST(event_time_quality, EVENT_TIME_QUALITY_WORDS)

const struct event_list *const event_lists[] = {
    &list_event_kind, &list_event_time_quality, &list_event_initiated,
    &list_event_via,  &list_event_unit_role,    &list_event_unit_status,
};
const size_t event_list_count = COUNT_OF(event_lists);

/* Rows. ROW_OWNER is the struct whose fields are being expanded. */
#define ROW_HEAD(k, m, d) .kind = EVENT_ROW_##k, .name = #m, .name_size = sizeof(#m) - 1, .doc = d
#define ROW_AT(m)         .offset = offsetof(ROW_OWNER, m)
#define ROW_LIST(m, n) \
    .offset = offsetof(ROW_OWNER, m.count), .items = offsetof(ROW_OWNER, m.item), .count = n

#define ROW_ENUM(m, l, d, ...)        {ROW_HEAD(ENUM, m, d), ROW_AT(m), .list = &list_##l},
#define ROW_TEXT(m, x, c, d, ...)     {ROW_HEAD(TEXT, m, d), ROW_AT(m), .max = x},
#define ROW_TIME(m, d, ...)           {ROW_HEAD(TIME, m, d), ROW_AT(m)},
#define ROW_REAL(m, lo, hi, d, ...)   {ROW_HEAD(REAL, m, d), ROW_AT(m), .low = lo, .high = hi},
#define ROW_INT(m, lo, hi, d, ...)    {ROW_HEAD(INT, m, d), ROW_AT(m), .low = lo, .high = hi},
#define ROW_FLAG(m, d, ...)           {ROW_HEAD(FLAG, m, d), ROW_AT(m)},
#define ROW_TEXTS(m, n, x, c, d, ...) {ROW_HEAD(TEXTS, m, d), ROW_LIST(m, n), .max = x},
#define ROW_OBJECT(m, t, d)           {ROW_HEAD(OBJECT, m, d), ROW_AT(m), .type = &type_##t},
#define ROW_OBJECTS(m, t, n, d, ...)  {ROW_HEAD(OBJECTS, m, d), ROW_LIST(m, n), .type = &type_##t},
#define ROWS(FIELDS)                                                                         \
    FIELDS(ROW_ENUM, ROW_TEXT, ROW_TIME, ROW_REAL, ROW_INT, ROW_FLAG, ROW_TEXTS, ROW_OBJECT, \
           ROW_OBJECTS)

/* Indexes of the rows, so that the needs below are checked by the compiler. */
#define AT_ENUM(m, ...)    AT_NAME(m),
#define AT_TEXT(m, ...)    AT_NAME(m),
#define AT_TIME(m, ...)    AT_NAME(m),
#define AT_REAL(m, ...)    AT_NAME(m),
#define AT_INT(m, ...)     AT_NAME(m),
#define AT_FLAG(m, ...)    AT_NAME(m),
#define AT_TEXTS(m, ...)   AT_NAME(m),
#define AT_OBJECT(m, ...)  AT_NAME(m),
#define AT_OBJECTS(m, ...) AT_NAME(m),
#define ATS(FIELDS) \
    FIELDS(AT_ENUM, AT_TEXT, AT_TIME, AT_REAL, AT_INT, AT_FLAG, AT_TEXTS, AT_OBJECT, AT_OBJECTS)

#define type_event_place       event_type_place
#define type_event_times       event_type_times
#define type_event_unit        event_type_unit
#define type_event_disposition event_type_disposition
#define type_event_outcome     event_type_outcome
#define TYPE(variable, tag, row_table) \
    const struct event_type variable = {#tag, sizeof(struct tag), row_table, COUNT_OF(row_table)}

#define ROW_OWNER  struct event_place
#define AT_NAME(m) place_##m
static const struct event_row place_rows[] = {ROWS(EVENT_PLACE_FIELDS)};
enum { ATS(EVENT_PLACE_FIELDS) };
#undef ROW_OWNER
#undef AT_NAME
TYPE(event_type_place, event_place, place_rows);

#define ROW_OWNER struct event_times
static const struct event_row times_rows[] = {ROWS(EVENT_TIMES_FIELDS)};
#undef ROW_OWNER
TYPE(event_type_times, event_times, times_rows);

#define ROW_OWNER  struct event_unit
#define AT_NAME(m) unit_##m
static const struct event_row unit_rows[] = {ROWS(EVENT_UNIT_FIELDS)};
enum { ATS(EVENT_UNIT_FIELDS) };
#undef ROW_OWNER
#undef AT_NAME
TYPE(event_type_unit, event_unit, unit_rows);

#define ROW_OWNER  struct event_disposition
#define AT_NAME(m) disposition_##m
static const struct event_row disposition_rows[] = {ROWS(EVENT_DISPOSITION_FIELDS)};
enum { ATS(EVENT_DISPOSITION_FIELDS) };
#undef ROW_OWNER
#undef AT_NAME
TYPE(event_type_disposition, event_disposition, disposition_rows);

#define ROW_OWNER  struct event_outcome
#define AT_NAME(m) outcome_##m
static const struct event_row outcome_rows[] = {ROWS(EVENT_OUTCOME_FIELDS)};
enum { ATS(EVENT_OUTCOME_FIELDS) };
#undef ROW_OWNER
#undef AT_NAME
TYPE(event_type_outcome, event_outcome, outcome_rows);

#define ROW_OWNER  struct event
#define AT_NAME(m) event_##m
static const struct event_row event_rows[] = {ROWS(EVENT_FIELDS)};
enum { ATS(EVENT_FIELDS) };
#undef ROW_OWNER
#undef AT_NAME
TYPE(event_type_event, event, event_rows);

const struct event_type *const event_types[] = {
    &event_type_place,       &event_type_times,   &event_type_unit,
    &event_type_disposition, &event_type_outcome, &event_type_event,
};
const size_t event_type_count = COUNT_OF(event_types);

#define KIND(k) (1U << (k))
const struct event_need event_needs[] = {
    {&event_type_event, EVENT_ANY_KIND, NULL, &event_rows[event_kind], NULL},
    {&event_type_event, EVENT_ANY_KIND, NULL, &event_rows[event_occurred_at], NULL},
    {&event_type_event, ~KIND(EVENT_OUTCOME_RECORDED), NULL, &event_rows[event_incident], NULL},
    {&event_type_event, KIND(EVENT_OUTCOME_RECORDED), NULL, &event_rows[event_incident],
     &event_rows[event_report_numbers]},
    {&event_type_event, KIND(EVENT_OUTCOME_RECORDED), NULL, &event_rows[event_outcomes], NULL},
    {&event_type_event, KIND(EVENT_UNIT_STATUS), NULL, &event_rows[event_units], NULL},
    {&event_type_place, EVENT_ANY_KIND, &place_rows[place_latitude], &place_rows[place_longitude],
     NULL},
    {&event_type_place, EVENT_ANY_KIND, &place_rows[place_longitude], &place_rows[place_latitude],
     NULL},
    {&event_type_unit, EVENT_ANY_KIND, NULL, &unit_rows[unit_id], NULL},
    {&event_type_disposition, EVENT_ANY_KIND, NULL, &disposition_rows[disposition_code], NULL},
    {&event_type_outcome, EVENT_ANY_KIND, NULL, &outcome_rows[outcome_code],
     &outcome_rows[outcome_voids]},
};
const size_t event_need_count = COUNT_OF(event_needs);

const struct event_row *event_row_find(const struct event_type *type, const char *name, size_t size)
{
    for (size_t i = 0; i < type->row_count; i++)
        if (type->rows[i].name_size == size && memcmp(type->rows[i].name, name, size) == 0)
            return &type->rows[i];
    return NULL;
}

void event_row_clear(const struct event_row *row, void *base)
{
    void *member = event_member(base, row);

    switch (row->kind) {
    case EVENT_ROW_ENUM:
        *(uint8_t *)member = 0;
        break;
    case EVENT_ROW_TEXT:
        *(char *)member = '\0';
        break;
    case EVENT_ROW_TIME:
        *(event_time *)member = EVENT_TIME_NONE;
        break;
    case EVENT_ROW_REAL:
        *(double *)member = (double)NAN;
        break;
    case EVENT_ROW_INT:
        *(int32_t *)member = EVENT_INT_NONE;
        break;
    case EVENT_ROW_FLAG:
        *(bool *)member = false;
        break;
    case EVENT_ROW_TEXTS:
    case EVENT_ROW_OBJECTS:
        *(size_t *)member = 0;
        break;
    case EVENT_ROW_OBJECT:
        event_type_clear(row->type, member);
        break;
    case EVENT_ROW_KINDS:
        break;
    }
}

void event_type_clear(const struct event_type *type, void *base)
{
    for (size_t i = 0; i < type->row_count; i++)
        event_row_clear(&type->rows[i], base);
}

bool event_row_given(const struct event_row *row, const void *base)
{
    const void *member = event_member_of(base, row);

    switch (row->kind) {
    case EVENT_ROW_ENUM:
        return *(const uint8_t *)member != 0;
    case EVENT_ROW_TEXT:
        return *(const char *)member != '\0';
    case EVENT_ROW_TIME:
        return *(const event_time *)member != EVENT_TIME_NONE;
    case EVENT_ROW_REAL:
        return !isnan(*(const double *)member);
    case EVENT_ROW_INT:
        return *(const int32_t *)member != EVENT_INT_NONE;
    case EVENT_ROW_FLAG:
        return *(const bool *)member;
    case EVENT_ROW_TEXTS:
    case EVENT_ROW_OBJECTS:
        return *(const size_t *)member != 0;
    case EVENT_ROW_OBJECT:
        return event_type_given(row->type, member);
    case EVENT_ROW_KINDS:
        break;
    }
    return false;
}

bool event_type_given(const struct event_type *type, const void *base)
{
    for (size_t i = 0; i < type->row_count; i++)
        if (event_row_given(&type->rows[i], base))
            return true;
    return false;
}

const char *event_list_word(const struct event_list *list, uint8_t value)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->words[i].value == value)
            return list->words[i].word;
    return NULL;
}

uint8_t event_list_value(const struct event_list *list, const char *word, size_t size)
{
    for (size_t i = 0; i < list->count; i++)
        if (strlen(list->words[i].word) == size && memcmp(list->words[i].word, word, size) == 0)
            return list->words[i].value;
    return 0;
}

const char *event_kind_word(uint8_t value)
{
    return event_list_word(&list_event_kind, value);
}

uint8_t event_kind_value(const char *word)
{
    return event_list_value(&list_event_kind, word, strlen(word));
}

const char *event_initiated_word(uint8_t value)
{
    return event_list_word(&list_event_initiated, value);
}
