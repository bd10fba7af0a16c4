#include "http_parse.h"

#include <llhttp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    FRAMING_ROOM = 8192,   /* octets of chunk extensions and trailers */
    FRAMING_EACH = 8,      /* and of framing, for each octet of a body */
    MAX_LENGTH_DIGITS = 18 /* so that no length overflows */
};

struct http_parser {
    llhttp_t llhttp;
    size_t max_body;
    size_t seen, line, lines; /* of the head: octets checked, start of the line, lines before it */
    struct http_head *head;   /* while it is being read */
    int status;               /* with which this module refuses */
    bool complete;
    bool size_line, blank, extension, last_chunk; /* of the current chunk */
    char last;                                    /* octet of the framing */
    size_t body, framing;                         /* octets so far */
    const char *mark;                             /* framing starts here */
    http_piece_cb piece_cb;
    void *ctx;
};

static bool is_token_char(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static size_t token_size(const char *text, size_t size)
{
    size_t n = 0;
    while (n < size && is_token_char((unsigned char)text[n]))
        n++;
    return n;
}

/* Returns 0, or the status that refuses octet c after last. */
static int check_octet(char last, char c)
{
    unsigned char octet = (unsigned char)c;

    if ((c == '\n') != (last == '\r'))
        return 400;
    return (octet < 0x20 && c != '\r' && c != '\n' && c != '\t') || octet == 0x7f ? 400 : 0;
}

/* "GET /path HTTP/1.1", with one blank between and nothing else. */
static int check_request_line(const char *line, size_t size)
{
    size_t method = token_size(line, size);
    size_t at = method + 1;

    if (method == 0 || method == size || line[method] != ' ')
        return 400;
    while (at < size && line[at] > 0x20) /* octets from 0x80 on are refused, signed or not */
        if ((unsigned char)line[at++] >= 0x7f)
            return 400;
    if (at == method + 1 || size - at != strlen(" HTTP/1.1") || memcmp(line + at, " HTTP/", 6) != 0)
        return 400;
    const char *version = line + at + 6;
    if (!is_digit(version[0]) || version[1] != '.' || !is_digit(version[2]))
        return 400;
    return version[0] == '1' && version[2] <= '1' ? 0 : 505;
}

/* Ends the line before at. Returns 1 for the empty line that ends the head, 0, or a negative
 * status. */
static int end_line(struct http_parser *parser, const char *data, size_t at)
{
    const char *line = data + parser->line;
    size_t size = at - 2 - parser->line;
    int status = 0;

    if (size == 0)
        return parser->lines == 0 ? -400 : 1;
    if (parser->lines == 0) {
        status = check_request_line(line, size);
    } else if (parser->lines > HTTP_MAX_FIELDS) {
        status = 431;
    } else {
        size_t name = token_size(line, size);
        status = name == 0 || name == size || line[name] != ':' ? 400 : 0;
    }
    parser->lines++;
    parser->line = at;
    return -status;
}

int http_parser_find(struct http_parser *parser, const char *data, size_t size)
{
    while (parser->seen < size) {
        size_t at = parser->seen++;
        if (parser->seen > HTTP_MAX_HEAD)
            return parser->lines == 0 ? -414 : -431;
        if (check_octet(at == 0 ? '\0' : data[at - 1], data[at]) != 0)
            return -400;
        if (data[at] != '\n')
            continue;
        int result = end_line(parser, data, parser->seen);
        if (result != 0)
            return result < 0 ? result : (int)parser->seen;
    }
    return 0;
}

const struct http_field *http_head_field(const struct http_head *head, const char *name,
                                         size_t *count)
{
    const struct http_field *found = NULL;
    size_t size = strlen(name), times = 0;

    for (size_t i = 0; i < head->count; i++)
        if (head->field[i].name_size == size && strncasecmp(head->field[i].name, name, size) == 0) {
            found = found == NULL ? &head->field[i] : found;
            times++;
        }
    if (count != NULL)
        *count = times;
    return found;
}

static bool value_is(const struct http_field *field, const char *text)
{
    return field->value_size == strlen(text) &&
           strncasecmp(field->value, text, field->value_size) == 0;
}

/* RFC 3986, 3.2.2: a name, an IPv4 address or an IPv6 address in brackets; perhaps a port. */
static bool is_host(const struct http_field *field)
{
    static const char name[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                               "-._~%!$&'()*+,;=";
    static const char ipv6[] = "0123456789abcdefABCDEF:.";
    const char *at = field->value, *end = at + field->value_size;
    bool bracket = at < end && *at == '[';

    at += bracket ? 1 : 0;
    while (at < end && *at != '\0' && strchr(bracket ? ipv6 : name, *at) != NULL)
        at++;
    if (bracket && (at == end || *at++ != ']'))
        return false;
    if (at < end && *at++ != ':')
        return false;
    while (at < end && is_digit(*at))
        at++;
    return at == end;
}

/* RFC 9112, 3.2: one Host with HTTP/1.1, never two. */
static int check_host(const struct http_head *head)
{
    size_t count;
    const struct http_field *host = http_head_field(head, "Host", &count);

    if (count > 1 || (count == 0 && head->minor > 0))
        return 400;
    return host == NULL || is_host(host) ? 0 : 400;
}

/* RFC 9112, 6.1: chunked comes last and once; other codings are not known here. */
static int check_coding(struct http_head *head, const struct http_field *coding, size_t count)
{
    const size_t chunked = strlen("chunked");
    const char *value = coding->value;
    size_t size = coding->value_size;

    if (count > 1 || head->minor == 0 || http_head_field(head, "Content-Length", NULL) != NULL)
        return 400;
    head->chunked = value_is(coding, "chunked");
    if (head->chunked)
        return 0;
    if (size > chunked && strncasecmp(value + size - chunked, "chunked", chunked) == 0 &&
        strchr(", \t", value[size - chunked - 1]) != NULL &&
        strncasecmp(value, "chunked", chunked) != 0)
        return 501; /* another coding precedes it */
    return memchr(value, ',', size) != NULL || size == 0 || token_size(value, size) < size ? 400
                                                                                           : 501;
}

/* The framing of the body, before anything of it is read. */
static int check_framing(struct http_head *head)
{
    size_t lengths, codings;
    const struct http_field *length = http_head_field(head, "Content-Length", &lengths);
    const struct http_field *coding = http_head_field(head, "Transfer-Encoding", &codings);

    if (codings > 0)
        return check_coding(head, coding, codings);
    if (lengths == 0)
        return 0;
    if (lengths > 1 || length->value_size == 0)
        return 400;
    for (size_t i = 0; i < length->value_size; i++) {
        if (!is_digit(length->value[i]))
            return 400;
        if (i == MAX_LENGTH_DIGITS)
            return 413;
        head->length = head->length * 10 + (uint64_t)(length->value[i] - '0');
    }
    return 0;
}

static int check_expect(struct http_head *head)
{
    const struct http_field *expect = http_head_field(head, "Expect", NULL);

    if (expect == NULL || head->minor == 0)
        return 0;
    head->expects_continue = value_is(expect, "100-continue");
    return head->expects_continue ? 0 : 417;
}

/* llhttp's callbacks. The head lies in one piece, so each of its texts comes in one. */

static int url_cb(llhttp_t *llhttp, const char *at, size_t size)
{
    struct http_parser *parser = llhttp->data;

    parser->head->target = at;
    parser->head->target_size = size;
    return 0;
}

static int name_cb(llhttp_t *llhttp, const char *at, size_t size)
{
    struct http_parser *parser = llhttp->data;
    struct http_head *head = parser->head;

    if (head == NULL) /* a trailer: its fields are not used */
        return 0;
    if (head->count == HTTP_MAX_FIELDS) {
        parser->status = 431;
        return -1;
    }
    head->field[head->count++] = (struct http_field){.name = at, .name_size = size, .value = ""};
    return 0;
}

static int value_cb(llhttp_t *llhttp, const char *at, size_t size)
{
    struct http_parser *parser = llhttp->data;

    if (parser->head == NULL || parser->head->count == 0)
        return 0;
    struct http_field *field = &parser->head->field[parser->head->count - 1];
    while (size > 0 && (at[size - 1] == ' ' || at[size - 1] == '\t'))
        size--;
    field->value = at;
    field->value_size = size;
    return 0;
}

static int headers_complete_cb(llhttp_t *llhttp)
{
    struct http_parser *parser = llhttp->data;
    struct http_head *head = parser->head;

    if (head == NULL)
        return 0;
    head->method = llhttp_method_name((llhttp_method_t)llhttp->method);
    head->minor = llhttp->http_minor;
    head->keep_alive = llhttp_should_keep_alive(llhttp);
    if ((parser->status = check_host(head)) == 0 && (parser->status = check_framing(head)) == 0)
        parser->status = check_expect(head);
    if (parser->status == 0 && llhttp->method == HTTP_CONNECT)
        parser->status = 501;
    head->has_body = head->chunked || head->length > 0;
    parser->size_line = head->chunked;
    /* llhttp frames the body: what it understood must be what was checked. */
    if (parser->status == 0 && (head->chunked != ((llhttp->flags & F_CHUNKED) != 0) ||
                                (!head->chunked && head->length != llhttp->content_length)))
        parser->status = 400;
    return parser->status == 0 ? 0 : -1;
}

static int check_piece(struct http_parser *parser, const char *end)
{
    for (const char *at = parser->mark; at < end; at++) {
        if (check_octet(parser->last, *at) != 0)
            return 400;
        if (parser->last == '\n' && is_blank(*at)) /* a trailer's line is folded */
            return 400;
        parser->last = *at;
    }
    parser->framing += (size_t)(end - parser->mark);
    parser->mark = end;
    return parser->framing > FRAMING_ROOM + FRAMING_EACH * parser->body ? 400 : 0;
}

static int body_cb(llhttp_t *llhttp, const char *at, size_t size)
{
    struct http_parser *parser = llhttp->data;

    if (parser->status == 0)
        parser->status = check_piece(parser, at);
    if (parser->status == 0 && size > parser->max_body - parser->body)
        parser->status = 413;
    if (parser->status == 0)
        parser->status = parser->piece_cb(parser->ctx, at, size);
    parser->body += size;
    parser->mark = at + size;
    return parser->status == 0 ? 0 : -1;
}

/* A chunk that is too large is refused by the size that it announces. */
static int chunk_header_cb(llhttp_t *llhttp)
{
    struct http_parser *parser = llhttp->data;

    parser->size_line = false;
    parser->last_chunk = llhttp->content_length == 0;
    if (llhttp->content_length > parser->max_body - parser->body)
        parser->status = 413;
    return parser->status == 0 ? 0 : -1;
}

static int chunk_complete_cb(llhttp_t *llhttp)
{
    struct http_parser *parser = llhttp->data;

    parser->size_line = !parser->last_chunk;
    return parser->size_line ? HPE_PAUSED : 0;
}

static int complete_cb(llhttp_t *llhttp)
{
    struct http_parser *parser = llhttp->data;

    parser->complete = true;
    return HPE_PAUSED; /* what follows belongs to another request */
}

static llhttp_settings_t settings;

struct http_parser *http_parser_new(size_t max_body)
{
    struct http_parser *parser = calloc(1, sizeof *parser);

    if (parser == NULL)
        return NULL;
    llhttp_settings_init(&settings);
    settings.on_url = url_cb;
    settings.on_header_field = name_cb;
    settings.on_header_value = value_cb;
    settings.on_headers_complete = headers_complete_cb;
    settings.on_body = body_cb;
    settings.on_chunk_header = chunk_header_cb;
    settings.on_chunk_complete = chunk_complete_cb;
    settings.on_message_complete = complete_cb;
    llhttp_init(&parser->llhttp, HTTP_REQUEST, &settings);
    parser->llhttp.data = parser;
    parser->max_body = max_body;
    return parser;
}

void http_parser_free(struct http_parser *parser)
{
    free(parser);
}

static int status_of(const struct http_parser *parser, llhttp_errno_t error)
{
    if (parser->status != 0)
        return parser->status;
    switch ((int)error) {
    case HPE_OK:
    case HPE_PAUSED:
    case HPE_PAUSED_UPGRADE: /* the upgrade is ignored: the request goes on in HTTP/1.1 */
        return 0;
    case HPE_INVALID_METHOD:
        return 501;
    default:
        return 400;
    }
}

int http_parser_head(struct http_parser *parser, char *data, size_t size, struct http_head *head)
{
    /* A tab is as valid as a space here, but llhttp refuses it around a Content-Length. */
    for (char *tab = data; (tab = memchr(tab, '\t', size - (size_t)(tab - data))) != NULL;)
        *tab = ' ';
    memset(head, 0, sizeof *head);
    parser->head = head;
    llhttp_errno_t error = llhttp_execute(&parser->llhttp, data, size);
    parser->head = NULL;
    int status = status_of(parser, error);
    /* After PRI llhttp waits for the rest of the HTTP/2 preface, and does not complete a head. */
    return status == 0 && head->method == NULL ? 501 : status;
}

/* Passes the octets up to end to llhttp. Returns 0 or a status; *at is where llhttp stopped. */
static int feed(struct http_parser *parser, const char **at, const char *end)
{
    parser->mark = *at;
    llhttp_errno_t error = llhttp_execute(&parser->llhttp, *at, (size_t)(end - *at));
    int status = status_of(parser, error);

    *at = status == 0 && error != HPE_OK ? llhttp_get_error_pos(&parser->llhttp) : end;
    if (status == 0)
        status = check_piece(parser, *at);
    if (status == 0 && error != HPE_OK && !parser->complete)
        llhttp_resume(&parser->llhttp);
    return status;
}

/* Skips octets of the size line that llhttp does not see. */
static int pass_over(struct http_parser *parser, const char **at, const char *stop)
{
    parser->mark = *at;
    *at = stop;
    return check_piece(parser, stop);
}

/* Skips the extensions of a chunk and the blanks before them (RFC 9112, 7.1.1). llhttp 8 refuses
 * some valid ones, so it sees none. */
static int feed_size_line(struct http_parser *parser, const char **at, const char *end)
{
    const char *stop = *at;

    if (parser->blank) {
        while (stop < end && is_blank(*stop))
            stop++;
        parser->blank = stop == end;
        parser->extension = stop < end;
        return stop < end && *stop != ';' ? 400 : pass_over(parser, at, stop);
    }
    if (parser->extension) {
        while (stop < end && *stop != '\r')
            stop++;
        parser->extension = stop == end;
        return pass_over(parser, at, stop);
    }
    while (stop < end && *stop != ';' && *stop != '\n' && !is_blank(*stop))
        stop++;
    parser->blank = stop < end && is_blank(*stop);
    parser->extension = stop < end && *stop == ';';
    if (stop < end && *stop == '\n') /* the data follows, whatever its first octet is */
        stop++;
    return feed(parser, at, stop);
}

int http_parser_body(struct http_parser *parser, const char *data, size_t size, size_t *used,
                     http_piece_cb piece_cb, void *ctx)
{
    const char *at = data, *end = data + size;
    int status = 0;

    parser->piece_cb = piece_cb;
    parser->ctx = ctx;
    while (status == 0 && !parser->complete && at < end)
        status = parser->size_line ? feed_size_line(parser, &at, end) : feed(parser, &at, end);
    *used = (size_t)(at - data);
    if (status != 0)
        return -status;
    return parser->complete ? 1 : 0;
}
