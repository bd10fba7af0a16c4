-- Whom a school's alerts may reach, what was said to whom, and what a claimed message needs, whatever it is about.
-- Repeatable: applied again whenever this file changes, so edit it in place (CONTRIBUTING.md).

-- The bodies below name functions of a later file.
set local check_function_bodies = off;

-- The contacts of a school, as they are now: the step, and by which channels there is an address. no_more: by that
-- channel the contact wants no messages. A column for each channel has the channel's name. A function, as are those
-- below, so that it is asked of the few schools of a statement and never of all.
create or replace function notify.contacts_of(p_district int, p_school int)
returns table (
    district_id int, school_id int, contact_id int, person_id int, code text, name text, step int, sealed boolean,
    email boolean, sms boolean, webhook boolean, no_more_email boolean, no_more_sms boolean, no_more_webhook boolean,
    quiet_priority int, quiet_from time, quiet_to time)
language sql stable as $$
    select p_district, p_school, c.contact_id, c.person_id, c.code, c.name,
           least(c.step, (select min(i.step) from people.standing_in i
                           where (i.role_id, i.school_id) = (c.contact_id, p_school)))::int,
           c.sealed, coalesce(c.email, '') <> '', coalesce(c.phone, '') <> '' and not o.opted_out,
           coalesce(c.webhook, '') <> '', false, o.opted_out, false, c.quiet_priority::int, c.quiet_from, c.quiet_to
      from people.contacts_who_may_cover(p_district, p_school) c
     cross join lateral (select notify.opted_out(p_district, c.phone) as opted_out) o
     where c.active
       and (c.scope = 'district' or exists (select from people.covered l
                                             where (l.role_id, l.school_id) = (c.contact_id, p_school)))
$$;

-- What each contact was told of an alert by each channel: the last message that was sent, or may have been. What went
-- to somebody who is not the contact any more does not count, and neither does a contact who was deleted: there is no
-- address for anything more. lost_us: when one failed since, in steady time; 0: none.
create or replace function notify.tellings_of(p_district int, p_alert bigint)
returns table (
    district_id int, alert_id bigint, contact_id int, channel text, waiting boolean, failed boolean, round int,
    said jsonb, unknown boolean, repeated boolean, delivery_id bigint, ended_us bigint, lost_us bigint, tried jsonb)
language sql stable as $$
    select p_district, p_alert, t.contact_id, t.channel, t.waiting, coalesce(t.lost > coalesce(t.last, 0), false),
           coalesce(l.round, 1), l.content, coalesce(l.state = 'unknown', false), l.repeat_of is not null,
           coalesce(l.delivery_id, 0), coalesce((extract(epoch from l.next_at) * 1000000)::bigint, 0),
           coalesce((extract(epoch from f.next_at) * 1000000)::bigint, 0), f.content
      from (select d.contact_id, d.channel, bool_or(d.state = 'queued') as waiting,
                   max(d.delivery_id) filter (where d.state in ('sending', 'sent', 'delivered', 'unknown')
                                                and d.content ? 'now' and not d.of_former) as last,
                   max(d.delivery_id) filter (where d.state in ('failed', 'expired') and d.round = a.round) as lost
              from notify.alert a join notify.delivery d using (district_id, alert_id)
             where (a.district_id, a.alert_id) = (p_district, p_alert)
               and exists (select from people.contact c where c.contact_id = d.contact_id)
             group by d.contact_id, d.channel) t
      left join lateral notify.delivery_of(p_district, t.last) l on true
      left join lateral notify.delivery_of(p_district, t.lost) f on true
$$;

-- Whether a message tells its present contact of something that goes on. A withdrawal does not. Neither does one that
-- went to a former person, or to a former name or address (round 0).
create or replace function notify.tells(d notify.delivery) returns boolean
language sql immutable as $$ select d.kind <> 'withdrawn' and not d.of_former and d.round > 0 $$;

-- Whether a message was tried, and waits for its next try. What quiet hours have held since then, or a new round asks
-- again, begins anew (notify.put_deliveries): it waits as if it had not been tried.
create or replace function notify.tried(d notify.delivery) returns boolean
language sql immutable as $$ select d.attempts > 0 and d.due_at is not null $$;

-- Whether there are quiet hours that may hold back a message to this contact.
create or replace function notify.has_quiet_hours(p_district int, p_contact int) returns boolean
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select exists (select from people.role r where r.role_id = p_contact and r.quiet_from is not null)
           or exists (select from notify.rule r
                       where r.district_id = p_district and r.active and r.quiet_from is not null)
$$;

-- One delivery. It stays a query of its own, so that keys are looked up one by one, however few rows the planner thinks
-- there are.
create or replace function notify.delivery_of(p_district int, p_delivery bigint) returns setof notify.delivery
language sql stable rows 1 as $$
    select d.* from notify.delivery d where (d.district_id, d.delivery_id) = (p_district, p_delivery) offset 0
$$;

-- What a delivery says before its own message, to the same contact by the same channel: the last one.
create or replace function notify.said_before(d notify.delivery)
returns table (delivery_id bigint, content jsonb, round int, kind text, said_at timestamptz, state text)
language sql stable rows 1 as $$
    select e.delivery_id, e.content, e.round, e.kind, e.said_at, e.state
      from notify.delivery e
     where (e.district_id, e.alert_id, e.contact_id, e.channel) = (d.district_id, d.alert_id, d.contact_id, d.channel)
       and e.delivery_id <> d.delivery_id and e.state in ('sending', 'sent', 'delivered', 'unknown')
       and e.content ? 'now' and not e.of_former
     order by e.delivery_id desc limit 1
$$;

-- The same, of what surely was told: its content.
create or replace function notify.said_surely(d notify.delivery) returns jsonb
language sql stable as $$
    select e.content
      from notify.delivery e
     where (e.district_id, e.alert_id, e.contact_id, e.channel) = (d.district_id, d.alert_id, d.contact_id, d.channel)
       and e.delivery_id <> d.delivery_id and e.state in ('sent', 'delivered') and e.content ? 'now' and not e.of_former
     order by e.delivery_id desc limit 1
$$;

-- The contacts of an alert but for one, as the page behind a link shows them: name and role, if there is such a contact
-- still, the best state of the messages to each, and until when the message waits for the end of quiet hours. That an
-- alert is withdrawn tells nobody of it.
create or replace function notify.others_told(p_district int, p_alert bigint, p_but int) returns json
language plpgsql stable as $$
begin
    return (
    select coalesce(json_agg(json_build_object('to', case when b.name is not null
                                                          then json_build_object('name', b.name, 'role', b.role) end,
                                               'state', b.state, 'waits_until', liaison.iso(b.until))
                             order by b.name nulls first, b.contact_id), '[]')
      from (select distinct on (v.contact_id) v.contact_id, v.state, q.name, q.role, notify.waits_until(v) as until
              from notify.delivery v left join people.contact q using (district_id, contact_id)
             where v.district_id = p_district and v.alert_id = p_alert and v.contact_id <> p_but
               and v.kind <> 'withdrawn'
             order by v.contact_id, array_position(array['delivered', 'sent', 'unknown', 'sending', 'queued', 'failed',
                                                         'expired', 'cancelled'], v.state)) b);
end $$;

-- The messages before this one, of a channel whose messages name them: ids and times (s), as "id,time id,time".
create or replace function notify.earlier_ids(d notify.delivery) returns text language sql stable as $$
    select coalesce(string_agg(x.message_id || ',' || x.said, ' ' order by x.said, x.message_id), '')
      from (select e.message_id, max(extract(epoch from e.said_at)::bigint) as said
              from notify.delivery e
             where (e.district_id, e.alert_id, e.contact_id, e.channel)
                   = (d.district_id, d.alert_id, d.contact_id, d.channel)
               and e.message_id <> d.message_id and e.said_at is not null
               and e.state in ('sent', 'delivered', 'unknown') and e.content ? 'now'
             group by e.message_id order by 2 desc limit 50) x
$$;

drop function if exists notify.due(jsonb, bigint);
-- The claimed deliveries p_keys ([{"district_id", "delivery_id"}]), with all that does not depend on what they are
-- about: where each goes, what its contact was told last, and in which words. turn: their order. opted_out: its
-- contact wants no messages by this channel. sure_content: what its contact surely was told last, if the last message
-- may be lost. tried_s: of a repetition, how long ago (seconds) what it repeats was tried first. p_now: steady time in
-- microseconds.
create function notify.due(p_keys jsonb, p_now bigint)
returns table (
    turn bigint, subject_kind text, district_id int, delivery_id bigint, alert_id bigint, contact_id int,
    person_id int, channel text, planned text, step int, attempts int, message_id text, round int, severity int,
    alert_mode text, acknowledged boolean, ruled boolean, age_s bigint, email text, phone text, webhook text,
    webhook_secret text, earlier text, other_ids text, unknown_by text, tried_s bigint, addressee text,
    opted_out boolean, last_content jsonb, last_round int, last_kind text, last_said_at bigint, last_unknown boolean,
    sure_content jsonb, repeats_last boolean, repeats boolean,
    district text, zone text, hours24 boolean, language text, now bigint, templates text)
language sql stable as $$
    select k.turn, a.subject_kind, c.district_id, c.delivery_id, c.alert_id, c.contact_id, p.person_id, c.channel,
           c.kind, c.step::int, c.attempts::int, c.message_id, a.round, a.severity::int, a.mode,
           a.acknowledged_at is not null, a.ruled,
           extract(epoch from to_timestamp(p_now / 1e6) - c.due_at)::bigint, coalesce(p.email, ''),
           coalesce(p.phone, ''), coalesce(p.webhook, ''),
           case when c.channel = 'webhook' then coalesce(people.webhook_secret(c.contact_id), '') else '' end,
           case when c.channel = 'webhook' then notify.earlier_ids(c) else '' end,
           case when c.channel = 'sms' and c.repeat_of is not null
                then notify.other_ids(c.district_id, c.delivery_id, p.phone) else '' end,
           case when c.repeat_of is not null
                then coalesce(notify.last_provider(c.district_id, c.repeat_of), '') else '' end,
           case when c.repeat_of is not null
                then coalesce((select extract(epoch from now() - min(t.began_at))::bigint from notify.attempt t
                                where (t.district_id, t.delivery_id) = (c.district_id, c.repeat_of)), 0) else 0 end,
           encode(notify.addressee(p.name, case c.channel when 'email' then p.email when 'webhook' then p.webhook
                                           else p.phone end), 'hex'),
           c.channel = 'sms' and notify.opted_out(c.district_id, p.phone), l.content, l.round, l.kind,
           coalesce(extract(epoch from l.said_at)::bigint, 0), coalesce(l.state = 'unknown', false),
           case when l.state = 'unknown' then notify.said_surely(c) end, coalesce(l.delivery_id = c.repeat_of, false),
           c.repeat_of is not null, d.name, d.zone, d.hours24, coalesce(p.language, d.language),
           extract(epoch from now())::bigint,
           coalesce((select jsonb_object_agg(e.key, e.text)::text from notify.template e
                      where (e.district_id, e.language) = (d.district_id, coalesce(p.language, d.language))), '')
      from rows from (jsonb_to_recordset(p_keys) as (district_id int, delivery_id bigint))
           with ordinality as k(district_id, delivery_id, turn)
     cross join lateral notify.delivery_of(k.district_id, k.delivery_id) c
      join notify.alert a on (a.district_id, a.alert_id) = (c.district_id, c.alert_id)
      join district.district d on d.district_id = c.district_id
      join people.contact p on (p.district_id, p.contact_id) = (c.district_id, c.contact_id)
      left join lateral notify.said_before(c) l on true
$$;
