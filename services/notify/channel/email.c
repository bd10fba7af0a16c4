#include "email.h"

#include "email_header.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* Takes the line. */
static struct curl_slist *add_line(struct curl_slist *list, char *line)
{
    if (line)
        list = curl_slist_append(list, line);
    free(line);
    return list;
}

static struct curl_slist *header(struct curl_slist *list, const char *name, const char *before,
                                 const char *value, const char *after)
{
    char *line = NULL;

    return asprintf(&line, "%s: %s%s%s", name, before, value, after) > 0 ? add_line(list, line)
                                                                         : list;
}

/* The name before the address, as it stands in the settings. */
static struct curl_slist *sender(struct curl_slist *list, const struct settings *settings)
{
    char name[200] = "";
    const char *end = strrchr(settings->smtp_from, '<');
    size_t length = end ? (size_t)(end - settings->smtp_from) : 0;

    while (length && settings->smtp_from[length - 1] == ' ')
        length--;
    snprintf(name, sizeof name, "%.*s", (int)length, settings->smtp_from);
    return add_line(list, email_header_mailbox("From", name, settings->from_address));
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
    list = add_line(list, email_header_field("Subject", parcel->subject));
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
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, settings->from_address);
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
