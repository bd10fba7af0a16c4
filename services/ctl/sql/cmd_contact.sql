-- name: contact_put
-- $1 district, $2 code, $3 name, $4 role or null, $5 e-mail, $6 telephone, $7 wave, $8 sealed,
-- $9 active. One value: true where the contact is new, false where it was another; no row where
-- nothing changed.
insert into district.contact as c (district_id, code, name, role, email, phone, wave, sealed,
  active)
values ($1, $2, $3, coalesce($4, 'principal'), $5, $6, $7, $8, $9)
on conflict (district_id, code) do update
set name = excluded.name, role = excluded.role, email = excluded.email, phone = excluded.phone,
  wave = excluded.wave, sealed = excluded.sealed, active = excluded.active
where (c.name, c.role, c.email, c.phone, c.wave, c.sealed, c.active)
  is distinct from (excluded.name, excluded.role, excluded.email, excluded.phone, excluded.wave,
    excluded.sealed, excluded.active)
returning xmax = 0;

-- name: contact_id
-- $1 district, $2 code. One value.
select contact_id
from district.contact
where district_id = $1 and code = $2;

-- name: contact_schools_clear
-- $1 district, $2 contact.
delete from district.contact_school
where district_id = $1 and contact_id = $2;

-- name: contact_school_unknown
-- $1 district, $2 codes with ; between them. One value: the first that is no school's; no row where
-- all are.
select n
from unnest(string_to_array($2, ';')) with ordinality u(n, ord)
where not exists (
  select 1
  from district.school s
  where s.district_id = $1 and s.code = btrim(n))
order by ord
limit 1;

-- name: contact_schools_add
-- $1 district, $2 contact, $3 codes of schools with ; between them.
insert into district.contact_school (district_id, contact_id, school_id)
select distinct s.district_id, $2::int, s.school_id
from district.school s
  join unnest(string_to_array($3, ';')) n on s.code = btrim(n)
where s.district_id = $1;

-- name: contact_list
-- $1 district's slug, or null for all. A list.
select d.slug as district, c.code, c.name, c.role, c.email, c.phone, c.wave, c.sealed, c.active,
  coalesce((
    select string_agg(s.code, ';' order by s.code)
    from district.contact_school cs
      join district.school s using (district_id, school_id)
    where (cs.district_id, cs.contact_id) = (c.district_id, c.contact_id)), 'all') as schools
from district.contact c
  join district.district d using (district_id)
where $1::text is null or d.slug = $1
order by d.slug, c.code;
