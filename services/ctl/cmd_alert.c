/* alert held: alerts that a budget holds back. Summaries count their calls. */
#include "commands.h"
#include "out.h"
#include "sql.h"

int cmd_alert_held(struct ctl *ctl, const struct ctl_args *args)
{
    int err = sql_filter_district(ctl, "DISTRICT", args->operand[0]);

    if (err)
        return err;
    return out_query(ctl, "alert_held", true, args->operand[0]);
}
