-- name: outcome_list
-- $1 agency's slug, or null for all, $2 how many at most. A list.
select e.stream_no || '.' || e.seq as id, a.slug as agency,
  array_to_string(e.report_numbers, ', ') as report_numbers,
  liaison.listed(e.received_at) as received_at,
  case when f.found is null then 'waits' else 'ambiguous' end as state,
  coalesce(array_to_string(f.found, ', '), '') as incidents
from agency.event e
  join agency.agency a using (agency_id),
  lateral (select agency.incidents_of(e.agency_id, e.report_numbers, e.mode) as found) f
where e.incident_no is null
  and ($1::text is null or a.slug = $1)
order by f.found is null, e.received_at
limit $2::int;

-- name: outcome_attach
-- $1 STREAM.SEQ of the event, $2 incident. One value: whether both exist.
select agency.attach_outcome(split_part($1, '.', 1)::int, split_part($1, '.', 2)::bigint, $2);
