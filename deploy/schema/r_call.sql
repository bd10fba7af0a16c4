-- Calls as the dashboard lists, counts and shows them. r_visibility.sql decides which calls a person sees, and which
-- of their values: nothing here reads district.incident.
-- Repeatable: applied again whenever this file changes, so edit it in place (CONTRIBUTING.md).

-- The bodies below name functions of later files.
set local check_function_bodies = off;

-- p_schools: the schools of a person of role school; null: the whole district. These functions are plain SQL without
-- settings, and those with a subquery return a set, so that PostgreSQL inlines them into the calling statements.

-- Whether a list may contain a call at all: it has not moved away, and was not merged into another one.
create or replace function district.is_listable(p_elsewhere boolean, p_merged_into text) returns boolean
language sql immutable as $$ select not p_elsewhere and p_merged_into is null $$;

-- Whether a list without a status filter contains the call.
create or replace function district.is_listed(p_status text, p_in_error boolean, p_elsewhere boolean,
                                              p_merged_into text)
returns boolean language sql immutable as $$
    select district.is_listable(p_elsewhere, p_merged_into) and p_status <> 'cancelled' and not p_in_error
$$;

-- Whether figures count a call that a list contains.
create or replace function district.is_counted(p_mode text, p_in_error boolean) returns boolean
language sql immutable as $$ select p_mode <> 'replay' and not p_in_error $$;

-- The calls that match a filter; a null parameter does not filter. p_figures: only calls that figures count. Each word
-- of a search must occur literally somewhere. Also the columns by which figures are grouped and lists are sorted.
create or replace function district.calls_found(p_district int, p_schools int[], p_from date, p_to date, p_school int,
    p_class text, p_type text, p_outcome text, p_month text, p_status text, p_hours text, p_agency text,
    p_words text, p_figures boolean)
returns table (
    agency_id int, incident_no text, slug text, opened_at timestamptz, month text, school_id int, school text,
    class text, type text, outcome text, by_opened_at timestamptz, by_updated_at timestamptz, by_school text,
    by_class smallint, by_type text, by_priority smallint, by_status int, by_disposition text)
language sql stable as $$
    select i.agency_id, i.incident_no, a.slug, i.opened_at, to_char(i.opened_at at time zone d.zone, 'YYYY-MM'),
           i.school_id, n.name, i.class, k.type, k.outcome, i.opened_at, i.updated_at, n.name, c.rank,
           coalesce(t.name, i.type_own), i.priority, array_position(array['open', 'closed', 'cancelled'], i.status),
           coalesce(p.name, i.disposition_code)
      from district.district d join district.seen(p_district, p_schools) i using (district_id)
      join agency.agency a using (agency_id)
      left join district.school n on n.district_id = i.district_id and n.school_id = i.school_id
      left join code.class c on c.class = i.class
      left join code.type t on t.code = i.type_code
      left join code.disposition p on p.code = i.disposition_code
     cross join lateral (select coalesce(i.type_code, 'unmapped') as type,
               case when i.disposition_code is not null then i.disposition_code
                    when coalesce(jsonb_array_length(i.dispositions), 0) = 0 then 'none' else 'unmapped' end
                   as outcome) k
     where d.district_id = p_district and district.is_listable(i.elsewhere, i.merged_into)
       and (p_from is null or i.opened_at >= p_from::timestamp at time zone d.zone)
       and (p_to is null or i.opened_at < (p_to + 1)::timestamp at time zone d.zone)
       and (p_school is null or i.school_id = p_school)
       and (p_class is null or i.class = p_class)
       and (p_type is null or k.type = p_type)
       and (p_outcome is null or k.outcome = p_outcome)
       and (p_month is null or (i.opened_at >= (p_month || '-01')::timestamp at time zone d.zone
            and i.opened_at < ((p_month || '-01')::timestamp + interval '1 month') at time zone d.zone))
       and (case when p_status is null then i.status <> 'cancelled' and not i.entered_in_error
                 else i.status = p_status and (not i.entered_in_error or p_status = 'cancelled') end)
       and (p_hours is null or (p_hours = 'school') = (
            extract(isodow from i.opened_at at time zone d.zone) < 6
            and (i.opened_at at time zone d.zone)::time >= d.hours_start
            and (i.opened_at at time zone d.zone)::time < d.hours_end))
       and (p_agency is null or a.slug = p_agency)
       and (p_words is null or (
            select bool_and(strpos(x.said, w.word) > 0)
              from (select lower(concat_ws(E'\n', i.incident_no, i.address, i.place_name, n.name, i.type_own,
                                           t.name)) as said
                    offset 0) x,
                   unnest(regexp_split_to_array(lower(btrim(p_words)), '\s+')) w(word)))
       and (not p_figures or district.is_counted(i.mode, i.entered_in_error))
$$;

-- A district's calls, each as JSON (Call in openapi.json), with the columns that statements sort by or add details to.
-- Units: those on scene first, those that have left last; within a status, the latest change first.
create or replace function district.calls_shown(p_district int, p_schools int[])
returns table (
    district_id int, agency_id int, incident_no text, slug text, sensitivity text, received_via text,
    opened_at timestamptz, t_received timestamptz, t_dispatched timestamptz, t_en_route timestamptz,
    t_on_scene timestamptz, t_cleared timestamptz, t_closed timestamptz, version_at timestamptz, dispositions jsonb,
    merged_into text, entered_in_error boolean, elsewhere boolean, call json)
language sql stable as $$
    select i.district_id, i.agency_id, i.incident_no, a.slug, i.sensitivity, i.received_via, i.opened_at, i.t_received,
           i.t_dispatched, i.t_en_route, i.t_on_scene, i.t_cleared, i.t_closed, i.version_at, i.dispositions,
           i.merged_into, i.entered_in_error, i.elsewhere,
           json_build_object('agency', a.slug, 'agency_name', a.name, 'incident', i.incident_no,
               'status', i.status, 'mode', i.mode, 'opened_at', liaison.iso(i.opened_at),
               'closed_at', case when i.status <> 'open' then liaison.iso(i.t_closed) end,
               'updated_at', liaison.iso(i.updated_at), 'class', i.class,
               'type', json_build_object('own', i.type_own, 'code', i.type_code,
                   'name', (select t.name from code.type t where t.code = i.type_code)),
               'priority', json_build_object('own', i.priority_own, 'common', i.priority),
               'address', i.address, 'latitude', i.latitude, 'longitude', i.longitude, 'place_name', i.place_name,
               'schools', coalesce((
                   select json_agg(json_build_object('id', s.school_id, 'name', n.name, 'relation', s.relation,
                              'distance_m', s.distance_m, 'method', s.method, 'confidence', s.confidence)
                                    order by s.rank)
                     from district.incident_school s join district.school n using (district_id, school_id)
                    where s.district_id = i.district_id and s.agency_id = i.agency_id
                      and s.incident_no = i.incident_no), '[]'),
               'units', coalesce((
                   select json_agg(json_build_object('id', coalesce(u ->> 'id', ''), 'role', u ->> 'role',
                              'status', u ->> 'status', 'at', liaison.iso((u ->> 'at')::timestamptz))
                              order by array_position(array['on_scene', 'en_route', 'dispatched', '', 'clear'],
                                                      coalesce(u ->> 'status', '')),
                                       (u ->> 'at')::timestamptz desc nulls last, o)
                     from jsonb_array_elements(i.units) with ordinality as e(u, o)), '[]'),
               'dispositions', coalesce((
                   select json_agg(json_build_object('own', coalesce(u ->> 'own', ''), 'code', u ->> 'code',
                              'name', (select p.name from code.disposition p where p.code = u ->> 'code'),
                              'primary', coalesce((u ->> 'primary')::boolean, false)) order by o)
                     from jsonb_array_elements(i.dispositions) with ordinality as e(u, o)), '[]'),
               'alert', (
                   select case when count(*) > 0 then jsonb_build_object(
                              'state', case when count(al.acknowledged_at) > 0 then 'acknowledged' else 'alerted' end,
                              'alerted_at', liaison.iso(min(al.created_at)),
                              'acknowledged_by', (array_agg(al.acknowledged_by order by al.acknowledged_at)
                                                  filter (where al.acknowledged_at is not null))[1],
                              'acknowledged_at', liaison.iso(min(al.acknowledged_at)))
                              || notify.standing(i.district_id, case i.status when 'open' then array_agg(al.alert_id)
                                                                else '{}' end) end
                     from notify.alerts_seen(i.district_id, i.agency_id, i.incident_no, p_schools) al),
               'held', (
                   select json_build_object('why', h.why, 'told_at', liaison.iso(h.told_at),
                                            'due_at', liaison.iso(h.due_at))
                     from notify.held_seen(i.district_id, i.agency_id, i.incident_no, p_schools) h
                    order by h.told_at, h.alert_id limit 1),
               'sensitivity', i.sensitivity)
      from district.seen(p_district, p_schools) i join agency.agency a using (agency_id)
$$;
