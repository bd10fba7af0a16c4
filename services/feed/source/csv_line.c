/* See csv_line.h. */
#include "csv_line.h"

/* Copies the field at *at to out, without its quotes, and moves *at past it. False: it is
 * malformed. */
static bool read_field(const struct csv_line *as, const char *line, size_t size, size_t *at,
                       char *out, size_t *out_size)
{
    bool quoted = *at < size && line[*at] == as->quote;

    *out_size = 0;
    for (*at += quoted; *at < size; ++*at) {
        char c = line[*at];

        if (!quoted && c == as->delimiter)
            return true;
        if (c != as->quote) {
            out[(*out_size)++] = c;
            continue;
        }
        if (!quoted)
            return false;
        if (*at + 1 < size && line[*at + 1] == as->quote) {
            out[(*out_size)++] = c;
            ++*at;
            continue;
        }
        ++*at; /* the closing quote */
        return *at == size || line[*at] == as->delimiter;
    }
    return !quoted;
}

bool csv_line_read(const struct csv_line *as, const char *line, size_t size, char *scratch)
{
    size_t at = 0, column = 0, field_size;

    while (size > 0 && (line[size - 1] == '\n' || line[size - 1] == '\r'))
        size--;
    for (;; at++, column++) {
        if (column == as->columns || !read_field(as, line, size, &at, scratch, &field_size))
            return false;
        as->field_cb(as->ctx, column, scratch, field_size);
        if (at >= size)
            return column + 1 == as->columns;
    }
}
