#include "email_header.h"

#include "utf8.h"

#include <gmime/gmime.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;

/* A copy without control characters; free(). */
static char *without_controls(const char *text)
{
    char *copy = strdup(text);

    for (char *c = copy; c && *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = ' ';
    return copy;
}

/* As encoded words, each on a line of its own. GMime would make one of a whole text without blanks,
 * of any length. */
static void encode(const char *text, FILE *out)
{
    enum { WORD_OCTETS = 39 }; /* 52 letters of base64, 12 of frame, and the field's name: 76 */

    for (const char *rest = text; *rest;) {
        size_t length = utf8_whole(rest, WORD_OCTETS);
        if (length == 0) /* it is no UTF-8 */
            length = strlen(rest);
        gchar *coded = g_base64_encode((const guchar *)rest, length);
        fprintf(out, "%s=?UTF-8?B?%s?=", rest == text ? "" : "\r\n ", coded);
        g_free(coded);
        rest += length;
    }
}

/* What looks like an encoded word is encoded itself: a mail program would decode it. */
static bool stands_for_itself(const char *text)
{
    if (strstr(text, "=?"))
        return false;
    for (; *text; text++)
        if ((unsigned char)*text > 0x7e)
            return false;
    return true;
}

/* ASCII with folds, each CRLF and a blank; frees the line. */
static char *fold(char *line)
{
    char *folded = g_mime_utils_unstructured_header_fold(NULL, NULL, line);
    char *out = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&out, &size);

    for (char *save = NULL, *part = strtok_r(folded, "\n", &save); file && part;
         part = strtok_r(NULL, "\n", &save))
        fprintf(file, "%s%s", part == folded ? "" : "\r\n", part);
    if (file)
        fclose(file);
    g_free(folded);
    free(line);
    return out;
}

static void write_mailbox(const char *name, const char *address, FILE *out)
{
    if (!stands_for_itself(name)) {
        encode(name, out);
        fprintf(out, "\r\n <%s>", address);
        return;
    }
    InternetAddress *mailbox = internet_address_mailbox_new(name[0] ? name : NULL, address);
    char *coded = internet_address_to_string(mailbox, NULL, TRUE);
    fputs(coded, out);
    g_free(coded);
    g_object_unref(mailbox);
}

/* "field: text", or a mailbox of that name. */
static char *write_field(const char *field, const char *text, const char *address)
{
    char *line = NULL;
    size_t size = 0;
    char *plain = without_controls(text);
    FILE *out = plain ? open_memstream(&line, &size) : NULL;

    pthread_once(&once, g_mime_init);
    if (out) {
        if (address && plain[0] == '"')
            g_mime_utils_unquote_string(plain);
        fprintf(out, "%s: ", field);
        if (address)
            write_mailbox(plain, address, out);
        else if (stands_for_itself(plain))
            fputs(plain, out);
        else
            encode(plain, out);
        fclose(out);
    }
    bool folded = plain && !stands_for_itself(plain);
    free(plain);
    return folded || !line ? line : fold(line);
}

char *email_header_field(const char *name, const char *text)
{
    return write_field(name, text, NULL);
}

char *email_header_mailbox(const char *field, const char *name, const char *address)
{
    return write_field(field, name, address);
}
