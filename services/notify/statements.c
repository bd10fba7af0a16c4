#include "statements.h"

#include "counters.h"

/* The keys of a batch, $1: [{"district_id", "agency_id", "incident_no", "replay"}]. */
#define KEYS                         \
    "jsonb_to_recordset($1::jsonb) " \
    "as k(district_id int, agency_id int, incident_no text, replay boolean) "

const struct db_statement notify_statements[] = {
    /* Of the session: joins as they are written, planned once. The planner would take longer over
     * the two large statements than the server over running them. */
    {"session_setup", "select set_config('plan_cache_mode', 'force_generic_plan', false),"
                      " set_config('join_collapse_limit', '1', false)"},
    /* Takes up to $1 rows out of the outbox; they are gone only if the transaction commits. */
    {"outbox_claim",
     "with gone as ("
     " delete from district.outbox where outbox_id in ("
     "  select outbox_id from district.outbox where lease_until is null or lease_until < now()"
     "   order by outbox_id limit $1::int for update skip locked)"
     " returning outbox_id, district_id, agency_id, incident_no, mode) "
     "select (select count(*) from gone) as rows, (select min(outbox_id) from gone) as first,"
     " jsonb_agg(k) as keys from ("
     " select district_id, agency_id, incident_no, bool_and(mode = 'replay') as replay"
     "   from gone group by 1, 2, 3) k"},
    /* One incident at a time: whoever reads its state next reads what we wrote. */
    {"outbox_lock",
     "select pg_advisory_xact_lock(h) from (select distinct hashtextextended("
     "'notify/' || district_id || '/' || agency_id || '/' || incident_no, 0) as h from " KEYS
     "order by h) l"},
    {"outbox_rules",
     "select r.district_id, r.rule_id, to_json(r.schools) as schools, to_json(r.classes) as "
     "classes,"
     " r.min_priority, r.hours, 'email' = any(r.channels) as email, 'sms' = any(r.channels) as sms,"
     " r.sealed, r.escalate_s, r.max_age_s "
     "from notify.rule r where r.active and r.district_id in (select district_id from " KEYS ") "
     "order by r.district_id, r.rule_id"},
    {"outbox_contacts",
     "with s as ("
     " select district_id, i.school_id from " KEYS
     " join district.incident_school i using (district_id, agency_id, incident_no)"
     " union"
     " select district_id, a.school_id from " KEYS
     " join notify.alert a using (district_id, agency_id, incident_no)) "
     "select s.district_id, s.school_id, c.contact_id, c.wave, c.sealed,"
     " coalesce(c.email, '') <> '' as email, coalesce(c.phone, '') <> '' as sms "
     "from s join district.contact c using (district_id) "
     "where c.active and (exists (select from district.contact_school l"
     "  where (l.district_id, l.contact_id, l.school_id) = (c.district_id, c.contact_id, "
     "s.school_id))"
     " or not exists (select from district.contact_school l"
     "  where (l.district_id, l.contact_id) = (c.district_id, c.contact_id))) "
     "order by s.district_id, s.school_id, c.wave, c.contact_id"},
    /* One row for each school that the incident concerns, or was said to concern. The batch's own
     * schools are read once, by the incident: the school's whole history is never a way in. */
    {"outbox_state",
     "with i as materialized ("
     " select k.*, i.school_id, i.relation, i.rank from " KEYS
     " join district.incident_school i using (district_id, agency_id, incident_no)"
     " where i.relation <> 'elsewhere'), "
     "s as (select * from i"
     " union all"
     " select k.*, a.school_id, null, null from " KEYS
     " join notify.alert a using (district_id, agency_id, incident_no)"
     " where not exists (select from i where"
     "  (i.district_id, i.agency_id, i.incident_no, i.school_id)"
     "   = (a.district_id, a.agency_id, a.incident_no, a.school_id))) "
     "select s.district_id, s.agency_id, s.incident_no, s.school_id, s.replay,"
     " coalesce(s.relation, '') as relation, i.mode, i.status, i.class, i.sensitivity,"
     " coalesce(i.type_code, '') as type_code, coalesce(i.priority, -1) as priority,"
     " i.entered_in_error, i.merged_into is not null as merged,"
     " extract(epoch from i.opened_at)::bigint as opened,"
     " coalesce(extract(epoch from i.t_closed)::bigint, 0) as closed_at,"
     " greatest(0, extract(epoch from now() - i.opened_at))::bigint as age_s,"
     " md5(coalesce(i.address, '') || '/' || coalesce(i.place_name, '')) as place,"
     " extract(isodow from t.local) < 6 and t.local::time >= d.hours_start"
     "  and t.local::time < d.hours_end as in_school_hours,"
     " u.units, u.unit_state,"
     " a.alert_id, coalesce(a.state = 'held', false) as held, a.mode as alert_mode, a.said, "
     "a.acknowledged_at is not null as acknowledged "
     "from s join district.incident i using (district_id, agency_id, incident_no)"
     " join district.district d using (district_id)"
     " cross join lateral (select i.opened_at at time zone d.zone as local) t"
     " cross join lateral (select count(*) as units,"
     "   case when bool_or(e ->> 'status' = 'on_scene') then 'on_scene'"
     "        when bool_or(e ->> 'status' = 'en_route') then 'en_route'"
     "        when bool_or(e ->> 'status' = 'dispatched') then 'dispatched'"
     "        when bool_and(e ->> 'status' = 'clear') then 'clear' else '' end as unit_state"
     "   from jsonb_array_elements(case when jsonb_typeof(i.units) = 'array' then i.units"
     "                                  else '[]' end) e) u"
     " left join notify.alert a on (a.district_id, a.agency_id, a.incident_no, a.school_id)"
     "   = (s.district_id, s.agency_id, s.incident_no, s.school_id) "
     "order by s.district_id, s.agency_id, s.incident_no, s.rank nulls last, s.school_id"},
    {"outbox_budgets", "select notify.lock_budgets($1::jsonb)"},
    /* An alert and its deliveries, or one that is held back (r_budget.sql). */
    {"alert_open",
     "select district_id, alert_id, held, first_held from notify.open_alert($1::int, $2::int, $3,"
     " $4::int, $5::int, $6, $7, $8::jsonb, $9::jsonb, $10)"},
    /* More people hear of an alert that is there. */
    {"alert_widen",
     "insert into notify.delivery (district_id, alert_id, contact_id, channel, kind, wave, next_at,"
     "  message_id, content) "
     "select $1::int, $2::bigint, t.contact_id, t.channel, 'first', t.wave,"
     "  now() + t.delay_s * interval '1 s', gen_random_uuid() || '@' || $5::text, $4::jsonb "
     "from jsonb_to_recordset($3::jsonb) as t(contact_id int, channel text, wave int, delay_s int) "
     "where not exists (select from notify.delivery d where d.district_id = $1::int"
     "  and d.alert_id = $2::bigint and d.kind = 'first' and d.contact_id = t.contact_id"
     "  and d.channel = t.channel)"},
    /* What has not been tried yet says the state of now ($3); a first message begins its thread
     * with it, and a message to follow becomes kind $4. */
    {"delivery_refresh",
     "update notify.delivery set content = content || jsonb_build_object('now', $3::jsonb -> 'now')"
     "  || case when kind = 'first' then jsonb_build_object('first', $3::jsonb -> 'now')"
     "     else '{}' end,"
     "  kind = case when kind = 'first' or $4::text = '' then kind else $4::text end "
     "where district_id = $1::int and alert_id = $2::bigint and state = 'queued' and attempts = 0"},
    /* Ends what need not be said any more: first messages not yet tried, from wave $3 on. */
    {"delivery_withdraw", "update notify.delivery set state = 'cancelled', error = $4 "
                          "where district_id = $1::int and alert_id = $2::bigint and kind = 'first'"
                          "  and wave >= $3::int and state = 'queued' and attempts = 0"},
    /* To those who got the first message, by channels $6; $7: only those named for sealed calls.
     * Each one's thread keeps the subject that it began with. */
    {"delivery_follow",
     "insert into notify.delivery (district_id, alert_id, contact_id, channel, kind, wave,"
     "  message_id, content) "
     "select f.district_id, f.alert_id, f.contact_id, f.channel, $3, f.wave,"
     "  gen_random_uuid() || '@' || $4::text,"
     "  $5::jsonb || jsonb_build_object('first', coalesce(f.content, $5::jsonb) -> 'first') "
     "from notify.delivery f join district.contact c using (district_id, contact_id) "
     "where f.district_id = $1::int and f.alert_id = $2::bigint and f.kind = 'first'"
     "  and f.channel = any($6::text[]) and c.active and (not $7::boolean or c.sealed)"
     "  and (f.state in ('sending', 'sent', 'delivered', 'unknown')"
     "       or (f.state = 'queued' and f.attempts > 0))"
     "  and not exists (select from notify.delivery q where q.district_id = f.district_id"
     "    and q.alert_id = f.alert_id and q.contact_id = f.contact_id and q.channel = f.channel"
     "    and q.kind <> 'first' and q.state = 'queued' and q.attempts = 0)"},
    {"alert_said", "update notify.alert set said = $3, state = $4 "
                   "where district_id = $1::int and alert_id = $2::bigint"},
    /* A row that PostgreSQL will not take waits an hour, so that the others go on. */
    {"outbox_aside", "update district.outbox set lease_until = now() + interval '1 hour'"
                     " where outbox_id = $1::bigint"},

    /* Takes up to $1 due deliveries for $3 seconds in the name of $2, with all that is to be said.
     * A message waits for the one before it to the same person by the same channel. All that waits
     * is read once and numbered by thread: the planner takes the queue for empty until it is told
     * otherwise, and would join it with itself, whose cost is the square of the queue. A few more
     * rows are looked at than wanted, because another process may hold the first ones. */
    {"delivery_claim",
     "with waiting as materialized ("
     " select district_id, delivery_id, alert_id, kind, state, next_at, lease_until,"
     "   row_number() over (partition by district_id, alert_id, contact_id, channel"
     "                      order by delivery_id) as place"
     "   from notify.delivery where state in ('queued', 'sending')), "
     "ahead as materialized ("
     " select w.*, row_number() over (order by a.mode = 'replay', w.kind <> 'first', w.next_at)"
     "     as turn"
     "   from waiting w join notify.alert a using (district_id, alert_id)"
     "  where w.place = 1 and ((w.state = 'queued' and w.next_at <= now())"
     "                      or (w.state = 'sending' and w.lease_until < now()))"
     "  order by turn limit 4 * $1::int), "
     "due as ("
     " select d.district_id, d.delivery_id, d.state as was_state"
     "   from ahead w join notify.delivery d using (district_id, delivery_id)"
     "  where d.state = w.state and d.next_at = w.next_at"
     "    and d.lease_until is not distinct from w.lease_until"
     "  order by w.turn limit $1::int for update of d skip locked), "
     "c as ("
     " update notify.delivery d set state = 'sending', attempts = d.attempts + 1,"
     "   lease_until = now() + $3::int * interval '1 s', leased_by = $2::uuid,"
     "   content = case when d.content ? 'due' then d.content else d.content ||"
     "     jsonb_build_object('due', extract(epoch from d.next_at)::bigint) end"
     "   from due where (d.district_id, d.delivery_id) = (due.district_id, due.delivery_id)"
     " returning d.*, due.was_state) "
     "select c.district_id, c.delivery_id, c.alert_id, c.contact_id, c.channel, c.kind, c.wave,"
     " c.attempts, c.message_id, c.content, c.was_state, coalesce(c.error, '') like 'unknown%' as "
     "was_unknown,"
     " extract(epoch from c.created_at)::bigint as created_at,"
     " extract(epoch from now())::bigint - (c.content ->> 'due')::bigint as age_s,"
     " a.mode, a.state as alert_state, a.acknowledged_at is not null as acknowledged,"
     " coalesce(p.email, '') as email, coalesce(p.phone, '') as phone,"
     " coalesce(v.says, '') as says, coalesce(v.why, '') as why,"
     " i.sensitivity, i.incident_no, s.name as school, d.name as district, g.name as agency,"
     " case when v.says = 'all' then coalesce(i.address, '') else '' end as address,"
     " case when v.says = 'all' then coalesce(i.place_name, '') else '' end as place_name,"
     " coalesce(l.method, '') as method, coalesce(l.distance_m, -1)::int as distance_m,"
     " coalesce(cl.name, '') as class_name, coalesce(ty.name, '') as type_name,"
     " coalesce(di.name, '') as disposition,"
     " to_char(t.opened, 'HH24:MI') as opened_time,"
     " case when t.opened::date = t.made::date then '' else to_char(t.opened, 'Dy FMDD Mon') end "
     "as opened_day,"
     " to_char(t.opened, 'FMDay FMDD FMMonth YYYY') as opened_date,"
     " case when t.closed is null then '' else to_char(t.closed, 'HH24:MI') end as closed_time,"
     " coalesce(o.names, '') as others,"
     " exists (select from notify.delivery f where f.district_id = c.district_id"
     "   and f.alert_id = c.alert_id and f.contact_id = c.contact_id and f.channel = c.channel"
     "   and f.kind = 'first' and f.state in ('sent', 'delivered', 'unknown')) as got_first "
     "from c join notify.alert a using (district_id, alert_id)"
     " join district.district d using (district_id)"
     " join district.contact p using (district_id, contact_id)"
     " join district.school s on (s.district_id, s.school_id) = (a.district_id, a.school_id)"
     " join district.incident i on (i.district_id, i.agency_id, i.incident_no)"
     "   = (a.district_id, a.agency_id, a.incident_no)"
     " cross join lateral notify.sight(c.district_id, c.contact_id, a.school_id, a.agency_id,"
     "   a.incident_no) v"
     " join agency.agency g on g.agency_id = a.agency_id"
     " left join district.incident_school l on (l.district_id, l.agency_id, l.incident_no, "
     "l.school_id)"
     "   = (a.district_id, a.agency_id, a.incident_no, a.school_id)"
     " left join code.class cl on cl.class = c.content -> 'now' ->> 'class'"
     " left join code.type ty on ty.code = c.content -> 'now' ->> 'type'"
     " left join code.disposition di on di.code = i.disposition_code"
     " cross join lateral (select"
     "   to_timestamp((c.content ->> 'opened')::bigint) at time zone d.zone as opened,"
     "   c.created_at at time zone d.zone as made,"
     "   to_timestamp(nullif((c.content -> 'now' ->> 'closed_at')::bigint, 0)) at time zone d.zone"
     "     as closed) t"
     " left join lateral (select string_agg(n, ', ') as names from ("
     "   select distinct x.name || ' (' || replace(x.role, '_', ' ') || ')' as n"
     "     from notify.delivery y join district.contact x using (district_id, contact_id)"
     "    where y.district_id = c.district_id and y.alert_id = c.alert_id and y.kind = 'first'"
     "      and y.contact_id <> c.contact_id and y.wave <= c.wave"
     "      and y.state in ('queued', 'sending', 'sent', 'delivered', 'unknown')"
     "    order by n limit 12) z) o on true"},
    {"token_add",
     "insert into notify.token (token_hash, district_id, alert_id, contact_id, expires_at) "
     "values ($1::bytea, $2::int, $3::bigint, $4::int, now() + interval '7 days')"},
    {"token_expire", "delete from notify.token where expires_at < now()"},
    /* How a try ended. Only the holder of the lease may say so. $7: milliseconds until the next. */
    {"delivery_end",
     "update notify.delivery set state = $4, error = nullif($5, ''),"
     "  provider_id = coalesce(nullif($6, ''), provider_id), lease_until = null, leased_by = null,"
     "  next_at = case when $7::bigint < 0 then next_at else now() + $7::bigint * interval '1 ms' "
     "end,"
     "  sent_at = case when $4 = 'sent' then now() else sent_at end "
     "where district_id = $1::int and delivery_id = $2::bigint and leased_by = $3::uuid"
     "  and state = 'sending' returning alert_id"},
    /* If nobody of the waves so far can be reached, the next one hears now, and the later ones move
     * up with it. */
    {"escalate_sooner",
     "with f as (select wave, state, attempts, next_at from notify.delivery"
     "  where district_id = $1::int and alert_id = $2::bigint and kind = 'first'), "
     "n as (select wave, min(next_at) as at from f where state = 'queued' and attempts = 0"
     "  and next_at > now() group by wave order by wave limit 1) "
     "update notify.delivery d set next_at = d.next_at - (n.at - now()) from n "
     "where d.district_id = $1::int and d.alert_id = $2::bigint and d.kind = 'first'"
     "  and d.state = 'queued' and d.attempts = 0 and d.wave >= n.wave"
     "  and not exists (select from f where f.wave < n.wave and f.state not in ('failed', "
     "'cancelled'))"},
    COUNTERS_STATEMENTS,
};
const size_t notify_statement_count = sizeof notify_statements / sizeof *notify_statements;
