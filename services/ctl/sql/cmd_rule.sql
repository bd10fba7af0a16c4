-- Each statement rule_X_unknown takes $1, items separated by ;. One value: an item that is not
-- known; no row if all are known.

-- name: rule_school_unknown
-- $2 district.
select n
from unnest(string_to_array($1, ';')) n
where btrim(n) not in (
  select code
  from district.school
  where district_id = $2::int)
limit 1;

-- name: rule_class_unknown
select n
from unnest(string_to_array($1, ';')) n
where btrim(n) not in (
  select class
  from code.class)
limit 1;

-- name: rule_channel_unknown
select n
from unnest(string_to_array($1, ';')) n
where btrim(n) not in ('email', 'sms')
limit 1;

-- name: rule_put
-- $1 district, $2 name, $3 active; lists separated by ;, or null: $4 codes of schools, $5 classes,
-- $8 channels; $6 least priority, $7 hours, $9 sealed, $10 seconds until it escalates, $11 seconds
-- after which a call is too old. One value: true if the rule is new, false if it has changed; no
-- row if nothing changed.
with given (name, active, schools, classes, min_priority, hours, channels, sealed, escalate_s,
    max_age_s) as (
  select $2, $3::boolean,
    (select array_agg(school_id order by school_id)
     from district.school
     where district_id = $1
       and code in (select btrim(n) from unnest(string_to_array($4, ';')) n)),
    (select array_agg(btrim(n)) from unnest(string_to_array($5, ';')) n),
    $6::smallint, $7,
    coalesce((select array_agg(btrim(n)) from unnest(string_to_array($8, ';')) n), '{email,sms}'),
    $9::boolean, $10::int, $11::int),
moved as (
  update notify.rule r
  set active = g.active, schools = g.schools, classes = g.classes, min_priority = g.min_priority,
    hours = g.hours, channels = g.channels, sealed = g.sealed, escalate_s = g.escalate_s,
    max_age_s = g.max_age_s
  from given g
  where r.district_id = $1
    and r.name = g.name
    and (r.active, r.schools, r.classes, r.min_priority, r.hours, r.channels, r.sealed,
        r.escalate_s, r.max_age_s)
      is distinct from (g.active, g.schools, g.classes, g.min_priority, g.hours, g.channels,
        g.sealed, g.escalate_s, g.max_age_s)
  returning false as new),
made as (
  insert into notify.rule (district_id, name, active, schools, classes, min_priority, hours,
    channels, sealed, escalate_s, max_age_s)
  select $1, g.*
  from given g
  where not exists (
    select 1
    from notify.rule r
    where r.district_id = $1 and r.name = g.name)
  returning true as new)
select new from moved
union all
select new from made;

-- name: rule_list
-- $1 district's slug, or null for all. A list.
select d.slug as district, r.name, r.active, (
    select string_agg(s.code, ';' order by s.code)
    from district.school s
    where s.school_id = any (r.schools)) as schools,
  array_to_string(r.classes, ';') as classes, r.min_priority, r.hours,
  array_to_string(r.channels, ';') as channels, r.sealed, r.escalate_s, r.max_age_s
from notify.rule r
  join district.district d using (district_id)
where $1::text is null or d.slug = $1
order by d.slug, r.rule_id;
