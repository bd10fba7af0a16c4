-- name: delivery_claim
-- Takes up to $1 due deliveries for $3 seconds in the name of $2, with all that is to be said. A
-- message waits for the one before it to the same person by the same channel. All that waits is
-- read once and numbered by thread: the planner takes the queue for empty until it is told
-- otherwise, and would join it with itself, whose cost is the square of the queue. A few more rows
-- are looked at than wanted, because another process may hold the first ones.
with waiting as materialized (
 select district_id, delivery_id, alert_id, kind, state, next_at, lease_until,
   row_number() over (partition by district_id, alert_id, contact_id, channel
                      order by delivery_id) as place
   from notify.delivery where state in ('queued', 'sending')),
ahead as materialized (
 select w.*, row_number() over (order by a.mode = 'replay', w.kind <> 'first', w.next_at)
     as turn
   from waiting w join notify.alert a using (district_id, alert_id)
  where w.place = 1 and ((w.state = 'queued' and w.next_at <= now())
                      or (w.state = 'sending' and w.lease_until < now()))
  order by turn limit 4 * $1::int),
due as (
 select d.district_id, d.delivery_id, d.state as was_state
   from ahead w join notify.delivery d using (district_id, delivery_id)
  where d.state = w.state and d.next_at = w.next_at
    and d.lease_until is not distinct from w.lease_until
  order by w.turn limit $1::int for update of d skip locked),
c as (
 update notify.delivery d set state = 'sending', attempts = d.attempts + 1,
   lease_until = now() + $3::int * interval '1 s', leased_by = $2::uuid,
   content = case when d.content ? 'due' then d.content else d.content ||
     jsonb_build_object('due', extract(epoch from d.next_at)::bigint) end
   from due where (d.district_id, d.delivery_id) = (due.district_id, due.delivery_id)
 returning d.*, due.was_state)
select c.district_id, c.delivery_id, c.alert_id, c.contact_id, c.channel, c.kind, c.wave,
 c.attempts, c.message_id, c.content, c.was_state,
 coalesce(c.reason, '') as reason,
 extract(epoch from c.created_at)::bigint as created_at,
 extract(epoch from now())::bigint - (c.content ->> 'due')::bigint as age_s,
 a.mode, a.state as alert_state, a.acknowledged_at is not null as acknowledged,
 coalesce(p.email, '') as email, coalesce(p.phone, '') as phone,
 coalesce(v.says, '') as says, coalesce(v.why, '') as why,
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
 join district.contact p using (district_id, contact_id)
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
     from notify.delivery y join district.contact x using (district_id, contact_id)
    where y.district_id = c.district_id and y.alert_id = c.alert_id and y.kind = 'first'
      and y.contact_id <> c.contact_id and y.wave <= c.wave
      and y.state in ('queued', 'sending', 'sent', 'delivered', 'unknown')
    order by n limit 12) z) o on true;

-- name: token_add
insert into notify.token (token_hash, district_id, alert_id, contact_id, expires_at)
values ($1::bytea, $2::int, $3::bigint, $4::int, now() + interval '7 days');

-- name: token_expire
delete from notify.token where expires_at < now();

-- name: delivery_end
-- How a try ended. Only the holder of the lease may say so. $8: milliseconds until the next.
update notify.delivery set state = $4, reason = nullif($5, ''), error = nullif($6, ''),
  provider_id = coalesce(nullif($7, ''), provider_id), lease_until = null, leased_by = null,
  next_at = case when $8::bigint < 0 then next_at else now() + $8::bigint * interval '1 ms' end,
  sent_at = case when $4 = 'sent' then now() else sent_at end
where district_id = $1::int and delivery_id = $2::bigint and leased_by = $3::uuid
  and state = 'sending' returning alert_id;

-- name: escalate_sooner
-- If nobody of the waves so far can be reached, the next one hears now, and the later ones move up
-- with it.
with f as (
  select wave, state, attempts, next_at from notify.delivery
  where district_id = $1::int and alert_id = $2::bigint and kind = 'first'),
n as (
  select wave, min(next_at) as at from f
  where state = 'queued' and attempts = 0 and next_at > now()
  group by wave order by wave limit 1)
update notify.delivery d set next_at = d.next_at - (n.at - now()) from n
where d.district_id = $1::int and d.alert_id = $2::bigint and d.kind = 'first'
  and d.state = 'queued' and d.attempts = 0 and d.wave >= n.wave
  and not exists (select from f where f.wave < n.wave and f.state not in ('failed', 'cancelled'));
