-- name: why_known
-- $1 agency's id, $2 incident. A value if anything is known of the call.
select 1
where exists (
    select 1
    from agency.event
    where agency_id = $1::int and incident_no = $2)
  or exists (
    select 1
    from district.incident
    where agency_id = $1::int and incident_no = $2);

-- name: why_zone
-- $1 agency's id, $2 incident. Times are listed in the zone of the call's districts from now on, if
-- they have one. One value: the zone.
select set_config('liaison.zone', coalesce((
    select min(d.zone)
    from district.district d
      join district.incident i on (i.district_id, i.agency_id, i.incident_no)
        = (d.district_id, $1::int, $2)
    having count(distinct d.zone) = 1), liaison.listed_zone()), false);

-- name: why_path
-- $1 agency's id, $2 incident. A list in order of time: at, after_s (seconds since the first line),
-- step, district, school, contact (code), name, and what there is to say of the step, as codes,
-- counts and times.
with here as materialized (
  select d.district_id
  from district.district d),
heard as (
  select received_at as at, 'received' as step, null::int as district_id, null::int as school_id,
    null::int as contact_id, jsonb_build_object('event', kind, 'mode', mode,
      'source_time', liaison.listed(occurred_at),
      'source_to_here_s', extract(epoch from received_at - occurred_at)::int) as detail,
    row_number() over (order by received_at, seq) - count(*) over () as turn
  from (
    select e.received_at, e.occurred_at, e.seq,
      (array['call.received', 'incident.opened', 'incident.updated', 'unit.status',
        'incident.closed', 'outcome.recorded'])[e.kind] as kind,
      (array['live', 'replay', 'backfill'])[e.mode] as mode
    from agency.event e
    where e.agency_id = $1::int and e.incident_no = $2) e),
stored as (
  select i.created_at, 'stored', i.district_id, null::int, null::int,
    jsonb_build_object('status', i.status, 'class', i.class, 'type', i.type_code,
      'priority', i.priority, 'sensitivity', i.sensitivity), 1
  from here
    join district.incident i on (i.district_id, i.agency_id, i.incident_no)
      = (here.district_id, $1::int, $2)),
asked as (
  select case w.step when 'place_asked' then r.asked_at else r.decided_at end, w.step,
    r.district_id, case w.step when 'place_decided' then r.school_id end, null::int,
    case w.step when 'place_asked' then jsonb_build_object('until', liaison.listed(r.due_at))
      else jsonb_build_object('state', r.state, 'by', r.decided_by) end, 2
  from district.place_review r
    cross join (values ('place_asked'), ('place_decided')) w(step)
  where r.agency_id = $1::int and r.incident_no = $2
    and (w.step = 'place_asked' or r.decided_at is not null)),
placed as (
  select coalesce((
      select r.decided_at
      from district.place_review r
      where (r.district_id, r.agency_id, r.incident_no)
        = (s.district_id, s.agency_id, s.incident_no)), i.created_at),
    'placed', s.district_id, s.school_id, null::int,
    jsonb_build_object('relation', s.relation, 'method', s.method,
      'confidence', round(s.confidence::numeric, 2), 'distance_m', s.distance_m::int,
      'by', s.decided_by), 3
  from here
    join district.incident_school s on (s.district_id, s.agency_id, s.incident_no)
      = (here.district_id, $1::int, $2)
    join district.incident i on (i.district_id, i.agency_id, i.incident_no)
      = (s.district_id, s.agency_id, s.incident_no)),
alert as (
  select a.*, r.name as rule
  from here
    join notify.alert a on (a.district_id, a.agency_id, a.incident_no)
      = (here.district_id, $1::int, $2)
    left join notify.rule r on (r.district_id, r.rule_id) = (a.district_id, a.rule_id)),
held as (
  select a.held_at, 'held', a.district_id, a.school_id, null::int,
    jsonb_build_object('rule', a.rule, 'mode', a.mode, 'why', a.held_why,
      'into', case a.held_why when 'folded' then g.slug || ' ' || l.incident_no end), 4
  from alert a
    left join notify.alert l on (l.district_id, l.alert_id)
      = (a.district_id, coalesce(a.folded_into, a.beside))
    left join agency.agency g on g.agency_id = l.agency_id
  where a.held_at is not null),
alerted as (
  select a.created_at, 'alerted', a.district_id, a.school_id, null::int,
    jsonb_build_object('rule', a.rule, 'mode', a.mode, 'state', a.state,
      'acknowledgements_wanted', case when a.acks = 0 then to_jsonb('each'::text)
        else to_jsonb(a.acks) end), 4
  from alert a
  where a.state <> 'held'),
round as (
  select b.began_at, 'round', a.district_id, a.school_id, null::int,
    jsonb_build_object('round', b.round), 5
  from alert a
    cross join lateral (
      select 1 as round, a.created_at as began_at
      where a.state <> 'held'
      union all
      select n.round, n.began_at
      from notify.round n
      where (n.district_id, n.alert_id) = (a.district_id, a.alert_id)) b),
message as (
  select a.school_id, d.*
  from alert a
    join notify.delivery d using (district_id, alert_id)),
queued as (
  select m.created_at, 'message', m.district_id, m.school_id, m.contact_id,
    jsonb_build_object('message', m.delivery_id, 'channel', m.channel, 'kind', m.kind,
      'round', m.round, 'step', m.step, 'lane', m.lane, 'state', m.state, 'reason', m.reason,
      'repeats', m.repeat_of, 'due', case m.state when 'queued'
        then liaison.listed(notify.due_wall(m.next_at)) end), 6
  from message m),
tried as (
  select t.began_at, 'try', m.district_id, m.school_id, m.contact_id,
    jsonb_build_object('message', m.delivery_id, 'channel', m.channel, 'try', t.attempt,
      'provider', t.provider, 'took_ms', extract(epoch from t.ended_at - t.began_at) * 1000,
      'outcome', t.outcome, 'reason', t.reason, 'answer', t.answer,
      'provider_id', t.provider_id), 7
  from message m
    join notify.attempt t using (district_id, delivery_id)),
opened as (
  select u.at, 'opened', a.district_id, null::int, substr(u.actor, 9)::int, '{}'::jsonb, 8
  from (select distinct district_id from alert) a
    join liaison.audit u on u.object = 'call ' || a.district_id || '/' || $1 || '/' || $2
  where u.action = 'read_sealed' and u.actor like 'contact:%' and u.detail ->> 'how' = 'link'),
acknowledged as (
  select k.at, case k.kind when 'has' then 'acknowledged' else k.kind end, a.district_id,
    a.school_id, k.contact_id, jsonb_build_object('by', k.by, 'round', k.round,
      'late', nullif(k.late, false), 'to', (select t.code from people.contact t
        where (t.district_id, t.contact_id) = (k.district_id, k.to_contact))), 9
  from alert a
    join notify.acknowledgement k using (district_id, alert_id)),
path as (
  select * from heard union all select * from stored union all select * from asked
  union all select * from placed union all select * from held union all select * from alerted
  union all select * from round
  union all select * from queued union all select * from tried union all select * from opened
  union all select * from acknowledged)
select case when liaison.listed_zone() is null then liaison.iso(p.at)
    else liaison.listed(p.at) end as at,
  round(extract(epoch from p.at - min(p.at) over ()), 3)::float8 as after_s, p.step,
  d.slug as district, s.code as school, c.code as contact, c.name,
  jsonb_strip_nulls(p.detail) as detail
from path p
  left join district.district d using (district_id)
  left join district.school s using (district_id, school_id)
  left join people.contact c on (c.district_id, c.contact_id) = (p.district_id, p.contact_id)
order by p.at, p.turn, s.code, p.contact_id, p.detail ->> 'message';
