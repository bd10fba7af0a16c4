/* GET /api/v1/schools and /api/v1/codes. */
#include "api.h"

const struct db_statement lists_statements[] = {
    {"schools", "select json_build_object('schools', coalesce(json_agg(json_build_object("
                "'id', school_id, 'code', code, 'name', name, 'level', level, 'address', address, "
                "'latitude', latitude, 'longitude', longitude, 'radius_m', radius_m, "
                "'campus', campus::json, 'active', active) order by name, school_id), '[]')) "
                "from district.school where district_id = $1::int "
                "and ($2::int[] is null or school_id = any($2::int[]))"},
    {"codes",
     "select json_build_object("
     "'classes', coalesce((select json_agg(json_build_object('class', class, 'name', name, "
     "  'rank', rank) order by rank, class) from code.class), '[]'), "
     "'types', coalesce((select json_agg(json_build_object('code', code, 'name', name, "
     "  'class', class) order by name, code) from code.type where not withheld), '[]'), "
     "'dispositions', coalesce((select json_agg(json_build_object('code', code, 'name', name) "
     "  order by name, code) from code.disposition), '[]'))"},
};
const size_t lists_statement_count = sizeof lists_statements / sizeof lists_statements[0];

void schools_steps(struct exchange *exchange, struct db_job *job)
{
    db_exec_text(job, "schools", exchange_row_cb, exchange, 2, exchange->person.district,
                 person_scope(&exchange->person));
}

void codes_steps(struct exchange *exchange, struct db_job *job)
{
    db_exec_text(job, "codes", exchange_row_cb, exchange, 0);
}
