/* user add, disable, enable, list: people who sign in, and their rights. */
#include "commands.h"
#include "out.h"
#include "sql.h"

#include <ctype.h>
#include <errno.h>
#include <sodium.h>
#include <string.h>

enum { PASSWORD_LEAST = 10, PASSWORD_MOST = 200 };

static int read_password(const char *path, char out[PASSWORD_MOST + 2], struct error *error)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *in = standard ? stdin : fopen(path, "re");
    size_t size;

    if (!in)
        return error_set(error, ERR_IO, "--password-file", "%s", strerror(errno));
    if (!fgets(out, PASSWORD_MOST + 2, in))
        out[0] = '\0';
    if (!standard)
        fclose(in);
    size = strcspn(out, "\r\n");
    out[size] = '\0';
    if (size < PASSWORD_LEAST || size > PASSWORD_MOST)
        return error_set(error, ERR_RANGE, "--password-file",
                         "its first line must have %d to %d octets", PASSWORD_LEAST, PASSWORD_MOST);
    return 0;
}

static int hash_password(const struct ctl_args *args, char hash[crypto_pwhash_STRBYTES],
                         struct error *error)
{
    char password[PASSWORD_MOST + 2] = "";
    int err = read_password(cli_text(args, "--password-file"), password, error);

    if (!err &&
        crypto_pwhash_str(hash, password, strlen(password), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                          crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0)
        err = error_set(error, ERR_NOMEM, "", "no memory to hash the password");
    sodium_memzero(password, sizeof(password));
    return err;
}

static int take_login(const char *word, char login[128], struct error *error)
{
    size_t size = strlen(word);

    if (size < 3 || size > 120)
        return error_set(error, ERR_RANGE, "LOGIN", "must have 3 to 120 characters");
    for (size_t i = 0; i <= size; i++) {
        if ((unsigned char)word[i] > 0x7e || (i < size && !isgraph((unsigned char)word[i])))
            return error_set(error, ERR_VALUE, "LOGIN", "must be ASCII without spaces");
        login[i] = (char)tolower((unsigned char)word[i]);
    }
    return 0;
}

/* Rights are dated: what was valid ends now, what is named begins now. */
static int set_rights(struct ctl *ctl, const struct ctl_args *args, const char *person,
                      const char *district, const char *role)
{
    char right[16];
    int err = sql_do(ctl, "user_rights_end", 1, person);

    if (err >= 0)
        err = sql_value(ctl, right, sizeof right, "user_right", 3, person, district, role);
    for (int n = 0; err >= 0 && cli_nth(args, "--school", n); n++) {
        err = sql_do(ctl, "user_right_school", 3, right, district, cli_nth(args, "--school", n));
        if (err == 0)
            return error_set(&ctl->error, ERR_ABSENT, "--school",
                             "there is no school of this code");
    }
    return err < 0 ? err : 0;
}

/* Checks the given options first, then the missing ones. */
static int check_options(struct ctl *ctl, const struct ctl_args *args)
{
    static const char *const roles[] = {"district", "school", NULL};
    static const char *const needed[] = {"--name", "--role", "--district", NULL};
    static const char *const secret[] = {"--password-file", NULL};
    const char *role = cli_text(args, "--role");
    int err;

    if (cli_text(args, "--name") && !cli_words(args, "--name", &ctl->error))
        return ctl->error.code;
    if (role && !cli_choice(args, "--role", roles, "", &ctl->error))
        return ctl->error.code;
    err = sql_filter_district(ctl, "--district", cli_text(args, "--district"));
    if (!err)
        err = cli_need(args, needed, &ctl->error);
    if (!err && role && (strcmp(role, "school") == 0) != (cli_text(args, "--school") != NULL))
        err = error_set(&ctl->error, ERR_MISSING, "--school",
                        "must be given for the role school, and only for it");
    return err ? err : cli_need(args, secret, &ctl->error);
}

static int store(struct ctl *ctl, const struct ctl_args *args, const char *login, const char *name,
                 const char *hash, char person[16])
{
    int err = sql_value(ctl, person, 16, "user_put", 3, login, name, hash);

    (void)args;
    if (!err) /* a new password ends the sessions that the old one began */
        err = sql_do(ctl, "user_end_sessions", 1, person);
    return err < 0 ? err : 0;
}

int cmd_user_add(struct ctl *ctl, const struct ctl_args *args)
{
    const char *name = cli_text(args, "--name"), *role = cli_text(args, "--role");
    const char *slug = cli_text(args, "--district");
    char login[128], hash[crypto_pwhash_STRBYTES], district[16], person[16];
    int err = take_login(args->operand[0], login, &ctl->error);

    if (!err)
        err = check_options(ctl, args);
    if (!err)
        err = hash_password(args, hash, &ctl->error);
    if (!err)
        err = sql_begin(ctl);
    if (!err)
        err = sql_district(ctl, slug, district);
    if (!err)
        err = store(ctl, args, login, name, hash, person);
    if (!err)
        err = set_rights(ctl, args, person, district, role);
    err = sql_finish(ctl, err, "user.add", login,
                     json_pack("{s:s s:s}", "role", role, "district", slug));
    if (err)
        return err;
    return out_done(ctl, json_pack("{s:s s:s}", "login", login, "role", role),
                    "user %s: role %s in %s", login, role, slug);
}

static int set_active(struct ctl *ctl, const struct ctl_args *args, bool active)
{
    char login[128], found[8] = "";
    int err = take_login(args->operand[0], login, &ctl->error);

    if (!err)
        err = sql_begin(ctl);
    if (!err)
        err = sql_value(ctl, found, sizeof found, "user_set_active", 2, login,
                        active ? "true" : "false");
    if (!err && found[0] != 't')
        err = error_set(&ctl->error, ERR_ABSENT, "LOGIN", "there is no person of this login");
    err = sql_finish(ctl, err, active ? "user.enable" : "user.disable", login, NULL);
    if (err)
        return err;
    return out_done(ctl, json_pack("{s:s s:b}", "login", login, "active", active), "user %s: %s",
                    login, active ? "may sign in" : "may not sign in; sessions have ended");
}

int cmd_user_disable(struct ctl *ctl, const struct ctl_args *args)
{
    return set_active(ctl, args, false);
}

int cmd_user_enable(struct ctl *ctl, const struct ctl_args *args)
{
    return set_active(ctl, args, true);
}

int cmd_user_list(struct ctl *ctl, const struct ctl_args *args)
{
    (void)args;
    return out_query(ctl, "user_list", false, NULL);
}
