-- What was known of calls when: for liaisonctl rule try, which decides again over calls of the past.
-- Repeatable: applied again whenever this file changes, so edit it in place (CONTRIBUTING.md).

-- The bodies below name columns of later files.
set local check_function_bodies = off;

-- What the events of an incident that were known by p_at came to, as a district has it: agency.fold and
-- district.derived for a time of the past. p_by_arrival: known when they arrived; else when they happened, as of a
-- backfill. Code maps are those of today. A test compares it with what is derived today.
create or replace function district.known(p_district int, p_agency int, p_incident text, p_at timestamptz,
                                          p_by_arrival boolean)
returns table (
    status text, class text, sensitivity text, type_code text, priority int, entered_in_error boolean, merged boolean,
    opened_at timestamptz, t_closed timestamptz, address text, place_name text, units jsonb, disposition_code text,
    places jsonb)
language sql stable as $$
    with e as materialized (
        select e.* from agency.event e
         where (e.agency_id, e.incident_no) = (p_agency, p_incident) and e.mode <> 2
           and case when p_by_arrival then e.received_at else e.occurred_at end <= p_at
    ), s as (
        select agency.last_said((case when kind = 5 then 2 when kind = 6 then null else 1 end)::smallint
                                order by occurred_at, epoch, seq) as status,
               bool_or(entered_in_error) as entered_in_error, min(occurred_at) as first_at,
               agency.last_said(call_type order by occurred_at, epoch, seq) as call_type,
               agency.last_said(final_type order by occurred_at, epoch, seq) as final_type,
               agency.last_said(priority order by occurred_at, epoch, seq) as priority,
               agency.last_said(t_received order by occurred_at, epoch, seq) as t_received,
               agency.last_said(t_dispatched order by occurred_at, epoch, seq) as t_dispatched,
               agency.last_said(t_en_route order by occurred_at, epoch, seq) as t_en_route,
               agency.last_said(t_on_scene order by occurred_at, epoch, seq) as t_on_scene,
               agency.last_said(t_closed order by occurred_at, epoch, seq) as t_closed,
               agency.last_said(units order by occurred_at, epoch, seq) as units,
               agency.last_said(dispositions order by occurred_at, epoch, seq) as dispositions,
               agency.last_said(merged_into order by occurred_at, epoch, seq) as merged_into
          from e
    ), p as (
        select address, place_name, placed from e where placed is not null or unsure is not null
         order by placed is null, occurred_at desc, epoch desc, seq desc limit 1
    ), w as (
        select unsure from e where placed is not null or unsure is not null
         order by occurred_at desc, epoch desc, seq desc limit 1
    )
    select case when s.entered_in_error then 'cancelled' when s.merged_into is not null then 'closed'
                else coalesce((array['open', 'closed'])[s.status], 'closed') end,
           coalesce(t.class, 'other'),
           code.stricter(coalesce(t.sensitivity, 'open'), yt.sensitivity),
           t.code, code.common_priority(p_agency, s.priority)::int, s.entered_in_error,
           x.incident_no is not null and not y.in_error
           and exists (select from jsonb_array_elements(coalesce(y.placed, '[]')::jsonb) q
                        where (q ->> 'district')::int = p_district),
           coalesce(s.t_received, s.t_dispatched, s.t_en_route, s.t_on_scene, s.first_at), s.t_closed,
           coalesce(p.address, nullif(w.unsure::jsonb ->> 'address', '')),
           coalesce(p.place_name, nullif(w.unsure::jsonb ->> 'name', '')), s.units::jsonb, o.disposition_code,
           coalesce((select jsonb_agg(l.placed order by l.ord)
                       from jsonb_array_elements(coalesce(p.placed, '[]')::jsonb) with ordinality as l(placed, ord)
                      where (l.placed ->> 'district')::int = p_district),
                    case when w.unsure is not null then
                        (select district.reviewed_places(p_district, p_agency, p_incident)
                           from district.place_review r
                          where (r.district_id, r.agency_id, r.incident_no) = (p_district, p_agency, p_incident)
                            and (not p_by_arrival or coalesce(r.decided_at, r.due_at) <= p_at)) end)
      from s left join p on true left join w on true
      left join code.type t on t.code = code.common(p_agency, 'type', coalesce(s.final_type, s.call_type))
      left join district.incident x
           on (x.district_id, x.agency_id, x.incident_no) = (p_district, p_agency, s.merged_into)
      left join lateral ( -- whether the call counted into which this one was merged
           select bool_or(o.entered_in_error) as in_error,
                  bool_or(exists (select from jsonb_array_elements(coalesce(o.placed, '[]')::jsonb) q
                                   where (q ->> 'district')::int = p_district)) as of_district,
                  agency.last_said(o.call_type order by o.occurred_at, o.epoch, o.seq) as call_type,
                  agency.last_said(o.final_type order by o.occurred_at, o.epoch, o.seq) as final_type,
                  (array_agg(o.placed order by o.occurred_at desc, o.epoch desc, o.seq desc)
                   filter (where o.placed is not null))[1] as placed
             from agency.event o
            where (o.agency_id, o.incident_no) = (p_agency, s.merged_into) and o.mode <> 2
              and case when p_by_arrival then o.received_at else o.occurred_at end <= p_at) y on true
      left join code.type yt on x.incident_no is not null and y.of_district
                                and yt.code = code.common(p_agency, 'type', coalesce(y.final_type, y.call_type))
      left join lateral code.common_dispositions(p_agency, s.dispositions) o on true
     where s.first_at is not null
$$;

-- The moments at which something of a call became known: its commits, and the answer of a review. Of a call that came
-- by a backfill alone: when it happened.
create or replace function district.known_times(p_district int, p_agency int, p_incident text)
returns table (at timestamptz, by_arrival boolean) language sql stable as $$
    with e as (
        select e.received_at, e.occurred_at, bool_or(e.mode = 1) over () as arrived
          from agency.event e
         where e.agency_id = p_agency and e.mode <> 2
           and e.incident_no in (select p_incident union all -- and the calls into which it was merged
                                 select m.merged_into from agency.event m
                                  where (m.agency_id, m.incident_no) = (p_agency, p_incident))
           and e.received_at >= (select min(f.received_at) from agency.event f
                                  where (f.agency_id, f.incident_no) = (p_agency, p_incident))
    )
    select case when arrived then received_at else occurred_at end, arrived from e
    union
    select coalesce(r.decided_at, r.due_at), true from district.place_review r
     where (r.district_id, r.agency_id, r.incident_no) = (p_district, p_agency, p_incident) and r.state <> 'open'
       and exists (select from e where arrived)
$$;

drop function if exists notify.known_steps(int, timestamptz, timestamptz);
-- Each moment at which something became known of a call that began between the two times, at each school that it was
-- ever at: the columns of notify.call_facts, as they were then. Of a call without events, what it is today
-- (by_history false). Replays are left out, and a backfill counts as live. A test compares the two.
create function notify.known_steps(p_district int, p_from timestamptz, p_to timestamptz)
returns table (
    agency_id int, incident_no text, school_id int, at timestamptz, by_history boolean,
    relation text, method text, distance_m int, mode text, status text, class text, sensitivity text, type_code text,
    priority int, entered_in_error boolean, merged boolean, opened_at timestamptz, t_closed timestamptz, place text,
    units int, unit_state text, coming int, sent int, life_safety boolean, class_rank int, in_school_hours boolean,
    weekday int, ended_as text)
language sql stable as $$
    with calls as materialized (
        select i.agency_id, i.incident_no, i.opened_at as began_at from district.incident i
         where i.district_id = p_district and i.opened_at >= p_from and i.opened_at < p_to and i.mode <> 'replay'
    ), known as materialized (
        select c.agency_id, c.incident_no, t.at, k.* from calls c
         cross join lateral district.known_times(p_district, c.agency_id, c.incident_no) t
         cross join lateral district.known(p_district, c.agency_id, c.incident_no, t.at, t.by_arrival) k
    ), placed as (
        select distinct k.agency_id, k.incident_no, (e ->> 'school')::int as school_id
          from known k, jsonb_array_elements(k.places) e where e ->> 'relation' <> 'elsewhere'
    )
    select k.agency_id, k.incident_no, p.school_id, k.at, true, coalesce(s.relation, ''), coalesce(s.method, ''),
           coalesce(s.distance_m, -1)::int, 'live', k.status, k.class, k.sensitivity, coalesce(k.type_code, ''),
           coalesce(k.priority, -1), k.entered_in_error, k.merged, k.opened_at, k.t_closed,
           md5(coalesce(k.address, '') || '/' || coalesce(k.place_name, '')), u.units, u.unit_state,
           u.coming, u.sent, code.is_life_safety(k.class, k.type_code),
           coalesce((select c.rank from code.class c where c.class = k.class), 99)::int,
           exists (select from district.school_hours(p_district, p.school_id, t.local::date) h
                    where t.local::time >= h.starts and t.local::time < h.ends),
           extract(isodow from t.local)::int, coalesce(k.disposition_code, '')
      from known k join placed p using (agency_id, incident_no) join district.district d on d.district_id = p_district
      left join lateral (
           select e ->> 'relation' as relation, e ->> 'method' as method, (e ->> 'distance_m')::real as distance_m
             from jsonb_array_elements(k.places) with ordinality as l(e, ord)
            where (e ->> 'school')::int = p.school_id and e ->> 'relation' <> 'elsewhere'
            order by ord limit 1) s on true
     cross join lateral (select k.opened_at at time zone d.zone as local) t
     cross join lateral notify.units_of(k.units) u
    union all
    select c.agency_id, c.incident_no, i.school_id, c.began_at, false, f.*
      from calls c join district.incident_school i
        on (i.district_id, i.agency_id, i.incident_no) = (p_district, c.agency_id, c.incident_no)
     cross join lateral notify.call_facts(p_district, c.agency_id, c.incident_no, i.school_id) f
     where i.relation <> 'elsewhere' and not exists (
           select from known k where (k.agency_id, k.incident_no) = (c.agency_id, c.incident_no))
$$;
