/* Help and man page, printed from the table of commands. */
#include "cli.h"
#include "file_columns.h"

#include <string.h>

static void print_options(FILE *out, const struct ctl_option *options, size_t most)
{
    for (size_t i = 0; i < most && options[i].name; i++) {
        char left[64];

        snprintf(left, sizeof(left), "%s%s%s", options[i].name, options[i].value ? " " : "",
                 options[i].value ? options[i].value : "");
        fprintf(out, "      %-24s %s\n", left, options[i].doc);
    }
}

/* A paragraph, in lines that fit a terminal. */
static void print_wrapped(FILE *out, const char *text)
{
    enum { WIDTH = 84 };

    while (*text) {
        size_t cut = strlen(text);

        if (cut > WIDTH)
            for (cut = WIDTH; cut > 1 && text[cut] != ' ';)
                cut--;
        fprintf(out, "      %.*s\n", (int)cut, text);
        text += cut + (text[cut] == ' ');
    }
}

/* Behind a column: the other name that files may give it. */
static void print_other(FILE *out, const struct ctl_column *column)
{
    if (column->other)
        fprintf(out, "; %s is another name of it", column->other);
}

/* Behind a column: the most octets of a cell, where they are not those of most columns. */
static void print_most(FILE *out, const struct ctl_file *file, const struct ctl_column *column)
{
    size_t most = file_columns_most(file, column);

    if (most == 0)
        fputs(" (of any length)", out);
    else if (most != CTL_CELL_MOST)
        fprintf(out, " (at most %zu octets)", most);
    fputc('\n', out);
}

static void print_columns(FILE *out, const struct ctl_command *c)
{
    for (const struct ctl_file *file = file_columns_next(c, NULL); file;
         file = file_columns_next(c, file)) {
        fprintf(out, "      columns%s%s, of at most %d octets where nothing else is said:\n",
                file->name ? " of " : "", file->name ? file->name : "", CTL_CELL_MOST);
        for (const struct ctl_column *column = file->column; column->name; column++) {
            fprintf(out, "        %-22s %s", column->name, column->doc);
            print_other(out, column);
            print_most(out, file, column);
        }
    }
}

/* whole: with its paragraph, its columns and its options. */
static void print_command(FILE *out, const struct ctl_command *c, bool whole)
{
    fprintf(out, "  %s%s%s%s%s\n      %s\n", c->group, c->verb ? " " : "", c->verb ? c->verb : "",
            c->operands[0] ? " " : "", c->operands, c->doc);
    if (whole && c->more)
        print_wrapped(out, c->more);
    if (whole)
        print_columns(out, c);
    if (whole)
        print_options(out, c->option, CTL_MAX_OPTIONS);
}

int cli_help(FILE *out, const struct ctl_args *args, struct error *error)
{
    const char *group = args->operands ? args->operand[0] : NULL;
    bool whole = args->operands == 1 && strcmp(group, "all") == 0; /* each with its options */
    bool known = args->command || !group || whole;

    for (size_t i = 0; !known && args->operands == 1 && i < ctl_command_count; i++)
        known = strcmp(group, ctl_commands[i].group) == 0;
    if (!known)
        return error_set(error, ERR_ABSENT, args->operand[args->operands - 1],
                         "there is no such command: see liaisonctl help");
    fputs("usage: liaisonctl [OPTION]... COMMAND [OPERAND]... [OPTION]...\n\n", out);
    if (args->command)
        print_command(out, args->command, true);
    for (size_t i = 0; !args->command && i < ctl_command_count; i++)
        if (!group || whole || strcmp(group, ctl_commands[i].group) == 0)
            print_command(out, &ctl_commands[i], group != NULL);
    fputs("\n  everywhere:\n", out);
    print_options(out, ctl_global_options, 64);
    if (!args->command && !group)
        fputs("\nliaisonctl help COMMAND shows the options of a command or of a group, "
              "help all those of all.\n",
              out);
    return 0;
}

/* Text for roff: a backslash and a leading dot or quote would be commands. */
static void roff(FILE *out, const char *text)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", out);
    for (; *text; text++) {
        if (*text == '\\')
            fputs("\\e", out);
        else if (*text == '-')
            fputs("\\-", out);
        else
            fputc(*text, out);
    }
}

static void man_options(FILE *out, const struct ctl_option *options, size_t most)
{
    for (size_t i = 0; i < most && options[i].name; i++) {
        fputs(".TP\n.B ", out);
        roff(out, options[i].name);
        if (options[i].value)
            fprintf(out, " \\fI%s\\fR", options[i].value);
        fputc('\n', out);
        roff(out, options[i].doc);
        fputc('\n', out);
    }
}

static void man_columns(FILE *out, const struct ctl_command *c)
{
    for (const struct ctl_file *file = file_columns_next(c, NULL); file;
         file = file_columns_next(c, file)) {
        fprintf(out, ".PP\nColumns%s%s, of at most %d octets where nothing else is said:\n",
                file->name ? " of " : "", file->name ? file->name : "", CTL_CELL_MOST);
        for (const struct ctl_column *column = file->column; column->name; column++) {
            fprintf(out, ".TP\n.I %s\n", column->name);
            roff(out, column->doc);
            print_other(out, column);
            print_most(out, file, column);
        }
    }
}

static void man_command(FILE *out, const struct ctl_command *c)
{
    fprintf(out, ".SS \"%s%s%s\"\n.B liaisonctl %s%s%s", c->group, c->verb ? " " : "",
            c->verb ? c->verb : "", c->group, c->verb ? " " : "", c->verb ? c->verb : "");
    if (c->operands[0])
        fprintf(out, " \\fI%s\\fR", c->operands);
    fputs("\n.PP\n", out);
    roff(out, c->doc);
    fputc('\n', out);
    if (c->more) {
        fputs(".PP\n", out);
        roff(out, c->more);
        fputc('\n', out);
    }
    man_columns(out, c);
    man_options(out, c->option, CTL_MAX_OPTIONS);
}

static const char man_head[] =
    ".TH LIAISONCTL 1 \"\" \"Liaison " LIAISON_VERSION "\" \"Liaison\"\n"
    ".SH NAME\nliaisonctl \\- administer a Liaison installation\n"
    ".SH SYNOPSIS\n.B liaisonctl\n[\\fIoption\\fR]... \\fIcommand\\fR [\\fIoperand\\fR]...\n"
    ".br\n.B liaisonctl help\n[\\fIcommand\\fR]\n"
    ".SH DESCRIPTION\n"
    "Sets up and looks after the database of a Liaison installation: its schema, agencies and "
    "their\n"
    "keys, districts, schools, contacts, alert rules, code maps, people who sign in, and "
    "quarantine.\n"
    ".PP\n"
    "It connects as the owner of the database. Every command that changes something writes a row "
    "of\n"
    ".B liaison.audit\n"
    "with the system user who called it. An import is one transaction: where any row is refused,\n"
    "nothing is changed, and the first 20 refused rows are named with line, field and reason, all\n"
    "cells of each that are not valid, and how many more rows there are. The value itself is\n"
    "never repeated.\n"
    ".PP\n"
    "Times are listed as 2026\\-11\\-29 19:03, in the zone of the district that the command names, "
    "else in\n"
    "that of all districts if they have the same, else in UTC; the last line names the zone. With\n"
    ".B \\-\\-json\n"
    "they are ISO 8601 in UTC, 2026\\-11\\-30T00:03:22Z.\n";

static const char man_tail[] =
    ".SH FILES TO IMPORT\n"
    "CSV (RFC 4180, UTF\\-8, a header line names the columns), a JSON array of objects with the "
    "same\n"
    "names, or GeoJSON where a place is meant. In CSV, lists are separated by semicolons.\n"
    ".PP\n"
    "A column that the file does not have leaves what is stored as it is, and has its default in "
    "what\n"
    "is new. An empty cell, or null in JSON, stands for the default. A column that the command "
    "does "
    "not\n"
    "know is an error; of GeoJSON, properties that are not read are named. A column or a key that "
    "is there\n"
    "twice is an error. The audit row says which columns changed of what.\n"
    ".SH ENVIRONMENT\n.TP\n.B LIAISON_DATABASE\nthe connection string, where \\-\\-database is not "
    "given\n"
    ".SH EXIT STATUS\n"
    ".TP\n.B 0\ndone\n.TP\n.B 1\nrefused or failed; for doctor: something needs attention\n"
    ".TP\n.B 2\nthe command line was not understood\n"
    ".SH SEE ALSO\nThe operator\\(aqs guide, docs/operator.md.\n";

void cli_man(FILE *out)
{
    fputs(man_head, out);
    fputs(".SH OPTIONS\n", out);
    man_options(out, ctl_global_options, 64);
    fputs(".SH COMMANDS\n", out);
    for (size_t i = 0; i < ctl_command_count; i++)
        man_command(out, &ctl_commands[i]);
    fputs(man_tail, out);
}
