-- name: school_now
-- $1 district, $2 code. The columns of a school file as they are stored; no row if there is no such
-- school.
select s.name, s.level, s.address, s.latitude, s.longitude, s.radius_m, s.campus,
  district.feeders_of(s.district_id, s.school_id) as feeder
from district.school s
where s.district_id = $1 and s.code = $2;

-- name: school_keep_name
-- $1 district, $2 code, $3 the new name, $4 its first day; null: today, in the district. A former
-- name is kept with the days on which it was the name: figures of a year carry that year's.
insert into district.school_name (district_id, school_id, name, from_day, to_day)
select s.district_id, s.school_id, s.name,
  coalesce((
    select max(n.to_day) + 1
    from district.school_name n
    where (n.district_id, n.school_id) = (s.district_id, s.school_id)), '-infinity'),
  coalesce($4::date, district.today($1)) - 1
from district.school s
where s.district_id = $1 and s.code = $2 and s.name <> $3
on conflict (district_id, school_id, from_day) do nothing;

-- name: school_put
-- $1 district, $2 code, $3 name, $4 level, $5 address, $6 latitude, $7 longitude, $8 radius in
-- metres, $9 campus as GeoJSON or null. One value: true if the school is new, false if it has
-- changed; no row if nothing changed.
insert into district.school as s (district_id, school_id, code, name, level, address, latitude,
  longitude, radius_m, campus)
values ($1, coalesce((
    select school_id
    from district.school
    where district_id = $1 and code = $2), nextval('district.school_id_seq')),
  $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (district_id, code) do update
set name = excluded.name, level = excluded.level, address = excluded.address,
  latitude = excluded.latitude, longitude = excluded.longitude, radius_m = excluded.radius_m,
  campus = excluded.campus, active = true
where (s.name, s.level, s.address, s.latitude, s.longitude, s.radius_m, s.campus, s.active)
  is distinct from (excluded.name, excluded.level, excluded.address, excluded.latitude,
    excluded.longitude, excluded.radius_m, excluded.campus, true)
returning xmax = 0;

-- name: school_feeders_make
-- $1 district, $2 names of feeders, separated by ;. Creates those that are new.
insert into district.feeder (district_id, feeder_id, name)
select $1::int,
  (select coalesce(max(feeder_id), 0) from district.feeder where district_id = $1::int)
    + row_number() over (),
  btrim(n)
from unnest(string_to_array($2, ';')) n
where btrim(n) <> ''
  and not exists (
    select 1
    from district.feeder f
    where f.district_id = $1::int and f.name = btrim(n));

-- name: school_feeders_end
-- $1 district, $2 code, $3 names of feeders, separated by ;. Ends the links to all other feeders as
-- of yesterday, in the district, and deletes those that begin today or later.
with old as (
  select sf.*, t.today
  from district.school_feeder sf
    join district.school s using (district_id, school_id)
    join district.feeder f using (district_id, feeder_id)
    cross join (select district.today($1) as today) t
  where s.district_id = $1 and s.code = $2
    and sf.to_day >= t.today
    and f.name <> all (select btrim(n) from unnest(string_to_array($3, ';')) n)),
gone as (
  delete from district.school_feeder x
  using old
  where (x.district_id, x.school_id, x.feeder_id, x.from_day)
      = (old.district_id, old.school_id, old.feeder_id, old.from_day)
    and old.from_day >= old.today)
update district.school_feeder x
set to_day = old.today - 1
from old
where (x.district_id, x.school_id, x.feeder_id, x.from_day)
    = (old.district_id, old.school_id, old.feeder_id, old.from_day)
  and old.from_day < old.today;

-- name: school_feeders_link
-- $1 district, $2 code, $3 names of feeders, separated by ;.
insert into district.school_feeder (district_id, school_id, feeder_id)
select s.district_id, s.school_id, f.feeder_id
from district.school s
  join district.feeder f using (district_id)
where s.district_id = $1 and s.code = $2
  and f.name = any (select btrim(n) from unnest(string_to_array($3, ';')) n)
on conflict do nothing;

-- name: school_list
-- $1 district's slug, or null for all. A list.
select d.slug as district, s.school_id as id, s.code, s.name, s.level, s.latitude, s.longitude,
  s.radius_m, s.campus is not null as campus, s.active,
  district.feeders_of(s.district_id, s.school_id) as feeder
from district.school s
  join district.district d using (district_id)
where $1::text is null or d.slug = $1
order by d.slug, s.code;
