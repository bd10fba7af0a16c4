/* review list: calls whose words leave their place open, as long as a person may decide it. */
#include "commands.h"
#include "out.h"
#include "sql.h"

int cmd_review_list(struct ctl *ctl, const struct ctl_args *args)
{
    int err = sql_filter_district(ctl, "DISTRICT", args->operand[0]);

    if (err)
        return err;
    return out_query(ctl, "review_list", true, args->operand[0]);
}
