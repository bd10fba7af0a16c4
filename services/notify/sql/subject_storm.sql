-- name: storm_claim
-- Storms that are to be counted, schools whose held alerts are in no storm yet, and alerts of
-- storms that are to be looked at; of each up to $1. $2: steady time in microseconds.
with due as (
 select district_id, school_id, sealed, digest from notify.storm
  where look_at <= to_timestamp($2::bigint / 1e6) order by look_at limit $1::int),
begins as (
 select distinct l.district_id, l.school_id, l.sealed, l.digest
   from notify.loose() l join district.district d using (district_id)
  where (l.digest or d.storm_every_s > 0)
    and not exists (select from notify.storm t
     where (t.district_id, t.school_id, t.sealed, t.digest)
         = (l.district_id, l.school_id, l.sealed, l.digest)
       and t.look_at is not null) limit $1::int),
looked as (
 select a.district_id, a.alert_id, t.school_id, t.sealed, t.digest, t.storm_id
   from notify.alert a join notify.storm t using (district_id, storm_id)
  where a.look_at <= to_timestamp($2::bigint / 1e6) and a.subject_kind = 'storm'
  order by a.look_at limit $1::int),
work as (
 select district_id, school_id, sealed, digest, null::bigint as storm_id from due
 union select district_id, school_id, sealed, digest, null from begins
 union select district_id, school_id, sealed, digest, storm_id from looked)
select count(*) as rows, null::bigint as first,
 (select min(district_id) from looked) as district_id,
 (select min(alert_id) from looked) as alert_id,
 jsonb_agg(jsonb_build_object('district_id', district_id, 'school_id', school_id, 'sealed', sealed,
   'digest', digest, 'storm_id', storm_id, 'replay', false, 'now_us', $2::bigint)) as keys
from work;

-- name: storm_count
select notify.count_storms($1::jsonb);

-- name: storm_alerts
update notify.alert a set look_at = null from (
 select a.district_id, a.alert_id
   from notify.storms_of($1::jsonb) k join notify.alert a using (district_id, storm_id)
  where a.subject_kind = 'storm' order by a.district_id, a.alert_id for no key update of a) l
where (a.district_id, a.alert_id) = (l.district_id, l.alert_id);

-- name: storm_waiting
-- As outbox_waiting.
select count(*) from (
 select from notify.storms_of($1::jsonb) k join notify.alert a using (district_id, storm_id)
  join notify.delivery d using (district_id, alert_id)
  where a.subject_kind = 'storm' and d.state = 'queued'
  order by d.district_id, d.delivery_id for update of d) l;

-- name: storm_contacts
-- As outbox_contacts, of the schools of storms.
with s as (
 select distinct t.district_id, t.school_id
   from notify.storms_of($1::jsonb) k join notify.storm t using (district_id, storm_id))
select c.*, notify.quiet_windows(c.quiet_from, c.quiet_to, d.zone, now()) as quiet
from s join district.district d using (district_id)
 cross join lateral notify.contacts_of(s.district_id, s.school_id) c
order by c.district_id, c.school_id, c.step, c.contact_id;

-- name: storm_tellings
-- As outbox_tellings, of the alerts of storms.
select t.*
from notify.storms_of($1::jsonb) k
 join notify.alert a on (a.district_id, a.storm_id) = (k.district_id, k.storm_id)
   and a.subject_kind = 'storm'
 cross join lateral notify.tellings_of(a.district_id, a.alert_id) t
order by t.district_id, t.alert_id, t.contact_id, t.channel;

-- name: storm_state
-- A row for each storm, but for digests whose time has not come. calls: as counted last; called:
-- what rules look at, of each different call, as JSON.
select t.district_id, t.school_id, jsonb_build_object('storm_id', t.storm_id) as subject,
 t.sealed, t.digest, t.calls, t.look_at is null as over,
 a.alert_id, false as held, a.mode as alert_mode, a.state = 'closed' as alert_closed, a.round,
 a.severity, (extract(epoch from a.asked_at) * 1000000)::bigint as asked_us,
 a.acknowledged_at is not null as acknowledged, h.acted_by, h.handed, h.lost, h.lost_us,
 coalesce((select jsonb_agg(distinct jsonb_build_object('class', f.class, 'type', f.type_code,
     'disposition', f.ended_as, 'sensitivity', f.sensitivity, 'relation', f.relation,
     'distance_m', f.distance_m, 'weekday', f.weekday, 'priority', f.priority,
     'in_school_hours', f.in_school_hours,
     'age_s', greatest(0, extract(epoch from c.held_at - f.opened_at))::bigint))
   from notify.storm_calls(t.district_id, t.storm_id) c
    cross join lateral notify.call_facts(t.district_id, c.agency_id, c.incident_no,
      c.school_id) f),
   '[]') as called
from notify.storms_of($1::jsonb) k join notify.storm t using (district_id, storm_id)
 left join notify.alert a on (a.district_id, a.storm_id) = (t.district_id, t.storm_id)
   and a.subject_kind = 'storm'
 left join lateral notify.held(a.district_id, a.alert_id) h on a.alert_id is not null
where not (t.digest and t.look_at is not null)
order by t.district_id, t.storm_id;

-- name: storm_open
-- As call_open. No budget holds a summary.
select $1::int as district_id, o as alert_id, false as held, false as first_held
from notify.open_storm($1::int, ($2::jsonb ->> 'storm_id')::bigint, $3::int, $4, $5::int, $6::int,
  $7::jsonb, $8, to_timestamp($9::bigint / 1e6), $10) o
where $10::text <> 'held';

-- name: storm_aside
-- As outbox_aside, of an alert: $1 is 0.
update notify.alert set look_at = to_timestamp($4::bigint / 1e6) + interval '1 hour'
where district_id = $2::int and alert_id = $3::bigint and $1::bigint = 0;

-- name: storm_due
-- What the claimed deliveries $1 about storms say: as call_due. calls: those that the contact may
-- be told of now; by_class: [class, number] of them, most first, class "" if it is not told. Nobody
-- is told who has a storm, but to whom it is handed is asked.
select c.*,
 case when c.opted_out then 'opted_out'
      when v.says is null then coalesce(v.why, 'contact_inactive') else '' end as withheld,
 t.sealed, t.digest, t.look_at is null as over, coalesce(m.calls, 0) as calls,
 coalesce(m.by_class, '[]') as by_class, extract(epoch from t.began_at)::bigint as opened,
 0 as late_s, 0 as closed_at, s.name as school,
 coalesce(h.acted_by = c.person_id, false) as own, false as acted,
 coalesce((h.handed -> c.contact_id::text ->> 'number')::bigint, 0) as handed,
 c.step > 1 and exists (select from notify.delivery e
   where (e.district_id, e.alert_id) = (c.district_id, c.alert_id) and e.step < c.step
     and e.kind = 'first' and e.state in ('sending', 'sent', 'delivered', 'unknown')) as told_before
from notify.due($1::jsonb, $2::bigint) c join notify.alert a using (district_id, alert_id)
 join notify.storm t using (district_id, storm_id)
 join district.school s on (s.district_id, s.school_id) = (a.district_id, a.school_id)
 cross join lateral notify.storm_sight(c.district_id, c.contact_id, t.storm_id) v
 cross join lateral notify.held(a.district_id, a.alert_id) h
 left join lateral (
   select sum(n)::int as calls, jsonb_agg(jsonb_build_array(class, n) order by n desc, class)
     as by_class
   from (select coalesce(w.class, '') as class, count(*) as n
     from notify.storm_told(c.district_id, c.contact_id, t.storm_id) w group by 1) g) m on true
order by c.turn;
