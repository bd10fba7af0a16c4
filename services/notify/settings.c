#include "settings.h"

#include "url.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* The settings of a relay. */
#define SMTP_ROWS(section, member, what)                                                           \
    CONFIG_TEXT_AS(struct settings, section, "host", member.host, "", what),                       \
        CONFIG_INT_AS(struct settings, section, "port", member.port, "587", 1, 65535, "its port"), \
        CONFIG_TEXT_AS(struct settings, section, "tls", member.tls, "starttls",                    \
                       "starttls (required), smtps, or none"),                                     \
        CONFIG_TEXT_AS(struct settings, section, "user", member.user, "",                          \
                       "signs in as; needs TLS"),                                                  \
        CONFIG_TEXT_AS(struct settings, section, "password_file", member.password_file, "",        \
                       "file (0600) with the password"),                                           \
        CONFIG_TEXT_AS(struct settings, section, "ca_file", member.ca_file, "",                    \
                       "certificates to trust instead of the system's"),                           \
        CONFIG_INT_AS(struct settings, section, "connections", member.connections, "8", 1, 64,     \
                      "mails being sent at the same time"),                                        \
        CONFIG_INT_AS(struct settings, section, "urgent_connections", member.urgent_connections,   \
                      "2", 0, 16, "more of them, for urgent messages alone"),                      \
        CONFIG_FLAG_AS(struct settings, section, "verp", member.verp, "no",                        \
                       "mail returns to bounce+TOKEN@ the sender's domain, if the relay lets it")

/* The settings of a text gateway. */
#define SMS_ROWS(section, member, what)                                                          \
    CONFIG_TEXT_AS(struct settings, section, "provider", member.provider, "none", what),         \
        CONFIG_TEXT_AS(                                                                          \
            struct settings, section, "url", member.url, "",                                     \
            "twilio: https://api.twilio.com; kannel: http://host:13013/cgi-bin/sendsms"),        \
        CONFIG_FLAG_AS(                                                                          \
            struct settings, section, "plain_http", member.plain_http, "no",                     \
            "url may be http:// to another machine, over a network that nobody else reads"),     \
        CONFIG_TEXT_AS(struct settings, section, "account", member.account, "",                  \
                       "account SID, or Kannel's username"),                                     \
        CONFIG_TEXT_AS(struct settings, section, "password_file", member.password_file, "",      \
                       "file (0600) with the auth token or password"),                           \
        CONFIG_TEXT_AS(struct settings, section, "ca_file", member.ca_file, "",                  \
                       "certificates to trust instead of the system's"),                         \
        CONFIG_TEXT_AS(struct settings, section, "from", member.from, "",                        \
                       "sending number, E.164"),                                                 \
        CONFIG_INT_AS(struct settings, section, "connections", member.connections, "4", 1, 32,   \
                      "texts being sent at the same time"),                                      \
        CONFIG_INT_AS(struct settings, section, "urgent_connections", member.urgent_connections, \
                      "1", 0, 16, "more of them, for urgent messages alone"),                    \
        CONFIG_INT_AS(struct settings, section, "per_second", member.per_second, "0", 0, 1000,   \
                      "texts that the gateway may be given in a second; 0: no limit")

const struct config_row settings_rows[] = {
    CONFIG_TEXT(struct settings, "database", conninfo, NULL,
                "libpq connection string; password by passfile="),
    CONFIG_TEXT(struct settings, "bus", publish, "", "endpoint to publish wake-ups at"),
    CONFIG_TEXT(struct settings, "bus", subscribe, "", "intake's endpoints, comma-separated"),
    CONFIG_TEXT_AS(struct settings, "log", "level", log_level, "info",
                   "debug, info, warn or error"),
    SMTP_ROWS("smtp", smtp, "mail server; none: no e-mail"),
    CONFIG_TEXT_AS(struct settings, "smtp", "from", smtp_from,
                   "Liaison <liaison@localhost.localdomain>",
                   "sender, by whichever relay: Name <address>"),
    SMTP_ROWS("smtp2", smtp2, "a second one, which stands in for the first; none: nothing does"),
    CONFIG_TEXT_AS(struct settings, "bounces", "url", bounces.url, "",
                   "mail server that has the mailbox to which mail returns: imaps://host; none: "
                   "bounces are not read"),
    CONFIG_TEXT_AS(struct settings, "bounces", "mailbox", bounces.mailbox, "INBOX", "its name"),
    CONFIG_TEXT_AS(struct settings, "bounces", "user", bounces.user, "", "signs in as"),
    CONFIG_TEXT_AS(struct settings, "bounces", "password_file", bounces_password_file, "",
                   "file (0600) with the password"),
    CONFIG_TEXT_AS(struct settings, "bounces", "ca_file", bounces.ca_file, "",
                   "certificates to trust instead of the system's"),
    CONFIG_INT_AS(struct settings, "bounces", "every_s", bounces.every_s, "60", 1, 86400,
                  "how often to look"),
    CONFIG_FLAG_AS(struct settings, "bounces", "delete", bounces.delete_read, "no",
                   "reports that were read are deleted, and not only marked as seen"),
    SMS_ROWS("sms", sms, "twilio, kannel or none"),
    CONFIG_TEXT_AS(struct settings, "sms", "callback_url", sms_callback_url, "",
                   "address of the dashboard as the provider reaches it, for receipts and for "
                   "answers to texts; none: no receipts, and no text says \"Reply OK\""),
    CONFIG_TEXT_AS(struct settings, "sms", "callback_secret_file", sms_callback_secret_file, "",
                   "kannel: the file that the dashboard has as hooks.kannel_secret_file"),
    SMS_ROWS("sms2", sms2, "a second one, which stands in for the first: twilio, kannel or none"),
    CONFIG_FLAG_AS(struct settings, "webhook", "enabled", webhook_enabled, "no",
                   "contacts may be told by an HTTPS POST to their own URL"),
    CONFIG_TEXT_AS(struct settings, "webhook", "ca_file", webhook_ca_file, "",
                   "certificates to trust instead of the system's"),
    CONFIG_FLAG_AS(struct settings, "webhook", "private_networks", webhook_private_networks, "no",
                   "URLs may lead to this machine and to private networks"),
    CONFIG_INT_AS(struct settings, "webhook", "connections", webhook_connections, "32", 1, 64,
                  "messages being sent at the same time; an eighth of them to one host, half to "
                  "hosts that are slow"),
    CONFIG_INT_AS(struct settings, "webhook", "urgent_connections", webhook_urgent_connections, "2",
                  0, 16, "more of them, for urgent messages alone"),
    CONFIG_INT_AS(struct settings, "webhook", "per_second", webhook_per_second, "10", 0, 1000,
                  "messages that one host may be given in a second; 0: no limit"),
    CONFIG_INT_AS(struct settings, "webhook", "timeout_s", webhook_timeout_s, "10", 1, 600,
                  "longest time for one try; at most retry.timeout_s"),
    CONFIG_TEXT_AS(struct settings, "sandbox", "smtp_host", sandbox_smtp_host, "",
                   "mail catcher for replays"),
    CONFIG_INT_AS(struct settings, "sandbox", "smtp_port", sandbox_smtp_port, "8603", 1, 65535,
                  "its port"),
    CONFIG_TEXT_AS(struct settings, "sandbox", "sms_url", sandbox_sms_url, "",
                   "SMS sandbox for replays, Twilio's shape"),
    CONFIG_TEXT_AS(struct settings, "sandbox", "webhook_url", sandbox_webhook_url, "",
                   "where the webhooks of replays go, signed with the secret replay"),
    CONFIG_TEXT(struct settings, "links", base_url, NULL,
                "address of the dashboard as contacts reach it"),
    CONFIG_TEXT_AS(struct settings, "links", "key_file", link_key_file, "",
                   "file (0600) of 32 characters or more that keys the digests of links, the same "
                   "as the dashboard's; none: digests have no key"),
    CONFIG_INT(struct settings, "retry", base_s, "10", 1, 3600,
               "first wait, of a provider that is down or a message that was "
               "deferred; grows with the square of the tries"),
    CONFIG_INT(struct settings, "retry", most_s, "900", 1, 86400, "longest wait"),
    CONFIG_INT(struct settings, "retry", give_up_h, "4", 1, 168,
               "hours after which a message is not tried again"),
    CONFIG_INT(struct settings, "retry", unknown_s, "120", 1, 86400,
               "wait before a text that may have been sent is sent again, once"),
    CONFIG_INT(struct settings, "retry", timeout_s, "30", 1, 600, "longest time for one try"),
    CONFIG_INT(struct settings, "retry", lease_s, "90", 2, 3600,
               "after which another instance takes over; more than timeout_s"),
    CONFIG_INT(struct settings, "retry", in_flight, "0", 0, 64,
               "not used any more: connections of [smtp] and [sms] took its place"),
    CONFIG_INT(struct settings, "retry", poll_ms, "1000", 50, 60000,
               "how often to look without a wake-up"),
    CONFIG_TEXT_AS(struct settings, "watch", "heartbeat_url", heartbeat_url, "",
                   "asked for while messages go out; whoever watches it raises the alarm when it "
                   "is not; none: no heartbeat"),
    CONFIG_INT_AS(struct settings, "watch", "heartbeat_s", heartbeat_s, "60", 1, 3600, "how often"),
    CONFIG_TEXT_AS(struct settings, "watch", "ca_file", heartbeat_ca_file, "",
                   "certificates to trust instead of the system's"),
    CONFIG_INT(struct settings, "watch", alarm_after_s, "120", 0, 86400,
               "how long something is not ok until an alarm is raised; what concerns a call raises "
               "one at once"),
    CONFIG_INT(struct settings, "watch", alarm_every_s, "300", 1, 3600,
               "an administrator gets at most one alarm by a channel in this time"),
    CONFIG_INT(struct settings, "watch", alarm_repeat_s, "3600", 1, 86400,
               "after which an alarm that goes on is said again, unless it is acknowledged"),
    CONFIG_INT(struct settings, "watch", keep_days, "90", 1, 3650,
               "after which alarms that are over, and drills, are deleted"),
    CONFIG_TEXT_AS(struct settings, "watch", "probe_to", probe_to, "",
                   "address of a mailbox to which test messages go, and from which they are read "
                   "back; none: no test messages"),
    CONFIG_INT_AS(struct settings, "watch", "probe_every_s", probe_every_s, "300", 1, 86400,
                  "how often one goes; the same in all processes"),
    CONFIG_INT_AS(struct settings, "watch", "probe_within_s", probe_within_s, "300", 1, 86400,
                  "after which it must have come back"),
    CONFIG_TEXT_AS(struct settings, "watch", "probe_url", probes.url, "",
                   "mail server that has their mailbox: imaps://host; none: it is the mailbox of "
                   "[bounces]"),
    CONFIG_TEXT_AS(struct settings, "watch", "probe_mailbox", probes.mailbox, "INBOX", "its name"),
    CONFIG_TEXT_AS(struct settings, "watch", "probe_user", probes.user, "", "signs in as"),
    CONFIG_TEXT_AS(struct settings, "watch", "probe_password_file", probe_password_file, "",
                   "file (0600) with the password"),
};
const size_t settings_row_count = sizeof settings_rows / sizeof *settings_rows;

static const struct {
    const char *word;
    enum mail_tls tls;
    const char *scheme;
} tls_words[] = {{"none", MAIL_TLS_NONE, "smtp"},
                 {"starttls", MAIL_TLS_STARTTLS, "smtp"},
                 {"smtps", MAIL_TLS_SMTPS, "smtps"}};

static const struct {
    const char *word;
    enum sms_provider provider;
} provider_words[] = {{"none", SMS_NONE}, {"twilio", SMS_TWILIO}, {"kannel", SMS_KANNEL}};

static int copy(char *out, size_t size, const char *text, const char *key, struct error *error)
{
    if (snprintf(out, size, "%s", text) >= (int)size)
        return error_set(error, ERR_SIZE, key, "is too long");
    return 0;
}

static int secret(const char *path, char *out, size_t size, const char *key, struct error *error)
{
    int rc = config_secret(path, out, size, error);

    if (rc != 0)
        snprintf(error->field, sizeof error->field, "%s", key);
    return rc;
}

/* "section.key", as errors name a setting. */
static const char *key_of(const char *section, const char *key, char out[32])
{
    snprintf(out, 32, "%s.%s", section, key);
    return out;
}

/* "Name <a@b>" or "a@b": the address and its domain. */
static int resolve_sender(struct settings *s, struct error *error)
{
    const char *open = strchr(s->smtp_from, '<');
    const char *start = open ? open + 1 : s->smtp_from;
    size_t length = strcspn(start, ">");

    if (length >= sizeof s->from_address || strcspn(s->smtp_from, "\r\n") != strlen(s->smtp_from))
        return error_set(error, ERR_VALUE, "smtp.from", "is not Name <address>");
    memcpy(s->from_address, start, length);
    s->from_address[length] = '\0';
    const char *at = strchr(s->from_address, '@');
    if (!at || at == s->from_address || !at[1] || strpbrk(s->from_address, " \t<>"))
        return error_set(error, ERR_VALUE, "smtp.from", "is not Name <address>");
    return copy(s->domain, sizeof s->domain, at + 1, "smtp.from", error);
}

/* One relay; section is its name in the file, for what is wrong. */
static int resolve_relay(const struct settings *s, const struct smtp_section *from,
                         const char *section, struct mail_endpoint *to, struct error *error)
{
    char key[32];
    size_t i = 0;

    while (i < sizeof tls_words / sizeof *tls_words && strcmp(tls_words[i].word, from->tls) != 0)
        i++;
    if (i == sizeof tls_words / sizeof *tls_words)
        return error_set(error, ERR_VALUE, key_of(section, "tls", key),
                         "must be starttls, smtps or none");
    if (from->user[0] && tls_words[i].tls == MAIL_TLS_NONE)
        return error_set(error, ERR_VALUE, key_of(section, "user", key),
                         "a password is not sent without TLS");
    to->tls = tls_words[i].tls;
    to->verp = from->verp;
    to->connections = from->connections;
    to->urgent_connections = from->urgent_connections;
    if (from->host[0])
        snprintf(to->url, sizeof to->url, "%s://%s:%d/%.80s", tls_words[i].scheme, from->host,
                 from->port, s->domain);
    memcpy(to->user, from->user, sizeof to->user);
    memcpy(to->ca_file, from->ca_file, sizeof to->ca_file);
    key_of(section, "password_file", key);
    if (from->password_file[0])
        return secret(from->password_file, to->password, sizeof to->password, key, error);
    return from->user[0] ? error_set(error, ERR_MISSING, key, "%s.user needs it", section) : 0;
}

static int resolve_mail(struct settings *s, struct error *error)
{
    struct mail_endpoint *replay = &s->mail_to[WAY_REPLAY];

    replay->connections = s->smtp.connections;
    replay->urgent_connections = s->smtp.urgent_connections;
    replay->verp = s->smtp.verp;
    if (s->sandbox_smtp_host[0])
        snprintf(replay->url, sizeof replay->url, "smtp://%s:%d/%.80s", s->sandbox_smtp_host,
                 s->sandbox_smtp_port, s->domain);
    int rc = resolve_relay(s, &s->smtp, "smtp", &s->mail_to[WAY_FIRST], error);
    if (rc != 0)
        return rc;
    if (s->smtp2.host[0] && !s->smtp.host[0])
        return error_set(error, ERR_MISSING, "smtp.host", "smtp2 stands in for it");
    return resolve_relay(s, &s->smtp2, "smtp2", &s->mail_to[WAY_SECOND], error);
}

/* http:// to another machine: what is sent can be read on the way. */
static bool is_plain_to_another(const char *url)
{
    char host[64];
    struct in_addr address;

    if (strncasecmp(url, "http://", 7) != 0)
        return false;
    url += 7;
    if (strncmp(url, "[::1]", 5) == 0)
        return url[5] != '\0' && url[5] != ':' && url[5] != '/';
    snprintf(host, sizeof host, "%.*s", (int)strcspn(url, ":/?#"), url);
    if (inet_pton(AF_INET, host, &address) == 1)
        return (ntohl(address.s_addr) >> 24) != 127;
    return strcasecmp(host, "localhost") != 0 || strchr(url, '@') != NULL;
}

static int twilio_url(char *out, size_t size, const char *base, const char *account,
                      const char *key, struct error *error)
{
    size_t length = strlen(base);

    while (length && base[length - 1] == '/')
        length--;
    if (snprintf(out, size, "%.*s/2010-04-01/Accounts/%s/Messages.json", (int)length, base,
                 account) >= (int)size)
        return error_set(error, ERR_SIZE, key, "is too long");
    return 0;
}

/* Where receipts come in: an address of the dashboard's hooks. */
static int resolve_callback(struct settings *s, struct sms_endpoint *to, struct error *error)
{
    char path_secret[96] = "";
    size_t length = strlen(s->sms_callback_url);

    if (length == 0)
        return 0;
    while (length && s->sms_callback_url[length - 1] == '/')
        s->sms_callback_url[--length] = '\0';
    if (strncmp(s->sms_callback_url, "http://", 7) != 0 &&
        strncmp(s->sms_callback_url, "https://", 8) != 0)
        return error_set(error, ERR_VALUE, "sms.callback_url",
                         "must begin with https:// or http://");
    if (is_plain_to_another(s->sms_callback_url))
        return error_set(error, ERR_VALUE, "sms.callback_url",
                         "receipts do not come over plain HTTP from another machine");
    if (to->provider == SMS_KANNEL) {
        int rc = secret(s->sms_callback_secret_file, path_secret, sizeof path_secret,
                        "sms.callback_secret_file", error);
        if (rc != 0)
            return rc;
    }
    snprintf(to->callback, sizeof to->callback, "%s/hooks/%s%s", s->sms_callback_url,
             to->provider == SMS_KANNEL ? "kannel/dlr/" : "twilio/status", path_secret);
    return 0;
}

static int provider_of(const struct sms_section *from, const char *section,
                       enum sms_provider *provider, struct error *error)
{
    char key[32];

    for (size_t i = 0; i < sizeof provider_words / sizeof *provider_words; i++)
        if (strcmp(provider_words[i].word, from->provider) == 0) {
            *provider = provider_words[i].provider;
            return 0;
        }
    return error_set(error, ERR_VALUE, key_of(section, "provider", key),
                     "must be twilio, kannel or none");
}

static int check_gateway(const struct sms_section *from, const char *section, struct error *error)
{
    char key[32];

    if (!from->url[0] || !from->account[0] || !from->password_file[0] || !from->from[0])
        return error_set(error, ERR_MISSING, section,
                         "url, account, password_file and from go together");
    if (is_plain_to_another(from->url) && !from->plain_http)
        return error_set(error, ERR_VALUE, key_of(section, "url", key),
                         "a password is not sent over plain HTTP to another machine");
    for (const char *c = from->account; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("._-", *c))
            return error_set(error, ERR_VALUE, key_of(section, "account", key),
                             "must be letters and digits");
    return 0;
}

/* One gateway; section is its name in the file, for what is wrong. */
static int resolve_gateway(struct settings *s, const struct sms_section *from, const char *section,
                           struct sms_endpoint *to, struct error *error)
{
    char key[32];
    int rc = provider_of(from, section, &to->provider, error);

    if (rc != 0 || to->provider == SMS_NONE)
        return rc;
    if ((rc = check_gateway(from, section, error)) != 0)
        return rc;
    memcpy(to->account, from->account, sizeof to->account);
    memcpy(to->ca_file, from->ca_file, sizeof to->ca_file);
    memcpy(to->from, from->from, sizeof to->from);
    to->connections = from->connections;
    to->urgent_connections = from->urgent_connections;
    to->per_second = from->per_second;
    if ((rc = secret(from->password_file, to->password, sizeof to->password,
                     key_of(section, "password_file", key), error)) != 0 ||
        (rc = resolve_callback(s, to, error)) != 0)
        return rc;
    key_of(section, "url", key);
    return to->provider == SMS_TWILIO
               ? twilio_url(to->url, sizeof to->url, from->url, to->account, key, error)
               : copy(to->url, sizeof to->url, from->url, key, error);
}

static int resolve_sandbox_sms(struct settings *s, struct error *error)
{
    struct sms_endpoint *replay = &s->sms_to[WAY_REPLAY];

    if (!s->sandbox_sms_url[0])
        return 0;
    replay->provider = SMS_TWILIO;
    snprintf(replay->account, sizeof replay->account, "ACreplay");
    snprintf(replay->password, sizeof replay->password, "replay");
    snprintf(replay->from, sizeof replay->from, "%s",
             s->sms.from[0] ? s->sms.from : "+15550100000");
    replay->connections = s->sms.connections;
    replay->urgent_connections = s->sms.urgent_connections;
    replay->per_second = s->sms.per_second;
    return twilio_url(replay->url, sizeof replay->url, s->sandbox_sms_url, replay->account,
                      "sandbox.sms_url", error);
}

static int resolve_sms(struct settings *s, struct error *error)
{
    int rc = resolve_sandbox_sms(s, error);

    if (rc != 0 || (rc = resolve_gateway(s, &s->sms, "sms", &s->sms_to[WAY_FIRST], error)) != 0 ||
        (rc = resolve_gateway(s, &s->sms2, "sms2", &s->sms_to[WAY_SECOND], error)) != 0)
        return rc;
    if (s->sms_to[WAY_SECOND].provider != SMS_NONE && s->sms_to[WAY_FIRST].provider == SMS_NONE)
        return error_set(error, ERR_MISSING, "sms.provider", "sms2 stands in for it");
    return 0;
}

/* A name that needs no quotation in IMAP and no escape in an address. */
static bool is_plain_name(const char *name)
{
    for (const char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("._-", *c))
            return false;
    return name[0] != '\0';
}

/* The names of a mailbox's settings, for what is wrong with them. */
struct mailbox_names {
    const char *url, *mailbox, *all, *password_file;
};

static int resolve_mailbox(struct bounce_settings *b, const char *password_file,
                           const struct mailbox_names *names, struct error *error)
{
    size_t length = strlen(b->url);
    bool tls = strncmp(b->url, "imaps://", 8) == 0;
    char as_http[sizeof b->url + 8];

    while (length && b->url[length - 1] == '/')
        b->url[--length] = '\0';
    if ((!tls && strncmp(b->url, "imap://", 7) != 0) || strpbrk(strstr(b->url, "://") + 3, "/@ "))
        return error_set(error, ERR_VALUE, names->url, "is not imaps://host or imap://host");
    snprintf(as_http, sizeof as_http, "http%s", strstr(b->url, "://"));
    b->plain = !tls && !is_plain_to_another(as_http); /* to another machine: STARTTLS */
    if (!is_plain_name(b->mailbox))
        return error_set(error, ERR_VALUE, names->mailbox, "must be letters and digits");
    if (!b->user[0] || !password_file[0])
        return error_set(error, ERR_MISSING, names->all, "url, user and password_file go together");
    return secret(password_file, b->password, sizeof b->password, names->password_file, error);
}

static int resolve_bounces(struct settings *s, struct error *error)
{
    static const struct mailbox_names names = {"bounces.url", "bounces.mailbox", "bounces",
                                               "bounces.password_file"};

    return s->bounces.url[0] ? resolve_mailbox(&s->bounces, s->bounces_password_file, &names, error)
                             : 0;
}

/* Test messages: who gets them, and the mailbox of their own or that of bounces. */
static int resolve_probes(struct settings *s, struct error *error)
{
    static const struct mailbox_names names = {"watch.probe_url", "watch.probe_mailbox",
                                               "watch.probe", "watch.probe_password_file"};

    if (!s->probe_to[0]) {
        s->probes.url[0] = '\0';
        return 0;
    }
    if (!strchr(s->probe_to, '@') || strpbrk(s->probe_to, " \t<>\"\\"))
        return error_set(error, ERR_VALUE, "watch.probe_to", "is no address");
    if (strpbrk(s->from_address, "\"\\"))
        return error_set(error, ERR_VALUE, "smtp.from", "test messages are looked for by it");
    if (!s->mail_to[WAY_FIRST].url[0])
        return error_set(error, ERR_MISSING, "smtp.host", "watch.probe_to needs it");
    if (!s->probes.url[0] && !s->bounces.url[0])
        return error_set(error, ERR_MISSING, "watch.probe_url", "watch.probe_to needs a mailbox");
    if (!s->probes.url[0]) {
        s->probes = s->bounces;
    } else {
        memcpy(s->probes.ca_file, s->heartbeat_ca_file, sizeof s->probes.ca_file);
        int rc = resolve_mailbox(&s->probes, s->probe_password_file, &names, error);
        if (rc != 0)
            return rc;
    }
    s->probes.delete_read = true;
    return 0;
}

/* What a CAP alert names as its sender has no comma and no ampersand. */
static int resolve_webhook(const struct settings *s, struct error *error)
{
    if (s->sandbox_webhook_url[0] && (is_plain_to_another(s->sandbox_webhook_url) ||
                                      strncmp(s->sandbox_webhook_url, "http", 4) != 0))
        return error_set(error, ERR_VALUE, "sandbox.webhook_url",
                         "must begin with https://, or http:// on this machine");
    if (!s->webhook_enabled)
        return 0;
    if (s->webhook_timeout_s > s->timeout_s)
        return error_set(error, ERR_RANGE, "webhook.timeout_s", "must be at most retry.timeout_s");
    if (strpbrk(s->from_address, ",&"))
        return error_set(error, ERR_VALUE, "smtp.from",
                         "names the sender of webhooks: no comma and no ampersand");
    return 0;
}

static int resolve_links(struct settings *s, struct error *error)
{
    size_t length = strlen(s->base_url);

    while (length && s->base_url[length - 1] == '/')
        s->base_url[--length] = '\0';
    if (strncmp(s->base_url, "http://", 7) != 0 && strncmp(s->base_url, "https://", 8) != 0)
        return error_set(error, ERR_VALUE, "links.base_url", "must begin with https:// or http://");
    if (is_plain_to_another(s->base_url))
        return error_set(error, ERR_VALUE, "links.base_url",
                         "must begin with https://: whoever reads a link on the way can open it");
    return link_key_read(&s->link_key, s->link_key_file, "links.key_file", error);
}

static int resolve_watch(const struct settings *s, struct error *error)
{
    const char *url = s->heartbeat_url;

    if (!url[0])
        return 0;
    if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
        return error_set(error, ERR_VALUE, "watch.heartbeat_url",
                         "must begin with https:// or http://");
    if (is_plain_to_another(url))
        return error_set(error, ERR_VALUE, "watch.heartbeat_url",
                         "must begin with https://: whoever reads it on the way can feign a beat");
    return 0;
}

/* What curl would find at the first message alone. */
static int check_urls(const struct settings *s, struct error *error)
{
    const struct {
        const char *url, *key;
    } urls[] = {
        {s->sms.url, "sms.url"},
        {s->sms2.url, "sms2.url"},
        {s->sms_callback_url, "sms.callback_url"},
        {s->bounces.url, "bounces.url"},
        {s->probes.url, "watch.probe_url"},
        {s->heartbeat_url, "watch.heartbeat_url"},
        {s->sandbox_sms_url, "sandbox.sms_url"},
        {s->sandbox_webhook_url, "sandbox.webhook_url"},
        {s->base_url, "links.base_url"},
    };

    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        const char *defect = urls[i].url[0] ? url_defect(urls[i].url) : NULL;

        if (defect)
            return error_set(error, ERR_VALUE, urls[i].key, "%s", defect);
    }
    return 0;
}

int settings_resolve(struct settings *s, struct error *error)
{
    int rc;

    if (s->lease_s <= s->timeout_s)
        return error_set(error, ERR_RANGE, "retry.lease_s", "must be more than retry.timeout_s");
    s->retry = (struct retry_policy){.base_s = s->base_s,
                                     .most_s = s->most_s,
                                     .give_up_s = s->give_up_h * 3600,
                                     .unknown_s = s->unknown_s};
    if ((rc = resolve_sender(s, error)) != 0 || (rc = resolve_mail(s, error)) != 0 ||
        (rc = resolve_sms(s, error)) != 0 || (rc = resolve_bounces(s, error)) != 0 ||
        (rc = resolve_webhook(s, error)) != 0 || (rc = resolve_watch(s, error)) != 0 ||
        (rc = resolve_probes(s, error)) != 0 || (rc = resolve_links(s, error)) != 0)
        return rc;
    return check_urls(s, error);
}
