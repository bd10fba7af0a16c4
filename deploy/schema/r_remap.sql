-- Maps history again: incidents whose common codes differ from the agency's current maps.
-- Repeatable: applied again whenever this file changes, so edit it in place (CONTRIBUTING.md).

-- Whether the districts' rows of an incident were mapped by other maps (or lists of codes) than the current ones. A
-- type that is withheld today stays as it was stored: calls of the past do not get its code.
create or replace function district.mapped_otherwise(p_agency int, p_incident text) returns boolean
language plpgsql stable set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
begin
    return exists (
        select from district.incident d
          left join code.type t on t.code = code.common(p_agency, 'type', d.type_own)
         where (d.agency_id, d.incident_no) = (p_agency, p_incident) and not coalesce(t.withheld, false)
           and ((d.type_code, d.class, d.sensitivity, d.priority)
                is distinct from (t.code, coalesce(t.class, 'other'), coalesce(t.sensitivity, 'open'),
                                  code.common_priority(p_agency, d.priority_own))
                or exists (select from jsonb_array_elements(d.dispositions) e
                            where e ->> 'code' is distinct from code.common(p_agency, 'disposition', e ->> 'own'))
                or exists (select from district.outcome o
                            where (o.district_id, o.agency_id, o.incident_no) = (d.district_id, p_agency, p_incident)
                              and o.code is distinct from code.common(p_agency, 'outcome', o.own))))
        or exists (
        select from district.place_review r join agency.incident s using (agency_id, incident_no)
          left join code.type t on t.code = code.common(p_agency, 'type', coalesce(s.final_type, s.call_type))
         where (r.agency_id, r.incident_no) = (p_agency, p_incident) and r.state = 'open'
           and not coalesce(t.withheld, false)
           and (r.type_code, r.class, r.sensitivity)
               is distinct from (t.code, coalesce(t.class, 'other'), coalesce(t.sensitivity, 'open')));
end $$;

-- Checks the agency's next p_most incidents after p_after that districts have or have a question about, and derives
-- those again that were mapped by other maps. Returns how many it checked, how many it derived, and the last one;
-- null: there are no more. Only calls that began within a day go to notify, whose rules apply as always: a new map
-- must not alert anybody about the past.
create or replace function district.remap(p_agency int, p_after text, p_most int,
                                          out looked int, out changed int, out last text)
language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
declare
    stretch text[];
    wrong text[];
begin
    stretch := array(select incident_no from agency.incident
                      where agency_id = p_agency and incident_no > p_after and (at_school or unsure is not null)
                      order by incident_no limit p_most);
    looked := cardinality(stretch);
    last := stretch[looked];
    -- Locks the rows in intake's order, and then checks them again.
    perform from agency.incident i
      where i.agency_id = p_agency and i.incident_no = any(stretch)
        and district.mapped_otherwise(p_agency, i.incident_no)
      order by i.incident_no collate "C" for update;
    wrong := array(select n from unnest(stretch) n where district.mapped_otherwise(p_agency, n));
    changed := cardinality(wrong);
    if changed > 0 then
        perform district.derive(array_fill(p_agency, array[changed]), wrong);
        delete from district.outbox o using district.incident d
         where (d.district_id, d.agency_id, d.incident_no) = (o.district_id, o.agency_id, o.incident_no)
           and o.agency_id = p_agency and d.opened_at < now() - interval '1 day'
           and o.xmin = pg_current_xact_id()::xid; -- what this transaction put there, and nothing else
    end if;
end $$;
