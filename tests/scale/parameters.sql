-- Typical parameters of each statement: the name is service and statement, and the select returns the parameters ($1,
-- $2, ...) as columns, for the installation of installation.py. District 3 and agency 3 are typical; person 21 sees the
-- whole of district 3. @columns(...) expands to the array parameters of an insertion, one for each column: the column's
-- value, unless the brackets give another.

-- name: common/counters_add
select 'intake', '{a,b}'::text[], '{x,y}'::text[], '{1,2}'::bigint[];

-- name: common/counters_alive
select 'intake', '00000000-0000-4000-8000-00000000000b', '1';

-- name: intake/hold
select array[3, 4], array_fill('00000000-0000-4000-8000-00000000000a'::text, array[2]), array[0, 0];

-- name: intake/owners_lost
select array[3, 4], array_fill('00000000-0000-4000-8000-00000000000a'::text, array[2]);

-- name: intake/events
-- name: intake/events_if_new
select
@columns(seq = (select max(seq) + 1 from agency.event where stream_no = 3); content_id = gen_random_uuid(); units = units::text)
from agency.event where stream_no = 3 order by seq desc limit 1;

-- name: intake/settle
select
@columns(first_at = now(); version_at = now(); version_seq = version_seq + 1)
from agency.incident where agency_id = 3 and at_school order by version_at desc limit 1;

-- name: intake/tally
select array[3, 4], z, z, z, z, z, z, z, z, z, z, z, z, z, z, z from (select array[1, 2]) v(z);

-- name: intake/absent
select array[3, 3], array[high + 1, high + 2] from agency.stream where stream_no = 3;

-- name: intake/proof
select 3, high, 'today', 1, 17, 0, 0, high - 1000, high - 900 from agency.stream where stream_no = 3;

-- name: intake/open_gap
select 3, high + 1, high + 2 from agency.stream where stream_no = 3;

-- name: intake/fill_gap
select 3, 33, 17;

-- name: intake/gone
select 3, 33, 34;

-- name: intake/quarantine
select array[3], array[3], array[high + 1], array[700], array[repeat('0', 64)], array[''], array['field'],
  array['t_received'], array['bad time'] from agency.stream where stream_no = 3;

-- name: intake/manifest
select 3, 'today', 1340, 0, 0, 1340, high, high + 9, '' from agency.stream where stream_no = 3;

-- name: intake/find
select array[3, 3], array[min(incident_no), null], array['{R-300}', '{N-1}']
from district.incident where agency_id = 3;

-- name: intake/alive
select array[3, 4], array_fill('00000000-0000-4000-8000-00000000000a'::text, array[2]), array[5, 5];

-- name: intake/wanted
select array[3, 4];

-- name: intake/prove
select array_agg(stream_no), 2 from agency.stream;

-- name: intake/take
select 3, '00000000-0000-0000-0000-000000000003', 1, 'live', '00000000-0000-4000-8000-00000000000c', 'feed 1', 'peer',
  12, 100;

-- name: intake/gaps
select 3;

-- name: intake/gaps_asked
select 3;

-- name: intake/held
select 3;

-- name: intake/purge
select 24;

-- name: intake/expire_outcomes
select 30;

-- name: notify/steady_tick
select 0;

-- name: notify/provider_seen
select '00000000-0000-4000-8000-00000000000c', '[{"channel": "email", "replay": false, "name": "smtp", "up": true, "since": 1700000000}]', 1700000000000000;

-- name: notify/providers
select 1700000000000000;

-- name: notify/delivery_lapse
select (extract(epoch from now()) * 1000000)::bigint;

-- name: notify/delivery_claim
select 100, '00000000-0000-4000-8000-00000000000c', 60, 'email', 1, (extract(epoch from now()) * 1000000)::bigint, '{call,storm}'::text[], 'smtp', true, false;

-- name: notify/call_due
select jsonb_agg(jsonb_build_object('district_id', district_id, 'delivery_id', delivery_id)), 1700000000000000
from (select district_id, delivery_id from notify.delivery where state = 'queued' order by 1, 2 limit 20) d;

-- name: notify/delivery_composed
select district_id, delivery_id, 'first', '{"now": {}}', 1700000000 from notify.delivery where state = 'queued' limit 1;

-- name: notify/token_add
select '\xff'::bytea, district_id, alert_id, 101, 'ff' from notify.alert where district_id = 3 order by alert_id desc limit 1;

-- name: notify/delivery_hold
select district_id, delivery_id from notify.delivery where state = 'sending' limit 1;

-- name: notify/delivery_end
select district_id, delivery_id, leased_by, 'sent', null, '', 'p1', -1, 1700000000000000, true from notify.delivery
where state = 'sending' limit 1;

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
  '[{"contact_id": 101, "channel": "email", "wave": 1, "lane": 1, "kind": "first", "due": 1700000000}]', 'example', 1700000000000000
from district.incident i left join notify.alert a using (district_id, agency_id, incident_no)
where i.district_id = 3 and a.alert_id is null order by i.opened_at desc limit 1;

-- name: notify/alert_update
select district_id, alert_id, 'open', 0, 3, 1 from notify.alert where district_id = 3
order by alert_id desc limit 1;

-- name: notify/alert_round
select district_id, alert_id, 1700000000000000 from notify.alert where district_id = 3 order by alert_id desc limit 1;

-- name: notify/alert_put
select district_id, alert_id, '[{"contact_id": 103, "channel": "email", "wave": 2, "lane": 1, "kind": "first", "due": 1700000000}]',
  'example', 'closed'
from notify.alert where district_id = 3 order by alert_id desc limit 1;

-- name: notify/storm_claim
select 80, (extract(epoch from now()) * 1000000)::bigint;

-- name: notify/storm_count notify/storm_alerts notify/storm_waiting notify/storm_contacts
-- name: notify/storm_tellings notify/storm_state
select jsonb_build_array(jsonb_build_object('district_id', 3, 'school_id', 97, 'sealed', false, 'storm_id', null,
  'replay', false, 'now_us', 1700000000000000));

-- name: notify/storm_open
select 3, '{"storm_id": 1}', 3, 'live', 0, 1, '[]', 'example', 1700000000000000;

-- name: notify/storm_aside
select 0, district_id, alert_id, 1700000000000000 from notify.alert where district_id = 3 order by alert_id desc limit 1;

-- name: notify/storm_due
select jsonb_agg(jsonb_build_object('district_id', district_id, 'delivery_id', delivery_id)), 1700000000000000
from (select district_id, delivery_id from notify.delivery where state = 'queued' order by 1, 2 limit 20) d;

-- name: notify/outbox_aside
select min(outbox_id), 0, 0, 1700000000000000 from district.outbox;

-- name: notify/alarm_claim
select 80, (extract(epoch from now()) * 1000000)::bigint;

-- name: notify/alarm_lock
-- name: notify/alarm_alerts
-- name: notify/alarm_waiting
-- name: notify/alarm_contacts
-- name: notify/alarm_tellings
-- name: notify/alarm_state
select '[{"district_id": 3, "alarm_id": 1, "replay": false}]';

-- name: notify/alarm_open
select 3, '{"alarm_id": 1}', 0, 'live', 0, 1,
  '[{"contact_id": 101, "channel": "email", "wave": 1, "lane": 0, "kind": "first", "due": 1700000000}]', 'example', 1700000000000000;

-- name: notify/alarm_aside
select 0, 3, 0, 1700000000000000;

-- name: notify/alarm_due
select '[{"district_id": 3, "delivery_id": 1}]', 1700000000000000;

-- name: notify/alarm_look
select 120;

-- name: notify/drill_claim
select 80, (extract(epoch from now()) * 1000000)::bigint;

-- name: notify/drill_lock
-- name: notify/drill_alerts
-- name: notify/drill_waiting
-- name: notify/drill_contacts
-- name: notify/drill_tellings
-- name: notify/drill_state
select '[{"district_id": 3, "drill_id": 1, "replay": false}]';

-- name: notify/drill_open
select 3, '{"drill_id": 1}', 0, 'live', 0, 1,
  '[{"contact_id": 101, "channel": "email", "wave": 1, "lane": 4, "kind": "first", "due": 1700000000}]', 'example', 1700000000000000;

-- name: notify/drill_aside
select 0, 3, 0, 1700000000000000;

-- name: notify/drill_due
select '[{"district_id": 3, "delivery_id": 1}]', 1700000000000000;

-- name: dashboard/confirm_show
-- name: dashboard/confirm_press
select array['\xff'::bytea];

-- name: ctl/drill_channel_unknown
select 'email,sms';

-- name: ctl/drill_school
select 3, 'S1';

-- name: ctl/drill_start
select 3, (select min(school_id) from district.school where district_id = 3), 'Ann', 'email', true, false;

-- name: ctl/drill_known
select 3, '1';

-- name: ctl/drill_list
select 3;

-- name: ctl/drill_show
select 3, 1;

-- name: dashboard/ack_show
select array[token_hash] from notify.token where district_id = 3 and expires_at > now() order by alert_id desc limit 1;

-- name: dashboard/ack_storm
select array[token_hash] from notify.token where district_id = 3 and expires_at > now() order by alert_id desc limit 1;

-- name: dashboard/ack_press
select array[token_hash] from notify.token where district_id = 3 and expires_at > now() order by alert_id desc limit 1;

-- name: dashboard/ack_say
select array[token_hash], 'comment', null, 'Doors are locked.' from notify.token where district_id = 3 and expires_at > now()
order by alert_id desc limit 1;

-- name: dashboard/link_missed
select 'x', 5, 900, 600;

-- name: dashboard/link_shown
select array[token_hash] from notify.token where district_id = 3 and expires_at > now() order by alert_id desc limit 1;

-- name: dashboard/hook_receipt
select 'twilio', 'p1', district_id || '.' || delivery_id || '.1', 'failed', 'failed', '30003'
from notify.delivery where state = 'sent' order by delivery_id desc limit 1;

-- name: dashboard/hook_text
select 'twilio', 'p1', '+15550100001', 'OK';

-- name: dashboard/schools
select 3, null;

-- name: dashboard/published
select 'd3';

-- name: dashboard/publish
select 2;

-- name: dashboard/reviews
select 3, null;

-- name: dashboard/review_decide
select district_id, 'a' || agency_id, incident_no, (candidates -> 0 ->> 'school')::int, true, decode(lpad('15', 64, '0'), 'hex')
from district.place_review where district_id = 3 and state = 'open' order by asked_at limit 1;

-- name: dashboard/session_find
select decode(lpad('15', 64, '0'), 'hex'), 480;

-- name: dashboard/session_show
select decode(lpad('15', 64, '0'), 'hex'), 480, null;

-- name: dashboard/session_end
select decode(lpad('15', 64, '0'), 'hex');

-- name: dashboard/sealed_shown
select decode(lpad('15', 64, '0'), 'hex'), jsonb_build_object('calls', jsonb_build_array(jsonb_build_object(
  'agency', 'a3', 'incident', incident_no, 'sensitivity', 'sealed')))
from district.incident where district_id = 3 order by opened_at desc limit 1;

-- name: dashboard/sign_in_try
select 'p21@example', 'key', '127.0.0.1', '127.0.0.1', '\x01'::bytea, '\x02'::bytea, 5, 900, 600, 90;

-- name: dashboard/sign_in_finish
select '\x02'::bytea, 'hash', null, '\x03'::bytea, 'csrf', '\x01'::bytea, 12;

-- name: dashboard/sign_in_upkeep
select 480;

-- name: dashboard/stream_start
select 3;

-- name: dashboard/stream_resume
select 3, max(change_id) - 100 from district.change where district_id = 3;

-- name: dashboard/stream_changes
select 3, 700, max(change_id) - 100, 100, array[null, '{97,98}', '{99}'] from district.change where district_id = 3;

-- name: dashboard/stream_alert
select 3, max(alert_id), array[null, '{97,98}', '{99}'] from notify.alert where district_id = 3;

-- name: dashboard/stream_alerts
select 3, 100;

-- name: dashboard/stream_rights
select array_agg(token_hash), 480 from dashboard.session where district_id = 3;

-- name: common/connection_settings
select '30000', '2000', '60000';

-- name: ctl/status_services ctl/status_agencies ctl/status_counts ctl/status_withheld ctl/status_streams
-- name: ctl/status_quarantine ctl/status_outcomes ctl/status_reviews ctl/status_held ctl/status_counters
-- name: ctl/status_queues ctl/status_deliveries ctl/alert_held ctl/alias_list ctl/contact_list ctl/contact_absences ctl/rule_list
-- name: ctl/calendar_list ctl/school_list ctl/review_list ctl/feeder_list
select null;

-- name: ctl/agency_insert
select 'new', 'New Police', 'police', 'UTC', 'low', 900;

-- name: ctl/agency_key_insert
select repeat('x', 40), 3, '';

-- name: ctl/agency_revoke
select null, 3;

-- name: ctl/agency_set
select 3, 'Another name', null, null, null;

-- name: ctl/agency_limits_set
select 3, '10', null, null;

-- name: ctl/agency_limits ctl/reconcile_prove
select 3;

-- name: ctl/alias_put
select 3, 97, 'name', 'NEW WORDS';

-- name: ctl/alias_known ctl/alias_forget
select 3, 'name', 'NAME 97';

-- name: ctl/code_class_put
select 'new', 'New', 18;

-- name: ctl/code_type_put
select 'NEW', 'New', 'other', null, null;

-- name: ctl/code_disposition_put
select 'NEW', 'New';

-- name: ctl/code_offense_put
select 'NEW', 'New', 'A', 'society', null;

-- name: ctl/code_class_known
select 'other';

-- name: ctl/code_type_known
select 'FIGHT';

-- name: ctl/code_disposition_known ctl/code_outcome_known
select '01';

-- name: ctl/code_priority_known
select '5';

-- name: ctl/code_map_add
select 3, 2, 'type', 'F1', 'FIGHT', 1;

-- name: ctl/code_version_end
select 3, 'type';

-- name: ctl/code_version_gone
select 3, 'type', 1, 2;

-- name: ctl/code_remap
select 3, '';

-- name: ctl/contact_put
select 3, 'C1', 'Contact 1', 'principal', 'other@d3.example', null, 1, false, true, 'es';

-- name: ctl/contact_webhook
select 3, 'C1', 'https://hooks.d3.example/cap', repeat('s', 32);

-- name: ctl/contact_id
select 3, 'C1';

-- name: ctl/contact_absent
select 3, 103, '2026-12-01', '2026-12-05', null;

-- name: ctl/contact_back
select 103;

-- name: ctl/contact_scope
select 103, 'district';

-- name: ctl/contact_school_unknown
select 3, 'S97;S98';

-- name: ctl/contact_schools_add
select 3, 103, 'S98;S99';

-- name: ctl/district_put
select 'd3', 'District 3', 'America/New_York', null, null, null, null, null, null, null, null, null, null;

-- name: ctl/outcome_list
select null, 100;

-- name: ctl/outcome_attach
select e.stream_no || '.' || e.seq, i.incident_no
from agency.event e join agency.incident i using (agency_id)
where e.incident_no is null and e.agency_id = 3 and i.at_school order by i.first_at desc limit 1;

-- name: ctl/quarantine_list
select null, 'held', 100;

-- name: ctl/quarantine_show
select max(quarantine_id) from agency.quarantine;

-- name: ctl/quarantine_decide_all
select 'asked', 'operator', 'a3';

-- name: ctl/quarantine_decide
select 'asked', 'operator', max(quarantine_id) from agency.quarantine where state = 'held';

-- name: ctl/reconcile_proven ctl/reconcile_unproven ctl/reconcile_findings ctl/reconcile_repair
select 3, current_date - 3;

-- name: ctl/rule_school_unknown
select 'S97;S98', 3;

-- name: ctl/rule_history
select 3, null;

-- name: ctl/rule_remove
select 3, 'none of this name';

-- name: ctl/try_district
select 3, current_date - 6, current_date;

-- name: ctl/try_rules
select 3, '[{"name": "more", "given": {"min_priority": 9}, "plain": {"active": true, "rank": 100, "stops": false,
  "min_priority": 0, "hours": "any", "channels": ["email"], "sealed": false, "escalate_s": 300, "max_age_s": 86400,
  "again_priority": 9, "acks": 1, "quiet_priority": 9}}]', null;

-- name: ctl/try_rule_known
select 3, 'none of this name';

-- name: ctl/try_contacts ctl/try_schools
select 3;

-- name: ctl/try_hours
select '[["22:00:00", "06:00:00"]]', 'America/New_York', now() - interval '7 days', now();

-- name: ctl/try_steps
select 3, now() - interval '1 day', now();

-- name: ctl/rule_class_unknown
select 'violence;weapon';

-- name: ctl/rule_type_unknown
select 'FIGHT;WEAPON';

-- name: ctl/rule_disposition_unknown
select 'ARREST';

-- name: ctl/rule_relation_unknown
select 'at;near';

-- name: ctl/calendar_put
select 3, '2026-11-26', '2026-11-27', 'holiday', null, null;

-- name: ctl/bell_put
select 3, 'S97', 0, '08:10', '15:10';

-- name: ctl/contact_quiet
select 103, '22:00', '06:00', 9;

-- name: ctl/contact_alarms
select 103, true;

-- name: ctl/rule_channel_unknown
select 'email;sms';

-- name: ctl/rule_put
select 3, 'all', '{"schools": ["S97"], "classes": ["violence"], "min_priority": 1}', '{"active": true, "rank": 100, "stops": false,
  "min_priority": 0, "hours": "any", "channels": ["email"], "sealed": false, "escalate_s": 300, "max_age_s": 86400,
  "again_priority": 9, "acks": 1, "quiet_priority": 9, "frequency": "update"}';

-- name: ctl/template_put
select 3, 'es', 'message.sender', 'D3', 'operator';

-- name: ctl/template_remove
select 3, 'es', 'message.sender';

-- name: ctl/template_list
select 'd3';

-- name: ctl/template_of
select 3, 'es';

-- name: ctl/schema_numbered
select 8;

-- name: ctl/schema_numbered_add
select 9999, 'new', 'digest';

-- name: ctl/schema_repeatable
select 'r_derive.sql';

-- name: ctl/schema_repeatable_put
select 'r_derive.sql', 'digest';

-- name: ctl/school_keep_name
select 3, 'S97', 'A new name', null;

-- name: ctl/school_put
select 3, 'S97', 'A new name', 'high', '97 MAIN ST', 40.1, -75.1, 150, null;

-- name: ctl/school_feeders_make
select 3, 'North;South';

-- name: ctl/school_feeders_end ctl/school_feeders_link
select 3, 'S97', 'North;South';

-- name: ctl/user_put
select 'new@example', 'New', '$argon2id$new';

-- name: ctl/user_end_sessions ctl/user_rights_end
select 21;

-- name: ctl/user_right
select 22, 3, 'school';

-- name: ctl/user_right_school
select role_id, 3, 'S98' from people.role where person_id = 22;

-- name: ctl/user_set_active
select 'p22@example', false;

-- name: ctl/relation_oid
select 'liaison.schema_version';

-- name: ctl/audit_add
select 'operator', 'test', 'thing', null;

-- name: ctl/agency_slugs ctl/agency_id
select 'a3';

-- name: ctl/district_slugs ctl/district_id
select 'd3';

-- name: ctl/school_id
select 3, 'S97';

-- name: ctl/zone_known
select 'America/New_York';

-- name: ctl/district_publish
select 3;

-- name: ctl/session_settings
select 'ctl:operator';

-- name: ctl/feeder_id ctl/feeder_insert
select 3, 'North';

-- name: ctl/feeder_link
select 3, 97, 1, null, null;

-- name: ctl/feeder_unlink
select 3, 97, 1;

-- name: ctl/feeder_schools
select 3, null;

-- name: ctl/code_version_insert
select 3, 'priority';

-- name: dashboard/call_only
select district_id, null, 'a' || agency_id, incident_no
from district.incident where district_id = 3 order by opened_at desc limit 1;

-- name: dashboard/call_detail
select district_id, null, 'a' || agency_id, incident_no, decode(lpad('15', 64, '0'), 'hex')
from district.incident where district_id = 3 order by opened_at desc limit 1;

-- name: dashboard/alert_say
select decode(lpad('15', 64, '0'), 'hex'), district_id, alert_id, 'comment', null, 'Doors are locked.'
from notify.alert where district_id = 3 order by alert_id desc limit 1;

-- name: dashboard/call_acknowledge
select district_id, null, 'a' || agency_id, incident_no, decode(lpad('15', 64, '0'), 'hex')
from notify.alert where district_id = 3 order by alert_id desc limit 1;

-- name: dashboard/calls_{opened_at,updated_at,school,class,type,priority,status,disposition}_{asc,desc}
select 3, null, null, null, null, null, null, null, null, null, null, null, null, false, 50, 0;

-- name: dashboard/now_page
select 3, null, '[]';

-- name: dashboard/watch_read
select;

-- name: dashboard/outcomes
select 3, null, current_date - 365, current_date, null, null, null, null, null, null, null, null, null;

-- name: ctl/why_known ctl/why_path
select agency_id, incident_no from notify.alert where district_id = 3 order by alert_id desc limit 1;
