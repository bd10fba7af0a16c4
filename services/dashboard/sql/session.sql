-- name: session_find
select * from dashboard.session_find($1::bytea, $2::int, true);

-- name: session_show
select json_build_object(
  'user', json_build_object('id', w.person_id, 'login', w.login, 'name', w.name,
    'role', case when $3::int[] is null then 'district' else 'school' end,
    'schools', to_json($3::int[])),
  'district', json_build_object('id', d.district_id, 'slug', d.slug, 'name', d.name,
    'zone', d.zone, 'hours24', d.hours24, 'year_start_month', d.year_start_month,
    'hours', json_build_object('start', to_char(d.hours_start, 'HH24:MI'),
      'end', to_char(d.hours_end, 'HH24:MI'))),
  'csrf', w.csrf)
from dashboard.session_find($1::bytea, $2::int, false) w
join district.district d using (district_id);

-- name: session_end
select dashboard.session_end($1::bytea);

-- name: sealed_shown
select dashboard.sealed_shown($1::bytea, $2::jsonb);
