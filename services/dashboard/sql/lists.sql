-- name: schools
-- $1 district, $2 the person's schools; null: all. One row of JSON.
select json_build_object('schools', coalesce(json_agg(json_build_object(
    'id', school_id, 'code', code, 'name', name, 'level', level, 'address', address,
    'latitude', latitude, 'longitude', longitude, 'radius_m', radius_m,
    'campus', campus::json, 'active', active) order by name, school_id), '[]'))
from district.school
where district_id = $1::int and district.is_theirs(school_id, $2::int[]);

-- name: codes
-- The common codes. One row of JSON.
select json_build_object(
  'classes', coalesce((select json_agg(json_build_object('class', class, 'name', name,
    'rank', rank) order by rank, class) from code.class), '[]'),
  'types', coalesce((select json_agg(json_build_object('code', code, 'name', name,
    'class', class) order by name, code) from code.type where not withheld), '[]'),
  'dispositions', coalesce((select json_agg(json_build_object('code', code, 'name', name)
    order by name, code) from code.disposition), '[]'));
