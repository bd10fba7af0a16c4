-- Typical parameters of the statements of ctl (common.sql).

-- name: ctl/drill_channel_unknown
select 'email,sms';

-- name: ctl/drill_school
select 3, 'S1';

-- name: ctl/drill_running
select 3, (select min(school_id) from district.school where district_id = 3);

-- name: ctl/drill_start
select 3, (select min(school_id) from district.school where district_id = 3), 'Ann', 'email', true, false;

-- name: ctl/drill_known
select 3, '1';

-- name: ctl/drill_list
select 3;

-- name: ctl/drill_show
select 3, 1;

-- name: ctl/status_services ctl/status_agencies ctl/status_counts ctl/status_withheld ctl/status_streams
-- name: ctl/status_quarantine ctl/status_outcomes ctl/status_reviews ctl/status_held ctl/status_counters
-- name: ctl/status_queues ctl/status_deliveries ctl/alert_held ctl/alias_list ctl/contact_list ctl/contact_absences ctl/rule_list ctl/district_list
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

-- name: ctl/code_class_now
select 'other';

-- name: ctl/code_type_now
select 'FIGHT';

-- name: ctl/code_disposition_now
select '01';

-- name: ctl/code_offense_now
select '09A';

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

-- name: ctl/contact_now
select 3, 'C1', 'Contact 1';

-- name: ctl/contact_put
select 3, 'C1', 'Contact 1', 'principal', 'other@d3.example', null, 1, false, true, 'es';

-- name: ctl/contact_webhook
select 3, 'C1', 'https://hooks.d3.example/cap', repeat('s', 32);

-- name: ctl/school_codes
select 3;

-- name: ctl/contact_id
select 3, 'C1';

-- name: ctl/contact_absent
select 3, 103, '2026-12-01', '2026-12-05', null;

-- name: ctl/contact_absence_over
select 3, '2026-12-05';

-- name: ctl/contact_back
select 103, null;

-- name: ctl/contact_scope
select 103, 'district';

-- name: ctl/contact_schools_add
select 3, 103, 'S98;S99';

-- name: ctl/district_put
select 'd3', 'District 3', 'America/New_York', null, null, null, null, null, null, null, null, null, null, null;

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

-- name: ctl/calendar_now
select 3, '2026-11-25', '2026-11-27', 'S97';

-- name: ctl/calendar_put
select 3, '2026-11-26', '2026-11-27', 'holiday', null, null;

-- name: ctl/bell_now
select 3, 'S97', 1;

-- name: ctl/bell_put
select 3, 'S97', 0, '08:10', '15:10';

-- name: ctl/contact_quiet
select 103, '22:00', '06:00', 9;

-- name: ctl/contact_alarms
select 103, true;

-- name: ctl/rule_now
select 3, 'all';

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

-- name: ctl/school_now
select 3, 'S97';

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

-- name: ctl/session_zone
select 'd3';

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

-- name: ctl/feeder_link_now
select 3, 97, 1, null;

-- name: ctl/feeder_link
select 3, 97, 1, null, null;

-- name: ctl/feeder_unlink
select 3, 97, 1;

-- name: ctl/feeder_schools
select 3, null;

-- name: ctl/code_version_insert
select 3, 'priority';

-- name: ctl/why_known ctl/why_zone ctl/why_path
select agency_id, incident_no from notify.alert where district_id = 3 order by alert_id desc limit 1;
