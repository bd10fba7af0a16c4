/*
 * letter: a message of the length of an alert's, sent by libcurl alone over a connection that is
 * kept. One struct for each thread. Failures end the program.
 */
#ifndef BENCH_LETTER_H
#define BENCH_LETTER_H

#include <curl/curl.h>
#include <stddef.h>

struct letter {
    CURL *curl;
    struct curl_slist *recipients;
    size_t size, read; /* octets of the text, and how many libcurl has taken */
};

/* url: smtp://host:port. size: octets of the message. */
void letter_open(struct letter *letter, const char *url, size_t size);
/* Returns when the server has taken it. */
void letter_send(struct letter *letter);
void letter_close(struct letter *letter);

#endif
