-- Signing in, sessions and the audit. The dashboard's role has no right to these tables. It calls the functions that
-- grants.sql names; each of them does one thing, and sets the actor of the audit itself.
-- Repeatable: applied again whenever this file changes, so edit it in place (CONTRIBUTING.md).

-- The bodies below name functions of a later file.
set local check_function_bodies = off;

-- The form of a login for comparison. It folds compatibility forms, marks, case and invisible characters, so that all
-- spellings of a login find one person. Stored logins are lower-case ASCII. With the collation C the result is the
-- same everywhere.
create or replace function dashboard.login_key(p_login text) returns text language sql immutable as $$
    select lower(regexp_replace(normalize(p_login, nfkd),
        '[\u0001-\u0020\u007f-\u00a0\u00ad\u0300-\u036f\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f'
        '\u200b-\u200f\u2028-\u202f\u205f-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff]',
        '', 'g') collate "C")
$$;

-- Internal functions: only the functions for the dashboard call them.

-- Counts a try of a subject, unless it is locked. Returns 0, or the seconds until the lock ends. It is one statement,
-- so that concurrent tries are all counted.
create or replace function dashboard.count_try(p_subject text, p_most int, p_window_s int, p_lock_s int) returns int
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    v_left int;
begin
    insert into dashboard.sign_in_count as c values (p_subject, 1, now(), now())
    on conflict (subject) do update set
        count = case when c.count >= p_most or c.first_at <= now() - make_interval(secs => p_window_s)
                     then 1 else c.count + 1 end,
        first_at = case when c.count >= p_most or c.first_at <= now() - make_interval(secs => p_window_s)
                        then now() else c.first_at end,
        last_at = now()
      where c.count < p_most or c.last_at <= now() - make_interval(secs => p_lock_s);
    if found then
        return 0;
    end if;
    select ceil(extract(epoch from last_at - now()))::int + p_lock_s into v_left
      from dashboard.sign_in_count where subject = p_subject;
    -- A try that is still being decided may end the lock.
    return case when exists (select from dashboard.sign_in_ticket
                              where subject = p_subject and made_at > now() - interval '30 s')
                then 2 else greatest(1, coalesce(v_left, 1)) end;
end $$;

-- Takes the count of one try back, because it was no failure.
create or replace function dashboard.uncount_try(p_subject text) returns void
language sql set search_path = pg_catalog, pg_temp as $$
    update dashboard.sign_in_count set count = greatest(0, count - 1) where subject = p_subject
$$;

-- Adds a failed sign-in to the audit, up to a limit per hour. Beyond it, one row says how many were left out.
create or replace function dashboard.audit_failed(p_person int, p_address inet, p_reason text) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    v_object text := coalesce('person:' || p_person, 'session');
    v_most int := case when p_person is null then 200 else 60 end;
    b dashboard.audit_budget;
begin
    insert into dashboard.audit_budget (key, hour) values (v_object, date_trunc('hour', now())) on conflict do nothing;
    select * into b from dashboard.audit_budget where key = v_object for update;
    if b.hour <> date_trunc('hour', now()) then
        perform dashboard.audit_left_out(b);
        b.rows := 0;
        b.left_out := 0;
    end if;
    if b.rows < v_most then
        insert into liaison.audit (actor, action, object, detail)
        values ('-', 'sign_in_failed', v_object,
                jsonb_build_object('reason', p_reason, 'address', host(p_address)));
    end if;
    update dashboard.audit_budget
       set hour = date_trunc('hour', now()), rows = b.rows + (b.rows < v_most)::int,
           left_out = b.left_out + (b.rows >= v_most)::int
     where key = v_object;
end $$;

-- Adds one row for the failed sign-ins that the audit of an hour left out.
create or replace function dashboard.audit_left_out(b dashboard.audit_budget) returns void
language sql set search_path = pg_catalog, pg_temp as $$
    insert into liaison.audit (actor, action, object, detail)
    select '-', 'sign_in_failed', b.key, jsonb_build_object('hour', b.hour, 'left_out', b.left_out) where b.left_out > 0
$$;

-- The person of a valid session, with the present rights. No row: the session is not valid.
create or replace function dashboard.who(p_session bytea)
returns table (person_id int, district_id int, whole boolean, schools int[], login text, name text, csrf text)
language plpgsql stable rows 1 set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
    return query
    select p.person_id, s.district_id, bool_or(v.whole),
           coalesce(array_agg(distinct v.school_id) filter (where v.school_id is not null), '{}'),
           c.login, p.name, s.csrf
      from dashboard.session s join people.person p using (person_id) join people.credential c using (person_id)
      join people.sees v using (person_id, district_id)
     where s.token_hash = p_session and s.expires_at > now()
     group by p.person_id, s.district_id, c.login, p.name, s.csrf;
end $$;

-- Counts a try of a login before its password is checked. wait_s > 0: it is locked for that many seconds. Otherwise
-- p_ticket is valid for one sign_in_finish, and salt says how to hash the password: it is the stored text without the
-- hash itself, which never leaves the database. salt is null if nobody can sign in with this login. p_key keys the
-- hash under which tries of an unknown login are counted. The function bounds the three limits, whatever the caller
-- passes.
create or replace function dashboard.sign_in_try(p_login text, p_key text, p_by_address text, p_address inet,
    p_device bytea, p_ticket bytea, p_tries int, p_window_s int, p_lock_s int, p_device_days int)
returns table (wait_s int, salt text)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_most int := least(greatest(p_tries, 3), 20);
    v_window int := least(greatest(p_window_s, 60), 86400);
    v_lock int := greatest(p_lock_s, 60);
    v_key text := dashboard.login_key(p_login);
    v_subject text;
    v_by_address text;
    v_device bytea;
    v_reason text;
    p record;
begin
    select * into p from people.credential c join people.person using (person_id) where c.login = v_key;
    select device_hash into v_device from dashboard.device
     where device_hash = p_device and person_id = p.person_id
       and used_at > now() - make_interval(days => p_device_days);
    v_subject := case when v_device is not null then 'd:' || p.person_id || ':' || encode(v_device, 'hex')
                      when p.person_id is not null then 'p:' || p.person_id
                      else 'l:' || encode(sha256(convert_to(p_key || v_key, 'UTF8')), 'hex') end;
    wait_s := 0;
    if v_device is null then -- a whole school may share an address
        v_by_address := 'a:' || p_by_address;
        wait_s := dashboard.count_try(v_by_address, 10 * v_most, v_window, v_lock);
        v_reason := 'address_locked';
    end if;
    if wait_s = 0 then
        wait_s := dashboard.count_try(v_subject, v_most, v_window, v_lock);
        v_reason := 'locked';
        if wait_s > 0 and v_by_address is not null then
            perform dashboard.uncount_try(v_by_address);
        end if;
    end if;
    if wait_s > 0 then
        perform dashboard.audit_failed(p.person_id, p_address, v_reason);
        return next;
        return;
    end if;
    v_reason := case
        when p.person_id is null then 'unknown_login'
        when not p.active then 'disabled'
        when p.password_hash is null then 'no_password'
        when not exists (select from people.sees v where v.person_id = p.person_id) then 'no_rights' end;
    insert into dashboard.sign_in_ticket (ticket_hash, subject, by_address, address, person_id, device_hash, reason)
    values (p_ticket, v_subject, v_by_address, p_address, p.person_id, v_device, v_reason);
    salt := case when v_reason is null then regexp_replace(p.password_hash, '\$[^$]*$', '') end;
    return next;
end $$;

-- Decides a counted try, once. p_hash: the hash of the password under the salt that sign_in_try gave. If it is the
-- person's, a session begins, and its row is returned as by session_find. p_better: a hash of the same password at
-- today's cost, or null. p_device: the hash of the device cookie that makes this browser known, or null.
create or replace function dashboard.sign_in_finish(p_ticket bytea, p_hash text, p_better text, p_session bytea,
    p_csrf text, p_device bytea, p_hours int)
returns table (person_id int, district_id int, whole boolean, schools int[], login text, name text, csrf text)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
    t dashboard.sign_in_ticket;
    v_hash text;
    v_district int;
begin
    delete from dashboard.sign_in_ticket k
     where k.ticket_hash = p_ticket and k.made_at > now() - interval '1 minute' returning k.* into t;
    if not found then
        return;
    end if;
    select c.password_hash into v_hash from people.person x join people.credential c using (person_id)
     where x.person_id = t.person_id for no key update;
    select min(v.district_id) into v_district from people.sees v where v.person_id = t.person_id;
    if t.reason is not null or v_hash is distinct from p_hash or v_district is null then
        perform dashboard.audit_failed(t.person_id, t.address, coalesce(t.reason, 'wrong_password'));
        return;
    end if;
    if t.by_address is not null then
        perform dashboard.uncount_try(t.by_address);
    end if;
    delete from dashboard.sign_in_count c where c.subject = t.subject;
    if p_better like '$argon2id$%' then
        update people.credential x set password_hash = p_better where x.person_id = t.person_id;
    end if;
    if t.device_hash is not null then
        update dashboard.device d set used_at = now()
         where d.device_hash = t.device_hash and d.person_id = t.person_id;
    elsif p_device is not null then
        insert into dashboard.device (device_hash, person_id) values (p_device, t.person_id)
        on conflict (device_hash, person_id) do update set used_at = now();
        delete from dashboard.device d where d.person_id = t.person_id and d.device_hash in (
            select o.device_hash from dashboard.device o where o.person_id = t.person_id
             order by o.used_at desc offset 20);
    end if;
    insert into dashboard.session (token_hash, person_id, district_id, csrf, expires_at)
    values (p_session, t.person_id, v_district, p_csrf, now() + make_interval(hours => least(p_hours, 8760)));
    insert into liaison.audit (actor, action, object) values ('person:' || t.person_id, 'sign_in', 'session');
    return query select * from dashboard.who(p_session);
end $$;

-- The person of a session, unless it was idle for p_idle_min minutes. p_use: counts as a use, at most once a minute.
create or replace function dashboard.session_find(p_session bytea, p_idle_min int, p_use boolean)
returns table (person_id int, district_id int, whole boolean, schools int[], login text, name text, csrf text)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if not exists (select from dashboard.session s where s.token_hash = p_session
                      and s.seen_at > now() - make_interval(mins => p_idle_min)) then
        return;
    end if;
    if p_use then
        update dashboard.session s set seen_at = now()
         where s.token_hash = p_session and s.seen_at < now() - interval '1 minute' and s.expires_at > now();
    end if;
    return query select * from dashboard.who(p_session);
end $$;

-- Signs out.
create or replace function dashboard.session_end(p_session bytea) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    with ended as (delete from dashboard.session where token_hash = p_session returning person_id)
    insert into liaison.audit (actor, action, object) select 'person:' || person_id, 'sign_out', 'session' from ended
$$;

-- Deletes expired sessions, tickets, counts and devices. Bounds the number of counts of addresses and of unknown
-- logins.
create or replace function dashboard.sign_in_upkeep(p_idle_min int) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    delete from dashboard.session where expires_at < now() or seen_at < now() - make_interval(mins => p_idle_min);
    delete from dashboard.sign_in_ticket where made_at < now() - interval '5 minutes';
    delete from dashboard.sign_in_count
     where last_at < now() - interval '1 day' and (count = 0 or subject ^@ 'l:' or subject ^@ 'a:');
    delete from dashboard.sign_in_count where last_at < now() - interval '1 year';
    delete from dashboard.sign_in_count where subject in (
        select subject from dashboard.sign_in_count where subject ^@ 'l:' or subject ^@ 'a:'
         order by last_at desc offset 100000);
    delete from dashboard.device where used_at < now() - interval '400 days';
    perform dashboard.audit_left_out(b) from dashboard.audit_budget b where b.hour < date_trunc('hour', now());
    delete from dashboard.audit_budget where hour < date_trunc('hour', now());
    delete from dashboard.sealed_read where at < now() - interval '1 day';
end $$;

-- Sealed calls that were shown -------------------------------------------------------------------

-- Adds a view of a sealed call to the audit, unless this reader's last one is younger than p_every.
create or replace function dashboard.audit_read(p_reader text, p_district int, p_agency int, p_incident text,
                                                p_how text, p_every interval) returns void
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    insert into dashboard.sealed_read as r values (p_reader, p_district, p_agency, p_incident, now())
    on conflict (reader, district_id, agency_id, incident_no) do update set at = now()
      where r.at <= now() - p_every;
    if found then
        insert into liaison.audit (actor, action, object, detail)
        values (p_reader, 'read_sealed', 'call ' || p_district || '/' || p_agency || '/' || p_incident,
                jsonb_build_object('how', p_how));
    end if;
end $$;

-- Audits the sealed calls in p_answer, which the person of the session is about to get: one call with its timeline,
-- or lists. Repeated views in lists count once an hour.
create or replace function dashboard.sealed_shown(p_session bytea, p_answer jsonb) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $$
    select dashboard.audit_read('person:' || w.person_id, w.district_id, a.agency_id, c.incident,
                                case when p_answer ? 'timeline' then 'call' else 'list' end,
                                case when p_answer ? 'timeline' then interval '1 minute' else interval '1 hour' end)
      from dashboard.who(p_session) w,
           (select distinct o ->> 'agency' as agency, o ->> 'incident' as incident
              from jsonb_path_query(p_answer, '$.** ? (@.sensitivity == "sealed")') o order by 1, 2) c
      join agency.agency a on a.slug = c.agency
     where c.incident is not null
$$;

-- The digest of these under which a link is kept; null: none. Digests of links have a key that the database has not.
create or replace function notify.find_link(p_hashes bytea[]) returns bytea
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return (select k.token_hash from notify.token k where k.token_hash = any(p_hashes) limit 1);
end $$;

-- Counts a link that is none, for an address, as many times as wrong passwords are counted. Returns the seconds for
-- which the address is to wait; 0: none. The limits are bounded as in dashboard.sign_in_try.
create or replace function notify.link_missed(p_by_address text, p_tries int, p_window_s int, p_lock_s int) returns int
language sql security definer set search_path = pg_catalog, pg_temp as $$
    select dashboard.count_try('a:link:' || p_by_address, 10 * least(greatest(p_tries, 3), 20),
                               least(greatest(p_window_s, 60), 86400), greatest(p_lock_s, 60))
$$;

-- Audits the call of this link, or each of its calls, that is sealed, which the holder of the link is about to see.
create or replace function notify.link_shown(p_token bytea) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform dashboard.audit_read('contact:' || k.contact_id, al.district_id, al.agency_id, al.incident_no, 'link',
                                interval '1 hour')
      from notify.token k join notify.alert al using (district_id, alert_id)
      join district.incident i using (district_id, agency_id, incident_no)
     where k.token_hash = p_token and district.hides_call(i.sensitivity);
    perform dashboard.audit_read('contact:' || k.contact_id, i.district_id, i.agency_id, i.incident_no, 'link',
                                interval '1 hour')
      from notify.link_calls(p_token) c cross join notify.token k
      join district.incident i
        on (i.district_id, i.agency_id, i.incident_no) = (k.district_id, c.agency_id, c.incident_no)
     where k.token_hash = p_token and district.hides_call(i.sensitivity);
end $$;

-- Actions of people -------------------------------------------------------------------------------

-- The alert, if it is at one of the schools of the session's person, who sees its call: locked, with whether nobody
-- had acknowledged it.
create or replace function notify.alert_of(p_session bytea, p_district int, p_alert bigint)
returns table (person_id int, name text, waits boolean)
language sql set search_path = pg_catalog, pg_temp as $$
    select w.person_id, w.name, a.acknowledged_at is null
      from dashboard.who(p_session) w join notify.alert a on a.district_id = w.district_id
     where a.district_id = p_district and a.alert_id = p_alert and a.state <> 'held'
       and district.is_theirs(a.school_id, case when not w.whole then w.schools end)
       and exists (select from district.seen(w.district_id, case when not w.whole then w.schools end) i
                    where (i.agency_id, i.incident_no) = (a.agency_id, a.incident_no) offset 0)
       for no key update of a
$$;

-- Acknowledges an alert at one of the schools of the session's person. Returns whether that was new, or nobody had
-- acknowledged it before.
create or replace function notify.acknowledge_as(p_session bytea, p_district int, p_alert bigint) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    w record;
    v_new boolean;
begin
    select * into w from notify.alert_of(p_session, p_district, p_alert);
    if not found then
        return false;
    end if;
    v_new := notify.acknowledge(p_district, p_alert, w.name, w.person_id);
    if v_new then
        insert into liaison.audit (actor, action, object)
        values ('person:' || w.person_id, 'acknowledge', 'alert ' || p_district || '/{' || p_alert || '}');
    end if;
    return v_new or w.waits;
end $$;

-- The same for the holder of a link.
create or replace function notify.acknowledge_link(p_token bytea) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    k record;
    v_new boolean;
    v_waits boolean;
begin
    select l.*, r.person_id into k from notify.link(p_token) l join people.role r on r.role_id = l.contact_id
     where l.says is not null;
    if not found then
        return false;
    end if;
    select acknowledged_at is null into v_waits from notify.alert
     where district_id = k.district_id and alert_id = k.alert_id for no key update;
    v_new := notify.acknowledge(k.district_id, k.alert_id, k.contact_name, k.person_id, k.contact_id);
    if v_new then
        insert into liaison.audit (actor, action, object)
        values ('contact:' || k.contact_id, 'acknowledge', 'alert ' || k.district_id || '/{' || k.alert_id || '}');
    end if;
    return v_new or v_waits;
end $$;

-- What else the session's person says of an alert, as notify.say. Null: no such alert, or not theirs to see.
create or replace function notify.say_as(p_session bytea, p_district int, p_alert bigint, p_kind text, p_to int,
                                         p_said text) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    w record;
begin
    select * into w from notify.alert_of(p_session, p_district, p_alert);
    if not found then
        return null;
    end if;
    return notify.say(p_district, p_alert, p_kind, w.name, w.person_id, null, p_to, p_said, 'person:' || w.person_id);
end $$;

-- The same for the holder of a link.
create or replace function notify.say_by_link(p_token bytea, p_kind text, p_to int, p_said text) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    k record;
begin
    select l.*, r.person_id into k from notify.link(p_token) l join people.role r on r.role_id = l.contact_id
     where l.says is not null;
    if not found then
        return null;
    end if;
    return notify.say(k.district_id, k.alert_id, p_kind, k.contact_name, k.person_id, k.contact_id, p_to, p_said,
                      'contact:' || k.contact_id);
end $$;

drop function if exists notify.not_reached(int, bigint, int);
-- Why notify.say notes nothing: full (of comments), not_yours (who says it does not have it), over, yourself,
-- has_it (whom it was to be handed to), not_reachable (no message reaches that one), cannot_take (that one may not, or
-- is not there).
create or replace function notify.why_not_noted(p_district int, p_alert bigint, p_kind text, p_by text, p_person int,
                                                p_to int) returns text
language sql stable set search_path = pg_catalog, pg_temp as $$
    select case when p_kind = 'comment' then 'full'
                when not exists (select from notify.holders(p_district, p_alert) h
                                  where h.who = notify.who(p_person, p_by)) then 'not_yours'
                when exists (select from notify.alert a where (a.district_id, a.alert_id) = (p_district, p_alert)
                                and a.state = 'closed') then 'over'
                when exists (select from people.role r
                              where (r.role_id, r.person_id) = (p_to, p_person)) then 'yourself'
                when exists (select from notify.holders(p_district, p_alert) h
                               join people.contact c on notify.who(c.person_id, c.name) = h.who
                              where (c.district_id, c.contact_id) = (p_district, p_to)) then 'has_it'
                when exists (select from notify.takers(p_district, p_alert) t
                              where t.contact_id = p_to and not t.reached) then 'not_reachable'
                else 'cannot_take' end
$$;

-- Why nothing was noted of what the session's person said of an alert (notify.why_not_noted). Null: not theirs to see.
create or replace function notify.refused_as(p_session bytea, p_district int, p_alert bigint, p_kind text, p_to int)
returns text language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select notify.why_not_noted(p_district, p_alert, p_kind, w.name, w.person_id, p_to)
      from notify.alert_of(p_session, p_district, p_alert) w
$$;

-- The same for the holder of a link.
create or replace function notify.refused_by_link(p_token bytea, p_kind text, p_to int) returns text
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select notify.why_not_noted(l.district_id, l.alert_id, p_kind, l.contact_name, r.person_id, p_to)
      from notify.link(p_token) l join people.role r on r.role_id = l.contact_id
     where l.says is not null
$$;

-- What the session's person may do with an alert of their district (notify.part_in), and what was said of it.
create or replace function notify.alert_said(p_session bytea, p_alert bigint, p_whole boolean) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return (
    select notify.part_in(w.district_id, p_alert, notify.who(w.person_id, w.name), null)
           || jsonb_build_object('log', notify.conversation(w.district_id, p_alert, p_whole,
                                                            notify.who(w.person_id, w.name)))
      from dashboard.who(p_session) w);
end $$;

-- The same for the holder of a link. Who does not see all of the call gets only the own comments.
create or replace function notify.link_said(p_token bytea) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return (
    select notify.part_in(k.district_id, k.alert_id, notify.who(r.person_id, k.contact_name), k.contact_id)
           || jsonb_build_object('log', notify.conversation(k.district_id, k.alert_id, k.says = 'all',
                                                            notify.who(r.person_id, k.contact_name)))
      from notify.link(p_token) k join people.role r on r.role_id = k.contact_id
     where k.says is not null);
end $$;

-- Answers a question for a person of role district, as district.answer_place. Null also for other people.
create or replace function district.answer_place_as(p_session bytea, p_agency int, p_incident text, p_school int,
                                                    p_remember boolean) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    w record;
begin
    select * into w from dashboard.who(p_session);
    if w.whole is not true then
        return null;
    end if;
    return district.answer_place(w.district_id, p_agency, p_incident, p_school, p_remember, w.name,
                                 'person:' || w.person_id);
end $$;

-- Actions of the operator, only as the owner ----------------------------------------------------

-- Ends all sign-in locks of a person.
create or replace function dashboard.unlock(p_person int) returns void
language sql set search_path = pg_catalog, pg_temp as $$
    delete from dashboard.sign_in_count where subject = 'p:' || p_person or subject ^@ ('d:' || p_person || ':')
$$;

-- Ends the sessions, tickets, known browsers and locks of a person, when the password or a right changes.
create or replace function dashboard.end_sessions(p_person int) returns void
language sql set search_path = pg_catalog, pg_temp as $$
    delete from dashboard.session where person_id = p_person;
    delete from dashboard.sign_in_ticket where person_id = p_person;
    delete from dashboard.device where person_id = p_person;
    select dashboard.unlock(p_person);
$$;

-- Enables or disables a person. Disabling ends the sessions here; alerts and links check p.active themselves.
-- Enabling ends locks. Returns whether there is such a person.
create or replace function dashboard.set_active(p_login text, p_active boolean) returns boolean
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
    v_person int;
begin
    update people.person p set active = p_active from people.credential c
     where c.login = dashboard.login_key(p_login) and p.person_id = c.person_id returning p.person_id into v_person;
    if not p_active then
        perform dashboard.end_sessions(v_person);
    else
        perform dashboard.unlock(v_person);
    end if;
    return v_person is not null;
end $$;
