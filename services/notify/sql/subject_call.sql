-- name: outbox_claim
-- Takes up to $1 rows out of intake's outbox, which are gone only if the transaction commits, and
-- alerts whose time has come to be looked at (outbox_alerts), calls that are folded into them, and
-- those whose contacts were told of their agencies. $2: steady time in microseconds. Where $1 is 1,
-- the row or the alert is named. The rows are chosen before the join, which might read them again
-- and take more. A lease is for an hour: one that lasts longer is of before the clock was set back.
with taken as materialized (
 select outbox_id from district.outbox where lease_until is null or lease_until < now()
   or lease_until > now() + interval '61 minutes'
  order by outbox_id limit $1::int for update skip locked),
gone as (
 delete from district.outbox where outbox_id in (select outbox_id from taken)
 returning outbox_id, district_id, agency_id, incident_no, mode),
looked as (
 select a.district_id, a.alert_id, a.agency_id, a.incident_no, a.mode from notify.alert a
  where a.look_at <= to_timestamp($2::bigint / 1e6) and a.subject_kind = 'call' order by a.look_at
  limit $1::int - (select count(*) from gone)),
named as (
 select district_id, agency_id, incident_no from gone
 union select district_id, agency_id, incident_no from looked),
folded as (
 select f.district_id, f.agency_id, f.incident_no, f.mode
   from named w
   cross join lateral (select a.alert_id from notify.alert a
     where (a.district_id, a.agency_id, a.incident_no)
       = (w.district_id, w.agency_id, w.incident_no) offset 0) a
   cross join lateral (select l.* from notify.alert l
     where (l.district_id, l.folded_into) = (w.district_id, a.alert_id) and l.state = 'held'
     offset 0) f),
leads as (
 select l.district_id, l.agency_id, l.incident_no, l.mode
   from named w
   cross join lateral (select a.beside from notify.alert a
     where (a.district_id, a.agency_id, a.incident_no)
       = (w.district_id, w.agency_id, w.incident_no) and a.beside is not null offset 0) a
   cross join lateral (select l.* from notify.alert l
     where (l.district_id, l.alert_id) = (w.district_id, a.beside)
       and l.state in ('open', 'acknowledged') offset 0) l),
work as (
 select district_id, agency_id, incident_no, mode from gone
 union all select district_id, agency_id, incident_no, mode from folded
 union all select district_id, agency_id, incident_no, mode from leads
 union all select district_id, agency_id, incident_no, mode from looked)
select (select count(*) from work) as rows, (select min(outbox_id) from gone) as first,
 (select min(district_id) from looked) as district_id,
 (select min(alert_id) from looked) as alert_id,
 jsonb_agg(k) as keys from (
 select district_id, agency_id, incident_no, bool_and(mode = 'replay') as replay
   from work group by 1, 2, 3) k;

-- name: outbox_lock
-- One incident at a time: whoever reads its state next reads what we wrote.
select pg_advisory_xact_lock(h) from (select distinct hashtextextended(
  'notify/' || district_id || '/' || agency_id || '/' || incident_no, 0) as h
  from jsonb_to_recordset($1::jsonb)
    as k(district_id int, agency_id int, incident_no text, replay boolean)
  order by h) l;

-- name: outbox_budgets
select notify.lock_budgets($1::jsonb);

-- name: outbox_alerts
-- They are looked at now. Acknowledgements and ends of tries come before, or after: all lock the
-- alert first. A claim refers to the alert (its link), and must not wait for this.
update notify.alert a set look_at = null from (
 select a.district_id, a.alert_id from jsonb_to_recordset($1::jsonb)
    as k(district_id int, agency_id int, incident_no text, replay boolean)
 join notify.alert a using (district_id, agency_id, incident_no)
 order by a.district_id, a.alert_id for no key update of a) l
where (a.district_id, a.alert_id) = (l.district_id, l.alert_id);

-- name: outbox_waiting
-- A message that is being claimed is read as what it says, and none is claimed until what should
-- wait is written down.
select count(*) from (
 select from jsonb_to_recordset($1::jsonb)
    as k(district_id int, agency_id int, incident_no text, replay boolean)
 join notify.alert a using (district_id, agency_id, incident_no)
 join notify.delivery d using (district_id, alert_id)
 where d.state = 'queued' order by d.district_id, d.delivery_id for update of d) l;

-- name: outbox_contacts
with s as (
 select district_id, i.school_id from jsonb_to_recordset($1::jsonb)
    as k(district_id int, agency_id int, incident_no text, replay boolean)
 join district.incident_school i using (district_id, agency_id, incident_no)
 union
 select district_id, a.school_id from jsonb_to_recordset($1::jsonb)
    as k(district_id int, agency_id int, incident_no text, replay boolean)
 join notify.alert a using (district_id, agency_id, incident_no))
select c.*, notify.quiet_windows(c.quiet_from, c.quiet_to, d.zone, now()) as quiet
from s join district.district d using (district_id)
 cross join lateral notify.contacts_of(s.district_id, s.school_id) c
order by c.district_id, c.school_id, c.step, c.contact_id;

-- name: outbox_tellings
-- What each contact was told of an alert by each channel.
select t.*
from jsonb_to_recordset($1::jsonb)
    as k(district_id int, agency_id int, incident_no text, replay boolean)
 join notify.alert a using (district_id, agency_id, incident_no)
 cross join lateral notify.tellings_of(a.district_id, a.alert_id) t
order by t.district_id, t.alert_id, t.contact_id, t.channel;

-- name: outbox_state
-- One row for each school that the incident concerns, or was said to concern. The batch's own
-- schools are read once, by the incident: the school's whole history is never a way in.
with i as materialized (
 select k.*, i.school_id, i.rank
   from jsonb_to_recordset($1::jsonb)
    as k(district_id int, agency_id int, incident_no text, replay boolean)
 join district.incident_school i using (district_id, agency_id, incident_no)
 where i.relation <> 'elsewhere'),
s as (
 select * from i
 union all
 select k.*, a.school_id, null from jsonb_to_recordset($1::jsonb)
    as k(district_id int, agency_id int, incident_no text, replay boolean)
 join notify.alert a using (district_id, agency_id, incident_no)
 where not exists (select from i where
  (i.district_id, i.agency_id, i.incident_no, i.school_id)
   = (a.district_id, a.agency_id, a.incident_no, a.school_id)))
select s.district_id, s.school_id, s.replay, jsonb_build_object('agency_id', s.agency_id,
  'incident_no', s.incident_no, 'school_id', s.school_id) as subject,
 f.*, extract(epoch from f.opened_at)::bigint as opened,
 coalesce(extract(epoch from f.t_closed)::bigint, 0) as closed_at,
 greatest(0, extract(epoch from case when a.state <> 'held' then a.created_at
     when a.held_why = 'digest' and a.held_at > now() - interval '1 day' then a.held_at
     else now() end - f.opened_at))::bigint as age_s,
 a.alert_id, coalesce(a.state = 'held', false) as held, a.mode as alert_mode,
 a.state = 'closed' as alert_closed, a.round, a.severity,
 (extract(epoch from a.asked_at) * 1000000)::bigint as asked_us,
 a.acknowledged_at is not null as acknowledged, coalesce(o.named, 0) as folded,
 coalesce(o.named_ids, '') as folded_by, coalesce(o.standing_ids, '') as folded_still,
 coalesce(h.holders, '') as holders, h.acted_by, h.handed, h.lost, h.lost_us
from s
 left join notify.alert a on (a.district_id, a.agency_id, a.incident_no, a.school_id)
   = (s.district_id, s.agency_id, s.incident_no, s.school_id)
 left join lateral notify.agencies_beside(a.district_id, a.alert_id) o on true
 left join lateral notify.held(a.district_id, a.alert_id) h on a.alert_id is not null
 cross join lateral notify.call_facts(s.district_id, s.agency_id, s.incident_no, s.school_id) f
order by s.district_id, s.agency_id, s.incident_no, s.rank nulls last, s.school_id;

-- name: call_open
-- An alert and its deliveries, or one that is held back (r_budget.sql). $9: steady time in
-- microseconds. $10: the state of the alert; held: it waits for the digest.
select district_id, alert_id, held, first_held from notify.open_alert($1::int,
  ($2::jsonb ->> 'agency_id')::int, $2::jsonb ->> 'incident_no', ($2::jsonb ->> 'school_id')::int,
  $3::int, $4, $5::int, $6::int, $7::jsonb, $8, to_timestamp($9::bigint / 1e6),
  $10);

-- name: outbox_aside
-- Work that PostgreSQL will not take waits an hour, so that the rest goes on: outbox row $1 (0:
-- none), or alert $3 of district $2. $4: steady time in microseconds.
with alert as (
  update notify.alert set look_at = to_timestamp($4::bigint / 1e6) + interval '1 hour'
  where district_id = $2::int and alert_id = $3::bigint)
update district.outbox set lease_until = now() + interval '1 hour'
 where outbox_id = $1::bigint;

-- name: call_due
-- What the claimed deliveries $1 about calls say: what is true now, and why it is withheld from the
-- contact, if it is. $2: steady time in microseconds. What is the same for all whom an alert
-- reaches is read once. So is who was told of it, or is being told in the same step, for an alert
-- and step: each person once, of 200 messages at most. A message names twelve others, and counts
-- the rest; others_more is -1 where there may be more than it can count.
with c as materialized (select * from notify.due($1::jsonb, $2::bigint)),
told as materialized (
 select w.*, n.* from (select distinct district_id, alert_id, step from c) w
  cross join lateral (
   select array_agg(p.name order by p.name, p.person_id) as names,
     array_agg(p.person_id order by p.name, p.person_id) as people, max(p.found) = 200 as many
   from (
     select distinct on (x.person_id) x.person_id, x.name || e'\x1f' || x.role as name, y.found
     from (
       select y.*, count(*) over () as found from (
         select y.district_id, y.contact_id from notify.delivery y
         where y.district_id = w.district_id and y.alert_id = w.alert_id and y.kind = 'first'
           and notify.tells(y) and (y.state in ('sending', 'sent', 'delivered', 'unknown')
             or y.state = 'queued' and y.step = w.step and y.attempts = 0
               and y.next_at <= to_timestamp($2::bigint / 1e6))
         limit 200) y) y
      join people.contact x using (district_id, contact_id)
     order by x.person_id, x.contact_id) p) n),
call as materialized (
 select a.district_id as of_district, a.alert_id as of_alert, a.school_id, a.agency_id,
  a.incident_no, f.*, extract(epoch from f.opened_at)::bigint as opened,
  coalesce(extract(epoch from f.t_closed)::bigint, 0) as closed_at,
  case when a.mode = 'live' then greatest(0, extract(epoch from a.created_at - f.opened_at))::bigint
    else 0 end as late_s,
  s.name as school, g.name as agency, coalesce(cl.name, '') as class_name,
  coalesce(ty.name, '') as type_name, coalesce(di.name, '') as disposition,
  coalesce(di.code, '') as disposition_code, e.named as folded, e.named_ids as folded_by,
  e.standing_ids as folded_still, e.names as also, coalesce(h.holders, '') as holders,
  coalesce(h.names, '') as holder_names, h.several, h.acted, coalesce(h.acted_by, 0) as acted_by,
  h.answered as had_answered, h.handed as handed_over, coalesce(t.by, '') as handed_by_name,
  coalesce(t.to_name, '') as handed_to_name
 from (select distinct district_id, alert_id from c) k
  join notify.alert a using (district_id, alert_id)
  join district.school s on (s.district_id, s.school_id) = (a.district_id, a.school_id)
  join district.incident i on (i.district_id, i.agency_id, i.incident_no)
    = (a.district_id, a.agency_id, a.incident_no)
  cross join lateral notify.call_facts(a.district_id, a.agency_id, a.incident_no, a.school_id) f
  cross join lateral notify.agencies_beside(a.district_id, a.alert_id) e
  cross join lateral notify.held(a.district_id, a.alert_id) h
  left join lateral (select o.value ->> 'by' as by, x.name || e'\x1f' || x.role as to_name
    from jsonb_each(h.handed) o
     join people.contact x on (x.district_id, x.contact_id) = (a.district_id, o.key::int)
    where not (o.value ->> 'back')::boolean
    order by (o.value ->> 'number')::bigint desc limit 1) t on true
  join agency.agency g on g.agency_id = a.agency_id
  left join code.class cl on cl.class = f.class
  left join code.type ty on ty.code = f.type_code
  left join code.disposition di on di.code = i.disposition_code)
select c.*, b.*,
 case when c.opted_out then 'opted_out'
      when v.says is null then coalesce(v.why, 'contact_inactive') else '' end as withheld,
 case when v.says = 'all' then coalesce(i.address, '') else '' end as address,
 case when v.says = 'all' then coalesce(i.place_name, '') else '' end as place_name,
 coalesce(o.names, '') as others,
 case when t.many then -1
   else greatest(0, cardinality(t.people) - 12 - (c.person_id = any(t.people))::int)
   end as others_more,
 coalesce(b.acted_by = c.person_id, false) as own,
 coalesce(c.person_id = any(b.had_answered), false) as answered,
 exists (select from notify.round r
   where (r.district_id, r.alert_id, r.round) = (c.district_id, c.alert_id, c.round)
     and r.reopened) as reopened,
 coalesce((w.handed ->> 'number')::bigint, 0) as handed,
 coalesce(w.handed ->> 'by', b.handed_by_name) as handed_by,
 coalesce((w.handed ->> 'back')::boolean, false) as handed_back,
 c.step > 1 and exists (select from notify.delivery e
   where (e.district_id, e.alert_id) = (c.district_id, c.alert_id) and e.step < c.step
     and e.kind = 'first' and e.state in ('sending', 'sent', 'delivered', 'unknown')) as told_before
from c join call b on (b.of_district, b.of_alert) = (c.district_id, c.alert_id)
 join district.incident i on (i.district_id, i.agency_id, i.incident_no)
   = (c.district_id, b.agency_id, b.incident_no)
 cross join lateral notify.sight(c.district_id, c.contact_id, b.school_id, b.agency_id,
   b.incident_no) v
 cross join lateral (select b.handed_over -> c.contact_id::text as handed) w
 join told t on (t.district_id, t.alert_id, t.step) = (c.district_id, c.alert_id, c.step)
 cross join lateral (
   select string_agg(z.name, e'\x1e' order by z.turn) as names from (
     select u.name, u.turn
     from unnest(t.names[1:13], t.people[1:13]) with ordinality as u(name, person_id, turn)
     where u.person_id <> c.person_id order by u.turn limit 12) z) o
order by c.turn;
