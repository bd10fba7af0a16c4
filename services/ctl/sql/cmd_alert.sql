-- name: alert_held
-- $1 district's slug, or null for all. A list: a row for each alert that is held back. Those that
-- wait for a digest, or were told in one, are not.
select d.slug as district, s.code as school, a.slug as agency, h.incident_no as incident, i.class,
  i.status, h.held_why as why, liaison.listed(h.held_at) as held_at
from notify.alert h
  join district.district d using (district_id)
  join district.school s using (district_id, school_id)
  join district.incident i using (district_id, agency_id, incident_no)
  join agency.agency a using (agency_id)
where h.state = 'held' and h.held_why is distinct from 'digest'
  and ($1::text is null or d.slug = $1)
order by h.held_at, a.slug, h.incident_no;
