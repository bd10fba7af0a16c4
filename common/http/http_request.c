#include "http_form.h"
#include "http_private.h"
#include "utf8.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct header_row {
    size_t offset, size;
    const char *name;
};

#define FIELD(member) \
    offsetof(struct http_request, member), sizeof(((struct http_request *)0)->member)

static const struct header_row headers[] = {
    {FIELD(cookie), "Cookie"},
    {FIELD(content_type), "Content-Type"},
    {FIELD(none_match), "If-None-Match"},
    {FIELD(csrf), "X-CSRF-Token"},
    {FIELD(last_event), "Last-Event-ID"},
    {FIELD(authorization), "Authorization"},
    {FIELD(idempotency_key), "Idempotency-Key"},
    {FIELD(twilio_signature), "X-Twilio-Signature"},
};

static void refuse(struct http_request *request, int status, const char *why)
{
    if (request->refused == 0) {
        request->refused = status;
        request->refused_why = why;
    }
}

static void read_header(struct http_request *request, const struct http_head *head,
                        const struct header_row *row)
{
    char *out = (char *)request + row->offset;
    size_t count;
    const struct http_field *field = http_head_field(head, row->name, &count);

    if (count > 1)
        refuse(request, 400, "A header that may stand once stands twice.");
    else if (field != NULL && field->value_size >= row->size)
        refuse(request, 400, "A header is too long.");
    else if (field != NULL)
        memcpy(out, field->value, field->value_size);
}

/* As http_form_decode; what it gives must be text, and no fragment may follow. */
static int decode(const char *text, size_t size, bool query, char *out, size_t room)
{
    if (memchr(text, '#', size) != NULL)
        return ERR_SYNTAX;
    int length = http_form_decode(text, size, query, out, room);
    if (length < 0)
        return length;
    return utf8_text_defect(out, (size_t)length) == NULL ? length : ERR_UTF8;
}

static void add_pair(struct http_request *request, const char *text, size_t size)
{
    char decoded[HTTP_MAX_ARGUMENT + 1];
    const char *equals = memchr(text, '=', size);
    size_t name_size = equals == NULL ? size : (size_t)(equals - text);
    int length;

    if (size == 0)
        return;
    if (request->query_count == HTTP_MAX_QUERY) {
        refuse(request, 400, "The parameters are too many or not UTF-8.");
        return;
    }
    /* Name and value are decoded separately: a name may hold an encoded "=". */
    length = decode(text, name_size, true, decoded, sizeof decoded);
    if (length >= 0 && equals != NULL) {
        int more = decode(equals + 1, size - name_size - 1, true, decoded + length + 1,
                          sizeof decoded - (size_t)length - 1);
        length = more < 0 ? more : length + 1 + more;
    }
    if (length < 0) {
        refuse(request, 400,
               length == ERR_SIZE ? "A parameter is too long."
                                  : "The parameters are too many or not UTF-8.");
        return;
    }
    char *copy = malloc((size_t)length + 1);
    if (copy == NULL) {
        refuse(request, 503, "The server is busy.");
        return;
    }
    memcpy(copy, decoded, (size_t)length + 1);
    struct http_pair *pair = &request->query[request->query_count++];
    pair->name = copy;
    pair->value = copy + strlen(copy) + (equals != NULL ? 1 : 0);
}

static void read_query(struct http_request *request, const char *text, size_t size)
{
    const char *end = text + size;

    while (text < end && request->refused == 0) {
        const char *ampersand = memchr(text, '&', (size_t)(end - text));
        size_t length = (size_t)((ampersand == NULL ? end : ampersand) - text);
        add_pair(request, text, length);
        text += length + (ampersand == NULL ? 0 : 1);
    }
}

/* Of "http://host/path" (RFC 9112, 3.2.2) only the path is used. The host is required (RFC 9110,
 * 4.2.1). */
static void skip_authority(struct http_request *request, const char **target, size_t *size)
{
    static const char *const schemes[] = {"http://", "https://"};

    for (size_t i = 0; i < 2; i++) {
        size_t scheme = strlen(schemes[i]), length = scheme;
        if (*size < scheme || strncasecmp(*target, schemes[i], scheme) != 0)
            continue;
        while (length < *size && (*target)[length] != '/' && (*target)[length] != '?')
            length++;
        if (length == scheme || (*target)[scheme] == ':')
            refuse(request, 400, "The target names no host.");
        *target += length;
        *size -= length;
        return;
    }
}

static void read_target(struct http_request *request, const struct http_head *head)
{
    const char *target = head->target;
    size_t size = head->target_size;

    skip_authority(request, &target, &size);
    if (size < sizeof request->target)
        memcpy(request->target, target, size);
    const char *question = memchr(target, '?', size);
    size_t path = question == NULL ? size : (size_t)(question - target);
    if (path == 0) { /* after a host: the same as "/" (RFC 9110, 4.2.3) */
        memcpy(request->path, "/", 2);
    } else if (decode(target, path, false, request->path, sizeof request->path) < 0) {
        request->path[0] = '\0';
        refuse(request, 400, "The path is too long or not UTF-8.");
    }
    if (question != NULL)
        read_query(request, question + 1, size - path - 1);
}

static void read_method(struct http_request *request, const char *method)
{
    request->head = strcmp(method, "HEAD") == 0;
    request->method = request->head || strcmp(method, "GET") == 0 ? HTTP_GET
                      : strcmp(method, "POST") == 0               ? HTTP_POST
                      : strcmp(method, "DELETE") == 0             ? HTTP_DELETE
                                                                  : HTTP_OTHER;
}

/* Reads from the right, past the trusted proxies: the first other address is the client's. Anybody
 * may have written what stands further left. Returns false if there is none. */
static bool read_forwarded(const struct http_proxies *proxies, const struct http_head *head,
                           struct http_address *address)
{
    bool found = false;

    for (size_t i = head->count; i > 0; i--) {
        const struct http_field *field = &head->field[i - 1];
        if (field->name_size != strlen("X-Forwarded-For") ||
            strncasecmp(field->name, "X-Forwarded-For", field->name_size) != 0)
            continue;
        size_t end = field->value_size;
        while (end > 0) {
            size_t start = end;
            while (start > 0 && strchr(", \t", field->value[start - 1]) == NULL)
                start--;
            if (start < end) {
                if (http_address_parse(field->value + start, end - start, address) != 0)
                    return false;
                found = true;
                if (!http_proxies_have(proxies, address))
                    return true;
            }
            end = start > 0 ? start - 1 : 0;
        }
    }
    return found;
}

/* No browser sends an Accept that is longer than the buffer. */
static bool accepts_page(const struct http_head *head)
{
    const struct http_field *accept = http_head_field(head, "Accept", NULL);
    char text[512];

    if (accept == NULL || accept->value_size >= sizeof text)
        return false;
    memcpy(text, accept->value, accept->value_size);
    text[accept->value_size] = '\0';
    return strstr(text, "text/html") != NULL;
}

static bool is_encoded(const struct http_head *head)
{
    size_t count;
    const struct http_field *field = http_head_field(head, "Content-Encoding", &count);

    return count > 1 || (count == 1 && (field->value_size != strlen("identity") ||
                                        strncasecmp(field->value, "identity", 8) != 0));
}

struct http_conversation *http_conversation_new(struct http_connection *connection,
                                                const struct http_head *head)
{
    struct http_conversation *conversation = calloc(1, sizeof *conversation);
    struct http_address forwarded;

    if (conversation == NULL)
        return NULL;
    struct http_request *request = &conversation->request;
    conversation->http = connection->http;
    conversation->connection = connection;
    conversation->address = connection->address;
    if (connection->proxied && read_forwarded(&connection->http->proxies, head, &forwarded))
        conversation->address = forwarded;
    http_address_text(&conversation->address, request->peer);
    read_method(request, head->method);
    read_target(request, head);
    request->wants_page = accepts_page(head);
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
        read_header(request, head, &headers[i]);
    if (is_encoded(head))
        refuse(request, 415, "A body must come as it is, without a Content-Encoding.");
    return conversation;
}

void http_conversation_refuse(struct http_conversation *conversation, int status, const char *why)
{
    refuse(&conversation->request, status, why);
    conversation->connection->close_after = true;
}

int http_conversation_body(struct http_conversation *conversation, const char *data, size_t size)
{
    struct http_request *request = &conversation->request;
    size_t needed = request->body_size + size + 1;

    if (needed > conversation->body_room) {
        size_t room = needed < 1024 ? 1024 : needed + needed / 2;
        char *grown = malloc(room); /* realloc could leave a copy of a password behind */
        if (grown == NULL)
            return 503;
        if (request->body != NULL) {
            memcpy(grown, request->body, request->body_size);
            explicit_bzero(request->body, request->body_size);
        }
        free(request->body);
        request->body = grown;
        conversation->body_room = room;
    }
    memcpy(request->body + request->body_size, data, size);
    request->body_size += size;
    request->body[request->body_size] = '\0';
    return 0;
}

void http_conversation_free(struct http_conversation *conversation)
{
    if (conversation == NULL)
        return;
    struct http_request *request = &conversation->request;
    for (size_t i = 0; i < request->query_count; i++)
        free(request->query[i].name);
    if (request->body != NULL)
        explicit_bzero(request->body, request->body_size);
    free(request->body);
    explicit_bzero(conversation, sizeof *conversation);
    free(conversation);
}
