-- Each check returns what needs attention, one text a row; no row means that all is well. A second
-- column that is true says that the text is a remark.

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
-- Privileges that a run-time role must not have, and has.
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

-- name: doctor_agency_clocks
select a.slug || ' is ' || s.skew_ms || ' ms off'
from agency.stream s
  join agency.agency a using (agency_id)
where abs(s.skew_ms) > 30000
  and s.heard_at > now() - interval '1 day';

-- name: doctor_quarantine
select a.slug || ' has ' || liaison.counted(count(*), 'refused record', 'refused records')
from agency.quarantine q
  join agency.agency a using (agency_id)
where q.state = 'held'
group by a.slug;

-- name: doctor_records_lost
select a.slug || ' no longer has '
  || liaison.counted(sum(g.last - g.first + 1), 'record', 'records')
from agency.stream_gap g
  join agency.stream s using (stream_no)
  join agency.agency a using (agency_id)
where g.gone_at is not null
group by a.slug;

-- name: doctor_codes_mapped
select a.slug || ': ' || liaison.counted(k.calls, 'call has', 'calls have') || ' a ' || k.kind
  || ' without a common code'
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
-- Whoever is named for sealed calls is told of all others too.
select d.slug || '/' || s.code || ' has nobody to tell'
from district.school s
  join district.district d using (district_id)
where s.active
  and not exists (
    select 1
    from people.contact c
    where c.district_id = s.district_id
      and c.active
      and (c.email is not null or c.phone is not null or c.webhook is not null)
      and (c.scope = 'district'
        or exists (
          select 1
          from people.covered l
          where (l.role_id, l.school_id) = (c.contact_id, s.school_id))))
order by d.slug, s.code;

-- name: doctor_roster_holes
-- Schools where nobody can be told from some time within two weeks on.
select d.slug || '/' || s.code || ' has nobody to tell from '
  || liaison.listed(h.from_at) || ' on'
from district.district d
  cross join lateral notify.roster_holes(d.district_id) h
  join district.school s using (district_id, school_id)
where h.from_at > now()
order by h.from_at, d.slug, s.code;

-- name: doctor_alarms_have_somebody
-- Districts with rules where nobody hears of alarms, or where one broken channel hides them.
select d.slug || case
    when count(c.contact_id) = 0 then ' named nobody for alarms'
    else ' can tell alarms by ' || case when count(c.phone) = 0 then 'e-mail' else 'text' end
      || ' alone' end
from district.district d
  left join notify.administrator c using (district_id)
where exists (
  select 1
  from notify.rule r
  where r.district_id = d.district_id and r.active)
group by d.slug
having count(c.email) = 0 or count(c.phone) = 0;

-- name: doctor_contacts_reached
select d.slug || '/' || c.code || ' has neither e-mail nor telephone nor webhook'
from people.contact c
  join district.district d using (district_id)
where c.active and c.email is null and c.phone is null and c.webhook is null
union all
select d.slug || '/' || c.code || ' wants no texts (STOP), and has neither e-mail nor webhook'
from people.contact c
  join district.district d using (district_id)
where c.active and c.email is null and c.webhook is null
  and notify.opted_out(c.district_id, c.phone);

-- name: doctor_districts_have_rules
select d.slug || ' has no rule: nobody is alerted'
from district.district d
where not exists (
  select 1
  from notify.rule r
  where r.district_id = d.district_id and r.active);

-- name: doctor_sealed_told
-- Columns: what needs attention; true: nothing does, and the text is a remark. A sealed call
-- reaches contacts named for sealed calls, by a rule for sealed calls.
with wants as (
  select district_id, schools, channels
  from notify.rule
  where sealed and active),
named as (
  select district_id, contact_id, scope, array_remove(array[
      case when email is not null then 'email' end,
      case when phone is not null and not notify.opted_out(district_id, phone) then 'sms' end,
      case when webhook is not null then 'webhook' end], null) as channels
  from people.contact
  where sealed and active)
select d.slug || '/' || s.code || ' has nobody to tell of sealed calls' as text, false as remark
from district.school s
  join district.district d using (district_id)
where s.active
  and exists (
    select 1
    from wants w
    where w.district_id = s.district_id
      and district.is_theirs(s.school_id, w.schools))
  and not exists (
    select 1
    from wants w
      join named c using (district_id)
    where w.district_id = s.district_id
      and district.is_theirs(s.school_id, w.schools)
      and w.channels && c.channels
      and (c.scope = 'district'
        or exists (
          select 1
          from people.covered l
          where (l.role_id, l.school_id) = (c.contact_id, s.school_id))))
union all
select d.slug || ' named people for sealed calls, and has no rule for these', false
from district.district d
where d.district_id in (select district_id from named)
  and d.district_id not in (select district_id from wants)
union all
select string_agg(d.slug, ', ' order by d.slug)
    || ': no rule is for sealed calls, and nobody is told of them', true
from district.district d
where d.district_id not in (select district_id from named)
  and d.district_id not in (select district_id from wants)
  and d.district_id in (select district_id from notify.rule where active)
having count(*) > 0;

-- name: doctor_health
-- What notify.health() finds. Columns: the check; what is wrong, as text; true: nothing is, and the
-- text is a remark.
select h."check",
  coalesce(nullif(concat_ws(', lane ', h.channel, h.lane::text), '') || ': ', '')
    || case h."check"
      when 'process' then 'no liaison-notify was heard of for a minute'
      when 'channel' then 'rules use it, and no running liaison-notify can send by it'
      when 'provider' then h.object
        || case when h.detail ? 'replay' then ' (of replays)' else '' end
        || coalesce(' is down since ' || liaison.listed(h.since), '')
        || case when h.detail ? 'undelivered'
          then ': ' || (h.detail ->> 'undelivered') || ' of its last messages did not arrive'
          else '' end
      when 'outbox' then liaison.counted(h.found, 'change waits', 'changes wait')
        || ' for longer than a minute'
      when 'agency' then h.object
        || coalesce(' is cut off since ' || liaison.listed(h.since), ' was never heard')
      when 'aside' then h.object || ': work was set aside '
        || liaison.counted(h.found, 'time', 'times')
      when 'due' then liaison.counted(h.found, 'message is due', 'messages are due')
        || ', ' || (h.detail ->> 'tried') || ' of them tried'
      when 'tried' then liaison.counted(h.found, 'message', 'messages') || ' tried and not sent'
      when 'failures' then liaison.counted(h.found, 'try', 'tries')
        || ' failed in the last hour'
        || coalesce(' at ' || nullif(h.object, ''), '')
      when 'refused' then h.object || ' took nothing for '
        || liaison.counted(h.found, 'contact', 'contacts') || ' in the last hour'
      when 'links' then liaison.counted(h.found, 'dashboard', 'dashboards')
        || ' cannot open the links in messages'
      when 'given_up' then liaison.counted(h.found, 'message', 'messages')
        || ' ended as ' || h.object || ' in the last day'
      when 'alarm' then h.object || ': no administrator was told'
      when 'probe' then case
        when h.ok then 'not set up'
        when h.found = 0 then 'no test message was sent'
        else liaison.counted(h.found, 'test message is', 'test messages are') || ' not back' end
      else h.object || ': ' || liaison.counted(h.found, 'alert', 'alerts') end
    || case when h."check" in ('due', 'tried', 'probe') and h.since is not null
      then ', the oldest for ' || greatest(0, extract(epoch from now() - h.since))::bigint || ' s'
      else '' end
    || coalesce(' (' || c.codes || ')', '') as text, h.ok
from notify.health() h
  cross join lateral (
    select string_agg(k.code, ', ' order by k.code) as codes
    from (
      select r.key || coalesce(' ' || r.value, '') as code
      from jsonb_each_text(h.detail) r
      where h."check" in ('aside', 'tried', 'failures', 'given_up')
      union all
      select e.code
      from jsonb_array_elements_text(coalesce(h.detail -> 'reasons', '[]')
          || coalesce(h.detail -> 'answers', '[]')) e(code)
      where h."check" in ('provider', 'probe')
      union all
      select h.detail ->> 'mailbox'
      where h."check" = 'probe' and h.detail ? 'mailbox') k) c
where not h.ok or (h."check" = 'probe' and h.detail ->> 'set_up' = 'false');

-- name: doctor_connections
select 'more than four fifths of the connections are in use'
from (select count(*) as n from pg_stat_activity) c
where n > 0.8 * current_setting('max_connections')::int;

-- name: doctor_transactions
select usename || ' holds one open for ' || extract(epoch from now() - xact_start)::int || ' s'
from pg_stat_activity
where datname = current_database()
  and xact_start < now() - interval '60 seconds'
  and pid <> pg_backend_pid()
  and usename like 'liaison%';

-- name: doctor_clock
-- One value: the server's time in seconds since 1970.
select extract(epoch from clock_timestamp())::bigint;
