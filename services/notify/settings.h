/*
 * settings: the configuration file of liaison-notify, and what is made of it: where each channel
 * sends to, for live calls and for a replay. A replay never knows the real addresses of a gateway:
 * it has endpoints of its own, or none. Read once at start, then only read, from any thread.
 */
#ifndef NOTIFY_SETTINGS_H
#define NOTIFY_SETTINGS_H

#include "config.h"
#include "retry.h"

enum mail_tls { MAIL_TLS_NONE, MAIL_TLS_STARTTLS, MAIL_TLS_SMTPS };
enum sms_provider { SMS_NONE, SMS_TWILIO, SMS_KANNEL };

struct mail_endpoint {
    char url[256]; /* "" : there is none */
    enum mail_tls tls;
    char user[128];
    char password[128];
    char ca_file[256];
};

struct sms_endpoint {
    enum sms_provider provider;
    char url[320];
    char account[128];
    char password[128];
    char ca_file[256];
    char callback[256]; /* where receipts come in; "": nowhere */
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

/* Index of endpoints: calls as they happen, or played again. */
enum settings_lane { LANE_LIVE, LANE_REPLAY, LANES };

struct settings {
    /* As in the file. */
    char conninfo[512];
    char publish[128], subscribe[256];
    char log_level[16];
    char smtp_host[128], smtp_tls[16], smtp_user[128], smtp_password_file[256], smtp_ca_file[256];
    char smtp_from[200];
    int smtp_port, smtp_connections, smtp_urgent_connections;
    bool smtp_verp;
    char bounces_password_file[256];
    char sms_provider[16], sms_url[256], sms_account[128], sms_password_file[256], sms_ca_file[256];
    char sms_from[32];
    char sms_callback_url[128], sms_callback_secret_file[256];
    bool sms_plain_http;
    int sms_connections, sms_urgent_connections, sms_per_second;
    bool webhook_enabled, webhook_private_networks;
    char webhook_ca_file[256];
    int webhook_connections, webhook_urgent_connections, webhook_per_second, webhook_timeout_s;
    char sandbox_smtp_host[128], sandbox_sms_url[256], sandbox_webhook_url[256];
    int sandbox_smtp_port;
    char base_url[128];
    int base_s, most_s, give_up_h, unknown_s, timeout_s, lease_s, in_flight, poll_ms;
    char heartbeat_url[512], heartbeat_ca_file[256];
    int heartbeat_s;
    int alarm_after_s, alarm_every_s, alarm_repeat_s;
    char probe_to[128], probe_password_file[256];
    int probe_every_s, probe_within_s;

    /* Made of it by settings_resolve. */
    char from_address[128]; /* "alerts@district.example" */
    char domain[128];       /* of from_address: of Message-IDs and EHLO */
    struct mail_endpoint mail[LANES];
    struct sms_endpoint sms[LANES];
    struct bounce_settings bounces; /* but for its password and plain, as in the file */
    struct bounce_settings probes;  /* of test messages; url "": there are none */
    struct retry_policy retry;
};

extern const struct config_row settings_rows[];
extern const size_t settings_row_count;

/* Checks what no single row can, reads the secrets, fills the second part. */
int settings_resolve(struct settings *settings, struct error *error);

#endif
