-- name: try_district
-- $1 district, $2 first day and $3 last day of the period, or null: today, and a year before the
-- last day. Its zone, the days, the moments at which they begin and end, and its alert budget.
select d.zone, p.first_day, p.last_day, district.moment(p.first_day, d.zone) as begins,
  district.moment(p.last_day + 1, d.zone) as ends, d.alert_budget, d.alert_budget_s
from district.district d
  cross join lateral (
    select coalesce($3::date, (now() at time zone d.zone)::date) as day) l
  cross join lateral (
    select coalesce($2::date, (l.day - interval '1 year')::date + 1) as first_day,
      l.day as last_day) p
where d.district_id = $1::int;

-- name: try_rules
-- $1 district, $2 rules that are tried, as JSON ([{"name", "given", "plain"}], as rule_put takes
-- them), $3 the name of a rule that is left out, or null. The columns of outbox_rules of notify, as
-- the rules would be then, and names. Quiet hours are times of the day.
with tried as (
  select t.turn, t.name, t.plain, case when t.given -> 'schools' is null then t.given
    else t.given || jsonb_build_object('schools', (
      select jsonb_agg(school_id order by school_id)
      from district.school
      where district_id = $1::int
        and code in (
          select jsonb_array_elements_text(nullif(t.given -> 'schools', 'null'))))) end as given
  from rows from (jsonb_to_recordset($2::jsonb) as (name text, given jsonb, plain jsonb))
    with ordinality as t(name, given, plain, turn)),
new as (
  select r.rule_id, t.name, n::notify.rule as rule
  from notify.rule r
    join tried t using (name)
    cross join lateral jsonb_populate_record(r, t.given) n
  where r.district_id = $1::int
  union all
  select (2000000000 + t.turn)::int, t.name, n::notify.rule
  from tried t
    cross join lateral jsonb_populate_record(null::notify.rule, t.plain || t.given) n
  where not exists (
    select 1
    from notify.rule r
    where r.district_id = $1::int and r.name = t.name)),
rules as (
  select rule_id, name, rule
  from new
  union all
  select r.rule_id, r.name, r
  from notify.rule r
  where r.district_id = $1::int and r.name not in (select name from tried))
select $1::int as district_id, r.rule_id, r.name, to_json((r.rule).schools) as schools,
  to_json((r.rule).classes) as classes, to_json((r.rule).types) as types,
  to_json((r.rule).dispositions) as dispositions, to_json((r.rule).relations) as relations,
  to_json((r.rule).weekdays) as weekdays, (r.rule).within_m, (r.rule).stops,
  (r.rule).quiet_priority, null::jsonb as quiet, (r.rule).quiet_from, (r.rule).quiet_to,
  (r.rule).min_priority, (r.rule).hours, 'email' = any ((r.rule).channels) as email,
  'sms' = any ((r.rule).channels) as sms, 'webhook' = any ((r.rule).channels) as webhook,
  (r.rule).sealed, (r.rule).escalate_s,
  (r.rule).max_age_s, (r.rule).again_priority, (r.rule).acks,
  (r.rule).frequency <> 'update' as material, (r.rule).frequency = 'digest' as digest
from rules r
where (r.rule).active and r.name is distinct from $3
order by (r.rule).rank, r.rule_id;

-- name: try_rule_known
-- $1 district, $2 name of a rule. One value.
select true
from notify.rule
where district_id = $1::int and name = $2;

-- name: try_contacts
-- $1 district. The columns of outbox_contacts of notify, for each school, as it is today, and who
-- it is. Quiet hours are times of the day.
select c.*, null::jsonb as quiet
from district.school s
  cross join lateral notify.contacts_of(s.district_id, s.school_id) c
where s.district_id = $1::int
order by c.school_id, c.step, c.contact_id;

-- name: try_schools
-- $1 district. A list.
select school_id, code, name
from district.school
where district_id = $1::int;

-- name: try_hours
-- $1 hours as JSON ([["22:00:00", "06:00:00"]]), $2 zone, $3 and $4 begin and end of the period.
-- Their moments, in microseconds, from two days before to seven days after it.
select h.hours ->> 0 as from_time, h.hours ->> 1 as to_time,
  (extract(epoch from w.begins) * 1000000)::bigint as begins_us,
  (extract(epoch from w.ends) * 1000000)::bigint as ends_us
from jsonb_array_elements($1::jsonb) h(hours)
  cross join generate_series(($3::timestamptz at time zone $2)::date - 2,
    ($4::timestamptz at time zone $2)::date + 7, interval '1 day') g(day)
  cross join lateral notify.quiet_window(g.day::date, (h.hours ->> 0)::time,
    (h.hours ->> 1)::time, $2) w
order by from_time, to_time, begins_us;

-- name: try_steps
-- $1 district, $2 begin and $3 end of the period. Calls that began in it, but for replays: each
-- moment at which something of a call became known, at each school that it was ever at, in order of
-- time. The columns that outbox_state of notify has of a call; at_us in microseconds; is_last: of
-- this call at this school; by_history: false where no events are kept, so that the step is the
-- call as it is today; folded: each agency's call counts by itself; month in the zone of the
-- district; at as it is listed.
select $1::int as district_id, s.agency_id, a.slug as agency, s.incident_no, s.school_id,
  false as replay, s.by_history, (extract(epoch from s.at) * 1000000)::bigint as at_us,
  lead(s.at) over call is null as is_last, lag(s.at) over call is null as is_first, s.relation,
  s.method, s.distance_m, 'live' as mode, s.status, s.class, s.sensitivity, s.type_code, s.priority,
  s.entered_in_error, s.merged, s.place, s.units, s.unit_state, s.coming, s.sent,
  s.life_safety, s.class_rank, s.in_school_hours, s.weekday, s.ended_as, 0 as folded,
  '' as folded_by, '' as folded_still, '' as holders,
  false as acknowledged,
  extract(epoch from s.opened_at)::bigint as opened,
  coalesce(extract(epoch from s.t_closed)::bigint, 0) as closed_at,
  greatest(0, extract(epoch from s.at - s.opened_at))::bigint as age_s,
  to_char(s.at at time zone d.zone, 'YYYY-MM') as month,
  liaison.listed(s.at) as at
from notify.known_steps($1::int, $2::timestamptz, $3::timestamptz) s
  join district.district d on d.district_id = $1::int
  left join agency.agency a using (agency_id)
window call as (partition by s.agency_id, s.incident_no, s.school_id order by s.at)
order by s.at, s.agency_id, s.incident_no, s.school_id;
