/*
 * load: sends prepared events to liaison-intake as an agency's agent would (docs/protocol.md), and
 * prints its measurements as one JSON object. Closed loop (as fast as credit or --window allows) or
 * open loop (--rate: events a second over all sessions; the latency of an event then counts from
 * when it was due, so that stalls are included).
 *
 *   load --endpoint E --server-key Z85 --keys FILE [--sessions 4] [--events 50000] [--window 0]
 *        [--rate 0] [--schools FILE] [--per-mille 30] [--open 64] [--run NAME] [--careless 0]
 *        [--spread FILE]
 *   load --print [--sessions 4] [--events 50000] ...
 *
 * FILE of --keys has a line "public secret" for each agency; sessions use them in turn. --events is
 * the sum over all sessions. The first --careless sessions ignore their credit, and load does not
 * wait for them. --endpoint may be a list; sessions use them in turn. --spread writes a histogram
 * of the latencies and the worst intervals (spread.h). --print sends nothing: it writes the bodies,
 * one line each, session after session, for peers that speak another protocol.
 */
#include "bodies.h"
#include "spread.h"
#include "wire.h"

#include <err.h>
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

enum {
    MOST_KEYS = 4096,
    MOST_ENDPOINTS = 4,
    STUCK_S = 30,
    BURST = 64,
    PING_US = 2000000,
    HOLD_US = 2000, /* as the agent does: sender_flow.c */
};
#define CONTENT_TYPE "application/vnd.liaison.event+json"

struct options {
    char *endpoint[MOST_ENDPOINTS];
    size_t endpoints;
    const char *server_key, *keys, *schools, *run, *spread;
    unsigned sessions, window, per_mille, open, careless;
    size_t events;
    double rate;
    bool print;
};

struct client {
    void *socket;
    struct bodies bodies;
    bool welcome, refused, careless;
    uint64_t limit, spent;
    size_t sent, answered, naks;
    size_t ready;  /* how many events are due by now */
    int64_t spoke; /* when it last sent events */
    int64_t *due;  /* when each was sent, or was due; 0 once answered */
};

struct load {
    struct options options;
    void *context;
    char key[MOST_KEYS][2][41];
    size_t keys;
    struct client *client;
    zmq_pollitem_t *poll; /* one for each session, and one for the timer */
    int timer;
    double *latency; /* microseconds */
    struct spread spread;
    size_t answered, refused;
    int64_t begun, ended, heard, pinged;
    double cpu; /* CPU time of this process when the measurement began */
};

static int64_t now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void read_keys(struct load *load)
{
    FILE *in = fopen(load->options.keys, "r");

    if (!in)
        err(2, "%s", load->options.keys);
    while (load->keys < MOST_KEYS &&
           fscanf(in, "%40s %40s", load->key[load->keys][0], load->key[load->keys][1]) == 2)
        load->keys++;
    fclose(in);
    if (load->keys == 0)
        errx(2, "no keys");
}

static void send_frame(void *socket, const void *data, size_t size, bool more)
{
    zmq_msg_t frame;

    /* The bodies outlive the socket, so they need no copy. */
    zmq_msg_init_data(&frame, (void *)data, size, NULL, NULL);
    if (zmq_msg_send(&frame, socket, more ? ZMQ_SNDMORE : 0) < 0)
        errx(2, "send: %s", zmq_strerror(zmq_errno()));
}

static void say_hello(struct client *client)
{
    unsigned char id[16];
    char text[400];
    struct timespec wall;

    if (getentropy(id, sizeof id) != 0)
        err(2, "getentropy");
    clock_gettime(CLOCK_REALTIME, &wall);
    int n = snprintf(text, sizeof text,
                     "{\"version\":{\"major\":1,\"minor\":2},\"mode\":\"live\",\"agent\":\"bench\","
                     "\"epoch\":%" PRId64 ",\"clock\":%" PRId64 ",\"stream\":\""
                     "%02x%02x%02x%02x-%02x%02x-4%x%02x-8%x%02x-%02x%02x%02x%02x%02x%02x\"}",
                     (int64_t)wall.tv_sec * 1000000 + wall.tv_nsec / 1000,
                     (int64_t)wall.tv_sec * 1000000 + wall.tv_nsec / 1000, id[0], id[1], id[2],
                     id[3], id[4], id[5], id[6] & 15, id[7], id[8] & 15, id[9], id[10], id[11],
                     id[12], id[13], id[14], id[15]);
    zmq_send(client->socket, WIRE_SIGNATURE, 4, ZMQ_SNDMORE);
    zmq_send(client->socket, "HELLO", 5, ZMQ_SNDMORE);
    zmq_send(client->socket, text, (size_t)n, 0);
}

static void open_client(struct load *load, unsigned i)
{
    struct options *options = &load->options;
    struct client *client = &load->client[i];
    const char *public = load->key[i % load->keys][0], *secret = load->key[i % load->keys][1];
    size_t events = options->events / options->sessions;
    int zero = 0;

    client->bodies.school = load->client[0].bodies.school;
    client->bodies.schools = load->client[0].bodies.schools;
    bodies_make(&client->bodies, events, options->run, i, options->per_mille, options->open);
    client->careless = i < options->careless;
    client->due = calloc(events, sizeof *client->due);
    client->socket = zmq_socket(load->context, ZMQ_DEALER);
    if (!client->due || !client->socket)
        errx(2, "no memory or sockets");
    zmq_setsockopt(client->socket, ZMQ_LINGER, &zero, sizeof zero);
    zmq_setsockopt(client->socket, ZMQ_SNDHWM, &zero, sizeof zero);
    zmq_setsockopt(client->socket, ZMQ_RCVHWM, &zero, sizeof zero);
    if (options->server_key) {
        zmq_setsockopt(client->socket, ZMQ_CURVE_SERVERKEY, options->server_key, 41);
        zmq_setsockopt(client->socket, ZMQ_CURVE_PUBLICKEY, public, 41);
        zmq_setsockopt(client->socket, ZMQ_CURVE_SECRETKEY, secret, 41);
    }
    if (zmq_connect(client->socket, options->endpoint[i % options->endpoints]) != 0)
        errx(2, "connect: %s", zmq_strerror(zmq_errno()));
    load->poll[i] = (zmq_pollitem_t){.socket = client->socket, .events = ZMQ_POLLIN};
    say_hello(client);
}

static void answered(struct load *load, struct client *client, uint64_t first, uint64_t last)
{
    int64_t now = now_us();

    for (uint64_t seq = first; seq <= last && seq >= 1 && seq <= client->sent; seq++) {
        if (client->due[seq - 1] == 0)
            continue;
        if (!client->careless) {
            double latency = (double)(now - client->due[seq - 1]);
            load->latency[load->answered++] = latency;
            spread_add(&load->spread, client->due[seq - 1] - load->begun, latency);
        }
        client->due[seq - 1] = 0;
        load->heard = now;
        client->answered++;
    }
}

static void handle(struct load *load, struct client *client, zmq_msg_t *frame, size_t count)
{
    enum wire_command command =
        count > 1 ? wire_command_of(zmq_msg_data(&frame[1]), zmq_msg_size(&frame[1])) : 0;
    const unsigned char *data = count > 2 ? zmq_msg_data(&frame[2]) : NULL;
    size_t size = count > 2 ? zmq_msg_size(&frame[2]) : 0;

    switch (command) {
    case WIRE_WELCOME: {
        json_t *said = json_loadb((const char *)data, size, 0, NULL);
        client->limit = (uint64_t)json_integer_value(json_object_get(said, "credit"));
        client->welcome = true;
        json_decref(said);
        break;
    }
    case WIRE_ACK:
        for (size_t at = 0; at + 16 <= size; at += 16)
            answered(load, client, wire_get_u64(data + at), wire_get_u64(data + at + 8));
        break;
    case WIRE_NAK:
        client->naks++;
        answered(load, client, wire_get_u64(data), wire_get_u64(data));
        break;
    case WIRE_CREDIT:
        client->limit = wire_get_u64(data);
        break;
    case WIRE_REFUSE:
        /* Intake may forget a session that has sent everything, so that others get its credit. */
        if (client->answered == client->bodies.count)
            break;
        if (client->careless && client->refused)
            break;
        client->refused = true;
        load->refused += !client->careless;
        fprintf(stderr, "load: refused: %.*s\n", (int)size, (const char *)data);
        break;
    default:
        break;
    }
}

/* Handles all messages that have arrived for one session. */
static void hear(struct load *load, struct client *client)
{
    for (;;) {
        zmq_msg_t frame[8];
        size_t count = 0;
        int more = 1;

        while (more && count < 8) {
            zmq_msg_init(&frame[count]);
            if (zmq_msg_recv(&frame[count], client->socket, ZMQ_DONTWAIT) < 0) {
                zmq_msg_close(&frame[count]);
                return;
            }
            more = zmq_msg_more(&frame[count++]);
        }
        handle(load, client, frame, count);
        for (size_t i = 0; i < count; i++)
            zmq_msg_close(&frame[i]);
    }
}

static bool may_send(const struct load *load, const struct client *client)
{
    if (!client->welcome || client->refused || client->sent == client->ready)
        return false;
    size_t pending = client->sent - client->answered;
    if (load->options.window && pending >= load->options.window)
        return false;
    if (client->careless)
        return true;
    uint64_t cost = bodies_size(&client->bodies, client->sent) + WIRE_EVENT_OVERHEAD;
    return client->spent + cost <= client->limit || pending == 0;
}

/* When event i of a session is due. Of all events, event n is due at begun + n / rate, in session n
 * modulo sessions; without a rate, now. */
static int64_t due_of(const struct load *load, const struct client *client, size_t i, int64_t now)
{
    size_t n = i * load->options.sessions + (size_t)(client - load->client);

    return load->options.rate > 0 ? load->begun + (int64_t)((double)n * 1e6 / load->options.rate)
                                  : now;
}

/* Records the next event as sent, and returns its index. */
static size_t take_next(const struct load *load, struct client *client, int64_t now)
{
    size_t i = client->sent++;

    client->due[i] = due_of(load, client, i, now);
    client->spent += bodies_size(&client->bodies, i) + WIRE_EVENT_OVERHEAD;
    return i;
}

static void send_events(struct client *client, const char *command, size_t first, const void *data,
                        size_t size)
{
    unsigned char seq[8];

    wire_put_u64(seq, first + 1);
    send_frame(client->socket, WIRE_SIGNATURE, 4, true);
    send_frame(client->socket, command, strlen(command), true);
    zmq_send(client->socket, seq, 8, ZMQ_SNDMORE);
    send_frame(client->socket, CONTENT_TYPE, sizeof CONTENT_TYPE - 1, true);
    zmq_send(client->socket, data, size, 0);
}

static void send_event(struct client *client, size_t i)
{
    send_events(client, "EVENT", i, client->bodies.text + client->bodies.start[i],
                bodies_size(&client->bodies, i));
}

/* Like the feed agent: sends the events that are due together. Returns how many. */
static int send_pack(const struct load *load, struct client *client, int64_t now)
{
    static struct wire_pack pack;
    size_t first = client->sent;

    pack.count = pack.size = 0;
    while (may_send(load, client) &&
           wire_pack_add(&pack, client->bodies.text + client->bodies.start[client->sent],
                         bodies_size(&client->bodies, client->sent)))
        take_next(load, client, now);
    if (pack.count > 1)
        send_events(client, "EVENTS", first, pack.data, pack.size);
    else if (pack.count == 1)
        send_event(client, first);
    else
        send_event(client, take_next(load, client, now)); /* larger than a pack */
    client->spoke = now;
    return (int)(client->sent - first);
}

/* Like the feed agent: less than a full message waits a moment while an answer is outstanding. */
static bool held(const struct client *client, int64_t now)
{
    return client->sent > client->answered && client->ready - client->sent < WIRE_PACK_EVENTS &&
           now - client->spoke < HOLD_US;
}

/* When the session can send next without an answer; 0: only after an answer. */
static int64_t next_send(const struct load *load, const struct client *client, int64_t now)
{
    int64_t due = now;

    if (client->sent == client->bodies.count)
        return 0;
    if (client->sent < client->ready && !may_send(load, client))
        return 0;
    if (client->sent == client->ready)
        due = due_of(load, client, client->ready, now);
    if (client->sent > client->answered && due < client->spoke + HOLD_US &&
        client->ready - client->sent < WIRE_PACK_EVENTS)
        due = client->spoke + HOLD_US;
    return due;
}

/* Sends what may be sent. Returns when there will be more to send: now, later, or 0 for unknown. */
static int64_t send_due(struct load *load, int64_t now)
{
    int64_t next = 0;

    for (unsigned s = 0; s < load->options.sessions; s++) {
        struct client *client = &load->client[s];

        while (client->ready < client->bodies.count &&
               due_of(load, client, client->ready, now) <= now)
            client->ready++;
        for (int i = 0; i < BURST && may_send(load, client) && !held(client, now);)
            i += send_pack(load, client, now);
        int64_t at =
            may_send(load, client) && !held(client, now) ? now : next_send(load, client, now);
        if (at && (!next || at < next))
            next = at;
    }
    return next;
}

/* A session that waits for credit must still send a sign of life. */
static void ping(struct load *load)
{
    unsigned char clock[8] = {0};

    if (now_us() - load->pinged < PING_US)
        return;
    load->pinged = now_us();
    for (unsigned s = 0; s < load->options.sessions; s++) {
        zmq_send(load->client[s].socket, WIRE_SIGNATURE, 4, ZMQ_SNDMORE);
        zmq_send(load->client[s].socket, "PING", 4, ZMQ_SNDMORE);
        zmq_send(load->client[s].socket, clock, 8, 0);
    }
}

static void poll_all(struct load *load, long wait_ms)
{
    uint64_t expired;

    if (zmq_poll(load->poll, (int)load->options.sessions + 1, wait_ms) <= 0)
        return;
    if (load->poll[load->options.sessions].revents && read(load->timer, &expired, 8) < 0)
        err(2, "timerfd");
    for (unsigned s = 0; s < load->options.sessions; s++)
        if (load->poll[s].revents)
            hear(load, &load->client[s]);
}

/* Receives messages until there is something to send, at most for 10 ms. */
static void poll_until(struct load *load, int64_t at, int64_t now)
{
    struct itimerspec spec = {.it_value.tv_sec = at / 1000000,
                              .it_value.tv_nsec = at % 1000000 * 1000};

    if (at > now && timerfd_settime(load->timer, TFD_TIMER_ABSTIME, &spec, NULL) != 0)
        err(2, "timerfd");
    poll_all(load, at && at <= now ? 0 : 10);
}

static void wait_welcome(struct load *load)
{
    unsigned welcome = 0;
    int64_t begun = now_us();

    while (welcome < load->options.sessions) {
        poll_all(load, 100);
        welcome = 0;
        for (unsigned s = 0; s < load->options.sessions; s++)
            welcome += load->client[s].welcome;
        if (load->refused || now_us() - begun > STUCK_S * 1000000LL)
            errx(3, "only %u of %u sessions were let in", welcome, load->options.sessions);
    }
}

static double cpu_s(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void run(struct load *load)
{
    size_t total = load->options.events / load->options.sessions *
                   (load->options.sessions - load->options.careless);

    load->cpu = cpu_s();
    load->begun = load->heard = now_us();
    while (load->answered < total) {
        int64_t now = now_us();

        poll_until(load, send_due(load, now), now);
        ping(load);
        if (now_us() - load->heard > STUCK_S * 1000000LL)
            errx(4, "no answer for %d s: %zu of %zu", STUCK_S, load->answered, total);
        if (load->refused)
            errx(5, "refused");
    }
    load->ended = now_us();
}

static int compare_cb(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

static void print(struct load *load)
{
    double seconds = (double)(load->ended - load->begun) / 1e6, sum = 0;
    size_t n = load->answered, naks = 0, octets = 0;

    qsort(load->latency, n, sizeof *load->latency, compare_cb);
    for (size_t i = 0; i < n; i++)
        sum += load->latency[i];
    for (unsigned s = 0; s < load->options.sessions; s++) {
        naks += load->client[s].naks;
        octets += load->client[s].bodies.start[load->client[s].bodies.count];
    }
    printf("{\"events\":%zu,\"naks\":%zu,\"seconds\":%.6f,\"rate\":%.1f,\"octets\":%.1f,"
           "\"p50_us\":%.1f,\"p90_us\":%.1f,\"p99_us\":%.1f,\"max_us\":%.1f,\"mean_us\":%.1f,"
           "\"cpu_s\":%.3f}\n",
           n, naks, seconds, (double)n / seconds, (double)octets / (double)n, load->latency[n / 2],
           load->latency[n * 9 / 10], load->latency[n * 99 / 100], load->latency[n - 1],
           sum / (double)n, cpu_s() - load->cpu);
}

static void take_option(struct options *options, int option)
{
    switch (option) {
    case 'e':
        for (char *rest, *at = strtok_r(optarg, ",", &rest); at; at = strtok_r(NULL, ",", &rest))
            if (options->endpoints < MOST_ENDPOINTS)
                options->endpoint[options->endpoints++] = at;
        break;
    case 'k':
        options->server_key = optarg;
        break;
    case 'K':
        options->keys = optarg;
        break;
    case 's':
        options->sessions = (unsigned)strtoul(optarg, NULL, 10);
        break;
    case 'n':
        options->events = strtoul(optarg, NULL, 10);
        break;
    case 'w':
        options->window = (unsigned)strtoul(optarg, NULL, 10);
        break;
    case 'r':
        options->rate = strtod(optarg, NULL);
        break;
    case 'S':
        options->schools = optarg;
        break;
    case 'm':
        options->per_mille = (unsigned)strtoul(optarg, NULL, 10);
        break;
    case 'o':
        options->open = (unsigned)strtoul(optarg, NULL, 10);
        break;
    case 'R':
        options->run = optarg;
        break;
    case 'p':
        options->spread = optarg;
        break;
    case 'P':
        options->print = true;
        break;
    case 'c':
        options->careless = (unsigned)strtoul(optarg, NULL, 10);
        break;
    default:
        exit(2);
    }
}

static void read_options(struct options *options, int argc, char **argv)
{
    static const struct option names[] = {
        {"endpoint", 1, NULL, 'e'}, {"server-key", 1, NULL, 'k'}, {"keys", 1, NULL, 'K'},
        {"sessions", 1, NULL, 's'}, {"events", 1, NULL, 'n'},     {"window", 1, NULL, 'w'},
        {"rate", 1, NULL, 'r'},     {"schools", 1, NULL, 'S'},    {"per-mille", 1, NULL, 'm'},
        {"open", 1, NULL, 'o'},     {"run", 1, NULL, 'R'},        {"careless", 1, NULL, 'c'},
        {"spread", 1, NULL, 'p'},   {"print", 0, NULL, 'P'},      {NULL, 0, NULL, 0}};
    int option;

    *options =
        (struct options){.sessions = 4, .events = 50000, .per_mille = 30, .open = 64, .run = "B"};
    while ((option = getopt_long(argc, argv, "", names, NULL)) != -1)
        take_option(options, option);
    if ((!options->print && (!options->endpoints || !options->keys)) || !options->sessions ||
        !options->open || options->events < options->sessions)
        errx(2, "--endpoint and --keys are required, and an event a session; see load.c");
}

static int print_bodies(const struct options *options)
{
    struct bodies bodies = {0};

    bodies_schools(&bodies, options->schools);
    for (unsigned s = 0; s < options->sessions; s++) {
        bodies_make(&bodies, options->events / options->sessions, options->run, s,
                    options->per_mille, options->open);
        for (size_t i = 0; i < bodies.count; i++)
            printf("%.*s\n", (int)bodies_size(&bodies, i), bodies.text + bodies.start[i]);
        free(bodies.start);
        free(bodies.text);
        bodies.text = NULL;
    }
    free(bodies.school);
    return fflush(stdout) ? 1 : 0;
}

int main(int argc, char **argv)
{
    static struct load load;

    read_options(&load.options, argc, argv);
    if (load.options.print)
        return print_bodies(&load.options);
    read_keys(&load);
    load.client = calloc(load.options.sessions, sizeof *load.client);
    load.poll = calloc(load.options.sessions + 1, sizeof *load.poll);
    load.timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    load.latency = calloc(load.options.events, sizeof *load.latency);
    load.context = zmq_ctx_new();
    if (!load.client || !load.poll || !load.latency || !load.context || load.timer < 0)
        errx(2, "no memory or timer");
    load.poll[load.options.sessions] = (zmq_pollitem_t){.fd = load.timer, .events = ZMQ_POLLIN};
    zmq_ctx_set(load.context, ZMQ_MAX_SOCKETS, (int)load.options.sessions + 16);
    bodies_schools(&load.client[0].bodies, load.options.schools);
    for (unsigned s = 0; s < load.options.sessions; s++)
        open_client(&load, s);
    wait_welcome(&load);
    run(&load);
    print(&load);
    if (load.options.spread)
        spread_write(&load.spread, load.options.spread);
    for (unsigned s = 0; s < load.options.sessions; s++) {
        zmq_send(load.client[s].socket, WIRE_SIGNATURE, 4, ZMQ_SNDMORE);
        zmq_send(load.client[s].socket, "BYE", 3, 0);
    }
    usleep(200000); /* time for the last message to be sent; nothing is lost if it is not */
    _exit(fflush(stdout) ? 1 : 0);
}
