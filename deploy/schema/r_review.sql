-- Questions about the place of a call: how they are asked, how they expire, and how a person answers.
-- Repeatable: applied again whenever this file changes, so edit it in place (CONTRIBUTING.md).

-- Asks the districts about calls whose words leave the place open, and withdraws questions that a later place has
-- answered. A person's decision stays.
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

-- The places that a review gives a call of the district, in the form of intake's placement; null: none.
-- An answer holds for the words of the question: a place that is stated later replaces it.
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

-- Ends questions that nobody answered in time: the call is listed as uncertain at the schools that its words may
-- mean, and their contacts are alerted. A call of a backfill is not listed. It works row by row, so that several
-- intakes share the work, and locks the call's row first, as everywhere.
create or replace function district.expire_reviews(p_most int)
returns table (moved_district int, moved_change bigint) language plpgsql as $$
declare
    r record;
begin
    -- One that was asked in the future: the clock was set back, and the time to answer begins anew.
    update district.place_review q set asked_at = now(), due_at = now() + (q.due_at - q.asked_at)
      from (select v.district_id, v.agency_id, v.incident_no
              from district.place_review v join agency.incident i using (agency_id, incident_no)
             where v.state = 'open' and v.asked_at > now() + interval '1 minute'
             limit p_most for update of i, v skip locked) k
     where (q.district_id, q.agency_id, q.incident_no) = (k.district_id, k.agency_id, k.incident_no);
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

-- The words that a question came from, and which kind of words they are.
create or replace function district.asked_words(r district.place_review, out kind text, out words text)
language sql immutable as $$
    select case when is_name then 'name' else 'address' end, case when is_name then r.place_name else r.address end
      from (select r.address = '' or (r.place_name <> '' and r.candidates -> 0 ->> 'method' in ('name', 'spelling')))
           as n(is_name)
$$;

-- Stores a person's answer: at this school of the district, or at none (null). p_remember: the words go to the alias
-- table, and the answer holds for every other question of the district with the same words, in any case, also for
-- expired ones. Returns the number of other questions; null: there is no such question, or it was decided. People
-- answer through district.answer_place_as.
create or replace function district.answer_place(p_district int, p_agency int, p_incident text, p_school int,
                                      p_remember boolean, p_by text, p_actor text)
returns int language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    said record;
    all_agency int[];
    all_incident text[];
begin
    -- Locks the calls' rows first, as everywhere, and in intake's order.
    select array_agg(agency_id), array_agg(incident_no) into all_agency, all_incident
      from (select i.agency_id, i.incident_no
              from district.place_review q
              join district.place_review v using (district_id)
              join agency.incident i on (i.agency_id, i.incident_no) = (v.agency_id, v.incident_no),
                   lateral district.asked_words(q) a, lateral district.asked_words(v) w
             where (q.district_id, q.agency_id, q.incident_no) = (p_district, p_agency, p_incident)
               and v.state <> 'decided'
               and ((v.agency_id, v.incident_no) = (q.agency_id, q.incident_no)
                    or (p_remember and (w.kind, upper(w.words)) = (a.kind, upper(a.words))))
             order by i.agency_id, i.incident_no collate "C" for update of i) locked;

    -- Meanwhile somebody may have answered, or the words may have changed.
    select w.* into said from district.place_review q, lateral district.asked_words(q) w
     where (q.district_id, q.agency_id, q.incident_no) = (p_district, p_agency, p_incident)
       and q.state <> 'decided';
    if not found then
        return null;
    end if;
    with decided as (
        update district.place_review v
           set state = 'decided', school_id = p_school, decided_by = p_by, decided_at = now(),
               remembered = p_remember
          from unnest(all_agency, all_incident) as k(agency_id, incident_no)
         where (v.district_id, v.agency_id, v.incident_no) = (p_district, k.agency_id, k.incident_no)
           and v.state <> 'decided'
           and ((v.agency_id, v.incident_no) = (p_agency, p_incident)
                or exists (select from district.asked_words(v) w
                            where (w.kind, upper(w.words)) = (said.kind, upper(said.words))))
        returning v.agency_id, v.incident_no
    )
    select array_agg(agency_id), array_agg(incident_no) into all_agency, all_incident from decided;
    if p_school is not null then
        update agency.incident i set at_school = true
          from unnest(all_agency, all_incident) as k(agency_id, incident_no)
         where (i.agency_id, i.incident_no) = (k.agency_id, k.incident_no);
    end if;
    if p_remember and p_school is not null then
        delete from district.not_school
         where (district_id, kind, alias) = (p_district, said.kind, said.words);
        insert into district.school_alias as a (district_id, school_id, kind, alias, decided_by)
        values (p_district, p_school, said.kind, said.words, p_by)
        on conflict (district_id, kind, alias) do update
           set school_id = excluded.school_id, decided_by = excluded.decided_by, decided_at = now();
    elsif p_remember then
        insert into district.not_school (district_id, kind, alias, decided_by)
        values (p_district, said.kind, said.words, p_by)
        on conflict (district_id, kind, alias) do update
           set decided_by = excluded.decided_by, decided_at = now();
    end if;
    insert into liaison.audit (actor, action, object, detail)
    select p_actor, 'place.decide', 'call ' || p_district || '/' || agency_id || '/' || incident_no,
           jsonb_build_object('school', p_school, 'remember', p_remember)
           || case when (agency_id, incident_no) = (p_agency, p_incident) then '{}'::jsonb
                   else jsonb_build_object('same_words_as', p_agency || '/' || p_incident) end
      from unnest(all_agency, all_incident) as k(agency_id, incident_no);
    perform district.derive(all_agency, all_incident);
    return cardinality(all_agency) - 1;
end $$;
