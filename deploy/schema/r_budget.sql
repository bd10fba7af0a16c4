-- The alert budget: a flood of calls from one agency must not drown other calls.
-- Repeatable: applied again whenever this file changes, so edit it in place (CONTRIBUTING.md).

-- Whether this class or type is life safety, by the columns of code.class and code.type.
create or replace function code.is_life_safety(p_class text, p_type text) returns boolean
language plpgsql stable as $$
begin
    return (
        select exists (select from code.class c where c.class = p_class and c.life_safety)
            or exists (select from code.type t where t.code = p_type and t.life_safety));
end $$;

-- Locks the budgets that a batch may use, in a fixed order and after its incidents, so that one process at a time
-- counts alerts. p_keys is the list that outbox_claim gives. It locks rows, because any role could hold an advisory
-- lock. It reads the batch's schools in a statement of its own, by the keys of the calls: in a join the planner would
-- search a school's whole history. Returns the number of budgets.
create or replace function notify.lock_budgets(p_keys jsonb) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_district int[];
    v_agency int[];
    v_school int[];
    v_count bigint;
begin
    select array_agg(s.district_id), array_agg(s.agency_id), array_agg(s.school_id)
      into v_district, v_agency, v_school
      from (select distinct k.district_id, k.agency_id, i.school_id
              from jsonb_to_recordset(p_keys) as k(district_id int, agency_id int, incident_no text)
              join district.incident_school i using (district_id, agency_id, incident_no)) s;
    insert into notify.budget (district_id, agency_id, school_id)
    select * from unnest(v_district, v_agency, v_school) order by 1, 2, 3
    on conflict do nothing;
    select count(*) into v_count from (
        select from notify.budget b
          join unnest(v_district, v_agency, v_school) as s(district_id, agency_id, school_id)
         using (district_id, agency_id, school_id)
         order by b.district_id, b.agency_id, b.school_id for no key update of b) locked;
    return v_count;
end $$;

-- Notes in the audit that alerts of an agency at a school are held from now on. No service may write to the audit
-- directly.
create or replace function notify.audit_hold(p_district int, p_agency int, p_school int, p_budget int,
                                             p_window interval) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    insert into liaison.audit (actor, action, object, detail)
    select 'notify', 'alerts.hold', 'agency ' || g.slug || ' at school ' || d.slug || '/' || s.code,
           jsonb_build_object('budget', p_budget, 'seconds', extract(epoch from p_window)::int)
      from agency.agency g, district.district d join district.school s using (district_id)
     where g.agency_id = p_agency and (s.district_id, s.school_id) = (p_district, p_school)
       and not exists (select from liaison.audit a
                        where a.action = 'alerts.hold'
                          and a.at > now() - greatest(p_window, interval '10 s') and a.at <= clock_timestamp()
                          and a.object = 'agency ' || g.slug || ' at school ' || d.slug || '/' || s.code);
$$;

-- Whether the call of this alert is held by the budget, and its summary tells of it.
create or replace function notify.is_counted(p_district int, p_agency int, p_incident text, p_school int)
returns boolean language plpgsql as $$
begin
    return exists (
        select from notify.alert a join district.district d using (district_id)
         where (a.district_id, a.agency_id, a.incident_no, a.school_id) = (p_district, p_agency, p_incident, p_school)
           and a.state = 'held' and a.held_why = 'budget' and d.storm_every_s > 0);
end $$;

drop function if exists notify.open_alert(int, int, text, int, int, text, int, int, jsonb, text, timestamptz);
drop function if exists notify.open_alert(int, int, text, int, int, text, int, int, jsonb, text, timestamptz, boolean);
-- Opens the alert of a call at a school, with its deliveries (p_wishes as notify.put_deliveries takes them), or
-- releases one that was held back. Beyond the district's alert budget for an agency at a school, the alert is recorded
-- as held: it is told in a summary (r_storm.sql), and the operator is notified, once in a flood. Life safety and
-- replays are not counted. One that is over by now stays held: the summary tells of it. A call of which another
-- agency's alert tells is held too (r_folded_call.sql), and looked at again each half minute while that alert is open.
-- p_state: of the alert from now on: closed if the call is over when it is first told, so that nobody is asked; held:
-- it waits for the digest of its school, and is neither folded nor counted. No row: there is an alert already, another
-- agency's alert tells of the call, or the digest will. first_held: the operator must be notified.
create or replace function notify.open_alert(
    p_district int, p_agency int, p_incident text, p_school int, p_rule int, p_mode text, p_severity int, p_acks int,
    p_wishes jsonb, p_domain text, p_now timestamptz, p_state text)
returns table (district_id int, alert_id bigint, held boolean, first_held boolean) language plpgsql as $$
#variable_conflict use_column
declare
    v_digest constant boolean := p_state = 'held';
    v_budget int;
    v_window interval;
    v_counts boolean := false;
    v_held boolean := false;
    v_why text;
    v_told boolean; -- in a summary (r_storm.sql)
    v_was bigint; -- and was into this one
    v_lead bigint; -- it is folded into this alert (r_folded_call.sql)
    v_first boolean;
    v_alert bigint;
begin
    select d.alert_budget, make_interval(secs => d.alert_budget_s),
           p_mode = 'live' and d.alert_budget > 0 and not code.is_life_safety(i.class, i.type_code), d.storm_every_s > 0
      into v_budget, v_window, v_counts, v_told
      from district.incident i join district.district d using (district_id)
     where (i.district_id, i.agency_id, i.incident_no) = (p_district, p_agency, p_incident);
    if p_mode = 'live' and not v_digest then
        v_was := (select a.folded_into from notify.alert a
                   where (a.district_id, a.agency_id, a.incident_no, a.school_id)
                         = (p_district, p_agency, p_incident, p_school));
        v_lead := notify.fold_into(p_district, p_agency, p_incident, p_school, p_severity, p_wishes);
    end if;
    v_counts := v_counts and v_lead is null and not v_digest;
    v_held := v_counts and p_state = 'closed' and notify.is_counted(p_district, p_agency, p_incident, p_school);
    if v_counts and not v_held then
        select count(*) >= v_budget into v_held from notify.alert a
         where (a.district_id, a.school_id, a.agency_id) = (p_district, p_school, p_agency)
           and a.budgeted and a.created_at > now() - v_window
           and a.created_at <= clock_timestamp(); -- one in the future was opened before the clock was set back
    end if;
    v_why := case when v_lead is not null then 'folded' when v_digest then 'digest' when v_held then 'budget' end;
    insert into notify.alert as a (district_id, agency_id, incident_no, school_id, rule_id, mode, severity, acks,
                                   asked_at, state, budgeted, held_at, held_why, storm_id, folded_into, beside,
                                   look_at)
    values (p_district, p_agency, p_incident, p_school, p_rule, p_mode, p_severity, p_acks, p_now,
            case when v_why is not null then 'held' else p_state end,
            coalesce(v_counts, false) and not v_held,
            case when v_why is not null then now() end, v_why,
            case when v_lead is not null or (v_held and not v_told) then 0 end, -- in no storm
            v_lead, v_lead, (select p_now + interval '30 s' from notify.alert l
                      where (l.district_id, l.alert_id) = (p_district, v_lead) and l.state <> 'closed'))
    on conflict (district_id, agency_id, incident_no, school_id) do update
       set state = excluded.state, rule_id = excluded.rule_id, severity = excluded.severity, acks = excluded.acks,
           asked_at = excluded.asked_at, budgeted = excluded.budgeted, created_at = now(),
           held_why = coalesce(excluded.held_why, a.held_why), storm_id = excluded.storm_id,
           folded_into = excluded.folded_into, beside = coalesce(excluded.beside, a.beside), look_at = excluded.look_at
     where a.state = 'held' and a.mode = excluded.mode
       and (v_why is null or v_why = 'folded' or a.held_why is distinct from v_why)
    returning a.alert_id into v_alert;
    if v_alert is null or v_digest then
        return;
    end if;
    if v_lead is not null then
        update notify.alert a set look_at = '-infinity' -- its contacts are told of this agency
         where (a.district_id, a.alert_id) = (p_district, v_lead) and v_lead is distinct from v_was;
        return;
    end if;
    if v_why is null then
        perform notify.put_deliveries(p_district, v_alert, 1, p_wishes, p_domain, 'withdrawn');
        return query select p_district, v_alert, false, false;
        return;
    end if;
    v_first := not exists (
        select from notify.alert h
         where (h.district_id, h.school_id, h.agency_id) = (p_district, p_school, p_agency)
           and h.state = 'held' and h.held_why = 'budget' and h.alert_id <> v_alert
           and h.held_at > now() - v_window and h.held_at <= clock_timestamp());
    if v_first then
        perform notify.audit_hold(p_district, p_agency, p_school, v_budget, v_window);
    end if;
    return query select p_district, v_alert, true, v_first;
end $$;
