-- name: revisions
select name, rev
from liaison.revision;

-- name: load_keys
select k.public_key, k.agency_id, a.slug, k.revoked_at is not null,
  coalesce(a.max_connections, -1), coalesce(a.max_octets_s, -1), coalesce(a.max_records_s, -1)
from agency.feed_key k
join agency.agency a using (agency_id);

-- name: load_schools
select district_id, school_id, latitude, longitude, radius_m, campus, name, address, level
from district.school
where active
order by school_id;

-- name: load_aliases
select a.district_id, a.school_id, a.kind, a.alias
from district.school_alias a
join district.school s using (district_id, school_id)
where s.active
union all
select district_id, 0, kind, alias
from district.not_school;

-- name: load_names
select n.district_id, n.school_id, n.name, s.level
from district.school_name n
join district.school s using (district_id, school_id)
where s.active and n.name <> s.name;

-- name: load_withheld
select m.agency_id, m.own
from code.map m
join code.map_version v using (agency_id, kind, version)
where v.current and (m.common = 'withheld'
  or m.common in (select code from code.type where withheld)
  or m.common in (select code from code.offense where withheld));
