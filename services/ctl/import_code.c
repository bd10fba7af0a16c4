/* Codes in a file: which of them are none, and which others they may have meant. */
#include "import.h"
#include "nearest.h"
#include "sql.h"

#include <ctype.h>
#include <string.h>

/* Whether a text can be a code, and be named in an error: what is none may be a line of a letter.
 */
static bool can_be_code(const char *text)
{
    enum { MOST = 40 };
    size_t size = 0;

    while (isgraph((unsigned char)text[size]) && (unsigned char)text[size] < 0x7f)
        size++;
    return size > 0 && size <= MOST && text[size] == '\0';
}

/* Takes ownership of known, a result whose first column holds the codes that there are. */
static int refuse(struct import *import, const char *column, const char *code, PGresult *known,
                  const struct import_codes *codes)
{
    struct nearest nearest = {.word = code};
    bool named = can_be_code(code);

    for (int i = 0; named && i < PQntuples(known); i++)
        nearest_try(&nearest, PQgetvalue(known, i, 0));
    int err = import_error(import, ERR_ABSENT, column, "%s%s%s%s%s%s", named ? code : "",
                           named ? " " : "", codes->rule, nearest.name ? "; was " : "",
                           nearest.name   ? nearest.name
                           : codes->where ? codes->where
                                          : "",
                           nearest.name ? " meant?" : "");
    PQclear(known);
    return err;
}

static PGresult *query_known(struct import *import, const struct import_codes *codes,
                             const char *district)
{
    return sql_query(import->ctl, codes->list, district ? 1 : 0, district);
}

int import_no_code(struct import *import, const char *column, const char *code,
                   const struct import_codes *codes, const char *district)
{
    PGresult *known = query_known(import, codes, district);

    return known ? refuse(import, column, code, known, codes) : import->ctl->error.code;
}

static const struct import_codes school_codes = {"school_codes", "is no code of a school", NULL};

int import_school_id(struct import *import, const char *district, const char *code, char id[16])
{
    int err = sql_value(import->ctl, id, 16, "school_id", 2, district, code);

    return err == ERR_ABSENT ? import_no_code(import, "school", code, &school_codes, district)
                             : err;
}

json_t *import_items(const char *text)
{
    json_t *list = json_array();

    while (list && *text) {
        size_t size = strcspn(text, ";"), skip = strspn(text, " ");
        size_t end = size;

        while (end > skip && text[end - 1] == ' ')
            end--;
        if (end > skip)
            json_array_append_new(list, json_stringn(text + skip, end - skip));
        text += size + (text[size] == ';');
    }
    return list;
}

static bool is_among(const char *code, const PGresult *known)
{
    for (int i = 0; i < PQntuples(known); i++)
        if (strcmp(PQgetvalue(known, i, 0), code) == 0)
            return true;
    return false;
}

int import_check_codes(struct import *import, const char *column, const char *text,
                       const struct import_codes *codes, const char *district)
{
    PGresult *known = query_known(import, codes, district);
    json_t *items = import_items(text), *item;
    int err = known ? 0 : import->ctl->error.code;
    size_t i;

    json_array_foreach(items, i, item)
    {
        if (err || is_among(json_string_value(item), known))
            continue;
        err = refuse(import, column, json_string_value(item), known, codes);
        known = NULL;
    }
    if (!err &&
        json_array_size(items) == 0) /* an empty cell is what says that it does not restrict */
        err = import_error(import, ERR_VALUE, column, "names none");
    json_decref(items);
    PQclear(known);
    return err;
}

int import_check_schools(struct import *import, const char *column, const char *text,
                         const char *district)
{
    return import_check_codes(import, column, text, &school_codes, district);
}
