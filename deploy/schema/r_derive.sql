-- The second derivation: incident to district rows (derive). The first, events to incident, is
-- agency.fold() in r_fold.sql. Intake calls them inside the transaction that stores the events; both
-- may be called again at any time.
-- Repeatable: applied again whenever this file changes, so edit it in place (CONTRIBUTING.md).

-- The bodies below name columns and tables of later files.
set local check_function_bodies = off;

-- fold and derive look up few rows by key in tables of any size. The planner may not know the sizes yet, and its plan
-- stays for the session. The functions' settings therefore forbid sequential scans and planning for each call.

-- The common code of a source code, by the agency's current map. It is plpgsql and not sql, so that the session keeps
-- the plan: derive() calls it for every code.
create or replace function code.common(p_agency int, p_kind text, p_own text) returns text
language plpgsql stable as $$
begin
    return (
        select m.common from code.map_version v
          join code.map m using (agency_id, kind, version)
         where v.agency_id = p_agency and v.kind = p_kind and v.current
           and m.own = upper(btrim(p_own)));
end $$;

-- The stricter of two sensitivities; null counts as open.
create or replace function code.stricter(p_one text, p_other text) returns text language sql immutable as $$
    select case when 'sealed' in (p_one, p_other) then 'sealed' when 'restricted' in (p_one, p_other) then 'restricted'
                else 'open' end
$$;

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

-- The functions up to derive_rows are plain SQL without settings, so that PostgreSQL inlines them there and plans one
-- statement.

-- The districts that an incident concerns: those of its current place, and those that it left.
create or replace function district.concerned(p_agency int, p_incident text, p_placed text, p_unsure text)
returns table (district_id int) language sql stable as $$
    select (p ->> 'district')::int
      from jsonb_array_elements(coalesce(p_placed, '[]')::jsonb) p
    union -- it was at a school, and the event that it moved away arrived first
    select (p ->> 'district')::int
      from agency.event e, jsonb_array_elements(coalesce(e.placed, '[]')::jsonb) p
     where coalesce(p_placed, '[]') = '[]'
       and (e.agency_id, e.incident_no) = (p_agency, p_incident)
    union
    select d.district_id from district.incident d
     where (d.agency_id, d.incident_no) = (p_agency, p_incident)
    union -- a person answered the question, or nobody did in time
    select r.district_id from district.place_review r
     where p_unsure is not null and (r.agency_id, r.incident_no) = (p_agency, p_incident)
       and district.reviewed_places(r.district_id, p_agency, p_incident) is not null
$$;

-- The dispositions in the district's form, and the common code of the primary one. p_said: as the agency sent them.
create or replace function code.common_dispositions(p_agency int, p_said text)
returns table (dispositions jsonb, disposition_code text) language sql stable as $$
    select jsonb_agg(jsonb_build_object('own', e ->> 'code', 'code', k.common, 'primary',
                                        coalesce((e ->> 'primary')::boolean, false))
                     order by ord),
           (array_agg(k.common order by coalesce((e ->> 'primary')::boolean, false) desc, ord))[1]
      from jsonb_array_elements(p_said::jsonb) with ordinality as l(e, ord),
           lateral (select code.common(p_agency, 'disposition', e ->> 'code') as common) k
$$;

-- Incidents that are, or ever were, at a school, as each district has them: the columns of district.incident, and the
-- places for district.incident_school. p_merged: true, those that were merged into another; false, all others.
create or replace function district.derived(p_agency int[], p_incident text[], p_merged boolean)
returns table (
    district_id int, agency_id int, incident_no text, mode text, status text, class text, sensitivity text,
    type_own text, type_code text, map_version int, first_type_own text, priority_own text, priority smallint,
    initiated_by text, received_via text, opened_at timestamptz, t_received timestamptz, t_dispatched timestamptz,
    t_en_route timestamptz, t_on_scene timestamptz, t_cleared timestamptz, t_closed timestamptz, address text,
    latitude double precision, longitude double precision, place_name text, units jsonb, dispositions jsonb,
    disposition_code text, report_numbers text[], school_id int, relation text, merged_into text,
    entered_in_error boolean, elsewhere boolean, version_at timestamptz, places jsonb)
language sql stable as $$
    select n.district_id, s.agency_id, s.incident_no, (array['live', 'replay', 'backfill'])[s.mode],
           case when s.entered_in_error then 'cancelled'
                when s.merged_into is not null then 'closed'
                else coalesce((array['open', 'closed'])[s.status], 'closed') end,
           coalesce(t.class, 'other'), code.stricter(coalesce(t.sensitivity, 'open'), -- a merged call is at least as
               case when s.merged_into is not null then                                 -- sensitive as its survivor
                   (select x.sensitivity from district.incident x
                     where (x.district_id, x.agency_id, x.incident_no)
                           = (n.district_id, s.agency_id, s.merged_into)) end),
           coalesce(s.final_type, s.call_type), t.code, coalesce(m.version, 0), s.call_type,
           s.priority, code.common_priority(s.agency_id, s.priority),
           (array['school_staff', 'police', 'public', 'alarm', 'other'])[s.initiated_by],
           (array['911', 'other_line', 'radio', 'officer', 'other'])[s.received_via],
           coalesce(s.t_received, s.t_dispatched, s.t_en_route, s.t_on_scene, s.first_at),
           s.t_received, s.t_dispatched, s.t_en_route, s.t_on_scene, s.t_cleared, s.t_closed,
           coalesce(s.address, nullif(s.unsure::jsonb ->> 'address', '')), s.latitude, s.longitude,
           coalesce(s.place_name, nullif(s.unsure::jsonb ->> 'name', '')), s.units::jsonb,
           own.dispositions, own.disposition_code, s.report_numbers,
           coalesce((here.places -> 0 ->> 'school')::int, was.left_school,
                    (select x.school_id from district.incident x
                      where (x.district_id, x.agency_id, x.incident_no)
                            = (n.district_id, s.agency_id, s.incident_no))),
           coalesce(here.places -> 0 ->> 'relation', 'elsewhere'),
           (select x.incident_no from district.incident x
             where (x.district_id, x.agency_id, x.incident_no) = (n.district_id, s.agency_id, s.merged_into)
               and not x.elsewhere and not x.entered_in_error),
           s.entered_in_error, here.places is null, s.version_at, here.places
      from unnest(p_agency, p_incident) as k(agency_id, incident_no)
      join agency.incident s using (agency_id, incident_no)
     cross join lateral district.concerned(s.agency_id, s.incident_no, s.placed, s.unsure) n
      left join lateral (
          select coalesce(jsonb_agg(p order by ord),
                          case when s.unsure is not null then
                              district.reviewed_places(n.district_id, s.agency_id, s.incident_no) end) as places
            from jsonb_array_elements(coalesce(s.placed, '[]')::jsonb) with ordinality as e(p, ord)
           where (p ->> 'district')::int = n.district_id) here on true
      left join lateral ( -- the school that a call left, if the event that it left arrived first
          select (p ->> 'school')::int as left_school
            from agency.event e, jsonb_array_elements(coalesce(e.placed, '[]')::jsonb) with ordinality as l(p, ord)
           where here.places is null and (e.agency_id, e.incident_no) = (s.agency_id, s.incident_no)
             and (p ->> 'district')::int = n.district_id
           order by e.occurred_at desc, e.epoch desc, e.seq desc, ord limit 1) was on true
      left join lateral code.common_dispositions(s.agency_id, s.dispositions) own on true
      left join code.map_version m on m.agency_id = s.agency_id and m.kind = 'type' and m.current
      left join code.type t on t.code = code.common(s.agency_id, 'type', coalesce(s.final_type, s.call_type))
     where s.at_school and (s.merged_into is not null) = p_merged
$$;

-- Writes the districts' rows of incidents which are, or ever were, at a school, in one statement: the incident, its
-- schools, the change log, and the outbox unless it is a backfill. p_merged: as in district.derived. Returns the
-- change of each row.
create or replace function district.derive_rows(p_agency int[], p_incident text[], p_merged boolean)
returns table (moved_district int, moved_change bigint) language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set jit = off as $$
begin
    return query
    with derived as materialized (
        select * from district.derived(p_agency, p_incident, p_merged)
    ), put as (
        insert into district.incident as d (
            district_id, agency_id, incident_no, origin, mode, status, class, sensitivity, type_own, type_code,
            map_version, first_type_own, priority_own, priority, initiated_by, received_via, opened_at, t_received,
            t_dispatched, t_en_route, t_on_scene, t_cleared, t_closed, address, latitude, longitude, place_name,
            units, dispositions, disposition_code, report_numbers, school_id, relation, merged_into,
            entered_in_error, elsewhere, version_at)
        select i.district_id, i.agency_id, i.incident_no, 'cad', i.mode, i.status, i.class, i.sensitivity, i.type_own,
               i.type_code, i.map_version, i.first_type_own, i.priority_own, i.priority, i.initiated_by,
               i.received_via, i.opened_at, i.t_received, i.t_dispatched, i.t_en_route, i.t_on_scene, i.t_cleared,
               i.t_closed, i.address, i.latitude, i.longitude, i.place_name, i.units, i.dispositions,
               i.disposition_code, i.report_numbers, i.school_id, i.relation, i.merged_into, i.entered_in_error,
               i.elsewhere, i.version_at
          from derived i
         order by i.district_id, i.agency_id, i.incident_no
        on conflict (district_id, agency_id, incident_no) do update set
            mode = excluded.mode, status = excluded.status, class = excluded.class,
            sensitivity = excluded.sensitivity, type_own = excluded.type_own, type_code = excluded.type_code,
            map_version = excluded.map_version, first_type_own = excluded.first_type_own,
            priority_own = excluded.priority_own, priority = excluded.priority, initiated_by = excluded.initiated_by,
            received_via = excluded.received_via, opened_at = excluded.opened_at, t_received = excluded.t_received,
            t_dispatched = excluded.t_dispatched, t_en_route = excluded.t_en_route, t_on_scene = excluded.t_on_scene,
            t_cleared = excluded.t_cleared, t_closed = excluded.t_closed, address = excluded.address,
            latitude = excluded.latitude, longitude = excluded.longitude, place_name = excluded.place_name,
            units = excluded.units, dispositions = excluded.dispositions,
            disposition_code = excluded.disposition_code, report_numbers = excluded.report_numbers,
            school_id = coalesce(excluded.school_id, d.school_id), relation = excluded.relation,
            merged_into = excluded.merged_into, entered_in_error = excluded.entered_in_error,
            elsewhere = excluded.elsewhere, version_at = excluded.version_at, updated_at = now()
        returning d.district_id, d.agency_id, d.incident_no, d.mode, d.xmax = 0 as is_first
    ), said as ( -- each school once: the likeliest relation to it
        select distinct on (i.district_id, i.agency_id, i.incident_no, (p ->> 'school')::int)
               i.district_id, i.agency_id, i.incident_no, (p ->> 'school')::int as school_id,
               ord::smallint as rank, p ->> 'relation' as relation, (p ->> 'distance_m')::real as distance_m,
               p ->> 'method' as method, (p ->> 'confidence')::real as confidence,
               coalesce(p ->> 'by', 'placement') as decided_by
          from derived i, jsonb_array_elements(coalesce(i.places, '[]')) with ordinality as e(p, ord)
         order by i.district_id, i.agency_id, i.incident_no, (p ->> 'school')::int, ord
    ), schools as ( -- a person's decision at the dashboard stays
        insert into district.incident_school as s (district_id, agency_id, incident_no, school_id, rank,
                                                   relation, distance_m, method, confidence, decided_by)
        select * from said
        on conflict (district_id, agency_id, incident_no, school_id) do update set
            rank = excluded.rank, relation = excluded.relation, distance_m = excluded.distance_m,
            method = excluded.method, confidence = excluded.confidence, decided_by = excluded.decided_by
         where (s.decided_by = 'placement' or s.method = 'person')
           and (s.rank, s.relation, s.distance_m, s.method, s.confidence, s.decided_by)
               is distinct from (excluded.rank, excluded.relation, excluded.distance_m, excluded.method,
                                 excluded.confidence, excluded.decided_by)
    ), left_behind as (
        delete from district.incident_school s using derived i
         where (s.district_id, s.agency_id, s.incident_no) = (i.district_id, i.agency_id, i.incident_no)
           and (s.decided_by = 'placement' or s.method = 'person') -- 'person': from a review, so derived too
           and not exists (select from jsonb_array_elements(coalesce(i.places, '[]')) p
                            where (p ->> 'school')::int = s.school_id)
    ), told as (
        insert into district.outbox (district_id, agency_id, incident_no, mode, first)
        select p.district_id, p.agency_id, p.incident_no, p.mode, p.is_first from put p
         where p.mode <> 'backfill'
    )
    insert into district.change as c (district_id, agency_id, incident_no, first, mode)
    select p.district_id, p.agency_id, p.incident_no, p.is_first, p.mode from put p
    returning c.district_id, c.change_id;
end $$;

-- The incidents that were merged into one of these, at most p_most, and whose rows do not match the survivor's row:
-- its number in merged_into, and its sensitivity (district.derived). Only these are derived again with the survivor,
-- so that an event of a survivor is cheap however many incidents were merged into it.
create or replace function district.left_behind(p_agency int[], p_incident text[], p_most int)
returns table (agency_id int, incident_no text) language sql stable as $$
    select m.agency_id, m.incident_no
      from unnest(p_agency, p_incident) as k(agency_id, incident_no)
      join agency.incident m on (m.agency_id, m.merged_into) = (k.agency_id, k.incident_no)
      join district.incident d on (d.agency_id, d.incident_no) = (m.agency_id, m.incident_no)
      left join code.type t on t.code = d.type_code
      left join district.incident x -- with `=` the planner might use an index of the district alone
           on (x.agency_id, x.incident_no) = (k.agency_id, k.incident_no)
              and x.district_id is not distinct from d.district_id
     where d.merged_into is distinct from
           case when not x.elsewhere and not x.entered_in_error then x.incident_no end
        or d.sensitivity <> code.stricter(coalesce(t.sensitivity, 'open'), x.sensitivity)
     group by m.agency_id, m.incident_no limit p_most
$$;

-- Derives the districts' rows of incidents, and of the incidents that were merged with them. A merged incident counts
-- until its survivor does, so that the survivor's row is written first. Returns the change of each row.
create or replace function district.derive(p_agency int[], p_incident text[])
returns table (moved_district int, moved_change bigint) language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set jit = off as $$
declare
    all_agency int[];
    all_incident text[];
    merged_agency int[];
    merged_incident text[];
    left_agency int[];
    left_incident text[];
    left_most constant int := 200; -- in one commit: agency.catch_up does the rest
    any_unsure boolean;
begin
    with given as materialized ( -- each once
        select s.agency_id, s.incident_no, s.merged_into, s.unsure is not null as is_unsure
          from (select distinct * from unnest(p_agency, p_incident) as u(agency_id, incident_no)) k
          join agency.incident s using (agency_id, incident_no)
    ), concerned as (
        select g.agency_id, g.incident_no, g.is_unsure, g.merged_into is not null as is_merged from given g
        union
        select m.agency_id, m.incident_no, false, m.merged_into is not null from given g
          join agency.incident m on (m.agency_id, m.incident_no) = (g.agency_id, g.merged_into)
    ), each as (
        select agency_id, incident_no, bool_or(is_unsure) as is_unsure, bool_or(is_merged) as is_merged
          from concerned group by agency_id, incident_no
    )
    select array_agg(agency_id), array_agg(incident_no), array_agg(agency_id) filter (where is_merged),
           array_agg(incident_no) filter (where is_merged), bool_or(is_unsure)
      into all_agency, all_incident, merged_agency, merged_incident, any_unsure from each;
    if any_unsure then
        perform district.review(p_agency, p_incident);
    end if;
    return query select r.moved_district, r.moved_change
                   from district.derive_rows(all_agency, all_incident, false) r;
    select array_agg(b.agency_id), array_agg(b.incident_no)
      into left_agency, left_incident from district.left_behind(all_agency, all_incident, left_most) b;
    if cardinality(left_agency) = left_most then -- perhaps there are more
        insert into agency.later (agency_id, what, key)
        select distinct m.agency_id, 'merged', m.merged_into from unnest(left_agency, left_incident)
                   as k(agency_id, incident_no) join agency.incident m using (agency_id, incident_no)
        on conflict do nothing;
    end if;
    select array_agg(u.agency_id), array_agg(u.incident_no) into merged_agency, merged_incident
      from (select * from unnest(merged_agency, merged_incident) as m(agency_id, incident_no)
            union
            select * from unnest(left_agency, left_incident) as l(agency_id, incident_no)) u;
    if merged_agency is not null then
        return query select r.moved_district, r.moved_change
                       from district.derive_rows(merged_agency, merged_incident, true) r;
    end if;
    perform district.derive_outcomes(d.district_id, d.agency_id, d.incident_no)
       from unnest(all_agency, all_incident) as k(agency_id, incident_no)
       join district.incident d using (agency_id, incident_no)
      where (select true from agency.event e -- exists() might hash all outcomes of all agencies
              where (e.agency_id, e.incident_no) = (d.agency_id, d.incident_no) and e.outcomes is not null limit 1)
         or (select true from agency.incident g
              where (g.agency_id, g.merged_into) = (d.agency_id, d.incident_no) limit 1);
end $$;

-- Derives incidents that are at a school or have late events, after intake has written their state. p_any_stale: some
-- have late events; then all are folded first.
create or replace function agency.settle(p_agency int[], p_incident text[], p_any_stale boolean)
returns table (moved_district int, moved_change bigint) language plpgsql volatile as $$
begin
    if p_any_stale then
        perform agency.fold(p_agency, p_incident);
    end if;
    return query select d.moved_district, d.moved_change from district.derive(p_agency, p_incident) d;
end $$;

-- Ends the holding window: deletes calls of no school with their events; tallies and high-water marks stay. Works in
-- small steps, so that no transaction is long. Returns the number of deleted incidents. The statements pass the keys
-- in arrays: the planner takes these for short, and finds each row by its key. Runs as the owner, because intake's
-- role may delete neither calls nor events.
create or replace function agency.purge_holding(p_window interval, p_most int) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set jit = off as $$
declare
    v_agency int[];
    v_incident text[];
    v_stream int[];
    v_seq bigint[];
begin
    select array_agg(agency_id), array_agg(incident_no) into v_agency, v_incident
      from (select agency_id, incident_no from agency.incident i
             where not at_school and arrived_at < now() - p_window
               and not exists (select from district.place_review r
                                where (r.agency_id, r.incident_no) = (i.agency_id, i.incident_no)
                                  and r.state = 'open') -- a person may still answer
             order by arrived_at limit p_most for update skip locked) due;
    if v_agency is null then
        return 0;
    end if;
    delete from agency.incident i using unnest(v_agency, v_incident) as k(agency_id, incident_no)
     where (i.agency_id, i.incident_no) = (k.agency_id, k.incident_no);
    with events as (
        delete from agency.event e using unnest(v_agency, v_incident) as k(agency_id, incident_no)
         where (e.agency_id, e.incident_no) = (k.agency_id, k.incident_no)
        returning e.stream_no, e.seq
    )
    select array_agg(stream_no), array_agg(seq) into v_stream, v_seq from events;
    perform agency.note_absent(v_stream, v_seq); -- the proof must not count them as missing
    delete from district.place_review r using unnest(v_agency, v_incident) as k(agency_id, incident_no)
     where (r.agency_id, r.incident_no) = (k.agency_id, k.incident_no);
    return cardinality(v_agency);
end $$;

-- Deletes streams that have no record and were not heard for a week. An agent that returns with one of them begins it
-- again.
create or replace function agency.purge_streams(p_most int) returns int language plpgsql
security definer set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
declare
    v_gone int;
begin
    delete from agency.stream
     where stream_no in (
           select s.stream_no from agency.stream s
            where s.high = 0 and s.told_count = 0 and greatest(s.created_at, s.heard_at) < now() - interval '7 d'
              and not exists (select from agency.tally x where x.stream_no = s.stream_no)
              and not exists (select from agency.manifest x where x.stream_no = s.stream_no)
              and not exists (select from agency.proof x where x.stream_no = s.stream_no)
              and not exists (select from agency.stream_gap x where x.stream_no = s.stream_no)
              and not exists (select from agency.quarantine x where x.stream_no = s.stream_no)
              and not exists (select from agency.absent x where x.stream_no = s.stream_no)
            limit p_most for update skip locked);
    get diagnostics v_gone = row_count;
    return v_gone;
end $$;
