-- name: watch_failing
-- One value: the checks of notify.health() that hold the heartbeat back, null: none. What concerns
-- one agency, one recipient or people who should answer does not: messages go out all the same.
select string_agg(distinct h."check", ',')
from notify.health() h
where not h.ok
  and h."check" in ('process', 'channel', 'provider', 'outbox', 'due', 'tried', 'nobody');
