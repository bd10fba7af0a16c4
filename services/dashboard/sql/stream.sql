-- name: stream_start
-- $1 district. Where a stream begins: the oldest running transaction, and the last change below it.
select pg_snapshot_xmin(pg_current_snapshot())::text, coalesce((
  select change_id from district.change
  where district_id = $1::int and district.is_settled(xid)
  order by xid desc, change_id desc limit 1), 0);

-- name: stream_resume
-- $1 district, $2 the last change that was seen. No row: it is not known any more.
select xid::text, change_id from district.change
where district_id = $1::int and change_id = $2::bigint and district.is_settled(xid);

-- name: stream_changes
-- $1 district, $2 and $3 the change before, $4 how many at most. The schools whose people see the
-- call, and those that this change took it from.
select c.xid::text, c.change_id, a.slug, c.incident_no, array(
    select s.school_id from district.audience(i.district_id, i.agency_id, i.incident_no) s
    where not s.former), c.gone_from
from (
  select * from district.change
  where district_id = $1::int and (xid, change_id) > ($2::xid8, $3::bigint)
    and district.is_settled(xid)
  order by xid, change_id limit $4::int) c
join agency.agency a using (agency_id)
left join district.incident i using (district_id, agency_id, incident_no)
order by c.xid, c.change_id;

-- name: stream_alert
-- $1 district, $2 alert. Its call, and its school if people there see the call.
select a.slug, al.incident_no, array(
    select s.school_id from district.audience(i.district_id, i.agency_id, i.incident_no) s
    where not s.former and s.school_id = al.school_id)
from notify.alert al join agency.agency a using (agency_id)
join district.incident i using (district_id, agency_id, incident_no)
where al.district_id = $1::int and al.alert_id = $2::bigint and al.state <> 'held';

-- name: stream_alerts
-- $1 district, $2 how many at most, the newest first. What became of each: a, acknowledged; else
-- the first letter of its state.
select alert_id, case when acknowledged_at is not null then 'a' else left(state, 1) end
from notify.alert where district_id = $1::int order by alert_id desc limit $2::int;

-- name: stream_rights
-- $1 sessions, $2 minutes of idleness. What the people behind them may see now.
select session::text, district_id, whole, schools from dashboard.rights_now($1::bytea[], $2::int);
