-- What each service may touch: this and nothing else. Applied after every schema change; the owner is
-- never used at run time. First all is taken back, so that what is granted no more is not kept by a
-- database that had it.

do $$
declare
    v_schema text;
    v_function regprocedure;
    v_roles constant text := 'liaison_intake, liaison_notify, liaison_dashboard, liaison_public';
begin
    foreach v_schema in array '{liaison, code, agency, district, notify, dashboard, publication}'::text[] loop
        execute format('revoke all on all tables in schema %I from %s', v_schema, v_roles);
        execute format('revoke all on all sequences in schema %I from %s', v_schema, v_roles);
        execute format('revoke all on all functions in schema %I from %s', v_schema, v_roles);
        execute format('revoke all on schema %I from %s', v_schema, v_roles);
    end loop;
    -- What runs as the owner is for those who are named below. Other functions give no right.
    for v_function in select p.oid::regprocedure from pg_proc p join pg_namespace n on n.oid = p.pronamespace
                       where p.prosecdef and n.nspname = any('{liaison, code, agency, district, notify, dashboard, publication}')
    loop
        execute format('revoke execute on function %s from public', v_function);
    end loop;
end $$;
revoke execute on all functions in schema notify, dashboard, publication from public;

grant usage on schema liaison, code, agency, district, notify to liaison_intake;
grant select on all tables in schema code to liaison_intake;
grant select on agency.agency, agency.feed_key to liaison_intake;
grant select on district.district, district.school, district.school_alias to liaison_intake;
grant select, insert, update on agency.stream, agency.stream_gap, agency.quarantine, agency.tally,
    agency.manifest, agency.proof, agency.absent to liaison_intake;
grant delete on agency.stream_gap to liaison_intake;
-- Events and calls are deleted by the functions that end the holding window, and by nothing else.
grant select, insert on agency.event to liaison_intake;
grant select, insert, update on agency.incident to liaison_intake;
grant execute on all functions in schema agency to liaison_intake;
grant select, insert, update on district.incident, district.outcome to liaison_intake;
grant select, insert, update, delete on district.incident_school to liaison_intake;
grant insert, select on district.change, district.outbox to liaison_intake;
grant select, insert, update on district.place_review to liaison_intake;
grant select on district.not_school, district.school_name to liaison_intake;

grant usage on schema liaison, code, district, notify, agency to liaison_notify;
grant select on code.class, code.type, code.disposition to liaison_notify;
grant select on agency.agency to liaison_notify;
grant select on district.district, district.school, district.incident, district.incident_school,
    district.contact, district.contact_school to liaison_notify;
grant select, update (lease_until), delete on district.outbox to liaison_notify;
grant select on notify.rule to liaison_notify;
grant select, insert, update (rule_id, said, state, budgeted, created_at) on notify.alert to liaison_notify;
grant select, insert, update (kind, state, attempts, next_at, lease_until, leased_by, provider_id, reason, error,
    content, sent_at) on notify.delivery to liaison_notify;
grant select, insert, delete on notify.token to liaison_notify;

grant usage on schema liaison, code, agency, district, notify, dashboard, publication to liaison_dashboard;
grant select on all tables in schema code to liaison_dashboard;
grant select on agency.agency to liaison_dashboard;
grant select (stream_no, agency_id, mode, created_at, connected_at, heard_at, said_at, skew_ms)
    on agency.stream to liaison_dashboard;
grant select (agency_id, revoked_at) on agency.feed_key to liaison_dashboard;
grant select on agency.tally, agency.completeness to liaison_dashboard;
grant select on district.district, district.school, district.school_name, district.feeder,
    district.school_feeder, district.incident, district.incident_school, district.outcome,
    district.change, district.place_review to liaison_dashboard;
grant select (district_id, contact_id, name, role) on district.contact to liaison_dashboard;
grant select on notify.alert, notify.delivery to liaison_dashboard;
-- People, sessions, links and the audit: only through these, each of which sets the actor itself.
grant execute on function
    dashboard.sign_in_try(text, text, text, inet, bytea, bytea, int, int, int, int),
    dashboard.sign_in_finish(bytea, text, text, bytea, text, bytea, int),
    dashboard.session_find(bytea, int, boolean), dashboard.session_end(bytea), dashboard.sign_in_upkeep(int),
    dashboard.sealed_shown(bytea, jsonb), dashboard.rights_now(bytea[], int),
    notify.link(bytea), notify.link_shown(bytea), notify.why_not_sent(text, text),
    notify.acknowledge_as(bytea, int, bigint), notify.acknowledge_link(bytea),
    district.answer_place_as(bytea, int, text, int, boolean) to liaison_dashboard;

grant select on liaison.schema_version, liaison.revision to liaison_intake, liaison_notify, liaison_dashboard;
grant select, insert, update on liaison.counter, liaison.service
    to liaison_intake, liaison_notify, liaison_dashboard;

grant execute on function liaison.iso(timestamptz),
    district.is_settled(xid8), agency.heard_in(int), district.is_listable(boolean, text),
    district.is_listed(text, boolean, boolean, text), district.is_counted(text, boolean),
    district.calls_found(int, int[], date, date, int, text, text, text, text, text, text, text, text, boolean),
    district.calls_shown(int, int[]), notify.alerts_seen(int, int, text, int[]), district.is_theirs(int, int[]),
    district.sees(int[], int[]) to liaison_dashboard;

grant usage on schema publication to liaison_public;
grant select on publication.year, publication.year_class, publication.district, publication.class
    to liaison_public;

revoke all on schema public from public;
grant execute on function publication.publish_last_year(int), publication.publish_next(int) to liaison_dashboard;
grant execute on function notify.sight(int, int, int, int, text), notify.lock_budgets(jsonb),
    notify.audit_hold(int, int, int, int, interval),
    notify.open_alert(int, int, text, int, int, text, text, jsonb, jsonb, text) to liaison_notify;
grant execute on function district.told(int, int, text, int[]) to liaison_dashboard;
