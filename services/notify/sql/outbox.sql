-- name: session_setup
-- Of the session: joins as they are written, planned once. The planner would take longer over the
-- two large statements than the server over running them.
select set_config('plan_cache_mode', 'force_generic_plan', false),
 set_config('join_collapse_limit', '1', false);

-- name: outbox_rules
select r.district_id, r.rule_id, to_json(r.schools) as schools, to_json(r.classes) as classes,
 r.min_priority, r.hours, 'email' = any(r.channels) as email, 'sms' = any(r.channels) as sms,
 r.sealed, r.escalate_s, r.max_age_s
from notify.rule r where r.active
  and r.district_id in (select district_id
    from jsonb_to_recordset($1::jsonb) as k(district_id int))
order by r.district_id, r.rule_id;

-- name: alert_widen
-- More people hear of an alert that is there.
insert into notify.delivery (district_id, alert_id, contact_id, channel, kind, wave, next_at,
  message_id, content)
select $1::int, $2::bigint, t.contact_id, t.channel, 'first', t.wave,
  now() + t.delay_s * interval '1 s', gen_random_uuid() || '@' || $5::text, $4::jsonb
from jsonb_to_recordset($3::jsonb) as t(contact_id int, channel text, wave int, delay_s int)
where not exists (select from notify.delivery d where d.district_id = $1::int
  and d.alert_id = $2::bigint and d.kind = 'first' and d.contact_id = t.contact_id
  and d.channel = t.channel);

-- name: delivery_refresh
-- What has not been tried yet says the state of now ($3); a first message begins its thread with
-- it, and a message to follow becomes kind $4.
update notify.delivery set content = content || jsonb_build_object('now', $3::jsonb -> 'now')
  || case when kind = 'first' then jsonb_build_object('first', $3::jsonb -> 'now')
     else '{}' end,
  kind = case when kind = 'first' or $4::text = '' then kind else $4::text end
where district_id = $1::int and alert_id = $2::bigint and state = 'queued' and attempts = 0;

-- name: delivery_withdraw
-- Ends what need not be said any more, for reason $4: first messages not yet tried, from wave $3
-- on.
update notify.delivery set state = 'cancelled', reason = $4
where district_id = $1::int and alert_id = $2::bigint and kind = 'first'
  and wave >= $3::int and state = 'queued' and attempts = 0;

-- name: delivery_follow
-- To those who got the first message, by channels $6; $7: only those named for sealed calls. Each
-- one's thread keeps the subject that it began with.
insert into notify.delivery (district_id, alert_id, contact_id, channel, kind, wave,
  message_id, content)
select f.district_id, f.alert_id, f.contact_id, f.channel, $3, f.wave,
  gen_random_uuid() || '@' || $4::text,
  $5::jsonb || jsonb_build_object('first', coalesce(f.content, $5::jsonb) -> 'first')
from notify.delivery f join people.contact c using (district_id, contact_id)
where f.district_id = $1::int and f.alert_id = $2::bigint and f.kind = 'first'
  and f.channel = any($6::text[]) and c.active and (not $7::boolean or c.sealed)
  and (f.state in ('sending', 'sent', 'delivered', 'unknown')
       or (f.state = 'queued' and f.attempts > 0))
  and not exists (select from notify.delivery q where q.district_id = f.district_id
    and q.alert_id = f.alert_id and q.contact_id = f.contact_id and q.channel = f.channel
    and q.kind <> 'first' and q.state = 'queued' and q.attempts = 0);

-- name: alert_said
update notify.alert set said = $3, state = $4
where district_id = $1::int and alert_id = $2::bigint;
