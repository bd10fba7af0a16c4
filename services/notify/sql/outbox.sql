-- name: session_setup
-- Of the session: joins as they are written, planned once, each row found by an index, and nothing
-- compiled. The planner would take longer over the large statements than the server over running
-- them, and so would the compiler. Plans are made when the process starts, often while tables are
-- empty: that a table can be read whole would be believed until it is analysed.
select set_config('plan_cache_mode', 'force_generic_plan', false),
 set_config('join_collapse_limit', '1', false), set_config('jit', 'off', false),
 set_config('enable_seqscan', 'off', false), set_config('enable_mergejoin', 'off', false);

-- name: outbox_soon
-- This commit waits for no disk. A crash undoes it as a whole: the outbox still has its rows, and
-- they are looked at again. The claim that follows, before which nothing is sent, waits for both.
select set_config('synchronous_commit', 'off', true);

-- name: outbox_rules
-- In the order in which they are looked at.
select r.district_id, r.rule_id, to_json(r.schools) as schools, to_json(r.classes) as classes,
 to_json(r.types) as types, to_json(r.dispositions) as dispositions,
 to_json(r.relations) as relations, to_json(r.weekdays) as weekdays, r.within_m, r.stops,
 r.quiet_priority, notify.quiet_windows(r.quiet_from, r.quiet_to, d.zone, now()) as quiet,
 r.min_priority, r.hours, 'email' = any(r.channels) as email, 'sms' = any(r.channels) as sms,
 'webhook' = any(r.channels) as webhook,
 r.sealed, r.escalate_s, r.max_age_s, r.again_priority, r.acks,
 r.frequency <> 'update' as material, r.frequency = 'digest' as digest
from notify.rule r join district.district d using (district_id) where r.active
  and r.district_id in (select district_id
    from jsonb_to_recordset($1::jsonb) as k(district_id int))
order by r.district_id, r.rank, r.rule_id;

-- name: alert_update
-- An alert as it was reconciled: $3 state, $4 severity, $5 the rule that matches (0: none, and the
-- alert keeps the one that it had, as it keeps $6, people who must acknowledge).
update notify.alert set state = $3, severity = $4::int, ruled = $5::int > 0,
  acks = case when $5::int > 0 then $6::int else acks end,
  rule_id = case when $5::int > 0 then $5::int else rule_id end
where district_id = $1::int and alert_id = $2::bigint;

-- name: alert_round
-- A new round begins. $3: steady time in microseconds.
select notify.begin_round($1::int, $2::bigint, to_timestamp($3::bigint / 1e6));

-- name: alert_put
-- The messages that should wait ($3, notify.put_deliveries), $4 domain, $5 why the others end.
-- Those who have it may be enough by now, or not any more.
select notify.put_deliveries(a.district_id, a.alert_id, a.round, $3::jsonb, $4, $5),
 case when a.state in ('open', 'acknowledged') then notify.settle(a.district_id, a.alert_id) end
from notify.alert a where a.district_id = $1::int and a.alert_id = $2::bigint;

-- name: subject_lock
-- Of a kind whose subjects have an id of their own, which keys name (subject_kind, subject_id): one
-- process at a time decides on a subject.
select pg_advisory_xact_lock(h) from (select distinct hashtextextended(
  'notify/' || subject_kind || '/' || district_id || '/' || subject_id, 0) as h
  from jsonb_to_recordset($1::jsonb) as k(district_id int, subject_kind text, subject_id text)
  order by h) l;

-- name: subject_alerts
-- They are looked at now, as outbox_alerts (subject_call.sql) says it of calls.
update notify.alert a set look_at = null from (
 select a.district_id, a.alert_id from jsonb_to_recordset($1::jsonb)
    as k(district_id int, subject_kind text, subject_id text)
 join notify.alert a using (district_id, subject_kind, subject_id)
 order by a.district_id, a.alert_id for no key update of a) l
where (a.district_id, a.alert_id) = (l.district_id, l.alert_id);

-- name: subject_waiting
-- None of their messages is claimed until what should wait is written down.
select count(*) from (
 select from jsonb_to_recordset($1::jsonb)
    as k(district_id int, subject_kind text, subject_id text)
 join notify.alert a using (district_id, subject_kind, subject_id)
 join notify.delivery d using (district_id, alert_id)
 where d.state = 'queued' order by d.district_id, d.delivery_id for update of d) l;

-- name: aside_note
-- Work of kind $1 was set aside, because of $2.
insert into notify.aside as x (subject_kind, why) values ($1, $2)
on conflict (subject_kind, why) do update set found = x.found + 1, last_at = now(),
 first_at = case when x.last_at < now() - interval '1 hour' then now() else x.first_at end;

-- name: aside_again
-- What was set aside is looked at again, by a process that has just begun: it may be of a version
-- that can read it. $1: steady time in microseconds.
with gone as (delete from notify.aside returning subject_kind),
rows as (
 update district.outbox set lease_until = null
  where lease_until > now() and exists (select from gone))
update notify.alert set look_at = '-infinity'
 where look_at > to_timestamp($1::bigint / 1e6) and exists (select from gone);
