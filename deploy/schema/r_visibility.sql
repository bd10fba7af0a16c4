-- Who sees what of a call. Pages, lists, timeline, links, live stream and messages all ask these functions, each time
-- anew.
-- Repeatable: applied again whenever this file changes, so edit it in place (CONTRIBUTING.md).

-- A person of role district sees every call of the district. A person of role school sees the calls that are at one
-- of the person's schools, or that left it and are at no school now. Schools do not see sealed calls. Of a restricted
-- call a school sees the class and no type. Of a call that has moved away (elsewhere) nobody sees the place or the
-- units.
-- p_schools: the schools of a person of role school; null: the whole district.
-- These functions are plain SQL without settings, so that PostgreSQL inlines them into the calling statements.

-- Whether a school is one of p_schools.
create or replace function district.is_theirs(p_school int, p_schools int[]) returns boolean
language sql immutable as $$ select p_schools is null or p_school = any(p_schools) $$;

-- Whether one of the schools in p_audience is theirs; district.audience() gives the schools of a call.
create or replace function district.sees(p_audience int[], p_schools int[]) returns boolean
language sql immutable as $$ select p_schools is null or p_audience && p_schools $$;

-- Whether a call of this sensitivity is hidden from schools, and from published figures.
create or replace function district.hides_call(p_sensitivity text) returns boolean
language sql immutable as $$ select p_sensitivity = 'sealed' $$;

-- Whether a type of this sensitivity is hidden from these people.
create or replace function district.hides_type(p_sensitivity text, p_schools int[]) returns boolean
language sql immutable as $$ select p_schools is not null and p_sensitivity <> 'open' $$;

-- Whether the disposition of a call is hidden from these people: "DOMESTIC ARREST" reveals the type, and "ARREST AT 5
-- ELM ST" the place.
create or replace function district.hides_result(p_sensitivity text, p_elsewhere boolean, p_schools int[])
returns boolean language sql immutable as $$
    select p_elsewhere or (p_schools is not null and p_sensitivity <> 'open')
$$;

-- The calls of a district as these people see them: values that they may not know are null.
create or replace function district.seen(p_district int, p_schools int[])
returns table (
    district_id int, agency_id int, incident_no text, origin text, mode text, status text, class text,
    sensitivity text, type_own text, type_code text, first_type_own text, priority_own text, priority smallint,
    initiated_by text, received_via text, opened_at timestamptz, t_received timestamptz, t_dispatched timestamptz,
    t_en_route timestamptz, t_on_scene timestamptz, t_cleared timestamptz, t_closed timestamptz, address text,
    latitude double precision, longitude double precision, place_name text, units jsonb, dispositions jsonb,
    disposition_code text, report_numbers text[], school_id int, relation text, merged_into text,
    entered_in_error boolean, elsewhere boolean, version_at timestamptz, created_at timestamptz,
    updated_at timestamptz)
language sql stable as $$
    select i.district_id, i.agency_id, i.incident_no, i.origin, i.mode, i.status, i.class, i.sensitivity,
           case when not district.hides_type(i.sensitivity, p_schools) then i.type_own end,
           case when not district.hides_type(i.sensitivity, p_schools) then i.type_code end,
           case when not district.hides_type(i.sensitivity, p_schools) then i.first_type_own end,
           i.priority_own, i.priority, i.initiated_by, i.received_via, i.opened_at, i.t_received, i.t_dispatched,
           i.t_en_route, i.t_on_scene, i.t_cleared, i.t_closed,
           case when not i.elsewhere then i.address end, case when not i.elsewhere then i.latitude end,
           case when not i.elsewhere then i.longitude end, case when not i.elsewhere then i.place_name end,
           case when not i.elsewhere then i.units end,
           case when not district.hides_result(i.sensitivity, i.elsewhere, p_schools) then i.dispositions
                when jsonb_array_length(i.dispositions) > 0
                then '[{"own": "withheld", "code": null, "primary": true}]'::jsonb end,
           case when not district.hides_result(i.sensitivity, i.elsewhere, p_schools) then i.disposition_code end,
           i.report_numbers, i.school_id, i.relation, i.merged_into,
           i.entered_in_error, i.elsewhere, i.version_at, i.created_at, i.updated_at
      from district.incident i
     where i.district_id = p_district
       and (p_schools is null
            or (not district.hides_call(i.sensitivity)
                and (exists (select from district.incident_school v
                              where v.district_id = i.district_id and v.agency_id = i.agency_id
                                and v.incident_no = i.incident_no and v.school_id = any(p_schools))
                     or (i.elsewhere and i.school_id = any(p_schools)))))
$$;

-- The schools whose people see a call. former: it was at the school, and has moved away.
create or replace function district.audience(p_district int, p_agency int, p_incident text)
returns table (school_id int, former boolean) language sql stable as $$
    select k.school_id, i.elsewhere
      from (select v.school_id from district.incident_school v
             where v.district_id = p_district and v.agency_id = p_agency and v.incident_no = p_incident
            union
            select w.school_id from district.incident w
             where w.district_id = p_district and w.agency_id = p_agency and w.incident_no = p_incident) k
     cross join lateral (select s.elsewhere from district.seen(p_district, array[k.school_id]) s
                          where s.agency_id = p_agency and s.incident_no = p_incident) i
$$;

-- The alerts of a call that these people may see: those of their schools. A held alert was sent to nobody.
create or replace function notify.alerts_seen(p_district int, p_agency int, p_incident text, p_schools int[])
returns setof notify.alert language sql stable as $$
    select al.* from notify.alert al
     where al.district_id = p_district and al.agency_id = p_agency and al.incident_no = p_incident
       and al.state <> 'held' and district.is_theirs(al.school_id, p_schools)
$$;

-- The alerts of a call that are held, at the schools of these people.
--   why      as notify.alert.held_why
--   told_at  when a summary or a digest that counts the call was first sent to somebody; null: none was
--   due_at   of a call that waits for a digest: when that is told
create or replace function notify.held_seen(p_district int, p_agency int, p_incident text, p_schools int[])
returns table (alert_id bigint, why text, told_at timestamptz, due_at timestamptz) language sql stable as $$
    select al.alert_id, coalesce(al.held_why, 'budget'), m.told_at,
           case when t.digest and t.look_at is not null then notify.digest_due(t.began_at, d.digest_at, d.zone) end
      from notify.alert al join district.district d using (district_id)
      left join notify.storm t on (t.district_id, t.storm_id) = (al.district_id, al.storm_id)
     cross join lateral (
           select min(coalesce(v.sent_at, v.said_at)) as told_at
             from notify.alert s join notify.delivery v using (district_id, alert_id)
            where (s.district_id, s.subject_kind, s.subject_id)
                  = (t.district_id, 'storm', t.school_id::text || '/' || t.storm_id::text)
              and v.state in ('sent', 'delivered', 'unknown') and v.kind in ('first', 'update', 'closed')
              and v.said_at >= date_trunc('second', al.held_at) -- it is to the second
              and coalesce(v.sent_at, 'infinity') >= al.held_at) m
     where al.district_id = p_district and al.agency_id = p_agency and al.incident_no = p_incident
       and al.state = 'held' and district.is_theirs(al.school_id, p_schools)
$$;

-- Whether no earlier change can still appear in district.change: every transaction up to this one has ended. Streams
-- read only settled changes.
create or replace function district.is_settled(p_xid xid8) returns boolean
language sql stable as $$ select p_xid < pg_snapshot_xmin(pg_current_snapshot()) $$;

-- Whether only people who are named for sealed calls may hear of this one.
create or replace function district.is_sealed(p_sensitivity text) returns boolean
language sql immutable as $$ select p_sensitivity = 'sealed' $$;

-- Whether all who hear of calls at the school may hear what this one is about.
create or replace function district.is_open(p_sensitivity text) returns boolean
language sql immutable as $$ select p_sensitivity = 'open' $$;

-- Whether the alert is about a call that is sealed now: only contacts who are named for it, and the district, see it.
create or replace function notify.is_sealed(a notify.alert) returns boolean
language plpgsql stable as $$
begin
    return exists (select from district.incident i
                    where (i.district_id, i.agency_id, i.incident_no) = (a.district_id, a.agency_id, a.incident_no)
                      and district.is_sealed(i.sensitivity));
end $$;

-- What a contact of the district may be told of a call at a school, in a message or behind its link.
--   says  all; police: that there is a police call, and no class, type or place; former: no place, for it is
--         not at that school any more; null: nothing
--   why   says is null: 'contact_inactive', 'not_of_school' or 'sealed', as in notify.delivery.reason
create or replace function notify.sight(p_district int, p_contact int, p_school int, p_agency int, p_incident text)
returns table (says text, why text) language sql stable as $$
    select case when c.why is not null then null
                when i.sensitivity <> 'open' then 'police'
                when i.elsewhere or not exists (
                    select from district.incident_school s
                     where (s.district_id, s.agency_id, s.incident_no, s.school_id)
                           = (i.district_id, i.agency_id, i.incident_no, p_school)
                       and s.relation <> 'elsewhere') then 'former'
                else 'all' end, c.why
      from district.incident i
      left join people.contact p on (p.district_id, p.contact_id) = (i.district_id, p_contact)
     cross join lateral (select case
                when not coalesce(p.active, false) then 'contact_inactive'
                when p.scope <> 'district'
                     and not exists (select from people.covered l
                                      where (l.role_id, l.school_id) = (p.contact_id, p_school)) then 'not_of_school'
                when i.sensitivity = 'sealed' and not p.sealed then 'sealed' end as why) c
     where (i.district_id, i.agency_id, i.incident_no) = (p_district, p_agency, p_incident)
$$;

-- A digest of the name and the address that a message goes to. A link stores only the digest, so that no address
-- outlives its contact. The case of letters and the blanks of a name count for nothing, and neither does the case of a
-- mail address; that of a URL does. Null: the contact has no such address.
create or replace function notify.addressee(p_name text, p_address text) returns bytea
language plpgsql stable as $$
begin
    return sha256(convert_to(liaison.plain_words(p_name) || E'\n'
                             || case when p_address like '%://%' then p_address else lower(p_address) end, 'UTF8'));
end $$;

-- The link in a message, by the hash of its token. No row: there is no such link. says: as in notify.sight. It is
-- null if the link has expired, if the contact may not see the call any more, or if the contact's name or address is
-- not the one that the link went to: a person who takes a contact over never gets the links of the former person. The
-- dashboard reads links through this function. rows 1: without it the planner expects a thousand links, and joins
-- them with all alerts. (In PL/pgSQL, which keeps its plan: each look at a link asks.)
create or replace function notify.link(p_hash bytea)
returns table (district_id int, alert_id bigint, contact_id int, contact_name text, contact_role text, says text)
language plpgsql stable rows 1 security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
    return query
    select k.district_id, k.alert_id, k.contact_id, p.name, p.role,
           case when k.expires_at > now()
                     and k.addressee in (notify.addressee(p.name, p.email), notify.addressee(p.name, p.phone),
                                         notify.addressee(p.name, p.webhook))
                then notify.alert_sight(k.contact_id, a) end
      from notify.token k
      join notify.alert a on (a.district_id, a.alert_id) = (k.district_id, k.alert_id)
      left join people.contact p on (p.district_id, p.contact_id) = (k.district_id, k.contact_id)
     where k.token_hash = p_hash;
end $$;

-- The calls of a storm that the holder of a link may see now (r_storm.sql), the latest first, with the names of what
-- they are about ('': it has none).
create or replace function notify.link_calls(p_hash bytea)
returns table (agency_id int, incident_no text, what text, opened_at timestamptz, status text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
    return query
    select c.agency_id, c.incident_no, coalesce(t.name, case when c.class = 'other' then '' else n.name end),
           c.opened_at, c.status
      from notify.link(p_hash) k join notify.alert a using (district_id, alert_id)
     cross join lateral notify.storm_told(k.district_id, k.contact_id, a.storm_id) c
      left join code.type t on t.code = c.type_code left join code.class n on n.class = c.class
     where k.says is not null and a.subject_kind = 'storm'
     order by c.opened_at desc, c.agency_id, c.incident_no;
end $$;

-- Rights -----------------------------------------------------------------------------------------------------

-- The present rights of the people of these sessions. No row: the session or the rights have ended.
create or replace function dashboard.rights_now(p_sessions bytea[], p_idle_min int)
returns table (session bytea, district_id int, whole boolean, schools int[])
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select s.token_hash, s.district_id, bool_or(v.whole),
           coalesce(array_agg(distinct v.school_id) filter (where v.school_id is not null), '{}')
      from dashboard.session s join people.sees v using (person_id, district_id)
     where s.token_hash = any(p_sessions) and s.expires_at > now()
       and s.seen_at > now() - make_interval(mins => p_idle_min)
     group by s.token_hash, s.district_id
$$;

-- Calls that a school does not see any more ------------------------------------------------------------------

-- Notes in the change log that these schools do not see a call any more, in one row for each transaction.
create or replace function district.note_gone(p_district int, p_agency int, p_incident text, p_schools int[])
returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    update district.change c set gone_from = c.gone_from || p_schools
     where c.district_id = p_district and c.xid = pg_current_xact_id() and c.gone_from is not null
       and (c.agency_id, c.incident_no) = (p_agency, p_incident);
    if not found then
        insert into district.change (district_id, agency_id, incident_no, first, mode, gone_from)
        select i.district_id, i.agency_id, i.incident_no, false, i.mode, p_schools from district.incident i
         where (i.district_id, i.agency_id, i.incident_no) = (p_district, p_agency, p_incident);
    end if;
end $$;

-- A school is removed from a call.
create or replace function district.left_school() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform district.note_gone(old.district_id, old.agency_id, old.incident_no, array[old.school_id]);
    return null;
end $$;
create or replace trigger left_school after delete on district.incident_school
    for each row execute function district.left_school();

-- A call is sealed: no school sees it any more.
create or replace function district.was_sealed() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform district.note_gone(new.district_id, new.agency_id, new.incident_no, array(
        select s.school_id from district.incident_school s
         where (s.district_id, s.agency_id, s.incident_no) = (new.district_id, new.agency_id, new.incident_no)));
    return null;
end $$;
create or replace trigger was_sealed after update of sensitivity on district.incident
    for each row when (old.sensitivity <> 'sealed' and new.sensitivity = 'sealed')
    execute function district.was_sealed();
