/* review list: calls whose words leave their place open, as long as a person may say where. */
#include "commands.h"
#include "out.h"
#include "sql.h"

int cmd_review_list(struct ctl *ctl, const struct ctl_args *args)
{
    int err = sql_filter_district(ctl, "DISTRICT", args->operand[0]);

    if (err)
        return err;
    return out_query(
        ctl,
        "select d.slug as district, a.slug as agency, r.incident_no as incident, r.mode, "
        "to_char(r.asked_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') as asked_at, "
        "to_char(r.due_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') as due_at, "
        "nullif(r.place_name, '') as place_name, nullif(r.address, '') as address, "
        "(select string_agg(s.code, ';' order by c.ord) "
        "from jsonb_array_elements(r.candidates) with ordinality as c(e, ord) "
        "join district.school s on s.district_id = r.district_id "
        "and s.school_id = (c.e ->> 'school')::int) as schools "
        "from district.place_review r join district.district d using (district_id) "
        "join agency.agency a using (agency_id) "
        "where r.state = 'open' and ($1::text is null or d.slug = $1) "
        "order by r.due_at, a.slug, r.incident_no",
        true, args->operand[0]);
}
