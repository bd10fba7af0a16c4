-- The two derivations: events to incident (fold), incident to district rows (derive). Intake calls
-- them inside the transaction that stores the events; both may be called again at any time.
-- Repeatable: applied again whenever this file changes, so edit it in place (CONTRIBUTING.md).

-- The bodies below name columns and tables of later files.
set local check_function_bodies = off;

-- The latest event that says a field decides it: the last value that is not null.
create or replace function agency.last_said_step(state anyelement, value anyelement) returns anyelement
language sql immutable parallel safe as $$ select coalesce(value, state) $$;
create or replace aggregate agency.last_said(anyelement) (
    sfunc = agency.last_said_step, stype = anyelement);

-- fold and derive look up few rows by key in tables of any size. The planner may not know yet how large these
-- are, and keeps its plan for the session: it is told not to read them whole, and not to plan again for each call.

-- Computes incidents again from their events, in the order of source time: for events that came late.
create or replace function agency.fold(p_agency int[], p_incident text[]) returns void language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set jit = off as $$
begin
    with wanted as (
        select distinct agency_id, incident_no
          from unnest(p_agency, p_incident) as k(agency_id, incident_no)
    ), v as (
        select e.* from wanted w join agency.event e using (agency_id, incident_no)
    ), folded as (
        select agency_id, incident_no,
               min(occurred_at) as first_at,
               (array_agg(epoch order by occurred_at, epoch, seq))[1] as first_epoch,
               (array_agg(seq order by occurred_at, epoch, seq))[1] as first_seq,
               agency.last_said(occurred_at order by occurred_at, epoch, seq) as version_at,
               agency.last_said(epoch order by occurred_at, epoch, seq) as version_epoch,
               agency.last_said(seq order by occurred_at, epoch, seq) as version_seq,
               agency.last_said(mode order by occurred_at, epoch, seq) as mode,
               -- 5 closes, a later event of kinds 1 to 4 opens again, 6 changes nothing
               agency.last_said((case when kind = 5 then 2 when kind = 6 then null else 1 end)::smallint
                                order by occurred_at, epoch, seq) as status,
               bool_or(entered_in_error) as entered_in_error,
               agency.last_said(initiated_by order by occurred_at, epoch, seq) as initiated_by,
               agency.last_said(received_via order by occurred_at, epoch, seq) as received_via,
               agency.last_said(call_type order by occurred_at, epoch, seq) as call_type,
               agency.last_said(final_type order by occurred_at, epoch, seq) as final_type,
               agency.last_said(priority order by occurred_at, epoch, seq) as priority,
               agency.last_said(t_received order by occurred_at, epoch, seq) as t_received,
               agency.last_said(t_dispatched order by occurred_at, epoch, seq) as t_dispatched,
               agency.last_said(t_en_route order by occurred_at, epoch, seq) as t_en_route,
               agency.last_said(t_on_scene order by occurred_at, epoch, seq) as t_on_scene,
               agency.last_said(t_cleared order by occurred_at, epoch, seq) as t_cleared,
               agency.last_said(t_closed order by occurred_at, epoch, seq) as t_closed,
               -- by which an outcome was found: not what the incident's numbers are
               agency.last_said(case when found_by is null then report_numbers end
                                order by occurred_at, epoch, seq) as report_numbers,
               agency.last_said(units order by occurred_at, epoch, seq) as units,
               agency.last_said(dispositions order by occurred_at, epoch, seq) as dispositions,
               agency.last_said(merged_into order by occurred_at, epoch, seq) as merged_into,
               agency.last_said(split_from order by occurred_at, epoch, seq) as split_from,
               bool_or(coalesce(placed, '[]') <> '[]') as at_school
          from v group by agency_id, incident_no
    ), place as ( -- the place is one field: parts of two places are never mixed
        select distinct on (agency_id, incident_no) agency_id, incident_no, address, latitude,
               longitude, place_name, municipality, cross_streets, beat, placed
          from v where placed is not null or unsure is not null -- unsure words do not move a call
         order by agency_id, incident_no, placed is null, occurred_at desc, epoch desc, seq desc
    ), words as ( -- but they are asked about, until a place is said
        select distinct on (agency_id, incident_no) agency_id, incident_no, unsure
          from v where placed is not null or unsure is not null
         order by agency_id, incident_no, occurred_at desc, epoch desc, seq desc
    )
    update agency.incident i
       set first_at = f.first_at, first_epoch = f.first_epoch, first_seq = f.first_seq,
           version_at = f.version_at, version_epoch = f.version_epoch,
           version_seq = f.version_seq, mode = f.mode, status = coalesce(f.status, 0),
           entered_in_error = f.entered_in_error, initiated_by = f.initiated_by,
           received_via = f.received_via, call_type = f.call_type, final_type = f.final_type,
           priority = f.priority, t_received = f.t_received, t_dispatched = f.t_dispatched,
           t_en_route = f.t_en_route, t_on_scene = f.t_on_scene, t_cleared = f.t_cleared,
           t_closed = f.t_closed, report_numbers = f.report_numbers, units = f.units,
           dispositions = f.dispositions, merged_into = f.merged_into, split_from = f.split_from,
           address = p.address, latitude = p.latitude, longitude = p.longitude,
           place_name = p.place_name, municipality = p.municipality,
           cross_streets = p.cross_streets, beat = p.beat, placed = p.placed,
           unsure = coalesce(w.unsure, case when i.unsure is not null then '{}' end),
           at_school = i.at_school or f.at_school, stale = false, updated_at = now()
      from folded f left join place p using (agency_id, incident_no)
                    left join words w using (agency_id, incident_no)
     where (i.agency_id, i.incident_no) = (f.agency_id, f.incident_no);
end $$;

-- Own code to common code, by the agency's current map.
-- plpgsql, not sql: the plan is kept for the session, and derive() calls these for every code.
create or replace function code.common(p_agency int, p_kind text, p_own text) returns text
language plpgsql stable as $$
begin
    return (
        select m.common from code.map_version v
          join code.map m using (agency_id, kind, version)
         where v.agency_id = p_agency and v.kind = p_kind and v.current
           and m.own = upper(btrim(p_own)));
end $$;

-- The common priority 0 to 10, 10 the most urgent: by the map, else by the direction of the scale.
create or replace function code.common_priority(p_agency int, p_own text) returns smallint
language plpgsql stable as $$
begin
    return (
        select case
            when p_own is null then null
            when m.common is not null then m.common::smallint
            when p_own !~ '^[0-9]{1,2}$' then null
            when a.priority_top = 'low' then greatest(0, 11 - greatest(p_own::int, 1))::smallint
            else least(10, p_own::int)::smallint end
          from agency.agency a
          left join lateral (select code.common(p_agency, 'priority', p_own) as common) m on true
         where a.agency_id = p_agency);
end $$;

-- What agencies said of outcomes: those of an incident and of incidents merged into it. Of one
-- outcome_id the latest event counts.
create or replace function agency.outcomes_of(p_agency int, p_incident text)
returns table (outcome_id text, subject smallint, own text, offense text, decided_at timestamptz, voids text)
language plpgsql stable as $$
begin
    return query
    select distinct on (1) coalesce(o ->> 'outcome_id', e.stream_no || '.' || e.seq || '.' || ord),
           coalesce((o ->> 'subject')::smallint, 1::smallint), coalesce(o ->> 'code', ''), o ->> 'offense',
           coalesce((o ->> 'decided_at')::timestamptz, e.occurred_at), o ->> 'voids'
      from (select p_incident as incident_no union all
            select m.incident_no from agency.incident m
             where (m.agency_id, m.merged_into) = (p_agency, p_incident)) k
      join agency.event e on (e.agency_id, e.incident_no) = (p_agency, k.incident_no),
           jsonb_array_elements(e.outcomes::jsonb) with ordinality as l(o, ord)
     where e.outcomes is not null
     order by 1, e.occurred_at desc, e.epoch desc, e.seq desc;
end $$;

-- Into the district's row. What only withdraws another is no outcome of its own.
create or replace function district.derive_outcomes(p_district int, p_agency int, p_incident text) returns void
language plpgsql as $$
declare
    withdrawals int;
begin
    with said as materialized (
        select * from agency.outcomes_of(p_agency, p_incident)
    ), put as (
        insert into district.outcome as t (district_id, agency_id, incident_no, outcome_id, subject, own,
                                           code, offense, decided_at)
        select p_district, p_agency, p_incident, outcome_id, subject, own,
               code.common(p_agency, 'outcome', own), offense, decided_at
          from said where own <> ''
        on conflict (district_id, agency_id, incident_no, outcome_id) do update
           set subject = excluded.subject, own = excluded.own, code = excluded.code,
               offense = excluded.offense, decided_at = excluded.decided_at
    )
    select count(voids) into withdrawals from said;
    if withdrawals > 0 then
        update district.outcome t set voided_by = v.outcome_id
          from agency.outcomes_of(p_agency, p_incident) v
         where (t.district_id, t.agency_id, t.incident_no, t.outcome_id)
               = (p_district, p_agency, p_incident, v.voids);
    end if;
end $$;

-- Asks the districts about calls whose words leave the place open, and withdraws questions that a
-- later place has answered. What a person has decided stays.
create or replace function district.review(p_agency int[], p_incident text[]) returns void
language plpgsql as $$
begin
    insert into district.place_review as r (
        district_id, agency_id, incident_no, mode, address, place_name, candidates, opened_at, class,
        type_code, sensitivity, due_at)
    select d.district_id, s.agency_id, s.incident_no,
           (array['live', 'replay', 'backfill'])[s.mode], s.unsure::jsonb ->> 'address',
           s.unsure::jsonb ->> 'name', c.list,
           coalesce(s.t_received, s.t_dispatched, s.t_en_route, s.t_on_scene, s.first_at),
           coalesce(t.class, 'other'), t.code, coalesce(t.sensitivity, 'open'),
           now() + case when s.mode = 3 then interval '30 days'
                        else make_interval(secs => d.review_s) end
      from unnest(p_agency, p_incident) as k(agency_id, incident_no)
      join agency.incident s using (agency_id, incident_no)
     cross join lateral (
           select (e ->> 'district')::int as district_id,
                  jsonb_agg(e - 'district' order by (e ->> 'confidence')::real desc, ord) as list
             from jsonb_array_elements(s.unsure::jsonb -> 'schools') with ordinality as l(e, ord)
            group by 1) c
      join district.district d on d.district_id = c.district_id
      left join code.type t
             on t.code = code.common(s.agency_id, 'type', coalesce(s.final_type, s.call_type))
     where s.unsure is not null and coalesce(s.placed, '[]') = '[]' and s.merged_into is null
       and not s.entered_in_error
     order by d.district_id, s.agency_id, s.incident_no
    on conflict (district_id, agency_id, incident_no) do update set
        address = excluded.address, place_name = excluded.place_name,
        candidates = excluded.candidates, class = excluded.class, type_code = excluded.type_code,
        sensitivity = excluded.sensitivity
     where r.state <> 'decided';

    update district.place_review r
       set state = 'decided', decided_by = 'placement', decided_at = now()
      from unnest(p_agency, p_incident) as k(agency_id, incident_no)
      join agency.incident s using (agency_id, incident_no)
     where (r.agency_id, r.incident_no) = (s.agency_id, s.incident_no) and r.state <> 'decided'
       and (s.unsure = '{}' or coalesce(s.placed, '[]') <> '[]'
            or (r.state = 'open' and (s.merged_into is not null or s.entered_in_error)));
end $$;

-- The places that a review gives a call of the district, as intake's placement would say them; null:
-- none. An answer holds for the words that were asked about: a place said later replaces it.
create or replace function district.reviewed_places(p_district int, p_agency int, p_incident text)
returns jsonb language plpgsql stable as $$
begin
    return (
        select case
            when r.state = 'decided' and r.decided_by <> 'placement' and r.school_id is not null then
                jsonb_build_array(jsonb_build_object('school', r.school_id, 'relation', 'at',
                    'method', 'person', 'confidence', 1, 'by', r.decided_by))
            when r.state = 'expired' and r.mode <> 'backfill' then
                (select jsonb_agg(c || '{"relation": "uncertain"}' order by ord)
                   from jsonb_array_elements(r.candidates) with ordinality as l(c, ord)) end
          from district.place_review r join agency.incident s using (agency_id, incident_no)
         where (r.district_id, r.agency_id, r.incident_no) = (p_district, p_agency, p_incident)
           and s.unsure <> '{}' and coalesce(s.placed, '[]') = '[]');
end $$;

-- Makes the districts' rows of incidents that are, or ever were, at a school; logs the change; puts
-- it into the outbox unless it is a backfill. Returns the change of each district that moved.
create or replace function district.derive(p_agency int[], p_incident text[])
returns table (moved_district int, moved_change bigint) language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set jit = off as $$
declare
    i record;
    c bigint;
    is_first boolean;
begin
    if exists (select from unnest(p_agency, p_incident) as k(agency_id, incident_no)
                 join agency.incident s using (agency_id, incident_no) where s.unsure is not null) then
        perform district.review(p_agency, p_incident);
    end if;
    for i in
        with given as (
            select agency_id, incident_no from unnest(p_agency, p_incident) as k(agency_id, incident_no)
        ), wanted as ( -- a merged one is counted until its survivor is: each concerns the other
            select agency_id, incident_no from given
            union
            select m.agency_id, m.incident_no from given g
              join agency.incident m on (m.agency_id, m.merged_into) = (g.agency_id, g.incident_no)
            union
            select m.agency_id, m.merged_into from given g join agency.incident m using (agency_id, incident_no)
             where m.merged_into is not null
        ), state as (
            select s.* from wanted join agency.incident s using (agency_id, incident_no) where s.at_school
        ), concerned as ( -- districts of today's place, and those that it left
            select s.agency_id, s.incident_no, (p ->> 'district')::int as district_id
              from state s, jsonb_array_elements(coalesce(s.placed, '[]')::jsonb) p
            union -- it was at a school, and its moving away was heard first
            select s.agency_id, s.incident_no, (p ->> 'district')::int
              from state s join agency.event e using (agency_id, incident_no),
                   jsonb_array_elements(coalesce(e.placed, '[]')::jsonb) p
             where coalesce(s.placed, '[]') = '[]'
            union
            select d.agency_id, d.incident_no, d.district_id
              from state s join district.incident d using (agency_id, incident_no)
            union -- a person decided, or was not there in time
            select s.agency_id, s.incident_no, r.district_id
              from state s join district.place_review r using (agency_id, incident_no)
             where s.unsure is not null
               and district.reviewed_places(r.district_id, s.agency_id, s.incident_no) is not null
        )
        select s.*, n.district_id, here.places, was.left_school, m.version as map_version,
               coalesce(s.final_type, s.call_type) as type_own,
               t.code as type_code, coalesce(t.class, 'other') as class,
               coalesce(t.sensitivity, 'open') as sensitivity,
               code.common_priority(s.agency_id, s.priority) as priority_common,
               exists (select from agency.event e where e.agency_id = s.agency_id
                          and e.incident_no = s.incident_no and e.outcomes is not null)
               or exists (select from agency.incident g where g.agency_id = s.agency_id
                             and g.merged_into = s.incident_no) as has_outcomes
          from concerned n join state s using (agency_id, incident_no)
          left join lateral (
              select coalesce(jsonb_agg(p order by ord),
                              case when s.unsure is not null then
                                  district.reviewed_places(n.district_id, s.agency_id, s.incident_no)
                              end) as places
                from jsonb_array_elements(coalesce(s.placed, '[]')::jsonb) with ordinality as e(p, ord)
               where (p ->> 'district')::int = n.district_id) here on true
          left join lateral ( -- the school that a call left, where its leaving was heard first
              select (p ->> 'school')::int as left_school
                from agency.event e, jsonb_array_elements(coalesce(e.placed, '[]')::jsonb)
                     with ordinality as l(p, ord)
               where here.places is null
                 and (e.agency_id, e.incident_no) = (s.agency_id, s.incident_no)
                 and (p ->> 'district')::int = n.district_id
               order by e.occurred_at desc, e.epoch desc, e.seq desc, ord limit 1) was on true
          left join code.map_version m
                 on m.agency_id = s.agency_id and m.kind = 'type' and m.current
          left join code.type t
                 on t.code = code.common(s.agency_id, 'type', coalesce(s.final_type, s.call_type))
         order by n.district_id, s.merged_into is not null, s.agency_id, s.incident_no
    loop
        insert into district.incident as d (
            district_id, agency_id, incident_no, origin, mode, status, class, sensitivity, type_own,
            type_code, map_version, first_type_own, priority_own, priority, initiated_by,
            received_via, opened_at, t_received, t_dispatched, t_en_route, t_on_scene, t_cleared,
            t_closed, address, latitude, longitude, place_name, units, dispositions,
            disposition_code, report_numbers, school_id, relation, merged_into, entered_in_error,
            elsewhere, version_at)
        select i.district_id, i.agency_id, i.incident_no, 'cad',
               (array['live', 'replay', 'backfill'])[i.mode],
               (case when i.entered_in_error then 'cancelled'
                     when i.merged_into is not null then 'closed'
                     else coalesce((array['open', 'closed'])[i.status], 'closed') end),
               i.class, i.sensitivity, i.type_own, i.type_code, coalesce(i.map_version, 0),
               i.call_type, i.priority, i.priority_common,
               (array['school_staff', 'police', 'public', 'alarm', 'other'])[i.initiated_by],
               (array['911', 'other_line', 'radio', 'officer', 'other'])[i.received_via],
               coalesce(i.t_received, i.t_dispatched, i.t_en_route, i.t_on_scene, i.first_at),
               i.t_received, i.t_dispatched, i.t_en_route, i.t_on_scene, i.t_cleared, i.t_closed,
               coalesce(i.address, nullif(i.unsure::jsonb ->> 'address', '')), i.latitude, i.longitude,
               coalesce(i.place_name, nullif(i.unsure::jsonb ->> 'name', '')), i.units::jsonb, x.dispositions,
               x.disposition_code, i.report_numbers,
               coalesce((i.places -> 0 ->> 'school')::int, i.left_school,
                        (select x.school_id from district.incident x
                          where (x.district_id, x.agency_id, x.incident_no)
                                = (i.district_id, i.agency_id, i.incident_no))),
               coalesce(i.places -> 0 ->> 'relation', 'elsewhere'),
               (select s.incident_no from district.incident s
                 where (s.district_id, s.agency_id, s.incident_no)
                       = (i.district_id, i.agency_id, i.merged_into)
                   and not s.elsewhere and not s.entered_in_error),
               i.entered_in_error, i.places is null, i.version_at
          from (select jsonb_agg(jsonb_build_object('own', e ->> 'code', 'code', k.common,
                                                    'primary', coalesce((e ->> 'primary')::boolean, false))
                                 order by ord) as dispositions,
                       (array_agg(k.common order by coalesce((e ->> 'primary')::boolean, false) desc, ord))[1]
                           as disposition_code
                  from jsonb_array_elements(coalesce(i.dispositions, '[]')::jsonb) with ordinality as l(e, ord),
                       lateral (select code.common(i.agency_id, 'disposition', e ->> 'code') as common) k) x
        on conflict (district_id, agency_id, incident_no) do update set
            mode = excluded.mode, status = excluded.status, class = excluded.class,
            sensitivity = excluded.sensitivity, type_own = excluded.type_own,
            type_code = excluded.type_code, map_version = excluded.map_version,
            first_type_own = excluded.first_type_own, priority_own = excluded.priority_own,
            priority = excluded.priority, initiated_by = excluded.initiated_by,
            received_via = excluded.received_via, opened_at = excluded.opened_at,
            t_received = excluded.t_received, t_dispatched = excluded.t_dispatched,
            t_en_route = excluded.t_en_route, t_on_scene = excluded.t_on_scene,
            t_cleared = excluded.t_cleared, t_closed = excluded.t_closed,
            address = excluded.address, latitude = excluded.latitude,
            longitude = excluded.longitude, place_name = excluded.place_name,
            units = excluded.units, dispositions = excluded.dispositions,
            disposition_code = excluded.disposition_code,
            report_numbers = excluded.report_numbers,
            school_id = coalesce(excluded.school_id, d.school_id),
            relation = excluded.relation, merged_into = excluded.merged_into,
            entered_in_error = excluded.entered_in_error, elsewhere = excluded.elsewhere,
            version_at = excluded.version_at, updated_at = now()
        returning (xmax = 0) into is_first;

        delete from district.incident_school s
         where (s.district_id, s.agency_id, s.incident_no) = (i.district_id, i.agency_id, i.incident_no)
           and (s.decided_by = 'placement' or s.method = 'person'); -- of a review: derived as well
        insert into district.incident_school (district_id, agency_id, incident_no, school_id, rank,
                                              relation, distance_m, method, confidence, decided_by)
        select i.district_id, i.agency_id, i.incident_no, (p ->> 'school')::int, ord,
               p ->> 'relation', (p ->> 'distance_m')::real, p ->> 'method', (p ->> 'confidence')::real,
               coalesce(p ->> 'by', 'placement')
          from jsonb_array_elements(coalesce(i.places, '[]'::jsonb)) with ordinality as e(p, ord)
        on conflict do nothing;

        if i.has_outcomes then
            perform district.derive_outcomes(i.district_id, i.agency_id, i.incident_no);
        end if;

        insert into district.change (district_id, agency_id, incident_no, first, mode)
        values (i.district_id, i.agency_id, i.incident_no, is_first,
                (array['live', 'replay', 'backfill'])[i.mode])
        returning change_id into c;
        if i.mode <> 3 then
            insert into district.outbox (district_id, agency_id, incident_no, mode, first)
            values (i.district_id, i.agency_id, i.incident_no,
                    (array['live', 'replay'])[i.mode], is_first);
        end if;
        moved_district := i.district_id;
        moved_change := c;
        return next;
    end loop;
end $$;

-- The incident that goes on for this one, as far as it is known here.
create or replace function agency.survivor(p_agency int, p_incident text) returns text language plpgsql stable as $$
declare
    survivor text := p_incident;
    next text;
begin
    for step in 1..8 loop -- two that are merged into each other end somewhere
        select g.incident_no into next
          from agency.incident i join agency.incident g on (g.agency_id, g.incident_no) = (i.agency_id, i.merged_into)
         where (i.agency_id, i.incident_no) = (p_agency, survivor);
        exit when next is null;
        survivor := next;
    end loop;
    return survivor;
end $$;

-- Incidents of the agency that have one of these report numbers. Merged ones are their survivor; one
-- entered in error counts only where no other has the number. A replay knows only replays.
create or replace function agency.incidents_of(p_agency int, p_numbers text[], p_mode smallint) returns text[]
language plpgsql stable as $$
declare
    sound text[];
    wrong text[];
begin
    select array_agg(distinct i.go_on order by i.go_on) filter (where not i.entered_in_error),
           array_agg(distinct i.go_on order by i.go_on) filter (where i.entered_in_error)
      into sound, wrong
      from (select s.entered_in_error, agency.survivor(s.agency_id, s.incident_no) as go_on
              from agency.incident s
             where s.agency_id = p_agency and s.report_numbers is not null
               and agency.report_keys(s.report_numbers) && agency.report_keys(p_numbers)
               and (s.mode = 2) = (p_mode = 2)) i;
    return coalesce(sound, wrong);
end $$;

-- An outcome that names no incident now belongs to this one (null: to none that is known). What the
-- districts had of it at the former one goes.
create or replace function agency.file_outcome(p_stream int, p_seq bigint, p_incident text, p_by text) returns void
language plpgsql as $$
declare
    e agency.event;
begin
    select * into strict e from agency.event where (stream_no, seq) = (p_stream, p_seq) for update;
    if e.incident_no is not null then
        delete from district.outcome t
         using jsonb_array_elements(e.outcomes::jsonb) with ordinality as l(o, ord)
         where t.agency_id = e.agency_id
           and t.incident_no in (e.incident_no, agency.survivor(e.agency_id, e.incident_no))
           and t.outcome_id = coalesce(o ->> 'outcome_id', e.stream_no || '.' || e.seq || '.' || ord);
        update district.outcome t set voided_by = null
          from jsonb_array_elements(e.outcomes::jsonb) o
         where t.agency_id = e.agency_id
           and t.incident_no in (e.incident_no, agency.survivor(e.agency_id, e.incident_no))
           and t.outcome_id = o ->> 'voids';
    end if;
    if exists (select from agency.event n
                where (n.agency_id, n.incident_no, n.occurred_at, n.content_id)
                      = (e.agency_id, p_incident, e.occurred_at, e.content_id)
                  and (n.stream_no, n.seq) <> (p_stream, p_seq)) then
        delete from agency.event where (stream_no, seq) = (p_stream, p_seq); -- said with the number too
        perform agency.note_absent(array[p_stream], array[p_seq]);
    else
        update agency.event set incident_no = p_incident, found_by = case when p_incident is null then null else p_by end
         where (stream_no, seq) = (p_stream, p_seq);
    end if;
end $$;

-- Finds by report number the incidents of outcomes that name none. Called with the events that may
-- change what is found: outcomes without an incident, and incidents whose numbers, mergers or errors
-- were told. It looks again at every such outcome of these numbers, so that the order of arrival does
-- not matter: of one incident it is filed, of none or of several it waits. Returns what moved.
create or replace function agency.find_outcomes(p_agency int[], p_incident text[], p_numbers text[])
returns table (moved_district int, moved_change bigint) language plpgsql as $$
declare
    a record;
    o record;
    keys text[];
    to_agency int[];
    to_incident text[];
begin
    -- Who brings a number and who brings an outcome must not pass each other unseen. Numbers alone
    -- do not wait for each other.
    perform case when brings then pg_advisory_xact_lock(lock) else pg_advisory_xact_lock_shared(lock) end
       from (select hashtextextended('outcomes/' || agency_id, 0) as lock, bool_or(incident_no is null) as brings
               from unnest(p_agency, p_incident) as r(agency_id, incident_no)
              group by agency_id order by agency_id) l;
    for a in select distinct r.agency_id from unnest(p_agency) as r(agency_id)
              where exists (select from agency.event e where e.agency_id = r.agency_id
                               and (e.incident_no is null or e.found_by is not null))
              order by 1
    loop
        select array_agg(distinct k) into keys from (
            select unnest(agency.report_keys(numbers::text[]))
              from unnest(p_agency, p_numbers) as r(agency_id, numbers) where r.agency_id = a.agency_id
            union all -- also a number that the incident had, and by which an outcome was or was not found
            select unnest(agency.report_keys(e.report_numbers))
              from unnest(p_agency, p_incident) as r(agency_id, incident_no)
              join agency.event e using (agency_id, incident_no)
             where r.agency_id = a.agency_id and e.report_numbers is not null) n(k);
        continue when not exists (
            select from agency.event e where e.agency_id = a.agency_id
               and agency.report_keys(e.report_numbers) && keys and (e.incident_no is null or e.found_by is not null));
        perform pg_advisory_xact_lock(hashtextextended('outcomes/' || a.agency_id, 0));
        for o in select e.stream_no, e.seq, e.incident_no as was,
                        agency.incidents_of(e.agency_id, e.report_numbers, e.mode) as found
                   from agency.event e
                  where e.agency_id = a.agency_id and agency.report_keys(e.report_numbers) && keys
                    and (e.incident_no is null or e.found_by is not null) and e.found_by is distinct from 'person'
                  order by e.stream_no, e.seq
        loop
            o.found := case when cardinality(o.found) = 1 then o.found end;
            continue when o.was is not distinct from o.found[1];
            perform agency.file_outcome(o.stream_no, o.seq, o.found[1], 'report');
            to_agency := to_agency || array[a.agency_id, a.agency_id];
            to_incident := to_incident || array[o.was, o.found[1]];
        end loop;
    end loop;
    if to_agency is not null then
        perform agency.fold(to_agency, to_incident);
        return query select d.moved_district, d.moved_change from district.derive(to_agency, to_incident) d;
    end if;
end $$;

-- A person says which incident an outcome belongs to. Returns whether there is such an outcome and
-- such an incident.
create or replace function agency.attach_outcome(p_stream int, p_seq bigint, p_incident text) returns boolean
language plpgsql as $$
declare
    e agency.event;
begin
    select * into e from agency.event
     where (stream_no, seq) = (p_stream, p_seq) and (incident_no is null or found_by is not null);
    if not found or not exists (select from agency.incident
                                 where (agency_id, incident_no) = (e.agency_id, p_incident)) then
        return false;
    end if;
    perform pg_advisory_xact_lock(hashtextextended('outcomes/' || e.agency_id, 0));
    perform agency.file_outcome(p_stream, p_seq, p_incident, 'person');
    perform agency.fold(array[e.agency_id, e.agency_id], array[e.incident_no, p_incident]);
    perform district.derive(array[e.agency_id, e.agency_id], array[e.incident_no, p_incident]);
    return true;
end $$;

-- Ends the wait of outcomes whose number no incident got: they concern no school that is here.
-- Returns how many went, by agency.
create or replace function agency.expire_outcomes(p_window interval, p_most int)
returns table (agency text, outcomes bigint) language plpgsql as $$
begin
    return query
    with gone as (
        delete from agency.event e
         where (e.stream_no, e.seq) in (
               select w.stream_no, w.seq from agency.event w
                where w.incident_no is null and w.received_at < now() - p_window
                order by w.received_at limit p_most for update skip locked)
        returning e.agency_id, e.stream_no, e.seq
    ), noted as (
        select agency.note_absent(array_agg(stream_no), array_agg(seq)) from gone
    )
    select a.slug, count(*) from gone join agency.agency a using (agency_id), noted group by 1;
end $$;

-- Whoever was asked did not answer in time: the call is listed at the schools that its words may
-- mean, as uncertain, and their people are told. Row by row, so that several intakes share the work;
-- the call's row is locked first, as everywhere. A backfill is let go: it is listed nowhere.
create or replace function district.expire_reviews(p_most int)
returns table (moved_district int, moved_change bigint) language plpgsql as $$
declare
    r record;
begin
    for r in
        select v.district_id, v.agency_id, v.incident_no, v.mode
          from district.place_review v join agency.incident i using (agency_id, incident_no)
         where v.state = 'open' and v.due_at <= now()
         order by v.due_at limit p_most for update of i, v skip locked
    loop
        update district.place_review v set state = 'expired'
         where (v.district_id, v.agency_id, v.incident_no)
               = (r.district_id, r.agency_id, r.incident_no);
        if r.mode <> 'backfill' then
            update agency.incident i set at_school = true
             where (i.agency_id, i.incident_no) = (r.agency_id, r.incident_no);
            return query select * from district.derive(array[r.agency_id], array[r.incident_no]);
        end if;
    end loop;
end $$;

-- A person's answer: at this school of the district, or at none (null). Remembered words teach the
-- alias table. Returns whether there was a question. The dashboard answers through this.
create or replace function district.decide_place(p_district int, p_agency int, p_incident text, p_school int,
                                      p_remember boolean, p_by text, p_actor text)
returns boolean language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    r district.place_review;
    of_name boolean;
    words text;
begin
    perform from agency.incident where (agency_id, incident_no) = (p_agency, p_incident) for update;
    update district.place_review v
       set state = 'decided', school_id = p_school, decided_by = p_by, decided_at = now(),
           remembered = p_remember
     where (v.district_id, v.agency_id, v.incident_no) = (p_district, p_agency, p_incident)
       and v.state <> 'decided'
    returning * into r;
    if not found then
        return false;
    end if;
    if p_school is not null then
        update agency.incident set at_school = true
         where (agency_id, incident_no) = (p_agency, p_incident);
    end if;
    -- The words that the question came from.
    of_name := r.address = '' or (r.place_name <> '' and r.candidates -> 0 ->> 'method' in ('name', 'spelling'));
    words := case when of_name then r.place_name else r.address end;
    if p_remember and p_school is not null then
        delete from district.not_school where district_id = p_district
           and (kind, alias) = (case when of_name then 'name' else 'address' end, words);
        insert into district.school_alias as a (district_id, school_id, kind, alias, decided_by)
        values (p_district, p_school, case when of_name then 'name' else 'address' end, words, p_by)
        on conflict (district_id, kind, alias) do update
           set school_id = excluded.school_id, decided_by = excluded.decided_by, decided_at = now();
    elsif p_remember then
        insert into district.not_school (district_id, kind, alias, decided_by)
        values (p_district, case when of_name then 'name' else 'address' end, words, p_by)
        on conflict (district_id, kind, alias) do update
           set decided_by = excluded.decided_by, decided_at = now();
    end if;
    insert into liaison.audit (actor, action, object, detail)
    values (p_actor, 'place.decide', 'call ' || p_district || '/' || p_agency || '/' || p_incident,
            jsonb_build_object('school', p_school, 'remember', p_remember));
    perform district.derive(array[p_agency], array[p_incident]);
    return true;
end $$;

-- Ends the holding window: calls of no school and their events go; tallies and high-water marks stay.
-- In small steps, so that no transaction is long. Returns how many incidents went.
create or replace function agency.purge_holding(p_window interval, p_most int) returns int
language plpgsql as $$
declare
    v_gone int;
begin
    with gone as (
        delete from agency.incident i
         where (agency_id, incident_no) in (
               select agency_id, incident_no from agency.incident
                where not at_school and arrived_at < now() - p_window
                  and not exists (select from district.place_review r
                                   where (r.agency_id, r.incident_no)
                                         = (incident.agency_id, incident.incident_no)
                                     and r.state = 'open') -- it waits for a person
                order by arrived_at limit p_most for update skip locked)
        returning agency_id, incident_no
    ), events as (
        delete from agency.event e using gone
         where (e.agency_id, e.incident_no) = (gone.agency_id, gone.incident_no)
        returning e.stream_no, e.seq
    ), noted as ( -- these rightly have no row from now on
        select agency.note_absent(array_agg(stream_no), array_agg(seq)) from events
    ), questions as (
        delete from district.place_review r using gone
         where (r.agency_id, r.incident_no) = (gone.agency_id, gone.incident_no)
    )
    select count(*) into v_gone from gone, noted;
    return v_gone;
end $$;

-- The fence: takes the high-water marks of the streams that these owners hold, or refuses all and
-- names some of the owners that do not hold theirs any more.
create or replace function agency.hold(p_stream int[], p_owner text[], p_high bigint[]) returns void
language plpgsql as $$
declare
    lost text;
begin
    with held as (
        update agency.stream s set high = greatest(s.high, k.high), heard_at = now()
          from unnest(p_stream, p_owner, p_high) as k(no, owner, high)
         where s.stream_no = k.no and s.owner = k.owner::uuid
        returning s.owner::text
    ), gone as (
        select owner from unnest(p_owner) as k(owner) except select owner from held limit 6
    )
    select string_agg(owner, ' ') into lost from gone;
    if lost is not null then
        raise exception using errcode = 'LS001', message = lost;
    end if;
end $$;

-- What follows when the state of incidents that are late or at a school was written.
create or replace function agency.settle(p_agency int[], p_incident text[], p_any_stale boolean)
returns table (moved_district int, moved_change bigint) language plpgsql volatile as $$
begin
    if p_any_stale then
        perform agency.fold(p_agency, p_incident);
    end if;
    return query select d.moved_district, d.moved_change from district.derive(p_agency, p_incident) d;
end $$;
