-- Storms: calls that the budget holds (r_budget.sql) are told in one summary for the school (docs/notify.md). A digest
-- is one too, of calls that no rule wants told one by one: it is told once, at the district's time of day.
-- Repeatable: applied again whenever this file changes, so edit it in place (CONTRIBUTING.md).

-- The bodies below name functions of later files.
set local check_function_bodies = off;

-- The calls that a storm counts: those that are held still, stand, and are at the school. Sealed calls are in a storm
-- of their own, so that no count tells of them to whom they are hidden. The caller's rights count.
create or replace function notify.storm_calls(p_district int, p_storm bigint)
returns table (agency_id int, incident_no text, school_id int, held_at timestamptz, sensitivity text, class text,
               type_code text, opened_at timestamptz, status text)
language sql stable as $$
    select a.agency_id, a.incident_no, a.school_id, a.held_at, i.sensitivity, i.class, i.type_code, i.opened_at,
           i.status
      from notify.storm t join notify.alert a using (district_id, storm_id)
     cross join lateral (
           select i.* from district.incident i
            where (i.district_id, i.agency_id, i.incident_no) = (a.district_id, a.agency_id, a.incident_no)
              and i.status <> 'cancelled' and not i.entered_in_error and i.merged_into is null and not i.elsewhere
           offset 0) i
     cross join lateral (
           select from district.incident_school s
            where (s.district_id, s.agency_id, s.incident_no, s.school_id)
                  = (a.district_id, a.agency_id, a.incident_no, a.school_id) and s.relation <> 'elsewhere' offset 0) s
     where t.district_id = p_district and t.storm_id = p_storm and a.subject_kind = 'call' and a.state = 'held'
       and district.is_sealed(i.sensitivity) = t.sealed
$$;

-- Held alerts at a school that no storm counts yet.
create or replace function notify.loose()
returns table (district_id int, school_id int, sealed boolean, alert_id bigint, digest boolean)
language sql stable as $$
    select a.district_id, a.school_id, district.is_sealed(i.sensitivity), a.alert_id,
           coalesce(a.held_why = 'digest', false)
      from notify.alert a join district.incident i using (district_id, agency_id, incident_no)
     where a.state = 'held' and a.storm_id is null
$$;

-- The storms of keys, as storm_claim gives them: the one that is named, or the last one of that school.
create or replace function notify.storms_of(p_keys jsonb) returns table (district_id int, storm_id bigint)
language sql stable as $$
    select distinct k.district_id, s.storm_id
      from jsonb_to_recordset(p_keys)
           as k(district_id int, school_id int, sealed boolean, digest boolean, storm_id bigint)
     cross join lateral (select coalesce(k.storm_id, (
               select max(t.storm_id) from notify.storm t
                where (t.district_id, t.school_id, t.sealed, t.digest)
                      = (k.district_id, k.school_id, k.sealed, k.digest))) as storm_id) s
     where s.storm_id is not null
$$;

-- Gives held alerts to a storm, of which p_storm is counted again. Those that became sealed, or are not any more, are
-- given to the other one.
create or replace function notify.gather(p_district int, p_storm bigint) returns bigint
language sql as $$
    update notify.alert a set storm_id = null
      from notify.storm t, district.incident i
     where (t.district_id, t.storm_id) = (p_district, p_storm)
       and (a.district_id, a.storm_id) = (t.district_id, t.storm_id) and a.subject_kind = 'call' and a.state = 'held'
       and (i.district_id, i.agency_id, i.incident_no) = (a.district_id, a.agency_id, a.incident_no)
       and district.is_sealed(i.sensitivity) <> t.sealed;
    with given as (
        update notify.alert a set storm_id = t.storm_id
          from notify.storm t, notify.loose() l
         where (t.district_id, t.storm_id) = (p_district, p_storm)
           and (l.district_id, l.school_id, l.sealed, l.digest) = (t.district_id, t.school_id, t.sealed, t.digest)
           and (a.district_id, a.alert_id) = (l.district_id, l.alert_id) and a.state = 'held'
        returning 1)
    select count(*) from given;
$$;

-- When the digest that began at p_began is told: the next time that it is p_at there, by the clocks that people read.
create or replace function notify.digest_due(p_began timestamptz, p_at time, p_zone text) returns timestamptz
language sql stable as $$
    select min(t.at)
      from generate_series(0, 2) n
     cross join lateral (
           select district.moment((p_began at time zone p_zone)::date + n + p_at, p_zone) as at) t
     where t.at > p_began
$$;

-- When a storm that was given p_given calls now is counted again, in steady time; null: it is over. A storm is over
-- when the time of the budget has passed since its last call, a digest when its time of day has come. A digest takes
-- in what waits for it each five minutes, so that no look has a whole day's calls before it.
create or replace function notify.storm_next(t notify.storm, p_given bigint, p_now timestamptz) returns timestamptz
language sql stable as $$
    select case when t.digest and w.due > now() then p_now + least(w.due - now(), interval '5 minutes')
                when t.digest then null
                when p_given > 0 or p_now < t.grown_at + d.alert_budget_s * interval '1 s'
                then p_now + greatest(d.storm_every_s, 1) * interval '1 s' end
      from district.district d
     cross join lateral notify.digest_due(t.began_at, d.digest_at, d.zone) as w(due)
     where d.district_id = t.district_id
$$;

-- Counts the storms of keys whose time has come, and begins those that there are not yet. One process at a time looks
-- at the storms of a school.
create or replace function notify.count_storms(p_keys jsonb) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    k record;
    v_storm bigint;
    v_given bigint;
begin
    for k in select distinct j.district_id, j.school_id, j.sealed, j.digest, to_timestamp(j.now_us / 1e6) as now
               from jsonb_to_recordset(p_keys)
                    as j(district_id int, school_id int, sealed boolean, digest boolean, now_us bigint)
              order by 1, 2, 3, 4 loop
        perform pg_advisory_xact_lock(hashtextextended(
            'notify/storm/' || k.district_id || '/' || k.school_id || '/' || k.sealed || '/' || k.digest, 0));
        v_storm := (select t.storm_id from notify.storm t
                     where (t.district_id, t.school_id, t.sealed, t.digest)
                           = (k.district_id, k.school_id, k.sealed, k.digest) and t.look_at is not null);
        if v_storm is null and exists (
            select from notify.loose() l
             where (l.district_id, l.school_id, l.sealed, l.digest)
                   = (k.district_id, k.school_id, k.sealed, k.digest)) then
            insert into notify.storm (district_id, school_id, sealed, digest, grown_at, look_at)
            values (k.district_id, k.school_id, k.sealed, k.digest, k.now, k.now) returning storm_id into v_storm;
        end if;
        continue when not exists (select from notify.storm t
                                   where (t.district_id, t.storm_id) = (k.district_id, v_storm) and t.look_at <= k.now);
        v_given := notify.gather(k.district_id, v_storm);
        update notify.storm t
           set grown_at = case when v_given > 0 then k.now else t.grown_at end,
               look_at = notify.storm_next(t, v_given, k.now),
               calls = (select count(*) from notify.storm_calls(t.district_id, t.storm_id))
         where (t.district_id, t.storm_id) = (k.district_id, v_storm);
    end loop;
end $$;

-- What a contact may be told of a storm, as notify.sight says it of a call: something, if one of its calls may be told.
create or replace function notify.storm_sight(p_district int, p_contact int, p_storm bigint)
returns table (says text, why text) language sql stable as $$
    with one as materialized (
        select distinct on (i.sensitivity) a.school_id, a.agency_id, a.incident_no
          from notify.alert a join district.incident i using (district_id, agency_id, incident_no)
         where a.district_id = p_district and a.storm_id = p_storm and a.subject_kind = 'call'
         order by i.sensitivity)
    (select case when v.says is not null then 'all' end, case when v.says is null then v.why end
       from one o cross join lateral notify.sight(p_district, p_contact, o.school_id, o.agency_id, o.incident_no) v
      order by v.says is null, v.why limit 1)
    union all -- all its calls were told after all, which who was told of it may know
    select case when w.why is null then 'all' end, w.why
      from notify.storm t
      left join people.contact p on (p.district_id, p.contact_id) = (t.district_id, p_contact)
     cross join lateral (select case
                when not coalesce(p.active, false) then 'contact_inactive'
                when p.scope <> 'district' and not exists (
                    select from people.covered l
                     where (l.role_id, l.school_id) = (p.contact_id, t.school_id)) then 'not_of_school'
                when t.sealed and not p.sealed then 'sealed' end as why) w
     where (t.district_id, t.storm_id) = (p_district, p_storm) and not exists (select from one)
$$;

-- What a contact may be told of an alert, of whatever kind.
create or replace function notify.alert_sight(p_contact int, p_alert notify.alert) returns text
language plpgsql stable as $$ -- which keeps its plans: planning both branches takes longer than running one
begin
    if p_alert.subject_kind = 'storm' then
        return (select v.says from notify.storm_sight(p_alert.district_id, p_contact, p_alert.storm_id) v);
    end if;
    return (select v.says from notify.sight(p_alert.district_id, p_contact, p_alert.school_id, p_alert.agency_id,
                                            p_alert.incident_no) v);
end $$;

-- The calls of a storm that a contact may be told of now. class: null of those of which it may not be told. All are at
-- the school, so that notify.sight is asked of one of each sensitivity: it differs by nothing else among them.
create or replace function notify.storm_told(p_district int, p_contact int, p_storm bigint)
returns table (agency_id int, incident_no text, class text, type_code text, opened_at timestamptz, status text)
language sql stable as $$
    with called as materialized (select * from notify.storm_calls(p_district, p_storm)),
    one as materialized (
        select distinct on (c.sensitivity) c.sensitivity, c.school_id, c.agency_id, c.incident_no
          from called c order by c.sensitivity),
    seen as materialized (
        select o.sensitivity, v.says from one o
         cross join lateral notify.sight(p_district, p_contact, o.school_id, o.agency_id, o.incident_no) v
         where v.says is not null)
    select c.agency_id, c.incident_no, case when k.says = 'all' then c.class end,
           case when k.says = 'all' then c.type_code end, c.opened_at, c.status
      from called c join seen k using (sensitivity)
$$;

drop function if exists notify.open_storm(int, bigint, int, text, int, int, jsonb, text, timestamptz);
-- Opens the alert of a storm with its messages (notify.put_deliveries). No row: there is one already. p_state: that of
-- a digest, or of a storm that is over, is closed, so that nobody is asked for an answer; but a digest of which nobody
-- can be told stays open, so that it is seen.
create or replace function notify.open_storm(p_district int, p_storm bigint, p_rule int, p_mode text, p_severity int,
                                             p_acks int, p_wishes jsonb, p_domain text, p_now timestamptz,
                                             p_state text)
returns setof bigint language plpgsql as $$
declare
    v_alert bigint;
begin
    insert into notify.alert (district_id, subject_kind, storm_id, school_id, rule_id, mode, severity, acks, asked_at,
                              state)
    select t.district_id, 'storm', t.storm_id, t.school_id, p_rule, p_mode, p_severity, p_acks, p_now, p_state
      from notify.storm t where (t.district_id, t.storm_id) = (p_district, p_storm)
    on conflict (district_id, subject_kind, subject_id) where subject_id is not null do nothing
    returning alert_id into v_alert;
    if v_alert is not null then
        perform notify.put_deliveries(p_district, v_alert, 1, p_wishes, p_domain, 'withdrawn');
        return next v_alert;
    end if;
end $$;
