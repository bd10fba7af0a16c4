-- name: feeder_id
-- $1 district, $2 name. One value.
select feeder_id
from district.feeder
where district_id = $1 and name = $2;

-- name: feeder_insert
-- $1 district, $2 name. One value: the new feeder's id.
insert into district.feeder (district_id, feeder_id, name)
select $1, coalesce(max(feeder_id), 0) + 1, $2
from district.feeder
where district_id = $1
returning feeder_id;

-- name: feeder_link_now
-- $1 district, $2 school, $3 feeder, $4 first day or null. The last day of the link, null if it has
-- none; no row if there is no such link.
select nullif(to_day, 'infinity') as to_day
from district.school_feeder
where district_id = $1 and school_id = $2 and feeder_id = $3
  and from_day = coalesce($4::date, '-infinity');

-- name: feeder_link
-- $1 district, $2 school, $3 feeder, $4 first day or null, $5 last day or null. One value: true if
-- the link is new, false if it had another end; no row if nothing changed.
insert into district.school_feeder as f (district_id, school_id, feeder_id, from_day, to_day)
values ($1, $2, $3, coalesce($4::date, '-infinity'), coalesce($5::date, 'infinity'))
on conflict (district_id, school_id, feeder_id, from_day) do update
set to_day = excluded.to_day
where f.to_day <> excluded.to_day
returning xmax = 0;

-- name: feeder_unlink
-- $1 district, $2 school, $3 feeder: the link that has no end.
delete from district.school_feeder
where district_id = $1 and school_id = $2 and feeder_id = $3 and to_day = 'infinity';

-- name: feeder_schools
-- $1 district, $2 level, or null for all. Columns, by position: school_id, latitude, longitude.
select school_id, latitude, longitude
from district.school
where district_id = $1
  and active
  and ($2::text is null or level = $2);

-- name: feeder_list
-- $1 district's slug, or null for all. A list.
select d.slug as district, f.name as feeder, count(sf.school_id) as schools
from district.feeder f
  join district.district d using (district_id)
  left join district.school_feeder sf
    on (sf.district_id, sf.feeder_id) = (f.district_id, f.feeder_id)
    and district.today(d.district_id) between sf.from_day and sf.to_day
where $1::text is null or d.slug = $1
group by 1, 2
order by 1, 2;
