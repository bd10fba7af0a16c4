-- Calls whose words leave their place open: the question, its end, and a person's answer.
-- Repeatable: applied again whenever this file changes, so edit it in place (CONTRIBUTING.md).

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
