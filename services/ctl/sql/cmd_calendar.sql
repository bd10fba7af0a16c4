-- name: calendar_put
-- $1 district, $2 first day, $3 last day or null, $4 kind (none: the day has no row any more),
-- $5 when school ends or null, $6 code of a school, or null for all. One value: true if a day is
-- new, false if one has changed; no row if nothing changed.
with given as (
  select n::date as day, (
      select s.school_id
      from district.school s
      where s.district_id = $1 and s.code = $6) as school_id
  from generate_series($2::date, coalesce($3::date, $2::date), interval '1 day') n),
gone as (
  delete from district.calendar_day c
  using given g
  where $4 = 'none'
    and c.district_id = $1
    and c.day = g.day
    and c.school_id is not distinct from g.school_id
  returning false as new),
put as (
  insert into district.calendar_day as c (district_id, school_id, day, kind, ends)
  select $1, g.school_id, g.day, $4, case when $4 = 'early' then $5::time end
  from given g
  where $4 <> 'none'
  on conflict (district_id, day, school_id) do update
  set kind = excluded.kind, ends = excluded.ends
  where (c.kind, c.ends) is distinct from (excluded.kind, excluded.ends)
  returning xmax = 0 as new)
select bool_or(new) from (
  select new from gone
  union all
  select new from put) d
having count(*) > 0;

-- name: calendar_now
-- $1 district, $2 first day, $3 last day or null, $4 code of a school, or null for all. The kinds
-- of these days, and when school ends if each of them is early and ends alike; no row if none of
-- them is in the calendar.
select string_agg(distinct c.kind, ';') as kind,
  case when count(c.ends) = coalesce($3::date, $2::date) - $2::date + 1
      and min(c.ends) = max(c.ends) then to_char(min(c.ends), 'HH24:MI') end as ends
from district.calendar_day c
where c.district_id = $1
  and c.day between $2::date and coalesce($3::date, $2::date)
  and c.school_id is not distinct from (
    select s.school_id
    from district.school s
    where s.district_id = $1 and s.code = $4)
having count(*) > 0;

-- name: bell_now
-- $1 district, $2 code of a school, $3 weekday (0: each day). The hours as a file has them; no row
-- if there are none.
select to_char(b.starts, 'HH24:MI') as "from", to_char(b.ends, 'HH24:MI') as "to"
from district.bell b
  join district.school s using (district_id, school_id)
where s.district_id = $1 and s.code = $2 and b.weekday = $3::smallint;

-- name: bell_put
-- $1 district, $2 code of a school, $3 weekday (0: each day), $4 and $5 begin and end. One value:
-- true if it is new, false if it has changed; no row if nothing changed.
insert into district.bell as b (district_id, school_id, weekday, starts, ends)
select s.district_id, s.school_id, $3::smallint, $4::time, $5::time
from district.school s
where s.district_id = $1 and s.code = $2
on conflict (district_id, school_id, weekday) do update
set starts = excluded.starts, ends = excluded.ends
where (b.starts, b.ends) is distinct from (excluded.starts, excluded.ends)
returning xmax = 0;

-- name: calendar_list
-- $1 district's slug, or null for all. A list.
select d.slug as district, c.day, c.kind, to_char(c.ends, 'HH24:MI') as ends, s.code as school
from district.calendar_day c
  join district.district d using (district_id)
  left join district.school s using (district_id, school_id)
where ($1::text is null or d.slug = $1)
  and c.day >= (now() at time zone d.zone)::date
order by d.slug, c.day, s.code nulls first;
