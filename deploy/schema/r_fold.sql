-- The first derivation: events to incident. `make generated` generates r_fold.sql from r_fold.sql.in and the columns
-- of common/dictionary.def: edit these. Repeatable: applied again whenever r_fold.sql changes.

-- The bodies below name columns of later files.
set local check_function_bodies = off;

-- The latest event that states a field decides it: the last value that is not null.
create or replace function agency.last_said_step(state anyelement, value anyelement) returns anyelement
language sql immutable parallel safe as $$ select coalesce(value, state) $$;
-- Aggregates over an incident's events, in their order.
create or replace aggregate agency.last_said(anyelement) (
    sfunc = agency.last_said_step, stype = anyelement);

-- Computes incidents from all their events again, in the order of source time. Used when events came late.
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
               agency.last_said(units order by occurred_at, epoch, seq) as units,
               agency.last_said(dispositions order by occurred_at, epoch, seq) as dispositions,
               agency.last_said(merged_into order by occurred_at, epoch, seq) as merged_into,
               agency.last_said(split_from order by occurred_at, epoch, seq) as split_from,
               -- without the numbers by which an outcome was filed here
               agency.last_said(case when found_by is null then report_numbers end
                                order by occurred_at, epoch, seq) as report_numbers,
               bool_or(coalesce(placed, '[]') <> '[]') as at_school
          from v group by agency_id, incident_no
    ), place as ( -- the place is one field: parts of two places are never mixed
        select distinct on (agency_id, incident_no) agency_id, incident_no,
               address, latitude, longitude, place_name, municipality, cross_streets, beat, placed
          from v where placed is not null or unsure is not null -- unsure words do not move a call
         order by agency_id, incident_no, placed is null, occurred_at desc, epoch desc, seq desc
    ), words as ( -- but they raise a question, until a place is stated
        select distinct on (agency_id, incident_no) agency_id, incident_no, unsure
          from v where placed is not null or unsure is not null
         order by agency_id, incident_no, occurred_at desc, epoch desc, seq desc
    )
    update agency.incident i
       set first_at = f.first_at, first_epoch = f.first_epoch, first_seq = f.first_seq,
           version_at = f.version_at, version_epoch = f.version_epoch,
           version_seq = f.version_seq, mode = f.mode, status = coalesce(f.status, 0),
           entered_in_error = f.entered_in_error,
           initiated_by = f.initiated_by, received_via = f.received_via, call_type = f.call_type,
           final_type = f.final_type, priority = f.priority, t_received = f.t_received,
           t_dispatched = f.t_dispatched, t_en_route = f.t_en_route, t_on_scene = f.t_on_scene,
           t_cleared = f.t_cleared, t_closed = f.t_closed, report_numbers = f.report_numbers,
           units = f.units, dispositions = f.dispositions, merged_into = f.merged_into,
           split_from = f.split_from,
           address = p.address, latitude = p.latitude, longitude = p.longitude,
           place_name = p.place_name, municipality = p.municipality,
           cross_streets = p.cross_streets, beat = p.beat, placed = p.placed,
           unsure = coalesce(w.unsure, case when i.unsure is not null then '{}' end),
           at_school = i.at_school or f.at_school, stale = false, updated_at = now()
      from folded f left join place p using (agency_id, incident_no)
                    left join words w using (agency_id, incident_no)
     where (i.agency_id, i.incident_no) = (f.agency_id, f.incident_no);
end $$;
