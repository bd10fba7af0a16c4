-- Typical parameters of the statements of notify (common.sql).

-- name: notify/steady_tick
select 0;

-- name: notify/provider_seen
select '00000000-0000-4000-8000-00000000000c', '[{"channel": "email", "replay": false, "name": "smtp", "up": true, "since": 1700000000}]', 1700000000000000;

-- name: notify/providers
select 1700000000000000;

-- name: notify/delivery_lapse
select (extract(epoch from now()) * 1000000)::bigint;

-- name: notify/delivery_claim
select 100, '00000000-0000-4000-8000-00000000000c', 60, 'email', '{0,1,2}'::int[], (extract(epoch from now()) * 1000000)::bigint, '{call,storm}'::text[], 'smtp', true, false, false, false;

-- name: notify/delivery_release
select 'smtp', 'email', '{0,1,2,4}'::int[], 3600000000, (extract(epoch from now()) * 1000000)::bigint, 500;

-- name: notify/call_due
select jsonb_agg(jsonb_build_object('district_id', district_id, 'delivery_id', delivery_id)), 1700000000000000
from (select district_id, delivery_id from notify.delivery where state = 'queued' order by 1, 2 limit 20) d;

-- name: notify/delivery_composed
select jsonb_agg(jsonb_build_object('district_id', d.district_id, 'delivery_id', d.delivery_id, 'kind', 'first', 'content',
                                    '{"now": {}}', 'said_at', 1700000000,
                                    'hash', '\x' || lpad(to_hex(d.delivery_id), 32, '0'),
                                    'alert_id', d.alert_id, 'contact_id', d.contact_id, 'addressee', 'ff'))
from (select * from notify.delivery where state = 'queued' order by district_id, delivery_id limit 20) d;

-- name: notify/delivery_hold
select jsonb_agg(jsonb_build_object('district_id', d.district_id, 'delivery_id', d.delivery_id))
from (select * from notify.delivery where state = 'sending' limit 20) d;

-- name: notify/delivery_end
select jsonb_agg(jsonb_build_object('district_id', d.district_id, 'delivery_id', d.delivery_id, 'state', 'sent', 'reason', '',
                                    'error', '', 'provider_id', 'p1', 'wait_ms', -1, 'tried', true)), min(d.leased_by::text),
       1700000000000000
from (select * from notify.delivery where state = 'sending' limit 20) d;

-- name: notify/mailbox_mark
select '0123456789abcdef';

-- name: notify/bounce_take
select split_part(message_id, '@', 1), 'failed', 'failed', '5.1.1'
from notify.delivery where state = 'sent' order by delivery_id desc limit 1;

-- name: notify/mailbox_read
select '0123456789abcdef', 1, 100;

-- name: notify/probe_begin
select '00000000-0000-0000-0000-000000000001', 300, 300, (extract(epoch from now()) * 1000000)::bigint, 'smtp', '\xff', '';

-- name: notify/probe_sent
select '\xff', 'sent', '', '';

-- name: notify/probe_returned
select '\xff', (extract(epoch from now()) * 1000000)::bigint;

-- name: notify/probe_forget
select (extract(epoch from now()) * 1000000)::bigint;

-- name: notify/outbox_claim
select 80, (extract(epoch from now()) * 1000000)::bigint;

-- name: notify/outbox_lock
select jsonb_agg(k) from (select district_id, agency_id, incident_no, false as replay from notify.alert
  order by alert_id desc limit 80) k;

-- name: notify/outbox_rules
select jsonb_agg(k) from (select district_id, agency_id, incident_no, false as replay from notify.alert
  order by alert_id desc limit 80) k;

-- name: notify/outbox_contacts
select jsonb_agg(k) from (select district_id, agency_id, incident_no, false as replay from notify.alert
  order by alert_id desc limit 80) k;

-- name: notify/outbox_tellings
select jsonb_agg(k) from (select district_id, agency_id, incident_no, false as replay from notify.alert
  order by alert_id desc limit 80) k;

-- name: notify/outbox_state
select jsonb_agg(k) from (select district_id, agency_id, incident_no, false as replay from notify.alert
  order by alert_id desc limit 80) k;

-- name: notify/outbox_budgets
select jsonb_agg(k) from (select district_id, agency_id, incident_no, false as replay from notify.alert
  order by alert_id desc limit 80) k;

-- name: notify/outbox_alerts
select jsonb_agg(k) from (select district_id, agency_id, incident_no, false as replay from notify.alert
  order by alert_id desc limit 80) k;

-- name: notify/outbox_waiting
select jsonb_agg(k) from (select district_id, agency_id, incident_no, false as replay from notify.alert
  order by alert_id desc limit 80) k;

-- name: notify/call_open
select i.district_id, jsonb_build_object('agency_id', i.agency_id, 'incident_no', i.incident_no, 'school_id', i.school_id), 3, 'live', 0, 1,
  '[{"contact_id": 101, "channel": "email", "step": 1, "lane": 1, "kind": "first", "due": 1700000000}]', 'example', 1700000000000000, 'open'
from district.incident i left join notify.alert a using (district_id, agency_id, incident_no)
where i.district_id = 3 and a.alert_id is null order by i.opened_at desc limit 1;

-- name: notify/alert_update
select district_id, alert_id, 'open', 0, 3, 1 from notify.alert where district_id = 3
order by alert_id desc limit 1;

-- name: notify/alert_round
select district_id, alert_id, 1700000000000000 from notify.alert where district_id = 3 order by alert_id desc limit 1;

-- name: notify/alert_put
select district_id, alert_id, '[{"contact_id": 103, "channel": "email", "step": 2, "lane": 1, "kind": "first", "due": 1700000000}]',
  'example', 'closed'
from notify.alert where district_id = 3 order by alert_id desc limit 1;

-- name: notify/storm_claim
select 80, (extract(epoch from now()) * 1000000)::bigint;

-- name: notify/storm_count notify/storm_alerts notify/storm_waiting notify/storm_contacts
-- name: notify/storm_tellings notify/storm_state
select jsonb_build_array(jsonb_build_object('district_id', 3, 'school_id', 97, 'sealed', false, 'digest', false, 'storm_id', null,
  'replay', false, 'now_us', 1700000000000000));

-- name: notify/storm_open
select 3, '{"storm_id": 1}', 3, 'live', 0, 1, '[]', 'example', 1700000000000000, 'open';

-- name: notify/storm_aside
select 0, district_id, alert_id, 1700000000000000 from notify.alert where district_id = 3 order by alert_id desc limit 1;

-- name: notify/storm_due
select jsonb_agg(jsonb_build_object('district_id', district_id, 'delivery_id', delivery_id)), 1700000000000000
from (select district_id, delivery_id from notify.delivery where state = 'queued' order by 1, 2 limit 20) d;

-- name: notify/outbox_aside
select min(outbox_id), 0, 0, 1700000000000000 from district.outbox;

-- name: notify/alarm_claim
select 80, (extract(epoch from now()) * 1000000)::bigint;

-- name: notify/alarm_contacts
-- name: notify/alarm_tellings
-- name: notify/alarm_state
select '[{"district_id": 3, "alarm_id": 1, "replay": false}]';

-- name: notify/alarm_open
select 3, '{"alarm_id": 1}', 0, 'live', 0, 1,
  '[{"contact_id": 101, "channel": "email", "step": 1, "lane": 0, "kind": "first", "due": 1700000000}]', 'example', 1700000000000000, 'open';

-- name: notify/alarm_aside
select 0, 3, 0, 1700000000000000;

-- name: notify/alarm_due
select '[{"district_id": 3, "delivery_id": 1}]', 1700000000000000;

-- name: notify/alarm_look
select 120;

-- name: notify/drill_claim
select 80, (extract(epoch from now()) * 1000000)::bigint;

-- name: notify/subject_lock notify/subject_alerts notify/subject_waiting
select '[{"district_id": 3, "subject_kind": "drill", "subject_id": "1"}]';

-- name: notify/drill_contacts
-- name: notify/drill_tellings
-- name: notify/drill_state
select '[{"district_id": 3, "drill_id": 1, "replay": false}]';

-- name: notify/drill_open
select 3, '{"drill_id": 1}', 0, 'live', 0, 1,
  '[{"contact_id": 101, "channel": "email", "step": 1, "lane": 4, "kind": "first", "due": 1700000000}]', 'example', 1700000000000000, 'open';

-- name: notify/drill_aside
select 0, 3, 0, 1700000000000000;

-- name: notify/drill_due
select '[{"district_id": 3, "delivery_id": 1}]', 1700000000000000;

-- name: notify/delivery_aside
select district_id, delivery_id, false, 1700000000000000, 86400 from notify.delivery where state = 'queued' order by 1, 2 limit 1;

-- name: notify/aside_note
select 'call', 'call_due.zone';

-- name: notify/aside_again
select 1700000000000000;

-- name: notify/watch_forget
select 90, 200;
