-- name: session_settings
-- A statement ends after ten minutes, and soon after this program has ended. $1: who changes
-- things, for triggers that keep it (liaison.actor).
select set_config('statement_timeout', '600000', false),
  set_config('client_connection_check_interval', '2000', false),
  set_config('liaison.actor', $1, false);

-- name: session_zone
-- $1 district's slug, or null. Times are listed for people from now on: in the zone of the
-- district, or in that of all districts if they have one, else in UTC. One value: the zone.
select set_config('liaison.zone', coalesce(
  (select zone from district.district where slug = $1),
  (select min(zone) from district.district having count(distinct zone) = 1), 'UTC'), false);

-- name: relation_oid
-- $1 name of a table. One value: its oid, null if there is no such table.
select to_regclass($1)::oid;

-- name: audit_add
-- $1 actor, $2 action, $3 object, $4 detail as JSON or null.
insert into liaison.audit (actor, action, object, detail)
values ($1, $2, $3, $4::jsonb);

-- name: agency_slugs
-- $1 the wanted slug, which comes first. One column: slug.
select slug
from agency.agency
where agency_id <> 0
order by slug <> $1, slug;

-- name: district_slugs
-- $1 the wanted slug, which comes first. One column: slug.
select slug
from district.district
order by slug <> $1, slug;

-- name: agency_id
-- $1 slug. One value.
select agency_id
from agency.agency
where slug = $1;

-- name: district_id
-- $1 slug. One value.
select district_id
from district.district
where slug = $1;

-- name: school_id
-- $1 district, $2 code. One value.
select school_id
from district.school
where district_id = $1 and code = $2;

-- name: school_codes
-- $1 district. A list.
select code
from district.school
where district_id = $1
order by code;

-- name: zone_known
-- $1 name of a time zone. One row if it is a region, or UTC or GMT.
select 1
from pg_timezone_names
where name = $1
  and (name ~ '^[A-Z][^/]*/' or name in ('UTC', 'GMT'));
