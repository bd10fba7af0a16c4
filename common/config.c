#include "config.h"

#include "nearest.h"

#include <errno.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { CONFIG_MAX_ROWS = 128 };

struct loading {
    char *config;
    const struct config_row *rows;
    size_t count;
    bool seen[CONFIG_MAX_ROWS];
    FILE *file;
    int line; /* the last one read */
    struct error *error;
    int err;
};

static const char *const true_words[] = {"yes", "true", "on", "1"};
static const char *const false_words[] = {"no", "false", "off", "0"};

static bool is_one_of(const char *word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcasecmp(word, words[i]) == 0)
            return true;
    return false;
}

static int set_value(char *config, const struct config_row *row, const char *value,
                     struct error *error)
{
    char field[64];
    snprintf(field, sizeof field, "%s.%s", row->section, row->key);

    switch (row->type) {
    case CONFIG_T_TEXT:
        if (strlen(value) >= row->size)
            return error_set(error, ERR_SIZE, field, "longer than %zu octets", row->size - 1);
        strcpy(config + row->offset, value);
        return 0;
    case CONFIG_T_INT: {
        char *end;
        errno = 0;
        long number = strtol(value, &end, 10);
        if (end == value || *end || errno || number < row->low || number > row->high)
            return error_set(error, ERR_RANGE, field, "must be a whole number from %ld to %ld",
                             row->low, row->high);
        int as_int = (int)number;
        memcpy(config + row->offset, &as_int, sizeof as_int);
        return 0;
    }
    case CONFIG_T_FLAG: {
        bool on = is_one_of(value, true_words, 4);
        if (!on && !is_one_of(value, false_words, 4))
            return error_set(error, ERR_VALUE, field, "must be yes or no");
        memcpy(config + row->offset, &on, sizeof on);
        return 0;
    }
    }
    return error_set(error, ERR_TYPE, field, "has no type");
}

static int unknown_setting(struct loading *load, const char *section, const char *name)
{
    struct nearest nearest = {.word = name};

    for (size_t i = 0; i < load->count; i++)
        if (strcmp(load->rows[i].section, section) == 0)
            nearest_try(&nearest, load->rows[i].key);
    return error_set(load->error, ERR_ABSENT, name, "is not a setting of [%s]%s%s%s", section,
                     nearest.name ? "; was " : "", nearest.name ? nearest.name : "",
                     nearest.name ? " meant?" : "");
}

static int entry_cb(void *user, const char *section, const char *name, const char *value)
{
    struct loading *load = user;

    for (size_t i = 0; i < load->count; i++) {
        const struct config_row *row = &load->rows[i];

        if (strcmp(row->section, section) != 0 || strcmp(row->key, name) != 0)
            continue;
        if (load->seen[i]) {
            load->err = error_set(load->error, ERR_EXISTS, name, "given twice in [%s]", section);
            return 0;
        }
        load->seen[i] = true;
        load->err = set_value(load->config, row, value, load->error);
        return load->err == 0;
    }
    load->err = unknown_setting(load, section, name);
    return 0;
}

/* Hands libinih the next line, and ends the file at the first error. libinih would cut a long line
 * in two and read the second half as another line. */
static char *next_line_cb(char *out, int size, void *stream)
{
    struct loading *load = stream;

    if (load->err || !fgets(out, size, load->file))
        return NULL;
    load->line++;
    if (strlen(out) + 1 == (size_t)size && out[size - 2] != '\n') {
        load->err = error_set(load->error, ERR_SIZE, "", "longer than %d octets", size - 2);
        return NULL;
    }
    return out;
}

static int read_file(struct loading *load, const char *path)
{
    load->file = fopen(path, "r");
    if (!load->file)
        return error_set(load->error, ERR_IO, "", "cannot read the configuration file: %s",
                         strerror(errno));
    int wrong = ini_parse_stream(next_line_cb, load, entry_cb, load);
    bool unreadable = ferror(load->file) != 0;
    int problem = errno;

    fclose(load->file);
    if (unreadable || wrong < 0)
        return error_set(load->error, ERR_IO, "", "cannot read the configuration file: %s",
                         unreadable ? strerror(problem) : "no memory");
    /* libinih continues after a line that it cannot read; that line may be before the
     * callback's. */
    if (wrong > 0 && (!load->err || wrong < load->line))
        return error_set(load->error, ERR_SYNTAX, "", "line %d: not a setting or a section", wrong);
    if (load->err && load->error) {
        char reason[sizeof load->error->reason];

        memcpy(reason, load->error->reason, sizeof reason);
        snprintf(load->error->reason, sizeof reason, "line %d: %.140s", load->line, reason);
    }
    return load->err;
}

static int apply_defaults(struct loading *load)
{
    for (size_t i = 0; i < load->count; i++)
        if (load->rows[i].fallback) {
            int err = set_value(load->config, &load->rows[i], load->rows[i].fallback, load->error);
            if (err)
                return err;
        }
    return 0;
}

static int check_required(const struct loading *load)
{
    for (size_t i = 0; i < load->count; i++)
        if (!load->rows[i].fallback && !load->seen[i])
            return error_set(load->error, ERR_MISSING, load->rows[i].key,
                             "must be set in section [%s]", load->rows[i].section);
    return 0;
}

int config_load(void *config, const struct config_row *rows, size_t count, const char *path,
                struct error *error)
{
    struct loading load = {.config = config, .rows = rows, .count = count, .error = error};

    if (count > CONFIG_MAX_ROWS)
        return error_set(error, ERR_SIZE, "", "too many settings");
    int err = apply_defaults(&load);
    if (!err && path)
        err = read_file(&load, path);
    return err ? err : check_required(&load);
}

void config_help(const struct config_row *rows, size_t count, FILE *out)
{
    const char *section = "";

    for (size_t i = 0; i < count; i++) {
        if (strcmp(section, rows[i].section) != 0) {
            section = rows[i].section;
            fprintf(out, "\n[%s]\n", section);
        }
        fprintf(out, "  %-18s %s (%s%s)\n", rows[i].key, rows[i].doc,
                rows[i].fallback ? "default: " : "required",
                !rows[i].fallback     ? ""
                : rows[i].fallback[0] ? rows[i].fallback
                                      : "none");
    }
}

int config_secret(const char *path, char *out, size_t size, struct error *error)
{
    FILE *file = fopen(path, "r");
    if (!file)
        return error_set(error, ERR_IO, "", "cannot read the secret file: %s", strerror(errno));

    struct stat st;
    int err = 0;
    if (fstat(fileno(file), &st) != 0)
        err = error_set(error, ERR_IO, "", "cannot read the secret file: %s", strerror(errno));
    else if (st.st_mode & 0077)
        err =
            error_set(error, ERR_VALUE, "", "the secret file is open to others: chmod 600 or 400");
    if (!err) {
        size_t n = fread(out, 1, size - 1, file);
        out[n] = '\0';
        size_t length = strcspn(out, "\r\n");
        int next = length == size - 1 ? fgetc(file) : EOF;
        if (next != EOF && next != '\r' && next != '\n')
            err = error_set(error, ERR_SIZE, "", "the secret is longer than %zu octets", size - 1);
        out[length] = '\0';
        if (!out[0])
            err = error_set(error, ERR_MISSING, "", "the secret file is empty");
    }
    fclose(file);
    return err;
}

int config_main(int argc, char **argv, const char *program, void *config,
                const struct config_row *rows, size_t count)
{
    return config_main_checked(argc, argv, program, config, rows, count, NULL);
}

int config_main_checked(int argc, char **argv, const char *program, void *config,
                        const struct config_row *rows, size_t count, config_check_cb check_cb)
{
    const char *path = NULL;
    bool check = false;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--config") == 0 && i + 1 < argc) {
            path = argv[++i];
        } else if (strcmp(argv[i], "--check") == 0) {
            check = true;
        } else if (strcmp(argv[i], "--version") == 0) {
            printf("%s %s\n", program, LIAISON_VERSION);
            return 1;
        } else if (strcmp(argv[i], "--help") == 0) {
            printf("Usage: %s --config FILE [--check] [--version] [--help]\n\n"
                   "The configuration file is INI; its settings:\n",
                   program);
            config_help(rows, count, stdout);
            return 1;
        } else {
            fprintf(stderr, "%s: unknown argument %s; see --help\n", program, argv[i]);
            return ERR_VALUE;
        }
    }
    struct error error = {0};
    int err = config_load(config, rows, count, path, &error);
    if (!err && check_cb)
        err = check_cb(config, &error);
    if (err) {
        fprintf(stderr, "%s: %s%s%s\n", program, error.field, error.field[0] ? ": " : "",
                error.reason);
        return err;
    }
    if (check)
        printf("%s: the configuration is good\n", program);
    return check ? 1 : 0;
}

int config_again(int argc, char **argv, void *config, const struct config_row *rows, size_t count,
                 struct error *error)
{
    const char *path = NULL;

    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], "--config") == 0)
            path = argv[++i];
    return config_load(config, rows, count, path, error);
}
