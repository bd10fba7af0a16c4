/* GET /api/v1/outcomes: each call counted once, at its first school, by its primary disposition. */
#include "api.h"
#include "call_sql.h"

#include <string.h>

/* Groups by columns; each group's total, and its calls by outcome as one object. */
#define GROUPED(columns)                                                                        \
    "(select " columns                                                                          \
    ", sum(n)::int as total, json_object_agg(bucket, n order by n desc, bucket) "               \
    "as outcomes from (select " columns ", bucket, count(*)::int as n from f group by " columns \
    ", bucket) x group by " columns ") g"

const struct db_statement outcomes_statements[] = {
    {"outcomes",
     "with f as materialized (select i.school_id, n.name as school, i.class, i.opened_at, "
     "  coalesce(i.type_code, 'unmapped') as type, "
     "  to_char(i.opened_at at time zone d.zone, 'YYYY-MM') as month, " SQL_BUCKET " as bucket "
     "from " SQL_FILTERED_FROM ") "
     "select json_build_object('total', (select count(*) from f), "
     "'complete', (select count(*) from f where bucket <> 'none'), "
     "'from', $3::date, 'to', $4::date, "
     "'first_at', (select " SQL_TIME(
         "min(opened_at)") " from f), "
                           "'last_at', (select " SQL_TIME(
                               "max(opened_at)") " from f), "
                                                 "'by_school', coalesce((select "
                                                 "json_agg(json_build_object("
                                                 "  'school', json_build_object('id', school_id, "
                                                 "'name', school), 'total', total, "
                                                 "  'outcomes', outcomes) order by total desc, "
                                                 "school, school_id) "
                                                 "  from " GROUPED(
                                                     "school_id, school") "), '[]'), "
                                                                          "'by_class', "
                                                                          "coalesce((select "
                                                                          "json_agg(json_build_"
                                                                          "object('class', class, "
                                                                          "  'name', "
                                                                          "coalesce((select c.name "
                                                                          "from code.class c where "
                                                                          "c.class = g.class), "
                                                                          "class), "
                                                                          "  'total', total, "
                                                                          "'outcomes', outcomes) "
                                                                          "order by total desc, "
                                                                          "class) "
                                                                          "  from " GROUPED(
                                                                              "class") "), '[]'), "
                                                                                       "'by_type', "
                                                                                       "coalesce(("
                                                                                       "select "
                                                                                       "json_agg("
                                                                                       "json_build_"
                                                                                       "object('"
                                                                                       "type', "
                                                                                       "type, "
                                                                                       "  'name', "
                                                                                       "case when "
                                                                                       "type = "
                                                                                       "'unmapped' "
                                                                                       "then 'No "
                                                                                       "common "
                                                                                       "type' else "
                                                                                       "    "
                                                                                       "coalesce(("
                                                                                       "select "
                                                                                       "t.name "
                                                                                       "from "
                                                                                       "code.type "
                                                                                       "t where "
                                                                                       "t.code = "
                                                                                       "g.type), "
                                                                                       "type) end, "
                                                                                       "  'class', "
                                                                                       "class, "
                                                                                       "'total', "
                                                                                       "total, "
                                                                                       "'outcomes',"
                                                                                       " outcomes) "
                                                                                       "order by "
                                                                                       "total "
                                                                                       "desc, "
                                                                                       "type, "
                                                                                       "class) "
                                                                                       "  "
                                                                                       "from"
                                                                                       " " GROUPED(
                                                                                           "type, "
                                                                                           "class") "), '[]'), "
                                                                                                    "'by_month', coalesce((select json_agg(json_build_object('month', month, 'total', total, "
                                                                                                    "  'outcomes', outcomes) order by month) from " GROUPED(
                                                                                                        "month") "), '[]'), "
                                                                                                                 "'by_class_month', coalesce((select json_agg(json_build_object('class', class, "
                                                                                                                 "  'month', month, 'total', n) order by month, class) "
                                                                                                                 "  from (select class, month, count(*) as n from f group by class, month) m), '[]'), "
                                                                                                                 "'outcomes', coalesce((select json_agg(json_build_object('code', bucket, 'name', "
                                                                                                                 "  case bucket when 'none' then 'Nothing recorded' "
                                                                                                                 "    when 'unmapped' then 'Recorded under a code of the agency''s own' else "
                                                                                                                 "    coalesce((select p.name from code.disposition p where p.code = b.bucket), bucket) end, "
                                                                                                                 "  'total', n) order by n desc, bucket) "
                                                                                                                 "  from (select bucket, count(*) as n from f group by bucket) b), '[]'))"},
};
const size_t outcomes_statement_count = sizeof outcomes_statements / sizeof outcomes_statements[0];

void outcomes_steps(struct exchange *exchange, struct db_job *job)
{
    const char *values[14] = {exchange->person.district, person_scope(&exchange->person)};

    for (size_t i = 0; i < FILTER_SQL; i++)
        values[2 + i] = exchange->filter.value[i];
    values[13] = "true";
    calls_plan(job);
    db_exec(job, "outcomes", &(struct db_params){.count = 14, .values = values}, false,
            exchange_row_cb, exchange);
}
