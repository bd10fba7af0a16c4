-- Each statement code_X_put returns one value, true if the row is new, false if it has changed; no
-- row if nothing changed.

-- name: code_class_put
-- $1 class, $2 name, $3 rank.
insert into code.class as t (class, name, rank)
values ($1, $2, $3)
on conflict (class) do update
set name = excluded.name, rank = excluded.rank
where (t.name, t.rank) is distinct from (excluded.name, excluded.rank)
returning xmax = 0;

-- name: code_type_put
-- $1 code, $2 name, $3 class, $4 sensitivity or null, $5 withheld or null.
insert into code.type as t (code, name, class, sensitivity, withheld)
values ($1, $2, $3, coalesce($4, 'open'), coalesce($5::boolean, false))
on conflict (code) do update
set name = excluded.name, class = excluded.class, sensitivity = excluded.sensitivity,
  withheld = excluded.withheld
where (t.name, t.class, t.sensitivity, t.withheld)
  is distinct from (excluded.name, excluded.class, excluded.sensitivity, excluded.withheld)
returning xmax = 0;

-- name: code_disposition_put
-- $1 code, $2 name.
insert into code.disposition as t (code, name)
values ($1, $2)
on conflict (code) do update
set name = excluded.name
where t.name <> excluded.name
returning xmax = 0;

-- name: code_offense_put
-- $1 code, $2 name, $3 group, $4 against, $5 withheld or null.
insert into code.offense as t (code, name, "group", against, withheld)
values ($1, $2, $3, $4, coalesce($5::boolean, false))
on conflict (code) do update
set name = excluded.name, "group" = excluded."group", against = excluded.against,
  withheld = excluded.withheld
where (t.name, t."group", t.against, t.withheld)
  is distinct from (excluded.name, excluded."group", excluded.against, excluded.withheld)
returning xmax = 0;

-- Each statement code_X_now takes $1, the key, and returns the other columns of the file as they
-- are stored; no row if there is none.

-- name: code_class_now
select name, rank
from code.class
where class = $1;

-- name: code_type_now
select name, class, sensitivity, withheld
from code.type
where code = $1;

-- name: code_disposition_now
select name
from code.disposition
where code = $1;

-- name: code_offense_now
select name, "group", against, withheld
from code.offense
where code = $1;

-- name: code_class_known
-- $1 class. One row if there is such a class.
select 1
from code.class
where class = $1;

-- name: code_class_list
-- A list.
select class
from code.class
order by class;

-- name: code_type_list
-- A list.
select code, name, class, sensitivity, withheld
from code.type
order by code;

-- name: code_type_known
-- $1 code. One row if there is such a type.
select 1
from code.type
where code = $1;

-- name: code_disposition_list
-- A list.
select code, name
from code.disposition
order by code;

-- name: code_disposition_known
-- $1 code. One row if there is such a disposition.
select 1
from code.disposition
where code = $1;

-- name: code_outcome_known
-- $1 code. One row if it can be an outcome's.
select 1
where $1 ~ '^[a-z0-9_]{1,40}$';

-- name: code_priority_known
-- $1 number. One row if it can be a priority.
select 1
where $1 ~ '^(10|[0-9])$';

-- name: code_map_add
-- $1 agency, $2 version, $3 kind, $4 source code, $5 common code, $6 the previous version. One
-- value, compared with that version: 'same', 'changed' or 'added'; no row if the source code is
-- mapped already.
insert into code.map as m (agency_id, version, kind, own, common)
values ($1, $2, $3, upper(btrim($4)), $5)
on conflict do nothing
returning coalesce((
  select case when p.common = m.common then 'same' else 'changed' end
  from code.map p
  where (p.agency_id, p.version, p.kind, p.own) = (m.agency_id, $6, m.kind, m.own)), 'added');

-- name: code_version_end
-- $1 agency, $2 kind. One value: the version that was current; no row if there was none.
update code.map_version
set current = false
where agency_id = $1 and kind = $2 and current
returning version;

-- name: code_version_insert
-- $1 agency, $2 kind. One value: the new version.
insert into code.map_version (agency_id, kind, version)
select $1, $2, coalesce(max(version), 0) + 1
from code.map_version
where agency_id = $1 and kind = $2
returning version;

-- name: code_version_gone
-- $1 agency, $2 kind, $3 a version, $4 the next version. One value: how many codes the next one
-- lacks.
select count(*)
from code.map p
where (agency_id, kind, version) = ($1, $2, $3)
  and not exists (
    select 1
    from code.map m
    where (m.agency_id, m.kind, m.version, m.own) = ($1, $2, $4, p.own));

-- name: code_remap
-- $1 agency, $2 the last incident that is done. Columns, by position: incidents that were read,
-- that changed, and the last one; null if there are no more.
select looked, changed, last
from district.remap($1::int, $2, 500);

-- name: code_version_list
-- A list: a row for each version of each agency's maps.
select a.slug as agency, v.kind, v.version, v.current, (
    select count(*)
    from code.map m
    where m.agency_id = v.agency_id and m.kind = v.kind and m.version = v.version) as codes,
  liaison.listed(v.created_at) as created_at
from code.map_version v
  join agency.agency a using (agency_id)
order by 1, 2, 3;
