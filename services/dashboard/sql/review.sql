-- name: reviews
-- $1 district, $2 the number of other questions that the answer settled, or null. Lists open
-- questions by their time limit, then those of the last seven days whose calls were listed as
-- uncertain. One row of JSON.
with p as (
  select q.* from district.place_review q where q.district_id = $1::int
    and (q.state = 'open' or (q.state = 'expired' and q.mode <> 'backfill'
      and q.due_at > now() - interval '7 days'))
  order by q.state = 'expired', case when q.state = 'open' then q.due_at end,
    q.due_at desc, q.agency_id, q.incident_no limit 200)
select json_build_object(
  'as_of', liaison.iso(now()),
  'open', (select count(*) from district.place_review q
    where q.district_id = $1::int and q.state = 'open'),
  'others', $2::int,
  'items', coalesce(json_agg(json_build_object(
    'agency', a.slug, 'agency_name', a.name, 'incident', q.incident_no, 'state', q.state,
    'mode', q.mode, 'asked_at', liaison.iso(q.asked_at), 'due_at', liaison.iso(q.due_at),
    'opened_at', liaison.iso(q.opened_at), 'class', q.class,
    'type', (select t.name from code.type t where t.code = q.type_code),
    'sensitivity', q.sensitivity, 'address', q.address, 'place_name', q.place_name,
    'schools', coalesce((
      select json_agg(json_build_object('id', n.school_id, 'name', n.name,
        'method', c ->> 'method', 'confidence', (c ->> 'confidence')::real) order by o)
      from jsonb_array_elements(q.candidates) with ordinality as e(c, o)
      join district.school n on n.district_id = q.district_id
        and n.school_id = (c ->> 'school')::int), '[]'))
    order by q.state = 'expired', case when q.state = 'open' then q.due_at end,
      q.due_at desc, q.agency_id, q.incident_no), '[]'))
from p q join agency.agency a using (agency_id);

-- name: review_decide
-- $1 district, $2 the agency's slug, $3 incident, $4 school; null: none, $5 remember, $6 the
-- session's hash. No row: there is no such question. First column: whether there is such a school.
-- Second: the number of other questions that the answer settled; null: the question was answered
-- before.
select known.school, case when known.school then
    district.answer_place_as($6::bytea, q.agency_id, q.incident_no, $4::int, $5::boolean) end
from (select $4::int is null or exists (select from district.school s
    where s.district_id = $1::int and s.school_id = $4::int and s.active)) known(school),
  district.place_review q join agency.agency a using (agency_id)
where q.district_id = $1::int and a.slug = $2 and q.incident_no = $3;
