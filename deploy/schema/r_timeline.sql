-- The steps of a call in order. The state of a call has only the last value of each field; its events have all
-- values.
-- Repeatable: applied again whenever this file changes, so edit it in place (CONTRIBUTING.md).

-- The body below names functions of a later file.
set local check_function_bodies = off;

drop function if exists district.said_of(int, int, text, int[]);
-- The events of a call that these people see, in the order of source time. elsewhere and sensitivity are the call's.
create or replace function district.said_of(p_district int, p_agency int, p_incident text, p_schools int[])
returns table (n bigint, occurred_at timestamptz, call_type text, final_type text, units text, placed text,
               unsure text, place_name text, address text, latitude double precision, longitude double precision,
               elsewhere boolean, sensitivity text)
language sql stable as $$
    select row_number() over (order by e.occurred_at, e.epoch, e.seq), e.occurred_at, e.call_type, e.final_type,
           e.units, e.placed, e.unsure, e.place_name, e.address, e.latitude, e.longitude,
           i.elsewhere, i.sensitivity
      from district.seen(p_district, p_schools) i join agency.event e using (agency_id, incident_no)
     where i.agency_id = p_agency and i.incident_no = p_incident
$$;

-- The parts of district.told below, which describes their columns.

-- Statuses of units, for a call that has not moved away. A repeated status is no step; the last stated time of a
-- status counts.
create or replace function district.told_units(p_district int, p_agency int, p_incident text, p_schools int[])
returns table (at timestamptz, step bigint, kind text, unit text, was text, became text) language sql stable as $$
with said as (
    select * from district.said_of(p_district, p_agency, p_incident, p_schools)
), listed as (
    select n, occurred_at, units::jsonb as units from said
     where units is not null and not elsewhere
    union all -- a call that has no events here
    select 1, version_at, units from district.seen(p_district, p_schools)
     where agency_id = p_agency and incident_no = p_incident
       and not exists (select from said s where s.units is not null)
), mention as (
    select coalesce(u ->> 'id', '') as id, u ->> 'status' as status, (u ->> 'at')::timestamptz as since,
           coalesce((u ->> 'at')::timestamptz, occurred_at) as at, row_number() over (order by n, ord) as n
      from listed, jsonb_array_elements(case when jsonb_typeof(units) = 'array' then units end)
                   with ordinality as l(u, ord)
), turn as (
    select m.*, count(*) filter (where status is distinct from before) over (partition by id order by at, n) as turn
      from (select m.*, lag(status) over (partition by id order by at, n) as before
              from mention m where status is not null) m
), unit as (
    select coalesce((array_agg(since order by n desc) filter (where since is not null))[1], min(at)) as at,
           min(n) as n, min(status) as kind, id
      from turn group by id, turn
    union all
    select min(at), min(n), 'unit', id from mention group by id having count(status) = 0
)
select at, n, kind, id, null, null from unit
$$;

-- Types. A school sees no type of a restricted call, and no type that is itself restricted or sealed.
create or replace function district.told_types(p_district int, p_agency int, p_incident text, p_schools int[])
returns table (at timestamptz, step bigint, kind text, unit text, was text, became text) language sql stable as $$
with typed as (
    select s.occurred_at, s.n, s.sensitivity, t.step, t.own
      from (select s.*, lag(s.final) over (order by s.n) as before
              from (select occurred_at, n, sensitivity, call_type, agency.last_said(call_type) over o as first,
                           agency.last_said(final_type) over o as final
                      from district.said_of(p_district, p_agency, p_incident, p_schools)
                    window o as (order by n)) s) s,
           lateral (values (0, case when s.before is null then s.call_type end),
                           (1, coalesce(s.final, s.first))) as t(step, own)
     where t.own is not null
), named as (
    select y.*, coalesce(t.name, y.own) as name
      from typed y left join code.type t on t.code = code.common(p_agency, 'type', y.own)
     where not district.hides_type(coalesce(t.sensitivity, 'open'), p_schools)
       and not district.hides_type(y.sensitivity, p_schools)
), type as (
    select t.*, lag(n) over o as n_before, lag(own) over o as own_before, lag(name) over o as name_before
      from named t window o as (order by n, step)
)
select occurred_at, n, case when n = n_before then 'classified' else 'retyped' end, null,
       case when name = name_before then name_before || ' (' || own_before || ')' else name_before end,
       case when name = name_before then name || ' (' || own || ')' else name end
  from type where upper(btrim(own)) <> upper(btrim(own_before))
$$;

-- Places. Unsure words do not move a call that has a place. A place that is only at other people's schools is not
-- named, except the current place of the call, which every reader sees. For a call that has moved away, a place at no
-- school is never named.
create or replace function district.told_places(p_district int, p_agency int, p_incident text, p_schools int[])
returns table (at timestamptz, step bigint, kind text, unit text, was text, became text) language sql stable as $$
with place as (
    select p.*, nullif(concat_ws(', ', nullif(place_name, ''), nullif(address, '')), '') as words,
           coalesce((not elsewhere
                     and (n = max(n) over () or (p_schools is null and coalesce(placed, '[]') = '[]')))
                    or exists (select from jsonb_array_elements(placed::jsonb) s
                                where (s ->> 'district')::int = p_district
                                  and district.is_theirs((s ->> 'school')::int, p_schools)), false) as shown
      from (select s.*, bool_or(placed is not null) over (order by n) as known
              from district.said_of(p_district, p_agency, p_incident, p_schools) s
             where placed is not null or unsure is not null) p
     where placed is not null or not known
), moved as (
    select p.*, lag(words) over o as words_before, lag(shown) over o as shown_before, lag(n) over o as n_before,
           lag(latitude) over o as latitude_before, lag(longitude) over o as longitude_before
      from place p window o as (order by n)
)
select occurred_at, n, case when words is distinct from words_before then 'moved' else 'located' end, null,
       case when shown_before then words_before end, case when shown then words end
  from moved
 where n_before is not null
   and (words, latitude, longitude) is distinct from (words_before, latitude_before, longitude_before)
$$;

-- The dashboard has no right to agency.event. It calls this function, which returns only what the person may see
-- (r_visibility.sql). p_schools: the schools of a person of role school; null: the whole district.
-- kind:
--   dispatched, en_route, on_scene, clear  unit has had this status since at; unit: it was named without a status
--   retyped     from was to became; classified: both were stated at once, and the time of the change is not known
--   moved       was and became are the words of the places; located: the words are the same, the point is another
-- step orders steps of the same moment. A text is null if it is missing, or if this person may not see it.
create or replace function district.told(p_district int, p_agency int, p_incident text, p_schools int[])
returns table (at timestamptz, step bigint, kind text, unit text, was text, became text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select * from district.told_units(p_district, p_agency, p_incident, p_schools)
    union all
    select * from district.told_types(p_district, p_agency, p_incident, p_schools)
    union all
    select * from district.told_places(p_district, p_agency, p_incident, p_schools)
$$;
