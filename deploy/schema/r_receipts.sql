-- What providers, mail servers and contacts say of messages: receipts, bounces, and texts that come in.
-- Repeatable: applied again whenever this file changes, so edit it in place (CONTRIBUTING.md).

-- Receipts -------------------------------------------------------------------------------------------------

-- What the receipts of a delivery say together, whatever order they came in: sent, failed or delivered; null: nothing
-- yet. A text in parts is delivered when all parts are, and failed when one is. A try that failed says nothing of a
-- later one (p_attempts: tries so far); a try that arrived is enough.
create or replace function notify.receipts_say(p_district int, p_delivery bigint, p_attempts int) returns text
language sql stable as $$
    with part as (
        select attempt, part, max(parts) as parts, bool_or(state = 'delivered') as delivered,
               bool_or(state = 'failed') as failed, bool_or(state <> 'delayed') as taken
          from notify.receipt
         where (district_id, delivery_id) = (p_district, p_delivery)
         group by attempt, part),
    try as (
        select attempt, count(*) filter (where delivered) >= max(parts) as delivered,
               bool_or(failed and not delivered) as failed, bool_or(taken) as taken
          from part group by attempt)
    select case when bool_or(delivered) then 'delivered'
                when bool_or(failed and attempt >= p_attempts) then 'failed'
                when bool_or(taken and not failed) then 'sent' end
      from try
$$;

-- Whether a delivery in this state moves to what its receipts say. States only move up: sent, failed, delivered. A
-- message that counts as not taken, and waits for its next try or was given up, was taken if a receipt says so.
create or replace function notify.receipt_moves(p_state text, p_attempts int, p_says text) returns boolean
language sql immutable as $$
    select case p_says
           when 'delivered' then p_state <> 'delivered' and p_attempts > 0
           when 'failed' then p_state in ('sending', 'sent', 'unknown')
           when 'sent' then p_state in ('sending', 'unknown', 'expired') or p_state = 'queued' and p_attempts > 0
           else false end
$$;

-- Writes a receipt down and moves its delivery. Returns the new state, or null if it stays. Called with the
-- delivery's row locked. The alert is looked at: somebody may have to be told another way, and a repetition may be
-- needless.
create or replace function notify.note_receipt(d notify.delivery, p_attempt int, p_provider text, p_provider_id text,
    p_state text, p_kind text, p_code text, p_part int, p_parts int) returns text
language plpgsql as $$
declare
    v_says text;
begin
    insert into notify.receipt (district_id, delivery_id, attempt, provider, state, kind, code, part, parts)
    values (d.district_id, d.delivery_id, p_attempt, p_provider, p_state, p_kind, p_code, p_part, p_parts)
    on conflict do nothing;
    v_says := notify.receipts_say(d.district_id, d.delivery_id, d.attempts);
    if notify.receipt_moves(d.state, d.attempts, v_says) is not true then
        return null;
    end if;
    update notify.delivery
       set state = v_says, lease_until = null, leased_by = null, sent_at = coalesce(sent_at, now()),
           reason = case when v_says = 'failed' then 'undelivered' end,
           error = case when v_says = 'failed' then rtrim(p_provider || ' ' || p_code) end,
           next_at = case when v_says = 'failed' then notify.steady() else next_at end,
           provider_id = coalesce(provider_id, nullif(p_provider_id, ''))
     where (district_id, delivery_id) = (d.district_id, d.delivery_id);
    -- A receipt may come before the answer to the try. Then it is the end of the try.
    update notify.attempt
       set ended_at = now(), outcome = case when v_says = 'failed' then 'failed' else 'sent' end,
           reason = case when v_says = 'failed' then 'undelivered' end, provider_id = nullif(p_provider_id, '')
     where (district_id, delivery_id, attempt) = (d.district_id, d.delivery_id, p_attempt) and ended_at is null;
    if v_says <> 'failed' then
        update notify.delivery set state = 'cancelled', reason = 'nothing_new'
         where district_id = d.district_id and alert_id = d.alert_id and repeat_of = d.delivery_id and state = 'queued';
    end if;
    perform notify.look_now(d.district_id, d.alert_id);
    return v_says;
end $$;

-- What a provider of texts says of one that it took. The message is named by p_reference, which went out with it
-- ("district.delivery.attempt"), or else by the provider's own id. No row: there is no such message, which is
-- harmless. moved: the state that the delivery is in now, null if the receipt changed nothing.
create or replace function notify.take_receipt(p_provider text, p_provider_id text, p_reference text, p_state text,
    p_kind text, p_code text, p_part int, p_parts int)
returns table (district_id int, alert_id bigint, moved text)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    v_reference bigint[];
    d notify.delivery;
begin
    if p_reference ~ '^\d{1,9}\.\d{1,18}\.\d{1,4}$' then
        v_reference := string_to_array(p_reference, '.')::bigint[];
        select * into d from notify.delivery
         where district_id = v_reference[1] and delivery_id = v_reference[2] and channel = 'sms'
           and attempts >= v_reference[3] for update;
    elsif p_provider_id <> '' then
        select * into d from notify.delivery where provider_id = p_provider_id and channel = 'sms'
         order by delivery_id desc limit 1 for update;
    end if;
    if d.delivery_id is not null then
        return query select d.district_id, d.alert_id,
                            notify.note_receipt(d, coalesce(v_reference[3]::int, d.attempts), p_provider, p_provider_id,
                                                p_state, p_kind, p_code, p_part, p_parts);
    end if;
end $$;

-- What a mail server says of a message, by the part of its Message-ID before the @, which is also in the address to
-- which it returns. That part is random: whoever has not seen the message cannot name it. Result as of take_receipt.
create or replace function notify.take_bounce(p_token text, p_state text, p_kind text, p_code text)
returns table (district_id int, alert_id bigint, moved text)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    d notify.delivery;
begin
    select * into d from notify.delivery
     where split_part(message_id, '@', 1) = p_token and channel = 'email' and attempts > 0
     order by delivery_id desc limit 1 for update;
    if found then
        return query select d.district_id, d.alert_id,
                            notify.note_receipt(d, d.attempts, 'mail', '', p_state, p_kind, p_code, 1, 1);
    end if;
end $$;

-- Texts that come in ---------------------------------------------------------------------------------------

-- What a text of one word means: the words that the law and the providers' rules name, in English and Spanish, and
-- those by which an alert is acknowledged. A word is compared as notify.fold_reply writes it.
create or replace view notify.reply_word (word, means) as
values ('STOP', 'stop'), ('STOPALL', 'stop'), ('UNSUBSCRIBE', 'stop'), ('CANCEL', 'stop'), ('END', 'stop'),
       ('QUIT', 'stop'), ('REVOKE', 'stop'), ('OPTOUT', 'stop'), ('ALTO', 'stop'), ('PARAR', 'stop'),
       ('CANCELAR', 'stop'),
       ('START', 'start'), ('YES', 'start'), ('UNSTOP', 'start'),
       ('HELP', 'help'), ('INFO', 'help'), ('AYUDA', 'help'),
       ('OK', 'acknowledge'), ('1', 'acknowledge'), ('ACK', 'acknowledge'), ('SI', 'acknowledge'),
       ('SÍ', 'acknowledge');

-- A text that came in, without the blanks around it and the marks behind it, in capital letters of one width.
create or replace function notify.fold_reply(p_body text) returns text
language sql immutable as $$
    select btrim(regexp_replace(regexp_replace(upper(translate(normalize(p_body, NFKC), 'í', 'Í')), '\s+', ' ', 'g'),
                                '[.!, ]+$', ''))
$$;

-- A number, as opt-outs and replies keep it.
create or replace function notify.number_hash(p_number text) returns bytea
language sql stable as $$ select sha256(convert_to('number' || E'\n' || p_number, 'UTF8')) $$;

-- Whether a number wants no texts of this district.
create or replace function notify.opted_out(p_district int, p_number text) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return (
        select exists (select from notify.opt_out o
                        where o.number_hash = notify.number_hash(p_number) and o.channel = 'sms' and o.until is null
                          and (o.district_id is null or o.district_id = p_district)));
end $$;

drop function if exists notify.texted(text);
-- The alerts, alarms and drills that were texted to a number in the last days, to a person who has it now, and which of
-- them that person may still see. kind: alert (of a call or a storm), alarm or drill. at: the time that its message
-- names. mine: this person has it. waits: it was texted within 24 hours, and waits for this person: too few have it,
-- and this one has not; a drill: this contact has not confirmed it. texted_at: when it went out, however long it had
-- waited. said: what its text called it, as far as that may still be said, for notify.choice. (In PL/pgSQL, for it uses
-- functions of r_visibility.sql, which comes after this file.)
create function notify.texted(p_number text)
returns table (district_id int, alert_id bigint, contact_id int, contact_name text, kind text, severity int,
               school text, at timestamptz, mine boolean, waits boolean, texted_at timestamptz, said jsonb)
language plpgsql stable as $$
begin
    return query
    select distinct on (d.district_id, d.alert_id) d.district_id, d.alert_id, d.contact_id, p.name, k.kind,
           a.severity::int, s.name,
           coalesce(to_timestamp((d.content ->> 'opened')::bigint), i.opened_at, o.began_at, a.created_at), m.mine,
           d.texted_at > now() - interval '24 hours'
           and case k.kind when 'drill' then n.contact_id is null
                           else a.state = 'open' and a.acknowledged_at is null and not m.mine end, d.texted_at,
           case when a.subject_kind = 'storm' then '{"kind": "summary"}'
                when district.is_open(i.sensitivity) and district.is_open(d.content #>> '{now,sensitivity}')
                then jsonb_build_object('class', d.content #> '{now,class}', 'type', d.content #> '{now,type}')
                else '{}' end::jsonb
      from people.contacts_with_phone(p_number) p
     cross join lateral (select v.*, coalesce(v.sent_at, v.said_at, v.created_at) as texted_at from notify.delivery v
                          where (v.district_id, v.contact_id) = (p.district_id, p.contact_id) and v.channel = 'sms'
                            and v.state in ('sending', 'sent', 'delivered', 'unknown')
                            and v.created_at > now() - interval '7 days' offset 0) d
      join notify.alert a on (a.district_id, a.alert_id) = (d.district_id, d.alert_id)
     cross join lateral (select case when a.subject_kind in ('alarm', 'drill') then a.subject_kind
                                     else 'alert' end) k(kind)
     cross join lateral (
           select exists (select from notify.holders(a.district_id, a.alert_id) h
                           where h.who = notify.who(null, p.name)
                              or h.who = (select notify.who(r.person_id, p.name) from people.role r
                                           where r.role_id = p.contact_id))) m(mine)
      left join district.incident i on (i.district_id, i.agency_id, i.incident_no)
                                       = (a.district_id, a.agency_id, a.incident_no)
      left join notify.storm o on (o.district_id, o.storm_id) = (a.district_id, a.storm_id)
      left join notify.drill l on (l.district_id, l.drill_id) = (a.district_id, a.drill_id)
      left join notify.drill_answer n on (n.district_id, n.drill_id, n.contact_id)
                                         = (a.district_id, a.drill_id, d.contact_id)
      left join district.school s on (s.district_id, s.school_id) = (a.district_id, coalesce(a.school_id, l.school_id))
     where p.active and a.mode = 'live'
       and exists (select from notify.token o
                    where (o.district_id, o.alert_id, o.contact_id) = (d.district_id, d.alert_id, d.contact_id)
                      and o.addressee = notify.addressee(p.name, p.phone))
       and case k.kind when 'alert' then notify.alert_sight(d.contact_id, a) is not null
                       when 'alarm' then p.alarms else true end
     -- By waits and mine: of several who share the number, the first who has not answered.
     order by d.district_id, d.alert_id, 10 desc, 9 desc, d.contact_id, d.texted_at desc;
end $$;

drop function if exists notify.choice(int, bigint, text, text, timestamptz); -- it says from now on what it is
-- An alert as an answer names it: number, kind, school, the time of its message with what it takes to write that, and
-- what its text called it (said of notify.texted): kind summary, or class and type; without both it is a police call.
create or replace function notify.choice(p_district int, p_alert bigint, p_kind text, p_school text, p_at timestamptz,
                                         p_said jsonb)
returns jsonb language sql stable as $$
    select jsonb_build_object('alert', p_alert, 'kind', p_kind, 'school', p_school,
                              'at', extract(epoch from p_at)::bigint, 'zone', d.zone, 'hours24', d.hours24) || p_said
      from district.district d where d.district_id = p_district
$$;

-- What waits for an answer of whoever has a number: drills last, the most urgent and then the newest first.
create or replace function notify.waiting(p_number text) returns jsonb
language plpgsql stable as $$
begin
    return (
        select coalesce(jsonb_agg(notify.choice(t.district_id, t.alert_id, t.kind, t.school, t.at, t.said)
                                  order by t.kind = 'drill', t.severity desc, t.texted_at desc, t.alert_id desc), '[]')
          from notify.texted(p_number) t where t.waits);
end $$;

-- What providers call the texts of the last week to a number, but for this delivery and the one that it repeats, with a
-- blank between two. A provider that is asked whether it has a text is not taken at its word for one of these.
create or replace function notify.other_ids(p_district int, p_delivery bigint, p_number text) returns text
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select coalesce(string_agg(d.provider_id, ' '), '')
      from people.person p join people.role r using (person_id)
      join notify.delivery d on (d.district_id, d.contact_id) = (r.district_id, r.role_id)
      join notify.delivery s on (s.district_id, s.delivery_id) = (p_district, p_delivery)
     where p.phone = p_number and d.channel = 'sms' and d.created_at > now() - interval '7 days'
       and d.provider_id is not null
       and d.delivery_id <> p_delivery and d.delivery_id is distinct from s.repeat_of
$$;

-- Ends or opens texts to a number, for the whole installation: it sends all of them from one number. What waits for the
-- number ends, and its calls are looked at, so that its contact is told another way. Where texts are opened, those
-- that failed go again: the provider may have known of the end alone. Returns whether that is new.
create or replace function notify.set_opt_out(p_number text, p_out boolean, p_word text) returns boolean
language plpgsql as $$
declare
    v_hash constant bytea := notify.number_hash(p_number);
    v_new boolean;
    v_again boolean := false;
begin
    if p_out then
        insert into notify.opt_out (number_hash, word) values (v_hash, p_word) on conflict do nothing;
    else
        update notify.opt_out set until = now() where number_hash = v_hash and until is null;
    end if;
    v_new := found;
    if not p_out then
        v_again := notify.forget_failures(
            array(select c.contact_id from people.contacts_with_phone(p_number) c), 'sms');
        v_new := v_new or v_again;
    end if;
    if v_new then
        insert into liaison.audit (actor, action, object)
        select coalesce('contact:' || min(c.contact_id), 'number'),
               case when p_out then 'texts.stop' else 'texts.start' end, 'number ' || left(encode(v_hash, 'hex'), 12)
          from people.contacts_with_phone(p_number) c;
        with gone as (
            update notify.delivery d set state = 'cancelled', reason = 'opted_out'
              from people.contacts_with_phone(p_number) c
             where p_out and (d.district_id, d.contact_id) = (c.district_id, c.contact_id)
               and d.channel = 'sms' and d.state = 'queued'
            returning d.district_id, d.alert_id)
        insert into district.outbox (district_id, agency_id, incident_no, mode, first) -- also what is over by now
        select distinct a.district_id, a.agency_id, a.incident_no, a.mode, false
          from gone join notify.alert a using (district_id, alert_id)
         where a.subject_kind = 'call' and a.state = 'closed';
        insert into notify.changed select distinct c.district_id from people.contacts_with_phone(p_number) c
        on conflict do nothing;
    end if;
    return v_new;
end $$;

-- Which alert, alarm or drill a reply is about: the one named by its number (p_alert), else the only one that waits,
-- else the one texted last. A reply that names none takes nothing that was texted before this person answered something
-- else: it may be meant for what was answered. answer '': it is known which; else what is to be answered instead.
create or replace function notify.meant_by(p_number text, p_alert bigint)
returns table (answer text, alerts jsonb, district_id int, alert_id bigint, contact_id int, contact_name text,
               kind text, mine boolean, waits boolean, choice jsonb) language plpgsql stable as $$
#variable_conflict use_column
declare
    v_waiting constant jsonb := notify.waiting(p_number);
    k record;
begin
    select * into k from notify.texted(p_number) t where coalesce(t.alert_id = p_alert, true)
     order by t.waits desc, t.texted_at desc limit 1;
    if not found and v_waiting <> '[]' then
        return query select 'no_such', v_waiting, null::int, null::bigint, null::int, null::text, null::text,
                            false, false, null::jsonb;
    elsif not found then
        return query select 'none', '[]'::jsonb, null::int, null::bigint, null::int, null::text, null::text,
                            false, false, null::jsonb;
    elsif p_alert is null and k.waits
          and (jsonb_array_length(v_waiting) > 1
               or exists (select from notify.reply r
                           where r.number_hash = notify.number_hash(p_number) and r.at > k.texted_at
                             and r.alert_id <> k.alert_id)) then
        return query select 'which', v_waiting, null::int, null::bigint, null::int, null::text, null::text,
                            false, false, null::jsonb;
    else
        return query select '', '[]'::jsonb, k.district_id, k.alert_id, k.contact_id, k.contact_name, k.kind,
                            k.mine, k.waits, notify.choice(k.district_id, k.alert_id, k.kind, k.school, k.at, k.said);
    end if;
end $$;

-- Acknowledges the alert or alarm, or confirms the drill, that a reply is about. answer as of take_text; alerts: the
-- ones to choose from, or the one that the answer is about; district_id and alert_id: of an alert.
create or replace function notify.acknowledge_reply(p_reply bigint, p_number text, p_alert bigint)
returns table (answer text, alerts jsonb, district_id int, alert_id bigint) language plpgsql as $$
#variable_conflict use_column
declare
    k record;
begin
    select * into k from notify.meant_by(p_number, p_alert);
    if k.answer <> '' then
        return query select k.answer, k.alerts, null::int, null::bigint;
        return;
    end if;
    -- Somebody else may have it by now.
    perform from notify.alert a where (a.district_id, a.alert_id) = (k.district_id, k.alert_id) for no key update;
    k.waits := k.kind = 'drill'
               or k.waits and exists (select from notify.alert a
                                       where (a.district_id, a.alert_id) = (k.district_id, k.alert_id)
                                         and a.state = 'open' and a.acknowledged_at is null);
    k.mine := k.mine and exists (select from notify.alert a
                                  where (a.district_id, a.alert_id) = (k.district_id, k.alert_id)
                                    and a.state <> 'closed');
    update notify.reply r set district_id = k.district_id, alert_id = k.alert_id, contact_id = k.contact_id,
           late = not k.waits and not k.mine where r.reply_id = p_reply;
    if k.kind = 'alert' then
        perform notify.acknowledge_by_text(k.district_id, k.alert_id, k.contact_id, k.contact_name, k.waits);
    elsif k.waits then
        perform notify.confirm_as(k.district_id, k.alert_id, k.contact_id, k.contact_name, '{"by": "sms"}');
    end if;
    return query select case when k.waits and k.kind = 'alert' then 'acknowledged' when k.waits then k.kind
                             when k.mine then 'yours' else 'late' end,
                        jsonb_build_array(k.choice), case when k.waits and k.kind = 'alert' then k.district_id end,
                        case when k.waits and k.kind = 'alert' then k.alert_id end;
end $$;

-- Acknowledges the alert of a call or a storm for a contact who texted. A late one is kept; one that comes a day later
-- takes nothing that still waits for somebody.
create or replace function notify.acknowledge_by_text(p_district int, p_alert bigint, p_contact int, p_name text,
                                                      p_waits boolean) returns void
language plpgsql as $$
declare
    v_person int;
begin
    select r.person_id into v_person from people.role r where r.role_id = p_contact;
    if (p_waits or exists (select from notify.alert a where (a.district_id, a.alert_id) = (p_district, p_alert)
                              and (a.state = 'closed' or a.acknowledged_at is not null)))
       and notify.acknowledge(p_district, p_alert, p_name, v_person, p_contact) then
        insert into liaison.audit (actor, action, object, detail)
        values ('contact:' || p_contact, 'acknowledge', 'alert ' || p_district || '/{' || p_alert || '}',
                '{"by": "sms"}');
    end if;
end $$;

-- Whether what a reply was about waits for somebody still: the reply came too late to count (answer too_late).
-- Volatile, so that it sees what the statement that asks has just noted of the reply.
create or replace function notify.waits_still(p_reply bigint) returns boolean
language sql as $$
    select exists (select from notify.reply r join notify.alert a using (district_id, alert_id)
                    where r.reply_id = p_reply and a.state = 'open' and a.acknowledged_at is null)
$$;

-- In which language whoever has a number is told; null: nobody has it.
create or replace function notify.language_of(p_number text) returns text
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select coalesce(c.language, d.language)
      from people.contacts_with_phone(p_number) c join district.district d on d.district_id = c.district_id
     order by c.active desc, c.contact_id limit 1
$$;

-- What a text says that nothing is done by: what waits is not taken, and this person is told how it is, at most three
-- times an hour, for telephones answer by themselves too. Whoever wants no texts is told none of it.
create or replace function notify.unclear_reply(p_number text, p_waiting jsonb)
returns table (answer text, alerts jsonb) language sql stable as $$
    select case when p_waiting = '[]' or n.many then ''
                when exists (select from notify.opt_out o
                              where o.number_hash = notify.number_hash(p_number) and o.until is null) then 'stopped'
                else 'unclear' end, case when n.many then '[]' else p_waiting end
      from (select count(*) > 3 as many from notify.reply r
             where r.number_hash = notify.number_hash(p_number) and r.means = 'other'
               and r.at > now() - interval '1 hour') n
$$;

-- A text that came in from a number: stops or opens texts to it, acknowledges an alert or an alarm, or confirms a
-- drill. What it said is not kept.
--   answer  what is to be answered: stopped, started, help, acknowledged, alarm, drill, yours (already), late, which
--           (is meant), no_such (number), unclear (how to answer what waits), none; '': nothing, for it came before,
--           means nothing to us while nothing waits, or is from a number that got no alert
--   alerts  the one that the answer is about, or those to choose from
--   district_id, alert_id  the alert that it acknowledged
create or replace function notify.take_text(p_provider text, p_provider_id text, p_number text, p_body text)
returns table (answer text, alerts jsonb, district_id int, alert_id bigint)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_text constant text := notify.fold_reply(p_body);
    v_word constant text := regexp_replace(v_text, ' #?\d{1,18}$', '');
    v_alert constant bigint := substring(v_text from ' #?(\d{1,18})$')::bigint;
    v_waiting constant jsonb := notify.waiting(p_number);
    v_means text;
    v_reply bigint;
begin
    select w.means into v_means from notify.reply_word w
     where w.word = v_word and (v_alert is null or w.means = 'acknowledge')
       -- It opens texts by the providers' rules, and is what people say who have an alert: they ask for no texts.
       and not (w.word = 'YES' and v_waiting <> '[]');
    insert into notify.reply as r (provider, provider_id, number_hash, means)
    values (p_provider, p_provider_id, notify.number_hash(p_number), coalesce(v_means, 'other'))
    on conflict do nothing returning r.reply_id into v_reply;
    if v_reply is null then
        return query select '', '[]'::jsonb, null::int, null::bigint;
    elsif v_means is null then
        return query select u.answer, u.alerts, null::int, null::bigint
                       from notify.unclear_reply(p_number, v_waiting) u;
    elsif v_means = 'acknowledge' then
        return query select case when k.answer = 'none' and not exists (
                                          select from people.contacts_with_phone(p_number)) then ''
                                 when k.answer = 'late' and notify.waits_still(v_reply) then 'too_late'
                                 else k.answer end, k.alerts, k.district_id, k.alert_id
                       from notify.acknowledge_reply(v_reply, p_number, v_alert) k;
    else
        if v_means <> 'help' then
            perform notify.set_opt_out(p_number, v_means = 'stop', v_word);
        end if;
        return query select case v_means when 'stop' then 'stopped' when 'start' then 'started' else 'help' end,
                            '[]'::jsonb, null::int, null::bigint;
    end if;
end $$;

-- The mailbox of bounces -----------------------------------------------------------------------------------

-- Moves the mark in a mailbox on, never back. Another UIDVALIDITY is another mailbox: all its UIDs are new.
create or replace function notify.read_mailbox(p_mailbox text, p_uidvalidity bigint, p_uid bigint) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    insert into notify.mailbox as m (mailbox, uidvalidity, uid) values (p_mailbox, p_uidvalidity, p_uid)
    on conflict (mailbox) do update set uidvalidity = excluded.uidvalidity,
        uid = case when m.uidvalidity = excluded.uidvalidity then greatest(m.uid, excluded.uid) else excluded.uid end
$$;
