-- Acknowledgements, and the reasons why messages were not sent.
-- Repeatable: applied again whenever this file changes, so edit it in place (CONTRIBUTING.md).

-- Acknowledges an alert: later escalation steps are not alerted. For the holder of a link, or a person who is signed
-- in (r_sign_in.sql).
create or replace function notify.acknowledge(p_district int, p_alert bigint, p_by text) returns boolean
language sql security definer set search_path = notify, pg_temp as $$
    update notify.alert
       set state = 'acknowledged', acknowledged_at = now(), acknowledged_by = p_by
     where district_id = p_district and alert_id = p_alert and acknowledged_at is null;
    update notify.delivery set state = 'cancelled', reason = 'acknowledged'
     where district_id = p_district and alert_id = p_alert and state = 'queued' and wave > 1;
    select true;
$$;

-- Why a message was not sent, as the API says it; null unless it was cancelled. Plain SQL without settings, so that
-- PostgreSQL inlines it into the calling statements.
create or replace function notify.why_not_sent(p_state text, p_reason text) returns text
language sql immutable as $$
    select case when p_state <> 'cancelled' then null
                when p_reason in ('closed', 'withdrawn', 'nothing_new') then p_reason
                when p_reason = 'first_not_sent' then 'nothing_new'
                when p_reason in ('contact_inactive', 'not_of_school', 'sealed', 'no_address') then 'not_for_them'
                else 'acknowledged' end
$$;
