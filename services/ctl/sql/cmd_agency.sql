-- name: agency_insert
-- $1 slug, $2 name, $3 kind, $4 zone, $5 which end of its priorities is the most urgent, $6 seconds
-- after which it is quiet. One value: the new agency's id.
insert into agency.agency (slug, name, kind, zone, priority_top, quiet_after_s)
values ($1, $2, $3, $4, $5, $6)
returning agency_id;

-- name: agency_key_insert
-- $1 public key, $2 agency, $3 label. No row is stored if the key is known.
insert into agency.feed_key (public_key, agency_id, label)
values ($1, $2, $3)
on conflict do nothing;

-- name: agency_revoke
-- $1 public key, $2 agency. Revokes all valid keys of the agency; if $2 is null, the one key.
update agency.feed_key
set revoked_at = now()
where revoked_at is null
  and case when $2::int is null then public_key = $1 else agency_id = $2 end;

-- name: agency_set
-- $1 agency, $2 name, $3 kind, $4 zone, $5 seconds after which it is quiet; null: no change. A row
-- for each setting that changed. Columns, by position: setting, was, now.
with was as (
  select *
  from agency.agency
  where agency_id = $1
  for update),
put as (
  update agency.agency a
  set name = coalesce($2, w.name), kind = coalesce($3, w.kind), zone = coalesce($4, w.zone),
    quiet_after_s = coalesce($5::int, w.quiet_after_s)
  from was w
  where a.agency_id = w.agency_id
    and (coalesce($2, w.name), coalesce($3, w.kind), coalesce($4, w.zone),
         coalesce($5::int, w.quiet_after_s)) <> (w.name, w.kind, w.zone, w.quiet_after_s)
  returning a.*)
select s.name as setting, s.was, s.now
from was, put, lateral (values
  (1, 'name', was.name, put.name),
  (2, 'kind', was.kind, put.kind),
  (3, 'zone', was.zone, put.zone),
  (4, 'quiet_after', was.quiet_after_s::text, put.quiet_after_s::text)) as s(place, name, was, now)
where s.was <> s.now
order by place;

-- name: agency_limits_set
-- $1 agency, $2 connections, $3 octets a second, $4 records a second: a number, 'default', or null
-- for no change.
update agency.agency
set max_connections = case when $2::text is null then max_connections
      else nullif($2, 'default')::int end,
  max_octets_s = case when $3::text is null then max_octets_s
      else nullif($3, 'default')::bigint end,
  max_records_s = case when $4::text is null then max_records_s
      else nullif($4, 'default')::int end
where agency_id = $1;

-- name: agency_limits
-- $1 agency. A list: a row for each limit, with where it comes from.
select l.name as limit, l.value, l.unit, l.value is null as default,
  case when l.value is null then 'intake''s setting [limits] ' || l.setting
    when l.value = 0 then 'no limit'
    else 'its own' end as from
from agency.agency a, lateral (values
  ('connections', max_connections::bigint, 'connections at a time',
   'agency_connections, 32 unless changed'),
  ('octets', max_octets_s, 'octets a second', 'agency_kb_s, no limit unless changed'),
  ('records', max_records_s::bigint, 'events a second',
   'agency_records_s, no limit unless changed')) as l(name, value, unit, setting)
where a.agency_id = $1;

-- name: agency_list
-- A list: a row for each key of each agency.
select a.slug as agency, a.name, a.kind, a.zone, a.priority_top, k.public_key, k.label,
  liaison.listed(k.created_at) as created_at, liaison.listed(k.revoked_at) as revoked_at
from agency.agency a
  left join agency.feed_key k using (agency_id)
where a.agency_id <> 0
order by a.slug, k.created_at;
