/* See csv_lines.h. */
#include "csv_lines.h"

#include <csv.h>
#include <string.h>
#include <strings.h>

enum { LOOKED_AT = 32, NAME_MAX_OCTETS = 128 };

bool csv_lines_is_blank(const char *line, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!line[i] || !strchr(" \t\r\n\x1A", line[i]))
            return false;
    return true;
}

char csv_lines_separator(const char *line, size_t size)
{
    while (size > 0 && (line[size - 1] == '\r' || line[size - 1] == '\n'))
        size--;
    if (size >= 2 && line[0] == '"' && line[size - 1] == '"') {
        line++;
        size -= 2;
    }
    return size == 5 && strncasecmp(line, "sep=", 4) == 0 ? line[4] : '\0';
}

struct looking {
    const struct mapping *mapping;
    struct charset *charset;
    bool found[MAPPING_MAX_SLOTS];
};

static void name_cb(void *data, size_t size, void *ctx)
{
    struct looking *looking = ctx;
    char name[NAME_MAX_OCTETS];

    if (size == 0 || charset_read(looking->charset, data, size, name, sizeof name) < 0)
        return;
    for (size_t i = 0; i < looking->mapping->slot_count; i++)
        if (looking->mapping->slot[i].kind == MAPPING_COLUMN &&
            strcmp(looking->mapping->slot[i].name, name) == 0)
            looking->found[i] = true;
}

static bool names_all(struct looking *looking, char delimiter, const char *line, size_t size)
{
    struct csv_parser parser;

    if (csv_init(&parser, CSV_STRICT_FINI) != 0)
        return false;
    csv_set_delim(&parser, (unsigned char)delimiter);
    csv_set_quote(&parser, (unsigned char)looking->mapping->quote);
    memset(looking->found, 0, sizeof looking->found);
    csv_parse(&parser, line, size, name_cb, NULL, looking);
    csv_fini(&parser, name_cb, NULL, looking);
    csv_free(&parser);
    for (size_t i = 0; i < looking->mapping->slot_count; i++)
        if (looking->mapping->slot[i].kind == MAPPING_COLUMN && !looking->found[i])
            return false;
    return true;
}

int csv_lines_find_header(const struct mapping *mapping, struct charset *charset, char delimiter,
                          const char *text, size_t size)
{
    struct looking looking = {.mapping = mapping, .charset = charset};
    size_t at = 0;

    for (int line = 1; line <= LOOKED_AT && at < size; line++) {
        size_t from = at;

        while (at < size && text[at] != '\n' && text[at] != '\r')
            at++;
        if (names_all(&looking, delimiter, text + from, at - from))
            return line;
        at += at + 1 < size && text[at] == '\r' && text[at + 1] == '\n' ? 2 : 1;
    }
    return 0;
}
