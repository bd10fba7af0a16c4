#include "email.h"

#include "dsn.h"

#include <ctype.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RETURN_SIZE = 256 };

/* How far the SMTP dialog came: what an answer is about. */
enum stage { STAGE_NONE, STAGE_SIGN_IN, STAGE_MAIL, STAGE_RCPT, STAGE_DATA, STAGE_BODY };

static const struct {
    const char *command;
    enum stage stage;
} commands[] = {{"AUTH", STAGE_SIGN_IN},
                {"MAIL", STAGE_MAIL},
                {"RCPT", STAGE_RCPT},
                {"DATA", STAGE_DATA}};

bool email_address_ok(const char *address)
{
    const char *at = strchr(address, '@');

    if (!at || at == address || !at[1] || strchr(at + 1, '@') || strlen(address) > 254)
        return false;
    for (const char *c = address; *c; c++)
        if (!isgraph((unsigned char)*c) || strchr("<>()[]\\,;:\"", *c))
            return false;
    return true;
}

/* Octets of text, at most most, that end at a whole character. */
static size_t whole_characters(const char *text, size_t most)
{
    size_t length = strlen(text);

    if (length <= most)
        return length;
    while (most && ((unsigned char)text[most] & 0xc0) == 0x80)
        most--;
    return most;
}

char *email_header_text(const char *text)
{
    enum { WORD_OCTETS = 42 }; /* 56 letters of base64 and 12 of frame: under 75 */
    char *out = NULL;
    size_t size = 0;
    bool plain = true;

    for (const char *c = text; *c; c++)
        plain &= *c >= 0x20 && *c < 0x7f;
    if (plain)
        return strdup(text);
    FILE *file = open_memstream(&out, &size);
    if (!file)
        return NULL;
    for (const char *rest = text; *rest;) {
        unsigned char word[WORD_OCTETS];
        char coded[sodium_base64_ENCODED_LEN(WORD_OCTETS, sodium_base64_VARIANT_ORIGINAL)];
        size_t length = whole_characters(rest, WORD_OCTETS);
        if (length == 0)
            length = strlen(rest) < WORD_OCTETS ? strlen(rest) : WORD_OCTETS;
        for (size_t i = 0; i < length; i++)
            word[i] = (unsigned char)rest[i] < 0x20 ? ' ' : (unsigned char)rest[i];
        sodium_bin2base64(coded, sizeof coded, word, length, sodium_base64_VARIANT_ORIGINAL);
        fprintf(file, "%s=?UTF-8?B?%s?=", rest == text ? "" : " ", coded);
        rest += length;
    }
    return fclose(file) == 0 ? out : NULL;
}

static struct curl_slist *header(struct curl_slist *list, const char *name, const char *before,
                                 const char *value, const char *after)
{
    char *line = NULL;
    char *text = email_header_text(value);

    if (text && asprintf(&line, "%s: %s%s%s", name, before, text, after) > 0)
        list = curl_slist_append(list, line);
    free(line);
    free(text);
    return list;
}

static struct curl_slist *sender(struct curl_slist *list, const struct settings *settings)
{
    char name[200];
    size_t length = strcspn(settings->smtp_from, "<");

    while (length && settings->smtp_from[length - 1] == ' ')
        length--;
    char address[160];
    snprintf(address, sizeof address, "%s<%s>", strchr(settings->smtp_from, '<') ? " " : "",
             settings->from_address);
    snprintf(name, sizeof name, "%.*s", (int)length, settings->smtp_from);
    return header(list, "From", "", strchr(settings->smtp_from, '<') ? name : "", address);
}

static struct curl_slist *headers(const struct settings *settings, const struct parcel *parcel)
{
    struct curl_slist *list = NULL;
    struct tm utc;
    char date[64];

    gmtime_r(&parcel->created_at, &utc);
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S +0000", &utc);
    list = header(list, "Date", "", date, "");
    list = sender(list, settings);
    list = header(list, "To", "<", parcel->to, ">");
    list = header(list, "Subject", "", parcel->subject, "");
    list = header(list, "Message-ID", "<", parcel->message_id, ">");
    list = header(list, "In-Reply-To", "<", parcel->root_id, ">");
    list = header(list, "References", "<", parcel->root_id, ">");
    list = curl_slist_append(list, "Auto-Submitted: auto-generated");
    list = curl_slist_append(list, "X-Auto-Response-Suppress: All");
    if (parcel->important)
        list = curl_slist_append(list, "Importance: high");
    return curl_slist_append(list, "Content-Type: multipart/alternative");
}

static int add_part(curl_mime *mime, const char *type, const char *body)
{
    curl_mimepart *part = curl_mime_addpart(mime);

    if (!part || curl_mime_data(part, body, CURL_ZERO_TERMINATED) != CURLE_OK ||
        curl_mime_type(part, type) != CURLE_OK ||
        curl_mime_encoder(part, "quoted-printable") != CURLE_OK)
        return ERR_NOMEM;
    return 0;
}

static int watch_cb(CURL *curl, curl_infotype type, char *data, size_t size, void *ctx)
{
    enum stage *stage = ctx;

    (void)curl;
    if (type == CURLINFO_DATA_OUT)
        *stage = STAGE_BODY;
    if (type == CURLINFO_HEADER_OUT)
        for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
            if (size >= 4 && strncasecmp(data, commands[i].command, 4) == 0)
                *stage = commands[i].stage;
    return 0;
}

static void judge(CURL *curl, CURLcode rc, enum stage stage, struct parcel *parcel)
{
    long code = 0;

    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
    if (rc == CURLE_OK)
        parcel_sent(parcel);
    else if (code >= 500 && code < 600 && stage >= STAGE_RCPT)
        parcel_failed(parcel, END_PERMANENT, REASON_REFUSED, "smtp %ld", code);
    else if (code >= 400 && code < 600)
        /* Also 5xx before RCPT: that is about us, and the operator can mend it. */
        parcel_failed(parcel, END_TEMPORARY, REASON_DEFERRED, "smtp %ld", code);
    else if (stage == STAGE_BODY)
        parcel_failed(parcel, END_UNKNOWN, REASON_NO_ANSWER, "smtp curl-%d", (int)rc);
    else
        parcel_failed(parcel, END_TEMPORARY, REASON_UNREACHABLE, "smtp curl-%d", (int)rc);
}

/* The address to which a mail server returns the message: with verp it names the message, by the
 * random part of its Message-ID. */
static void return_address(const struct settings *settings, const struct parcel *parcel,
                           char out[RETURN_SIZE])
{
    if (settings->smtp_verp)
        snprintf(out, RETURN_SIZE, DSN_VERP_PREFIX "%.*s@%s", (int)strcspn(parcel->message_id, "@"),
                 parcel->message_id, settings->domain);
    else
        snprintf(out, RETURN_SIZE, "%s", settings->from_address);
}

static void set_session(CURL *curl, const struct mail_endpoint *to)
{
    curl_easy_setopt(curl, CURLOPT_URL, to->url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_USE_SSL,
                     (long)(to->tls == MAIL_TLS_NONE ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    if (to->ca_file[0])
        curl_easy_setopt(curl, CURLOPT_CAINFO, to->ca_file);
    if (to->user[0]) {
        curl_easy_setopt(curl, CURLOPT_USERNAME, to->user);
        curl_easy_setopt(curl, CURLOPT_PASSWORD, to->password);
    }
}

static void email_send(CURL *curl, const struct settings *settings, struct parcel *parcel)
{
    const struct mail_endpoint *to = &settings->mail[parcel->lane];
    enum stage stage = STAGE_NONE;
    char from[RETURN_SIZE];
    struct curl_slist *list = NULL;
    struct curl_slist *recipients = NULL;
    curl_mime *mime = NULL;

    if (!email_address_ok(parcel->to)) {
        parcel_failed(parcel, END_PERMANENT, REASON_BAD_ADDRESS, "smtp address");
        return;
    }
    list = headers(settings, parcel);
    recipients = curl_slist_append(NULL, parcel->to);
    mime = curl_mime_init(curl);
    if (!list || !recipients || !mime ||
        add_part(mime, "text/plain; charset=utf-8", parcel->text) != 0 ||
        add_part(mime, "text/html; charset=utf-8", parcel->html) != 0) {
        parcel_failed(parcel, END_TEMPORARY, REASON_INTERNAL, "smtp memory");
        goto out;
    }
    set_session(curl, to);
    return_address(settings, parcel, from);
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, from);
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
    curl_easy_setopt(curl, CURLOPT_MIMEPOST, mime);
    curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L); /* the debug callback tells the stage */
    curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, watch_cb);
    curl_easy_setopt(curl, CURLOPT_DEBUGDATA, &stage);
    CURLcode rc = curl_easy_perform(curl);
    judge(curl, rc, stage, parcel);
out:
    curl_easy_reset(curl);
    curl_mime_free(mime);
    curl_slist_free_all(recipients);
    curl_slist_free_all(list);
}

static bool email_available(const struct settings *settings, enum settings_lane lane)
{
    return settings->mail[lane].url[0] != '\0';
}

const struct channel email_channel = {
    .bit = CHANNEL_EMAIL,
    .name = "email",
    .address_column = "email",
    .sent_counter = "sent_email",
    .failed_counter = "failed_email",
    .retried_counter = "retried_email",
    .repeatable = true, /* by its Message-ID */
    .available = email_available,
    .send = email_send,
};
