/* See mapping.h: reading the file. */
#include "mapping.h"

#include "charset.h"
#include "guess_words.h"
#include "ini.h"
#include "localtime.h"
#include "time_format.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct reading {
    struct mapping *mapping;
    struct error *error;
};

typedef int (*entry_fn)(struct reading *, const struct ini_entry *);

/* Sets an error that names the line, the section and the key. */
static int mistake(struct reading *r, const struct ini_entry *entry, enum err code, const char *fmt,
                   ...) __attribute__((format(printf, 4, 5)));

static int mistake(struct reading *r, const struct ini_entry *entry, enum err code, const char *fmt,
                   ...)
{
    char what[128];
    va_list list;

    va_start(list, fmt);
    vsnprintf(what, sizeof what, fmt, list);
    va_end(list);
    return error_set(r->error, code, entry->key, "line %d: [%s] %s: %s", entry->line,
                     entry->section, entry->key, what);
}

static int keep(struct reading *r, const struct ini_entry *entry, char **out, const char *text)
{
    free(*out);
    *out = strdup(text);
    return *out ? 0 : mistake(r, entry, ERR_NOMEM, "no memory");
}

static int take_yes(struct reading *r, const struct ini_entry *entry, bool *out, const char *yes,
                    const char *no)
{
    if (strcasecmp(entry->value, yes) != 0 && strcasecmp(entry->value, no) != 0)
        return mistake(r, entry, ERR_VALUE, "must be %s or %s", yes, no);
    *out = strcasecmp(entry->value, yes) == 0;
    return 0;
}

static int take_character(struct reading *r, const struct ini_entry *entry, char *out)
{
    const char *value = strcasecmp(entry->value, "tab") == 0 ? "\t" : entry->value;

    if (strlen(value) != 1 || (unsigned char)*value >= 0x80)
        return mistake(r, entry, ERR_VALUE, "must be one ASCII character, or tab");
    *out = *value;
    return 0;
}

/* Splits at commas in place; each call gives the next trimmed item, or NULL. */
static char *next_item(char **rest)
{
    char *item = strsep(rest, ","), *end;

    if (!item)
        return NULL;
    item += strspn(item, " \t");
    end = item + strlen(item);
    while (end > item && strchr(" \t", end[-1]))
        *--end = '\0';
    return item;
}

/* Whether a column may not be mapped: its values would be sent under another name. */
static bool is_denied(const char *column)
{
    return event_name_is_denied(column, strlen(column)) ||
           guess_words_private(column) == GUESS_IMMIGRATION;
}

/* The slot of a name, made as a column if there is none yet; negative on failure. */
static int slot_of(struct reading *r, const struct ini_entry *entry, const char *name)
{
    struct mapping *m = r->mapping;
    struct mapping_slot *slot;

    for (size_t i = 0; i < m->slot_count; i++)
        if (strcmp(m->slot[i].name, name) == 0)
            return (int)i;
    if (*name == '\0')
        return mistake(r, entry, ERR_VALUE, "names no column");
    if (is_denied(name))
        return mistake(r, entry, ERR_VALUE,
                       "names a column of immigration status or place of birth, which never "
                       "leaves");
    if (m->slot_count == MAPPING_MAX_SLOTS)
        return mistake(r, entry, ERR_SIZE, "more than %d columns", MAPPING_MAX_SLOTS);
    slot = &m->slot[m->slot_count];
    *slot = (struct mapping_slot){.kind = MAPPING_COLUMN, .line = entry->line, .column = -1};
    slot->name = strdup(name);
    if (!slot->name)
        return mistake(r, entry, ERR_NOMEM, "no memory");
    return (int)m->slot_count++;
}

/* Reads a list of names into slots. */
static int take_slots(struct reading *r, const struct ini_entry *entry, const char *names,
                      int slots[MAPPING_MAX_PARTS], size_t *count)
{
    char *copy = strdup(names), *rest = copy, *name;
    int err = copy ? 0 : mistake(r, entry, ERR_NOMEM, "no memory");

    *count = 0;
    while (!err && (name = next_item(&rest))) {
        int slot = slot_of(r, entry, name);

        if (slot < 0)
            err = slot;
        else if (*count == MAPPING_MAX_PARTS)
            err = mistake(r, entry, ERR_SIZE, "more than %d columns", MAPPING_MAX_PARTS);
        else
            slots[(*count)++] = slot;
    }
    free(copy);
    return err;
}

static int take_header(struct reading *r, const struct ini_entry *entry)
{
    return take_yes(r, entry, &r->mapping->header, "yes", "no");
}

static int take_titles(struct reading *r, const struct ini_entry *entry)
{
    char *end;
    long lines = strtol(entry->value, &end, 10);

    if (end == entry->value || *end || lines < 0 || lines > 100)
        return mistake(r, entry, ERR_VALUE, "lines above the header, between 0 and 100");
    r->mapping->title_lines = (int)lines;
    return 0;
}

static int take_columns(struct reading *r, const struct ini_entry *entry)
{
    char *copy = strdup(entry->value), *rest = copy, *name;
    struct mapping *m = r->mapping;
    int err = copy ? 0 : mistake(r, entry, ERR_NOMEM, "no memory");

    while (!err && (name = next_item(&rest))) {
        if (m->column_count == MAPPING_MAX_COLUMNS)
            err = mistake(r, entry, ERR_SIZE, "more than %d columns", MAPPING_MAX_COLUMNS);
        else if (!(m->column[m->column_count] = strdup(name)))
            err = mistake(r, entry, ERR_NOMEM, "no memory");
        else
            m->column_count++;
    }
    free(copy);
    return err;
}

/* encoding = utf-8, fallback windows-1252 */
static int take_encoding(struct reading *r, const struct ini_entry *entry)
{
    char *copy = strdup(entry->value), *rest = copy, *name = next_item(&rest);
    char *fallback = next_item(&rest);
    struct charset *charset = NULL;
    int err = copy ? 0 : mistake(r, entry, ERR_NOMEM, "no memory");

    if (!err && fallback) {
        if (strncasecmp(fallback, "fallback ", 9) == 0)
            fallback += 9 + strspn(fallback + 9, " ");
        else
            err = mistake(r, entry, ERR_SYNTAX, "write it as: utf-8, fallback windows-1252");
    }
    if (!err && !(charset = charset_open(name, fallback, NULL)))
        err = mistake(r, entry, ERR_VALUE,
                      "one of utf-8, windows-1252, latin1; the fallback one of the last two");
    charset_free(charset);
    if (!err)
        err = keep(r, entry, &r->mapping->encoding, name);
    if (!err && fallback)
        err = keep(r, entry, &r->mapping->fallback, fallback);
    free(copy);
    return err;
}

static int take_delimiter(struct reading *r, const struct ini_entry *entry)
{
    return take_character(r, entry, &r->mapping->delimiter);
}

static int take_quote(struct reading *r, const struct ini_entry *entry)
{
    return take_character(r, entry, &r->mapping->quote);
}

static int take_zone(struct reading *r, const struct ini_entry *entry)
{
    struct error why = {0};

    if (localtime_zone(entry->value, &why) != 0)
        return mistake(r, entry, ERR_VALUE, "%s", why.reason);
    strcpy(r->mapping->zone, entry->value);
    return 0;
}

enum mapping_time_kind mapping_time_kind_of(const char *format)
{
    static const struct {
        const char *word;
        enum mapping_time_kind kind;
    } words[] = {{"rfc3339", MAPPING_TIME_RFC3339},
                 {"epoch", MAPPING_TIME_EPOCH},
                 {"epoch_ms", MAPPING_TIME_EPOCH_MS},
                 {"excel", MAPPING_TIME_EXCEL}};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcasecmp(words[i].word, format) == 0)
            return words[i].kind;
    return MAPPING_TIME_FORMAT;
}

static int take_format(struct reading *r, const struct ini_entry *entry)
{
    char format[TIME_FORMAT_MAX], why[110];

    r->mapping->time_kind = mapping_time_kind_of(entry->value);
    if (r->mapping->time_kind != MAPPING_TIME_FORMAT)
        return keep(r, entry, &r->mapping->time_format, entry->value);
    if (!strchr(entry->value, '%'))
        return mistake(r, entry, ERR_VALUE,
                       "a format of strptime such as %%Y-%%m-%%d %%H:%%M:%%S, or rfc3339, epoch, "
                       "epoch_ms, excel");
    if (!time_format_take(entry->value, format, why, sizeof why))
        return mistake(r, entry, ERR_VALUE, "%s", why);
    return keep(r, entry, &r->mapping->time_format, format);
}

static int take_skew(struct reading *r, const struct ini_entry *entry)
{
    char *end;

    r->mapping->skew_s = strtol(entry->value, &end, 10);
    if (end == entry->value || *end || labs(r->mapping->skew_s) > 86400)
        return mistake(r, entry, ERR_VALUE, "seconds to add, between -86400 and 86400");
    return 0;
}

static int take_incident(struct reading *r, const struct ini_entry *entry)
{
    r->mapping->incident = slot_of(r, entry, entry->value);
    return r->mapping->incident < 0 ? r->mapping->incident : 0;
}

static int take_digest(struct reading *r, const struct ini_entry *entry)
{
    return take_slots(r, entry, entry->value, r->mapping->key, &r->mapping->key_count);
}

static int take_duplicates(struct reading *r, const struct ini_entry *entry)
{
    return take_yes(r, entry, &r->mapping->drop_duplicates, "drop", "send");
}

static int add_field(struct reading *r, const struct ini_entry *entry, const char *path, int slot,
                     const char *constant)
{
    struct mapping *m = r->mapping;
    struct mapping_field *field;
    struct event scratch; /* used only to ask whether the path is a time */

    if (event_name_is_denied(path, strlen(path)))
        return mistake(r, entry, ERR_VALUE, "is refused by name: it is never sent nor kept");
    if (!event_has_path(path))
        return mistake(r, entry, ERR_ABSENT, "the data dictionary names no such field");
    for (size_t i = 0; i < m->field_count; i++)
        if (strcmp(m->field[i].path, path) == 0)
            return mistake(r, entry, ERR_EXISTS, "stands on line %d already", m->field[i].line);
    if (m->field_count == MAPPING_MAX_FIELDS)
        return mistake(r, entry, ERR_SIZE, "more than %d fields", MAPPING_MAX_FIELDS);
    field = &m->field[m->field_count++];
    *field = (struct mapping_field){.line = entry->line, .slot = slot};
    event_clear(&scratch);
    field->is_time = event_set_time(&scratch, path, 0) == 0;
    if (constant && keep(r, entry, &field->constant, constant) != 0)
        return ERR_NOMEM;
    return keep(r, entry, &field->path, path);
}

static int take_kind(struct reading *r, const struct ini_entry *entry)
{
    char words[120] = "";
    size_t used = 0;
    const char *word;

    for (uint8_t i = 1; (word = event_kind_word(i)) && used < sizeof words; i++)
        used +=
            (size_t)snprintf(words + used, sizeof words - used, "%s%s", i > 1 ? ", " : "", word);
    if (!event_kind_value(entry->value))
        return mistake(r, entry, ERR_VALUE, "one of %s", words);
    return add_field(r, entry, "kind", -1, entry->value);
}

static int take_field(struct reading *r, const struct ini_entry *entry)
{
    int slot;

    if (entry->value[0] == '=')
        return add_field(r, entry, entry->key, -1, entry->value + 1);
    slot = slot_of(r, entry, entry->value);
    return slot < 0 ? slot : add_field(r, entry, entry->key, slot, NULL);
}

static int add_value(struct reading *r, const struct ini_entry *entry, const char *path,
                     const char *from, const char *to)
{
    struct mapping *m = r->mapping;
    struct mapping_value *grown = reallocarray(m->value, m->value_count + 1, sizeof *grown), *row;
    int err;

    if (!grown)
        return mistake(r, entry, ERR_NOMEM, "no memory");
    m->value = grown;
    row = &grown[m->value_count++];
    *row = (struct mapping_value){.line = entry->line};
    err = keep(r, entry, &row->path, path);
    if (!err)
        err = keep(r, entry, &row->from, from);
    return err || !to ? err : keep(r, entry, &row->to, to);
}

/* [null] PATH = TEXT, TEXT */
static int take_null(struct reading *r, const struct ini_entry *entry)
{
    char *copy = strdup(entry->value), *rest = copy, *text;
    int err = copy ? 0 : mistake(r, entry, ERR_NOMEM, "no memory");

    if (!err && strcmp(entry->key, "*") != 0 && !event_has_path(entry->key))
        err = mistake(r, entry, ERR_ABSENT, "the data dictionary names no such field");
    while (!err && (text = next_item(&rest)))
        err = add_value(r, entry, entry->key, text, NULL);
    free(copy);
    return err;
}

/* [values PATH] TEXT = TEXT */
static int take_value(struct reading *r, const struct ini_entry *entry)
{
    const char *path = entry->section + strlen("values") + strspn(entry->section + 6, " ");

    if (!event_has_path(path))
        return mistake(r, entry, ERR_ABSENT, "the data dictionary names no such field");
    return add_value(r, entry, path, entry->key, entry->value);
}

/* NAME = COLUMN before "TEXT", or after. The quoted text begins after the first such word. */
static int take_split(struct reading *r, const struct ini_entry *entry)
{
    static const struct {
        const char *word;
        enum mapping_slot_kind kind;
    } words[] = {{" before \"", MAPPING_BEFORE}, {" after \"", MAPPING_AFTER}};
    char *copy = strdup(entry->value), *at = NULL;
    size_t size = strlen(entry->value);
    int slot, part, err = 0;
    size_t word = 0;

    for (; copy && word < 2 && !(at = strstr(copy, words[word].word)); word++)
        continue;
    if (!at || copy[size - 1] != '"' || at + strlen(words[word].word) >= copy + size - 1) {
        free(copy);
        return mistake(r, entry, ERR_SYNTAX,
                       "write it as: NAME = COLUMN before \"TEXT\", or after");
    }
    copy[size - 1] = *at = '\0';
    slot = slot_of(r, entry, entry->key);
    part = slot < 0 ? slot : slot_of(r, entry, copy);
    if (part < 0) {
        err = part;
    } else {
        struct mapping_slot *made = &r->mapping->slot[slot];

        made->kind = words[word].kind;
        made->part[0] = part;
        made->part_count = 1;
        err = keep(r, entry, &made->text, at + strlen(words[word].word));
    }
    free(copy);
    return err;
}

/* NAME = COLUMN, COLUMN: joined by one space. */
static int take_join(struct reading *r, const struct ini_entry *entry)
{
    int slot = slot_of(r, entry, entry->key);

    if (slot < 0)
        return slot;
    r->mapping->slot[slot].kind = MAPPING_JOIN;
    return take_slots(r, entry, entry->value, r->mapping->slot[slot].part,
                      &r->mapping->slot[slot].part_count);
}

static const struct {
    const char *section;
    const char *key; /* NULL: any */
    entry_fn take;
} entries[] = {
    {"source", "header", take_header},
    {"source", "title_lines", take_titles},
    {"source", "columns", take_columns},
    {"source", "encoding", take_encoding},
    {"source", "delimiter", take_delimiter},
    {"source", "quote", take_quote},
    {"time", "zone", take_zone},
    {"time", "format", take_format},
    {"time", "skew", take_skew},
    {"key", "incident", take_incident},
    {"key", "digest", take_digest},
    {"key", "duplicates", take_duplicates},
    {"event", "kind", take_kind},
    {"fields", NULL, take_field},
    {"split", NULL, take_split},
    {"join", NULL, take_join},
    {"null", NULL, take_null},
};

static int take_entry(struct reading *r, const struct ini_entry *entry)
{
    bool known = false;

    if (strncmp(entry->section, "values ", 7) == 0)
        return take_value(r, entry);
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        if (strcmp(entries[i].section, entry->section) != 0)
            continue;
        known = true;
        if (!entries[i].key || strcmp(entries[i].key, entry->key) == 0)
            return entries[i].take(r, entry);
    }
    return mistake(r, entry, ERR_ABSENT, "%s", known ? "no such key" : "no such section");
}

/* A derived slot may use only slots before it, so that there is no circle. */
static int check_slots(struct reading *r)
{
    const struct mapping *m = r->mapping;

    for (size_t i = 0; i < m->slot_count; i++)
        for (size_t j = 0; j < m->slot[i].part_count; j++) {
            const struct mapping_slot *part = &m->slot[m->slot[i].part[j]];

            if (part->kind != MAPPING_COLUMN && m->slot[i].part[j] >= (int)i)
                return error_set(r->error, ERR_SYNTAX, m->slot[i].name,
                                 "line %d: %s is made from what stands below it", m->slot[i].line,
                                 m->slot[i].name);
        }
    return 0;
}

static bool has_field(const struct mapping *m, const char *path)
{
    for (size_t i = 0; i < m->field_count; i++)
        if (strcmp(m->field[i].path, path) == 0)
            return true;
    return false;
}

/* A records system may identify its outcomes by report number alone. */
static bool finds_by_report(const struct mapping *m)
{
    bool outcomes = false;

    for (size_t i = 0; i < m->field_count; i++)
        outcomes |= strcmp(m->field[i].path, "kind") == 0 && m->field[i].slot < 0 &&
                    strcmp(m->field[i].constant, "outcome.recorded") == 0;
    return outcomes && has_field(m, "report_numbers[0]");
}

/* A zone's name in the format is skipped like any other letters, so the mapping's zone must be the
 * same. */
static bool zone_is_heeded(const struct mapping *m)
{
    bool zulu;

    if (m->time_kind != MAPPING_TIME_FORMAT || !time_format_names_zone(m->time_format, &zulu))
        return true;
    return zulu && (strcmp(m->zone, "UTC") == 0 || strcmp(m->zone, "Etc/UTC") == 0);
}

static int check_times(struct reading *r)
{
    const struct mapping *m = r->mapping;
    bool times = false;

    for (size_t i = 0; i < m->field_count; i++)
        times = times || (m->field[i].is_time && m->field[i].slot >= 0);
    if (times && m->time_kind == MAPPING_TIME_NONE)
        return error_set(r->error, ERR_MISSING, "format", "[time] format: is missing");
    if ((m->time_kind == MAPPING_TIME_EXCEL ||
         (m->time_kind == MAPPING_TIME_FORMAT && !strstr(m->time_format, "%z"))) &&
        !m->zone[0])
        return error_set(r->error, ERR_MISSING, "zone", "[time] zone: is missing");
    if (!zone_is_heeded(m))
        return error_set(r->error, ERR_VALUE, "format",
                         "[time] format: a zone's name written in it is not heeded: %%z reads Z; "
                         "where all times are UTC, set zone = UTC");
    return 0;
}

static int check_whole(struct reading *r)
{
    const struct mapping *m = r->mapping;
    int err;

    if (!m->header && m->column_count == 0)
        return error_set(r->error, ERR_MISSING, "columns",
                         "[source] columns: must name the columns, as there is no header");
    err = check_times(r);
    if (err)
        return err;
    if ((m->incident >= 0) == (m->key_count > 0) && (m->key_count > 0 || !finds_by_report(m)))
        return error_set(r->error, ERR_MISSING, "incident",
                         "[key]: either incident = COLUMN or digest = COLUMN, COLUMN");
    if (!has_field(m, "kind"))
        return error_set(r->error, ERR_MISSING, "kind", "[event] kind: is missing");
    if (!has_field(m, "occurred_at"))
        return error_set(r->error, ERR_MISSING, "occurred_at", "[fields] occurred_at: is missing");
    return check_slots(r);
}

/* [split] and [join] are read first, so that a field may name a slot that is defined further
 * down. */
static bool makes_slots(const struct ini_entry *entry)
{
    return strcmp(entry->section, "split") == 0 || strcmp(entry->section, "join") == 0;
}

int mapping_load(struct mapping *mapping, const char *path, struct error *error)
{
    struct reading r = {mapping, error};
    struct ini ini;
    int err;

    *mapping = (struct mapping){.header = true, .delimiter = ',', .quote = '"', .incident = -1};
    err = ini_load(&ini, path, error);
    if (!err && !(mapping->encoding = strdup("utf-8")))
        err = error_set(error, ERR_NOMEM, "", "no memory");
    for (int made = 1; made >= 0; made--)
        for (size_t i = 0; !err && i < ini.count; i++)
            if (makes_slots(&ini.entry[i]) == (made == 1))
                err = take_entry(&r, &ini.entry[i]);
    if (!err)
        err = check_whole(&r);
    ini_free(&ini);
    if (err)
        mapping_free(mapping);
    return err;
}

void mapping_free(struct mapping *mapping)
{
    if (!mapping)
        return;
    for (size_t i = 0; i < mapping->column_count; i++)
        free(mapping->column[i]);
    for (size_t i = 0; i < mapping->slot_count; i++) {
        free(mapping->slot[i].name);
        free(mapping->slot[i].text);
    }
    for (size_t i = 0; i < mapping->field_count; i++) {
        free(mapping->field[i].path);
        free(mapping->field[i].constant);
    }
    for (size_t i = 0; i < mapping->value_count; i++) {
        free(mapping->value[i].path);
        free(mapping->value[i].from);
        free(mapping->value[i].to);
    }
    free(mapping->value);
    free(mapping->encoding);
    free(mapping->fallback);
    free(mapping->time_format);
    *mapping = (struct mapping){0};
}
