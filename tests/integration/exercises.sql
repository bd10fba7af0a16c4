-- What services run beside the typical parameters of tests/scale, so that each right of theirs is used: paths through
-- functions that the typical call does not take. Over the same installation; name is the role and what happens.

-- name: intake an event of a call that is late, has outcomes, and waits for a person
insert into agency.event (stream_no, seq, agency_id, incident_no, kind, mode, occurred_at, epoch, content_id, call_type,
  unsure, outcomes, report_numbers)
select unnest(array[3]), unnest(array[999999999]), unnest(array[3]), unnest(array['H-1']), unnest(array[6]), unnest(array[1]),
  unnest(array[now()]), unnest(array[1]), unnest(array[gen_random_uuid()]), unnest(array['F1']),
  unnest(array['{"address": "1 OAK ST", "name": "", "schools": [{"district": 3, "school": 97, "confidence": 0.6}]}']),
  unnest(array['[{"code": "CITED", "outcome_id": "O1"}, {"outcome_id": "O2", "voids": "O1"}]']), array['N-2']
on conflict do nothing
returning stream_no, seq;
insert into agency.incident as i (agency_id, incident_no, status, mode, first_at, first_epoch, first_seq, version_at,
  version_epoch, version_seq)
values (3, 'H-1', 1, 1, now(), 1, 1, now(), 1, 1)
on conflict (agency_id, incident_no) do update set stale = true, updated_at = now(), mode = i.mode
returning agency_id, incident_no, stale, at_school;
select * from agency.settle('{3}', '{H-1}', true);
update agency.incident set at_school = true where agency_id = 3 and incident_no = 'H-1';
select * from district.expire_reviews(100);
select * from district.derive('{3}', '{H-1}');
select * from agency.find_outcomes('{3}', '{H-1}', '{NULL}');

-- name: intake more outcomes of a number than one commit files
insert into agency.event (stream_no, seq, agency_id, kind, mode, occurred_at, epoch, content_id, outcomes, report_numbers)
select 3, 888000000 + n, 3, 6, 1, now(), 1, gen_random_uuid(), '[{"code": "CITED"}]', '{N-3}' from generate_series(1, 210) n;
insert into agency.incident (agency_id, incident_no, status, mode, first_at, first_epoch, first_seq, version_at,
  version_epoch, version_seq, report_numbers)
values (3, 'MANY-1', 1, 1, now(), 1, 1, now(), 1, 1, '{N-3}');
select * from agency.find_outcomes('{3}', '{MANY-1}', '{"{N-3}"}');
select * from agency.catch_up();

-- name: intake a call at a school is derived again
select s.* from agency.incident i, agency.settle(array[agency_id], array[incident_no], true) s
where i.agency_id = 3 and i.incident_no = (select max(incident_no) from agency.incident where agency_id = 3 and at_school);

-- name: dashboard a message that waits shows when it is due
select notify.wall(now());

-- name: notify an alert beyond the budget is held back, and the operator is told
insert into notify.alert (district_id, agency_id, incident_no, school_id, rule_id, mode, budgeted)
select i.district_id, i.agency_id, 'B-' || n, i.school_id, 3, 'live', true
from (select d.* from district.incident d left join notify.alert a using (district_id, agency_id, incident_no)
      where district_id = 3 and class = 'other' and alert_id is null order by incident_no limit 1) i,
  generate_series(1, 30) n;
select notify.open_alert(i.district_id, i.agency_id, i.incident_no, i.school_id, 3, 'live', 0, 1, '[]', 'example', now(), 'open')
from (select d.* from district.incident d left join notify.alert a using (district_id, agency_id, incident_no)
      where district_id = 3 and class = 'other' and alert_id is null order by incident_no limit 1) i;
select notify.count_storms(jsonb_agg(jsonb_build_object('district_id', a.district_id, 'school_id', a.school_id, 'sealed', false,
  'digest', false, 'now_us', 1700000000000000))) from notify.alert a where a.state = 'held';
select o from notify.storm t, notify.open_storm(t.district_id, t.storm_id, 3, 'live', 0, 1, '[]', 'example', now(), 'open') o;
select v.*, c.* from notify.storm t, notify.storm_sight(t.district_id, 101, t.storm_id) v,
  notify.storm_told(t.district_id, 101, t.storm_id) c;
select c.* from notify.storm t, notify.storm_calls(t.district_id, t.storm_id) c;
select f.* from notify.alert a, notify.agencies_beside(a.district_id, a.alert_id) f where a.state = 'held';

-- name: dashboard a link about a storm shows its calls
select * from notify.link_calls('\xff');
