-- name: alarm_claim
-- Takes up to $1 alarms that are to be looked at: those that r_watch_alarm.sql says so of, and
-- those whose alert says so. $2: steady time in microseconds. Where $1 is 1, the alarm or the alert
-- is named.
with gone as (
 update notify.alarm set waits = false where (district_id, alarm_id) in (
  select district_id, alarm_id from notify.alarm where waits order by alarm_id limit $1::int
   for update skip locked)
 returning district_id, alarm_id),
looked as (
 select a.district_id, a.alert_id, a.alarm_id from notify.alert a
  where a.look_at <= to_timestamp($2::bigint / 1e6) and a.subject_kind = 'alarm' order by a.look_at
  limit $1::int - (select count(*) from gone)),
work as (
 select district_id, alarm_id from gone union select district_id, alarm_id from looked)
select (select count(*) from work) as rows, (select min(alarm_id) from gone) as first,
 (select min(district_id) from looked) as district_id,
 (select min(alert_id) from looked) as alert_id,
 jsonb_agg(jsonb_build_object('district_id', district_id, 'alarm_id', alarm_id,
   'subject_kind', 'alarm', 'subject_id', alarm_id::text, 'replay', false)) as keys
from work;

-- name: alarm_contacts
-- Contacts who are marked for alarms. Quiet hours are for calls, and so are webhooks.
select c.district_id, 0 as school_id, c.contact_id, c.person_id, 1 as step, c.sealed,
 coalesce(c.email, '') <> '' as email,
 coalesce(c.phone, '') <> '' and not o.opted_out as sms, false as webhook,
 false as no_more_email, o.opted_out as no_more_sms, false as no_more_webhook, 9 as quiet_priority,
 null as quiet
from people.contact c
 cross join lateral (select notify.opted_out(c.district_id, c.phone) as opted_out) o
where c.alarms and c.active
  and c.district_id in (select district_id
    from jsonb_to_recordset($1::jsonb) as k(district_id int))
order by c.district_id, c.contact_id;

-- name: alarm_tellings
-- What each contact was told of an alarm by each channel. ended_us: steady time of it, or of one
-- that failed since.
select t.district_id, t.alert_id, t.contact_id, t.channel, t.waiting, t.failed, 1 as round, t.said,
 t.unknown, false as repeated, t.delivery_id, greatest(t.ended_us, t.lost_us) as ended_us, t.tried
from jsonb_to_recordset($1::jsonb) as k(district_id int, alarm_id bigint)
 join notify.alert a using (district_id, alarm_id)
 cross join lateral notify.tellings_of(a.district_id, a.alert_id) t
order by t.district_id, t.alert_id, t.contact_id, t.channel;

-- name: alarm_state
-- now: what is so (notify.alarm_found). newer: a finding was raised after the acknowledgement.
-- lost: whoever acknowledged it is no administrator any more.
select a.district_id, jsonb_build_object('alarm_id', a.alarm_id) as subject, al.alert_id,
 a.kind = 'roster' as roster, al.acknowledged_at is not null as acknowledged,
 coalesce(n.raised_at > al.acknowledged_at, false) as newer,
 al.acknowledged_at is not null and h.holders is null as lost,
 n.now
from jsonb_to_recordset($1::jsonb) as k(district_id int, alarm_id bigint)
 join notify.alarm a using (district_id, alarm_id)
 left join notify.alert al using (district_id, alarm_id)
 left join lateral notify.held(al.district_id, al.alert_id) h on al.acknowledged_at is not null
 cross join lateral notify.alarm_found(a.district_id, a.alarm_id) n
order by a.district_id, a.alarm_id;

-- name: alarm_open
-- The alert of an alarm and its deliveries. $4 mode and $5 severity are those of every alarm. $9:
-- steady time in microseconds.
select district_id, alert_id, held, first_held from notify.open_alarm($1::int,
  ($2::jsonb ->> 'alarm_id')::bigint, $6::int, $7::jsonb, $8, to_timestamp($9::bigint / 1e6))
where $3::int = 0 and $4::text = 'live' and $5::int = 0 and $10::text <> 'held';

-- name: alarm_aside
-- Work that PostgreSQL will not take: alarm $1 (0: none) waits until it is looked at next, alert $3
-- of district $2 an hour. $4: steady time in microseconds.
with alert as (
  update notify.alert set look_at = to_timestamp($4::bigint / 1e6) + interval '1 hour'
  where district_id = $2::int and alert_id = $3::bigint)
update notify.alarm set waits = false where alarm_id = $1::bigint;

-- name: alarm_due
-- What the claimed deliveries $1 about alarms say: what is not ok now. planned: what the message
-- was to be. holders, several: who has the alarm (notify.held). $2: steady time in microseconds.
select c.*,
 case when not p.active or not p.alarms then 'contact_inactive'
      when c.opted_out then 'opted_out' else '' end as withheld,
 n.now as now_found, s.shown, h.names as holders, coalesce(h.several, false) as several
from notify.due($1::jsonb, $2::bigint) c
 join notify.alert a using (district_id, alert_id)
 join people.contact p using (district_id, contact_id)
 cross join lateral notify.alarm_found(a.district_id, a.alarm_id) n
 cross join lateral (
   select jsonb_agg(to_jsonb(s) || jsonb_build_object('at', extract(epoch from s.at)::bigint,
       'since', extract(epoch from s.since)::bigint,
       'ended', extract(epoch from s.ended)::bigint)) as shown
   from notify.alarm_shown(a.district_id, a.alarm_id, c.contact_id) s) s
 left join lateral notify.held(a.district_id, a.alert_id) h on c.acknowledged
order by c.turn;
