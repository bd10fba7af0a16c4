-- One row for each human being, and dated roles that say where that person signs in or is told of calls.
-- district.contact, dashboard.person and dashboard.right become these tables.

create schema people;     -- persons of the installation, their credentials and their roles

create table people.person (
    person_id  int generated always as identity primary key,
    name       text not null,
    email      text,
    phone      text check (phone ~ '^\+[1-9][0-9]{6,14}$'),
    active     boolean not null default true, -- false: off everywhere, whatever the roles say
    created_at timestamptz not null default now()
);
create index person_email on people.person (lower(email));

-- How a person signs in. Only functions that run as the owner read this.
create table people.credential (
    person_id     int primary key references people.person on delete cascade,
    login         text not null unique check (login = lower(login) and length(login) between 3 and 120),
    password_hash text,                      -- Argon2id, as libsodium writes it; null: cannot sign in
    created_at    timestamptz not null default now()
);

-- A role holds from from_at until to_at, in one district. Today 'contact' is told of calls and 'district' and
-- 'school' sign in (r_people.sql); the other words give no right yet.
create table people.role (
    role_id     int generated always as identity primary key,
    person_id   int not null references people.person,
    district_id int not null references district.district,
    role        text not null check (role in ('contact', 'district', 'school', 'analyst', 'principal', 'designee',
                    'teacher', 'officer', 'agency_supervisor', 'records_officer', 'board', 'auditor', 'operator')),
    scope       text not null default 'district' check (scope in ('district', 'schools', 'feeders', 'organisation')),
    agency_id   int references agency.agency, -- for scope 'organisation'
    from_at     timestamptz not null default now(),
    to_at       timestamptz not null default 'infinity',
    -- Of a contact only:
    code        text,                        -- the district's own, for re-import
    title       text,                        -- the district's own word, as people read it
    channels    text[] check (channels <@ '{email,sms}'), -- which of the person's addresses it uses
    wave        smallint check (wave between 1 and 9), -- who is told at once, who next
    sealed      boolean not null default false, -- named by the district for sealed classes
    unique (district_id, code),
    unique (role_id, district_id, scope),
    check (to_at >= from_at),
    check ((scope = 'organisation') = (agency_id is not null)),
    constraint role_sign_in_check
        check (case role when 'district' then scope = 'district' when 'school' then scope in ('schools', 'feeders')
               else true end),
    constraint role_contact_check
        check (num_nulls(code, title, channels, wave) = case role when 'contact' then 0 else 4 end
               and (role = 'contact' or not sealed))
);
create index role_person on people.role (person_id);
create index role_contact on people.role (district_id) where role = 'contact';

-- What a role of scope 'schools' or 'feeders' covers; no row: nothing. Roles of other scopes have none.
create table people.role_school (
    role_id     int not null,
    district_id int not null,
    school_id   int not null,
    scope       text not null generated always as ('schools') stored,
    primary key (role_id, school_id),
    foreign key (role_id, district_id, scope) references people.role (role_id, district_id, scope) on delete cascade,
    foreign key (district_id, school_id) references district.school
);
create table people.role_feeder (
    role_id     int not null,
    district_id int not null,
    feeder_id   int not null,
    scope       text not null generated always as ('feeders') stored,
    primary key (role_id, feeder_id),
    foreign key (role_id, district_id, scope) references people.role (role_id, district_id, scope) on delete cascade,
    foreign key (district_id, feeder_id) references district.feeder
);

-- What there was -----------------------------------------------------------------------------------------

-- Who signed in keeps the number by which sessions and the audit know that person.
insert into people.person (person_id, name, active, created_at) overriding system value
select person_id, name, active, created_at from dashboard.person;
insert into people.credential (person_id, login, password_hash, created_at)
select person_id, login, password_hash, created_at from dashboard.person;
select setval(pg_get_serial_sequence('people.person', 'person_id'), max(person_id)) from people.person
having count(*) > 0;

-- Contacts that agree in e-mail and name are one person, unless they give two telephone numbers. So is a person who
-- signs in by that e-mail under that name; not one who is disabled, for the contact would not be told any more.
create table people.moved as
select c.contact_id, c.name, c.email, c.phone, p.person_id, k.same
  from (select *, lower(email) as address, upper(regexp_replace(btrim(name), '\s+', ' ', 'g')) as words
          from district.contact) c
  left join (select lower(email) as address, upper(regexp_replace(btrim(name), '\s+', ' ', 'g')) as words
               from district.contact where email is not null
              group by 1, 2 having count(distinct phone) < 2) one using (address, words)
 cross join lateral (select case when one.address is null then 'contact ' || c.contact_id
                                 else one.address || ' ' || one.words end as same) k
  left join dashboard.person p on p.login = one.address and p.active
       and upper(regexp_replace(btrim(p.name), '\s+', ' ', 'g')) = one.words;

update people.moved m set person_id = n.person_id
  from (select same, nextval(pg_get_serial_sequence('people.person', 'person_id')) as person_id
          from (select distinct same from people.moved where person_id is null order by same) s) n
 where n.same = m.same;
insert into people.person (person_id, name, email, phone) overriding system value
select person_id, (array_agg(name order by contact_id desc))[1], (array_agg(email order by contact_id desc))[1],
       max(phone)
  from people.moved group by person_id
    on conflict (person_id) do update set email = excluded.email, phone = excluded.phone;

-- A contact keeps the number by which deliveries, links and the audit know it.
insert into people.role (role_id, person_id, district_id, role, scope, from_at, to_at, code, title, channels, wave,
                         sealed) overriding system value
select c.contact_id, m.person_id, c.district_id, 'contact',
       case when exists (select from district.contact_school s
                          where (s.district_id, s.contact_id) = (c.district_id, c.contact_id)) then 'schools'
            else 'district' end,
       '-infinity', case when c.active then 'infinity' else now() end, c.code, c.role,
       array_remove(array[case when c.email is not null then 'email' end, case when c.phone is not null then 'sms' end],
                    null), c.wave, c.sealed
  from district.contact c join people.moved m using (contact_id);
insert into people.role_school (role_id, district_id, school_id)
select contact_id, district_id, school_id from district.contact_school;
select setval(pg_get_serial_sequence('people.role', 'role_id'), max(role_id)) from people.role having count(*) > 0;

-- Rights to some schools that were given together are one role.
with given as (
    select nextval(pg_get_serial_sequence('people.role', 'role_id'))::int as role_id, g.*
      from (select person_id, district_id, role, from_at, to_at, array_agg(distinct school_id) as schools
              from dashboard.right group by 1, 2, 3, 4, 5 order by min(right_id)) g
), kept as (
    insert into people.role (role_id, person_id, district_id, role, scope, from_at, to_at) overriding system value
    select role_id, person_id, district_id, role, case role when 'school' then 'schools' else 'district' end, from_at,
           greatest(from_at, to_at)
      from given
)
insert into people.role_school (role_id, district_id, school_id)
select g.role_id, s.district_id, s.school_id
  from given g join district.school s on s.district_id = g.district_id and s.school_id = any(g.schools)
 where g.role = 'school';

alter table dashboard.session
    drop constraint session_person_id_fkey,
    add constraint session_person_id_fkey foreign key (person_id) references people.person;
alter table dashboard.sign_in_ticket
    drop constraint sign_in_ticket_person_id_fkey,
    add constraint sign_in_ticket_person_id_fkey foreign key (person_id) references people.person on delete cascade;
alter table dashboard.device
    drop constraint device_person_id_fkey,
    add constraint device_person_id_fkey foreign key (person_id) references people.person on delete cascade;

drop table people.moved, dashboard.right, dashboard.person, district.contact_school, district.contact;
