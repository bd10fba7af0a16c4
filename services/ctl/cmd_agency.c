/* agency add, set, rotate, revoke, limit, list: who may send, by which keys, and how much. */
#include "commands.h"
#include "key_file.h"
#include "out.h"
#include "sql.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

static int check_public_key(const char *key, struct error *error)
{
    uint8_t raw[32];

    if (strlen(key) != KEY_SIZE - 1 || !zmq_z85_decode(raw, key))
        return error_set(error, ERR_VALUE, "--public-key", "must be 40 characters of Z85");
    return 0;
}

/* Takes the public key that is given, or makes a key and writes its file. */
static int obtain_key(const struct ctl_args *args, char public_key[KEY_SIZE], struct error *error)
{
    const char *given = cli_text(args, "--public-key");
    const char *path = cli_text(args, "--key-file");
    char secret[KEY_SIZE];
    int err;

    if (!given == !path)
        return error_set(error, ERR_MISSING, "--key-file",
                         "either --key-file or --public-key must be given");
    if (given) {
        err = check_public_key(given, error);
        if (!err)
            memcpy(public_key, given, KEY_SIZE);
        return err;
    }
    if (zmq_curve_keypair(public_key, secret) != 0)
        return error_set(error, ERR_STATE, "", "this libzmq has no CURVE");
    err = key_file_write(path, public_key, secret, "--key-file", error);
    sodium_memzero(secret, sizeof(secret));
    if (err)
        public_key[0] =
            '\0'; /* no file was written here: the clean-up must not remove another one */
    return err;
}

static int insert_key(struct ctl *ctl, const struct ctl_args *args, const char *agency,
                      const char *public_key)
{
    int rows =
        sql_do(ctl, "agency_key_insert", 3, public_key, agency, cli_text_or(args, "--label", ""));

    if (rows == 0)
        return error_set(&ctl->error, ERR_EXISTS, "--public-key", "is known already");
    return rows < 0 ? rows : 0;
}

static const char *const agency_kinds[] = {"police", "fire", "security", "district", "other", NULL};

static int insert_agency(struct ctl *ctl, const struct ctl_args *args, char agency[16])
{
    static const char *const ends[] = {"low", "high", NULL};
    static const char *const name_and_zone[] = {"--name", "--zone", NULL};
    const char *slug = args->operand[0];
    const char *name = cli_words(args, "--name", &ctl->error), *zone = cli_text(args, "--zone");
    const char *kind = cli_choice(args, "--kind", agency_kinds, "police", &ctl->error);
    const char *top = cli_choice(args, "--priority-top", ends, "low", &ctl->error);
    const char *quiet_after = cli_count(args, "--quiet-after", "900", &ctl->error);
    int err = ctl->error.code;

    if (!err)
        err = cli_check_slug(slug, &ctl->error);
    if (!err)
        err = sql_check_zone(ctl, zone);
    if (!err)
        err = cli_need(args, name_and_zone, &ctl->error);
    if (err)
        return err;
    err = sql_value(ctl, agency, 16, "agency_id", 1, slug);
    if (err != ERR_ABSENT)
        return err ? err
                   : error_set(&ctl->error, ERR_EXISTS, "SLUG",
                               "exists already: use agency rotate for a second key, agency set to "
                               "change it");
    return sql_value(ctl, agency, 16, "agency_insert", 6, slug, name, kind, zone, top, quiet_after);
}

/* Ends the transaction that stored a key. If it fails, the key's file is removed. */
static int finish_key(struct ctl *ctl, const struct ctl_args *args, const char *action,
                      const char *public_key, int err)
{
    const char *slug = args->operand[0], *path = cli_text(args, "--key-file");

    err = sql_finish(ctl, err, action, slug, json_pack("{s:s}", "public_key", public_key));
    if (err) {
        if (path && public_key[0])
            unlink(path);
        return err;
    }
    return out_done(
        ctl,
        json_pack("{s:s s:s s:s?}", "agency", slug, "public_key", public_key, "key_file", path),
        "agency %s: public key %s%s%s", slug, public_key, path ? ", key file " : "",
        path ? path : "");
}

int cmd_agency_add(struct ctl *ctl, const struct ctl_args *args)
{
    char agency[16], public_key[KEY_SIZE] = "";
    int err = sql_begin(ctl);

    if (!err)
        err = insert_agency(ctl, args, agency);
    if (!err)
        err = obtain_key(args, public_key, &ctl->error);
    if (!err)
        err = insert_key(ctl, args, agency, public_key);
    return finish_key(ctl, args, "agency.add", public_key, err);
}

int cmd_agency_rotate(struct ctl *ctl, const struct ctl_args *args)
{
    char agency[16], public_key[KEY_SIZE] = "";
    int err = sql_begin(ctl);

    if (!err)
        err = sql_agency(ctl, args->operand[0], agency);
    if (!err)
        err = obtain_key(args, public_key, &ctl->error);
    if (!err)
        err = insert_key(ctl, args, agency, public_key);
    return finish_key(ctl, args, "agency.rotate", public_key, err);
}

/* Revokes the valid keys of an agency, or one key (a slug is shorter). Returns how many. */
static int revoke_keys(struct ctl *ctl, const char *which)
{
    bool key = strlen(which) == KEY_SIZE - 1;
    char agency[16];
    int rows = key ? 0 : sql_agency(ctl, which, agency);

    if (rows == 0)
        rows = sql_do(ctl, "agency_revoke", 2, which, key ? NULL : agency);
    if (rows == 0)
        return error_set(&ctl->error, ERR_ABSENT, "KEY|AGENCY", "there is no valid key of this %s",
                         key ? "value" : "agency");
    return rows;
}

int cmd_agency_revoke(struct ctl *ctl, const struct ctl_args *args)
{
    const char *which = args->operand[0];
    int rows = 0, err = sql_begin(ctl);

    if (!err)
        rows = revoke_keys(ctl, which);
    err = sql_finish(ctl, rows < 0 ? rows : err, "agency.revoke", which, NULL);
    if (err)
        return err;
    return out_done(ctl, json_pack("{s:i}", "revoked", rows), "revoked: %d key%s", rows,
                    rows == 1 ? "" : "s");
}

/* Finishes "agency set": audits and prints the changes, as rows of setting, was and now. */
static int finish_set(struct ctl *ctl, const char *slug, const PGresult *changed)
{
    json_t *answer = json_pack("{s:s s:o}", "agency", slug, "changed", out_rows(changed));
    int rows = PQntuples(changed), err = 0;

    if (rows)
        err = sql_finish(ctl, 0, "agency.set", slug, json_incref(answer));
    if (!err && ctl->json)
        return out_json(ctl, answer);
    json_decref(answer);
    if (!err && !rows)
        fprintf(ctl->out, "agency %s: nothing changed, it is so already\n", slug);
    for (int i = 0; !err && i < rows; i++)
        fprintf(ctl->out, "agency %s: %s is now %s (was %s)\n", slug, PQgetvalue(changed, i, 0),
                PQgetvalue(changed, i, 2), PQgetvalue(changed, i, 1));
    return err;
}

int cmd_agency_set(struct ctl *ctl, const struct ctl_args *args)
{
    const char *slug = args->operand[0], *name = cli_words(args, "--name", &ctl->error);
    const char *zone = cli_text(args, "--zone"), *kind = cli_text(args, "--kind");
    const char *quiet_after = cli_count(args, "--quiet-after", NULL, &ctl->error);
    PGresult *changed;
    char agency[16];
    int err = ctl->error.code;

    if (!err && kind && !cli_choice(args, "--kind", agency_kinds, kind, &ctl->error))
        err = ctl->error.code;
    if (!err)
        err = sql_check_zone(ctl, zone);
    if (!err && !name && !kind && !zone && !quiet_after)
        err = error_set(&ctl->error, ERR_MISSING, "",
                        "one of --name, --kind, --zone, --quiet-after must be given");
    if (!err)
        err = sql_begin(ctl);
    if (!err)
        err = sql_agency(ctl, slug, agency);
    if (err)
        return err;
    changed = sql_query(ctl, "agency_set", 5, agency, name, kind, zone, quiet_after);
    err = changed ? finish_set(ctl, slug, changed) : ctl->error.code;
    PQclear(changed);
    return err;
}

/* A whole number, "default", or NULL if the limit does not change. */
static const char *limit_text(const struct ctl_args *args, const char *option, struct error *error)
{
    const char *text = cli_text_or(args, option, cli_text(args, "--default") ? "default" : NULL);

    if (!text || strcmp(text, "default") == 0)
        return text;
    return cli_count(args, option, text, error);
}

static int set_limits(struct ctl *ctl, const char *slug, const char *agency,
                      const char *connections, const char *octets, const char *records)
{
    int err = sql_begin(ctl), rows;

    if (err)
        return err;
    rows = sql_do(ctl, "agency_limits_set", 4, agency, connections, octets, records);
    return sql_finish(ctl, rows < 0 ? rows : 0, "agency.limit", slug,
                      json_pack("{s:s*, s:s*, s:s*}", "connections", connections, "octets", octets,
                                "records", records));
}

int cmd_agency_limit(struct ctl *ctl, const struct ctl_args *args)
{
    const char *connections = limit_text(args, "--connections", &ctl->error);
    const char *octets = limit_text(args, "--octets", &ctl->error);
    const char *records = limit_text(args, "--records", &ctl->error);
    const char *slug = args->operand[0];
    char agency[16];
    int err;

    if (ctl->error.code)
        return ctl->error.code;
    err = sql_agency(ctl, slug, agency);
    if (!err && (connections || octets || records))
        err = set_limits(ctl, slug, agency, connections, octets, records);
    return err ? err : out_query(ctl, "agency_limits", true, agency);
}

int cmd_agency_list(struct ctl *ctl, const struct ctl_args *args)
{
    (void)args;
    return out_query(ctl, "agency_list", false, NULL);
}
