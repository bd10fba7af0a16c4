/* GET /api/v1/now: what is happening at my schools, and does somebody have it? */
#include "api.h"
#include "call_sql.h"
#include "sentence.h"

#include <stdlib.h>

#define LINK_LOST "interval '60 s'" /* heartbeats come every few seconds */

/* Heard: by a stream that is not a backfill. Only agencies that concern the district are named:
 * with a call of its, or new ones that are live and have no call in any district yet. */
#define AGENCIES                                                                                   \
    "(select a.slug, a.name, s.heard, s.last_heard, case when p.told > 0 then "                    \
    "  json_build_object('proven_to', " SQL_TIME("p.proven_to") ", 'proved_at', " SQL_TIME(        \
        "p.proved_at") ", 'unproven', p.unproven, "                                                \
                       "  'missing', p.missing, 'lost', p.lost, 'differing', p.differing) end as " \
                       "proof, "                                                                   \
                       "  k.keys > 0 and s.heard > now() - " LINK_LOST " as connected, "           \
                       "  case when k.keys = 0 then 'no_key' "                                     \
                       "    when s.streams = 0 or s.last_heard is null then 'never' "              \
                       "    when s.heard > now() - " LINK_LOST " then "                            \
                       "      case when s.said > now() - make_interval(secs => a.quiet_after_s) "  \
                       "then 'live' "                                                              \
                       "else 'quiet' end "                                                         \
                       "    when s.live = 0 then 'backfill' else 'cut_off' end as state "          \
                       "from agency.agency a left join lateral (select count(*) as streams, "      \
                       "  count(*) filter (where x.mode = 'live') as live, max(x.heard_at) as "    \
                       "last_heard, "                                                              \
                       "  max(x.heard_at) filter (where x.mode <> 'backfill') as heard, "          \
                       "  max(x.said_at) filter (where x.mode <> 'backfill') as said "             \
                       "  from agency.stream x where x.agency_id = a.agency_id) s on true "        \
                       "left join agency.completeness p using (agency_id) "                        \
                       "cross join lateral (select count(*) as keys from agency.feed_key f "       \
                       "  where f.agency_id = a.agency_id and f.revoked_at is null) k "            \
                       "where a.agency_id <> 0 and (exists (select 1 from district.incident i "    \
                       "    where i.district_id = $1::int and i.agency_id = a.agency_id) "         \
                       "  or (s.live > 0 and s.heard > now() - interval '1 day' and not exists "   \
                       "(select 1 from district.incident i where i.agency_id = a.agency_id))))"

#define OPEN_CALLS SQL_SEEN " i where " SQL_LISTED " and i.status = 'open'"

#define NOT_YET_ACKNOWLEDGED \
    "(select count(*) > 0 and count(al.acknowledged_at) = 0 from " SQL_ALERTS ")"

/* What waits for somebody first, then what presses most: a weapon that somebody has still goes
 * before a standby that alerts nobody. */
#define URGENCY                                                         \
    NOT_YET_ACKNOWLEDGED                                                \
    " desc, coalesce((select c.rank from code.class c where c.class = " \
    "i.class), 999), i.priority desc nulls last, i.opened_at, i.agency_id, i.incident_no"

#define TODAY "date_trunc('day', now() at time zone d.zone)"

#define LOCAL_TIME(t)                                                                      \
    "to_char((" t ") at time zone d.zone, case when (" t ") at time zone d.zone >= " TODAY \
    " then 'HH24:MI' else 'FMDy, FMMon FMDD, HH24:MI' end)"

#define CALLS_TODAY                                                                          \
    "select i.school_id, count(*) as n from district.district d "                            \
    "join " SQL_SEEN " i using (district_id) where " SQL_LISTED " and i.opened_at >= " TODAY \
    " at time zone d.zone "                                                                  \
    "and i.opened_at < (" TODAY " + interval '1 day') at time zone d.zone group by i.school_id"

const struct db_statement now_statements[] = {
    /* $3 the sentence */
    {"now_page",
     "select json_build_object('as_of', " SQL_TIME(
         "now()") ", 'sentence', $3::text, "
                  "'agencies', (select coalesce(json_agg(json_build_object('slug', slug, 'name', "
                  "name, "
                  "  'last_heard_at', " SQL_TIME(
                      "last_heard") ", 'connected', coalesce(connected, false), "
                                    "  'state', state, 'proof', proof) order by name, slug), '[]') "
                                    "from " AGENCIES " g), "
                                    "'schools', (select coalesce(json_agg(json_build_object('id', "
                                    "n.school_id, 'name', n.name, "
                                    "  'level', n.level, 'latitude', n.latitude, 'longitude', "
                                    "n.longitude, "
                                    "  'radius_m', n.radius_m, 'open', coalesce(o.n, 0), 'today', "
                                    "coalesce(t.n, 0), "
                                    "  'last_call_at', " SQL_TIME(
                                        "l.at") ") order by n.name, n.school_id), '[]') "
                                                "  from district.school n "
                                                "  left join (select i.school_id, count(*) as n "
                                                "from " OPEN_CALLS " group by i.school_id) o "
                                                "    using (school_id) "
                                                "  left join (" CALLS_TODAY ") t using (school_id) "
                                                "  left join lateral (select i.opened_at as at "
                                                "from " SQL_SEEN " i where "
                                                "    i.school_id = n.school_id and " SQL_LISTED
                                                " order by i.opened_at desc limit 1) l "
                                                "    on true "
                                                "  where n.district_id = $1::int and n.active "
                                                "  and ($2::int[] is null or n.school_id = "
                                                "any($2::int[]))), "
                                                "'open', (with p as (select i.district_id, "
                                                "i.agency_id, i.incident_no, "
                                                "    row_number() over (order by " URGENCY
                                                ") as at from " OPEN_CALLS ") "
                                                "  select coalesce(json_agg(" SQL_CALL
                                                " order by p.at), '[]') from p "
                                                "  join " SQL_SEEN " i using (district_id, "
                                                "agency_id, incident_no) "
                                                "  join agency.agency a using (agency_id) where "
                                                "p.at <= 500), "
                                                "'recent', (with p as (select i.district_id, "
                                                "i.agency_id, i.incident_no "
                                                "    from " SQL_SEEN " i where " SQL_LISTED
                                                "    and i.status <> 'open' and i.opened_at > "
                                                "now() - interval '24 hours' "
                                                "    order by i.opened_at desc limit 200) "
                                                "  select coalesce(json_agg(" SQL_CALL
                                                " order by i.opened_at desc, a.slug, "
                                                "i.incident_no), "
                                                "  '[]') from p join " SQL_SEEN " i using "
                                                "(district_id, agency_id, incident_no) "
                                                "  join agency.agency a using (agency_id)))"},
    {"now_facts",
     "select s.n, s.name, o.n, o.schools, lead.what, lead.school, lead.under_way, lead.on_scene, "
     "lead.acknowledged_by, lead.alerted, " LOCAL_TIME("q.at") ", g.n, g.name, " LOCAL_TIME(
         "g.at") ", lead.cleared "
                 "from district.district d "
                 "cross join (select count(*) as n, min(n.name) as name from district.school n "
                 "  where n.district_id = $1::int and n.active "
                 "  and ($2::int[] is null or n.school_id = any($2::int[]))) s "
                 "cross join (select count(*) as n, count(distinct i.school_id) as schools "
                 "from " OPEN_CALLS ") o "
                 "left join lateral (select " SQL_WHAT " as what, "
                 "  (select n.name from district.incident_school s join district.school n "
                 "    using (district_id, school_id) where " SQL_KEY(
                     "s") "    and ($2::int[] is null or s.school_id = any($2::int[])) order by "
                          "s.rank limit 1) "
                          "    as school, "
                          "  (select count(*) from jsonb_array_elements(i.units) u "
                          "    where u ->> 'status' in ('dispatched', 'en_route')) as under_way, "
                          "  (select count(*) from jsonb_array_elements(i.units) u "
                          "    where u ->> 'status' = 'on_scene') as on_scene, "
                          "  (select count(*) from jsonb_array_elements(i.units) u "
                          "    where u ->> 'status' = 'clear') as cleared, "
                          "  (select min(al.acknowledged_by) from " SQL_ALERTS
                          " and al.acknowledged_at is not null) "
                          "    as acknowledged_by, "
                          "  exists (select 1 from " SQL_ALERTS ") as alerted "
                          "  from " OPEN_CALLS " order by " URGENCY " limit 1) lead on true "
                          "cross join (select max(coalesce(i.t_closed, i.t_cleared, i.opened_at)) "
                          "as at "
                          "  from " SQL_SEEN " i where " SQL_LISTED
                          "  and i.opened_at > now() - interval '7 days') q "
                          "cross join (select count(*) as n, min(name) as name, min(heard) as at "
                          "from " AGENCIES " x "
                          "  where state = 'cut_off') g where d.district_id = $1::int"},
};
const size_t now_statement_count = sizeof now_statements / sizeof now_statements[0];

static int number(const PGresult *result, int column)
{
    return PQgetisnull(result, 0, column) ? 0 : atoi(PQgetvalue(result, 0, column));
}

static void facts_cb(struct db_job *job, PGresult *result, void *ctx)
{
    struct exchange *exchange = ctx;
    char text[SENTENCE_SIZE];

    if (PQntuples(result) == 0)
        return; /* no such district: no answer */
    const struct sentence facts = {
        .schools = number(result, 0),
        .school = PQgetvalue(result, 0, 1),
        .open = number(result, 2),
        .open_schools = number(result, 3),
        .what = PQgetvalue(result, 0, 4),
        .where = PQgetvalue(result, 0, 5),
        .under_way = number(result, 6),
        .on_scene = number(result, 7),
        .acknowledged_by = PQgetvalue(result, 0, 8),
        .alerted = PQgetvalue(result, 0, 9)[0] == 't',
        .since = PQgetvalue(result, 0, 10),
        .silent = number(result, 11),
        .silent_agency = PQgetvalue(result, 0, 12),
        .silent_since = PQgetvalue(result, 0, 13),
        .cleared = number(result, 14),
    };
    sentence_make(&facts, text);
    db_exec_text(job, "now_page", exchange_row_cb, exchange, 3, exchange->person.district,
                 person_scope(&exchange->person), text);
}

void now_steps(struct exchange *exchange, struct db_job *job)
{
    db_exec_text(job, "now_facts", facts_cb, exchange, 2, exchange->person.district,
                 person_scope(&exchange->person));
}
