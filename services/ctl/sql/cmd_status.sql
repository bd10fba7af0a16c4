-- Each list takes $1, an agency's slug, or null for all. Rows that belong to no agency are always
-- shown.

-- name: status_services
select service, version, extract(epoch from now() - started_at)::bigint as up_s,
  extract(epoch from now() - seen_at)::bigint as seen_s_ago,
  seen_at > now() - interval '30 seconds' as alive
from liaison.service
where seen_at > now() - interval '1 day'
  and ($1::text is null or true)
order by service, seen_at desc;

-- name: status_agencies
select a.slug as agency, a.name, (
    select count(*)
    from agency.feed_key k
    where k.agency_id = a.agency_id and revoked_at is null) as keys,
  min(extract(epoch from now() - s.heard_at)::bigint) filter (where s.mode = 'live')
    as live_heard_s_ago,
  case
    when not exists (
      select 1
      from agency.feed_key k
      where k.agency_id = a.agency_id and revoked_at is null) then 'no_key'
    when max(s.heard_at) is null then 'never'
    when max(s.heard_at) filter (where s.mode = 'live') is null then 'no_live_feed'
    when max(s.heard_at) filter (where s.mode = 'live') < now() - interval '60 seconds'
      then 'cut_off'
    when max(s.said_at) filter (where s.mode = 'live')
      > now() - make_interval(secs => a.quiet_after_s) then 'live'
    else 'quiet' end as state,
  p.told > 0 and p.unproven + p.missing + p.differing = 0 as complete,
  liaison.listed(p.proven_to) as proven_to, p.unproven, p.missing, p.differing
from agency.agency a
  left join agency.stream s using (agency_id)
  left join agency.completeness p using (agency_id)
where a.agency_id <> 0
  and ($1::text is null or a.slug = $1)
group by a.agency_id, p.told, p.proven_to, p.unproven, p.missing, p.differing
order by 1;

-- name: status_counts
-- Counts in source rows: what the agent states about its source, and what became of it here. A live
-- stream is still being read, so what its manifests do not cover yet counts as read once it is
-- stored.
with t as (
  select stream_no, sum(at_school) as at_school, sum(no_school) as no_school,
    sum(duplicate) as duplicate, sum(repeated) as repeated, sum(quarantined) as quarantined,
    sum(unknown_fields) as unknown_fields, sum(denied_fields) as denied_fields,
    sum(withheld_codes) as withheld_codes
  from agency.tally
  group by 1),
m as (
  select stream_no, sum(rows_read) as read, sum(rows_rejected) as rejected,
    sum(rows_duplicate) as dropped
  from agency.manifest
  group by 1),
c as (
  select s.agency_id, s.mode, coalesce(m.rejected, 0) as rejected,
    coalesce(m.dropped, 0) + coalesce(t.duplicate, 0) as duplicates,
    coalesce(t.at_school, 0) as at_school, coalesce(t.no_school, 0) as no_school,
    coalesce(t.quarantined, 0) as quarantined, coalesce(m.read, 0) as read, t.repeated,
    t.unknown_fields, t.denied_fields, t.withheld_codes
  from agency.stream s
    left join t using (stream_no)
    left join m using (stream_no))
select a.slug as agency, c.mode,
  sum(case c.mode
    when 'backfill' then read
    when 'live' then greatest(read, rejected + duplicates + at_school + no_school + quarantined)
    else rejected + duplicates + at_school + no_school + quarantined end) as read,
  sum(rejected) as rejected,
  sum(duplicates) as duplicates,
  sum(at_school) as at_school,
  sum(no_school) as no_school,
  sum(quarantined) as quarantined,
  coalesce(sum(repeated), 0) as repeated,
  coalesce(sum(unknown_fields), 0) as unknown_fields,
  coalesce(sum(denied_fields), 0) as denied_fields,
  coalesce(sum(withheld_codes), 0) as withheld_codes
from c
  join agency.agency a using (agency_id)
where $1::text is null or a.slug = $1
group by 1, 2
order by 1, 2;

-- name: status_withheld
select a.slug as agency, s.mode, sum(t.withheld_codes) as codes,
  sum(t.withheld_status) as status,
  sum(t.withheld_birth_place) as birth_place,
  sum(t.withheld_birth_date) as birth_date,
  sum(t.withheld_name) as name
from agency.tally t
  join agency.stream s using (stream_no)
  join agency.agency a using (agency_id)
where ($1::text is null or a.slug = $1)
group by 1, 2
having sum(t.withheld_codes + t.withheld_status + t.withheld_birth_place + t.withheld_birth_date
    + t.withheld_name) > 0
order by 1, 2;

-- name: status_streams
select a.slug as agency, s.stream_id as stream, s.mode, s.high, p.through as proven_through,
  p.unproven, extract(epoch from now() - s.heard_at)::bigint as heard_s_ago, s.skew_ms, (
    select coalesce(sum(last - first + 1), 0)
    from agency.stream_gap g
    where g.stream_no = s.stream_no and gone_at is null) as wanted, (
    select coalesce(sum(last - first + 1), 0)
    from agency.stream_gap g
    where g.stream_no = s.stream_no and gone_at is not null) as gone
from agency.stream s
  join agency.agency a using (agency_id)
  join agency.proven p using (stream_no)
where $1::text is null or a.slug = $1
order by 1, s.stream_no;

-- name: status_quarantine
select a.slug as agency, q.state, q.code, q.field, count(*)
from agency.quarantine q
  join agency.agency a using (agency_id)
where $1::text is null or a.slug = $1
group by 1, 2, 3, 4
order by 1, 2, 5 desc;

-- name: status_outcomes
select a.slug as agency, case when f.found is null then 'waits' else 'ambiguous' end as state,
  count(*), extract(epoch from now() - min(e.received_at))::bigint as oldest_s
from agency.event e
  join agency.agency a using (agency_id),
  lateral (select agency.incidents_of(e.agency_id, e.report_numbers, e.mode) as found) f
where e.incident_no is null
  and ($1::text is null or a.slug = $1)
group by 1, 2
order by 1, 2;

-- name: status_reviews
select d.slug as district, r.mode, count(*), liaison.listed(min(r.due_at)) as due_at
from district.place_review r
  join district.district d using (district_id)
  join agency.agency a using (agency_id)
where r.state = 'open'
  and ($1::text is null or a.slug = $1)
group by 1, 2
order by 1, 2;

-- name: status_held
select d.slug as district, s.code as school, a.slug as agency, h.held_why as why, count(*),
  liaison.listed(min(h.held_at)) as since
from notify.alert h
  join district.district d using (district_id)
  join district.school s using (district_id, school_id)
  join agency.agency a using (agency_id)
where h.state = 'held' and h.held_why is distinct from 'digest'
  and ($1::text is null or a.slug = $1)
group by 1, 2, 3, 4
order by 1, 2, 3, 4;

-- name: status_counters
select service, name, label, value, extract(epoch from now() - last_at)::bigint as s_ago
from liaison.counter
where $1::text is null or label = $1
order by 1, 2, 3;

-- name: status_deliveries
-- What notify.health() says, but for the agencies, which have a list of their own.
select h."check", h.ok, h.channel, h.lane, h.object, h.found, liaison.listed(h.since) as since,
  h.detail
from notify.health() h
where h."check" <> 'agency'
  and ($1::text is null or true);

-- name: status_queues
select 'outbox' as queue, 'waiting' as state, count(*),
  max(extract(epoch from now() - at)::bigint) as oldest_s
from district.outbox
where $1::text is null or true;
