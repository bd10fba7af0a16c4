-- Typical parameters of the statements of dashboard (common.sql).

-- name: dashboard/confirm_show
-- name: dashboard/confirm_press
select array['\xff'::bytea];

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

-- name: dashboard/outcomes
select 3, null, current_date - 365, current_date, null, null, null, null, null, null, null, null, null;
