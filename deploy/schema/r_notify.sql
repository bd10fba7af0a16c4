-- Alerts, deliveries and acknowledgements: what services call, and how deliveries are shown.
-- Repeatable: applied again whenever this file changes, so edit it in place (CONTRIBUTING.md).

-- Facts ------------------------------------------------------------------------------------------------------

-- What notify has to know of a call at a school, now. relation '': the call is not at that school. The caller's rights
-- count, and PostgreSQL puts the body into the statements that ask.
create or replace function notify.call_facts(p_district int, p_agency int, p_incident text, p_school int)
returns table (
    relation text, method text, distance_m int, mode text, status text, class text, sensitivity text, type_code text,
    priority int, entered_in_error boolean, merged boolean, opened_at timestamptz, t_closed timestamptz, place text,
    units int, unit_state text, life_safety boolean, class_rank int, in_school_hours boolean,
    weekday int, ended_as text)
language sql stable as $$
    select coalesce(s.relation, ''), coalesce(s.method, ''), coalesce(s.distance_m, -1)::int, i.mode, i.status, i.class,
           i.sensitivity, coalesce(i.type_code, ''), coalesce(i.priority, -1)::int, i.entered_in_error,
           i.merged_into is not null, i.opened_at, i.t_closed,
           md5(coalesce(i.address, '') || '/' || coalesce(i.place_name, '')),
           u.units::int, u.unit_state, code.is_life_safety(i.class, i.type_code),
           coalesce((select c.rank from code.class c where c.class = i.class), 99)::int,
           exists (select from district.school_hours(p_district, p_school, t.local::date) h
                    where t.local::time >= h.starts and t.local::time < h.ends),
           extract(isodow from t.local)::int, coalesce(i.disposition_code, '')
      from district.incident i join district.district d using (district_id)
      left join district.incident_school s
        on (s.district_id, s.agency_id, s.incident_no, s.school_id)
           = (i.district_id, i.agency_id, i.incident_no, p_school) and s.relation <> 'elsewhere'
     cross join lateral (select i.opened_at at time zone d.zone as local) t
     cross join lateral (select count(*) as units,
               case when bool_or(e ->> 'status' = 'on_scene') then 'on_scene'
                    when bool_or(e ->> 'status' = 'en_route') then 'en_route'
                    when bool_or(e ->> 'status' = 'dispatched') then 'dispatched'
                    when bool_and(e ->> 'status' = 'clear') then 'clear' else '' end as unit_state
          from jsonb_array_elements(case when jsonb_typeof(i.units) = 'array' then i.units else '[]' end) e) u
     where (i.district_id, i.agency_id, i.incident_no) = (p_district, p_agency, p_incident)
$$;

-- Deliveries -------------------------------------------------------------------------------------------------

-- Makes what waits of an alert equal to p_wishes: [{"contact_id", "channel", "wave", "lane", "kind", "due", "held",
-- "quiet_at", "repeat_of"}], times in seconds of steady time. What waits and is not wished for ends, for reason p_why;
-- a repetition has the id of what it repeats, so that it never becomes another message. What waits already keeps its
-- earlier time, and what was tried the time of its next try; but what quiet hours hold back waits until they end. When
-- they begin (quiet_at) while it waits, the alert is looked at again. In a new round nothing waits because of a try of
-- an earlier one.
create or replace function notify.put_deliveries(p_district int, p_alert bigint, p_round int, p_wishes jsonb,
                                                 p_domain text, p_why text) returns void
language sql as $$
    update notify.delivery d set state = 'cancelled', reason = p_why
     where d.district_id = p_district and d.alert_id = p_alert and d.state = 'queued'
       and not exists (select from jsonb_to_recordset(p_wishes) as w(contact_id int, channel text, repeat_of bigint)
                        where (w.contact_id, w.channel) = (d.contact_id, d.channel)
                          and w.repeat_of is not distinct from d.repeat_of);
    insert into notify.delivery as d (district_id, alert_id, contact_id, channel, kind, wave, lane, round, repeat_of,
                                      next_at, message_id)
    select p_district, p_alert, w.contact_id, w.channel, w.kind, w.wave, w.lane, p_round, w.repeat_of,
           to_timestamp(w.due),
           coalesce((select r.message_id from notify.delivery r
                      where (r.district_id, r.delivery_id) = (p_district, w.repeat_of)),
                    gen_random_uuid() || '@' || p_domain)
      from jsonb_to_recordset(p_wishes) as w(contact_id int, channel text, wave int, lane int, kind text,
                                             due double precision, repeat_of bigint)
    on conflict (district_id, alert_id, contact_id, channel) where state = 'queued' do update
       set kind = excluded.kind, wave = excluded.wave, lane = excluded.lane, round = excluded.round,
           next_at = case when d.attempts = 0 or d.round < excluded.round then least(d.next_at, excluded.next_at)
                          else d.next_at end
     where (d.kind, d.wave, d.lane, d.round) is distinct from
           (excluded.kind, excluded.wave, excluded.lane, excluded.round)
        or (d.attempts = 0 and d.next_at > excluded.next_at);
    -- Two looks compute the end of quiet hours some milliseconds apart.
    update notify.delivery d set next_at = to_timestamp(w.due)
      from jsonb_to_recordset(p_wishes) as w(contact_id int, channel text, due double precision, held boolean)
     where w.held and (d.district_id, d.alert_id, d.contact_id, d.channel)
                      = (p_district, p_alert, w.contact_id, w.channel)
       and d.state = 'queued' and d.next_at < to_timestamp(w.due - 1);
    update notify.alert a set look_at = least(a.look_at, to_timestamp(w.quiet_at))
      from (select min(quiet_at) as quiet_at from jsonb_to_recordset(p_wishes) as w(quiet_at double precision)) w
     where (a.district_id, a.alert_id) = (p_district, p_alert) and w.quiet_at is not null;
$$;

-- The question is asked anew: acknowledgements so far do not count. They stay in notify.acknowledgement.
create or replace function notify.begin_round(p_district int, p_alert bigint, p_now timestamptz) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    with begun as (
        update notify.alert set round = round + 1, asked_at = p_now, acknowledged_at = null, acknowledged_by = null
         where district_id = p_district and alert_id = p_alert
        returning district_id, alert_id, round)
    insert into notify.round (district_id, alert_id, round) select district_id, alert_id, round from begun;
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

-- When something that is due in steady time will be due by the clocks that people read.
create or replace function notify.wall(p_steady timestamptz) returns timestamptz
language sql stable as $$
    select p_steady + coalesce((select c.wall_at - c.steady_at from notify.clock c), interval '0')
$$;

-- Acknowledgement --------------------------------------------------------------------------------------------

-- Somebody has the alert: once so many people as its rules ask have said so in this round, later escalation steps are
-- not alerted. It belongs to what is known now: a worse call begins a new round. By token, or for a signed-in person
-- (r_sign_in.sql). A late one, when the call is over, is kept.
create or replace function notify.acknowledge(p_district int, p_alert bigint, p_by text) returns boolean
language sql security definer set search_path = notify, pg_temp as $$
    select from notify.alert where district_id = p_district and alert_id = p_alert for update;
    insert into notify.acknowledgement (district_id, alert_id, round, by, late)
    select a.district_id, a.alert_id, a.round, p_by, a.state = 'closed'
      from notify.alert a
     where a.district_id = p_district and a.alert_id = p_alert
       and not exists (select from notify.acknowledgement k
                        where (k.district_id, k.alert_id, k.round, k.by)
                              = (a.district_id, a.alert_id, a.round, p_by));
    update notify.alert a
       set state = case when a.state = 'open' then 'acknowledged' else a.state end, acknowledged_at = now(),
           acknowledged_by = p_by
     where a.district_id = p_district and a.alert_id = p_alert and a.acknowledged_at is null
       and a.acks <= (select count(*) from notify.acknowledgement k
                       where (k.district_id, k.alert_id, k.round) = (a.district_id, a.alert_id, a.round));
    update notify.delivery d set state = 'cancelled', reason = 'acknowledged'
      from notify.alert a
     where a.district_id = p_district and a.alert_id = p_alert and a.acknowledged_at is not null
       and d.district_id = p_district and d.alert_id = p_alert and d.state = 'queued' and d.kind = 'first'
       and d.wave > 1;
    select notify.look_now(p_district, p_alert);
    select true;
$$;

-- What changes what is to be told ------------------------------------------------------------------------------

-- Notes that the rules or the roles of a district changed.
create or replace function notify.note_change() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if tg_op <> 'INSERT' then
        insert into notify.changed (district_id) values (old.district_id) on conflict do nothing;
    end if;
    if tg_op <> 'DELETE' then
        insert into notify.changed (district_id) values (new.district_id) on conflict do nothing;
    end if;
    return null;
end $$;
create or replace trigger note_change after insert or update or delete on notify.rule
    for each row execute function notify.note_change();
create or replace trigger note_change after insert or update or delete on people.role
    for each row execute function notify.note_change();
create or replace trigger note_change after insert or delete on people.role_school
    for each row execute function notify.note_change();
create or replace trigger note_change after insert or delete on people.role_feeder
    for each row execute function notify.note_change();

create or replace trigger note_change after insert or update or delete on district.calendar_day
    for each row execute function notify.note_change();
create or replace trigger note_change after insert or update or delete on district.bell
    for each row execute function notify.note_change();

create or replace trigger note_change after insert or update or delete on people.absence
    for each row execute function notify.note_change();

-- What failed of open alerts for contacts whose address is another one now does not count any more: round 0.
create or replace function notify.forget_failures(p_contacts int[]) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    update notify.delivery d set round = 0
      from people.role r join notify.alert a using (district_id)
     where r.role_id = any(p_contacts) and a.state in ('open', 'acknowledged')
       and (d.district_id, d.alert_id) = (a.district_id, a.alert_id) and d.contact_id = r.role_id
       and d.state in ('failed', 'expired') and d.round = a.round;
$$;

-- What these contacts were told by a channel went to somebody else: who is the contact now was told nothing. A name that
-- is spelled another way makes nobody somebody else. p_channel null: by all channels.
create or replace function notify.forget_told(p_contacts int[], p_channel text) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    update notify.delivery d set of_former = true
      from people.role r join notify.alert a using (district_id)
     where r.role_id = any(p_contacts) and a.state <> 'held' and a.created_at > now() - interval '7 days'
       and (d.district_id, d.alert_id) = (a.district_id, a.alert_id) and d.contact_id = r.role_id
       and d.channel = coalesce(p_channel, d.channel) and d.state in ('sending', 'sent', 'delivered', 'unknown')
       and not d.of_former;
$$;

-- A role of a contact has another person or other addresses now.
create or replace function notify.note_contact() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform notify.forget_failures(array[new.role_id]);
    if old.person_id <> new.person_id then
        perform notify.forget_told(array[new.role_id], null);
    end if;
    return null;
end $$;
create or replace trigger note_contact after update on people.role
    for each row when (new.role = 'contact' and (old.person_id, old.channels) is distinct from
                                                (new.person_id, new.channels))
    execute function notify.note_contact();

-- Notes the districts of a person whose name, address or state changed.
create or replace function notify.note_person() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_contacts int[] := array(
        select r.role_id from people.role r where r.person_id = new.person_id and r.role = 'contact');
begin
    insert into notify.changed (district_id)
    select distinct r.district_id from people.role r where r.person_id = new.person_id
    on conflict do nothing;
    if (old.email, old.phone) is distinct from (new.email, new.phone) then
        perform notify.forget_failures(v_contacts);
    end if;
    if lower(old.email) is distinct from lower(new.email) then
        perform notify.forget_told(v_contacts, 'email');
    end if;
    if old.phone is distinct from new.phone then
        perform notify.forget_told(v_contacts, 'sms');
    end if;
    return null;
end $$;
create or replace trigger note_person after update on people.person
    for each row when ((old.name, old.email, old.phone, old.active) is distinct from
                       (new.name, new.email, new.phone, new.active))
    execute function notify.note_person();

-- A person's webhook leads elsewhere now.
create or replace function notify.note_webhook() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_contacts int[] := array(
        select r.role_id from people.role r where r.person_id = new.person_id and r.role = 'contact');
begin
    insert into notify.changed (district_id)
    select distinct r.district_id from people.role r where r.person_id = new.person_id
    on conflict do nothing;
    perform notify.forget_failures(v_contacts);
    perform notify.forget_told(v_contacts, 'webhook');
    return null;
end $$;
create or replace trigger note_webhook after update on people.webhook
    for each row when (old.url is distinct from new.url)
    execute function notify.note_webhook();

-- By this channel nobody could send for a minute, and now somebody can: alerts that were decided without it are looked
-- at again. Alerts that a budget holds are not: no call changed. Times are steady time.
create or replace function notify.note_provider() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if tg_op = 'UPDATE' and old.seen_at > new.seen_at - interval '1 minute' then
        return null;
    end if;
    if not exists (select from notify.provider p
                    where (p.channel, p.replay) = (new.channel, new.replay) and p.instance <> new.instance
                      and p.seen_at > new.seen_at - interval '1 minute') then
        update notify.alert a set look_at = '-infinity'
         where (a.mode = 'replay') = new.replay
           and (a.state in ('open', 'acknowledged') and a.created_at > now() - interval '7 days'
                or a.state = 'closed' and a.created_at > now() - interval '1 day');
    end if;
    return null;
end $$;
create or replace trigger note_provider after insert or update of seen_at on notify.provider
    for each row execute function notify.note_provider();

-- Roles and absences that began or ended since the last look have changed their district.
create or replace function notify.note_turns() returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    insert into notify.changed
    select distinct t.district_id from people.turn t, notify.roster_seen s where t.at > s.at and t.at <= now()
    on conflict do nothing;
    update notify.roster_seen s set at = now()
     where s.at > now() -- the clock was set back
        or exists (select from people.turn t where t.at > s.at and t.at <= now());
end $$;

-- Puts the open calls of districts that changed into the outbox, and the calls of the open alerts of the last week.
create or replace function notify.look_at_changed() returns bigint
language sql security definer set search_path = pg_catalog, pg_temp as $$
    select notify.note_turns();
    with gone as (delete from notify.changed returning district_id),
    changed as (select distinct district_id from gone),
    put as (
        insert into district.outbox (district_id, agency_id, incident_no, mode, first)
        select a.district_id, a.agency_id, a.incident_no, a.mode, false
          from changed c join notify.alert a using (district_id)
         where a.state in ('open', 'acknowledged') and a.subject_kind = 'call'
           and a.created_at > now() - interval '7 days'
        union
        select i.district_id, i.agency_id, i.incident_no, i.mode, false
          from changed c join district.incident i using (district_id)
         where i.status = 'open' and i.mode <> 'backfill' and i.opened_at > now() - interval '1 day'
           and i.school_id is not null
        returning 1),
    storms as (
        update notify.alert a set look_at = '-infinity' from changed c
         where a.district_id = c.district_id and a.subject_kind = 'storm' and a.state in ('open', 'acknowledged'))
    select count(*) from put;
$$;
