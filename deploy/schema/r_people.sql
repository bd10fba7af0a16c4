-- Views of present roles, and functions that write contacts and users. Sign-in, alerts and links read these views.
-- Repeatable: applied again whenever this file changes, so edit it in place (CONTRIBUTING.md).

-- The schools that roles name themselves or by feeder patterns. A feeder pattern stands for the schools that belong to
-- it today.
create or replace view people.named as
select role_id, district_id, school_id from people.role_school
union all
select f.role_id, f.district_id, s.school_id
  from people.role_feeder f join district.district d using (district_id)
  join district.school_feeder s using (district_id, feeder_id)
 where ((select at from notify.wall_clock) at time zone d.zone)::date between s.from_day and s.to_day;

-- The names of the feeder patterns that a school belongs to today, as a school file has them; null if there are none.
create or replace function district.feeders_of(p_district int, p_school int) returns text
language sql stable as $$
    select string_agg(f.name, ';' order by f.name)
      from district.school_feeder s join district.feeder f using (district_id, feeder_id)
      join district.district d using (district_id)
     where (s.district_id, s.school_id) = (p_district, p_school)
       and ((select at from notify.wall_clock) at time zone d.zone)::date between s.from_day and s.to_day
$$;

-- Contacts who stand in for somebody absent, at that one's schools and in that one's escalation step: the absence and
-- that one's role, each from when to when.
create or replace view people.substitution as
select a.substitute as role_id, a.district_id, s.school_id, r.step, a.from_at, a.to_at, r.from_at as role_from,
       r.to_at as role_to
  from people.absence a join people.role r using (role_id, district_id)
  join district.school s using (district_id)
 where a.substitute is not null
   and (r.scope = 'district' or exists (select from people.named n
                                         where (n.role_id, n.school_id) = (r.role_id, s.school_id)));

-- Who stands in now. What the substitute may see of sealed calls is the substitute's own.
create or replace view people.standing_in as
select s.role_id, s.district_id, s.school_id, s.step
  from people.substitution s
 where s.from_at <= (select at from notify.wall_clock) and s.to_at > (select at from notify.wall_clock)
   and s.role_from <= (select at from notify.wall_clock) and s.role_to > (select at from notify.wall_clock);

-- The schools of roles of scope 'schools' and 'feeders', and those at which somebody stands in.
create or replace view people.covered as
select role_id, district_id, school_id from people.named
union all
select role_id, district_id, school_id from people.standing_in;

-- Contacts who may be told of calls at a school, each at least once, found by the school: of a district's contacts most
-- are of other schools. Whether they are told now is for people.contact and people.covered to say.
create or replace view people.may_cover as
select s.district_id, s.school_id, r.role_id
  from district.school s join people.role r using (district_id) where r.role = 'contact' and r.scope = 'district'
union all
select district_id, school_id, role_id from people.role_school
union all
select m.district_id, m.school_id, f.role_id
  from district.school_feeder m join people.role_feeder f using (district_id, feeder_id)
union all
select s.district_id, s.school_id, a.substitute
  from district.school s join people.absence a using (district_id)
 where a.substitute is not null and a.to_at > (select at from notify.wall_clock);

-- Contacts. scope 'district': for all schools, else for those in people.covered. The person's columns are subselects,
-- so that the planner takes the view for one table: notify's statements set the order of their joins.
create or replace view people.contact as
select r.district_id, r.role_id as contact_id, r.code,
       (select p.name from people.person p where p.person_id = r.person_id) as name, r.title as role,
       (select p.email from people.person p where p.person_id = r.person_id and 'email' = any(r.channels)) as email,
       (select p.phone from people.person p where p.person_id = r.person_id and 'sms' = any(r.channels)) as phone,
       r.step, r.sealed, r.scope,
       r.from_at <= (select at from notify.wall_clock) and r.to_at > (select at from notify.wall_clock)
       and (select p.active from people.person p where p.person_id = r.person_id)
       and not exists (select from people.absence a
                        where a.role_id = r.role_id and a.from_at <= (select at from notify.wall_clock)
                          and a.to_at > (select at from notify.wall_clock)) as active,
       (select p.language from people.person p where p.person_id = r.person_id) as language,
       r.quiet_from, r.quiet_to, r.quiet_priority,
       (select w.url from people.webhook w where w.person_id = r.person_id and 'webhook' = any(r.channels)) as webhook,
       r.alarms, r.person_id
  from people.role r
 where r.role = 'contact';

-- The contacts who may be told of calls at a school, now or at another time. The view alone would read all of the
-- district.
create or replace function people.contacts_who_may_cover(p_district int, p_school int) returns setof people.contact
language sql stable as $$
    select c.*
      from (select distinct m.role_id from people.may_cover m
             where (m.district_id, m.school_id) = (p_district, p_school)) k
     cross join lateral (select * from people.contact x
                          where (x.district_id, x.contact_id) = (p_district, k.role_id) offset 0) c
$$;

-- The contacts who use a telephone number. The view alone would read all contacts of all districts.
create or replace function people.contacts_with_phone(p_number text) returns setof people.contact
language sql stable as $$
    select c.*
      from people.person p join people.role r using (person_id)
     cross join lateral (select * from people.contact x where x.contact_id = r.role_id offset 0) c
     where p.phone = p_number and c.phone = p_number
$$;

-- What people who may sign in see now: all of a district (whole), or a school. A role that covers no school has a row
-- with neither.
create or replace view people.sees as
select r.person_id, r.district_id, r.scope = 'district' as whole, c.school_id
  from people.role r join people.person p using (person_id) left join people.covered c using (role_id)
 where r.role in ('district', 'school') and r.from_at <= (select at from notify.wall_clock)
   and r.to_at > (select at from notify.wall_clock) and p.active;

-- Who is who ---------------------------------------------------------------------------------------------

-- The person of this name who has this e-mail address or signs in with it; null: none. A person who has another
-- telephone number does not match.
create or replace function people.find(p_name text, p_email text, p_phone text) returns int
language sql stable as $$
    select p.person_id
      from people.person p
     where p.person_id in (select e.person_id from people.person e where lower(e.email) = lower(p_email)
                           union all
                           select c.person_id from people.credential c where c.login = lower(p_email))
       and liaison.plain_words(p.name) = liaison.plain_words(p_name)
       and (p.phone = p_phone) is not false
     order by p.person_id limit 1
$$;

-- Writes a contact. Returns true if it is new, false if it was changed, null if nothing has changed. The name
-- identifies the person of a contact: another name means another person, who takes the contact over
-- (docs/operator.md).
create or replace function people.put_contact(p_district int, p_code text, p_name text, p_title text, p_email text,
    p_phone text, p_step int, p_sealed boolean, p_active boolean) returns boolean
language plpgsql as $$
declare
    r people.role;
    v_person int;
    v_now constant timestamptz := (select at from notify.wall_clock);
begin
    select * into r from people.role where (district_id, code) = (p_district, p_code) for update;
    if exists (select from people.contact c
                where c.contact_id = r.role_id
                  and (c.name, c.role, c.email, c.phone, c.step, c.sealed, r.to_at > v_now)
                      is not distinct from (p_name, p_title, p_email, p_phone, p_step, p_sealed, p_active)) then
        return null;
    end if;
    v_person := people.person_of_contact(r, p_name, p_email, p_phone);
    -- A row that gets another name is another person, who has not said where webhooks go.
    delete from people.webhook w using people.person p
     where (w.person_id, p.person_id) = (v_person, v_person)
       and liaison.plain_words(p.name) <> liaison.plain_words(p_name);
    insert into people.role as o (person_id, district_id, role, to_at, code, title, channels, step, sealed)
    values (v_person, p_district, 'contact', case when p_active then 'infinity' else now() end, p_code, p_title,
            array_remove(array[case when p_email is not null then 'email' end,
                               case when p_phone is not null then 'sms' end], null), p_step, p_sealed)
    on conflict (district_id, code) do update set person_id = excluded.person_id, title = excluded.title,
        channels = excluded.channels
            || case when 'webhook' = any(o.channels) and o.person_id = v_person
                         and exists (select from people.webhook w where w.person_id = v_person) then '{webhook}'::text[]
               else '{}' end,
        step = excluded.step, sealed = excluded.sealed,
        from_at = case when p_active then o.from_at else least(o.from_at, now()) end,
        to_at = case when p_active and o.to_at > v_now then o.to_at when p_active then 'infinity'
                     else least(o.to_at, now()) end;
    update people.person set name = p_name, email = coalesce(p_email, email), phone = coalesce(p_phone, phone)
     where person_id = v_person;
    -- Deletes an address that no contact of a person uses any more.
    update people.person p
       set email = case when people.uses(p.person_id, 'email') then p.email end,
           phone = case when people.uses(p.person_id, 'sms') then p.phone end
     where p.person_id in (r.person_id, v_person);
    delete from people.webhook w
     where w.person_id in (r.person_id, v_person) and not people.uses(w.person_id, 'webhook');
    delete from people.person p
     where p.person_id = r.person_id and p.person_id <> v_person
       and not exists (select from people.role o where o.person_id = p.person_id)
       and not exists (select from people.credential c where c.person_id = p.person_id)
       and not exists (select from notify.acknowledgement k where k.person_id = p.person_id);
    return r.role_id is null;
end $$;

-- The same, and the language of the person: '' is the district's, null leaves it as it is.
create or replace function people.put_contact(p_district int, p_code text, p_name text, p_title text, p_email text,
    p_phone text, p_step int, p_sealed boolean, p_active boolean, p_language text) returns boolean
language plpgsql as $$
declare
    v_new boolean := people.put_contact(p_district, p_code, p_name, p_title, p_email, p_phone, p_step, p_sealed,
                                        p_active);
begin
    update people.person p set language = nullif(p_language, '')
      from people.role r
     where (r.district_id, r.code) = (p_district, p_code) and p.person_id = r.person_id
       and p.language is distinct from nullif(p_language, '') and p_language is not null;
    return case when found then coalesce(v_new, false) else v_new end;
end $$;

-- Where a contact is told by a webhook, and with which secret; without a URL it is told so no more. Returns whether
-- there is such a contact.
create or replace function people.put_webhook(p_district int, p_code text, p_url text, p_secret text) returns boolean
language plpgsql as $$
declare
    v_person int := (select person_id from people.role where (district_id, code) = (p_district, p_code));
begin
    if p_url is not null and v_person is not null then
        insert into people.webhook (person_id, url, secret) values (v_person, p_url, p_secret)
        on conflict (person_id) do update set url = excluded.url, secret = excluded.secret, changed_at = now();
    end if;
    update people.role
       set channels = array_remove(channels, 'webhook')
                      || case when p_url is null then '{}' else '{webhook}'::text[] end
     where (district_id, code) = (p_district, p_code);
    delete from people.webhook w where w.person_id = v_person and not people.uses(v_person, 'webhook');
    return v_person is not null;
end $$;

-- What signs a contact's webhook. Notify alone may ask.
create or replace function people.webhook_secret(p_contact int) returns text
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select w.secret from people.role r join people.webhook w using (person_id)
     where r.role_id = p_contact and 'webhook' = any(r.channels)
$$;

-- Whether a contact of this person uses this channel.
create or replace function people.uses(p_person int, p_channel text) returns boolean
language sql stable as $$
    select exists (select from people.role where person_id = p_person and p_channel = any(channels))
$$;

-- The person of a contact: the present one if the name is the same, else a known person, else a new one. A person
-- whose only role is this contact, and who cannot sign in, is renamed instead of a new one being made.
create or replace function people.person_of_contact(r people.role, p_name text, p_email text, p_phone text) returns int
language plpgsql as $$
declare
    v_person int;
begin
    if r.person_id is not null
       and (select liaison.plain_words(name) = liaison.plain_words(p_name) from people.person
             where person_id = r.person_id) then
        return r.person_id;
    end if;
    v_person := people.find(p_name, p_email, p_phone);
    if v_person is null
       and not exists (select from people.credential where person_id = r.person_id)
       and not exists (select from people.role o where o.person_id = r.person_id and o.role_id <> r.role_id) then
        v_person := r.person_id;
    end if;
    if v_person is null then
        insert into people.person (name) values (p_name) returning person_id into v_person;
    end if;
    return v_person;
end $$;

-- Writes a login and returns its person. If the name is another one, the login passes to another person, and the
-- former one's sessions, rights and password end. A former person who has no other role is renamed instead.
create or replace function people.put_user(p_login text, p_name text, p_hash text) returns int
language plpgsql as $$
declare
    v_former int;
    v_same_name boolean;
    v_person int;
begin
    select p.person_id, liaison.plain_words(p.name) = liaison.plain_words(p_name) into v_former, v_same_name
      from people.credential c join people.person p using (person_id) where c.login = p_login for update of p;
    if v_same_name or not exists (select from people.role
                                   where person_id = v_former and role not in ('district', 'school')) then
        v_person := v_former;
    end if;
    if v_person is null then
        v_person := people.find(p_name, p_login, null);
        if exists (select from people.credential where person_id = v_person) then
            v_person := null; -- signs in by another login
        end if;
    end if;
    if v_person is null then
        insert into people.person (name) values (p_name) returning person_id into v_person;
    end if;
    if v_former <> v_person then
        perform dashboard.end_sessions(v_former);
        perform people.end_rights(v_former);
        delete from people.credential where person_id = v_former;
    end if;
    update people.person set name = p_name, active = true where person_id = v_person;
    insert into people.credential (person_id, login, password_hash) values (v_person, p_login, p_hash)
    on conflict (person_id) do update set password_hash = excluded.password_hash;
    return v_person;
end $$;

-- Ends the roles that let a person sign in.
create or replace function people.end_rights(p_person int) returns void
language sql as $$
    update people.role set from_at = least(from_at, now()), to_at = now()
     where person_id = p_person and role in ('district', 'school') and to_at > now()
$$;
