/*
 * sink: a mail server that keeps nothing, fast enough not to be the limit of what sends to it.
 *
 *   sink LOG [DELAY_MS]     answers the end of each message after DELAY_MS (0); -1: accepts
 *                           connections and never says a word
 *
 * Listens at a free port of loopback, which it prints. Writes a line to LOG for each message: when
 * its last octet came and when it was answered (microseconds of the monotonic clock), the length of
 * the message, and its recipient. One thread; ends by a signal.
 */
#include "clock.h"

#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ROOM = 65536, SAID = 4096, RECIPIENT = 256, EVENTS = 64 };

struct peer {
    int fd;
    bool in_message;
    char heard[ROOM];
    size_t heard_size;
    size_t passed_on; /* octets of it that were dropped from heard */
    char say[SAID];
    size_t say_size;
    char to[RECIPIENT];
    /* A message that is not answered yet. */
    struct peer *next;
    size_t size;
    int64_t taken_us;
};

struct sink {
    FILE *log;
    int epoll, listener;
    int delay_ms;
    struct peer *waiting, **end; /* in order of time */
};

static void say(struct peer *peer, const char *line)
{
    size_t size = strlen(line);

    if (peer->say_size + size > SAID)
        errx(2, "a client does not read");
    memcpy(peer->say + peer->say_size, line, size);
    peer->say_size += size;
}

static void flush(struct peer *peer)
{
    if (peer->say_size &&
        send(peer->fd, peer->say, peer->say_size, MSG_NOSIGNAL) != (ssize_t)peer->say_size)
        warn("send");
    peer->say_size = 0;
}

static void answer(struct sink *sink, struct peer *peer)
{
    say(peer, "250 2.0.0 taken\r\n");
    fprintf(sink->log, "%lld %lld %zu %s\n", (long long)peer->taken_us, (long long)clock_mono_us(),
            peer->size, peer->to);
}

static void took_message(struct sink *sink, struct peer *peer, size_t size)
{
    peer->in_message = false;
    peer->size = size;
    peer->taken_us = clock_mono_us();
    if (sink->delay_ms == 0) {
        answer(sink, peer);
        return;
    }
    peer->next = NULL;
    *sink->end = peer;
    sink->end = &peer->next;
}

static void take_recipient(struct peer *peer, const char *line, size_t size)
{
    const char *from = memchr(line, '<', size), *to = memchr(line, '>', size);

    if (from && to && to - from < RECIPIENT)
        snprintf(peer->to, RECIPIENT, "%.*s", (int)(to - from - 1), from + 1);
}

static bool is(const char *line, size_t size, const char *command)
{
    return size >= strlen(command) && strncasecmp(line, command, strlen(command)) == 0;
}

static void command(struct peer *peer, const char *line, size_t size)
{
    if (is(line, size, "RCPT"))
        take_recipient(peer, line, size);
    if (is(line, size, "EHLO"))
        say(peer, "250-sink\r\n250-PIPELINING\r\n250 8BITMIME\r\n");
    else if (is(line, size, "DATA")) {
        peer->in_message = true;
        peer->passed_on = 0;
        say(peer, "354 go on\r\n");
    } else if (is(line, size, "QUIT"))
        say(peer, "221 bye\r\n");
    else
        say(peer, "250 2.1.0 well\r\n");
}

/* Looks for the end of the message; keeps the last octets, in which it may have begun. Returns how
 * many octets are done with. */
static size_t read_message(struct sink *sink, struct peer *peer, const char *at, size_t size)
{
    static const char mark[] = "\r\n.\r\n";
    const char *end = memmem(at, size, mark, sizeof mark - 1);

    if (end) {
        took_message(sink, peer, peer->passed_on + (size_t)(end - at));
        return (size_t)(end - at) + sizeof mark - 1;
    }
    size_t done = size > sizeof mark ? size - sizeof mark : 0;
    peer->passed_on += done;
    return done;
}

static void read_all(struct sink *sink, struct peer *peer)
{
    char *at = peer->heard;
    size_t left = peer->heard_size;

    for (;;) {
        size_t done = 0;

        if (peer->in_message) {
            done = read_message(sink, peer, at, left);
            if (peer->in_message && done == 0)
                break;
        } else {
            const char *end = memchr(at, '\n', left);
            if (!end)
                break;
            done = (size_t)(end - at) + 1;
            command(peer, at, done);
        }
        at += done;
        left -= done;
    }
    memmove(peer->heard, at, left);
    peer->heard_size = left;
}

static void drop(struct sink *sink, struct peer *peer)
{
    for (struct peer **at = &sink->waiting; *at;)
        if (*at == peer)
            *at = peer->next;
        else
            at = &(*at)->next;
    sink->end = &sink->waiting;
    while (*sink->end)
        sink->end = &(*sink->end)->next;
    close(peer->fd);
    free(peer);
}

static void readable(struct sink *sink, struct peer *peer)
{
    ssize_t size = recv(peer->fd, peer->heard + peer->heard_size, ROOM - peer->heard_size, 0);

    if (size <= 0) {
        drop(sink, peer);
        return;
    }
    peer->heard_size += (size_t)size;
    if (sink->delay_ms < 0)
        peer->heard_size = 0;
    read_all(sink, peer);
    flush(peer);
}

static void accept_one(struct sink *sink)
{
    struct peer *peer = calloc(1, sizeof *peer);
    int one = 1;

    if (!peer)
        errx(2, "no memory");
    peer->fd = accept(sink->listener, NULL, NULL);
    if (peer->fd < 0)
        err(2, "accept");
    setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct epoll_event event = {.events = EPOLLIN};
    event.data.ptr = peer; /* its owner from here on */
    if (epoll_ctl(sink->epoll, EPOLL_CTL_ADD, peer->fd, &event) != 0)
        err(2, "epoll");
    if (sink->delay_ms >= 0)
        say(peer, "220 sink\r\n");
    flush(peer);
}

/* Answers what has waited long enough. Returns milliseconds until the next is due, or -1. */
static int answer_due(struct sink *sink)
{
    int64_t delay_us = sink->delay_ms * INT64_C(1000), now_us = clock_mono_us();

    while (sink->waiting && sink->waiting->taken_us + delay_us <= now_us) {
        struct peer *peer = sink->waiting;

        sink->waiting = peer->next;
        if (!sink->waiting)
            sink->end = &sink->waiting;
        answer(sink, peer);
        flush(peer);
    }
    return sink->waiting ? (int)((sink->waiting->taken_us + delay_us - now_us) / 1000 + 1) : -1;
}

static void listen_at_free_port(struct sink *sink)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;

    sink->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(sink->listener, (struct sockaddr *)&at, sizeof at) != 0 ||
        listen(sink->listener, 512) != 0 ||
        getsockname(sink->listener, (struct sockaddr *)&at, &size) != 0)
        err(2, "listen");
    sink->epoll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN};
    epoll_ctl(sink->epoll, EPOLL_CTL_ADD, sink->listener, &event);
    printf("%d\n", ntohs(at.sin_port));
    fflush(stdout);
}

int main(int argc, char **argv)
{
    struct sink sink = {.end = &sink.waiting};
    struct epoll_event events[EVENTS];

    if (argc < 2)
        errx(2, "sink LOG [DELAY_MS]");
    sink.log = fopen(argv[1], "w");
    if (!sink.log)
        err(2, "%s", argv[1]);
    sink.delay_ms = argc > 2 ? atoi(argv[2]) : 0;
    listen_at_free_port(&sink);
    for (;;) {
        int wait_ms = sink.delay_ms > 0 ? answer_due(&sink) : -1;

        fflush(sink.log);
        int count = epoll_wait(sink.epoll, events, EVENTS, wait_ms);
        for (int i = 0; i < count; i++)
            if (events[i].data.ptr)
                readable(&sink, events[i].data.ptr);
            else
                accept_one(&sink);
    }
}
