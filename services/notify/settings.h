/*
 * settings: the configuration file of liaison-notify, and what is made of it: where each channel
 * sends to, for live calls and for a replay. A replay never knows the real addresses of a gateway:
 * it has endpoints of its own, or none. Read once at start, then only read, from any thread.
 */
#ifndef NOTIFY_SETTINGS_H
#define NOTIFY_SETTINGS_H

#include "config.h"
#include "link_key.h"
#include "retry.h"

enum mail_tls { MAIL_TLS_NONE, MAIL_TLS_STARTTLS, MAIL_TLS_SMTPS };
enum sms_provider { SMS_NONE, SMS_TWILIO, SMS_KANNEL };

struct mail_endpoint {
    char url[256]; /* "" : there is none */
    enum mail_tls tls;
    char user[128];
    char password[128];
    char ca_file[256];
    bool verp; /* mail returns to an address that names the message */
    int connections, urgent_connections;
};

struct sms_endpoint {
    enum sms_provider provider;
    char url[320];
    char account[128];
    char password[128];
    char ca_file[256];
    char from[32];
    char callback[256]; /* where receipts come in; "": nowhere */
    int connections, urgent_connections, per_second;
};

/* [smtp] or [smtp2], as in the file. */
struct smtp_section {
    char host[128], tls[16], user[128], password_file[256], ca_file[256];
    int port, connections, urgent_connections;
    bool verp;
};

/* [sms] or [sms2], as in the file. */
struct sms_section {
    char provider[16], url[256], account[128], password_file[256], ca_file[256], from[32];
    int connections, urgent_connections, per_second;
    bool plain_http;
};

/* A mailbox that is read: the one to which our mail returns, or that of test messages. */
struct bounce_settings {
    char url[256]; /* "imaps://host:993", without a slash at the end; "": there is none */
    char mailbox[64];
    char user[128];
    char password[128];
    char ca_file[256];
    bool plain; /* imap:// on loopback: without TLS */
    bool delete_read;
    int every_s;
};

/* Calls as they happen, or played again. */
enum settings_lane { LANE_LIVE, LANE_REPLAY, LANES };

/* Index of endpoints: the first provider of a channel for live calls, the second, which stands in
 * for it, and the one for replays. */
enum settings_way { WAY_FIRST, WAY_SECOND, WAY_REPLAY, WAYS };

struct settings {
    /* As in the file. */
    char conninfo[512];
    char publish[128], subscribe[256];
    char log_level[16];
    struct smtp_section smtp, smtp2;
    char smtp_from[200]; /* by whichever relay */
    char bounces_password_file[256];
    struct sms_section sms, sms2;
    char sms_callback_url[128], sms_callback_secret_file[256]; /* of either */
    bool webhook_enabled, webhook_private_networks;
    char webhook_ca_file[256];
    int webhook_connections, webhook_urgent_connections, webhook_per_second, webhook_timeout_s;
    char sandbox_smtp_host[128], sandbox_sms_url[256], sandbox_webhook_url[256];
    int sandbox_smtp_port;
    char base_url[128], link_key_file[256];
    int base_s, most_s, give_up_h, unknown_s, timeout_s, lease_s, in_flight, poll_ms;
    char heartbeat_url[512], heartbeat_ca_file[256];
    int heartbeat_s;
    int alarm_after_s, alarm_every_s, alarm_repeat_s, keep_days;
    char probe_to[128], probe_password_file[256];
    int probe_every_s, probe_within_s;

    /* Made of it by settings_resolve. */
    char from_address[128]; /* "alerts@district.example" */
    char domain[128];       /* of from_address: of Message-IDs and EHLO */
    struct mail_endpoint mail_to[WAYS];
    struct sms_endpoint sms_to[WAYS];
    struct bounce_settings bounces; /* but for its password and plain, as in the file */
    struct bounce_settings probes;  /* of test messages; url "": there are none */
    struct retry_policy retry;
    struct link_key link_key;
};

extern const struct config_row settings_rows[];
extern const size_t settings_row_count;

/* Checks what no single row can, reads the secrets, fills the second part. */
int settings_resolve(struct settings *settings, struct error *error);

#endif
