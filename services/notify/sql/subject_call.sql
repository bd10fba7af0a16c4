-- name: outbox_claim
-- Takes up to $1 rows out of intake's outbox; they are gone only if the transaction commits.
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

-- name: outbox_budgets
select notify.lock_budgets($1::jsonb);

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
from s join people.contact c using (district_id)
where c.active and (c.scope = 'district' or exists (select from people.covered l
  where (l.role_id, l.school_id) = (c.contact_id, s.school_id)))
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
select s.district_id, s.school_id, s.replay, jsonb_build_object('agency_id', s.agency_id,
  'incident_no', s.incident_no, 'school_id', s.school_id) as subject,
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

-- name: call_open
-- An alert and its deliveries, or one that is held back (r_budget.sql).
select district_id, alert_id, held, first_held from notify.open_alert($1::int,
  ($2::jsonb ->> 'agency_id')::int, $2::jsonb ->> 'incident_no', ($2::jsonb ->> 'school_id')::int,
  $3::int, $4, $5, $6::jsonb, $7::jsonb, $8);

-- name: outbox_aside
-- A row that PostgreSQL will not take waits an hour, so that the others go on.
update district.outbox set lease_until = now() + interval '1 hour'
 where outbox_id = $1::bigint;

-- name: call_due
-- What the claimed deliveries $1 about calls say. By what is so now: why one is withheld from its
-- contact, and whether it is outdated, for the call has left the school and it is no correction.
with c as materialized (
 select d.*, k.was_state, k.turn
   from rows from (jsonb_to_recordset($1::jsonb)
     as (district_id int, delivery_id bigint, was_state text)) with ordinality
     as k(district_id, delivery_id, was_state, turn)
 join notify.delivery d using (district_id, delivery_id))
select a.subject_kind, c.district_id, c.delivery_id, c.alert_id, c.contact_id, c.channel, c.kind,
 c.wave, c.attempts, c.message_id, c.content, c.was_state,
 coalesce(c.reason, '') as reason,
 extract(epoch from c.created_at)::bigint as created_at,
 extract(epoch from now())::bigint - (c.content ->> 'due')::bigint as age_s,
 a.mode, a.state as alert_state, a.acknowledged_at is not null as acknowledged,
 coalesce(p.email, '') as email, coalesce(p.phone, '') as phone,
 encode(notify.addressee(p.name, case c.channel when 'email' then p.email else p.phone end), 'hex')
   as addressee,
 case when v.says is null then coalesce(v.why, 'contact_inactive')
      when c.channel = 'sms' and notify.opted_out(c.district_id, p.phone) then 'opted_out'
      else '' end as withheld,
 coalesce(v.says = 'former' and c.kind <> 'correction', false) as outdated,
 i.sensitivity, i.incident_no, s.name as school, d.name as district, g.name as agency,
 case when v.says = 'all' then coalesce(i.address, '') else '' end as address,
 case when v.says = 'all' then coalesce(i.place_name, '') else '' end as place_name,
 coalesce(l.method, '') as method, coalesce(l.distance_m, -1)::int as distance_m,
 coalesce(cl.name, '') as class_name, coalesce(ty.name, '') as type_name,
 coalesce(di.name, '') as disposition,
 to_char(t.opened, 'HH24:MI') as opened_time,
 case when t.opened::date = t.made::date then ''
   else to_char(t.opened, 'Dy FMDD Mon') end as opened_day,
 to_char(t.opened, 'FMDay FMDD FMMonth YYYY') as opened_date,
 case when t.closed is null then '' else to_char(t.closed, 'HH24:MI') end as closed_time,
 coalesce(o.names, '') as others,
 exists (select from notify.delivery f where f.district_id = c.district_id
   and f.alert_id = c.alert_id and f.contact_id = c.contact_id and f.channel = c.channel
   and f.kind = 'first' and f.state in ('sent', 'delivered', 'unknown')) as got_first
from c join notify.alert a using (district_id, alert_id)
 join district.district d using (district_id)
 join people.contact p using (district_id, contact_id)
 join district.school s on (s.district_id, s.school_id) = (a.district_id, a.school_id)
 join district.incident i on (i.district_id, i.agency_id, i.incident_no)
   = (a.district_id, a.agency_id, a.incident_no)
 cross join lateral notify.sight(c.district_id, c.contact_id, a.school_id, a.agency_id,
   a.incident_no) v
 join agency.agency g on g.agency_id = a.agency_id
 left join district.incident_school l on (l.district_id, l.agency_id, l.incident_no, l.school_id)
   = (a.district_id, a.agency_id, a.incident_no, a.school_id)
 left join code.class cl on cl.class = c.content -> 'now' ->> 'class'
 left join code.type ty on ty.code = c.content -> 'now' ->> 'type'
 left join code.disposition di on di.code = i.disposition_code
 cross join lateral (select
   to_timestamp((c.content ->> 'opened')::bigint) at time zone d.zone as opened,
   c.created_at at time zone d.zone as made,
   to_timestamp(nullif((c.content -> 'now' ->> 'closed_at')::bigint, 0)) at time zone d.zone
     as closed) t
 left join lateral (select string_agg(n, ', ') as names from (
   select distinct x.name || ' (' || replace(x.role, '_', ' ') || ')' as n
     from notify.delivery y join people.contact x using (district_id, contact_id)
    where y.district_id = c.district_id and y.alert_id = c.alert_id and y.kind = 'first'
      and y.contact_id <> c.contact_id and y.wave <= c.wave
      and y.state in ('queued', 'sending', 'sent', 'delivered', 'unknown')
    order by n limit 12) z) o on true
order by c.turn;
