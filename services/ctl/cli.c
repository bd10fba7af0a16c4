#include "cli.h"

#include "event.h"
#include "nearest.h"
#include "utf8.h"

#include <stdlib.h>
#include <string.h>

const struct ctl_option ctl_global_options[] = {
    {"--database", "CONNINFO",
     "libpq connection string of the owner role (else LIAISON_DATABASE, "
     "else the configuration file)"},
    {"--config", "FILE",
     "configuration file (default /etc/liaison/ctl.conf, else "
     "var/conf/ctl.conf)"},
    {"--json", NULL, "answer in JSON, for scripts"},
    {"--help", NULL, "help on a command, a group or all; so does the word help before it"},
    {"--version", NULL, "the version"},
    {NULL, NULL, NULL},
};

static const struct ctl_option *find_in(const struct ctl_option *options, size_t most,
                                        const char *name, size_t size)
{
    for (size_t i = 0; i < most && options[i].name; i++)
        if (strlen(options[i].name) == size && memcmp(options[i].name, name, size) == 0)
            return &options[i];
    return NULL;
}

static const struct ctl_option *find_option(const struct ctl_command *command, const char *word,
                                            size_t size)
{
    const struct ctl_option *option = find_in(ctl_global_options, 64, word, size);

    if (!option && command)
        option = find_in(command->option, CTL_MAX_OPTIONS, word, size);
    return option;
}

static int unknown_option(const struct ctl_command *command, const char *word, struct error *error)
{
    struct nearest nearest = {.word = word};

    for (const struct ctl_option *o = ctl_global_options; o->name; o++)
        nearest_try(&nearest, o->name);
    for (size_t i = 0; command && i < CTL_MAX_OPTIONS && command->option[i].name; i++)
        nearest_try(&nearest, command->option[i].name);
    if (nearest.name)
        return error_set(error, ERR_ABSENT, word, "there is no such option here; was %s meant?",
                         nearest.name);
    return error_set(error, ERR_ABSENT, word, "there is no such option here: see --help");
}

/* Takes argv[i], an option, and its value. Returns the words taken, or negative. */
static int take_option(struct ctl_args *args, int argc, char **argv, int i, struct error *error)
{
    const char *word = argv[i], *equals = strchr(word, '=');
    size_t size = equals ? (size_t)(equals - word) : strlen(word);
    const struct ctl_option *option = find_option(args->command, word, size);
    struct ctl_given *given;

    if (!option)
        return unknown_option(args->command, word, error);
    if (args->count == CTL_MAX_GIVEN)
        return error_set(error, ERR_SIZE, word, "too many options");
    given = &args->given[args->count++];
    given->option = option;
    given->value = equals ? equals + 1 : "";
    if (!option->value && equals)
        return error_set(error, ERR_VALUE, option->name, "takes no value");
    if (!option->value || equals)
        return 1;
    if (i + 1 == argc)
        return error_set(error, ERR_MISSING, option->name, "needs a value: %s", option->value);
    given->value = argv[i + 1];
    return 2;
}

/* The word help in place of a command means --help. */
static void take_help(struct ctl_args *args)
{
    const struct ctl_option *help = find_option(NULL, "--help", 6);

    args->operands = 0;
    if (args->count < CTL_MAX_GIVEN)
        args->given[args->count++] = (struct ctl_given){help, ""};
}

/* Finds the command whose words are the operands so far. */
static void choose(struct ctl_args *args)
{
    for (size_t i = 0; i < ctl_command_count && !args->command; i++) {
        const struct ctl_command *c = &ctl_commands[i];
        int words = c->verb ? 2 : 1;

        if (args->operands != words || strcmp(args->operand[0], c->group) != 0 ||
            (c->verb && strcmp(args->operand[1], c->verb) != 0))
            continue;
        args->command = c;
        args->operands = 0;
        memset(args->operand, 0, sizeof(args->operand));
    }
}

/* Lists the commands of the group, if the first word names a group. */
static int unknown_command(const struct ctl_args *args, struct error *error)
{
    char verbs[128] = "";

    for (size_t i = 0; i < ctl_command_count; i++) {
        const struct ctl_command *c = &ctl_commands[i];
        size_t n = strlen(verbs);

        if (c->verb && strcmp(args->operand[0], c->group) == 0)
            snprintf(verbs + n, sizeof verbs - n, "%s%s", n ? ", " : "", c->verb);
    }
    if (*verbs)
        return error_set(error, ERR_ABSENT, args->operand[0], "must be followed by one of: %s",
                         verbs);
    return error_set(error, ERR_ABSENT, args->operand[0], "there is no such command: see --help");
}

/* Explains the surplus operand: probably an agency, or words that were not quoted. */
static int too_many(const struct ctl_args *args, struct error *error)
{
    const struct ctl_command *c = args->command;
    const char *word = args->operand[c->most];

    if (c->most > 0)
        return error_set(error, ERR_VALUE, word,
                         "is one operand too many; words that belong together stand in quotes");
    if (find_option(c, "--agency", strlen("--agency")))
        return error_set(error, ERR_VALUE, word,
                         "is no operand of this command; one agency is named by --agency SLUG");
    return error_set(error, ERR_VALUE, word, "is one operand too many");
}

static int finish(const struct ctl_args *args, struct error *error)
{
    const struct ctl_command *c = args->command;

    if (cli_text(args, "--help") || cli_text(args, "--version"))
        return 0;
    if (!c && args->operands)
        return unknown_command(args, error);
    if (!c)
        return error_set(error, ERR_MISSING, "", "a command is needed: see --help");
    if (args->operands < c->least)
        return error_set(error, ERR_MISSING, "", "usage: liaisonctl %s %s %s", c->group,
                         c->verb ? c->verb : "", c->operands);
    if (args->operands > c->most)
        return too_many(args, error);
    return 0;
}

int cli_parse(struct ctl_args *args, int argc, char **argv, struct error *error)
{
    bool options = true;

    memset(args, 0, sizeof(*args));
    for (int i = 0; i < argc;) {
        const char *word = argv[i];

        if (options && strcmp(word, "--") == 0) {
            options = false;
            i++;
        } else if (options && strncmp(word, "--", 2) == 0) {
            int took = take_option(args, argc, argv, i, error);

            if (took < 0)
                return took;
            i += took;
        } else {
            if (args->operands == CTL_MAX_GIVEN)
                return error_set(error, ERR_SIZE, "", "too many operands");
            args->operand[args->operands++] = word;
            i++;
            if (!args->command && args->operands == 1 && strcmp(word, "help") == 0)
                take_help(args);
            else if (!args->command)
                choose(args);
        }
    }
    return finish(args, error);
}

const char *cli_nth(const struct ctl_args *args, const char *option, int n)
{
    for (int i = 0; i < args->count; i++)
        if (strcmp(args->given[i].option->name, option) == 0 && n-- == 0)
            return args->given[i].value;
    return NULL;
}

const char *cli_text(const struct ctl_args *args, const char *option)
{
    const char *last = NULL;

    for (int i = 0; i < args->count; i++)
        if (strcmp(args->given[i].option->name, option) == 0)
            last = args->given[i].value;
    return last;
}

const char *cli_text_or(const struct ctl_args *args, const char *option, const char *fallback)
{
    const char *value = cli_text(args, option);

    return value ? value : fallback;
}

const char *cli_words(const struct ctl_args *args, const char *option, struct error *error)
{
    const char *value = cli_text(args, option);
    const char *defect = value ? utf8_text_defect(value, strlen(value)) : NULL;

    if (value && utf8_is_blank(value, strlen(value)))
        defect = "must not be empty";
    if (defect)
        error_set(error, ERR_VALUE, option, "%s", defect);
    return defect ? NULL : value;
}

int cli_need(const struct ctl_args *args, const char *const *options, struct error *error)
{
    for (; *options; options++)
        if (!cli_text(args, *options))
            return error_set(error, ERR_MISSING, *options, "must be given");
    return 0;
}

const char *cli_choice(const struct ctl_args *args, const char *option, const char *const *words,
                       const char *fallback, struct error *error)
{
    const char *value = cli_text_or(args, option, fallback);
    char all[120] = "";

    for (size_t i = 0; value && words[i]; i++) {
        if (strcmp(words[i], value) == 0)
            return words[i];
        snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s", i ? ", " : "", words[i]);
    }
    if (value)
        error_set(error, ERR_VALUE, option, "must be one of %s", all);
    return NULL;
}

const char *cli_number(const struct ctl_args *args, const char *option, long low, long high,
                       const char *fallback, struct error *error)
{
    const char *value = cli_text_or(args, option, fallback);

    if (!value)
        return NULL;
    if (*value && strlen(value) <= 9 && !value[strspn(value, "0123456789")]) {
        long number = strtol(value, NULL, 10);

        if (number >= low && number <= high)
            return value;
    }
    error_set(error, ERR_RANGE, option, "must be a whole number from %ld to %ld", low, high);
    return NULL;
}

const char *cli_count(const struct ctl_args *args, const char *option, const char *fallback,
                      struct error *error)
{
    return cli_number(args, option, 0, 999999999, fallback, error);
}

/* Whether the text has this size and is, between before and behind, a time of the calendar. */
static bool makes_time(const char *text, size_t size, const char *before, const char *behind)
{
    char whole[32];
    event_time at;

    if (strlen(text) != size)
        return false;
    snprintf(whole, sizeof(whole), "%s%s%s", before, text, behind);
    return event_time_parse(whole, strlen(whole), &at) == 0;
}

int cli_check_day(const char *text, const char *field, struct error *error)
{
    if (makes_time(text, 10, "", "T00:00:00Z"))
        return 0;
    return error_set(error, ERR_TIME, field, "must be a day as 2026-11-23");
}

long cli_days_between(const char *first, const char *last)
{
    int year[2] = {0}, month[2] = {0}, day[2] = {0};

    sscanf(first, "%4d-%2d-%2d", &year[0], &month[0], &day[0]);
    sscanf(last, "%4d-%2d-%2d", &year[1], &month[1], &day[1]);
    return (year[1] - year[0]) * 372L + (month[1] - month[0]) * 31L + day[1] - day[0];
}

const char *cli_day(const struct ctl_args *args, const char *option, struct error *error)
{
    const char *value = cli_text(args, option);

    return value && cli_check_day(value, option, error) == 0 ? value : NULL;
}

int cli_check_clock(const char *text, const char *field, struct error *error)
{
    if (makes_time(text, 5, "2000-01-01T", ":00Z"))
        return 0;
    return error_set(error, ERR_TIME, field, "must be a time of day as 07:30");
}

const char *cli_clock(const struct ctl_args *args, const char *option, struct error *error)
{
    const char *value = cli_text(args, option);

    return value && cli_check_clock(value, option, error) == 0 ? value : NULL;
}

int cli_check_slug(const char *word, struct error *error)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    size_t size = strlen(word);

    if (size < 2 || size > 39 || strspn(word, letters) != size || word[0] == '-')
        return error_set(error, ERR_VALUE, "SLUG",
                         "must be 2 to 39 of a to z, 0 to 9 and -, not beginning with -");
    return 0;
}
