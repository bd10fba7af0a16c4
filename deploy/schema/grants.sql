-- What each service may touch: this and nothing else. Applied after every schema change; the owner is
-- never used at run time. First all is taken back, so that what is granted no more is not kept by a
-- database that had it. Then each right stands once, by role, and each is one that a statement needs
-- (tests/integration/test_grants.py takes them back one by one). Functions that run as their caller give
-- no right, and everybody may execute them but in the schemas that are named here.

do $$
declare
    v_schemas constant text[] := '{liaison, code, agency, district, people, notify, dashboard, publication}';
    v_schema text;
    v_function regprocedure;
    v_roles constant text := 'liaison_intake, liaison_notify, liaison_dashboard, liaison_public';
begin
    foreach v_schema in array v_schemas loop
        execute format('revoke all on all tables in schema %I from %s', v_schema, v_roles);
        execute format('revoke all on all sequences in schema %I from %s', v_schema, v_roles);
        execute format('revoke all on all functions in schema %I from %s', v_schema, v_roles);
        execute format('revoke all on schema %I from %s', v_schema, v_roles);
    end loop;
    -- What runs as the owner is for those who are named below. Other functions give no right.
    for v_function in select p.oid::regprocedure from pg_proc p join pg_namespace n on n.oid = p.pronamespace
                       where p.prosecdef and n.nspname = any(v_schemas)
    loop
        execute format('revoke execute on function %s from public', v_function);
    end loop;
end $$;
revoke execute on all functions in schema people, notify, dashboard, publication from public;
revoke all on schema public from public;

-- Intake ------------------------------------------------------------------------------------------------

grant usage on schema liaison, code, agency, district to liaison_intake;
grant select on liaison.revision to liaison_intake;
grant select, insert, update on liaison.counter, liaison.service to liaison_intake;
grant select on code.map, code.map_version, code.offense, code.type to liaison_intake;
grant select on agency.agency, agency.feed_key to liaison_intake;
grant select, insert, update on agency.absent, agency.incident, agency.manifest, agency.proof, agency.quarantine,
    agency.stream, agency.tally to liaison_intake;
grant select, insert, update, delete on agency.stream_gap to liaison_intake;
-- Events and calls are deleted by the functions that end the holding window, and by nothing else.
grant select, insert on agency.event to liaison_intake;
grant execute on function
    agency.expire_outcomes(interval, int), agency.file_outcome(int, bigint, text, text),
    agency.purge_holding(interval, int), agency.purge_streams(int) to liaison_intake;
grant select on district.district, district.not_school, district.school, district.school_alias,
    district.school_name to liaison_intake;
grant select, insert, update on district.incident, district.outcome, district.place_review to liaison_intake;
grant select, insert, update, delete on district.incident_school to liaison_intake;
grant select, insert on district.change to liaison_intake;
grant insert on district.outbox to liaison_intake;
grant select, insert, delete on agency.later to liaison_intake;

-- Notify ------------------------------------------------------------------------------------------------

grant usage on schema liaison, code, agency, district, people, notify to liaison_notify;
grant select, insert, update on liaison.counter, liaison.service to liaison_notify;
grant select on code.class, code.disposition, code.type to liaison_notify;
grant select on agency.agency to liaison_notify;
grant select on district.bell, district.calendar_day, district.district, district.incident, district.incident_school,
    district.school to liaison_notify;
grant select on people.contact, people.covered, people.may_cover, people.standing_in to liaison_notify;
grant select, update (lease_until), delete on district.outbox to liaison_notify;
grant select on notify.round, notify.rule, notify.storm, notify.template to liaison_notify;
grant select, insert, update (found, first_at, last_at), delete on notify.aside to liaison_notify;
grant select, insert, update (rule_id, state, budgeted, created_at, asked_at, severity, acks, ruled, look_at, held_why,
    storm_id, folded_into, beside) on notify.alert to liaison_notify;
grant select, insert, update (kind, step, lane, round, state, attempts, next_at, due_at, lease_until, leased_by,
    provider_id, reason, error, content, said_at, sent_at) on notify.delivery to liaison_notify;
grant select, insert, update on notify.clock to liaison_notify;
grant select, insert, update (seen_at, up, since, reason, answer), delete on notify.provider to liaison_notify;
grant select, insert, update (worker, provider, began_at, ended_at, outcome, reason, answer, provider_id)
    on notify.attempt to liaison_notify;
grant select, insert, delete on notify.token to liaison_notify;
grant select, insert, update (every_s, within_s, mailbox_error), delete on notify.prober to liaison_notify;
grant select, insert, update (outcome, reason, answer, returned_at), delete on notify.probe to liaison_notify;
grant execute on function notify.health(), notify.wall_now() to liaison_notify;
grant select, update (waits) on notify.alarm to liaison_notify;
grant select on notify.finding to liaison_notify;
grant select, update (waits) on notify.drill to liaison_notify;
grant execute on function notify.drilled(int, int), notify.forget_old(interval, int),
    notify.open_drill(int, int, jsonb, text, timestamptz) to liaison_notify;
grant execute on function notify.alarm_found(int, bigint), notify.alarm_shown(int, bigint, int),
    notify.look_for_alarms(interval),
    notify.open_alarm(int, bigint, int, jsonb, text, timestamptz), notify.warn_of_holes() to liaison_notify;
grant execute on function
    notify.addressee(text, text), notify.audit_hold(int, int, int, int, interval), notify.lock_budgets(jsonb),
    notify.begin_round(int, bigint, timestamptz), notify.call_facts(int, int, text, int),
    notify.claim(int, uuid, interval, text, int[], timestamptz, text[], text, boolean, boolean, boolean, boolean),
    notify.contacts_of(int, int), notify.count_storms(jsonb), notify.delivery_of(int, bigint),
    notify.has_quiet_hours(int, int), notify.may_go(notify.delivery, text[]),
    notify.loose(),
    notify.due(jsonb, bigint), notify.earlier_ids(notify.delivery), notify.fold_into(int, int, text, int, int, jsonb),
    notify.is_counted(int, int, text, int),
    notify.agencies_beside(int, bigint), notify.held(int, bigint), notify.last_provider(int, bigint),
    notify.look_at_changed(),
    notify.not_arriving(), notify.is_deferred(notify.delivery, text, interval),
    notify.release(text, text, int[], interval, timestamptz, int),
    notify.repeats_by(text, int, bigint, int, boolean, boolean),
    notify.open_alert(int, int, text, int, int, text, int, int, jsonb, text, timestamptz, text),
    notify.opted_out(int, text),
    notify.open_storm(int, bigint, int, text, int, int, jsonb, text, timestamptz, text),
    notify.other_ids(int, bigint, text), notify.quiet_window(date, time, time, text),
    notify.quiet_windows(time, time, text, timestamptz),
    notify.settle(int, bigint),
    notify.put_deliveries(int, bigint, int, jsonb, text, text), notify.read_mailbox(text, bigint, bigint),
    notify.said_before(notify.delivery), notify.said_surely(notify.delivery),
    notify.sight(int, int, int, int, text),
    notify.storm_calls(int, bigint), notify.storm_sight(int, int, bigint),
    notify.storm_told(int, int, bigint), notify.storms_of(jsonb), notify.tellings_of(int, bigint),
    notify.tells(notify.delivery),
    notify.take_bounce(text, text, text, text), notify.tried(notify.delivery), notify.units_of(jsonb),
    people.contacts_who_may_cover(int, int),
    people.webhook_secret(int) to liaison_notify;
grant select on notify.mailbox to liaison_notify;

-- Dashboard ---------------------------------------------------------------------------------------------

grant usage on schema liaison, code, agency, district, people, notify, dashboard, publication to liaison_dashboard;
grant select, insert, update on liaison.counter, liaison.service to liaison_dashboard;
grant select on code.class, code.disposition, code.type to liaison_dashboard;
grant select on agency.agency, agency.completeness to liaison_dashboard;
grant select (agency_id, revoked_at) on agency.feed_key to liaison_dashboard;
grant select (agency_id, mode, heard_at, said_at) on agency.stream to liaison_dashboard;
grant select on district.change, district.district, district.incident, district.incident_school, district.outcome,
    district.place_review, district.school to liaison_dashboard;
grant select (district_id, contact_id, name, role) on people.contact to liaison_dashboard;
grant select on notify.alert, notify.clock, notify.delivery, notify.needed, notify.storm to liaison_dashboard;
-- People, sessions, links and the audit: only through these, each of which sets the actor itself.
grant execute on function
    dashboard.rights_now(bytea[], int), dashboard.sealed_shown(bytea, jsonb), dashboard.session_end(bytea),
    dashboard.session_find(bytea, int, boolean), dashboard.sign_in_finish(bytea, text, text, bytea, text, bytea, int),
    dashboard.sign_in_try(text, text, text, inet, bytea, bytea, int, int, int, int), dashboard.sign_in_upkeep(int),
    district.answer_place_as(bytea, int, text, int, boolean), district.told(int, int, text, int[]),
    notify.acknowledge_as(bytea, int, bigint), notify.acknowledge_link(bytea),
    notify.alert_said(bytea, bigint, boolean), notify.alerts_seen(int, int, text, int[]), notify.confirm(bytea),
    notify.confirmable(bytea), notify.confirmable_said(bytea), notify.digest_due(timestamptz, time, text),
    notify.find_link(bytea[]), notify.held_seen(int, int, text, int[]), notify.link_missed(text, int, int, int),
    notify.link_said(bytea), notify.refused_as(bytea, int, bigint, text, int),
    notify.refused_by_link(bytea, text, int), notify.say_as(bytea, int, bigint, text, int, text),
    notify.say_by_link(bytea, text, int, text),
    notify.health(), notify.language_of(text), notify.link(bytea), notify.link_calls(bytea), notify.link_shown(bytea),
    notify.others_told(int, bigint, int), notify.standing(int, bigint[]), notify.state_at(notify.delivery),
    notify.waits_until(notify.delivery),
    notify.take_receipt(text, text, text, text, text, text, int, int), notify.take_text(text, text, text, text),
    notify.due_wall(timestamptz), notify.wall(timestamptz), notify.wall_now(), notify.why_not_sent(text, text),
    publication.publish_next(int) to liaison_dashboard;

-- Public ------------------------------------------------------------------------------------------------

grant usage on schema publication to liaison_public;
grant select on publication.class, publication.district, publication.year, publication.year_class to liaison_public;
