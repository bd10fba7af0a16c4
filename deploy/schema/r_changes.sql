-- What changes what is to be told: triggers note it, and notify looks at it again.
-- Repeatable: applied again whenever this file changes, so edit it in place (CONTRIBUTING.md).

-- The bodies below name functions of later files.
set local check_function_bodies = off;

-- Notes that something of a district changed by which it is decided who is told of what (notify.contacts_of, rules,
-- calendars). What begins or ends by its date is for notify.note_turns.
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
create or replace trigger note_change after insert or update or delete on people.role_school
    for each row execute function notify.note_change();
create or replace trigger note_change after insert or update or delete on people.role_feeder
    for each row execute function notify.note_change();
create or replace trigger note_change after insert or update or delete on district.school_feeder
    for each row execute function notify.note_change();

create or replace trigger note_change after update on district.district
    for each row when ((old.zone, old.hours_start, old.hours_end) is distinct from
                       (new.zone, new.hours_start, new.hours_end))
    execute function notify.note_change();
create or replace trigger note_change after insert or update or delete on district.calendar_day
    for each row execute function notify.note_change();
create or replace trigger note_change after insert or update or delete on district.bell
    for each row execute function notify.note_change();

create or replace trigger note_change after insert or update or delete on people.absence
    for each row execute function notify.note_change();

drop function if exists notify.forget_failures(int[]);
-- What failed of open alerts for contacts whose address is another one now, or who want texts again (p_channel null:
-- all channels), does not count any more: round 0. Returns whether there was something.
create or replace function notify.forget_failures(p_contacts int[], p_channel text default null) returns boolean
language sql security definer set search_path = pg_catalog, pg_temp as $$
    with gone as (
        update notify.delivery d set round = 0
          from people.role r, notify.alert a
         where r.role_id = any(p_contacts) and (d.district_id, d.contact_id) = (r.district_id, r.role_id)
           and d.channel = coalesce(p_channel, d.channel) and d.created_at > now() - interval '7 days'
           and d.state in ('failed', 'expired')
           and (a.district_id, a.alert_id) = (d.district_id, d.alert_id) and a.state in ('open', 'acknowledged')
           and d.round = a.round
        returning 1)
    select exists (select from gone);
$$;

-- What these contacts were told went to somebody else: who is the contact now was told nothing.
create or replace function notify.forget_told(p_contacts int[]) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    update notify.delivery d set of_former = true
      from people.role r
     where r.role_id = any(p_contacts) and (d.district_id, d.contact_id) = (r.district_id, r.role_id)
       and d.created_at > now() - interval '7 days'
       and d.state in ('sending', 'sent', 'delivered', 'unknown') and not d.of_former;
$$;

-- The letters of a name, by which another spelling of it is told from another name.
create or replace function notify.letters(p_name text) returns text
language sql immutable as $$ select regexp_replace(lower(p_name), '[^[:alnum:]]', '', 'g') $$;

-- These contacts have another address for a channel, or another name (p_channel null: all channels), and may be
-- somebody else at the same address. Nobody knows whether they read what went out before: it counts for no round (0).
-- They are asked again while a call is open, and hear of its end.
create or replace function notify.ask_again(p_contacts int[], p_channel text) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    update notify.delivery d set round = 0
      from people.role r
     where r.role_id = any(p_contacts) and (d.district_id, d.contact_id) = (r.district_id, r.role_id)
       and d.channel = coalesce(p_channel, d.channel) and d.created_at > now() - interval '7 days'
       and d.state in ('sending', 'sent', 'delivered', 'unknown');
$$;

-- A role of a contact has another person or other addresses now.
create or replace function notify.note_contact() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform notify.forget_failures(array[new.role_id]);
    if old.person_id <> new.person_id then
        perform notify.forget_told(array[new.role_id]);
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
    if (lower(old.email), old.phone) is distinct from (lower(new.email), new.phone) then
        perform notify.forget_failures(v_contacts);
    end if;
    if notify.letters(old.name) <> notify.letters(new.name) then
        perform notify.ask_again(v_contacts, null);
    end if;
    if lower(old.email) is distinct from lower(new.email) then
        perform notify.ask_again(v_contacts, 'email');
    end if;
    if old.phone is distinct from new.phone then
        perform notify.ask_again(v_contacts, 'sms');
    end if;
    return null;
end $$;
create or replace trigger note_person after update on people.person
    for each row when ((old.name, old.email, old.phone, old.active) is distinct from
                       (new.name, new.email, new.phone, new.active))
    execute function notify.note_person();

-- A person has a webhook now, has none any more, or it leads elsewhere.
create or replace function notify.note_webhook() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_person constant int := case tg_op when 'DELETE' then old.person_id else new.person_id end;
    v_contacts int[] := array(select r.role_id from people.role r where r.person_id = v_person and r.role = 'contact');
begin
    insert into notify.changed (district_id)
    select distinct r.district_id from people.role r where r.person_id = v_person
    on conflict do nothing;
    perform notify.forget_failures(v_contacts);
    perform notify.ask_again(v_contacts, 'webhook');
    return null;
end $$;
create or replace trigger note_webhook after update on people.webhook
    for each row when (old.url is distinct from new.url)
    execute function notify.note_webhook();
create or replace trigger note_webhook_row after insert or delete on people.webhook
    for each row execute function notify.note_webhook();

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

-- Roles, absences and feeder patterns that began or ended since the last look have changed their district.
create or replace function notify.note_turns() returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    insert into notify.changed
    select distinct t.district_id from people.turn t, notify.roster_seen s, notify.wall_clock w
     where t.at > s.at and t.at <= w.at
    on conflict do nothing;
    update notify.roster_seen s set at = w.at
      from notify.wall_clock w
     where s.at > w.at -- the clock was set back by a day or more
        or exists (select from people.turn t where t.at > s.at and t.at <= w.at);
end $$;

-- Puts the open calls of districts that changed into the outbox, and the calls of the open alerts of the last week.
create or replace function notify.look_at_changed() returns bigint
language sql security definer set search_path = pg_catalog, pg_temp as $$
    select notify.note_turns();
    with gone as (delete from notify.changed returning district_id, at),
    seen as (
        update notify.clock c set seen_at = g.at
          from (select max(at) as at from gone where at < now() + interval '1 day') g where g.at > c.seen_at),
    changed as (select distinct district_id from gone),
    waiting as materialized ( -- of what is over, too, somebody may be still to be told
        select a.*
          from (select distinct c.district_id, d.alert_id
                  from changed c
                 cross join lateral (select v.alert_id from notify.delivery v
                                      where v.district_id = c.district_id and v.state = 'queued' offset 0) d) w
         cross join lateral (select a.* from notify.alert a
                              where (a.district_id, a.alert_id) = (w.district_id, w.alert_id) offset 0) a
         where a.state = 'closed'),
    put as (
        insert into district.outbox (district_id, agency_id, incident_no, mode, first)
        select a.district_id, a.agency_id, a.incident_no, a.mode, false
          from changed c join notify.alert a using (district_id)
         where a.state in ('open', 'acknowledged') and a.subject_kind = 'call'
           and a.created_at > now() - interval '7 days'
        union
        select w.district_id, w.agency_id, w.incident_no, w.mode, false from waiting w where w.subject_kind = 'call'
        union
        select i.district_id, i.agency_id, i.incident_no, i.mode, false
          from changed c join district.incident i using (district_id)
         where i.status = 'open' and i.mode <> 'backfill' and i.opened_at > now() - interval '1 day'
           and i.school_id is not null
        returning 1),
    storms as (
        update notify.alert a set look_at = '-infinity' from changed c
         where a.district_id = c.district_id and a.subject_kind = 'storm' and a.state in ('open', 'acknowledged')),
    over as (
        update notify.alert a set look_at = '-infinity' from waiting w
         where (a.district_id, a.alert_id) = (w.district_id, w.alert_id) and w.subject_kind = 'storm')
    select count(*) from put;
$$;
