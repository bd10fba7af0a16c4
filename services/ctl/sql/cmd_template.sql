-- name: template_put
-- $1 district, $2 language, $3 key, $4 text, $5 who. One value: the version; no row where it is the
-- same text.
insert into notify.template as t (district_id, language, key, text, changed_by)
values ($1, $2, $3, $4, $5)
on conflict (district_id, language, key) do update
set text = $4, version = t.version + 1, changed_by = $5, changed_at = now()
where t.text <> $4
returning version;

-- name: template_remove
-- $1 district, $2 language, $3 key. One value: its version; no row where there is none.
delete from notify.template
where district_id = $1 and language = $2 and key = $3
returning version;

-- name: template_list
-- $1 district's slug, or null for all. A list.
select d.slug as district, t.language, t.key, t.text, t.version, t.changed_by,
  liaison.listed(t.changed_at) as changed_at
from notify.template t
  join district.district d using (district_id)
where $1::text is null or d.slug = $1
order by d.slug, t.language, t.key;

-- name: template_of
-- $1 district, $2 language, or null for the district's own. One row: language, name, hours24,
-- school (that with the longest name, or ''), own: its texts as an object by key.
select coalesce($2, d.language) as language, d.name, d.hours24,
  coalesce((
    select s.name
    from district.school s
    where s.district_id = d.district_id and s.active
    order by length(s.name) desc, s.name
    limit 1), '') as school,
  coalesce((
    select jsonb_object_agg(t.key, t.text)
    from notify.template t
    where t.district_id = d.district_id and t.language = coalesce($2, d.language)), '{}') as own
from district.district d
where d.district_id = $1;
