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
-- Takes up to $1 deliveries of channel $4 and lanes $5, in turn, that are due at steady time $6
-- (microseconds), for $3 seconds in the name of $2, about subjects of kinds $7. Gives for each kind
-- the keys of its deliveries, in the order in which they are to go. A message waits for the one
-- before it to the same person by the same channel. They go by provider $8. $9: repetitions
-- that belong to the channel's other provider are left for it (providers.h). $10: only those that
-- belong to $8. $11, $12: $8, and the other, can be asked what they have. Where one is taken, it is
-- named.
select subject_kind, count, district_id, delivery_id, keys
from notify.claim($1::int, $2::uuid, $3::int * interval '1 s', $4, $5::int[],
  to_timestamp($6::bigint / 1e6), $7::text[], $8, $9::boolean, $10::boolean, $11::boolean,
  $12::boolean);

-- name: delivery_release
-- What provider $1 of channel $2 deferred in lanes $3 in the last $4 microseconds (null: ever) is
-- due: about $6 messages, the most urgent lanes first. $5: steady time in microseconds. Gives
-- whether there may be more.
select notify.release($1, $2, $3::int[], $4::bigint * interval '1 us',
  to_timestamp($5::bigint / 1e6), $6::int) as more;

-- name: delivery_composed
-- What claimed deliveries say, and their links. $1: [{"district_id", "delivery_id", "kind",
-- "content" (JSON as a text), "said_at" (seconds), "hash" (of the link's token), "alert_id",
-- "contact_id", "addressee" (to whom it goes, as read with the address; hexadecimal)}].
with m as materialized (
  select * from jsonb_to_recordset($1::jsonb) as m(district_id int, delivery_id bigint, kind text,
    content text, said_at bigint, hash text, alert_id bigint, contact_id int, addressee text)),
linked as (
  insert into notify.token (token_hash, district_id, alert_id, contact_id, addressee, expires_at)
  select hash::bytea, district_id, alert_id, contact_id, decode(addressee, 'hex'),
    now() + interval '7 days' from m)
update notify.delivery d set kind = m.kind, content = m.content::jsonb,
  said_at = to_timestamp(m.said_at)
from m where (d.district_id, d.delivery_id) = (m.district_id, m.delivery_id);

-- name: token_expire
delete from notify.token where expires_at < now();

-- name: delivery_hold
-- The alerts of deliveries whose tries ended ($1: [{"district_id", "delivery_id"}]), in the order
-- in which every transaction locks several of them: no decision reads a delivery as it was and
-- writes when it has ended.
select from (
  select distinct d.district_id, d.alert_id
  from jsonb_to_recordset($1::jsonb) as k(district_id int, delivery_id bigint)
  cross join lateral notify.delivery_of(k.district_id, k.delivery_id) d) e
 join notify.alert a using (district_id, alert_id)
order by a.district_id, a.alert_id for no key update of a;

-- name: delivery_end
-- How tries ended. $1: [{"district_id", "delivery_id", "state" (from now on), "reason", "error",
-- "provider_id", "wait_ms" (until the next try; -1: none), "tried" (a claim that came to nothing
-- is no try: its row is the next claim's, and the message keeps its turn)}]. Only the holder of the
-- lease, $2, may say so. $3: steady time in microseconds. A message that would wait again gives
-- way to one that waits already. Unless it was sent or waits, the alert is looked at: somebody else
-- may have to be told, or something else said, or in another turn. So is one of an incident at
-- which another agency is: a text may have left that out. So is one that each who was told has
-- acknowledged: one more was told. So is one of which a message waits again, if quiet hours may
-- have begun meanwhile: a look holds back what waits, and not what is being tried.
with ending as (
  select k.*, d.alert_id, d.contact_id, d.attempts, k.state as said,
    case when k.state = 'queued' and exists (select from notify.delivery w
        where (w.district_id, w.alert_id, w.contact_id, w.channel)
            = (d.district_id, d.alert_id, d.contact_id, d.channel) and w.state = 'queued')
      then 'cancelled' else k.state end as becomes,
    d.repeat_of is not null or exists (select from notify.delivery u
      where (u.district_id, u.alert_id, u.contact_id, u.channel)
          = (d.district_id, d.alert_id, d.contact_id, d.channel)
        and u.state = 'unknown' and u.repeat_of is null) as of_unknown
  from jsonb_to_recordset($1::jsonb) as k(district_id int, delivery_id bigint, state text,
    reason text, error text, provider_id text, wait_ms bigint, tried boolean)
  cross join lateral (select * from notify.delivery x
    where (x.district_id, x.delivery_id) = (k.district_id, k.delivery_id) offset 0 for update) d
  where d.leased_by = $2::uuid and d.state = 'sending'),
tried as (
  update notify.attempt t set ended_at = now(), outcome = e.becomes,
    reason = nullif(e.reason, ''), answer = nullif(e.error, ''),
    provider_id = nullif(e.provider_id, '')
  from ending e where e.tried and (t.district_id, t.delivery_id, t.attempt)
    = (e.district_id, e.delivery_id, e.attempts)),
untried as (
  update notify.attempt t set ended_at = now(), outcome = 'cancelled'
  from ending e where not e.tried and (t.district_id, t.delivery_id, t.attempt)
    = (e.district_id, e.delivery_id, e.attempts)),
looked as (
  update notify.alert a set look_at = '-infinity'
  where (a.district_id, a.alert_id) in (select e.district_id, e.alert_id from ending e
    where e.becomes in ('failed', 'expired', 'unknown')
      or (e.becomes = 'cancelled' and (e.of_unknown or e.said = 'queued'))
      or (e.becomes = 'queued' and e.tried and notify.has_quiet_hours(e.district_id, e.contact_id))
      or (e.becomes = 'sent' and exists (select from notify.alert f
        where (f.district_id, f.beside) = (e.district_id, e.alert_id)))
      or (e.becomes = 'sent' and exists (select from notify.alert f
        where (f.district_id, f.alert_id) = (e.district_id, e.alert_id)
          and f.acks = 0 and f.acknowledged_at is not null))))
update notify.delivery d set state = e.becomes,
  attempts = d.attempts - case when e.tried then 0 else 1 end,
  reason = case when e.becomes = 'cancelled' and e.said = 'queued' then 'nothing_new'
    else nullif(e.reason, '') end, error = nullif(e.error, ''),
  provider_id = coalesce(nullif(e.provider_id, ''), d.provider_id), lease_until = null,
  leased_by = null,
  next_at = case when e.becomes = 'queued' and not e.tried and e.wait_ms = 0 then d.next_at
    else to_timestamp($3::bigint / 1e6) + greatest(e.wait_ms, 0) * interval '1 ms' end,
  sent_at = case when e.becomes = 'sent' then now() else d.sent_at end
from ending e where (d.district_id, d.delivery_id) = (e.district_id, e.delivery_id);

-- name: delivery_aside
-- A message that could not be composed, while its alert is locked (delivery_hold). $3: the
-- statement of its kind gives no row, because what it is about is gone: it has failed; or whom it
-- is to: it is cancelled, and that is all (addressee_gone). Else PostgreSQL refused, or a column
-- was missing: it waits a minute, until $5 seconds after it was due. $4: steady time in
-- microseconds. No row: it does not wait any more.
with ended as (
  update notify.delivery d set state = e.state,
    reason = case e.state when 'failed' then 'no_subject' when 'cancelled' then 'contact_inactive'
      else 'internal' end,
    attempts = d.attempts + 1, due_at = coalesce(d.due_at, d.next_at), next_at = e.now
      + case when e.state = 'queued' then interval '1 minute' else interval '0' end
  from (select q.district_id, q.delivery_id, t.now,
     case when $3::boolean and not exists (select from people.contact c
            where (c.district_id, c.contact_id) = (q.district_id, q.contact_id)) then 'cancelled'
          when $3::boolean then 'failed'
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
select district_id, alert_id, state = 'cancelled' as addressee_gone from ended;
