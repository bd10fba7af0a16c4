-- Outcomes: those that came with a call, and those that came later by a report number alone.
-- Repeatable: applied again whenever this file changes, so edit it in place (CONTRIBUTING.md).

-- The outcomes that the agency stated for an incident and for incidents that were merged into it. For each outcome_id
-- the latest event counts.
create or replace function agency.outcomes_of(p_agency int, p_incident text)
returns table (outcome_id text, subject smallint, own text, offense text, decided_at timestamptz, voids text)
language plpgsql stable
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set jit = off as $$
begin
    return query
    select distinct on (1) coalesce(o ->> 'outcome_id', e.stream_no || '.' || e.seq || '.' || ord),
           coalesce((o ->> 'subject')::smallint, 1::smallint), coalesce(o ->> 'code', ''), o ->> 'offense',
           coalesce((o ->> 'decided_at')::timestamptz, e.occurred_at), o ->> 'voids'
      from (select p_incident as incident_no union all
            select m.incident_no from agency.incident m
             where (m.agency_id, m.merged_into) = (p_agency, p_incident)) k
     cross join lateral ( -- offset 0: a join might read all outcomes of the agency, each beside all merged incidents
           select * from agency.event n
            where (n.agency_id, n.incident_no) = (p_agency, k.incident_no) and n.outcomes is not null offset 0) e
     cross join lateral jsonb_array_elements(e.outcomes::jsonb) with ordinality as l(o, ord)
     order by 1, e.occurred_at desc, e.epoch desc, e.seq desc;
end $$;

-- Writes the outcomes into the district's rows. An entry that only withdraws another outcome gets no row.
create or replace function district.derive_outcomes(p_district int, p_agency int, p_incident text) returns void
language plpgsql as $$
declare
    v_voided text[];
    v_by text[];
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
         where (t.subject, t.own, t.code, t.offense, t.decided_at)
               is distinct from (excluded.subject, excluded.own, excluded.code, excluded.offense,
                                 excluded.decided_at)
    )
    select array_agg(w.voids), array_agg(w.by) into v_voided, v_by
      from (select voids, min(outcome_id) as by from said where voids is not null group by voids) w;
    for n in 1..coalesce(cardinality(v_voided), 0) loop -- each by its key: a join might compare all with all
        update district.outcome set voided_by = v_by[n]
         where (district_id, agency_id, incident_no, outcome_id) = (p_district, p_agency, p_incident, v_voided[n])
           and voided_by is distinct from v_by[n];
    end loop;
end $$;

-- The last survivor of an incident, if it was merged into another one, as far as it is known here.
create or replace function agency.survivor(p_agency int, p_incident text) returns text language plpgsql stable as $$
declare
    survivor text := p_incident;
    next text;
begin
    for step in 1..8 loop -- bounded, for two may be merged into each other
        select g.incident_no into next
          from agency.incident i join agency.incident g on (g.agency_id, g.incident_no) = (i.agency_id, i.merged_into)
         where (i.agency_id, i.incident_no) = (p_agency, survivor);
        exit when next is null;
        survivor := next;
    end loop;
    return survivor;
end $$;

-- Incidents of the agency that have one of these report numbers, with the survivor in place of each merged one. An
-- incident entered in error counts only if no other has the number. A replay finds only replays.
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

-- Files an outcome that names no incident at this one (null: at none). Removes the districts' rows of it at the
-- former incident.
create or replace function agency.file_outcome(p_stream int, p_seq bigint, p_incident text, p_by text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set jit = off as $$
declare
    e agency.event;
    v_former text; -- an incident at which districts may have it
    v_outcome text;
    v_voids text;
begin
    select * into strict e from agency.event where (stream_no, seq) = (p_stream, p_seq) for update;
    if e.incident_no is not null and e.found_by is null then
        raise exception 'this event names its incident itself';
    end if;
    if e.incident_no is not null then
        for v_former, v_outcome, v_voids in
            select f, coalesce(o ->> 'outcome_id', e.stream_no || '.' || e.seq || '.' || ord), o ->> 'voids'
              from unnest(array[e.incident_no, agency.survivor(e.agency_id, e.incident_no)]) f,
                   jsonb_array_elements(e.outcomes::jsonb) with ordinality as l(o, ord)
        loop -- each by its key: a join might read all outcomes of the incident
            delete from district.outcome
             where (agency_id, incident_no, outcome_id) = (e.agency_id, v_former, v_outcome);
            update district.outcome set voided_by = null
             where (agency_id, incident_no, outcome_id) = (e.agency_id, v_former, v_voids);
        end loop;
    end if;
    if exists (select from agency.event n
                where (n.agency_id, n.incident_no, n.occurred_at, n.content_id)
                      = (e.agency_id, p_incident, e.occurred_at, e.content_id)
                  and (n.stream_no, n.seq) <> (p_stream, p_seq)) then
        delete from agency.event where (stream_no, seq) = (p_stream, p_seq); -- the same fact came with a number too
        perform agency.note_absent(array[p_stream], array[p_seq]);
    else
        update agency.event
           set incident_no = p_incident, found_by = case when p_incident is not null then p_by end
         where (stream_no, seq) = (p_stream, p_seq);
    end if;
end $$;

-- The outcomes of these report numbers that belong to another incident than the one they are filed at (found; null:
-- to none, or to several). It looks once at each number, and once at each incident that has the number, so that its
-- cost grows with the rows and not with outcomes times incidents. A number that more than a hundred incidents have
-- identifies no call: it counts as several, without a look at survivors.
create or replace function agency.outcomes_to_move(p_agency int, p_keys text[])
returns table (stream_no int, seq bigint, was text, found text) language plpgsql stable
set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
begin
    return query -- `is not distinct from`: with `=` the planner might read all events and incidents of the agency
    with outcome as materialized (
        select e.stream_no, e.seq, e.incident_no as was, agency.report_keys(e.report_numbers) as numbers,
               e.mode = 2 as replayed
          from agency.event e
         where e.agency_id is not distinct from p_agency and agency.report_keys(e.report_numbers) && p_keys
           and (e.incident_no is null or e.found_by is not null) and e.found_by is distinct from 'person'
    ), named as (
        select distinct o.replayed, n.key from outcome o, unnest(o.numbers) as n(key)
    ), known as materialized ( -- the first and the last survivor of each number: one, if they are the same
        select n.replayed, n.key,
               min(i.go_on) filter (where not i.wrong) as first, max(i.go_on) filter (where not i.wrong) as last,
               min(i.go_on) filter (where i.wrong) as first_wrong, max(i.go_on) filter (where i.wrong) as last_wrong
          from named n cross join lateral (
               select s.entered_in_error and s.place < 101 as wrong,
                      case when s.place < 101 then agency.survivor(p_agency, s.incident_no) else '' end as go_on
                 from (select x.entered_in_error, x.incident_no, row_number() over () as place
                         from agency.incident x
                        where x.agency_id is not distinct from p_agency and x.report_numbers is not null
                          and agency.report_keys(x.report_numbers) @> array[n.key]
                          and (x.mode = 2) = n.replayed limit 101) s) i
         group by n.replayed, n.key
    ), answered as (
        select o.stream_no, o.seq, o.was, min(k.first) as first, max(k.last) as last,
               min(k.first_wrong) as first_wrong, max(k.last_wrong) as last_wrong
          from outcome o cross join lateral unnest(o.numbers) as n(key)
          left join known k on k.replayed = o.replayed and k.key = n.key
         group by o.stream_no, o.seq, o.was
    )
    select r.stream_no, r.seq, r.was, r.found
      from (select w.stream_no, w.seq, w.was,
                   case when w.first is null and w.first_wrong = w.last_wrong then w.first_wrong
                        when w.first = w.last and w.first <> '' then w.first end as found
              from answered w) r
     where r.was is distinct from r.found;
end $$;

-- Finds the incidents of outcomes that name none, by report number. Called with the events that may change the
-- result: outcomes without an incident, and incidents whose report numbers, merger or error were stated. It looks at
-- every such outcome of these numbers again, so that the order of arrival does not matter: an outcome is filed if
-- exactly one incident is found, else it waits. Returns the changes.
create or replace function agency.find_outcomes(p_agency int[], p_incident text[], p_numbers text[])
returns table (moved_district int, moved_change bigint) language plpgsql
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set jit = off as $$
declare
    a record;
    keys text[];
    v_stream int[];
    v_seq bigint[];
    v_was text[];
    v_found text[];
    v_most int; -- of an agency in one commit: agency.catch_up does the rest
    to_agency int[];
    to_incident text[];
begin
    -- A transaction that brings an outcome and one that brings a report number must not miss each other. Transactions
    -- that bring report numbers alone do not wait for each other.
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
            union all -- and all report numbers that the incident ever had: they may have decided an outcome
            select unnest(agency.report_keys(e.report_numbers))
              from unnest(p_agency, p_incident) as r(agency_id, incident_no)
             cross join lateral ( -- offset 0: a join might read all events of the agency
                   select v.report_numbers from agency.event v
                    where (v.agency_id, v.incident_no) = (r.agency_id, r.incident_no)
                      and v.report_numbers is not null offset 0) e
             where r.agency_id = a.agency_id) n(k);
        continue when not exists (
            select from agency.event e where e.agency_id is not distinct from a.agency_id
               and agency.report_keys(e.report_numbers) && keys and (e.incident_no is null or e.found_by is not null));
        perform pg_advisory_xact_lock(hashtextextended('outcomes/' || a.agency_id, 0));
        select array_agg(t.stream_no order by t.stream_no, t.seq), array_agg(t.seq order by t.stream_no, t.seq),
               array_agg(t.was order by t.stream_no, t.seq), array_agg(t.found order by t.stream_no, t.seq)
          into v_stream, v_seq, v_was, v_found from agency.outcomes_to_move(a.agency_id, keys) t;
        continue when v_stream is null;
        v_most := 200 + (select count(*) from unnest(p_agency) as g(agency_id) where g.agency_id = a.agency_id);
        if cardinality(v_stream) > v_most then
            insert into agency.later (agency_id, what, key)
            select distinct a.agency_id, 'number', n.key
              from unnest(v_stream[v_most + 1:], v_seq[v_most + 1:]) as k(stream_no, seq)
              join agency.event e using (stream_no, seq), unnest(agency.report_keys(e.report_numbers)) as n(key)
             where n.key = any(keys)
            on conflict do nothing;
            v_stream := v_stream[:v_most];
            v_seq := v_seq[:v_most];
            v_was := v_was[:v_most];
            v_found := v_found[:v_most];
        end if;
        perform agency.file_outcome(m.stream_no, m.seq, m.found, 'report')
           from unnest(v_stream, v_seq, v_found) as m(stream_no, seq, found);
        select to_agency || array_agg(a.agency_id), to_incident || array_agg(i.incident_no)
          into to_agency, to_incident
          from (select distinct w from unnest(v_was || v_found) as u(w) where w is not null) as i(incident_no);
    end loop;
    if to_agency is not null then
        perform agency.fold(to_agency, to_incident);
        return query select d.moved_district, d.moved_change from district.derive(to_agency, to_incident) d;
    end if;
end $$;

-- One step of the work that commits have put off, oldest first. What is put off again goes to the end of the queue,
-- behind the other agencies. Returns the changes.
create or replace function agency.catch_up() returns table (moved_district int, moved_change bigint)
language plpgsql as $$
declare
    l agency.later;
    v_keys text[];
begin
    select * into l from agency.later order by at limit 1;
    with done as (
        delete from agency.later
         where (agency_id, what) = (l.agency_id, l.what)
           and key in (select n.key from agency.later n where (n.agency_id, n.what) = (l.agency_id, l.what)
                        order by n.at limit case l.what when 'number' then 100 else 1 end)
        returning key
    )
    select array_agg(key) into v_keys from done;
    if l.what = 'number' and v_keys is not null then
        return query select f.moved_district, f.moved_change
                       from agency.find_outcomes(array[l.agency_id], array[null::text], array[v_keys::text]) f;
    elsif v_keys is not null then
        return query select d.moved_district, d.moved_change
                       from district.derive(array[l.agency_id], v_keys) d;
    end if;
end $$;

-- Files an outcome at the incident that a person names. Returns whether there are such an outcome and such an
-- incident.
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

-- Deletes outcomes whose report number no incident has had in time: they concern no school here. Returns the number
-- of deleted outcomes by agency.
create or replace function agency.expire_outcomes(p_window interval, p_most int)
returns table (agency text, outcomes bigint)
language plpgsql security definer set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set jit = off as $$
declare
    v_stream int[];
    v_seq bigint[];
begin
    select array_agg(stream_no), array_agg(seq) into v_stream, v_seq
      from (select w.stream_no, w.seq from agency.event w
             where w.incident_no is null and w.received_at < now() - p_window
             order by w.received_at limit p_most for update skip locked) due;
    if v_stream is null then
        return;
    end if;
    return query
    with gone as (
        delete from agency.event e using unnest(v_stream, v_seq) as k(stream_no, seq)
         where (e.stream_no, e.seq) = (k.stream_no, k.seq)
        returning e.agency_id
    )
    select a.slug, count(*) from gone join agency.agency a using (agency_id) group by 1;
    perform agency.note_absent(v_stream, v_seq);
end $$;
