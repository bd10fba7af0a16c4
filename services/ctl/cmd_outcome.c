/* outcome list, attach: outcomes that name a report number alone and whose incident is not clear.
 */
#include "commands.h"
#include "out.h"
#include "sql.h"

#include <string.h>

#define DIGITS "0123456789"

int cmd_outcome_list(struct ctl *ctl, const struct ctl_args *args)
{
    const char *agency = cli_text(args, "--agency");
    const char *limit = cli_count(args, "--limit", "200", &ctl->error);
    PGresult *result;
    int err;

    if (!limit || sql_filter_agency(ctl, "--agency", agency) != 0)
        return ctl->error.code;
    result = sql_query(ctl, "outcome_list", 2, agency, limit);
    if (!result)
        return ctl->error.code;
    err = out_list(ctl, result);
    PQclear(result);
    return err;
}

/* STREAM.SEQ, with few enough digits for PostgreSQL's int and bigint. */
static bool is_id(const char *word)
{
    size_t stream = strspn(word, DIGITS), seq = 0;

    if (word[stream] == '.')
        seq = strspn(word + stream + 1, DIGITS);
    return stream >= 1 && stream <= 9 && seq >= 1 && seq <= 18 && !word[stream + 1 + seq];
}

int cmd_outcome_attach(struct ctl *ctl, const struct ctl_args *args)
{
    char done[8];
    int err;

    if (!is_id(args->operand[0]))
        return error_set(&ctl->error, ERR_VALUE, "ID", "must be as outcome list says it");
    err = sql_begin(ctl);
    if (!err)
        err = sql_value(ctl, done, sizeof done, "outcome_attach", 2, args->operand[0],
                        args->operand[1]);
    if (!err && done[0] != 't')
        err = error_set(&ctl->error, ERR_ABSENT, "ID",
                        "there is no such outcome, or no such incident of its agency");
    err = sql_finish(ctl, err, "outcome.attach", args->operand[0], NULL);
    if (err)
        return err;
    return out_done(ctl, json_pack("{s:s}", "id", args->operand[0]), "attached");
}
