#include "email.h"

#include "dsn.h"
#include "email_header.h"
#include "smtp_dialog.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RETURN_SIZE = 256 };

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

static int heard_cb(CURL *curl, curl_infotype type, char *data, size_t size, void *ctx)
{
    (void)curl;
    smtp_dialog_heard(ctx, type, data, size);
    return 0;
}

/* A line that is no answer, or an answer to QUIT: nothing to wait for. */
static bool pointless(const void *ctx)
{
    const struct smtp_dialog *dialog = ctx;

    return dialog->odd || dialog->quit;
}

/* The address to which a mail server returns the message: with verp it names the message, by the
 * random part of its Message-ID. */
static void return_address(const struct settings *settings, const struct parcel *parcel,
                           char out[RETURN_SIZE])
{
    if (settings->mail_to[parcel->way].verp)
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

/* What libcurl takes for one message. */
struct letter {
    struct curl_slist *headers, *recipients;
    curl_mime *mime;
};

static int letter_make(struct letter *letter, CURL *curl, const struct settings *settings,
                       const struct parcel *parcel)
{
    letter->headers = headers(settings, parcel);
    letter->recipients = curl_slist_append(NULL, parcel->to);
    letter->mime = curl_mime_init(curl);
    if (!letter->headers || !letter->recipients || !letter->mime ||
        add_part(letter->mime, "text/plain; charset=utf-8", parcel->text) != 0 ||
        add_part(letter->mime, "text/html; charset=utf-8", parcel->html) != 0)
        return ERR_NOMEM;
    return 0;
}

static void letter_free(struct letter *letter)
{
    curl_mime_free(letter->mime);
    curl_slist_free_all(letter->recipients);
    curl_slist_free_all(letter->headers);
}

static void set_letter(CURL *curl, const char *from, const struct letter *letter)
{
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, from);
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, letter->recipients);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, letter->headers);
    curl_easy_setopt(curl, CURLOPT_MIMEPOST, letter->mime);
}

/* Sends it by the connection that there is, or by a new one. Returns whether that connection had
 * been closed while it was idle. */
static bool attempt(struct transport *transport, const struct settings *settings,
                    struct parcel *parcel)
{
    CURL *curl = transport_handle(transport);
    struct smtp_dialog dialog = {0};
    struct letter letter = {0};
    char from[RETURN_SIZE];
    bool stale = false;
    CURLcode rc = CURLE_OUT_OF_MEMORY;

    if (!curl || letter_make(&letter, curl, settings, parcel) != 0) {
        parcel_judged(parcel, VERDICT_INTERNAL, "smtp memory");
        goto out;
    }
    set_session(curl, &settings->mail_to[parcel->way]);
    return_address(settings, parcel, from);
    set_letter(curl, from, &letter);
    curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L); /* the debug callback hears the dialog */
    curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, heard_cb);
    curl_easy_setopt(curl, CURLOPT_DEBUGDATA, &dialog);
    transport_watch(transport, pointless, &dialog);
    rc = curl_easy_perform(curl);
    smtp_dialog_judge(&dialog, rc, parcel);
    stale = smtp_dialog_was_stale(&dialog, rc) && transport_reused(transport);
out:
    transport_end(transport, rc == CURLE_OK);
    letter_free(&letter);
    return stale;
}

static void email_send(struct transport *transport, const struct settings *settings,
                       struct parcel *parcel)
{
    if (!email_address_ok(parcel->to))
        parcel_judged(parcel, VERDICT_BAD_ADDRESS, "smtp address");
    else if (attempt(transport, settings, parcel))
        attempt(transport, settings, parcel);
}

static bool email_plan(const struct settings *settings, enum settings_way way,
                       struct provider_plan *plan)
{
    const struct mail_endpoint *to = &settings->mail_to[way];

    *plan = (struct provider_plan){.name = way == WAY_SECOND ? "smtp2" : "smtp",
                                   .workers = to->connections,
                                   .reserved = to->urgent_connections};
    return to->url[0] != '\0';
}

const struct channel email_channel = {
    .bit = CHANNEL_EMAIL,
    .name = "email",
    .address_column = "email",
    .sent_counter = "sent_email",
    .failed_counter = "failed_email",
    .retried_counter = "retried_email",
    .repeatable = true, /* by its Message-ID */
    .plan = email_plan,
    .send = email_send,
};
