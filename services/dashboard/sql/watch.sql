-- name: watch_read
-- Rows for /metrics: a family of host/metrics.c without its prefix, labels as a JSON object of
-- texts, and a value as Prometheus writes it; each family together. And rows "failing": the checks
-- of notify.health() for which alerts do not go out, of calls as they happen; of a channel, for
-- each district that needs it; else with the district that one is about, or ''. And rows "working":
-- the other channels that a district needs. Labels are codes, slugs and codes of schools.
with h as materialized (
  select h."check", h.ok, coalesce(h.channel, '') as channel, coalesce(h.lane::text, '') as lane,
    coalesce(h.object, '') || case when h.detail ? 'replay' then ' (replay)' else '' end as object,
    h.found, h.since, h.detail
  from notify.health() h),
c as (
  select jsonb_build_object('check', h."check", 'channel', h.channel, 'lane', h.lane,
    'object', h.object) as labels, bool_and(h.ok) as ok, sum(h.found) as found,
    min(h.since) as since
  from h
  group by 1),
n as (
  select k.service, k.name, coalesce(a.slug, '') as agency, sum(k.value) as value
  from liaison.counter k
    left join agency.agency a on a.slug = k.label
  group by 1, 2, 3),
failing as (
  select distinct h."check", h.channel,
    coalesce(d.district_id, n.district_id)::text as district
  from h
    left join district.district d
      on h."check" = 'nobody' and d.slug = split_part(split_part(h.object, ' at ', 2), '/', 1)
    left join notify.needed n on n.channel = h.channel
  where not h.ok and (h.channel = '' or n.district_id is not null)
    and (h."check" in ('process', 'channel', 'outbox', 'aside', 'tried', 'refused', 'links',
        'probe')
      or (h."check" = 'provider' and not h.detail ? 'replay'
        and not exists (
          select 1
          from h o
          where o."check" = 'provider' and o.ok and o.channel = h.channel
            and not o.detail ? 'replay'))
      or (h."check" = 'due' and h.lane not in ('3', '4'))
      or (h."check" = 'nobody' and d.district_id is not null)))
select 'check_ok' as family, c.labels, c.ok::int::text as value
from c
union all
select 'check_found', c.labels, c.found::text
from c
union all
select 'check_since_seconds', c.labels,
  greatest(0, round(extract(epoch from now() - c.since), 1))::text
from c
where c.since is not null
union all
select 'due_oldest_seconds', jsonb_build_object('channel', h.channel, 'lane', h.lane),
  coalesce(greatest(0, round(extract(epoch from now() - h.since), 1)), 0)::text
from h
where h."check" = 'due' and h.channel <> ''
union all
select 'failures', jsonb_build_object('channel', h.channel, 'provider', h.object, 'reason', r.key),
  r.value
from h, jsonb_each_text(h.detail) r
where h."check" = 'failures'
union all
select 'given_up', jsonb_build_object('channel', h.channel, 'state', h.object, 'reason', r.key),
  r.value
from h, jsonb_each_text(h.detail) r
where h."check" = 'given_up'
union all
select 'agency_silence_seconds', jsonb_build_object('agency', h.object),
  case
    when h.since is null then '+Inf'
    else greatest(0, round(extract(epoch from now() - h.since), 1))::text end
from h
where h."check" = 'agency' and h.object <> ''
union all
select 'probe_way_seconds', '{}', h.detail ->> 'took_s'
from h
where h."check" = 'probe' and h.detail ? 'took_s'
union all
select 'service_instances', jsonb_build_object('service', s.service),
  count(*) filter (where s.seen_at > now() - interval '30 seconds')::text
from liaison.service s
where s.seen_at > now() - interval '1 day'
group by s.service
union all
select 'count_total', jsonb_build_object('service', n.service, 'name', n.name, 'agency', n.agency),
  n.value::text
from n
union all
select 'failing', jsonb_build_object('check', f."check", 'channel', f.channel,
  'district', coalesce(f.district, '')), ''
from failing f
union all
select 'working', jsonb_build_object('channel', n.channel, 'district', n.district_id::text), ''
from notify.needed n
where not exists (
  select 1 from failing f
  where (f.channel, f.district) = (n.channel, n.district_id::text))
order by family, labels;
