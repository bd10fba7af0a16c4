/*
 * liaison-dictionary: prints the files that the build generates from the data dictionary. It also
 * checks events against the decoder, for tests and for developers of another agent.
 */
#include "eido.h"
#include "event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef int decode_cb(struct event *event, const char *json, size_t size, event_time now,
                      struct event_dropped *dropped, struct error *error);

static const char usage[] =
    "usage: liaison-dictionary schema|markdown\n"
    "       liaison-dictionary check|encode|eido [NOW]\n"
    "schema, markdown  print what is made from the data dictionary\n"
    "check   reads one event a line; prints \"ok\", or code, field (\"-\" for none) and reason, "
    "also\n"
    "        of a value that would be left out\n"
    "encode  the same, but prints what is kept of an event instead of \"ok\"\n"
    "eido    as encode, of EIDO JSON, one document a line\n"
    "NOW is the clock's time as in RFC 3339, if it is not to be the machine's.\n";

static event_time machine_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (event_time)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Reports the first unfit value alone: a good event has none. */
static void unfit_cb(void *ctx, const struct error *why)
{
    struct error *first = ctx;

    if (!first->code)
        *first = *why;
}

static void check_line(decode_cb *decode, bool print, const char *line, size_t size, event_time now)
{
    static struct event event;
    static char out[EVENT_MAX_OCTETS];
    struct error error, unfit = {0};
    struct event_dropped dropped = {.unfit_cb = print ? NULL : unfit_cb, .ctx = &unfit};
    int err = decode(&event, line, size, now, &dropped, &error);

    if (!err && unfit.code) {
        error = unfit;
        err = unfit.code;
    }
    if (err)
        printf("%s %s %s\n", err_name(error.code), *error.field ? error.field : "-", error.reason);
    else if (print && event_encode(&event, out, sizeof(out)) >= 0)
        puts(out);
    else
        puts("ok");
    fflush(stdout);
}

static int check_lines(decode_cb *decode, bool print, event_time now)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t size;

    while ((size = getline(&line, &room, stdin)) >= 0) {
        if (size > 0 && line[size - 1] == '\n')
            size--;
        check_line(decode, print, line, (size_t)size, now);
    }
    free(line);
    return ferror(stdin) || ferror(stdout) ? 1 : 0;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*write)(FILE *out);
        decode_cb *decode;
        bool print;
    } commands[] = {
        {"schema", event_write_schema, NULL, false},
        {"markdown", event_write_dictionary, NULL, false},
        {"check", NULL, event_decode, false},
        {"encode", NULL, event_decode, true},
        {"eido", NULL, eido_decode, true},
    };
    event_time now = machine_now();

    for (size_t i = 0; argc >= 2 && i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(argv[1], commands[i].name) != 0)
            continue;
        if (commands[i].write && argc == 2)
            return commands[i].write(stdout) != 0 || fflush(stdout) != 0;
        if (commands[i].decode && argc <= 3 &&
            (argc == 2 || event_time_parse(argv[2], strlen(argv[2]), &now) == 0))
            return check_lines(commands[i].decode, commands[i].print, now);
    }
    fputs(usage, stderr);
    return 2;
}
