/* contact import, webhook, list: who gets alerts. */
#include "commands.h"
#include "config.h"
#include "import.h"
#include "out.h"
#include "sql.h"

#include <ctype.h>
#include <sodium.h>
#include <string.h>

static int check_email(const char *email, struct error *error)
{
    const char *at = strchr(email, '@');

    if (!at || at == email || !at[1] || strchr(at + 1, '@') || strlen(email) > 254)
        return error_set(error, ERR_VALUE, "email", "must be one address: name@domain");
    for (; *email; email++)
        if ((unsigned char)*email > 0x7e || !isgraph((unsigned char)*email) ||
            strchr("<>(),;:\\\"[]", *email))
            return error_set(error, ERR_VALUE, "email",
                             "holds a character that no address may hold");
    return 0;
}

static int check_phone(const char *phone, struct error *error)
{
    size_t digits = strspn(phone + 1, "0123456789");

    if (phone[0] != '+' || phone[1] == '0' || phone[digits + 1] || digits < 7 || digits > 15)
        return error_set(error, ERR_VALUE, "phone", "must be E.164: + and 7 to 15 digits");
    return 0;
}

static int set_schools(struct ctl *ctl, const char *district, const char *contact,
                       const char *schools)
{
    char missing[64];
    int err = sql_do(ctl, "contact_scope", 2, contact, schools ? "schools" : "district");

    if (err < 0 || !schools)
        return err < 0 ? err : 0;
    err = sql_value(ctl, missing, sizeof(missing), "contact_school_unknown", 2, district, schools);
    if (err != ERR_ABSENT)
        return err == ERR_DB ? err
                             : error_set(&ctl->error, ERR_ABSENT, "schools",
                                         "one of them is not the code of a school");
    err = sql_do(ctl, "contact_schools_add", 3, district, contact, schools);
    return err < 0 ? err : 0;
}

static int upsert(struct import *import, size_t row, const char *district, const char *code,
                  const char *name, const char *const word[4])
{
    struct sheet *sheet = import->sheet;

    return import_count(
        import, sql_query(import->ctl, "contact_put", 10, district, code, name,
                          sheet_get(sheet, row, "role"), sheet_get(sheet, row, "email"),
                          sheet_get(sheet, row, "phone"), word[0], word[1], word[2], word[3]));
}

/* "": the district's; NULL, where the file says nothing of languages: as it is. */
static int take_language(struct import *import, size_t row, const char **language)
{
    static const char *const codes[] = {"en", "es", NULL};

    *language = NULL;
    return sheet_has(import->sheet, "language")
               ? import_word(import, row, "language", codes, "", language)
               : 0;
}

/* The quiet hours of a contact, where the file speaks of them. */
static int take_quiet(struct import *import, size_t row, const char *contact)
{
    const char *from, *to;
    char priority[24];
    long value;
    int err = import_quiet(import, row, &from, &to);

    if (!err && !sheet_has(import->sheet, "quiet_from"))
        return 0;
    if (!err)
        err = import_int(import, row, "quiet_priority", 1, 11, 9, &value);
    if (err)
        return err;
    snprintf(priority, sizeof(priority), "%ld", value);
    err = sql_do(import->ctl, "contact_quiet", 4, contact, from, to, priority);
    return err < 0 ? err : 0;
}

/* Whether it hears of alarms, where the file speaks of them. */
static int take_alarms(struct import *import, size_t row, const char *contact)
{
    const char *alarms;
    int err;

    if (!sheet_has(import->sheet, "alarms"))
        return 0;
    err = import_flag(import, row, "alarms", false, &alarms);
    if (!err)
        err = sql_do(import->ctl, "contact_alarms", 2, contact, alarms);
    return err < 0 ? err : 0;
}

/* Contact files of earlier versions call it "wave". */
static const char *step_column(const struct import *import)
{
    return sheet_has(import->sheet, "wave") ? "wave" : "step";
}

static int import_contact(struct import *import, size_t row, void *owner)
{
    struct ctl *ctl = import->ctl;
    const char *district = owner, *word[4];
    const char *code = import_need(import, row, "code"), *name = import_need(import, row, "name");
    const char *email = sheet_get(import->sheet, row, "email");
    const char *phone = sheet_get(import->sheet, row, "phone");
    char contact[16], step_text[24];
    long step;
    int err = code && name ? 0 : ctl->error.code;

    if (!err && email)
        err = check_email(email, &ctl->error);
    if (!err && phone)
        err = check_phone(phone, &ctl->error);
    if (!err)
        err = import_int(import, row, step_column(import), 1, 9, 1, &step);
    if (!err)
        err = import_flag(import, row, "sealed", false, &word[1]);
    if (!err)
        err = import_flag(import, row, "active", true, &word[2]);
    if (!err)
        err = take_language(import, row, &word[3]);
    if (err)
        return err;
    snprintf(step_text, sizeof(step_text), "%ld", step);
    word[0] = step_text;
    err = upsert(import, row, district, code, name, word);
    if (!err)
        err = sql_value(ctl, contact, sizeof(contact), "contact_id", 2, district, code);
    if (!err)
        err = take_quiet(import, row, contact);
    if (!err)
        err = take_alarms(import, row, contact);
    return err ? err
               : set_schools(ctl, district, contact, sheet_get(import->sheet, row, "schools"));
}

int cmd_contact_import(struct ctl *ctl, const struct ctl_args *args)
{
    static const char *const needed[] = {"code", "name", NULL};

    return import_run_district(ctl, args, needed, import_contact, "contact.import");
}

enum { URL_MOST = 500, SECRET_LEAST = 32, SECRET_MOST = 128 };

/* As the table people.webhook takes it, and as notify does. */
static int check_url(const char *url, struct error *error)
{
    static const char scheme[] = "https://";
    const char *host = url + strlen(scheme);

    if (strncmp(url, scheme, strlen(scheme)) != 0 || strlen(url) > URL_MOST)
        return error_set(error, ERR_VALUE, "--url", "must be https://, of at most %d characters",
                         URL_MOST);
    size_t length = strcspn(host, "/?");
    if (length == 0 || strspn(host, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                    "0123456789.-:") < length)
        return error_set(error, ERR_VALUE, "--url", "must have a host, and no user or password");
    for (const char *c = host; *c; c++)
        if (!isgraph((unsigned char)*c) || (unsigned char)*c > 0x7e || strchr("#\\", *c))
            return error_set(error, ERR_VALUE, "--url",
                             "holds a character that no address may hold");
    return 0;
}

static int take_secret(const char *path, char secret[SECRET_MOST + 1], struct error *error)
{
    int err = config_secret(path, secret, SECRET_MOST + 1, error);

    if (err) {
        snprintf(error->field, sizeof error->field, "--secret-file");
        return err;
    }
    for (const char *c = secret; *c; c++)
        if (!isgraph((unsigned char)*c) || (unsigned char)*c > 0x7e)
            return error_set(error, ERR_VALUE, "--secret-file", "must hold printable ASCII");
    if (strlen(secret) < SECRET_LEAST)
        return error_set(error, ERR_VALUE, "--secret-file", "must hold at least %d characters",
                         SECRET_LEAST);
    return 0;
}

/* The options: *url stays NULL with --remove. */
static int take_webhook(const struct ctl_args *args, const char **url, char secret[SECRET_MOST + 1],
                        struct error *error)
{
    static const char *const needed[] = {"--url", "--secret-file", NULL};

    *url = NULL;
    secret[0] = '\0';
    if (cli_text(args, "--remove"))
        return cli_text(args, "--url")
                   ? error_set(error, ERR_VALUE, "--remove", "goes with no other option")
                   : 0;
    int err = cli_need(args, needed, error);
    if (!err)
        err = check_url(*url = cli_text(args, "--url"), error);
    return err ? err : take_secret(cli_text(args, "--secret-file"), secret, error);
}

static int put_webhook(struct ctl *ctl, const char *district, const char *code, const char *url,
                       const char *secret)
{
    char known[2];
    int err = sql_value(ctl, known, sizeof known, "contact_webhook", 4, district, code, url,
                        url ? secret : NULL);

    if (!err && known[0] != 't')
        err = error_set(&ctl->error, ERR_ABSENT, "CODE", "is no contact of the district");
    return err;
}

int cmd_contact_webhook(struct ctl *ctl, const struct ctl_args *args)
{
    const char *code = args->operand[1], *url;
    char district[16], secret[SECRET_MOST + 1];
    int err = take_webhook(args, &url, secret, &ctl->error);

    if (!err)
        err = sql_district(ctl, args->operand[0], district);
    if (!err)
        err = sql_begin(ctl);
    if (err)
        goto out;
    err = put_webhook(ctl, district, code, url, secret);
    err = sql_finish(ctl, err, url ? "contact.webhook" : "contact.webhook_remove", code,
                     json_pack("{s:s}", "district", args->operand[0]));
    if (!err)
        err = out_done(ctl,
                       json_pack("{s:s s:s s:b}", "district", args->operand[0], "code", code,
                                 "webhook", url != NULL),
                       "%s %s: %s", args->operand[0], code,
                       url ? "is told by webhook" : "is told by webhook no more");
out:
    sodium_memzero(secret, sizeof secret);
    return err;
}

int cmd_contact_list(struct ctl *ctl, const struct ctl_args *args)
{
    int err = sql_filter_district(ctl, "DISTRICT", args->operand[0]);

    if (err)
        return err;
    return out_query(ctl, "contact_list", true, args->operand[0]);
}
