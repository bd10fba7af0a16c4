-- name: watch_failing
-- One value: the checks of notify.health() that hold the heartbeat back, null: none. What concerns
-- one agency, one recipient or people who should answer does not: messages go out all the same.
select string_agg(distinct h."check", ',')
from notify.health() h
where not h.ok
  and h."check" in ('process', 'channel', 'provider', 'outbox', 'due', 'tried', 'nobody', 'alarm');

-- name: alarm_look
-- Notes what is not ok, and raises what has been so for $1 seconds.
select notify.look_for_alarms($1::int * interval '1 s');

-- name: alarm_holes
-- Warns of holes in the roster, once a day at most.
select notify.warn_of_holes();
