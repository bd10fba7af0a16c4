-- What each service may touch. Applied after every schema change; the owner is never used at run time.

grant usage on schema liaison, code, agency, district, notify to liaison_intake;
grant select on all tables in schema code to liaison_intake;
grant select on agency.agency, agency.feed_key to liaison_intake;
grant select on district.district, district.school, district.school_alias to liaison_intake;
grant select, insert, update on agency.stream, agency.stream_gap, agency.quarantine, agency.tally,
    agency.manifest, agency.proof, agency.absent to liaison_intake;
grant delete on agency.stream_gap to liaison_intake;
grant select, insert, update (incident_no, found_by), delete on agency.event to liaison_intake;
grant select, insert, update, delete on agency.incident to liaison_intake;
grant select, insert, update on district.incident, district.outcome to liaison_intake;
grant delete on district.outcome to liaison_intake;
grant select, insert, update, delete on district.incident_school to liaison_intake;
grant insert, select on district.change, district.outbox to liaison_intake;
grant select, insert, update, delete on district.place_review to liaison_intake;
grant select on district.not_school, district.school_name to liaison_intake;

grant usage on schema liaison, code, district, notify, agency to liaison_notify;
grant select on code.class, code.type, code.disposition to liaison_notify;
grant select on agency.agency to liaison_notify;
grant select on district.district, district.school, district.incident, district.incident_school,
    district.contact, district.contact_school to liaison_notify;
grant select, update, delete on district.outbox to liaison_notify;
grant select on notify.rule to liaison_notify;
grant select, insert, update on notify.alert, notify.delivery to liaison_notify;
grant select, insert, update, delete on notify.token to liaison_notify;

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
grant select on notify.alert, notify.delivery, notify.token to liaison_dashboard;
grant execute on function notify.acknowledge(int, bigint, text) to liaison_dashboard;
grant select, update (password_hash) on dashboard.person to liaison_dashboard;
grant select on dashboard.right to liaison_dashboard;
grant select, insert, update, delete on dashboard.session, dashboard.sign_in_failure to liaison_dashboard;

grant select on liaison.schema_version, liaison.revision to liaison_intake, liaison_notify, liaison_dashboard;
grant select, insert, update on liaison.counter, liaison.service
    to liaison_intake, liaison_notify, liaison_dashboard;
grant insert on liaison.audit to liaison_intake, liaison_notify, liaison_dashboard;

grant usage on schema publication to liaison_public;
grant select on publication.year, publication.year_class, publication.district, publication.class
    to liaison_public;

revoke all on schema public from public;
revoke execute on all functions in schema notify, publication from public;
grant execute on function notify.acknowledge(int, bigint, text) to liaison_dashboard;
grant execute on function publication.publish_last_year(int), publication.publish_next(int) to liaison_dashboard;
grant execute on all functions in schema agency, district, code to liaison_intake;
grant execute on all functions in schema code to liaison_notify, liaison_dashboard;
revoke execute on function district.answer_place(int, int, text, int, boolean, text, text),
    district.decide_place(int, int, text, int, boolean, text, text) from public, liaison_intake;
grant execute on function district.answer_place(int, int, text, int, boolean, text, text),
    district.decide_place(int, int, text, int, boolean, text, text) to liaison_dashboard;
revoke execute on function district.told(int, int, text, int[]) from public, liaison_intake;
grant execute on function district.told(int, int, text, int[]) to liaison_dashboard;
