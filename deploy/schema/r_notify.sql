-- Alerts, deliveries and acknowledgements: what services call, and how deliveries are shown.
-- Repeatable: applied again whenever this file changes, so edit it in place (CONTRIBUTING.md).

-- Some bodies below name views and functions of a later file.
set local check_function_bodies = off;

-- Facts ------------------------------------------------------------------------------------------------------

drop function if exists notify.units_of(jsonb);
-- What a message says of the units of a call: the most advanced state, how many are in it, and beside those how many
-- are on the way, and how many are sent. Units without a state count only where none has one.
create function notify.units_of(p_units jsonb)
returns table (units int, unit_state text, coming int, sent int) language sql immutable as $$
    select (case when u.there > 0 then u.there when u.moving > 0 then u.moving when u.sent > 0 then u.sent
                 else u.n end)::int,
           case when u.there > 0 then 'on_scene' when u.moving > 0 then 'en_route' when u.sent > 0 then 'dispatched'
                when u.clear = u.n and u.n > 0 then 'clear' else '' end,
           (case when u.there > 0 then u.moving else 0 end)::int,
           (case when u.there > 0 or u.moving > 0 then u.sent else 0 end)::int
      from (select count(*) as n, count(*) filter (where e ->> 'status' = 'on_scene') as there,
                   count(*) filter (where e ->> 'status' = 'en_route') as moving,
                   count(*) filter (where e ->> 'status' = 'dispatched') as sent,
                   count(*) filter (where e ->> 'status' = 'clear') as clear
              from jsonb_array_elements(case when jsonb_typeof(p_units) = 'array' then p_units else '[]' end) e) u
$$;

drop function if exists notify.call_facts(int, int, text, int);
-- What notify has to know of a call at a school, now. relation '': the call is not at that school. The caller's rights
-- count, and PostgreSQL puts the body into the statements that ask.
create function notify.call_facts(p_district int, p_agency int, p_incident text, p_school int)
returns table (
    relation text, method text, distance_m int, mode text, status text, class text, sensitivity text, type_code text,
    priority int, entered_in_error boolean, merged boolean, opened_at timestamptz, t_closed timestamptz, place text,
    units int, unit_state text, coming int, sent int, life_safety boolean, class_rank int, in_school_hours boolean,
    weekday int, ended_as text)
language sql stable as $$
    select coalesce(s.relation, ''), coalesce(s.method, ''), coalesce(s.distance_m, -1)::int, i.mode, i.status, i.class,
           i.sensitivity, coalesce(i.type_code, ''), coalesce(i.priority, -1)::int, i.entered_in_error,
           i.merged_into is not null, i.opened_at, i.t_closed,
           md5(coalesce(i.address, '') || '/' || coalesce(i.place_name, '')),
           u.units, u.unit_state, u.coming, u.sent, code.is_life_safety(i.class, i.type_code),
           coalesce((select c.rank from code.class c where c.class = i.class), 99)::int,
           exists (select from district.school_hours(p_district, p_school, t.local::date) h
                    where t.local::time >= h.starts and t.local::time < h.ends),
           extract(isodow from t.local)::int, coalesce(i.disposition_code, '')
      from district.incident i join district.district d using (district_id)
      left join district.incident_school s
        on (s.district_id, s.agency_id, s.incident_no, s.school_id)
           = (i.district_id, i.agency_id, i.incident_no, p_school) and s.relation <> 'elsewhere'
     cross join lateral (select i.opened_at at time zone d.zone as local) t
     cross join lateral notify.units_of(i.units) u
     where (i.district_id, i.agency_id, i.incident_no) = (p_district, p_agency, p_incident)
$$;

-- Deliveries -------------------------------------------------------------------------------------------------

-- Makes what waits of an alert equal to p_wishes: [{"contact_id", "channel", "step", "lane", "kind", "due", "held",
-- "quiet_at", "repeat_of"}], times in seconds of steady time. What waits and is not wished for ends, for reason p_why;
-- a repetition has the id of what it repeats, so that it never becomes another message. What waits already keeps its
-- earlier time, and what was tried the time of its next try; but what quiet hours hold back waits until they end, and
-- its age begins then (due_at). When they begin (quiet_at) while it waits, the alert is looked at again. In a new round
-- nothing waits because of a try of an earlier one, or is as old as that.
create or replace function notify.put_deliveries(p_district int, p_alert bigint, p_round int, p_wishes jsonb,
                                                 p_domain text, p_why text) returns void
language plpgsql as $$ -- which plans its statements once in a session
#variable_conflict use_column
begin
    update notify.delivery d set state = 'cancelled', reason = p_why
     where d.district_id = p_district and d.alert_id = p_alert and d.state = 'queued'
       and not exists (select from jsonb_to_recordset(p_wishes) as w(contact_id int, channel text, repeat_of bigint)
                        where (w.contact_id, w.channel) = (d.contact_id, d.channel)
                          and w.repeat_of is not distinct from d.repeat_of);
    insert into notify.delivery as d (district_id, alert_id, contact_id, channel, kind, step, lane, round, repeat_of,
                                      next_at, message_id)
    select p_district, p_alert, w.contact_id, w.channel, w.kind, w.step, w.lane, p_round, w.repeat_of,
           to_timestamp(w.due),
           coalesce((select r.message_id from notify.delivery r
                      where (r.district_id, r.delivery_id) = (p_district, w.repeat_of)),
                    gen_random_uuid() || '@' || p_domain)
      from jsonb_to_recordset(p_wishes) as w(contact_id int, channel text, step int, lane int, kind text,
                                             due double precision, repeat_of bigint)
    on conflict (district_id, alert_id, contact_id, channel) where state = 'queued' do update
       set kind = excluded.kind, step = excluded.step, lane = excluded.lane, round = excluded.round,
           due_at = case when d.round < excluded.round then null else d.due_at end,
           next_at = case when notify.tried(d) and d.round >= excluded.round then d.next_at
                          else least(d.next_at, excluded.next_at) end
     where (d.kind, d.step, d.lane, d.round) is distinct from
           (excluded.kind, excluded.step, excluded.lane, excluded.round)
        or (not notify.tried(d) and d.next_at > excluded.next_at);
    -- Two looks compute the end of quiet hours some milliseconds apart.
    update notify.delivery d set next_at = to_timestamp(w.due), due_at = null
      from jsonb_to_recordset(p_wishes) as w(contact_id int, channel text, due double precision, held boolean)
     where w.held and (d.district_id, d.alert_id, d.contact_id, d.channel)
                      = (p_district, p_alert, w.contact_id, w.channel)
       and d.state = 'queued' and d.next_at < to_timestamp(w.due - 1);
    update notify.alert a set look_at = least(a.look_at, to_timestamp(w.quiet_at))
      from (select min(quiet_at) as quiet_at from jsonb_to_recordset(p_wishes) as w(quiet_at double precision)) w
     where (a.district_id, a.alert_id) = (p_district, p_alert) and w.quiet_at is not null;
end $$;

-- The question is asked anew: acknowledgements so far do not count. They stay in notify.acknowledgement. An alert that
-- is closed by now is open again: its state is written next.
create or replace function notify.begin_round(p_district int, p_alert bigint, p_now timestamptz) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    with begun as (
        update notify.alert set round = round + 1, asked_at = p_now, acknowledged_at = null, acknowledged_by = null
         where district_id = p_district and alert_id = p_alert
        returning district_id, alert_id, round, state = 'closed' as reopened)
    insert into notify.round (district_id, alert_id, round, reopened)
    select district_id, alert_id, round, reopened from begun;
$$;

-- The alert is looked at again at once.
create or replace function notify.look_now(p_district int, p_alert bigint) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    update notify.alert set look_at = '-infinity' where district_id = p_district and alert_id = p_alert;
$$;

-- Why a message was not sent after all, as the API says it; null of any other. Plain SQL without settings of its own,
-- so that PostgreSQL puts it into the statements that ask.
create or replace function notify.why_not_sent(p_state text, p_reason text) returns text
language sql immutable as $$
    select case when p_state <> 'cancelled' then null
                when p_reason in ('closed', 'withdrawn', 'nothing_new') then p_reason
                when p_reason = 'first_not_sent' then 'nothing_new'
                when p_reason = 'opted_out' then p_reason
                when p_reason in ('contact_inactive', 'not_of_school', 'sealed', 'no_address', 'no_rule')
                then 'not_for_them'
                else 'acknowledged' end
$$;

-- A steady time by the clocks that people read.
create or replace function notify.wall(p_steady timestamptz) returns timestamptz
language sql stable as $$
    select p_steady + coalesce((select c.wall_at - c.steady_at from notify.clock c), interval '0')
$$;

-- When something that is due in steady time will be due by the clocks that people read. To the second: the two clocks
-- are read some milliseconds apart, and what is due at 06:00 is not shown as 05:59.
create or replace function notify.due_wall(p_steady timestamptz) returns timestamptz
language sql stable as $$ select date_trunc('second', notify.wall(p_steady) + interval '0.5 s') $$;

-- Acknowledgement --------------------------------------------------------------------------------------------

-- Who says something of an alert, as notify.acknowledgement.who: a person of this name, whether by a link, by text or
-- signed in, or (p_person null) somebody known by the name alone. Another name may be that of a successor, who has the
-- same row, the same address, and nothing of what the former one said. Another spelling changes nothing.
create or replace function notify.who(p_person int, p_name text) returns text
language sql immutable as $$
    select case when p_person is null then p_name else 'person:' || p_person::text || '/' || notify.letters(p_name) end
$$;

-- Who has an alert in its present round: the last that each of them said of it is "I have it". first_id: of the first
-- time that they said so. Who left, or has given the place to a successor, has it no more; neither does who said so
-- signed in, and may not see the school any more, or whoever may not see the call since it was sealed. Of an alarm, who
-- is no administrator any more has it no more.
create or replace function notify.holders(p_district int, p_alert bigint)
returns table (first_id bigint, who text, by text, contact_id int, at timestamptz)
language sql stable as $$
    select l.first_id, l.who, l.by, l.contact_id, l.at
      from notify.alert a cross join lateral (
        select distinct on (k.who) k.who, k.kind, k.by, k.person_id, k.contact_id, k.at,
               min(k.ack_id) filter (where k.kind = 'has') over (partition by k.who) as first_id
          from notify.acknowledgement k
         where (k.district_id, k.alert_id, k.round) = (a.district_id, a.alert_id, a.round)
           and k.kind not in ('comment', 'not_arrived')
         order by k.who, k.ack_id desc) l
     where (a.district_id, a.alert_id) = (p_district, p_alert) and l.kind = 'has'
       and (l.contact_id is null
            or a.subject_kind = 'alarm' and exists (
               select from notify.administrator m where (m.district_id, m.contact_id) = (a.district_id, l.contact_id))
            or l.contact_id in (
               select c.contact_id from notify.contacts_of(a.district_id, a.school_id) c
                where c.sealed or not notify.is_sealed(a)))
       and (l.person_id is null or exists (
            select from people.person p
             where p.person_id = l.person_id and p.active and notify.who(p.person_id, p.name) = l.who
               and (l.contact_id is not null
                    or exists (select from people.sees s
                                where (s.person_id, s.district_id) = (l.person_id, a.district_id)
                                  and (s.whole or s.school_id = a.school_id and not notify.is_sealed(a)))
                    or l.person_id in (
                       select c.person_id from notify.contacts_of(a.district_id, a.school_id) c
                        where c.sealed or not notify.is_sealed(a)))))
$$;

-- Who was told of an alert in its present round, or is about to be, and can answer: contacts of its school. A webhook
-- goes to a system, which answers nobody. Whose messages failed, and who left the school, was not told; neither was who
-- may not see the call since it was sealed.
create or replace function notify.told_in_round(p_district int, p_alert bigint) returns table (person_id int)
language sql stable as $$
    select distinct r.person_id
      from notify.alert a
      join notify.delivery d on (d.district_id, d.alert_id, d.round) = (a.district_id, a.alert_id, a.round)
      join people.role r on r.role_id = d.contact_id
     where (a.district_id, a.alert_id) = (p_district, p_alert) and notify.tells(d)
       and d.channel <> 'webhook'
       and (d.state in ('sending', 'sent', 'delivered', 'unknown')
            or d.state = 'queued' and (notify.tried(d) or d.next_at <= notify.steady()))
       and d.contact_id in (select c.contact_id from notify.contacts_of(a.district_id, a.school_id) c
                             where c.sealed or not notify.is_sealed(a))
$$;

-- How many more people are to take the alert, as the rules ask. acks 0: each who was told in this round, but one at
-- least.
create or replace function notify.wanting(a notify.alert) returns int
language plpgsql stable as $$
begin
    return (
    with h as (select who from notify.holders(a.district_id, a.alert_id))
    select greatest(case when a.acks > 0 then a.acks - (select count(*) from h)
                         when not exists (select from h) then greatest(1, t.silent) else t.silent end, 0)::int
      from (select count(*) filter (where notify.who(p.person_id, p.name) not in (select h.who from h)) as silent
              from notify.told_in_round(a.district_id, a.alert_id) join people.person p using (person_id)
             where a.acks = 0) t);
end $$;

-- Whether so many people as the rules ask have the alert.
create or replace function notify.enough(a notify.alert) returns boolean
language sql stable as $$ select notify.wanting(a) = 0 $$;

-- Notes that enough people have the alert, if they have and it is not noted; or that they have not any more: who had it
-- may have left. Returns whether it noted something.
create or replace function notify.settle(p_district int, p_alert bigint) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    a notify.alert;
    v_enough boolean;
begin
    if exists (select from notify.acknowledgement k
                where (k.district_id, k.alert_id, k.kind) = (p_district, p_alert, 'handed_over')) then
        perform notify.end_lost_hand_over(p_district, p_alert);
    end if;
    select * into a from notify.alert l where (l.district_id, l.alert_id) = (p_district, p_alert);
    v_enough := notify.enough(a);
    if v_enough and a.acknowledged_at is null then
        update notify.alert l
           set state = case when l.state = 'open' then 'acknowledged' else l.state end, acknowledged_at = now(),
               acknowledged_by = (select h.by from notify.holders(p_district, p_alert) h
                                   order by h.at desc, h.first_id desc limit 1),
               look_at = '-infinity'
         where (l.district_id, l.alert_id) = (p_district, p_alert);
        return true;
    end if;
    if not v_enough and a.state = 'acknowledged' then
        perform notify.release(p_district, p_alert);
        return true;
    end if;
    return false;
end $$;

drop function if exists notify.acknowledge(int, bigint, text); -- it says from now on which person that is
-- Somebody has the alert: once so many people as its rules ask have said so in this round, later escalation steps are
-- not alerted. It belongs to what is known now: a worse call begins a new round. p_person, p_contact: who that is, if
-- it is known by more than a name. One that comes when the call is over, or when enough people have it, is kept as a
-- late one. Returns whether it was new. The lock on the alert lets a claim add a link, which refers to the alert: a
-- claim that waited for it would deadlock with this.
create or replace function notify.acknowledge(p_district int, p_alert bigint, p_by text, p_person int default null,
                                              p_contact int default null) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    a notify.alert;
    v_new boolean;
begin
    select * into a from notify.alert where district_id = p_district and alert_id = p_alert for no key update;
    insert into notify.acknowledgement (district_id, alert_id, round, by, person_id, contact_id, late)
    select p_district, p_alert, a.round, p_by, p_person, p_contact,
           a.state = 'closed' or a.acknowledged_at is not null
     where a.alert_id is not null
       and not exists (select from notify.holders(p_district, p_alert) h
                        where h.who = notify.who(p_person, p_by));
    v_new := found;
    perform notify.settle(p_district, p_alert);
    update notify.delivery d set state = 'cancelled', reason = 'acknowledged'
      from notify.alert l
     where l.district_id = p_district and l.alert_id = p_alert and l.acknowledged_at is not null
       and d.district_id = p_district and d.alert_id = p_alert and d.state = 'queued' and d.kind = 'first'
       and d.step > 1;
    perform notify.look_now(p_district, p_alert);
    return v_new;
end $$;

-- Somebody who had an alert has it no more. With too few who have it left, it is open again: reconciliation goes on
-- asking where the time that has passed since the round began has brought it, and those who were told have their time
-- to answer once more (released_at).
create or replace function notify.release(p_district int, p_alert bigint) returns void
language sql set search_path = pg_catalog, pg_temp as $$
    with h as (
        select e.enough, (array_agg(l.by order by l.at, l.first_id))[1] as by, min(l.at) as at,
               array_agg(l.by) as names
          from (select notify.enough(a) as enough from notify.alert a
                 where (a.district_id, a.alert_id) = (p_district, p_alert)) e
          left join notify.holders(p_district, p_alert) l on true group by e.enough)
    update notify.alert a
       set state = case when a.state <> 'acknowledged' or h.enough then a.state else 'open' end,
           acknowledged_at = case when not h.enough then null when a.acknowledged_by = any(h.names)
                                  then a.acknowledged_at else h.at end,
           acknowledged_by = case when not h.enough then null when a.acknowledged_by = any(h.names)
                                  then a.acknowledged_by else h.by end,
           released_at = case when h.enough then a.released_at else notify.steady() end
      from h where (a.district_id, a.alert_id) = (p_district, p_alert);
    select notify.look_now(p_district, p_alert);
$$;

-- Notes what somebody says of an alert: undone, handed_over (to a contact) or comment (p_said). Only who has it can
-- give it back or hand it over, and only to somebody who may see the call and has it not. At most 100 comments are kept
-- of an alert. Returns whether it was noted. p_actor: as the audit names who said it; it has no comment's text.
create or replace function notify.say(p_district int, p_alert bigint, p_kind text, p_by text, p_person int,
    p_contact int, p_to int, p_said text, p_actor text) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    v_who constant text := notify.who(p_person, p_by);
    v_may boolean;
begin
    perform from notify.alert where district_id = p_district and alert_id = p_alert for no key update;
    select case p_kind
           when 'comment' then (select count(*) < 100 from notify.acknowledgement k
                                 where (k.district_id, k.alert_id, k.kind) = (p_district, p_alert, 'comment'))
           when 'undone' then exists (select from notify.holders(p_district, p_alert) h where h.who = v_who)
           else exists (select from notify.holders(p_district, p_alert) h, notify.may_take(p_district, p_alert) t
                         where h.who = v_who and t.contact_id = p_to and t.person_id is distinct from p_person) end
      into v_may;
    if not v_may then
        return false;
    end if;
    insert into notify.acknowledgement (district_id, alert_id, round, by, late, kind, person_id, contact_id, to_contact,
                                        to_person, to_name, said)
    select p_district, p_alert, a.round, p_by, a.state = 'closed', p_kind, p_person, p_contact,
           case p_kind when 'handed_over' then p_to end, t.person_id, t.name,
           case p_kind when 'comment' then p_said end
      from notify.alert a
      left join people.contact t on p_kind = 'handed_over' and (t.district_id, t.contact_id) = (p_district, p_to)
     where (a.district_id, a.alert_id) = (p_district, p_alert);
    insert into liaison.audit (actor, action, object, detail)
    values (p_actor, case p_kind when 'comment' then 'comment' else 'acknowledge.' || p_kind end,
            'alert ' || p_district || '/{' || p_alert || '}',
            case p_kind when 'handed_over' then jsonb_build_object('to', 'contact:' || p_to) else '{}' end);
    if p_kind <> 'comment' then
        perform notify.release(p_district, p_alert);
    end if;
    return true;
end $$;

drop function if exists notify.held(int, bigint);
-- What notify has to know of who has an alert. One row in any case.
--   holders    a digest of who has it and whether that is enough; null: nobody
--   names      who has it, for people_say (common/message/people_text.h); several: more than one
--   acted      somebody has said something of it, in whatever round: it may be known that somebody had it
--   acted_by   the person who was the last in this round to take it, give it back or hand it over; 0: nobody knows
--   handed     by the id of a contact to whom it is handed (notify.handed), as JSON: which hand-over, by whom, and back
--   answered   the persons who took it in an earlier round
--   lost, lost_us  how many hand-overs of this round came to nothing, and when the last did, in steady time
create function notify.held(p_district int, p_alert bigint)
returns table (holders text, names text, several boolean, acted boolean, acted_by int, handed jsonb,
               lost int, lost_us bigint, answered int[])
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    a notify.alert;
begin
    -- Most messages are about alerts of which nobody has said anything yet.
    if not exists (select from notify.acknowledgement k where (k.district_id, k.alert_id) = (p_district, p_alert)) then
        return query select null::text, null::text, false, false, 0, null::jsonb, 0, 0::bigint, null::int[];
        return;
    end if;
    select * into a from notify.alert l where (l.district_id, l.alert_id) = (p_district, p_alert);
    select jsonb_object_agg(t.contact_id, jsonb_build_object('number', t.ack_id, 'back', t.back,
                                                             'by', k.by || coalesce(e'\x1f' || g.role, ''))
                            order by t.ack_id)
      into handed
      from notify.handed(p_district, p_alert) t
      join notify.acknowledgement k on (k.district_id, k.alert_id, k.ack_id) = (p_district, p_alert, t.ack_id)
      left join people.contact g on (g.district_id, g.contact_id, g.name) = (k.district_id, k.contact_id, k.by)
     where t.contact_id is not null;
    return query
    select md5(string_agg(h.first_id::text, ',' order by h.first_id)
               || case when a.acknowledged_at is not null then '!' else '' end),
           string_agg(h.by || coalesce(e'\x1f' || c.role, ''), e'\x1e' order by h.first_id),
           count(*) > 1, true,
           coalesce((select p.person_id
                       from (select l.person_id, l.who from notify.acknowledgement l
                              where (l.district_id, l.alert_id, l.round) = (p_district, p_alert, a.round)
                                and l.kind not in ('comment', 'not_arrived') order by l.ack_id desc limit 1) l
                       join people.person p using (person_id) where notify.who(p.person_id, p.name) = l.who), 0),
           handed,
           (select count(*)::int from notify.acknowledgement l
             where (l.district_id, l.alert_id, l.round, l.kind) = (p_district, p_alert, a.round, 'not_arrived')),
           (select coalesce(max(extract(epoch from l.steady_at) * 1000000)::bigint, 0) from notify.acknowledgement l
             where (l.district_id, l.alert_id, l.round, l.kind) = (p_district, p_alert, a.round, 'not_arrived')),
           (select array_agg(p.person_id)
              from notify.acknowledgement l join people.person p using (person_id)
             where (l.district_id, l.alert_id, l.kind) = (p_district, p_alert, 'has') and l.round < a.round
               and notify.who(p.person_id, p.name) = l.who)
      from notify.holders(p_district, p_alert) h
      left join people.contact c on (c.district_id, c.contact_id, c.name) = (p_district, h.contact_id, h.by);
end $$;

-- What was said of an alert, oldest first, as JSON of the API. Comments are left out unless p_whole; p_who gets the own
-- ones in any case.
create or replace function notify.conversation(p_district int, p_alert bigint, p_whole boolean, p_who text) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return (
    select coalesce(json_agg(json_build_object('at', liaison.iso(k.at), 'kind', k.kind, 'by', k.by, 'role', c.role,
               'to', case when t.name is not null then json_build_object('name', t.name, 'role', t.role) end,
               'text', k.said, 'late', k.late) order by k.ack_id), '[]')
      from notify.acknowledgement k
      left join people.contact c on (c.district_id, c.contact_id, c.name) = (k.district_id, k.contact_id, k.by)
      left join people.contact t on (t.district_id, t.contact_id, t.name) = (k.district_id, k.to_contact, k.to_name)
     where (k.district_id, k.alert_id) = (p_district, p_alert) and k.kind <> 'not_arrived'
       and (k.kind <> 'comment' or p_whole or k.who = p_who));
end $$;

-- What somebody may do with an alert, as JSON of the API: whether it is theirs, who handed it to them, and to whom they
-- may hand it. p_contact: as which contact it may have been handed to them; null: as any of theirs.
create or replace function notify.part_in(p_district int, p_alert bigint, p_who text, p_contact int) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return (
    select jsonb_build_object('yours', m.yours, 'handed_by', (
               select h.by from notify.handed(p_district, p_alert) h join people.role r on r.role_id = h.contact_id
                 join people.person p using (person_id)
                where not h.back and (h.contact_id = p_contact or notify.who(p.person_id, p.name) = p_who)
                order by h.ack_id desc limit 1),
           'people', case when m.yours then (
               select coalesce(jsonb_agg(jsonb_build_object('id', t.contact_id, 'name', t.name, 'role', t.role)), '[]')
                 from notify.may_take(p_district, p_alert) t
                  join people.person p using (person_id) where notify.who(p.person_id, p.name) <> p_who)
               else '[]' end)
      from (select exists (select from notify.holders(p_district, p_alert) h where h.who = p_who) as yours) m);
end $$;
