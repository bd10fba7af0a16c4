-- name: watch_failing
-- One value: the checks of notify.health() that hold the heartbeat back, null: none. What concerns
-- one agency, one recipient or people who should answer does not, and neither does a provider while
-- the channel has another that is well: messages go out all the same.
with h as materialized (select * from notify.health())
select string_agg(distinct h."check", ',')
from h
where not h.ok
  and (h."check" <> 'provider' or not exists (select from h o
    where o."check" = 'provider' and o.ok and o.channel = h.channel and not o.detail ? 'replay'
      and not h.detail ? 'replay'))
  and h."check" in ('process', 'channel', 'provider', 'outbox', 'aside', 'due', 'tried', 'refused',
   'links', 'nobody', 'alarm', 'probe');

-- name: alarm_look
-- Notes what is not ok, and raises what has been so for $1 seconds. Null: another process does.
select notify.look_for_alarms($1::int * interval '1 s');

-- name: alarm_holes
-- Warns of holes in the roster, once a day at most.
select notify.warn_of_holes();

-- name: watch_forget
-- Deletes up to $2 alarms, and as many drills, that have been over for $1 days. How many.
select notify.forget_old($1::int * interval '1 day', $2::int);

-- name: probe_begin
-- Process $1 sends a test message every $2 seconds, which must be back within $3 seconds. $4:
-- steady time (microseconds); $5: the provider; $6: the hash of the token of the next one; $7: why
-- the mailbox could not be read last, or ''. Columns: whether the turn is this process's; the words
-- in the subjects of others that are to come back (a blank between), or null. 40 at most, by lot,
-- so that lost ones hide none; those that have time left come first.
with said as (
  insert into notify.prober (instance, every_s, within_s, mailbox_error)
  values ($1::uuid, $2::int, $3::int, nullif($7, ''))
  on conflict (instance) do update set every_s = excluded.every_s, within_s = excluded.within_s,
    mailbox_error = excluded.mailbox_error),
turn as (
  insert into notify.probe (turn_at, sent_at, token_hash, provider)
  values (to_timestamp($4::bigint / 1000000 / $2::int * $2::int), to_timestamp($4::bigint / 1e6),
    $6::bytea, $5)
  on conflict do nothing
  returning true),
others as (
  select left(encode(p.token_hash, 'hex'), 16) as word,
    p.sent_at > to_timestamp($4::bigint / 1e6) - make_interval(secs => $3::int) as in_time
  from notify.probe p
  where p.returned_at is null
  order by in_time desc, random()
  limit 40)
select exists (select 1 from turn),
  (select string_agg(word, ' ') from others having bool_or(in_time));

-- name: probe_sent
-- How the sending of a test message ended: hash of its token, outcome, reason, answer.
update notify.probe
set outcome = $2, reason = nullif($3, ''), answer = nullif($4, '')
where token_hash = $1::bytea;

-- name: probe_returned
-- A test message was read back: hash of its token, steady time (microseconds).
update notify.probe
set returned_at = to_timestamp($2::bigint / 1e6)
where token_hash = $1::bytea and returned_at is null;

-- name: probe_forget
-- Forgets, at steady time $1 (microseconds), processes that run no more, and test messages of more
-- than a week ago.
with gone as (
  delete from notify.prober r
  where not exists (
    select 1
    from notify.provider p
    where p.instance = r.instance
      and p.seen_at > to_timestamp($1::bigint / 1e6) - interval '1 minute'))
delete from notify.probe
where sent_at < to_timestamp($1::bigint / 1e6) - interval '7 days';
