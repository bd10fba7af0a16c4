-- Each check gives the things that need attention, one text a row; no row is well.

-- name: doctor_roles_exist
select role
from liaison.run_time_role
where role not in (select rolname from pg_roles);

-- name: doctor_roles_ordinary
select rolname || ' is superuser or may create'
from pg_roles
where rolname in (select role from liaison.run_time_role)
  and (rolsuper or rolcreaterole or rolcreatedb or rolbypassrls or rolreplication);

-- name: doctor_roles_own_nothing
select c.relname::text || ' belongs to ' || pg_get_userbyid(c.relowner)
from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
where n.nspname in ('liaison', 'code', 'agency', 'district', 'people', 'notify', 'dashboard',
    'publication')
  and pg_get_userbyid(c.relowner) in (select role from liaison.run_time_role);

-- name: doctor_least_privilege
-- What a run-time role must not be able to do, and can.
select role || ' may ' || privilege || ' ' || object
from (values
    ('liaison_intake', 'people.person', 'select'),
    ('liaison_intake', 'people.credential', 'select'),
    ('liaison_intake', 'people.contact', 'select'),
    ('liaison_intake', 'dashboard.session', 'select'),
    ('liaison_intake', 'notify.delivery', 'select'),
    ('liaison_notify', 'people.person', 'select'),
    ('liaison_notify', 'people.credential', 'select'),
    ('liaison_notify', 'agency.event', 'select'),
    ('liaison_notify', 'agency.feed_key', 'select'),
    ('liaison_dashboard', 'agency.event', 'select'),
    ('liaison_dashboard', 'agency.feed_key', 'select'),
    ('liaison_dashboard', 'district.incident', 'update'),
    ('liaison_public', 'district.incident', 'select'),
    ('liaison_public', 'people.contact', 'select'),
    ('liaison_public', 'agency.event', 'select'),
    ('liaison_public', 'people.person', 'select'),
    ('liaison_public', 'people.credential', 'select'),
    ('liaison_intake', 'liaison.audit', 'select'),
    ('liaison_dashboard', 'liaison.audit', 'delete'),
    ('liaison_dashboard', 'people.person', 'select'),
    ('liaison_dashboard', 'people.person', 'update'),
    ('liaison_dashboard', 'people.credential', 'select'),
    ('liaison_dashboard', 'people.credential', 'update'),
    ('liaison_dashboard', 'people.contact', 'select'),
    ('liaison_dashboard', 'dashboard.session', 'select'),
    ('liaison_dashboard', 'dashboard.session', 'insert'),
    ('liaison_dashboard', 'people.role', 'insert'),
    ('liaison_dashboard', 'liaison.audit', 'insert'),
    ('liaison_dashboard', 'notify.token', 'select'),
    ('liaison_intake', 'agency.event', 'delete'),
    ('liaison_intake', 'liaison.audit', 'insert'),
    ('liaison_notify', 'liaison.audit', 'insert')) as f(role, object, privilege)
  join pg_roles on rolname = role
where has_table_privilege(role, object, privilege);

-- name: doctor_locks
select role || ' may take advisory locks and make large objects'
from liaison.run_time_role
  join pg_roles on rolname = role
where role = 'liaison_public'
  and (has_function_privilege(role, 'pg_catalog.pg_advisory_lock(bigint)', 'execute')
    or has_function_privilege(role, 'pg_catalog.lo_from_bytea(oid, bytea)', 'execute'));

-- name: doctor_public_grants
select table_schema || '.' || table_name
from information_schema.table_privileges
where grantee = 'PUBLIC'
  and table_schema in ('liaison', 'code', 'agency', 'district', 'people', 'notify', 'dashboard',
    'publication');

-- name: doctor_services
select s || ' was not seen for 30 seconds'
from unnest(array['intake', 'notify', 'dashboard']) s
where not exists (
  select 1
  from liaison.service v
  where regexp_replace(v.service, '^liaison-', '') = s
    and v.seen_at > now() - interval '30 seconds');

-- name: doctor_agencies_heard
select a.slug || case when max(s.heard_at) is null then ' was never heard'
    else ' is cut off since ' || liaison.iso_s(max(s.heard_at)) end
from agency.agency a
  left join agency.stream s on s.agency_id = a.agency_id and s.mode = 'live'
where a.agency_id <> 0
  and exists (
    select 1
    from agency.feed_key k
    where k.agency_id = a.agency_id and k.revoked_at is null)
  and not exists (
    select 1
    from agency.stream b
    where b.agency_id = a.agency_id and b.mode <> 'live'
      and not exists (
        select 1
        from agency.stream l
        where l.agency_id = a.agency_id and l.mode = 'live'))
group by a.agency_id
having max(s.heard_at) is null or max(s.heard_at) < now() - interval '60 seconds';

-- name: doctor_agency_clocks
select a.slug || ' is ' || s.skew_ms || ' ms off'
from agency.stream s
  join agency.agency a using (agency_id)
where abs(s.skew_ms) > 30000
  and s.heard_at > now() - interval '1 day';

-- name: doctor_quarantine
select a.slug || ' has ' || count(*) || ' refused records'
from agency.quarantine q
  join agency.agency a using (agency_id)
where q.state = 'held'
group by a.slug;

-- name: doctor_records_lost
select a.slug || ' no longer has ' || sum(g.last - g.first + 1) || ' records'
from agency.stream_gap g
  join agency.stream s using (stream_no)
  join agency.agency a using (agency_id)
where g.gone_at is not null
group by a.slug;

-- name: doctor_codes_mapped
select a.slug || ': ' || k.calls || ' calls have a ' || k.kind || ' without a common code'
from (
    select agency_id,
      count(*) filter (where type_code is null and type_own <> 'withheld') as type,
      count(*) filter (where exists (
        select 1
        from jsonb_array_elements(dispositions) d
        where d ->> 'code' is null and d ->> 'own' <> '')) as disposition
    from district.incident
    where agency_id <> 0
    group by agency_id) c
  join agency.agency a using (agency_id),
  lateral (values ('type', c.type), ('disposition', c.disposition)) as k(kind, calls)
where k.calls > 0
order by a.slug, k.kind desc;

-- name: doctor_schools_have_contacts
select s.code || ' has nobody to tell'
from district.school s
where s.active
  and not exists (
    select 1
    from people.contact c
    where c.district_id = s.district_id
      and c.active
      and not c.sealed
      and (c.email is not null or c.phone is not null)
      and (c.scope = 'district'
        or exists (
          select 1
          from people.covered l
          where (l.role_id, l.school_id) = (c.contact_id, s.school_id))));

-- name: doctor_contacts_reached
select c.code || ' has neither e-mail nor telephone'
from people.contact c
where c.active and c.email is null and c.phone is null
union all
select c.code || ' wants no texts (STOP), and has no e-mail'
from people.contact c
where c.active and c.email is null and notify.opted_out(c.district_id, c.phone);

-- name: doctor_districts_have_rules
select d.slug || ' has no rule: nobody is alerted'
from district.district d
where not exists (
  select 1
  from notify.rule r
  where r.district_id = d.district_id and r.active);

-- name: doctor_sealed_reach_somebody
select d.slug || ' named nobody for sealed classes'
from district.district d
where exists (
    select 1
    from notify.rule r
    where r.district_id = d.district_id and r.sealed and r.active)
  and not exists (
    select 1
    from people.contact c
    where c.district_id = d.district_id and c.sealed and c.active);

-- name: doctor_outbox_moves
select count(*) || ' changes wait for longer than a minute'
from district.outbox
where at < now() - interval '1 minute'
having count(*) > 0;

-- name: doctor_alerts_held
select a.slug || ' at ' || d.slug || '/' || s.code || ': ' || count(*) || ' alerts'
from notify.alert h
  join district.district d using (district_id)
  join district.school s using (district_id, school_id)
  join agency.agency a using (agency_id)
where h.state = 'held'
  and h.held_at > now() - interval '1 day'
group by a.slug, d.slug, s.code
order by 1;

-- name: doctor_deliveries
select channel || ': ' || count(*) || ' failed in the last day'
from notify.delivery
where state = 'failed'
  and created_at > now() - interval '1 day'
group by channel;

-- name: doctor_connections
select 'more than 80 of 100 connections are in use'
from (select count(*) as n from pg_stat_activity) c
where n > 0.8 * current_setting('max_connections')::int;

-- name: doctor_transactions
select usename || ' holds one open for ' || extract(epoch from now() - xact_start)::int || ' s'
from pg_stat_activity
where datname = current_database()
  and xact_start < now() - interval '60 seconds'
  and pid <> pg_backend_pid()
  and usename like 'liaison%';

-- name: doctor_own
-- $1 a finding of the program's own, or null. The same text, in the shape of the others.
select $1::text
where $1 is not null;

-- name: doctor_clock
-- One value: the server's time in seconds of the epoch.
select extract(epoch from clock_timestamp())::bigint;
