-- name: steady_tick
-- $1: steady time of this process in microseconds; 0: it has none yet, and time has passed by
-- PostgreSQL's clock since the last process moved it on. Gives the steady time of now: no process
-- is ahead of it.
insert into notify.clock as c (steady_at, wall_at, seen_at)
values (case when $1::bigint > 0 then to_timestamp($1::bigint / 1e6) else clock_timestamp() end,
  clock_timestamp(), clock_timestamp())
on conflict (one) do update
  set steady_at = greatest(to_timestamp($1::bigint / 1e6), c.steady_at + case when $1::bigint = 0
      then greatest(interval '0', clock_timestamp() - c.wall_at) else interval '0' end),
    wall_at = clock_timestamp(),
    seen_at = greatest(clock_timestamp(),
      case when c.seen_at < clock_timestamp() + interval '1 day' then c.seen_at end)
returning (extract(epoch from steady_at) * 1000000)::bigint;

-- name: look_at_changed
-- Puts the open calls of districts whose rules or contacts changed into the outbox. Gives how many.
select notify.look_at_changed();

-- name: provider_seen
-- Process $1 has the providers $2 ({"channel", "replay", "name", "up", "since", "reason",
-- "answer"}) at steady time $3 (microseconds). Processes that were not heard of for a day are
-- forgotten.
with gone as (
  delete from notify.provider where seen_at < to_timestamp($3::bigint / 1e6) - interval '1 day')
insert into notify.provider as p (instance, channel, replay, name, seen_at, up, since, reason,
  answer)
select $1::uuid, c.channel, c.replay, c.name, to_timestamp($3::bigint / 1e6), c.up,
  to_timestamp(c.since), nullif(c.reason, ''), nullif(c.answer, '')
from jsonb_to_recordset($2::jsonb) as c(channel text, replay boolean, name text, up boolean,
  since bigint, reason text, answer text)
on conflict (instance, channel, replay, name) do update set seen_at = excluded.seen_at,
  up = excluded.up, since = excluded.since, reason = excluded.reason, answer = excluded.answer;

-- name: providers_failing
-- Providers whose messages do not arrive, as their receipts say. A list of names.
select name from notify.not_arriving();

-- name: providers
-- The channels by which processes could send in the last minute before steady time $1
-- (microseconds).
select distinct channel, replay from notify.provider
where seen_at > to_timestamp($1::bigint / 1e6) - interval '1 minute';

-- name: growing_octets
-- The octets of the tables that grow with calls and messages.
select sum(pg_relation_size(name::regclass))::bigint
from unnest(array['district.incident', 'district.incident_school', 'notify.alert',
  'notify.delivery', 'notify.attempt', 'notify.token', 'people.role']) as t(name);

-- name: plans_discard
-- The session's plans are made anew when they are needed next.
discard plans;
