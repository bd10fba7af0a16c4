/*
 * options: the agent's configuration file and command line. The command line overrides the file.
 * The struct owns its texts.
 */
#ifndef LIAISON_FEED_OPTIONS_H
#define LIAISON_FEED_OPTIONS_H

#include "event.h"
#include "http.h"
#include "source.h"

struct feed_options {
    /* [intake] */
    char endpoint[256], server_key[64];
    int retry_max_s, give_up_s;
    /* [agency] */
    char slug[41], key_file[1024];
    /* [source] */
    char input[1024], kind[16], format[16], mapping[1024], reject_file[1024];
    bool follow;
    /* [stream] */
    char mode[16];
    /* [spool] */
    char spool_dir[1024];
    int keep_days, keep_mb, max_mb;
    /* [http] */
    char listen[80], tls_cert[512], tls_key[512], token_file[1024];
    char trusted_proxies[1024];
    int max_body_kb, max_connections, max_per_address, request_s, rate_per_s;
    /* [withhold] */
    char types_file[1024];
    /* [log] */
    char level[8];

    /* command line only */
    bool configured; /* a file was given */
    bool once, check, shift_to_now;
    int check_rows;
    char from[40], to[40], pace[16], summary[1024];
    char guess[1024], rows[8], zone[41];

    /* worked out */
    enum source_format source_format;
    bool snapshot;      /* [source] kind */
    double pace_factor; /* 0: as fast as possible */
    char public_key[64], secret_key[64];
};

/* 0 to go on; 1 when there is nothing left to do (help, version); negative on an error, which has
 * been printed to standard error. */
int options_read(struct feed_options *options, int argc, char **argv);
/* Reads the agency's key pair: lines "public = " and "secret = ", from a file that nobody else may
 * read. */
int options_read_keys(struct feed_options *options, struct error *error);
/* The options of the web server. */
struct http_options options_http(const struct feed_options *options);
void options_free(struct feed_options *options);

#endif
