/* contact import, webhook, list: who gets alerts. */
#include "commands.h"
#include "config.h"
#include "import.h"
#include "out.h"
#include "sql.h"
#include "url.h"

#include <ctype.h>
#include <sodium.h>
#include <string.h>

/* The parts of an address or a domain between its points: none is empty, or longer than most. */
static bool is_dotted(const char *text, const char *end, size_t most)
{
    for (const char *part = text; part <= end; part++) {
        size_t length = strcspn(part, ".@");
        if (length == 0 || length > most)
            return false;
        part += length;
    }
    return true;
}

/* Refuses what no mail server can have (RFC 5321, 4.1.2 and 4.5.3.1; RFC 1035, 2.3.4). */
static int check_email(const char *email, struct error *error)
{
    const char *at = strchr(email, '@');

    if (!at || strchr(at + 1, '@') || strlen(email) > 254 || at - email > 64 ||
        !is_dotted(email, at, 64) || !is_dotted(at + 1, at + 1 + strlen(at + 1), 63) ||
        at[1] == '-' || strstr(at, ".-") || strstr(at, "-.") || at[strlen(at) - 1] == '-')
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

static const char *const languages[] = {"en", "es", NULL};

/* A row, checked. Texts belong to the sheet, to what is stored, or to this. */
struct contact_row {
    const char *code, *name, *role, *email, *phone, *sealed, *active;
    const char *language; /* "": the district's; NULL: as it is */
    const char *quiet_from, *quiet_to, *alarms;
    char step[24], quiet_priority[24];
};

static const char another_person[] =
    "must be a column too (it may be empty): the name has changed, so this is another person, who "
    "does not inherit it";

/* Another name is another person (people.put_contact), who must not get what the file leaves as it
 * is: the addresses of the one before, and the right to sealed calls. */
static int check_person(struct import *import, size_t row)
{
    static const char *const own[] = {"email", "phone", NULL};
    const char *another = import_stored(import, "another");

    if (!another || strcmp(another, "no") == 0)
        return 0;
    for (size_t i = 0; own[i]; i++)
        if (import_stored(import, own[i]) && !import_given(import, row, own[i]) &&
            !import_told(import, own[i]))
            return import_error(import, ERR_MISSING, own[i], "%s", another_person);
    if (strcmp(import_stored(import, "sealed"), "yes") == 0 &&
        !import_given(import, row, "sealed") && !import_told(import, "sealed"))
        return import_error(import, ERR_MISSING, "sealed", "%s", another_person);
    return 0;
}

static int take_person(struct import *import, size_t row, struct contact_row *c)
{
    struct error *error = &import->ctl->error;
    int err = 0;

    c->name = import_text(import, row, "name");
    c->role = import_text(import, row, "role");
    c->email = import_text(import, row, "email");
    c->phone = import_text(import, row, "phone");
    if (!c->name && !import_told(import, "name"))
        return import_error(import, ERR_MISSING, "name", "must be given");
    if (c->email)
        err = check_email(c->email, error);
    if (!err && c->phone)
        err = check_phone(c->phone, error);
    if (!err && import_given(import, row, "language"))
        err = import_word(import, row, "language", languages, "", &c->language);
    return err ? err : check_person(import, row);
}

static int take_quiet(struct import *import, size_t row, struct contact_row *c)
{
    long priority;
    int err = import_quiet(import, row, &c->quiet_from, &c->quiet_to);

    if (!err)
        err = import_int(import, row, "quiet_priority", 1, 11, 9, &priority);
    if (!err)
        snprintf(c->quiet_priority, sizeof c->quiet_priority, "%ld", priority);
    return err;
}

static int take_contact(struct import *import, size_t row, struct contact_row *c)
{
    long step;
    int err = take_person(import, row, c);

    if (!err)
        err = import_int(import, row, "step", 1, 9, 1, &step);
    if (!err)
        err = import_flag(import, row, "sealed", false, &c->sealed);
    if (!err)
        err = import_flag(import, row, "active", true, &c->active);
    if (!err)
        err = import_flag(import, row, "alarms", false, &c->alarms);
    if (!err)
        err = take_quiet(import, row, c);
    if (!err)
        snprintf(c->step, sizeof c->step, "%ld", step);
    return err;
}

static int set_schools(struct import *import, size_t row, const char *district, const char *contact)
{
    struct ctl *ctl = import->ctl;
    const char *schools = sheet_get(import->sheet, row, "schools");
    int err;

    if (import_exists(import) && !import_given(import, row, "schools"))
        return 0;
    err = sql_do(ctl, "contact_scope", 2, contact, schools ? "schools" : "district");
    if (err < 0 || !schools)
        return err < 0 ? err : 0;
    err = import_check_schools(import, "schools", schools, district);
    if (!err)
        err = sql_do(ctl, "contact_schools_add", 3, district, contact, schools);
    return err < 0 ? err : 0;
}

/* What people.put_contact does not write. */
static int put_rest(struct import *import, size_t row, const char *district,
                    const struct contact_row *c)
{
    struct ctl *ctl = import->ctl;
    char contact[16];
    int err = sql_value(ctl, contact, sizeof(contact), "contact_id", 2, district, c->code);

    if (!err)
        err =
            sql_do(ctl, "contact_quiet", 4, contact, c->quiet_from, c->quiet_to, c->quiet_priority);
    if (err >= 0)
        err = sql_do(ctl, "contact_alarms", 2, contact, c->alarms);
    return err < 0 ? err : set_schools(import, row, district, contact);
}

static int import_contact(struct import *import, size_t row, void *owner)
{
    const char *district = owner;
    struct contact_row c = {.code = import_need(import, row, "code")};
    PGresult *put;
    int err = c.code ? import_once(import, row, "code", c.code) : import->ctl->error.code;

    if (!err)
        err = import_find(import, "contact_now", 3, district, c.code,
                          sheet_get(import->sheet, row, "name"));
    if (!err)
        err = take_contact(import, row, &c);
    if (err)
        return err;
    put = sql_query(import->ctl, "contact_put", 10, district, c.code, c.name, c.role, c.email,
                    c.phone, c.step, c.sealed, c.active, c.language);
    err = put ? put_rest(import, row, district, &c) : import->ctl->error.code;
    if (!err)
        return import_count(import, put);
    PQclear(put);
    return err;
}

int cmd_contact_import(struct ctl *ctl, const struct ctl_args *args)
{
    static const char *const needed[] = {"code", NULL};

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
    const char *defect = url_defect(url);
    if (defect)
        return error_set(error, ERR_VALUE, "--url", "%s", defect);
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
