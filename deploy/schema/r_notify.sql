-- What becomes of deliveries, and how it is shown.
-- Repeatable: applied again whenever this file changes, so edit it in place (CONTRIBUTING.md).

-- Acknowledges an alert: later escalation steps are not alerted. By token, or for a signed-in person (r_sign_in.sql).
create or replace function notify.acknowledge(p_district int, p_alert bigint, p_by text) returns boolean
language sql security definer set search_path = notify, pg_temp as $$
    update notify.alert
       set state = 'acknowledged', acknowledged_at = now(), acknowledged_by = p_by
     where district_id = p_district and alert_id = p_alert and acknowledged_at is null;
    update notify.delivery set state = 'cancelled', reason = 'acknowledged'
     where district_id = p_district and alert_id = p_alert and state = 'queued' and wave > 1;
    select true;
$$;

-- Why a message was not sent after all, as the API says it; null of any other. Plain SQL without settings of its own,
-- so that PostgreSQL puts it into the statements that ask.
create or replace function notify.why_not_sent(p_state text, p_reason text) returns text
language sql immutable as $$
    select case when p_state <> 'cancelled' then null
                when p_reason in ('closed', 'withdrawn', 'nothing_new') then p_reason
                when p_reason = 'first_not_sent' then 'nothing_new'
                when p_reason = 'opted_out' then p_reason
                when p_reason in ('contact_inactive', 'not_of_school', 'sealed', 'no_address') then 'not_for_them'
                else 'acknowledged' end
$$;
