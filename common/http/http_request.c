#include "http_conversation.h"
#include "utf8.h"

#include <stdlib.h>
#include <string.h>

struct header_row {
    size_t offset, size;
    enum lws_token_indexes token;
    const char
        *custom; /* lower case with its colon, for headers that libwebsockets has no token for */
};

#define FIELD(member) \
    offsetof(struct http_request, member), sizeof(((struct http_request *)0)->member)

static const struct header_row headers[] = {
    {FIELD(cookie), WSI_TOKEN_HTTP_COOKIE, NULL},
    {FIELD(content_type), WSI_TOKEN_HTTP_CONTENT_TYPE, NULL},
    {FIELD(none_match), WSI_TOKEN_HTTP_IF_NONE_MATCH, NULL},
    {FIELD(csrf), WSI_TOKEN_COUNT, "x-csrf-token:"},
    {FIELD(last_event), WSI_TOKEN_COUNT, "last-event-id:"},
    {FIELD(authorization), WSI_TOKEN_HTTP_AUTHORIZATION, NULL},
    {FIELD(idempotency_key), WSI_TOKEN_COUNT, "idempotency-key:"},
};

static void refuse(struct http_conversation *conversation, int status, const char *why)
{
    if (conversation->request.refused == 0) {
        conversation->request.refused = status;
        conversation->request.refused_why = why;
    }
    conversation->close_after = true;
}

static void read_header(struct http_conversation *conversation, const struct header_row *row)
{
    struct lws *wsi = conversation->wsi;
    char *out = (char *)&conversation->request + row->offset;
    int length;
    int copied;

    if (row->custom != NULL) {
        int name_length = (int)strlen(row->custom);
        length = lws_hdr_custom_length(wsi, row->custom, name_length);
        copied = length <= 0 || length >= (int)row->size
                     ? 0
                     : lws_hdr_custom_copy(wsi, out, (int)row->size, row->custom, name_length);
    } else {
        length = lws_hdr_total_length(wsi, row->token);
        copied = length <= 0 || length >= (int)row->size
                     ? 0
                     : lws_hdr_copy(wsi, out, (int)row->size, row->token);
    }
    if (length >= (int)row->size || copied < 0) {
        out[0] = '\0';
        refuse(conversation, 400, "A header is too long.");
    }
}

static int add_pair(struct http_request *request, char *text, size_t size)
{
    /* libwebsockets makes "/" of a query that ends in nothing */
    if (size == 0 || strcmp(text, "/") == 0)
        return 0;
    if (request->query_count == HTTP_MAX_QUERY || utf8_text_defect(text, size) != NULL)
        return ERR_VALUE;
    char *copy = strdup(text);
    if (copy == NULL)
        return ERR_NOMEM;
    struct http_pair *pair = &request->query[request->query_count++];
    char *equals = strchr(copy, '=');
    pair->name = copy;
    pair->value = equals == NULL ? copy + strlen(copy) : equals + 1;
    if (equals != NULL)
        *equals = '\0';
    return 0;
}

static void read_query(struct http_conversation *conversation)
{
    char text[HTTP_MAX_ARGUMENT + 1];

    for (int i = 0;; i++) {
        if (lws_hdr_fragment_length(conversation->wsi, WSI_TOKEN_HTTP_URI_ARGS, i) >=
            (int)sizeof text) {
            refuse(conversation, 400, "A parameter is too long.");
            return;
        }
        int size =
            lws_hdr_copy_fragment(conversation->wsi, text, sizeof text, WSI_TOKEN_HTTP_URI_ARGS, i);
        if (size < 0)
            return;
        if (add_pair(&conversation->request, text, (size_t)size) != 0) {
            refuse(conversation, 400, "The parameters are too many or not UTF-8.");
            return;
        }
    }
}

static void read_line(struct http_conversation *conversation)
{
    struct http_request *request = &conversation->request;
    char *path = NULL;
    int size = 0;
    int method = lws_http_get_uri_and_method(conversation->wsi, &path, &size);

    request->head = method == LWSHUMETH_HEAD;
    request->method = method == LWSHUMETH_GET || method == LWSHUMETH_HEAD ? HTTP_GET
                      : method == LWSHUMETH_POST                          ? HTTP_POST
                      : method == LWSHUMETH_DELETE                        ? HTTP_DELETE
                                                                          : HTTP_OTHER;
    if (path == NULL || size <= 0 || size >= (int)sizeof request->path ||
        utf8_text_defect(path, (size_t)size) != NULL) {
        refuse(conversation, 400, "The path is too long or not UTF-8.");
        return;
    }
    memcpy(request->path, path, (size_t)size);
    request->path[size] = '\0';
}

/* Behind a proxy of ours the last address of X-Forwarded-For is the one that the proxy saw. */
static void read_peer(struct http_conversation *conversation, bool forwarded)
{
    struct http_request *request = &conversation->request;
    char list[512];

    if (forwarded &&
        lws_hdr_copy(conversation->wsi, list, sizeof list, WSI_TOKEN_X_FORWARDED_FOR) > 0) {
        const char *last = strrchr(list, ',');
        last = last == NULL ? list : last + 1;
        last += strspn(last, " ");
        if (strlen(last) < sizeof request->peer) {
            strcpy(request->peer, last);
            return;
        }
    }
    if (lws_get_peer_simple(conversation->wsi, request->peer, sizeof request->peer) == NULL)
        request->peer[0] = '\0';
}

/* An Accept that is longer than this is no browser's. */
static bool accepts_page(struct lws *wsi)
{
    char accept[512];

    return lws_hdr_copy(wsi, accept, sizeof accept, WSI_TOKEN_HTTP_ACCEPT) > 0 &&
           strstr(accept, "text/html") != NULL;
}

bool http_request_read(struct http_conversation *conversation, bool forwarded, size_t max_body)
{
    char length[24];

    read_peer(conversation, forwarded);
    read_line(conversation);
    read_query(conversation);
    conversation->request.wants_page = accepts_page(conversation->wsi);
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
        read_header(conversation, &headers[i]);

    int copied =
        lws_hdr_copy(conversation->wsi, length, sizeof length, WSI_TOKEN_HTTP_CONTENT_LENGTH);
    bool post = conversation->request.method == HTTP_POST;
    /* Without a length libwebsockets would read on until the connection ends. */
    if (copied <= 0) {
        if (post || lws_hdr_total_length(conversation->wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0)
            refuse(conversation, 400, "A body needs a Content-Length.");
        return false;
    }
    char *end;
    unsigned long size = strtoul(length, &end, 10);
    if (length[0] < '0' || length[0] > '9' || *end != '\0') {
        refuse(conversation, 400, "The Content-Length is not a number.");
        return false;
    }
    if (size > max_body) {
        refuse(conversation, 413, "The body is larger than is taken here.");
        return false;
    }
    return conversation->request.refused == 0 && (post || size > 0);
}

void http_request_body(struct http_conversation *conversation, const void *data, size_t size,
                       size_t max_body)
{
    struct http_request *request = &conversation->request;

    if (size == 0 || request->refused != 0)
        return;
    if (request->body_size + size > max_body) {
        refuse(conversation, 413, "The body is larger than is taken here.");
        return;
    }
    char *body = realloc(request->body, request->body_size + size + 1);
    if (body == NULL) {
        refuse(conversation, 503, "The server is busy.");
        return;
    }
    memcpy(body + request->body_size, data, size);
    request->body = body;
    request->body_size += size;
    body[request->body_size] = '\0';
}

void http_request_clear(struct http_request *request)
{
    for (size_t i = 0; i < request->query_count; i++)
        free(request->query[i].name);
    request->query_count = 0;
    if (request->body != NULL)
        explicit_bzero(request->body, request->body_size);
    free(request->body);
    request->body = NULL;
    explicit_bzero(request->authorization, sizeof request->authorization);
}
