/* See ini.h. */
#include "ini.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *trim(char *text)
{
    size_t size;

    while (isspace((unsigned char)*text))
        text++;
    size = strlen(text);
    while (size > 0 && isspace((unsigned char)text[size - 1]))
        text[--size] = '\0';
    return text;
}

/* Removes one pair of quotes. */
static char *unquote(char *text)
{
    size_t size = strlen(text);

    if (size < 2 || text[0] != '"' || text[size - 1] != '"')
        return text;
    text[size - 1] = '\0';
    return text + 1;
}

static int add(struct ini *ini, const char *section, const char *key, const char *value, int line)
{
    struct ini_entry *grown = reallocarray(ini->entry, ini->count + 1, sizeof *grown);
    struct ini_entry *entry;

    if (!grown)
        return ERR_NOMEM;
    ini->entry = grown;
    entry = &grown[ini->count++];
    *entry = (struct ini_entry){strdup(section), strdup(key), strdup(value), line};
    return entry->section && entry->key && entry->value ? 0 : ERR_NOMEM;
}

static int take_line(struct ini *ini, char section[64], char *line, int number, struct error *error)
{
    char *text = trim(line), *equals;
    size_t size = strlen(text);

    if (size == 0 || *text == '#' || *text == ';')
        return 0;
    if (*text == '[') {
        if (text[size - 1] != ']' || size - 2 >= 64)
            return error_set(error, ERR_SYNTAX, "", "line %d: a section is [name]", number);
        text[size - 1] = '\0';
        snprintf(section, 64, "%s", trim(text + 1));
        return 0;
    }
    equals = strchr(text, '=');
    if (!equals || equals == text)
        return error_set(error, ERR_SYNTAX, "", "line %d: neither [section] nor key = value",
                         number);
    if (*section == '\0')
        return error_set(error, ERR_SYNTAX, "", "line %d: a key before any [section]", number);
    *equals = '\0';
    return add(ini, section, trim(text), unquote(trim(equals + 1)), number);
}

int ini_load(struct ini *ini, const char *path, struct error *error)
{
    FILE *file = fopen(path, "re");
    char section[64] = "", *line = NULL;
    size_t room = 0;
    int err = 0, number = 0;

    *ini = (struct ini){0};
    if (!file)
        return error_set(error, ERR_IO, "", "%s: %s", path, strerror(errno));
    while (!err && getline(&line, &room, file) >= 0) {
        char *from = line;

        if (++number == 1 && strncmp(from, "\xEF\xBB\xBF", 3) == 0)
            from += 3;
        err = take_line(ini, section, from, number, error);
    }
    if (!err && ferror(file))
        err = error_set(error, ERR_IO, "", "%s: %s", path, strerror(errno));
    if (err == ERR_NOMEM)
        error_set(error, err, "", "no memory");
    free(line);
    fclose(file);
    if (err)
        ini_free(ini);
    return err;
}

void ini_free(struct ini *ini)
{
    for (size_t i = 0; i < ini->count; i++) {
        free(ini->entry[i].section);
        free(ini->entry[i].key);
        free(ini->entry[i].value);
    }
    free(ini->entry);
    *ini = (struct ini){0};
}
