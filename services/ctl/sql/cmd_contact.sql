-- name: contact_put
-- $1 district, $2 code, $3 name, $4 role or null, $5 e-mail, $6 telephone, $7 wave (the escalation
-- step), $8 sealed, $9 active, $10 language ('' for the district's, null for no change). One value:
-- true if the contact is new, false if it has changed; no row if nothing changed.
select is_new
from people.put_contact($1, $2, $3, coalesce($4, 'principal'), $5, $6, $7, $8, $9,
  $10) as is_new
where is_new is not null;

-- name: contact_id
-- $1 district, $2 code. One value.
select contact_id
from people.contact
where district_id = $1 and code = $2;

-- name: contact_scope
-- $1 contact, $2 scope: district (all schools) or schools. Removes its previous schools and
-- feeders.
with no_school as (
  delete from people.role_school
  where role_id = $1),
no_feeder as (
  delete from people.role_feeder
  where role_id = $1)
update people.role
set scope = $2
where role_id = $1 and scope <> $2;

-- name: contact_school_unknown
-- $1 district, $2 codes separated by ;. One value: the first that is no school's; no row if all
-- are.
select n
from unnest(string_to_array($2, ';')) with ordinality u(n, ord)
where not exists (
  select 1
  from district.school s
  where s.district_id = $1 and s.code = btrim(n))
order by ord
limit 1;

-- name: contact_schools_add
-- $1 district, $2 contact, $3 codes of schools, separated by ;.
insert into people.role_school (role_id, district_id, school_id)
select distinct $2::int, s.district_id, s.school_id
from district.school s
  join unnest(string_to_array($3, ';')) n on s.code = btrim(n)
where s.district_id = $1;

-- name: contact_list
-- $1 district's slug, or null for all. A list.
select d.slug as district, c.code, c.name, c.role, c.email, c.phone, c.wave, c.sealed, c.active,
  c.language, case when c.scope = 'district' then 'all'
    else (
      select string_agg(distinct s.code, ';' order by s.code)
      from people.covered l
        join district.school s using (district_id, school_id)
      where l.role_id = c.contact_id) end as schools
from people.contact c
  join district.district d using (district_id)
where $1::text is null or d.slug = $1
order by d.slug, c.code;
