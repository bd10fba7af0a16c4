-- name: stream_start
-- $1 district. Columns: the oldest running transaction, and the last change before it. A stream
-- starts there.
select pg_snapshot_xmin(pg_current_snapshot())::text, coalesce((
  select change_id from district.change
  where district_id = $1::int and district.is_settled(xid)
  order by xid desc, change_id desc limit 1), 0);

-- name: stream_resume
-- $1 district, $2 the last change that the client received. No row: it is not in the log any more.
select xid::text, change_id from district.change
where district_id = $1::int and change_id = $2::bigint and district.is_settled(xid);

-- name: stream_changes
-- $1 district, $2 and $3 the position after which to read, $4 limit, $5 the schools of each
-- listener; null: the whole district. Columns 5 and 6: the numbers of the listeners, from 1, who
-- see the changed call, and of those from whom the change took it.
with listener as (
  select n, schools::int[] from unnest($5::text[]) with ordinality as k(schools, n))
select c.xid::text, c.change_id, a.slug, c.incident_no,
  array(select k.n from listener k
    where c.gone_from is null and district.sees(w.schools, k.schools)),
  array(select k.n from listener k where district.sees(c.gone_from, k.schools)
    and c.gone_from is not null and not district.sees(w.schools, k.schools))
from (
  select * from district.change
  where district_id = $1::int and (xid, change_id) > ($2::xid8, $3::bigint)
    and district.is_settled(xid)
  order by xid, change_id limit $4::int) c
join agency.agency a using (agency_id)
cross join lateral (
  select array(select s.school_id
    from district.audience(c.district_id, c.agency_id, c.incident_no) s
    where not s.former) as schools offset 0) w
order by c.xid, c.change_id;

-- name: stream_alert
-- $1 district, $2 alert, $3 listeners, as above. The alert's call, and the numbers of the listeners
-- who may know of it: those of its school, if people of that school see the call.
select a.slug, al.incident_no, array(
    select k.n from unnest($3::text[]) with ordinality as k(schools, n)
    where district.sees(w.schools, k.schools::int[]))
from notify.alert al join agency.agency a using (agency_id)
join district.incident i using (district_id, agency_id, incident_no)
cross join lateral (
  select array(select s.school_id
    from district.audience(i.district_id, i.agency_id, i.incident_no) s
    where not s.former and s.school_id = al.school_id) as schools offset 0) w
where al.district_id = $1::int and al.alert_id = $2::bigint and al.state <> 'held';

-- name: stream_alerts
-- $1 district, $2 limit. The newest alerts, newest first. Second column: a if it is acknowledged,
-- else the first letter of its state.
select alert_id, case when acknowledged_at is not null then 'a' else left(state, 1) end
from notify.alert where district_id = $1::int order by alert_id desc limit $2::int;

-- name: stream_rights
-- $1 hashes of sessions, $2 idle timeout in minutes. The present rights of their people. No row:
-- the session or its rights have ended.
select session::text, district_id, whole, schools from dashboard.rights_now($1::bytea[], $2::int);
