/* See options.h. */
#include "options.h"

#include "config.h"
#include "http.h"
#include "log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zmq.h>

static const struct config_row rows[] = {
    CONFIG_TEXT(struct feed_options, "intake", endpoint, "", "tcp://HOST:PORT of the intake"),
    CONFIG_TEXT(struct feed_options, "intake", server_key, "", "the intake's public key (Z85)"),
    CONFIG_INT(struct feed_options, "intake", retry_max_s, "60", 1, 3600,
               "longest pause before connecting again, seconds"),
    CONFIG_INT(struct feed_options, "intake", give_up_s, "120", 1, 86400,
               "with --once: give up after so long without progress, seconds"),
    CONFIG_TEXT(struct feed_options, "agency", slug, "", "the agency's short name"),
    CONFIG_TEXT(struct feed_options, "agency", key_file, "", "file with the agency's key pair"),
    CONFIG_TEXT(struct feed_options, "source", input, "",
                "a file, a folder, or - (standard input)"),
    CONFIG_TEXT(struct feed_options, "source", kind, "rows",
                "rows, or snapshot: each version of the file is the whole of it"),
    CONFIG_TEXT(struct feed_options, "source", format, "csv", "csv, ndjson or eido"),
    CONFIG_TEXT(struct feed_options, "source", mapping, "", "mapping file (csv)"),
    CONFIG_FLAG(struct feed_options, "source", follow, "no", "wait for more at the file's end"),
    CONFIG_TEXT(struct feed_options, "source", reject_file, "",
                "line, field and reason of refused rows; empty: rejects.tsv in the spool"),
    CONFIG_TEXT(struct feed_options, "stream", mode, "live", "live, replay or backfill"),
    CONFIG_TEXT_AS(struct feed_options, "spool", "dir", spool_dir, "", "folder of the spool"),
    CONFIG_INT(struct feed_options, "spool", keep_days, "7", 0, 3650,
               "days to keep what was acknowledged"),
    CONFIG_INT(struct feed_options, "spool", keep_mb, "1024", 1, 1048576,
               "most of it to keep, MiB"),
    CONFIG_INT(struct feed_options, "spool", max_mb, "8192", 16, 1048576,
               "reading stops when the spool is as large as this, MiB"),
    CONFIG_TEXT(struct feed_options, "http", listen, "",
                "ADDRESS:PORT of POST /events; empty: no endpoint"),
    CONFIG_TEXT(struct feed_options, "http", tls_cert, "", "certificate chain (PEM)"),
    CONFIG_TEXT(
        struct feed_options, "http", tls_key, "",
        "its key (PEM); without both: plain HTTP, on a loopback address or behind trusted_proxies"),
    CONFIG_TEXT(struct feed_options, "http", token_file, "",
                "file of mode 0600 with a bearer token a line"),
    CONFIG_INT(struct feed_options, "http", max_body_kb, "2048", 16, 16384,
               "largest body of a request, KiB"),
    CONFIG_INT(
        struct feed_options, "http", max_connections, "16", 1, 1024,
        "connections at a time; a quarter is kept for addresses that have sent a good token"),
    CONFIG_INT(struct feed_options, "http", max_per_address, "8", 1, 1024,
               "of them, of one address that has not"),
    CONFIG_TEXT(struct feed_options, "http", trusted_proxies, "",
                "addresses or networks of proxies of ours: their X-Forwarded-For is believed, and "
                "without tls_cert nobody else is served but loopback"),
    CONFIG_INT(struct feed_options, "http", request_s, "30", 1, 600,
               "a whole request takes at most so long, seconds"),
    CONFIG_INT(
        struct feed_options, "http", rate_per_s, "50", 0, 100000,
        "requests a second of one address, lastingly, and twice as many at once; 0: no limit"),
    CONFIG_TEXT(struct feed_options, "withhold", types_file, "",
                "call types that are not sent at all, one a line"),
    CONFIG_TEXT(struct feed_options, "log", level, "info", "debug, info, warn or error"),
};
enum { ROWS = sizeof rows / sizeof rows[0] };

/* The command line: a word with a value, or a flag. */
struct argument {
    const char *word;
    size_t text; /* offset of a text, or 0 */
    size_t text_size;
    size_t flag; /* offset of a flag, or 0 */
    const char *value_name, *doc;
};
#define TEXT_ARG(word, member, name, doc)                                                        \
    {                                                                                            \
        word, offsetof(struct feed_options, member), sizeof(((struct feed_options *)0)->member), \
            0, name, doc                                                                         \
    }
#define FLAG_ARG(word, member, doc)                                  \
    {                                                                \
        word, 0, 0, offsetof(struct feed_options, member), NULL, doc \
    }

static const struct argument arguments[] = {
    FLAG_ARG("--once", once, "end when the input is read and everything is answered"),
    TEXT_ARG("--input", input, "FILE|-|DIR", "instead of [source] input"),
    TEXT_ARG("--mapping", mapping, "FILE", "instead of [source] mapping"),
    TEXT_ARG("--format", format, "csv|ndjson|eido", "instead of [source] format"),
    FLAG_ARG("--follow", follow, "wait for more at the file's end"),
    TEXT_ARG("--mode", mode, "live|replay|backfill", "instead of [stream] mode"),
    TEXT_ARG("--from", from, "TIME", "replay: from this time on (2015-09-09 or RFC 3339)"),
    TEXT_ARG("--to", to, "TIME", "replay: up to this time"),
    TEXT_ARG("--pace", pace, "N|max", "replay: N times as fast as recorded (1)"),
    FLAG_ARG("--shift-to-now", shift_to_now, "replay: times become those of the replay"),
    TEXT_ARG("--spool", spool_dir, "DIR", "instead of [spool] dir"),
    TEXT_ARG("--summary", summary, "FILE", "write counts as JSON at the end"),
    TEXT_ARG("--guess", guess, "SAMPLE", "propose a mapping for an export; needs no --config"),
    TEXT_ARG("--rows", rows, "N", "--guess: look at the first N rows (5000)"),
    TEXT_ARG("--zone", zone, "NAME", "--guess: the zone of the export's times"),
};
enum { ARGUMENTS = sizeof arguments / sizeof arguments[0] };

static int mistake(const char *what, const char *which)
{
    fprintf(stderr, "liaison-feed: %s%s\n", what, which);
    return ERR_VALUE;
}

static void print_help(void)
{
    printf("Usage: liaison-feed --config FILE [--check [N]] [--once] [...]\n"
           "       liaison-feed --guess SAMPLE [--rows N] [--zone NAME]\n\n"
           "  --check [N]            show what the first N rows (10) become; sends nothing\n");
    for (size_t i = 0; i < ARGUMENTS; i++) {
        char left[64];

        snprintf(left, sizeof left, "%s %s", arguments[i].word,
                 arguments[i].value_name ? arguments[i].value_name : "");
        printf("  %-31s %s\n", left, arguments[i].doc);
    }
    printf("  --version, --help\n\nThe configuration file is INI; its settings:\n");
    config_help(rows, ROWS, stdout);
}

/* Reads one argument; *taken: how many of argv it used. The file is read before. */
static int take_word(struct feed_options *options, int left, char **argv, int *taken)
{
    const char *value = left > 1 ? argv[1] : NULL;

    *taken = 1;
    if (strcmp(argv[0], "--check") == 0) {
        options->check = true;
        if (value && value[strspn(value, "0123456789")] == '\0') {
            options->check_rows = atoi(value);
            *taken = 2;
            if (options->check_rows < 1)
                return mistake("--check shows at least one row", "");
        }
        return 0;
    }
    for (size_t i = 0; i < ARGUMENTS; i++) {
        const struct argument *argument = &arguments[i];

        if (strcmp(argument->word, argv[0]) != 0)
            continue;
        if (!argument->value_name) {
            *(bool *)((char *)options + argument->flag) = true;
            return 0;
        }
        if (!value)
            return mistake("a value is missing behind ", argv[0]);
        if (strlen(value) >= argument->text_size)
            return mistake("the value is too long of ", argv[0]);
        strcpy((char *)options + argument->text, value);
        *taken = 2;
        return 0;
    }
    return mistake("unknown argument (see --help): ", argv[0]);
}

static int load_file(struct feed_options *options, int argc, char **argv)
{
    const char *path = NULL;
    struct error error = {0};

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            print_help();
            return 1;
        }
        if (strcmp(argv[i], "--version") == 0) {
            printf("liaison-feed %s\n", LIAISON_VERSION);
            return 1;
        }
        if (strcmp(argv[i], "--config") == 0 && i + 1 < argc)
            path = argv[++i];
    }
    options->configured = path != NULL;
    if (config_load(options, rows, ROWS, path, &error) == 0)
        return 0;
    fprintf(stderr, "liaison-feed: %s: %s%s%s\n", path, error.field, error.field[0] ? ": " : "",
            error.reason);
    return ERR_VALUE;
}

static int check_words(struct feed_options *options)
{
    static const char *const modes[] = {"live", "replay", "backfill"};
    enum log_level level;
    bool known = false;

    for (size_t i = 0; i < 3; i++)
        known = known || strcmp(modes[i], options->mode) == 0;
    if (!known)
        return mistake("[stream] mode is none of live, replay, backfill", "");
    if (source_format_parse(options->format, &options->source_format) != 0)
        return mistake("[source] format is none of csv, ndjson, eido", "");
    options->snapshot = strcmp(options->kind, "snapshot") == 0;
    if (!options->snapshot && strcmp(options->kind, "rows") != 0)
        return mistake("[source] kind is none of rows, snapshot", "");
    if (options->snapshot &&
        (strcmp(options->mode, "replay") == 0 || strcmp(options->input, "-") == 0))
        return mistake(
            "[source] kind = snapshot goes neither with a replay nor with standard input", "");
    if (log_level_parse(options->level, &level) != 0)
        return mistake("[log] level is none of debug, info, warn, error", "");
    if (strcmp(options->pace, "max") != 0) {
        char *end;

        options->pace_factor = options->pace[0] ? strtod(options->pace, &end) : 1.0;
        if (options->pace[0] && (*end || !(options->pace_factor > 0)))
            return mistake("--pace is a number above 0, or max", "");
    }
    return 0;
}

struct http_options options_http(const struct feed_options *options)
{
    return (struct http_options){
        .listen = options->listen,
        .tls_cert = options->tls_cert,
        .tls_key = options->tls_key,
        .trusted_proxies = options->trusted_proxies,
        .max_connections = (unsigned)options->max_connections,
        .max_per_address = (unsigned)options->max_per_address,
        .max_body = (size_t)options->max_body_kb << 10,
        .request_s = (unsigned)options->request_s,
    };
}

/* Checks the settings of the HTTP endpoint, if there is one. */
static int check_endpoint(const struct feed_options *options)
{
    struct http_options http = options_http(options);
    struct error error = {0};

    if (!options->listen[0])
        return 0;
    if (http_check(&http, &error) != 0) {
        fprintf(stderr, "liaison-feed: %s %s\n", error.field, error.reason);
        return ERR_VALUE;
    }
    if (!options->token_file[0])
        return mistake("[http] token_file must be given", "");
    if (!options->check && (options->once || strcmp(options->mode, "replay") == 0))
        return mistake("[http] listen goes neither with --once nor with a replay", "");
    return 0;
}

/* Events come through the HTTP endpoint only. */
static bool has_no_source(const struct feed_options *options)
{
    return options->listen[0] && !options->input[0] && !options->check;
}

static bool is_key(const char *text)
{
    uint8_t key[32];

    return strlen(text) == 40 && zmq_z85_decode(key, text);
}

/* tcp://HOST:PORT */
static bool is_endpoint(const char *text)
{
    const char *host = text + strlen("tcp://"), *colon = strrchr(text, ':');
    char *end;
    long port;

    if (strncmp(text, "tcp://", 6) != 0 || !colon || colon <= host)
        return false;
    port = strtol(colon + 1, &end, 10);
    return colon[1] >= '0' && colon[1] <= '9' && *end == '\0' && port > 0 && port < 65536;
}

/* Checks the settings that matter only when something is sent. */
static int check_link(const struct feed_options *options)
{
    static const char slug[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

    if (!is_endpoint(options->endpoint))
        return mistake("[intake] endpoint must be tcp://HOST:PORT", "");
    if (!is_key(options->server_key))
        return mistake("[intake] server_key must be a Z85 key of 40 characters", "");
    if (options->slug[strspn(options->slug, slug)] != '\0')
        return mistake("[agency] slug has small letters, digits and - alone", "");
    return 0;
}

/* Checks that required settings are given; --check requires only those of the source. */
static int check_given(const struct feed_options *options)
{
    bool no_source = has_no_source(options);
    const struct {
        const char *text, *what;
        bool to_check;
    } needed[] = {
        {no_source ? "-" : options->input, "[source] input", true},
        {options->source_format == SOURCE_CSV ? options->mapping : "-", "[source] mapping", true},
        {options->endpoint, "[intake] endpoint", false},
        {options->server_key, "[intake] server_key", false},
        {options->slug, "[agency] slug", false},
        {options->key_file, "[agency] key_file", false},
        {options->spool_dir, "[spool] dir", false},
    };

    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
        if (!needed[i].text[0] && (needed[i].to_check || !options->check))
            return mistake(needed[i].what,
                           options->configured
                               ? " must be given"
                               : " must be given: in the file of --config FILE (see --help)");
    return options->check ? 0 : check_link(options);
}

/* Reads all arguments, and refuses those that would have no effect. */
static int take_words(struct feed_options *options, int argc, char **argv)
{
    const char *of_guess = NULL, *other = NULL;
    int err = 0, taken;

    for (int i = 1; !err && i < argc; i += taken) {
        bool is_of_guess = strcmp(argv[i], "--rows") == 0 || strcmp(argv[i], "--zone") == 0;

        if (is_of_guess)
            of_guess = argv[i];
        else if (strcmp(argv[i], "--guess") != 0)
            other = argv[i];
        if (strcmp(argv[i], "--config") == 0)
            taken = 2;
        else
            err = take_word(options, argc - i, argv + i, &taken);
    }
    if (!err && options->guess[0] && other)
        err = mistake("does not go with --guess: ", other);
    if (!err && !options->guess[0] && of_guess)
        err = mistake("goes only with --guess: ", of_guess);
    return err;
}

int options_read(struct feed_options *options, int argc, char **argv)
{
    int err;

    *options = (struct feed_options){.check_rows = 10};
    err = load_file(options, argc, argv);
    if (!err)
        err = take_words(options, argc, argv);
    if (options->guess[0])
        return err;
    if (!err)
        err = check_words(options);
    if (!err)
        err = check_endpoint(options);
    if (!err && options->check && options->listen[0] && !options->input[0]) {
        printf("liaison-feed: the configuration is good; there is no source to show rows of\n");
        return 1;
    }
    if (!err && has_no_source(options))
        options->source_format = SOURCE_NDJSON; /* any format will do: there is no input */
    return err ? err : check_given(options);
}

int options_read_keys(struct feed_options *options, struct error *error)
{
    static const struct config_row key_rows[] = {
        CONFIG_TEXT_AS(struct feed_options, "", "public", public_key, NULL, "Z85"),
        CONFIG_TEXT_AS(struct feed_options, "", "secret", secret_key, NULL, "Z85"),
    };
    struct stat stat_of;
    int err;

    if (stat(options->key_file, &stat_of) != 0)
        return error_set(error, ERR_IO, "key_file", "%s cannot be read: %s", options->key_file,
                         strerror(errno));
    if (stat_of.st_mode & 0077)
        return error_set(error, ERR_VALUE, "key_file", "the key file is open to others: chmod 600");
    err = config_load(options, key_rows, 2, options->key_file, error);
    if (!err && (!is_key(options->public_key) || !is_key(options->secret_key)))
        err = error_set(error, ERR_VALUE, "key_file", "a key is not Z85 of 40 characters");
    return err;
}

void options_free(struct feed_options *options)
{
    explicit_bzero(options->secret_key, sizeof options->secret_key);
}
