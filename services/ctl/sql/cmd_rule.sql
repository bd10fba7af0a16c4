-- name: rule_now
-- $1 district, $2 name. The columns of a rule file as they are stored, for comparison; no row if
-- there is no such rule.
select active, rank, stops, schools, relations, within_m, classes, types, dispositions,
  min_priority, hours, weekdays, channels, sealed, escalate_s, max_age_s, again_priority, acks,
  frequency, to_char(quiet_from, 'HH24:MI') as quiet_from, to_char(quiet_to, 'HH24:MI') as quiet_to,
  quiet_priority
from notify.rule
where district_id = $1 and name = $2;

-- name: rule_put
-- $1 district, $2 name, $3 columns of notify.rule as JSON, schools by their codes; those that it
-- does not name stay as they are, or as $4 has them in a new rule. One value: true if the rule is
-- new, false if it has changed; no row if nothing changed.
with given as (
  select case when $3::jsonb -> 'schools' is null then $3::jsonb
    else $3::jsonb || jsonb_build_object('schools', (
      select jsonb_agg(school_id order by school_id)
      from district.school
      where district_id = $1
        and code in (
          select jsonb_array_elements_text(nullif($3::jsonb -> 'schools', 'null'))))) end as rule),
next as (
  select n.*
  from notify.rule r
    cross join given g
    cross join lateral jsonb_populate_record(r, g.rule) n
  where r.district_id = $1 and r.name = $2),
moved as (
  update notify.rule r
  set active = n.active, rank = n.rank, stops = n.stops, schools = n.schools,
    relations = n.relations, within_m = n.within_m, classes = n.classes, types = n.types,
    dispositions = n.dispositions, min_priority = n.min_priority, hours = n.hours,
    weekdays = n.weekdays, channels = n.channels, sealed = n.sealed, escalate_s = n.escalate_s,
    max_age_s = n.max_age_s, again_priority = n.again_priority, acks = n.acks,
    quiet_from = n.quiet_from, quiet_to = n.quiet_to, quiet_priority = n.quiet_priority,
    frequency = n.frequency
  from next n
  where (r.district_id, r.rule_id) = (n.district_id, n.rule_id) and (r.*) is distinct from (n.*)
  returning false as new),
made as (
  insert into notify.rule (district_id, name, active, rank, stops, schools, relations, within_m,
    classes, types, dispositions, min_priority, hours, weekdays, channels, sealed, escalate_s,
    max_age_s, again_priority, acks, quiet_from, quiet_to, quiet_priority, frequency)
  select $1, $2, n.active, n.rank, n.stops, n.schools, n.relations, n.within_m, n.classes, n.types,
    n.dispositions, n.min_priority, n.hours, n.weekdays, n.channels, n.sealed, n.escalate_s,
    n.max_age_s, n.again_priority, n.acks, n.quiet_from, n.quiet_to, n.quiet_priority, n.frequency
  from given g
    cross join lateral jsonb_populate_record(null::notify.rule, $4::jsonb || g.rule) n
  where not exists (
    select 1
    from next)
  returning true as new)
select new from moved
union all
select new from made;

-- name: rule_list
-- $1 district's slug, or null for all. A list.
select d.slug as district, r.name, r.version, r.active, r.rank, r.stops, (
    select string_agg(s.code, ';' order by s.code)
    from district.school s
    where s.school_id = any (r.schools)) as schools,
  array_to_string(r.relations, ';') as relations, r.within_m,
  array_to_string(r.classes, ';') as classes, array_to_string(r.types, ';') as types,
  array_to_string(r.dispositions, ';') as dispositions, r.min_priority, r.hours, (
    select string_agg((array['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])[w], ';' order by w)
    from unnest(r.weekdays) w) as weekdays, array_to_string(r.channels, ';') as channels, r.sealed,
  r.escalate_s, r.max_age_s, r.again_priority,
  case when r.acks = 0 then to_jsonb('each'::text) else to_jsonb(r.acks) end as acks,
  to_char(r.quiet_from, 'HH24:MI') as quiet_from, to_char(r.quiet_to, 'HH24:MI') as quiet_to,
  r.quiet_priority, r.frequency
from notify.rule r
  join district.district d using (district_id)
where $1::text is null or d.slug = $1
order by d.slug, r.rank, r.rule_id;

-- name: rule_history
-- $1 district, $2 name of a rule, or null for all. A list: each version, and what it changed.
select v.name, v.rule_id as rule, v.version, liaison.listed(v.at) as at, v.by,
  case when v.gone then 'removed'
    when v.version = 1 then 'made'
    else (
      select string_agg(k.key || ': ' || coalesce(b.rule ->> k.key, 'none') || ' -> '
        || coalesce(k.value #>> '{}', 'none'), '; ' order by k.key)
      from jsonb_each(v.rule) k
      where k.key <> 'version'
        and nullif(k.value, 'null') is distinct from nullif(b.rule -> k.key, 'null')) end as change
from notify.rule_version v
  left join notify.rule_version b
    on (b.district_id, b.rule_id, b.version) = (v.district_id, v.rule_id, v.version - 1)
where v.district_id = $1
  and ($2::text is null
    or exists (
      select 1
      from notify.rule_version n
      where (n.district_id, n.rule_id) = (v.district_id, v.rule_id)
        and n.name = $2))
order by v.rule_id, v.version;

-- name: rule_remove
-- $1 district, $2 name.
delete from notify.rule
where district_id = $1 and name = $2;
