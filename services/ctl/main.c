#include "cli.h"
#include "config.h"
#include "out.h"
#include "sql.h"

#include <pwd.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct ctl_config {
    char conninfo[1024];
};

static const struct config_row config_rows[] = {
    CONFIG_TEXT(struct ctl_config, "database", conninfo, NULL,
                "libpq connection string of the owner"),
};

static const char *const config_places[] = {"/etc/liaison/ctl.conf", "var/conf/ctl.conf"};

static const char *config_path(const struct ctl_args *args)
{
    const char *given = cli_text(args, "--config");

    if (given)
        return given;
    for (size_t i = 0; i < sizeof(config_places) / sizeof(config_places[0]); i++)
        if (access(config_places[i], F_OK) == 0)
            return config_places[i];
    return NULL;
}

static int load(struct ctl *ctl, const char *path, struct ctl_config *config)
{
    int err;

    if (!path)
        return error_set(&ctl->error, ERR_MISSING, "--database",
                         "must be given: there is no LIAISON_DATABASE, no %s, and in this folder "
                         "no %s",
                         config_places[0], config_places[1]);
    err = config_load(config, config_rows, 1, path, &ctl->error);
    if (err)
        snprintf(ctl->file, sizeof(ctl->file), "%s", path);
    return err;
}

static int connect_to(struct ctl *ctl, const struct ctl_args *args)
{
    struct ctl_config config = {.conninfo = ""};
    const char *conninfo = cli_text_or(args, "--database", getenv("LIAISON_DATABASE"));
    char table[16];
    int err = conninfo ? 0 : load(ctl, config_path(args), &config);

    if (err)
        return err;
    err = sql_open(ctl, conninfo ? conninfo : config.conninfo);
    if (err || args->command->needs == CTL_NEEDS_DATABASE)
        return err;
    err = sql_value(ctl, table, sizeof(table), "relation_oid", 1, "liaison.schema_version");
    if (err == ERR_ABSENT)
        return error_set(&ctl->error, ERR_STATE, "database",
                         "has no schema yet: run liaisonctl schema apply");
    return err;
}

/* Times are for people, but with --json. The zone is the district's that the command names. */
static int choose_zone(struct ctl *ctl, const struct ctl_args *args)
{
    const char *operands = args->command->operands;
    bool named = args->operands > 0 && strncmp(operands + (operands[0] == '['), "DISTRICT", 8) == 0;

    if (ctl->json || args->command->needs != CTL_NEEDS_SCHEMA)
        return 0;
    return sql_value(ctl, ctl->zone, sizeof ctl->zone, "session_zone", 1,
                     named ? args->operand[0] : NULL);
}

static void name_actor(struct ctl *ctl)
{
    const char *sudo = getenv("SUDO_USER");
    const struct passwd *user = getpwuid(getuid());

    snprintf(ctl->actor, sizeof(ctl->actor), "ctl:%.50s",
             sudo ? sudo : (user ? user->pw_name : "unknown"));
}

static int show(struct ctl *ctl, const struct ctl_args *args)
{
    if (cli_text(args, "--version")) {
        puts("liaisonctl " LIAISON_VERSION);
        return 0;
    }
    if (cli_help(stdout, args, &ctl->error) == 0)
        return 0;
    out_error(ctl);
    return 2;
}

int main(int argc, char **argv)
{
    struct ctl ctl = {.out = stdout, .errors = stderr};
    struct ctl_args args;
    int err = cli_parse(&args, argc - 1, argv + 1, &ctl.error);

    ctl.json = cli_text(&args, "--json") != NULL;
    if (err) {
        out_error(&ctl);
        return 2;
    }
    if (cli_text(&args, "--help") || cli_text(&args, "--version"))
        return show(&ctl, &args);
    if (sodium_init() < 0)
        return 1;
    name_actor(&ctl);
    if (args.command->needs != CTL_NEEDS_NOTHING)
        err = connect_to(&ctl, &args);
    if (!err)
        err = choose_zone(&ctl, &args);
    if (!err)
        err = args.command->run(&ctl, &args);
    if (err < 0) {
        if (ctl.db)
            sql_rollback(&ctl);
        out_error(&ctl);
    }
    if (err >= 0)
        out_zone(&ctl);
    sql_close(&ctl);
    if (fflush(stdout) != 0 && !err)
        err = ERR_IO;
    return err ? 1 : 0;
}
