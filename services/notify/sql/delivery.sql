-- name: delivery_lapse
-- $1: steady time in microseconds. Ends deliveries whose sender was lost: nobody knows whether they
-- arrived.
with lapsed as (
  update notify.delivery set state = 'unknown', reason = 'sender_lost', lease_until = null,
    leased_by = null, next_at = to_timestamp($1::bigint / 1e6)
  where state = 'sending' and lease_until < to_timestamp($1::bigint / 1e6)
  returning district_id, delivery_id, alert_id, attempts),
tried as (
  update notify.attempt t set ended_at = now(), outcome = 'unknown', reason = 'sender_lost'
  from lapsed l where (t.district_id, t.delivery_id, t.attempt)
    = (l.district_id, l.delivery_id, l.attempts))
update notify.alert a set look_at = '-infinity' from lapsed l
where (a.district_id, a.alert_id) = (l.district_id, l.alert_id);

-- name: delivery_claim
-- Takes up to $1 deliveries of channel $4 and lane $5 that are due at steady time $6
-- (microseconds), for $3 seconds in the name of $2, about subjects of kinds $7. Gives for each kind
-- the keys of its deliveries, in the order in which they are to go. A message waits for the one
-- before it to the same person by the same channel. They go by provider $8. $9: repetitions
-- that belong to the channel's other provider are left for it (providers.h). $10: only those that
-- belong to $8. $11, $12: $8, and the other, can be asked what they have. Where one is taken, it is
-- named.
with due as (
  select d.district_id, d.delivery_id
  from notify.delivery d
  where not $10::boolean
    and d.state = 'queued' and d.channel = $4 and d.lane = $5::int
    and d.next_at <= to_timestamp($6::bigint / 1e6)
    and not exists (select from notify.delivery s
      where (s.district_id, s.alert_id, s.contact_id, s.channel)
          = (d.district_id, d.alert_id, d.contact_id, d.channel) and s.state = 'sending')
    and (select a.subject_kind from notify.alert a
      where (a.district_id, a.alert_id) = (d.district_id, d.alert_id)) = any($7::text[])
    and (d.repeat_of is null or not $9::boolean
      or notify.repeats_by($8, d.district_id, d.repeat_of, d.attempts, $11,
        $12))
  order by d.next_at limit $1::int for update of d skip locked),
asked as (
  select d.district_id, d.delivery_id
  from notify.delivery d
  where $10::boolean and d.next_at <= to_timestamp($6::bigint / 1e6)
    and d.state = 'queued' and d.repeat_of is not null and d.channel = $4 and d.lane = $5::int
    and not exists (select from notify.delivery s
      where (s.district_id, s.alert_id, s.contact_id, s.channel)
          = (d.district_id, d.alert_id, d.contact_id, d.channel) and s.state = 'sending')
    and (select a.subject_kind from notify.alert a
      where (a.district_id, a.alert_id) = (d.district_id, d.alert_id)) = any($7::text[])
    and notify.repeats_by($8, d.district_id, d.repeat_of, d.attempts, $11, $12)
  order by d.next_at limit $1::int for update of d skip locked),
c as (
  update notify.delivery d set state = 'sending', attempts = d.attempts + 1,
    lease_until = to_timestamp($6::bigint / 1e6) + $3::int * interval '1 s', leased_by = $2::uuid,
    due_at = coalesce(d.due_at, d.next_at)
  from (select * from due union all select * from asked) due
  where (d.district_id, d.delivery_id) = (due.district_id, due.delivery_id)
  returning d.district_id, d.delivery_id, d.alert_id, d.attempts, d.next_at),
tried as (
  insert into notify.attempt (district_id, delivery_id, attempt, worker, provider, began_at)
  select district_id, delivery_id, attempts, $2::uuid, $8::text, now() from c
  on conflict (district_id, delivery_id, attempt) do update
    set worker = excluded.worker, provider = excluded.provider, began_at = excluded.began_at,
      ended_at = null, outcome = null)
select a.subject_kind, count(*) as count, min(c.district_id) as district_id,
  min(c.delivery_id) as delivery_id, jsonb_agg(jsonb_build_object('district_id', c.district_id,
    'delivery_id', c.delivery_id) order by c.next_at) as keys
from c join notify.alert a using (district_id, alert_id)
group by a.subject_kind;

-- name: delivery_composed
-- What a claimed delivery says: $3 kind, $4 content, $5 when it was composed (seconds).
update notify.delivery set kind = $3, content = $4::jsonb, said_at = to_timestamp($5::bigint)
where district_id = $1::int and delivery_id = $2::bigint;

-- name: token_add
-- $5: to whom the message goes, as read with its address (hexadecimal).
insert into notify.token (token_hash, district_id, alert_id, contact_id, addressee, expires_at)
values ($1::bytea, $2::int, $3::bigint, $4::int, decode($5::text, 'hex'),
  now() + interval '7 days');

-- name: token_expire
delete from notify.token where expires_at < now();

-- name: delivery_hold
-- The alert of a delivery whose try ended: no decision reads the delivery as it was and writes when
-- it has ended.
select from notify.alert a where (a.district_id, a.alert_id) = (select d.district_id, d.alert_id
  from notify.delivery d where d.district_id = $1::int and d.delivery_id = $2::bigint)
for no key update;

-- name: delivery_end
-- How a try ended. Only the holder of the lease may say so. $4: the state from now on. $8:
-- milliseconds until the next try; -1: none. $9: steady time in microseconds. $10: whether it was
-- tried; a claim that came to nothing is no try. A message that would wait again gives way to one
-- that waits already. Unless it was sent, the alert is looked at: somebody else may have to be
-- told, or something else said. So is one of an incident at which another agency is: a text may
-- have left that out.
with ending as (
  select d.district_id, d.delivery_id, d.alert_id, d.attempts,
    case when $4 = 'queued' and exists (select from notify.delivery w
        where (w.district_id, w.alert_id, w.contact_id, w.channel)
            = (d.district_id, d.alert_id, d.contact_id, d.channel) and w.state = 'queued')
      then 'cancelled' else $4 end as state,
    d.repeat_of is not null or exists (select from notify.delivery u
      where (u.district_id, u.alert_id, u.contact_id, u.channel)
          = (d.district_id, d.alert_id, d.contact_id, d.channel)
        and u.state = 'unknown' and u.repeat_of is null) as of_unknown
  from notify.delivery d
  where d.district_id = $1::int and d.delivery_id = $2::bigint and d.leased_by = $3::uuid
    and d.state = 'sending' for update),
tried as (
  update notify.attempt t set ended_at = now(), outcome = e.state, reason = nullif($5, ''),
    answer = nullif($6, ''), provider_id = nullif($7, '')
  from ending e where (t.district_id, t.delivery_id, t.attempt)
    = (e.district_id, e.delivery_id, e.attempts)),
looked as (
  update notify.alert a set look_at = '-infinity' from ending e
  where (a.district_id, a.alert_id) = (e.district_id, e.alert_id)
    and (e.state in ('failed', 'expired', 'unknown')
      or (e.state = 'cancelled' and e.of_unknown)
      or (e.state = 'sent' and exists (select from notify.alert f
        where (f.district_id, f.beside) = (e.district_id, e.alert_id)))))
update notify.delivery d set state = e.state,
  attempts = d.attempts - case when $10::boolean then 0 else 1 end,
  reason = case when e.state = 'cancelled' and $4 = 'queued' then 'nothing_new'
    else nullif($5, '') end, error = nullif($6, ''),
  provider_id = coalesce(nullif($7, ''), d.provider_id), lease_until = null, leased_by = null,
  next_at = case when $8::bigint < 0 then to_timestamp($9::bigint / 1e6)
    else to_timestamp($9::bigint / 1e6) + $8::bigint * interval '1 ms' end,
  sent_at = case when e.state = 'sent' then now() else d.sent_at end
from ending e where (d.district_id, d.delivery_id) = (e.district_id, e.delivery_id)
returning d.alert_id;

-- name: delivery_aside
-- A message that could not be composed, while its alert is locked (delivery_hold). $3: the
-- statement of its kind gives no row, because what it is about is gone: it has failed. Else
-- PostgreSQL refused, or a column was missing: it waits a minute, until $5 seconds after it was
-- due. $4: steady time in microseconds. No row: it does not wait any more.
with ended as (
  update notify.delivery d set state = e.state,
    reason = case when e.state = 'failed' then 'no_subject' else 'internal' end,
    attempts = d.attempts + 1, due_at = coalesce(d.due_at, d.next_at), next_at = e.now
      + case when e.state = 'queued' then interval '1 minute' else interval '0' end
  from (select q.district_id, q.delivery_id, t.now,
     case when $3::boolean then 'failed'
          when coalesce(q.due_at, q.next_at) + $5::int * interval '1 s' < t.now then 'expired'
          else 'queued' end as state
    from notify.delivery q cross join (select to_timestamp($4::bigint / 1e6) as now) t
    where q.district_id = $1::int and q.delivery_id = $2::bigint and q.state = 'queued'
    for update of q) e
  where (d.district_id, d.delivery_id) = (e.district_id, e.delivery_id)
  returning d.district_id, d.alert_id, d.state),
looked as (
  update notify.alert a set look_at = '-infinity' from ended e
  where (a.district_id, a.alert_id) = (e.district_id, e.alert_id) and e.state <> 'queued')
select district_id, alert_id from ended;
