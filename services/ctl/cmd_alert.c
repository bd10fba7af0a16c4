/* alert held: alerts that a budget holds back, which nobody was told. */
#include "commands.h"
#include "out.h"
#include "sql.h"

int cmd_alert_held(struct ctl *ctl, const struct ctl_args *args)
{
    int err = sql_filter_district(ctl, "DISTRICT", args->operand[0]);

    if (err)
        return err;
    return out_query(
        ctl,
        "select d.slug as district, s.code as school, a.slug as agency, "
        "h.incident_no as incident, i.class, i.status, h.held_why as why, "
        "to_char(h.held_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') as held_at "
        "from notify.alert h join district.district d using (district_id) "
        "join district.school s using (district_id, school_id) "
        "join district.incident i using (district_id, agency_id, incident_no) "
        "join agency.agency a using (agency_id) "
        "where h.state = 'held' and ($1::text is null or d.slug = $1) "
        "order by h.held_at, a.slug, h.incident_no",
        true, args->operand[0]);
}
