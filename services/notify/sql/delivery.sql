-- name: delivery_claim
-- Takes up to $1 due deliveries for $3 seconds in the name of $2, about subjects of kinds $4, and
-- of each channel and lane as many as $5 has room for (JSON); of one that is not in $5, all. Gives
-- for each kind the keys of its deliveries, in the order in which they are to go. A message waits
-- for the one before it to the same person by the same channel. All that waits is read once and
-- numbered by thread: the planner takes the queue for empty until it is told otherwise, and would
-- join it with itself, whose cost is the square of the queue.
with waiting as materialized (
 select district_id, delivery_id, alert_id, channel, kind, state, next_at, lease_until,
   row_number() over (partition by district_id, alert_id, contact_id, channel
                      order by delivery_id) as place
   from notify.delivery where state in ('queued', 'sending')),
room as materialized (
 select channel, replay, room
   from jsonb_to_recordset($5::jsonb) as r(channel text, replay boolean, room int)),
numbered as materialized (
 select w.*, a.subject_kind, a.mode = 'replay' as replay,
   row_number() over (order by a.mode = 'replay', w.kind <> 'first', w.next_at) as turn,
   row_number() over (partition by w.channel, a.mode = 'replay'
                      order by w.kind <> 'first', w.next_at) as nth
   from waiting w join notify.alert a using (district_id, alert_id)
  where w.place = 1 and a.subject_kind = any($4::text[])
    and ((w.state = 'queued' and w.next_at <= now())
      or (w.state = 'sending' and w.lease_until < now()))),
ahead as materialized (
 select n.* from numbered n left join room r using (channel, replay)
  where r.room is null or n.nth <= r.room
  order by n.turn limit $1::int),
due as (
 select d.district_id, d.delivery_id, d.state as was_state, w.subject_kind, w.turn
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
 returning d.district_id, d.delivery_id, due.was_state, due.subject_kind, due.turn)
select subject_kind, jsonb_agg(jsonb_build_object('district_id', district_id, 'delivery_id',
    delivery_id, 'was_state', was_state) order by turn) as keys
from c group by subject_kind;

-- name: token_add
-- $5: to whom the message goes, as read with its address (hexadecimal).
insert into notify.token (token_hash, district_id, alert_id, contact_id, addressee, expires_at)
values ($1::bytea, $2::int, $3::bigint, $4::int, decode($5::text, 'hex'),
  now() + interval '7 days');

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
