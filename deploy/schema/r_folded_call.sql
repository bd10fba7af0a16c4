-- Two agencies' calls for one incident (docs/notify.md, Two agencies).
-- Repeatable: applied again whenever this file changes, so edit it in place (CONTRIBUTING.md).

-- The bodies below name functions of later files.
set local check_function_bodies = off;

-- The alert into which a call at a school is folded; null: it is told by itself. In doubt it is: a second message does
-- less harm than none. It is folded if all of this holds:
--   1. The other call is of another agency, first of all at this school, of the same class, and was opened within five
--      minutes of this one. Both are live and open, and stand. (Once folded, this one may close, and then the other.)
--   2. Neither hides anything from anybody, and neither may cost a life.
--   3. This one is not worse: its severity is at most that of the other's alert.
--   4. Each contact that this call would be told to (p_wishes, as notify.put_deliveries takes them) may see the other,
--      and has heard of it, or will, by the same channel; or is in a later step, and somebody has it.
-- A folded call that has closed stays folded when the other one is withdrawn: whoever was told of that gets the
-- correction, and there is nothing to do about this one any more.
-- (Step by step, for nearly all calls have no other one beside them, and end at the second statement.)
create or replace function notify.fold_into(p_district int, p_agency int, p_incident text, p_school int,
                                            p_severity int, p_wishes jsonb) returns bigint
language plpgsql stable as $$
declare
    i district.incident;
    a notify.alert;
begin
    select * into i from district.incident c
     where (c.district_id, c.agency_id, c.incident_no) = (p_district, p_agency, p_incident);
    if i.mode <> 'live' or not district.is_open(i.sensitivity) or i.status = 'cancelled'
       or code.is_life_safety(i.class, i.type_code) then
        return null;
    end if;
    for a in
        select l.* from (
            select j.agency_id, j.incident_no, j.status, j.type_code from district.incident j
             where j.district_id = p_district and j.school_id = p_school
               and j.opened_at between i.opened_at - interval '5 minutes' and i.opened_at + interval '5 minutes'
               and j.agency_id <> p_agency and j.class = i.class and j.mode = 'live' and district.is_open(j.sensitivity)
               and j.status <> 'cancelled' and not j.entered_in_error and j.merged_into is null and not j.elsewhere
            offset 0) j
          join notify.alert l on (l.district_id, l.agency_id, l.incident_no, l.school_id)
                                 = (p_district, j.agency_id, j.incident_no, p_school)
         where l.mode = 'live' and l.state <> 'held' and p_severity <= l.severity
           and not code.is_life_safety(i.class, j.type_code)
           and ((i.status = 'open' and j.status = 'open')
                or (i.status = 'closed' and exists (
                    select from notify.alert own
                     where (own.district_id, own.agency_id, own.incident_no, own.school_id, own.folded_into)
                           = (p_district, p_agency, p_incident, p_school, l.alert_id))))
           and exists (select from district.incident_school s
                        where (s.district_id, s.agency_id, s.incident_no, s.school_id)
                              = (p_district, j.agency_id, j.incident_no, p_school) and s.relation <> 'elsewhere')
         order by l.alert_id limit 1 loop
        if jsonb_array_length(p_wishes) > 0 and not exists (
            select from jsonb_to_recordset(p_wishes) as w(contact_id int, channel text, step int)
             where not exists (
                    select from notify.sight(p_district, w.contact_id, p_school, a.agency_id, a.incident_no) v
                     where v.says is not null)
                or not ((w.step > 1 and a.acknowledged_at is not null)
                        or exists (select from notify.delivery d
                                    where (d.district_id, d.alert_id, d.contact_id, d.channel)
                                          = (a.district_id, a.alert_id, w.contact_id, w.channel)
                                      and d.state in ('queued', 'sending', 'sent', 'delivered', 'unknown')))) then
            return a.alert_id;
        end if;
    end loop;
    if i.status <> 'closed' then
        return null;
    end if;
    return (
        select l.alert_id
          from notify.alert own
          join notify.alert l on (l.district_id, l.alert_id) = (own.district_id, own.folded_into)
          join district.incident j on (j.district_id, j.agency_id, j.incident_no)
                                      = (l.district_id, l.agency_id, l.incident_no)
         where (own.district_id, own.agency_id, own.incident_no, own.school_id)
               = (p_district, p_agency, p_incident, p_school)
           and p_severity <= l.severity and district.is_open(j.sensitivity)
           and (j.status = 'cancelled' or j.entered_in_error or j.merged_into is not null
                or not exists (select from district.incident_school s
                                where (s.district_id, s.agency_id, s.incident_no, s.school_id)
                                      = (p_district, j.agency_id, j.incident_no, p_school)
                                  and s.relation <> 'elsewhere')));
end $$;

-- The other agencies at the incident of an alert, whose contacts were told so, or will be. named: those of calls that
-- are folded into it, are open and hide nothing. standing: also those of calls that are told by themselves by now, or
-- are restricted; who was told of them goes on knowing it. One that is sealed is as if it had ended. At most six ids.
create or replace function notify.agencies_beside(p_district int, p_alert bigint)
returns table (named bigint, names text, named_ids text, standing_ids text) language sql stable as $$
    select count(distinct b.agency_id) filter (where b.named),
           coalesce(string_agg(distinct b.name, ', ') filter (where b.named), ''),
           coalesce(array_to_string((array_agg(distinct b.agency_id) filter (where b.named))[1:6], ','), ''),
           coalesce(array_to_string((array_agg(distinct b.agency_id))[1:6], ','), '')
      from (select f.agency_id, g.name,
                   f.state = 'held' and f.held_why = 'folded' and f.folded_into = p_alert
                   and district.is_open(i.sensitivity) as named
              from notify.alert f join district.incident i using (district_id, agency_id, incident_no)
              join agency.agency g using (agency_id)
             where f.district_id = p_district and f.beside = p_alert and i.status = 'open'
               and not district.is_sealed(i.sensitivity) and not i.entered_in_error and i.merged_into is null
               and exists (select from district.incident_school s
                            where (s.district_id, s.agency_id, s.incident_no, s.school_id)
                                  = (f.district_id, f.agency_id, f.incident_no, f.school_id)
                              and s.relation <> 'elsewhere')) b
$$;
