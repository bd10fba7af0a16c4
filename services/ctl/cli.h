/*
 * cli: the command line. One table of commands (commands.c) drives the parser, the help and the man
 * page. Options may stand anywhere after the command; "--" ends them. "help COMMAND" is the same as
 * "COMMAND --help".
 */
#ifndef LIAISON_CTL_CLI_H
#define LIAISON_CTL_CLI_H

#include "ctl.h"

#include <stddef.h>

struct ctl_option {
    const char *name;  /* "--zone" */
    const char *value; /* the name of its value in help: "ZONE"; NULL: a flag */
    const char *doc;
};

enum { CTL_MAX_OPTIONS = 16, CTL_MAX_OPERANDS = 4, CTL_MAX_GIVEN = 64 };

enum ctl_needs { CTL_NEEDS_SCHEMA = 0, CTL_NEEDS_DATABASE, CTL_NEEDS_NOTHING };

struct ctl_command {
    const char *group;
    const char *verb;     /* NULL: the group alone is the command */
    const char *operands; /* "DISTRICT FILE"; "[ID]..." */
    int least, most;      /* operands */
    ctl_run_fn run;
    enum ctl_needs needs;
    const char *doc;                           /* one sentence */
    const char *more;                          /* a paragraph for the man page, or NULL */
    struct ctl_option option[CTL_MAX_OPTIONS]; /* ended by a NULL name */
};

extern const struct ctl_command ctl_commands[];
extern const size_t ctl_command_count;
extern const struct ctl_option ctl_global_options[]; /* ended by a NULL name */

struct ctl_given {
    const struct ctl_option *option;
    const char *value;
};

struct ctl_args {
    const struct ctl_command *command;
    const char *operand[CTL_MAX_GIVEN];
    int operands;
    struct ctl_given given[CTL_MAX_GIVEN];
    int count;
};

/* Fills args from the arguments after the program's name. ERR_VALUE, ERR_MISSING or ERR_ABSENT,
 * with error naming the argument. The strings belong to argv. */
int cli_parse(struct ctl_args *args, int argc, char **argv, struct error *error);

/* The last value of an option, or NULL. "" for a flag that is given. */
const char *cli_text(const struct ctl_args *args, const char *option);
/* The value, or fallback if it is not given. */
const char *cli_text_or(const struct ctl_args *args, const char *option, const char *fallback);
/* The value of an option that holds words for people; NULL if it is not given; NULL, with error
 * filled, if it has no visible character, or one that no text may hold. */
const char *cli_words(const struct ctl_args *args, const char *option, struct error *error);
/* Required options (NULL-ended): ERR_MISSING, with error naming the first one that is not given.
 * Call it after the given options were checked. */
int cli_need(const struct ctl_args *args, const char *const *options, struct error *error);
/* The nth value of an option that may be repeated, or NULL. */
const char *cli_nth(const struct ctl_args *args, const char *option, int n);

/* An option's value as one of the words (NULL-ended), or fallback (which may be NULL); NULL, with
 * error filled, if it is none of them. */
const char *cli_choice(const struct ctl_args *args, const char *option, const char *const *words,
                       const char *fallback, struct error *error);
/* An option's value as a whole number, or fallback (which may be NULL); NULL, with error filled, if
 * it is not a number within the limits. */
const char *cli_number(const struct ctl_args *args, const char *option, long low, long high,
                       const char *fallback, struct error *error);
/* As cli_number, for numbers of at most 9 digits. */
const char *cli_count(const struct ctl_args *args, const char *option, const char *fallback,
                      struct error *error);
/* About how many days lie between two, as if each month had 31. */
long cli_days_between(const char *first, const char *last);
/* An option's value as YYYY-MM-DD or as HH:MM; NULL if it is not given; NULL, with error filled, if
 * it is not valid. */
const char *cli_day(const struct ctl_args *args, const char *option, struct error *error);
const char *cli_clock(const struct ctl_args *args, const char *option, struct error *error);
/* Whether a text is a day of the calendar, as YYYY-MM-DD. Fills the error. */
int cli_check_day(const char *text, const char *field, struct error *error);
/* The same for a time of day, as HH:MM. */
int cli_check_clock(const char *text, const char *field, struct error *error);
/* Whether a word can be a slug: a to z, 0 to 9 and '-', 2 to 39 of them. Fills the error. */
int cli_check_slug(const char *word, struct error *error);

/* Prints help on the command, the group or all commands ("all": with their options) that the
 * arguments name. ERR_ABSENT if there is no such command; nothing is printed then. */
int cli_help(FILE *out, const struct ctl_args *args, struct error *error);
/* The man page, in man(7) macros. */
void cli_man(FILE *out);

#endif
