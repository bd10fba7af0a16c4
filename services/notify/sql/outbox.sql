-- name: session_setup
-- Of the session: joins as they are written, planned once. The planner would take longer over the
-- two large statements than the server over running them.
select set_config('plan_cache_mode', 'force_generic_plan', false),
 set_config('join_collapse_limit', '1', false);

-- name: outbox_claim
-- Takes up to $1 rows out of the outbox; they are gone only if the transaction commits.
with gone as (
 delete from district.outbox where outbox_id in (
  select outbox_id from district.outbox where lease_until is null or lease_until < now()
   order by outbox_id limit $1::int for update skip locked)
 returning outbox_id, district_id, agency_id, incident_no, mode)
select (select count(*) from gone) as rows, (select min(outbox_id) from gone) as first,
 jsonb_agg(k) as keys from (
 select district_id, agency_id, incident_no, bool_and(mode = 'replay') as replay
   from gone group by 1, 2, 3) k;

-- name: outbox_lock
-- One incident at a time: whoever reads its state next reads what we wrote.
select pg_advisory_xact_lock(h) from (select distinct hashtextextended(
  'notify/' || district_id || '/' || agency_id || '/' || incident_no, 0) as h
  from jsonb_to_recordset($1::jsonb)
    as k(district_id int, agency_id int, incident_no text, replay boolean)
  order by h) l;

-- name: outbox_rules
select r.district_id, r.rule_id, to_json(r.schools) as schools, to_json(r.classes) as classes,
 r.min_priority, r.hours, 'email' = any(r.channels) as email, 'sms' = any(r.channels) as sms,
 r.sealed, r.escalate_s, r.max_age_s
from notify.rule r where r.active
  and r.district_id in (select district_id from jsonb_to_recordset($1::jsonb)
    as k(district_id int, agency_id int, incident_no text, replay boolean))
order by r.district_id, r.rule_id;

-- name: outbox_contacts
with s as (
 select district_id, i.school_id from jsonb_to_recordset($1::jsonb)
    as k(district_id int, agency_id int, incident_no text, replay boolean)
 join district.incident_school i using (district_id, agency_id, incident_no)
 union
 select district_id, a.school_id from jsonb_to_recordset($1::jsonb)
    as k(district_id int, agency_id int, incident_no text, replay boolean)
 join notify.alert a using (district_id, agency_id, incident_no))
select s.district_id, s.school_id, c.contact_id, c.wave, c.sealed,
 coalesce(c.email, '') <> '' as email, coalesce(c.phone, '') <> '' as sms
from s join district.contact c using (district_id)
where c.active and (exists (select from district.contact_school l
  where (l.district_id, l.contact_id, l.school_id) = (c.district_id, c.contact_id, s.school_id))
 or not exists (select from district.contact_school l
  where (l.district_id, l.contact_id) = (c.district_id, c.contact_id)))
order by s.district_id, s.school_id, c.wave, c.contact_id;

-- name: outbox_state
-- One row for each school that the incident concerns, or was said to concern. The batch's own
-- schools are read once, by the incident: the school's whole history is never a way in.
with i as materialized (
 select k.*, i.school_id, i.relation, i.rank
   from jsonb_to_recordset($1::jsonb)
    as k(district_id int, agency_id int, incident_no text, replay boolean)
 join district.incident_school i using (district_id, agency_id, incident_no)
 where i.relation <> 'elsewhere'),
s as (
 select * from i
 union all
 select k.*, a.school_id, null, null from jsonb_to_recordset($1::jsonb)
    as k(district_id int, agency_id int, incident_no text, replay boolean)
 join notify.alert a using (district_id, agency_id, incident_no)
 where not exists (select from i where
  (i.district_id, i.agency_id, i.incident_no, i.school_id)
   = (a.district_id, a.agency_id, a.incident_no, a.school_id)))
select s.district_id, s.agency_id, s.incident_no, s.school_id, s.replay,
 coalesce(s.relation, '') as relation, i.mode, i.status, i.class, i.sensitivity,
 coalesce(i.type_code, '') as type_code, coalesce(i.priority, -1) as priority,
 i.entered_in_error, i.merged_into is not null as merged,
 extract(epoch from i.opened_at)::bigint as opened,
 coalesce(extract(epoch from i.t_closed)::bigint, 0) as closed_at,
 greatest(0, extract(epoch from now() - i.opened_at))::bigint as age_s,
 md5(coalesce(i.address, '') || '/' || coalesce(i.place_name, '')) as place,
 extract(isodow from t.local) < 6 and t.local::time >= d.hours_start
  and t.local::time < d.hours_end as in_school_hours,
 u.units, u.unit_state,
 a.alert_id, coalesce(a.state = 'held', false) as held, a.mode as alert_mode, a.said,
 a.acknowledged_at is not null as acknowledged
from s join district.incident i using (district_id, agency_id, incident_no)
 join district.district d using (district_id)
 cross join lateral (select i.opened_at at time zone d.zone as local) t
 cross join lateral (select count(*) as units,
   case when bool_or(e ->> 'status' = 'on_scene') then 'on_scene'
        when bool_or(e ->> 'status' = 'en_route') then 'en_route'
        when bool_or(e ->> 'status' = 'dispatched') then 'dispatched'
        when bool_and(e ->> 'status' = 'clear') then 'clear' else '' end as unit_state
   from jsonb_array_elements(case when jsonb_typeof(i.units) = 'array' then i.units
                                  else '[]' end) e) u
 left join notify.alert a on (a.district_id, a.agency_id, a.incident_no, a.school_id)
   = (s.district_id, s.agency_id, s.incident_no, s.school_id)
order by s.district_id, s.agency_id, s.incident_no, s.rank nulls last, s.school_id;

-- name: outbox_budgets
select notify.lock_budgets($1::jsonb);

-- name: alert_open
-- An alert and its deliveries, or one that is held back (r_budget.sql).
select district_id, alert_id, held, first_held from notify.open_alert($1::int, $2::int, $3,
 $4::int, $5::int, $6, $7, $8::jsonb, $9::jsonb, $10);

-- name: alert_widen
-- More people hear of an alert that is there.
insert into notify.delivery (district_id, alert_id, contact_id, channel, kind, wave, next_at,
  message_id, content)
select $1::int, $2::bigint, t.contact_id, t.channel, 'first', t.wave,
  now() + t.delay_s * interval '1 s', gen_random_uuid() || '@' || $5::text, $4::jsonb
from jsonb_to_recordset($3::jsonb) as t(contact_id int, channel text, wave int, delay_s int)
where not exists (select from notify.delivery d where d.district_id = $1::int
  and d.alert_id = $2::bigint and d.kind = 'first' and d.contact_id = t.contact_id
  and d.channel = t.channel);

-- name: delivery_refresh
-- What has not been tried yet says the state of now ($3); a first message begins its thread with
-- it, and a message to follow becomes kind $4.
update notify.delivery set content = content || jsonb_build_object('now', $3::jsonb -> 'now')
  || case when kind = 'first' then jsonb_build_object('first', $3::jsonb -> 'now')
     else '{}' end,
  kind = case when kind = 'first' or $4::text = '' then kind else $4::text end
where district_id = $1::int and alert_id = $2::bigint and state = 'queued' and attempts = 0;

-- name: delivery_withdraw
-- Ends what need not be said any more, for reason $4: first messages not yet tried, from wave $3
-- on.
update notify.delivery set state = 'cancelled', reason = $4
where district_id = $1::int and alert_id = $2::bigint and kind = 'first'
  and wave >= $3::int and state = 'queued' and attempts = 0;

-- name: delivery_follow
-- To those who got the first message, by channels $6; $7: only those named for sealed calls. Each
-- one's thread keeps the subject that it began with.
insert into notify.delivery (district_id, alert_id, contact_id, channel, kind, wave,
  message_id, content)
select f.district_id, f.alert_id, f.contact_id, f.channel, $3, f.wave,
  gen_random_uuid() || '@' || $4::text,
  $5::jsonb || jsonb_build_object('first', coalesce(f.content, $5::jsonb) -> 'first')
from notify.delivery f join district.contact c using (district_id, contact_id)
where f.district_id = $1::int and f.alert_id = $2::bigint and f.kind = 'first'
  and f.channel = any($6::text[]) and c.active and (not $7::boolean or c.sealed)
  and (f.state in ('sending', 'sent', 'delivered', 'unknown')
       or (f.state = 'queued' and f.attempts > 0))
  and not exists (select from notify.delivery q where q.district_id = f.district_id
    and q.alert_id = f.alert_id and q.contact_id = f.contact_id and q.channel = f.channel
    and q.kind <> 'first' and q.state = 'queued' and q.attempts = 0);

-- name: alert_said
update notify.alert set said = $3, state = $4
where district_id = $1::int and alert_id = $2::bigint;

-- name: outbox_aside
-- A row that PostgreSQL will not take waits an hour, so that the others go on.
update district.outbox set lease_until = now() + interval '1 hour'
 where outbox_id = $1::bigint;
