/* See source_head.h. */
#include "source_head.h"

#include <string.h>

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

enum { HEAD = 8 }; /* octets that are compared */

static const struct {
    const char *octets;
    size_t size;
    const char *what;
} others[] = {
    {"\xFF\xFE\0\0", 4, "is in UTF-32: export it as UTF-8"},
    {"\0\0\xFE\xFF", 4, "is in UTF-32: export it as UTF-8"},
    {"\xFF\xFE", 2, "is in UTF-16: export it as UTF-8"},
    {"\xFE\xFF", 2, "is in UTF-16: export it as UTF-8"},
    {"PK\x03\x04", 4, "is a ZIP archive, as a spreadsheet (.xlsx) is: export it as CSV"},
    {"\xD0\xCF\x11\xE0", 4, "is a spreadsheet of the old form (.xls): export it as CSV"},
    {"%PDF", 4, "is a PDF: export it as CSV"},
    {"\xFD"
     "7zXZ",
     5, "is compressed by xz: of compressed files only gzip is read"},
    {"\x28\xB5\x2F\xFD", 4, "is compressed by zstd: of compressed files only gzip is read"},
    {"<?xml", 5, "is XML: export it as CSV"},
    {"<html", 5, "is HTML, whatever its name says: export it as CSV"},
    {"<table", 6, "is HTML, whatever its name says: export it as CSV"},
};

/* UTF-16 or UTF-32 without a mark: each ASCII character has NUL octets beside it. */
static const char *wide(const char *head)
{
    static const struct {
        bool filled[4];
        const char *what;
    } forms[] = {
        {{true, false, true, false}, "is in UTF-16 without a mark: export it as UTF-8"},
        {{false, true, false, true}, "is in UTF-16 without a mark: export it as UTF-8"},
        {{true, false, false, false}, "is in UTF-32 without a mark: export it as UTF-8"},
        {{false, false, false, true}, "is in UTF-32 without a mark: export it as UTF-8"},
        {{false, false, false, false}, "begins with NUL octets: a hole in the file, or no text"},
    };

    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        bool same = true;

        for (size_t j = 0; j < COUNT_OF(forms[i].filled); j++)
            same = same && (head[j] != '\0') == forms[i].filled[j];
        if (same)
            return forms[i].what;
    }
    return NULL;
}

size_t source_head_mark(const char *text, size_t size)
{
    return size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

int source_head_take(struct source_buffer *buffer, struct error *error)
{
    const char *head = buffer->data ? buffer->data + buffer->used : "";
    size_t size = buffer->size - buffer->used;
    const char *what = size >= 4 ? wide(head) : NULL;

    if (size < HEAD && !buffer->finished)
        return SOURCE_HEAD_MORE;
    if (what)
        return error_set(error, ERR_UTF8, "input", "%s", what);
    for (size_t i = 0; i < COUNT_OF(others); i++)
        if (size >= others[i].size && memcmp(head, others[i].octets, others[i].size) == 0)
            return error_set(error, i < 4 ? ERR_UTF8 : ERR_SYNTAX, "input", "%s", others[i].what);
    return 0;
}
