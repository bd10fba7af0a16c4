/* school alias, aliases, forget: the wordings of agencies for schools, and wordings that mean no
 * school. */
#include "commands.h"
#include "import.h"
#include "out.h"
#include "sql.h"

#include <ctype.h>
#include <string.h>

/* The same words cannot mean two schools. */
static int check_alone(struct import *import, const char *kind, const char *alias,
                       const char *school)
{
    char words[512];
    const char *other;
    size_t size = (size_t)snprintf(words, sizeof words, "%s %s", kind, alias);

    for (size_t i = 0; i < size && i < sizeof words; i++)
        words[i] = (char)toupper((unsigned char)words[i]);
    if (!import->seen)
        import->seen = json_object();
    other = json_string_value(json_object_get(import->seen, words));
    if (other && strcmp(other, school) != 0)
        return import_error(import, ERR_EXISTS, "alias", "is another school's in this file too");
    json_object_set_new(import->seen, words, json_string(school));
    return 0;
}

static int import_alias(struct import *import, size_t row, void *owner)
{
    static const char *const kinds[] = {"address", "name", NULL};
    struct ctl *ctl = import->ctl;
    const char *district = owner, *kind;
    const char *school = import_need(import, row, "school");
    const char *alias = import_need(import, row, "alias");
    char id[16];
    int err = import_word(import, row, "kind", kinds, "name", &kind);

    if (!school || !alias || err)
        return ctl->error.code;
    err = import_school_id(import, district, school, id);
    if (!err)
        err = check_alone(import, kind, alias, school);
    return err ? err
               : import_count(import, sql_query(ctl, "alias_put", 4, district, id, kind, alias));
}

int cmd_school_alias(struct ctl *ctl, const struct ctl_args *args)
{
    static const char *const needed[] = {"school", "alias", NULL};

    return import_run_district(ctl, args, needed, import_alias, "school.alias");
}

int cmd_school_aliases(struct ctl *ctl, const struct ctl_args *args)
{
    int err = sql_filter_district(ctl, "DISTRICT", args->operand[0]);

    if (err)
        return err;
    return out_query(ctl, "alias_list", true, args->operand[0]);
}

/* Fills the error: these words are not known, or they are known as the other kind. */
static int not_known(struct ctl *ctl, const char *district, bool name, const char *alias)
{
    char known[8];
    int err = sql_value(ctl, known, sizeof(known), "alias_known", 3, district,
                        name ? "address" : "name", alias);

    if (err == ERR_ABSENT)
        return error_set(&ctl->error, err, "ALIAS",
                         "is not known here; school aliases lists what is");
    return err ? err
               : error_set(&ctl->error, ERR_ABSENT, "ALIAS", "is known here as %s, not as %s",
                           name ? "an address" : "a name", name ? "a name" : "an address");
}

/* Rows: the words as they were kept, and the code of their school or null. */
static PGresult *forget(struct ctl *ctl, const char *district, const char *kind, const char *alias)
{
    return sql_query(ctl, "alias_forget", 3, district, kind, alias);
}

static int tell(struct ctl *ctl, const char *slug, const char *kind, const PGresult *words)
{
    for (int r = 0; !ctl->json && r < PQntuples(words); r++) {
        bool none = PQgetisnull(words, r, 1);

        fprintf(ctl->out, "Forgot the %s \"%s\"%s%s%s\n", kind, PQgetvalue(words, r, 0),
                none ? ", which was of no school" : " of school ", PQgetvalue(words, r, 1),
                none ? "." : ". Calls that it placed stay where they are.");
    }
    return ctl->json ? out_json(ctl, json_pack("{s:s, s:s, s:o}", "district", slug, "kind", kind,
                                               "words", out_rows(words)))
                     : 0;
}

int cmd_school_forget(struct ctl *ctl, const struct ctl_args *args)
{
    const char *slug = args->operand[0], *kind = args->operand[1], *alias = args->operand[2];
    bool name = strcmp(kind, "name") == 0;
    PGresult *words = NULL;
    char district[16];
    int err = sql_district(ctl, slug, district);

    if (!err && !name && strcmp(kind, "address") != 0)
        err = error_set(&ctl->error, ERR_VALUE, "KIND", "must be address or name");
    if (!err)
        err = sql_begin(ctl);
    if (!err) {
        words = forget(ctl, district, kind, alias);
        err = words ? 0 : ctl->error.code;
    }
    if (!err && PQntuples(words) == 0)
        err = not_known(ctl, district, name, alias);
    /* The audit does not get the words: they may be a home address. */
    err = sql_finish(
        ctl, err, "school.forget", slug,
        err ? NULL : json_pack("{s:s, s:s}", "kind", kind, "school", PQgetvalue(words, 0, 1)));
    if (!err)
        err = tell(ctl, slug, kind, words);
    PQclear(words);
    return err;
}
