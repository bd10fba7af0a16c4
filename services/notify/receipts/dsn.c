#include "dsn.h"

#include "uuid.h"

#include <gmime/gmime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DEPTH_MOST = 6, PARTS_MOST = 32, GROUPS_MOST = 64 };

/* What a report says of one recipient. A row outweighs those above it: of several recipients, a
 * failure counts. */
static const struct {
    const char *action;
    const char *state;
    char status_class; /* where a server says no action */
} actions[] = {{"relayed", "sent", '\0'},
               {"expanded", "sent", '\0'},
               {"delivered", "delivered", '2'},
               {"delayed", "delayed", '4'},
               {"failed", "failed", '5'}};

/* Texts ----------------------------------------------------------------------------------------*/

/* The first word of a header's value, in small letters; cut if it is long. */
static void first_word(const char *value, char out[DSN_WORD_SIZE])
{
    size_t length = 0;

    while (*value == ' ' || *value == '\t')
        value++;
    while (length < DSN_WORD_SIZE - 1 && (g_ascii_isalnum(value[length]) || value[length] == '.')) {
        out[length] = g_ascii_tolower(value[length]);
        length++;
    }
    out[length] = '\0';
}

/* "5.1.1" of the first word, or "". */
static void status_of(const char *value, char out[DSN_WORD_SIZE])
{
    first_word(value, out);
    if (strspn(out, "0123456789.") != strlen(out) || out[0] == '\0' || out[1] != '.' ||
        strchr("245", out[0]) == NULL)
        out[0] = '\0';
}

/* The part of a Message-ID of ours before the @: a UUID. Leaves out as it is if there is none. */
static bool take_token(const char *text, char out[DSN_TOKEN_SIZE])
{
    char token[DSN_TOKEN_SIZE];
    size_t size = DSN_TOKEN_SIZE - 1;

    if (strnlen(text, size + 1) < size + 1 || text[size] != '@')
        return false;
    for (size_t i = 0; i < size; i++) /* a server on the way may have changed the case */
        token[i] = g_ascii_tolower(text[i]);
    token[size] = '\0';
    if (!uuid_is(token))
        return false;
    memcpy(out, token, sizeof token);
    return true;
}

/* Of the Message-IDs in a header ("<a@b> <c@d>") the last that may be ours. */
static bool take_message_id(const char *value, char out[DSN_TOKEN_SIZE])
{
    bool found = false;

    for (const char *at = value; at != NULL && *at != '\0'; at = strchr(at + 1, '<'))
        found |= take_token(*at == '<' ? at + 1 : at, out);
    return found;
}

/* The decoded content of a part, NUL-terminated. free(). */
static char *content_of(GMimeObject *part)
{
    GMimeDataWrapper *content =
        GMIME_IS_PART(part) ? g_mime_part_get_content(GMIME_PART(part)) : NULL;
    GByteArray *octets = g_byte_array_new();
    GMimeStream *stream = g_mime_stream_mem_new_with_byte_array(octets);
    char *text = NULL;

    if (content != NULL && g_mime_data_wrapper_write_to_stream(content, stream) >= 0)
        text = octets->len == 0 ? strdup("") : strndup((const char *)octets->data, octets->len);
    g_object_unref(stream); /* with its array */
    return text;
}

/* Finding a part -------------------------------------------------------------------------------*/

static bool is_type(GMimeObject *part, const char *type, const char *subtype)
{
    GMimeContentType *content = g_mime_object_get_content_type(part);

    return content != NULL && g_mime_content_type_is_type(content, type, subtype);
}

/* The first part of that type; not inside a message that is enclosed. */
static GMimeObject *find_part(GMimeObject *part, const char *type, const char *subtype, int depth)
{
    GMimeObject *found = NULL;

    if (part == NULL || depth == DEPTH_MOST)
        return NULL;
    if (is_type(part, type, subtype))
        return part;
    if (!GMIME_IS_MULTIPART(part))
        return NULL;
    int count = g_mime_multipart_get_count(GMIME_MULTIPART(part));
    for (int i = 0; i < count && i < PARTS_MOST && found == NULL; i++)
        found = find_part(g_mime_multipart_get_part(GMIME_MULTIPART(part), i), type, subtype,
                          depth + 1);
    return found;
}

/* Releases a part; NULL is fine. */
static void drop(GMimeObject *object)
{
    if (object != NULL)
        g_object_unref(object);
}

/* A text that begins with headers, as an object that has them. g_object_unref; or NULL. */
static GMimeObject *parse_headers(const char *text, size_t size)
{
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer(text, size);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    GMimeObject *object = g_mime_parser_construct_part(parser, NULL);

    g_object_unref(parser);
    g_object_unref(stream);
    return object;
}

static const char *header_of(GMimeObject *object, const char *name)
{
    const char *value = object == NULL ? NULL : g_mime_object_get_header(object, name);

    return value == NULL ? "" : value;
}

/* Which message it is about --------------------------------------------------------------------*/

/* The address that the report came to. */
static bool token_of_address(GMimeObject *message, char out[DSN_TOKEN_SIZE])
{
    static const char *const names[] = {"X-Original-To", "Delivered-To", "Envelope-To", "To"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *at = strcasestr(header_of(message, names[i]), DSN_VERP_PREFIX);
        if (at != NULL && take_token(at + strlen(DSN_VERP_PREFIX), out))
            return true;
    }
    return false;
}

/* The message that is returned, whole or its headers alone. */
static bool token_of_returned(GMimeObject *body, char out[DSN_TOKEN_SIZE])
{
    static const char *const types[][2] = {{"message", "rfc822"},
                                           {"text", "rfc822-headers"},
                                           {"message", "rfc822-headers"},
                                           {"message", "global"},
                                           {"message", "global-headers"}};
    bool found = false;

    for (size_t i = 0; i < sizeof types / sizeof *types && !found; i++) {
        GMimeObject *part = find_part(body, types[i][0], types[i][1], 0);
        if (part != NULL && GMIME_IS_MESSAGE_PART(part)) {
            GMimeMessage *returned = g_mime_message_part_get_message(GMIME_MESSAGE_PART(part));
            found = returned != NULL &&
                    take_message_id(header_of(GMIME_OBJECT(returned), "Message-ID"), out);
        } else if (part != NULL) {
            char *text = content_of(part);
            GMimeObject *headers = text == NULL ? NULL : parse_headers(text, strlen(text));
            found = take_message_id(header_of(headers, "Message-ID"), out);
            drop(headers);
            free(text);
        }
    }
    return found;
}

static bool token_of_report(GMimeObject *message, GMimeObject *body, char out[DSN_TOKEN_SIZE])
{
    return token_of_address(message, out) || token_of_returned(body, out) ||
           take_message_id(header_of(message, "In-Reply-To"), out) ||
           take_message_id(header_of(message, "References"), out);
}

/* Delivery status ------------------------------------------------------------------------------*/

/* Row of actions, or -1: the group says nothing of a recipient. */
static int judge_group(GMimeObject *group, char action[DSN_WORD_SIZE], char status[DSN_WORD_SIZE])
{
    int count = (int)(sizeof actions / sizeof *actions);

    first_word(header_of(group, "Action"), action);
    status_of(header_of(group, "Status"), status);
    for (int i = 0; i < count; i++)
        if (strcmp(action, actions[i].action) == 0 ||
            (action[0] == '\0' && status[0] != '\0' && status[0] == actions[i].status_class))
            return i;
    return -1;
}

/* The end of a group of headers, behind its empty line. */
static size_t group_size(const char *text)
{
    size_t size = 0;

    while (text[size] != '\0') {
        size_t line = strcspn(text + size, "\n");
        bool empty = line == 0 || (line == 1 && text[size] == '\r');
        size += line + (text[size + line] == '\n');
        if (empty)
            break;
    }
    return size;
}

/* Reads all groups of a message/delivery-status; false: none is of a recipient. */
static bool read_status(const char *text, struct dsn *dsn)
{
    int best = -1;

    for (int i = 0; i < GROUPS_MOST && *text != '\0'; i++) {
        char action[DSN_WORD_SIZE], status[DSN_WORD_SIZE];
        size_t size = group_size(text);
        GMimeObject *group = parse_headers(text, size);
        int row = group == NULL ? -1 : judge_group(group, action, status);
        if (row > best) {
            best = row;
            dsn->state = actions[row].state;
            memcpy(dsn->action, action, sizeof action);
            memcpy(dsn->status, status, sizeof status);
        }
        drop(group);
        text += size;
    }
    return best >= 0;
}

static bool read_report(GMimeObject *message, GMimeObject *body, struct dsn *dsn)
{
    GMimeObject *part = find_part(body, "message", "delivery-status", 0);

    if (part == NULL)
        part = find_part(body, "message", "global-delivery-status", 0);
    char *text = part == NULL ? NULL : content_of(part);
    bool found =
        text != NULL && read_status(text, dsn) && token_of_report(message, body, dsn->token);

    free(text);
    return found;
}

/* qmail's failure notices (https://cr.yp.to/proto/qsbmf.txt) -----------------------------------*/

static bool read_qmail(GMimeObject *message, GMimeObject *body, struct dsn *dsn)
{
    static const char opening[] = "Hi. This is the ", returned[] = "\n---";
    GMimeObject *part = find_part(body, "text", "plain", 0);
    char *text = part == NULL ? NULL : content_of(part);
    bool found = false;

    if (text != NULL && strncmp(text, opening, strlen(opening)) == 0) {
        const char *code = strstr(text, "(#");
        const char *copy = strstr(text, returned);
        dsn->state = "failed";
        if (code != NULL)
            status_of(code + 2, dsn->status);
        copy = copy == NULL ? "" : copy + 1;
        copy += strcspn(copy, "\n");
        copy += strspn(copy, "\r\n");
        GMimeObject *headers = parse_headers(copy, strlen(copy));
        found = token_of_address(message, dsn->token) ||
                take_message_id(header_of(headers, "Message-ID"), dsn->token);
        drop(headers);
    }
    free(text);
    return found;
}

void dsn_init(void)
{
    g_mime_init();
}

void dsn_free(void)
{
    g_mime_shutdown();
}

bool dsn_read(const char *message, size_t size, struct dsn *dsn)
{
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer(message, size);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage *parsed = g_mime_parser_construct_message(parser, NULL);
    bool found = false;

    *dsn = (struct dsn){0};
    if (parsed != NULL) {
        GMimeObject *body = g_mime_message_get_mime_part(parsed);
        found = read_report(GMIME_OBJECT(parsed), body, dsn) ||
                read_qmail(GMIME_OBJECT(parsed), body, dsn);
        g_object_unref(parsed);
    }
    g_object_unref(parser);
    g_object_unref(stream);
    return found;
}
