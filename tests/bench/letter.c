#include "letter.h"

#include <err.h>
#include <string.h>

static const char head[] = "Date: Mon, 23 Nov 2026 17:12:00 +0000\r\n"
                           "From: Liaison <liaison@riverside.example>\r\n"
                           "To: <floor@riverside.example>\r\n"
                           "Subject: Fight at School 1\r\n"
                           "Message-ID: <floor@riverside.example>\r\n\r\n";
static const char line[] =
    "A fight was reported at School 1. Officers are on their way there now.\r\n";

/* The head, and then lines until the size is reached. */
static size_t read_cb(char *out, size_t one, size_t room, void *ctx)
{
    struct letter *letter = ctx;
    size_t done = 0;

    room *= one;
    while (done < room && letter->read < letter->size) {
        size_t at = letter->read;
        const char *text = at < sizeof head - 1 ? head : line;
        size_t length = at < sizeof head - 1 ? sizeof head - 1 : sizeof line - 1;
        size_t from = text == head ? at : (at - (sizeof head - 1)) % length;
        size_t part = length - from;

        part = part < room - done ? part : room - done;
        part = part < letter->size - at ? part : letter->size - at;
        memcpy(out + done, text + from, part);
        done += part;
        letter->read += part;
    }
    return done;
}

void letter_open(struct letter *letter, const char *url, size_t size)
{
    *letter = (struct letter){.curl = curl_easy_init(), .size = size};
    letter->recipients = curl_slist_append(NULL, "floor@riverside.example");
    if (!letter->curl || !letter->recipients)
        errx(2, "no memory");
    curl_easy_setopt(letter->curl, CURLOPT_URL, url);
    curl_easy_setopt(letter->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(letter->curl, CURLOPT_MAIL_FROM, "liaison@riverside.example");
    curl_easy_setopt(letter->curl, CURLOPT_MAIL_RCPT, letter->recipients);
    curl_easy_setopt(letter->curl, CURLOPT_READFUNCTION, read_cb);
    curl_easy_setopt(letter->curl, CURLOPT_READDATA, letter);
    curl_easy_setopt(letter->curl, CURLOPT_UPLOAD, 1L);
}

void letter_send(struct letter *letter)
{
    letter->read = 0;
    CURLcode rc = curl_easy_perform(letter->curl);
    if (rc != CURLE_OK)
        errx(2, "smtp: %s", curl_easy_strerror(rc));
}

void letter_close(struct letter *letter)
{
    curl_easy_cleanup(letter->curl);
    curl_slist_free_all(letter->recipients);
}
