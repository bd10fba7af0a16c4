-- name: alias_put
-- $1 district, $2 school, $3 kind, $4 the words. One value: true if the words are new, false if
-- they were another school's; no row if nothing changed.
insert into district.school_alias as a (district_id, school_id, kind, alias)
values ($1, $2, $3, upper(regexp_replace($4, '\s+', ' ', 'g')))
on conflict (district_id, kind, alias) do update
set school_id = excluded.school_id, decided_by = 'import', decided_at = now()
where a.school_id <> excluded.school_id
returning xmax = 0;

-- name: alias_list
-- $1 district's slug, or null for all. A list: words of a school, and words that mean no school.
select d.slug as district, w.kind, w.alias, s.code as school, w.decided_by,
  liaison.listed(w.decided_at) as decided_at
from (
    select district_id, kind, alias, school_id, decided_by, decided_at
    from district.school_alias
    union all
    select district_id, kind, alias, null, decided_by, decided_at
    from district.not_school) w
  join district.district d using (district_id)
  left join district.school s using (district_id, school_id)
where $1::text is null or d.slug = $1
order by d.slug, w.kind, w.alias;

-- name: alias_known
-- $1 district, $2 kind, $3 the words. One row if the words are known, for a school or for none.
select 1
from district.school_alias
where district_id = $1 and kind = $2 and liaison.plain_words(alias) = liaison.plain_words($3)
union all
select 1
from district.not_school
where district_id = $1 and kind = $2 and liaison.plain_words(alias) = liaison.plain_words($3);

-- name: alias_forget
-- $1 district, $2 kind, $3 the words. Columns, by position: the words as they were stored, and the
-- code of their school or null.
with a as (
  delete from district.school_alias
  where district_id = $1 and kind = $2 and liaison.plain_words(alias) = liaison.plain_words($3)
  returning alias, school_id),
n as (
  delete from district.not_school
  where district_id = $1 and kind = $2 and liaison.plain_words(alias) = liaison.plain_words($3)
  returning alias, null::int)
select w.alias, s.code as school
from (table a union all table n) w
  left join district.school s on (s.district_id, s.school_id) = ($1, w.school_id)
order by 1, 2;
