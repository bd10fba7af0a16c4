-- Handing an alert over: to whom it may be handed, to whom it is, and when that reaches nobody.
-- Repeatable: applied again whenever this file changes, so edit it in place (CONTRIBUTING.md).

-- The bodies below name functions of later files.
set local check_function_bodies = off;

drop function if exists notify.takers(int, bigint);
-- The contacts of the school of an alert that goes on, who may see the call now, in the order of their steps. reached:
-- by e-mail or text, whatever the rules ask for. There is an address, the number wants texts, a process can send by the
-- channel (while none runs, any will), and what went by it in this round did not fail for good. arrives: the same,
-- whatever processes run. A webhook goes to a system, which answers nobody.
create function notify.takers(p_district int, p_alert bigint)
returns table (contact_id int, person_id int, name text, role text, reached boolean, arrives boolean)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
    return query
    with failed as materialized (
        select t.contact_id, t.channel from notify.tellings_of(p_district, p_alert) t where t.failed)
    select c.contact_id, c.person_id, c.name, c.role, coalesce(w.reached, false), w.reached is not null
      from notify.alert a
     cross join lateral people.contacts_who_may_cover(a.district_id, a.school_id) c
     cross join lateral notify.sight(c.district_id, c.contact_id, a.school_id, a.agency_id, a.incident_no) v
     cross join lateral (
           select bool_or(not exists (select from notify.present)
                          or exists (select from notify.present p
                                      where (p.channel, p.replay) = (w.channel, a.mode = 'replay'))) as reached
             from (values ('email', c.email), ('sms', c.phone)) as w(channel, address)
            where w.address <> '' and not (w.channel = 'sms' and notify.opted_out(p_district, c.phone))
              and not exists (select from failed f where (f.contact_id, f.channel) = (c.contact_id, w.channel))) w
     where (a.district_id, a.alert_id) = (p_district, p_alert) and a.subject_kind = 'call' and a.state <> 'closed'
       and c.active and v.says is not null
     order by c.step, c.name, c.contact_id;
end $$;

-- The contacts who may be handed an alert: the takers whom a message reaches, and who do not have it.
create or replace function notify.may_take(p_district int, p_alert bigint)
returns table (contact_id int, person_id int, name text, role text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
    return query
    select t.contact_id, t.person_id, t.name, t.role from notify.takers(p_district, p_alert) t where t.reached
       and not exists (select from notify.holders(p_district, p_alert) h where h.who = notify.who(t.person_id, t.name));
end $$;

drop function if exists notify.handed(int, bigint);
-- The hand-overs of an alert's round of which neither the giver nor whom it is handed to has said anything since. A
-- hand-over is to a person: contact_id is null if the contact's row is somebody else's by now, or is deleted. back: it
-- did not reach whom it names (by), and is the giver's again.
create function notify.handed(p_district int, p_alert bigint)
returns table (ack_id bigint, contact_id int, by text, back boolean, to_contact int, to_person int, to_name text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
    return query
    select coalesce(b.ack_id, k.ack_id), case when b.ack_id is null then t.contact_id else g.contact_id end,
           coalesce(b.by, k.by), b.ack_id is not null, k.to_contact, k.to_person, k.to_name
      from notify.alert a
      join notify.acknowledgement k on (k.district_id, k.alert_id, k.round) = (a.district_id, a.alert_id, a.round)
      left join lateral (
           select r.role_id as contact_id from people.role r join people.person p using (person_id)
            where r.role_id = k.to_contact
              and notify.who(p.person_id, p.name) = notify.who(k.to_person, k.to_name)) t on true
      left join lateral (
           select l.ack_id, l.by from notify.acknowledgement l
            where (l.district_id, l.alert_id, l.kind, l.contact_id)
                  = (k.district_id, k.alert_id, 'not_arrived', k.to_contact)
              and l.ack_id > k.ack_id order by l.ack_id limit 1) b on true
     cross join lateral (
           select min(c.role_id) as contact_id from people.role c join people.person p using (person_id)
            where (c.district_id, c.role) = (k.district_id, 'contact') and c.person_id = k.person_id
              and c.role_id = coalesce(k.contact_id, c.role_id) and notify.who(p.person_id, p.name) = k.who) g
     where (a.district_id, a.alert_id) = (p_district, p_alert) and a.state <> 'closed'
       and k.kind = 'handed_over' and k.to_name is not null and (b.ack_id is null or g.contact_id is not null)
       and not exists (select from notify.acknowledgement l
                        where (l.district_id, l.alert_id) = (k.district_id, k.alert_id) and l.ack_id > k.ack_id
                          and l.kind not in ('comment', 'not_arrived')
                          and l.who in (k.who, notify.who(k.to_person, k.to_name)));
end $$;

-- Whether the alert is handed to this contact. A view asks this, and not notify.handed, which may be dropped.
create or replace function notify.is_handed(p_district int, p_alert bigint, p_contact int) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return exists (select from notify.handed(p_district, p_alert) h where h.contact_id = p_contact);
end $$;

drop function if exists notify.end_lost_hand_over(int, bigint); -- it knows from now on who is being deleted
-- Ends the hand-overs that cannot reach whom they name: all messages to that contact failed, or the contact has left
-- the school, may not see the call any more, or is somebody else by now. p_gone: a contact who is being deleted; what
-- is handed to that one ends. The alert is looked at again: the giver is told, and the next step asked. Both have their
-- time to answer.
create or replace function notify.end_lost_hand_over(p_district int, p_alert bigint, p_gone int default null)
returns void
language sql as $$
    with lost as (
        insert into notify.acknowledgement (district_id, alert_id, round, by, late, kind, person_id, contact_id,
                                            steady_at)
        select a.district_id, a.alert_id, a.round, h.to_name, false, 'not_arrived',
               case when p_gone is null
                    then (select p.person_id from people.person p where p.person_id = h.to_person) end,
               h.to_contact, notify.steady()
          from notify.alert a cross join lateral notify.handed(a.district_id, a.alert_id) h
         where (a.district_id, a.alert_id) = (p_district, p_alert) and not h.back
           and case when p_gone is null
                    then not exists (select from notify.takers(p_district, p_alert) t
                                      where t.contact_id = h.contact_id and t.arrives)
                    else h.to_contact = p_gone end
        returning district_id, alert_id)
    update notify.alert a set look_at = '-infinity', released_at = notify.steady()
      from (select distinct district_id, alert_id from lost) l
     where (a.district_id, a.alert_id) = (l.district_id, l.alert_id)
$$;

-- A contact is being deleted: what was handed to them has not arrived, and while they have a name it can be said so.
create or replace function notify.note_deleted() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform notify.end_lost_hand_over(a.district_id, a.alert_id, old.role_id)
       from notify.alert a
      where a.district_id = old.district_id and a.state in ('open', 'acknowledged')
        and exists (select from notify.acknowledgement k
                     where (k.district_id, k.alert_id, k.to_contact) = (a.district_id, a.alert_id, old.role_id));
    return old;
end $$;
create or replace trigger note_deleted before delete on people.role
    for each row when (old.role = 'contact') execute function notify.note_deleted();
