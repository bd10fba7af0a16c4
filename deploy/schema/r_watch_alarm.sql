-- Alarms: notes what is not ok by notify.health(), and since when, and what administrators are to hear of.
-- Administrators are the contacts of a district who are marked for it.
-- Repeatable: applied again whenever this file changes, so edit it in place (CONTRIBUTING.md).

-- What is not ok now, for each district that has administrators. A check of the whole installation concerns all of
-- them; a channel without a provider those that need it; a call, and what is held back at a school, its own district
-- alone. notice: told once, it does not end. Whether
-- alarms reach somebody raises no alarm: it would do so for ever. Neither does an agency that was never heard of: it is
-- not connected yet, and whoever adds it reads so in doctor.
create or replace function notify.not_ok()
returns table (district_id int, "check" text, channel text, lane int, object text, school_id int, about bigint,
               notice boolean)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp set jit = off
set enable_seqscan = on set enable_mergejoin = on as $$
#variable_conflict use_column
begin
    return query
    with d as (select distinct a.district_id from notify.administrator a)
    select c.district_id, c.what, null::text, null::int, null::text, null::int, c.alert_id, c.what = 'skipped'
      from notify.watched_calls c join d using (district_id)
     where c.what <> 'held'
    union all
    select distinct c.district_id, c.what, null, null::int, g.slug, c.school_id, null::bigint, false
      from notify.watched_calls c join d using (district_id) join agency.agency g using (agency_id)
     where c.what = 'held'
    union all
    select d.district_id, h."check", h.channel, h.lane, h.object, null, null, false
      from notify.health() h cross join d
     where not h.ok and h."check" not in ('nobody', 'unanswered', 'skipped', 'held', 'alarm')
       and (h."check" <> 'agency' or h.since is not null)
       and (h."check" <> 'channel' or exists (select from notify.needed n
                                               where (n.district_id, n.channel) = (d.district_id, h.channel)));
end $$;

-- The alarm of a district that lasts, or that ended within the hour: what comes and goes stays one alarm, so that its
-- messages are folded. Else a new one.
create or replace function notify.alarm_of(p_district int, p_now timestamptz) returns bigint
language plpgsql as $$
declare
    v_alarm bigint;
begin
    select a.alarm_id into v_alarm from notify.alarm a
     where a.district_id = p_district and a.kind = 'health'
       and (a.over_at is null or a.over_at > p_now - interval '1 hour')
     order by a.alarm_id desc limit 1;
    if v_alarm is null then
        insert into notify.alarm (district_id, kind) values (p_district, 'health') returning alarm_id into v_alarm;
    end if;
    update notify.alarm set over_at = null, waits = true where (district_id, alarm_id) = (p_district, v_alarm);
    return v_alarm;
end $$;

-- Notes what is not ok, raises what has been so for longer than p_after (a call's at once), and notes what is well
-- again. What is in no row of notify.health() any more, though its check has one for all that is ok, is no longer
-- watched (gone): nobody knows whether it is well. Each alarm that lasts, or has just ended, is to be looked at. Of two
-- processes one does it. Returns how many findings were raised; null: another process is at it.
create or replace function notify.look_for_alarms(p_after interval) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_now constant timestamptz := notify.steady();
    v_bad jsonb;
    v_raised bigint;
begin
    if not pg_try_advisory_xact_lock(hashtextextended('notify/alarms', 0)) then
        return null;
    end if;
    select coalesce(jsonb_agg(to_jsonb(n)), '[]') into v_bad from notify.not_ok() n;
    with well as (
        update notify.finding f
           set well_at = now(),
               gone = f."check" in ('channel', 'provider', 'agency', 'due', 'tried')
                      and not exists (select from notify.health() h
                                       where h.ok and (h."check", h.channel, h.lane, h.object)
                                             is not distinct from (f."check", f.channel, f.lane, f.object))
         where f.well_at is null
           and not exists (select from jsonb_populate_recordset(null::notify.finding, v_bad) n
                            where (n.district_id, n."check") = (f.district_id, f."check")
                              and (n.channel, n.lane, n.object, n.school_id, n.about)
                                  is not distinct from (f.channel, f.lane, f.object, f.school_id, f.about))
        returning f.district_id, f.finding_id, f.raised_at)
    delete from notify.finding f using well w
     where w.raised_at is null and (f.district_id, f.finding_id) = (w.district_id, w.finding_id);
    insert into notify.finding (district_id, "check", channel, lane, object, school_id, about, notice, first_at)
    select n.district_id, n."check", n.channel, n.lane, n.object, n.school_id, n.about, n.notice, v_now
      from jsonb_populate_recordset(null::notify.finding, v_bad) n
     where not n.notice or not exists (select from notify.finding f
                                        where (f.district_id, f."check", f.about) = (n.district_id, n."check", n.about))
    on conflict do nothing;
    with due as (
        select f.district_id, f.finding_id from notify.finding f
         where f.raised_at is null and f.well_at is null
           and (f.about is not null or f.first_at <= v_now - p_after)),
    alarms as (
        select k.district_id, notify.alarm_of(k.district_id, v_now) as alarm_id
          from (select distinct d.district_id from due d) k)
    update notify.finding f set raised_at = now(), alarm_id = a.alarm_id
      from due d join alarms a using (district_id)
     where (f.district_id, f.finding_id) = (d.district_id, d.finding_id);
    get diagnostics v_raised = row_count;
    update notify.alarm a set waits = true,
           over_at = case when exists (select from notify.finding f
                                        where (f.district_id, f.alarm_id) = (a.district_id, a.alarm_id)
                                          and f.well_at is null and not f.notice) then null else v_now end
     where a.over_at is null;
    return v_raised;
end $$;

-- Raises an alarm about schools at which nobody can be told, now or within two weeks: once a day at most, by the day of
-- the district. Returns how many.
create or replace function notify.warn_of_holes() returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    d record;
    v_alarm bigint;
    v_count bigint := 0;
begin
    if not pg_try_advisory_xact_lock(hashtextextended('notify/holes', 0)) then
        return 0;
    end if;
    for d in select t.district_id from district.district t
              where exists (select from notify.administrator a where a.district_id = t.district_id)
                and not exists (select from notify.alarm a
                                 where a.district_id = t.district_id and a.kind = 'roster'
                                   and (a.at at time zone t.zone)::date = (now() at time zone t.zone)::date)
                and exists (select from notify.roster_holes(t.district_id))
    loop
        insert into notify.alarm (district_id, kind, over_at) values (d.district_id, 'roster', notify.steady())
        returning alarm_id into v_alarm;
        insert into notify.finding (district_id, alarm_id, "check", school_id, at, notice, first_at, raised_at, well_at)
        select d.district_id, v_alarm, 'roster', h.school_id, h.from_at, true, notify.steady(), now(), now()
          from notify.roster_holes(d.district_id) h;
        v_count := v_count + 1;
    end loop;
    return v_count;
end $$;

-- What is so of an alarm: now has the numbers of the findings that are not ok, and of those that are told once, and the
-- severity of the most urgent call of those that are not ok. How bad a call is that is not open, administrators may not
-- know: its severity is the same for all, as in alarm_shown. raised_at: of the last that is not ok.
create or replace function notify.alarm_found(p_district int, p_alarm bigint)
returns table (now jsonb, raised_at timestamptz) language sql stable as $$
    select jsonb_build_object(
               'open', coalesce(jsonb_agg(f.finding_id order by f.finding_id) filter (where k.open), '[]'),
               'notices', coalesce(jsonb_agg(f.finding_id order by f.finding_id) filter (where f.notice), '[]'),
               'severity', coalesce(max(case when t.sealed or not district.is_open(i.sensitivity) then 99
                                             else a.severity end) filter (where k.open), 0)),
           max(f.raised_at) filter (where k.open)
      from notify.finding f
     cross join lateral (select f.well_at is null and not f.notice as open) k
      left join notify.alert a on (a.district_id, a.alert_id) = (f.district_id, f.about)
      left join notify.storm t on a.subject_kind = 'storm' and (t.district_id, t.storm_id) = (a.district_id, a.storm_id)
      left join district.incident i on (i.district_id, i.agency_id, i.incident_no)
                                       = (a.district_id, a.agency_id, a.incident_no)
     where (f.district_id, f.alarm_id) = (p_district, p_alarm) and f.raised_at is not null
$$;

drop function if exists notify.alarm_shown(int, bigint, int);
-- What an alarm says to a contact, in a message and on the page behind its link, in this order: what is not ok, first
-- what came after somebody took the alarm, then by the severity of its call and by how long it is so; what is told
-- once, and then what has ended, the latest first. A call of which the contact may not know how bad it is comes after
-- those that may cost a life (FACTS_LIFE). hidden: the contact may not know which call or school it is about
-- (notify.sight). call: it is about a call, or with summary about the calls of one; class and type are null unless the
-- contact may know all of it. object: of an agency, its name. since, ended: by the clocks that people read. check:
-- too_few of a call that is unanswered though somebody has it, and then have of the asked people have it; null of all
-- others.
create function notify.alarm_shown(p_district int, p_alarm bigint, p_contact int)
returns table (finding_id bigint, "check" text, channel text, lane int, object text, notice boolean, well boolean,
               gone boolean, call boolean, summary boolean, hidden boolean, school text, at timestamptz,
               since timestamptz, ended timestamptz, class text, type text, have int, asked int)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select f.finding_id, case when h.have > 0 then 'too_few' else f."check" end, f.channel, f.lane,
           coalesce(g.name, f.object), f.notice,
           f.well_at is not null and not f.notice, f.gone, f.about is not null, t.storm_id is not null,
           v.says is null, case when v.says is not null then s.name end,
           coalesce(f.at, case when v.says is not null then coalesce(i.opened_at, t.began_at) end),
           notify.wall(f.first_at), f.well_at, case when v.says = 'all' then i.class end,
           case when v.says = 'all' then i.type_code end, nullif(h.have, 0),
           case when h.have > 0 then h.have + notify.wanting(a) end
      from notify.finding f
      left join agency.agency g on f."check" in ('agency', 'held') and g.slug = f.object
      left join notify.alert a on (a.district_id, a.alert_id) = (f.district_id, f.about)
      left join notify.storm t on a.subject_kind = 'storm' and (t.district_id, t.storm_id) = (a.district_id, a.storm_id)
      left join district.incident i on (i.district_id, i.agency_id, i.incident_no)
                                       = (a.district_id, a.agency_id, a.incident_no)
      left join district.school s on (s.district_id, s.school_id) = (f.district_id, coalesce(a.school_id, f.school_id))
      left join lateral (
          select notify.alert_sight(p_contact, a) as says where f.about is not null
          union all
          select 'all' where f.about is null
             and (f.school_id is null
                  or exists (select from people.contact c
                              where (c.district_id, c.contact_id) = (f.district_id, p_contact)
                                and (c.scope = 'district'
                                     or exists (select from people.covered l
                                                 where (l.role_id, l.school_id) = (c.contact_id, f.school_id)))))) v
        on true
      left join lateral (select count(*)::int as have from notify.holders(a.district_id, a.alert_id)) h
        on f."check" = 'unanswered' and f.well_at is null
     where (f.district_id, f.alarm_id) = (p_district, p_alarm) and f.raised_at is not null
     order by f.well_at is not null and not f.notice, f.notice,
              f.well_at is null and not f.notice and f.raised_at <= (
                  select max(k.at) from notify.alert l join notify.acknowledgement k using (district_id, alert_id)
                   where (l.district_id, l.alarm_id, k.kind) = (p_district, p_alarm, 'has')) is true,
              case when f.about is null or f.well_at is not null or f.notice then 0
                   when v.says = 'all' then a.severity else 99 end desc,
              case when f.well_at is null and not f.notice then f.first_at end, f.finding_id desc limit 40
$$;

-- Opens the alert of an alarm, with its deliveries (p_wishes as notify.put_deliveries takes them). No row: there is
-- one.
create or replace function notify.open_alarm(p_district int, p_alarm bigint, p_acks int, p_wishes jsonb, p_domain text,
                                             p_now timestamptz)
returns table (district_id int, alert_id bigint, held boolean, first_held boolean) language plpgsql as $$
#variable_conflict use_column
declare
    v_alert bigint;
begin
    insert into notify.alert (district_id, subject_kind, alarm_id, rule_id, mode, acks, asked_at, state)
    select p_district, 'alarm', p_alarm, 0, 'live', p_acks, p_now,
           case when a.over_at is null then 'open' else 'closed' end
      from notify.alarm a where (a.district_id, a.alarm_id) = (p_district, p_alarm)
    on conflict do nothing returning alert_id into v_alert;
    if v_alert is not null then
        perform notify.put_deliveries(p_district, v_alert, 1, p_wishes, p_domain, 'nothing_new');
        return query select p_district, v_alert, false, false;
    end if;
end $$;
