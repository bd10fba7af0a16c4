-- name: drill_claim
-- Takes up to $1 drills that were started, and those whose alert is to be looked at. $2: steady
-- time in microseconds. Where $1 is 1, the drill or the alert is named.
with gone as (
 update notify.drill set waits = false where (district_id, drill_id) in (
  select district_id, drill_id from notify.drill where waits order by drill_id limit $1::int
   for update skip locked)
 returning district_id, drill_id),
looked as (
 select a.district_id, a.alert_id, a.drill_id from notify.alert a
  where a.look_at <= to_timestamp($2::bigint / 1e6) and a.subject_kind = 'drill' order by a.look_at
  limit $1::int - (select count(*) from gone)),
work as (
 select district_id, drill_id from gone union select district_id, drill_id from looked)
select (select count(*) from work) as rows, (select min(drill_id) from gone) as first,
 (select min(district_id) from looked) as district_id,
 (select min(alert_id) from looked) as alert_id,
 jsonb_agg(jsonb_build_object('district_id', district_id, 'drill_id', drill_id,
   'subject_kind', 'drill', 'subject_id', drill_id::text, 'replay', false)) as keys
from work;

-- name: drill_contacts
-- Whom a drill concerns; school_id is the number of the drill. Channels that it does not use count
-- as none.
select k.district_id, k.drill_id as school_id, c.contact_id, c.person_id, t.step, c.sealed,
 coalesce(c.email, '') <> '' and 'email' = any(r.channels) as email,
 coalesce(c.phone, '') <> '' and not o.opted_out and 'sms' = any(r.channels) as sms,
 false as webhook, false as no_more_email, o.opted_out as no_more_sms, false as no_more_webhook,
 c.quiet_priority,
 case when not r.wakes
   then notify.quiet_windows(c.quiet_from, c.quiet_to, d.zone, now()) end as quiet
from jsonb_to_recordset($1::jsonb) as k(district_id int, drill_id int)
 join notify.drill r using (district_id, drill_id)
 join district.district d using (district_id)
 cross join lateral notify.drilled(k.district_id, k.drill_id) t
 join people.contact c on (c.district_id, c.contact_id) = (k.district_id, t.contact_id)
 cross join lateral (select notify.opted_out(c.district_id, c.phone) as opted_out) o
order by k.district_id, k.drill_id, t.step, c.contact_id;

-- name: drill_tellings
-- Whom the message of a drill waits for.
select a.district_id, a.alert_id, d.contact_id, d.channel, true as waiting, false as failed,
 1 as round, null as said, false as unknown, false as repeated, 0 as delivery_id, 0 as ended_us,
 null as tried
from jsonb_to_recordset($1::jsonb) as k(district_id int, drill_id int)
 join notify.alert a using (district_id, drill_id)
 join notify.delivery d using (district_id, alert_id)
where d.state = 'queued'
order by a.district_id, a.alert_id, d.contact_id, d.channel;

-- name: drill_state
select r.district_id, jsonb_build_object('drill_id', r.drill_id) as subject, a.alert_id, r.drill_id
from jsonb_to_recordset($1::jsonb) as k(district_id int, drill_id int)
 join notify.drill r using (district_id, drill_id)
 left join notify.alert a using (district_id, drill_id)
order by r.district_id, r.drill_id;

-- name: drill_open
-- The alert of a drill and its deliveries. $3 rule, $4 mode, $5 severity and $6 people are those of
-- every drill. $9: steady time in microseconds.
select district_id, alert_id, held, first_held from notify.open_drill($1::int,
  ($2::jsonb ->> 'drill_id')::int, $7::jsonb, $8, to_timestamp($9::bigint / 1e6))
where $3::int = 0 and $4::text = 'live' and $5::int = 0 and $6::int = 1 and $10::text <> 'held';

-- name: drill_aside
-- Work that PostgreSQL will not take: drill $1 (0: none) is not looked at again, alert $3 of
-- district $2 waits an hour. $4: steady time in microseconds.
with alert as (
  update notify.alert set look_at = to_timestamp($4::bigint / 1e6) + interval '1 hour'
  where district_id = $2::int and alert_id = $3::bigint)
update notify.drill set waits = false where drill_id = $1::int;

-- name: drill_due
-- What the claimed deliveries $1 about drills say. $2: steady time in microseconds.
select c.*,
 case when not p.active then 'contact_inactive'
      when c.opted_out then 'opted_out' else '' end as withheld,
 extract(epoch from r.at)::bigint as opened, s.name as school
from notify.due($1::jsonb, $2::bigint) c
 join notify.alert a using (district_id, alert_id)
 join notify.drill r using (district_id, drill_id)
 join people.contact p using (district_id, contact_id)
 join district.school s on (s.district_id, s.school_id) = (r.district_id, r.school_id)
order by c.turn;
