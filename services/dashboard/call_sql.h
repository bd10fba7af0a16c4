/*
 * call_sql: the pieces of SQL that every statement about calls is made of, so that "what is a call
 * as JSON" stands here once. Which calls a person may see, and what of them, is decided by the
 * database alone (deploy/schema/r_visibility.sql): no statement here reads district.incident. In
 * all of them $1 is the district and $2 the person's schools (int[]; null: role district), i is
 * SQL_SEEN and a is agency.agency. Constants only: what a person asks for comes in as parameters.
 */
#ifndef LIAISON_DASHBOARD_CALL_SQL_H
#define LIAISON_DASHBOARD_CALL_SQL_H

#define SQL_TIME(t) "to_char((" t ") at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"

#define SQL_KEY(x)                                                            \
    x ".district_id = i.district_id and " x ".agency_id = i.agency_id and " x \
      ".incident_no = i.incident_no"

/* The calls that this person may see, without what the person may not know of them. */
#define SQL_SEEN "district.seen($1::int, $2::int[])"

/* Whether this person may know what came of the call. */
#define SQL_SHOWS_RESULT "not district.hides_result(i.sensitivity, i.elsewhere, $2::int[])"

/* What lists and counts leave out whatever is asked. */
#define SQL_LEFT_IN "not i.elsewhere and i.merged_into is null"

/* And without a wish about the status. */
#define SQL_LISTED SQL_LEFT_IN " and i.status <> 'cancelled' and not i.entered_in_error"

/* The alerts of a call that the person may see; one that is held back was told to nobody. */
#define SQL_ALERTS                    \
    "notify.alert al where " SQL_KEY( \
        "al") " and al.state <> 'held' and ($2::int[] is null or al.school_id = any($2::int[]))"

/* What was reported, in words: type, else the agency's own code, else the class. */
#define SQL_WHAT                                                             \
    "coalesce((select t.name from code.type t where t.code = i.type_code), " \
    "(select c.name from code.class c where c.class = i.class), i.class)"

#define SQL_SCHOOLS                                                                   \
    "coalesce((select json_agg(json_build_object('id', s.school_id, 'name', n.name, " \
    "'relation', s.relation, 'distance_m', s.distance_m, 'method', s.method, "        \
    "'confidence', s.confidence) order by s.rank) from district.incident_school s "   \
    "join district.school n using (district_id, school_id) where " SQL_KEY("s") "), '[]')"

/* Who is there first and who has left last; of those that do the same, the latest word first. */
#define SQL_UNITS                                                                                  \
    "coalesce((select json_agg(json_build_object('id', coalesce(u ->> 'id', ''), "                 \
    "'role', u ->> 'role', 'status', u ->> 'status', 'at', " SQL_TIME(                             \
        "(u ->> 'at')::timestamptz") ") order by array_position(array['on_scene', 'en_route', "    \
                                     "'dispatched', '', 'clear'], "                                \
                                     "  coalesce(u ->> 'status', '')), (u ->> 'at')::timestamptz " \
                                     "desc nulls last, o) "                                        \
                                     "from jsonb_array_elements(i.units) with ordinality as e(u, " \
                                     "o)), '[]')"

#define SQL_DISPOSITIONS                                                             \
    "coalesce((select json_agg(json_build_object('own', coalesce(u ->> 'own', ''), " \
    "'code', u ->> 'code', "                                                         \
    "'name', (select p.name from code.disposition p where p.code = u ->> 'code'), "  \
    "'primary', coalesce((u ->> 'primary')::boolean, false)) order by o) "           \
    "from jsonb_array_elements(i.dispositions) with ordinality as e(u, o)), '[]')"

#define SQL_ALERT                                                                               \
    "(select case when count(*) > 0 then json_build_object("                                    \
    "'state', case when count(al.acknowledged_at) > 0 then 'acknowledged' else 'alerted' end, " \
    "'alerted_at', " SQL_TIME(                                                                  \
        "min(al.created_at)") ", "                                                              \
                              "'acknowledged_by', (array_agg(al.acknowledged_by order by "      \
                              "al.acknowledged_at) "                                            \
                              "  filter (where al.acknowledged_at is not null))[1], "           \
                              "'acknowledged_at', " SQL_TIME(                                   \
                                  "min(al.acknowledged_at)") ") end from " SQL_ALERTS ")"

#define CALL_OPENED  SQL_TIME("i.opened_at")
#define CALL_CLOSED  SQL_TIME("i.t_closed")
#define CALL_UPDATED SQL_TIME("i.updated_at")

#define SQL_CALL                                                                             \
    "json_build_object('agency', a.slug, 'agency_name', a.name, 'incident', i.incident_no, " \
    "'status', i.status, 'mode', i.mode, 'opened_at', " CALL_OPENED ", "                     \
    "'closed_at', case when i.status <> 'open' then " CALL_CLOSED " end, "                   \
    "'updated_at', " CALL_UPDATED ", 'class', i.class, "                                     \
    "'type', json_build_object('own', i.type_own, 'code', i.type_code, "                     \
    "  'name', (select t.name from code.type t where t.code = i.type_code)), "               \
    "'priority', json_build_object('own', i.priority_own, 'common', i.priority), "           \
    "'address', i.address, 'latitude', i.latitude, 'longitude', i.longitude, "               \
    "'place_name', i.place_name, 'schools', " SQL_SCHOOLS ", 'units', " SQL_UNITS ", "       \
    "'dispositions', " SQL_DISPOSITIONS ", 'alert', " SQL_ALERT ", "                         \
    "'sensitivity', i.sensitivity)"

#define SQL_BUCKET                                                      \
    "case when i.disposition_code is not null then i.disposition_code " \
    "when coalesce(jsonb_array_length(i.dispositions), 0) = 0 then 'none' else 'unmapped' end"

/* The rows that a filter leaves; $3 to $13 are enum filter_field's, $14 is 'true' for figures. d is
 * the district, n the first school, a the agency. Of a search each word must be found, as it
 * stands, somewhere. */
#define SQL_FILTERED_FROM                                                                          \
    "district.district d join " SQL_SEEN " i using (district_id) "                                 \
    "join agency.agency a using (agency_id) "                                                      \
    "left join district.school n on n.district_id = i.district_id and n.school_id = i.school_id "  \
    "left join code.type t on t.code = i.type_code "                                               \
    "where d.district_id = $1::int and " SQL_LEFT_IN " "                                           \
    "and ($3::date is null or i.opened_at >= $3::date::timestamp at time zone d.zone) "            \
    "and ($4::date is null or i.opened_at < ($4::date + 1)::timestamp at time zone d.zone) "       \
    "and ($5::int is null or i.school_id = $5::int) "                                              \
    "and ($6::text is null or i.class = $6::text) "                                                \
    "and ($7::text is null or coalesce(i.type_code, 'unmapped') = $7::text) "                      \
    "and ($8::text is null or " SQL_BUCKET " = $8::text) "                                         \
    "and ($9::text is null or (i.opened_at >= ($9::text || '-01')::timestamp at time zone d.zone " \
    "  and i.opened_at < (($9::text || '-01')::timestamp + interval '1 month') "                   \
    "  at time zone d.zone)) "                                                                     \
    "and (case when $10::text is null then i.status <> 'cancelled' and not i.entered_in_error "    \
    "  else i.status = $10::text and (not i.entered_in_error or $10::text = 'cancelled') end) "    \
    "and ($11::text is null or ($11::text = 'school') = ("                                         \
    "  extract(isodow from i.opened_at at time zone d.zone) < 6 "                                  \
    "  and (i.opened_at at time zone d.zone)::time >= d.hours_start "                              \
    "  and (i.opened_at at time zone d.zone)::time < d.hours_end)) "                               \
    "and ($12::text is null or a.slug = $12::text) "                                               \
    "and ($13::text is null or (select bool_and(strpos(x.said, w.word) > 0) from (select "         \
    "  lower(concat_ws(E'\\n', i.incident_no, i.address, i.place_name, n.name, "                   \
    "  i.type_own, t.name)) as said offset 0) x, "                                                 \
    "  unnest(regexp_split_to_array(lower(btrim($13::text)), '\\s+')) w(word))) "                  \
    "and ($14::text = 'false' or (i.mode <> 'replay' and not i.entered_in_error))"

#endif
