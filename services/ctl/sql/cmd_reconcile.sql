-- Parameters of each list: $1 agency, or null for all, $2 day (UTC), or null for all days.

-- name: reconcile_proven
-- The time and sequence up to which each stream is proven; for a day, by that day's stream digests.
select a.slug as agency, s.mode, s.stream_id as stream, liaison.listed(p.proven_to) as proven_to,
  p.through, p.source, liaison.listed(p.compared_at) as proved_at,
  p.repaired_at is not null as repaired
from agency.agency a
  join agency.stream s using (agency_id)
  join agency.proven v using (stream_no)
  join lateral (
    select *
    from agency.section x
    where x.stream_no = s.stream_no
      and x.verdict in ('same', 'reread')
      and case when $2::date is null then x.through = v.through
        else x.source = ($2::date)::text or (x.told_at at time zone 'UTC')::date = $2::date end
    order by x.through desc
    limit 1) p on true
where $1::int is null or a.agency_id = $1::int
order by 1, s.stream_no;

-- name: reconcile_unproven
-- Records that no stream digest has proven, and why. For a day: its sections, and records of
-- the day that no later digest covers. Columns that C reads, by name: mode, records.
select a.slug as agency, u.mode, s.stream_id as stream, u.first, u.last,
  u.last - u.first + 1 as records,
  case u.why
    when 'pending' then 'being compared'
    when 'waiting' then 'records are missing, and asked for'
    when 'lost' then 'records are lost at the agency'
    when 'differs' then 'its stream digest differs from ours'
    when 'unproved' then 'older than the stream digests'
    else case u.mode
      when 'live' then 'no stream digest yet: it comes at the end of a file, or of the day (UTC)'
      else 'no stream digest yet: it comes at the end of the source' end
    end as why
from agency.unproven u
  join agency.agency a using (agency_id)
  join agency.stream s using (stream_no)
where ($1::int is null or a.agency_id = $1::int)
  and ($2::date is null
    or u.source = ($2::date)::text
    or (u.told_at at time zone 'UTC')::date = $2::date
    or (u.why = 'untold'
      and exists (
        select
        from agency.tally t
        where t.stream_no = u.stream_no and t.day = $2::date)
      and not exists (
        select
        from agency.proof p
        where p.stream_no = u.stream_no
          and p.told_at >= ($2::date + 1)::timestamp at time zone 'UTC')))
order by 1, s.stream_no, u.first;

-- name: reconcile_findings
-- What is missing, lost or different, and what is done about it. Column that C reads, by name:
-- incident, null if this command cannot fix the finding by itself.
select a.slug as agency, s.stream_id as stream, f.first, f.last, f.last - f.first + 1 as records,
  f.incident_no as incident, f.what, f.source,
  case f.what
    when 'missing' then 'asked of the agency'
    when 'wanted' then 'asked of the agency'
    when 'lost' then 'asked of the agency, which had it no longer'
    when 'differs' then 'compare the export with what is here'
    else 'made again of its events' end as action
from agency.findings($1::int, $2::date) f
  join agency.agency a using (agency_id)
  left join agency.stream s using (stream_no);

-- name: reconcile_prove
-- $1 agency, or null for all. Compares the stream digests that have not been compared.
select agency.prove_all($1::int);

-- name: reconcile_repair
-- $1 agency, or null for all, $2 day, or null. Asks for what is missing, and derives again what
-- differs from its events.
select agency.repair($1::int, $2::date);
