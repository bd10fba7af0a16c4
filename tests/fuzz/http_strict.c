/* See http_strict.h. */
#include "http_strict.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TOKEN  "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

struct reader {
    const char *at, *end;
    size_t max_body;
};

struct head {
    unsigned hosts, lengths, codings;
    bool post, old, close, kept, chunked;
    size_t length;
};

/* Reads a line without its end; false: it is incomplete, or has an octet that no line may have. */
static bool line(struct reader *reader, char *out, size_t room)
{
    const char *end = memchr(reader->at, '\n', (size_t)(reader->end - reader->at));
    size_t size;

    if (end == NULL || end == reader->at || end[-1] != '\r')
        return false;
    size = (size_t)(end - 1 - reader->at);
    if (size >= room)
        return false;
    for (size_t i = 0; i < size; i++)
        if (((unsigned char)reader->at[i] < 0x20 && reader->at[i] != '\t') || reader->at[i] == 0x7f)
            return false;
    memcpy(out, reader->at, size);
    out[size] = '\0';
    reader->at = end + 1;
    return true;
}

/* A request line: method, target, and HTTP/1.0 or 1.1 (a higher minor version counts as 1.1). */
static bool read_line(struct head *head, char *text)
{
    char *target = strchr(text, ' ');
    char *version = target != NULL ? strchr(target + 1, ' ') : NULL;

    if (version == NULL || target == text || version == target + 1 ||
        strspn(text, TOKEN) != (size_t)(target - text))
        return false;
    head->post = strncmp(text, "POST ", 5) == 0;
    head->old = version[8] == '0';
    return strncmp(version, " HTTP/1.", 8) == 0 && version[8] >= '0' && version[8] <= '9' &&
           version[9] == '\0';
}

/* The number of list elements that equal word; *others gets the number of all others. */
static unsigned names(const char *list, const char *word, unsigned *others)
{
    unsigned found = 0;

    for (*others = 0;; list++) {
        list += strspn(list, " \t");
        size_t size = strcspn(list, ",");
        size_t bare = size;
        while (bare > 0 && (list[bare - 1] == ' ' || list[bare - 1] == '\t'))
            bare--;
        if (bare == strlen(word) && strncasecmp(list, word, bare) == 0)
            found++;
        else if (bare > 0)
            ++*others;
        list += size;
        if (*list == '\0')
            return found;
    }
}

static bool read_field(struct head *head, char *text)
{
    size_t name = strspn(text, TOKEN);
    char *value = text + name + 1;
    unsigned others;
    size_t size;

    if (name == 0 || text[name] != ':')
        return false;
    text[name] = '\0';
    value += strspn(value, " \t");
    size = strlen(value);
    while (size > 0 && (value[size - 1] == ' ' || value[size - 1] == '\t'))
        value[--size] = '\0';
    if (strcasecmp(text, "host") == 0)
        head->hosts++;
    if (strcasecmp(text, "connection") == 0) {
        head->close = head->close || names(value, "close", &others) > 0;
        head->kept = head->kept || names(value, "keep-alive", &others) > 0;
    }
    if (strcasecmp(text, "transfer-encoding") == 0) {
        head->codings++;
        head->chunked = names(value, "chunked", &others) == 1 && others == 0;
        return head->chunked;
    }
    if (strcasecmp(text, "content-length") == 0) {
        head->lengths++;
        head->length = strtoul(value, NULL, 10);
        return size > 0 && strspn(value, DIGITS) == size && size - strspn(value, "0") < 18;
    }
    return true;
}

static bool read_head(struct reader *reader, struct head *head)
{
    static char text[1 << 17];

    while (reader->end - reader->at >= 2 && memcmp(reader->at, "\r\n", 2) == 0)
        reader->at += 2;
    if (!line(reader, text, sizeof text) || !read_line(head, text))
        return false;
    for (;;) {
        if (!line(reader, text, sizeof text))
            return false;
        if (text[0] == '\0')
            break;
        if (!read_field(head, text))
            return false;
    }
    return head->hosts <= 1 && (head->hosts == 1 || head->old) &&
           head->lengths + head->codings <= 1 && !(head->old && head->codings > 0) &&
           head->length <= reader->max_body;
}

/* The size of a chunked body; negative: wrong or incomplete. */
static long read_chunks(struct reader *reader)
{
    static char text[1 << 17];
    size_t total = 0;

    for (;;) {
        if (!line(reader, text, sizeof text))
            return -1;
        size_t digits = strspn(text, DIGITS "abcdefABCDEF");
        const char *rest = text + digits + strspn(text + digits, " \t");
        if (digits == 0 || (*rest != '\0' && *rest != ';'))
            return -1;
        size_t zeros = strspn(text, "0");
        if (digits - (zeros < digits ? zeros : digits) > 8)
            return -1;
        size_t size = strtoul(text, NULL, 16);
        if (size == 0)
            break;
        total += size;
        if (total > reader->max_body || (size_t)(reader->end - reader->at) < size + 2 ||
            memcmp(reader->at + size, "\r\n", 2) != 0)
            return -1;
        reader->at += size + 2;
    }
    do
        if (!line(reader, text, sizeof text))
            return -1;
    while (text[0] != '\0');
    return (long)total;
}

void http_strict_read(struct http_strict *strict, const char *data, size_t size, size_t max_body)
{
    struct reader reader = {data, data + size, max_body};

    strict->count = 0;
    strict->headed = false;
    while (strict->count < HTTP_STRICT_MOST) {
        struct head head = {0};
        long body;
        if (!read_head(&reader, &head))
            return;
        body = head.chunked ? read_chunks(&reader) : (long)head.length;
        strict->headed = body < 0 || (!head.chunked && reader.end - reader.at < body);
        if (strict->headed)
            return;
        if (!head.chunked)
            reader.at += body;
        strict->request[strict->count++] =
            (struct http_strict_request){.post = head.post, .body = (size_t)body};
        if (head.close || (head.old && !head.kept))
            return;
    }
}
