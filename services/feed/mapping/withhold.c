/* See withhold.h. */
#include "withhold.h"

#include "utf8.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { TYPE_MAX_OCTETS = sizeof((struct event *)0)->call_type - 1 };

static int add(struct withhold *withhold, const char *type)
{
    char **types = reallocarray(withhold->type, withhold->count + 1, sizeof *types);
    struct text_key *keys;
    bool *met;

    if (!types)
        return ERR_NOMEM;
    withhold->type = types;
    met = reallocarray(withhold->met, withhold->count + 1, sizeof *met);
    if (!met)
        return ERR_NOMEM;
    withhold->met = met;
    keys = reallocarray(withhold->key, withhold->count + 1, sizeof *keys);
    if (!keys)
        return ERR_NOMEM;
    withhold->key = keys;
    met[withhold->count] = false;
    if (text_key(&keys[withhold->count], type) != 0) /* no letters or digits, as in "*" */
        keys[withhold->count].size = 0;
    types[withhold->count] = strdup(type);
    return types[withhold->count++] ? 0 : ERR_NOMEM;
}

/* Normalises white space as in an event's texts: one space between words, none at the ends. */
static size_t squeeze(char *line, size_t size)
{
    size_t kept = 0;

    for (size_t i = 0; i < size; i++) {
        if (line[i] && strchr(" \t\r\n", line[i])) {
            if (kept > 0 && line[kept - 1] != ' ')
                line[kept++] = ' ';
        } else {
            line[kept++] = line[i];
        }
    }
    if (kept > 0 && line[kept - 1] == ' ')
        kept--;
    line[kept] = '\0';
    return kept;
}

static int take_line(struct withhold *withhold, char *line, size_t size, int number,
                     struct error *error)
{
    const char *star;
    size_t mark = number == 1 && size >= 3 && memcmp(line, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    int err;

    line += mark;
    size = squeeze(line, size - mark);
    if (size == 0 || *line == '#')
        return 0;
    if (utf8_text_defect(line, size))
        return error_set(error, ERR_UTF8, "types_file", "line %d is no UTF-8 text", number);
    if (size > TYPE_MAX_OCTETS)
        return error_set(error, ERR_SIZE, "types_file", "line %d is longer than a type can be",
                         number);
    star = strchr(line, '*');
    if (star && (star[1] != '\0' || star == line))
        return error_set(error, ERR_VALUE, "types_file",
                         "line %d has a * that is not at its end behind a text: it would match "
                         "nothing",
                         number);
    err = add(withhold, line);
    /* Such a type is replaced by that word before it is compared. */
    if (!err && event_code_is_withheld(line))
        err = add(withhold, EVENT_WITHHELD);
    return err ? error_set(error, err, "types_file", "no memory") : 0;
}

int withhold_load(struct withhold *withhold, const char *path, struct error *error)
{
    FILE *file;
    char *line = NULL;
    size_t room = 0;
    ssize_t size;
    int err = 0, number = 0;

    *withhold = (struct withhold){0};
    if (!*path)
        return 0;
    file = fopen(path, "re");
    if (!file)
        return error_set(error, ERR_IO, "types_file", "%s: %s", path, strerror(errno));
    while (!err && (size = getline(&line, &room, file)) >= 0)
        err = take_line(withhold, line, (size_t)size, ++number, error);
    if (!err && ferror(file))
        err = error_set(error, ERR_IO, "types_file", "%s: %s", path, strerror(errno));
    if (!err && !(withhold->known = calloc(WITHHOLD_KNOWN, sizeof *withhold->known)))
        err = error_set(error, ERR_NOMEM, "types_file", "no memory");
    free(line);
    fclose(file);
    return err;
}

void withhold_free(struct withhold *withhold)
{
    for (size_t i = 0; i < withhold->count; i++)
        free(withhold->type[i]);
    free(withhold->type);
    free(withhold->met);
    free(withhold->key);
    free(withhold->known);
    *withhold = (struct withhold){0};
}

static bool is_of(const struct withhold *withhold, size_t i, const char *text,
                  const struct text_key *read)
{
    const struct text_key *key = &withhold->key[i];
    const char *type = withhold->type[i];
    size_t size = strlen(type);
    bool any_rest = size > 1 && type[size - 1] == '*';

    if (key->size > 0 && read->size > 0 &&
        (any_rest ? text_key_begins(key, read) : text_key_is(key, read)))
        return true;
    return any_rest ? strncasecmp(type, text, size - 1) == 0 : strcasecmp(type, text) == 0;
}

static bool has_type(struct withhold *withhold, const char *type)
{
    struct text_key read;
    bool found = false;

    if (!*type)
        return false;
    if (text_key(&read, type) != 0)
        read.size = 0;
    for (size_t i = 0; i < withhold->count; i++)
        if (is_of(withhold, i, type, &read))
            found = withhold->met[i] = true;
    return found;
}

/* FNV-1a; never 0. */
static uint64_t digest(const char *number)
{
    uint64_t sum = UINT64_C(14695981039346656037);

    for (; *number; number++)
        sum = (sum ^ (unsigned char)*number) * UINT64_C(1099511628211);
    return sum ? sum : 1;
}

bool withhold_event(struct withhold *withhold, const struct event *event)
{
    uint64_t sum = digest(event->incident), *place;
    bool found;

    if (withhold->count == 0)
        return false;
    place = &withhold->known[sum % WITHHOLD_KNOWN];
    if (!event->call_type[0] && !event->final_type[0])
        return event->incident[0] && *place == sum;
    found = has_type(withhold, event->call_type);
    found = has_type(withhold, event->final_type) || found;
    if (found)
        *place = sum;
    else if (*place == sum)
        *place = 0;
    return found;
}

void withhold_print_unmet(const struct withhold *withhold, FILE *out)
{
    for (size_t i = 0; i < withhold->count; i++)
        if (!withhold->met[i] && strcmp(withhold->type[i], EVENT_WITHHELD) != 0)
            fprintf(out, "%s\n", withhold->type[i]);
}
