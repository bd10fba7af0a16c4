-- name: now_facts
-- $1 district, $2 the person's schools; null: all. What the sentence is made of: schools and the
-- name of one; open calls and at how many schools; of the most urgent one what, where, units under
-- way and on scene, who acknowledged it, whether it was alerted; when the last call ended; agencies
-- that are cut off, the name of one, since when; units of the most urgent call that are clear.
-- First comes what waits for somebody, then what presses most: a weapon that somebody has still
-- goes before a standby that alerts nobody.
select s.n, s.name, o.n, o.schools, lead.what, lead.school, lead.under_way, lead.on_scene,
  lead.acknowledged_by, lead.alerted, liaison.clock(q.at, d.zone), g.n, g.name,
  liaison.clock(g.at, d.zone), lead.cleared
from district.district d
cross join (
  select count(*) as n, min(n.name) as name from district.school n
  where n.district_id = $1::int and n.active
    and district.is_theirs(n.school_id, $2::int[])) s
cross join (
  select count(*) as n, count(distinct i.school_id) as schools
  from district.seen($1::int, $2::int[]) i
  where district.is_listed(i.status, i.entered_in_error, i.elsewhere, i.merged_into)
    and i.status = 'open') o
left join lateral (
  select coalesce((select t.name from code.type t where t.code = i.type_code),
      (select c.name from code.class c where c.class = i.class), i.class) as what,
    (select n.name from district.incident_school s
      join district.school n using (district_id, school_id)
      where s.district_id = i.district_id and s.agency_id = i.agency_id
        and s.incident_no = i.incident_no and district.is_theirs(s.school_id, $2::int[])
      order by s.rank limit 1) as school,
    (select count(*) from jsonb_array_elements(i.units) u
      where u ->> 'status' in ('dispatched', 'en_route')) as under_way,
    (select count(*) from jsonb_array_elements(i.units) u
      where u ->> 'status' = 'on_scene') as on_scene,
    (select count(*) from jsonb_array_elements(i.units) u
      where u ->> 'status' = 'clear') as cleared,
    (select min(al.acknowledged_by)
      from notify.alerts_seen(i.district_id, i.agency_id, i.incident_no, $2::int[]) al
      where al.acknowledged_at is not null) as acknowledged_by,
    exists (select
      from notify.alerts_seen(i.district_id, i.agency_id, i.incident_no, $2::int[])) as alerted
  from district.seen($1::int, $2::int[]) i
  where district.is_listed(i.status, i.entered_in_error, i.elsewhere, i.merged_into)
    and i.status = 'open'
  order by (select count(*) > 0 and count(al.acknowledged_at) = 0
      from notify.alerts_seen(i.district_id, i.agency_id, i.incident_no, $2::int[]) al) desc,
    coalesce((select c.rank from code.class c where c.class = i.class), 999),
    i.priority desc nulls last, i.opened_at, i.agency_id, i.incident_no limit 1) lead on true
cross join (
  select max(coalesce(i.t_closed, i.t_cleared, i.opened_at)) as at
  from district.seen($1::int, $2::int[]) i
  where district.is_listed(i.status, i.entered_in_error, i.elsewhere, i.merged_into)
    and i.opened_at > now() - interval '7 days') q
cross join (
  select count(*) as n, min(x.name) as name, min(x.heard) as at
  from agency.heard_in($1::int) x where x.state = 'cut_off') g
where d.district_id = $1::int;

-- name: now_page
-- The same parameters, $3 the sentence. One row of JSON.
select json_build_object('as_of', liaison.iso(now()), 'sentence', $3::text,
  'agencies', (
    select coalesce(json_agg(json_build_object('slug', slug, 'name', name,
      'last_heard_at', liaison.iso(last_heard), 'connected', coalesce(connected, false),
      'state', state, 'proof', proof) order by name, slug), '[]')
    from agency.heard_in($1::int)),
  'schools', (
    select coalesce(json_agg(json_build_object('id', n.school_id, 'name', n.name,
      'level', n.level, 'latitude', n.latitude, 'longitude', n.longitude, 'radius_m', n.radius_m,
      'open', coalesce(o.n, 0), 'today', coalesce(t.n, 0), 'last_call_at', liaison.iso(l.at))
      order by n.name, n.school_id), '[]')
    from district.school n
    left join (
      select i.school_id, count(*) as n from district.seen($1::int, $2::int[]) i
      where district.is_listed(i.status, i.entered_in_error, i.elsewhere, i.merged_into)
        and i.status = 'open' group by i.school_id) o using (school_id)
    left join (
      select i.school_id, count(*) as n
      from district.district d join district.seen($1::int, $2::int[]) i using (district_id)
      cross join lateral (select date_trunc('day', now() at time zone d.zone) as starts) today
      where district.is_listed(i.status, i.entered_in_error, i.elsewhere, i.merged_into)
        and i.opened_at >= today.starts at time zone d.zone
        and i.opened_at < (today.starts + interval '1 day') at time zone d.zone
      group by i.school_id) t using (school_id)
    left join lateral (
      select i.opened_at as at from district.seen($1::int, $2::int[]) i
      where i.school_id = n.school_id
        and district.is_listed(i.status, i.entered_in_error, i.elsewhere, i.merged_into)
      order by i.opened_at desc limit 1) l on true
    where n.district_id = $1::int and n.active
      and district.is_theirs(n.school_id, $2::int[])),
  'open', (
    with p as (
      select i.agency_id, i.incident_no, row_number() over (order by (
          select count(*) > 0 and count(al.acknowledged_at) = 0
          from notify.alerts_seen(i.district_id, i.agency_id, i.incident_no, $2::int[]) al) desc,
        coalesce((select c.rank from code.class c where c.class = i.class), 999),
        i.priority desc nulls last, i.opened_at, i.agency_id, i.incident_no) as at
      from district.seen($1::int, $2::int[]) i
      where district.is_listed(i.status, i.entered_in_error, i.elsewhere, i.merged_into)
        and i.status = 'open')
    select coalesce(json_agg(c.call order by p.at), '[]')
    from p join district.calls_shown($1::int, $2::int[]) c using (agency_id, incident_no)
    where p.at <= 500),
  'recent', (
    with p as (
      select i.agency_id, i.incident_no from district.seen($1::int, $2::int[]) i
      where district.is_listed(i.status, i.entered_in_error, i.elsewhere, i.merged_into)
        and i.status <> 'open' and i.opened_at > now() - interval '24 hours'
      order by i.opened_at desc limit 200)
    select coalesce(json_agg(c.call order by c.opened_at desc, c.slug, c.incident_no), '[]')
    from p join district.calls_shown($1::int, $2::int[]) c using (agency_id, incident_no)));
