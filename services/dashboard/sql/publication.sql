-- name: published
-- $1: the district's slug. One row of JSON about its last published year. No row: there is no such
-- district.
with y as (
  select * from publication.year where district_id =
    (select district_id from publication.district where slug = $1)
  order by school_year desc limit 1),
c as (
  select k.class, k.name, k.rank, p.calls from publication.class k
  left join publication.year_class p on p.class = k.class
    and (p.district_id, p.school_year) = (select district_id, school_year from y))
select json_build_object(
  'district', json_build_object('slug', d.slug, 'name', d.name),
  'year', (select json_build_object(
    'school_year', school_year || '–' || to_char((school_year + 1) % 100, 'FM00'),
    'from_day', from_day, 'to_day', to_day, 'threshold', threshold,
    'published_at', to_char(published_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) from y),
  'published', coalesce((select json_agg(json_build_object('class', class, 'name', name,
    'calls', calls) order by calls desc, name) from c where calls is not null), '[]'),
  'withheld', coalesce((select json_agg(json_build_object('class', class, 'name', name)
    order by rank, name) from c where calls is null and exists (select 1 from y)), '[]'),
  'definition', 'Calls to police, fire and security that their dispatch centers recorded at a '
    || 'school of the district in the school year, each counted once, at the first school it '
    || 'concerns. Calls entered in error, merged into another call or moved away are not counted. '
    || 'A class with fewer calls than the threshold is not shown, so that no child can be singled '
    || 'out. A call is not a crime, and most calls end without anybody being charged.')
from publication.district d where d.slug = $1;
