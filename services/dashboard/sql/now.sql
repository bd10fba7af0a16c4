-- name: now_page
-- $1 district, $2 the person's schools; null: all; $3 JSON: for which checks alerts do not go out
-- (failing), and by which channels they do (working), which the district alone is shown. One row of
-- JSON. Open calls whose alert nobody has acknowledged come first, then the more urgent class and
-- priority: a weapon call that somebody has acknowledged still comes before a standby that alerted
-- nobody.
select json_build_object('as_of', liaison.iso(now()),
  'alerts_failing', case when $2::int[] is null then $3::json -> 'failing' else '[]' end,
  'alerts_working', case when $2::int[] is null then $3::json -> 'working' else '[]' end,
  'open_calls', o.calls, 'open_schools', o.schools, 'quiet_since', liaison.iso(q.ended),
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
    from p join district.calls_shown($1::int, $2::int[]) c using (agency_id, incident_no)))
from (
  select count(*) as calls, count(distinct i.school_id) as schools
  from district.seen($1::int, $2::int[]) i
  where district.is_listed(i.status, i.entered_in_error, i.elsewhere, i.merged_into)
    and i.status = 'open') o,
  (select max(coalesce(i.t_closed, i.t_cleared, i.opened_at)) as ended
  from district.seen($1::int, $2::int[]) i
  where district.is_listed(i.status, i.entered_in_error, i.elsewhere, i.merged_into)
    and i.opened_at > now() - interval '7 days') q;
