/* status: the state of the installation in a handful of lists, each one statement. */
#include "commands.h"
#include "out.h"
#include "sql.h"

/* Every list takes $1: an agency's slug, or null for all. */
static const struct {
    const char *name, *heading, *statement;
} lists[] = {
    {"services", "Services", "status_services"},
    {"agencies", "Agencies", "status_agencies"},
    {"counts",
     "Counted in source rows (read = rejected + duplicates + at_school + no_school + quarantined)",
     "status_counts"},
    {"withheld", "Withheld: codes as a whole, and what was taken out of texts", "status_withheld"},
    {"streams", "Streams", "status_streams"},
    {"quarantine", "Quarantine", "status_quarantine"},
    {"outcomes", "Outcomes that wait for the incident of their report number", "status_outcomes"},
    {"reviews", "Calls that wait for a person to place them (liaisonctl review list)",
     "status_reviews"},
    {"held", "Alerts held back (liaisonctl alert held)", "status_held"},
    {"deliveries", "Deliveries (docs/notify.md, Watching itself)", "status_deliveries"},
    {"counters", "Counters", "status_counters"},
    {"queues", "Queues", "status_queues"},
};

int cmd_status(struct ctl *ctl, const struct ctl_args *args)
{
    const char *agency = cli_text(args, "--agency");
    int err = sql_filter_agency(ctl, "--agency", agency);
    json_t *all = json_object();

    for (size_t i = 0; !err && i < sizeof(lists) / sizeof(lists[0]); i++) {
        PGresult *result = sql_query(ctl, lists[i].statement, 1, agency);

        if (!result) {
            err = ctl->error.code;
            break;
        }
        if (ctl->json)
            json_object_set_new(all, lists[i].name, out_rows(result));
        else if (PQntuples(result))
            out_table(ctl, result, lists[i].heading);
        PQclear(result);
    }
    if (!err && ctl->json)
        return out_json(ctl, all);
    json_decref(all);
    return err;
}
