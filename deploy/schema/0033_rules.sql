-- Rules with versions: each change of a rule is kept, and an alert says by which rule and version it was made, also
-- when the rule is gone (r_rules.sql).

alter table notify.rule add column version int not null default 1;

create table notify.rule_version (
    district_id int not null references district.district,
    rule_id     int not null,                -- stays when the rule is gone
    version     int not null,
    at          timestamptz not null default now(),
    by          text not null,               -- as in liaison.audit
    name        text not null,
    gone        boolean not null default false, -- from this version on there is no such rule
    rule        jsonb not null,              -- its columns
    primary key (district_id, rule_id, version)
);
insert into notify.rule_version (district_id, rule_id, version, by, name, rule)
select district_id, rule_id, version, 'schema', name, to_jsonb(r) from notify.rule r;

alter table notify.alert
    add column rule_version int,             -- the rule that was the first to match, as it was then
    add column rule_name text;
update notify.alert a set rule_version = r.version, rule_name = r.name
  from notify.rule r where (r.district_id, r.rule_id) = (a.district_id, a.rule_id);

-- More conditions. A list that is null does not restrict.
alter table notify.rule
    add column types text[],                 -- common type codes
    add column dispositions text[],          -- common codes; a call without one does not match a list
    add column relations text[]
        check (relations <@ '{at,next_to,near,zone,transport,function,uncertain}'),
    add column within_m int check (within_m between 0 and 100000), -- null: any distance
    add column weekdays smallint[] check (weekdays <@ '{1,2,3,4,5,6,7}'), -- of the call's local day; 1: Monday
    add column rank smallint not null default 100 check (rank between 1 and 999), -- the lowest is looked at first
    add column stops boolean not null default false, -- where it matches, rules after it do not count
    add column quiet_from time,              -- local time; what waits is told when it is quiet_to
    add column quiet_to time,
    add column quiet_priority smallint not null default 9 -- from it on a call breaks through. Life safety always does
        check (quiet_priority between 1 and 11),
    add constraint rule_quiet_check check (num_nulls(quiet_from, quiet_to) <> 1 and quiet_from <> quiet_to);
update notify.rule_version v set rule = to_jsonb(r) -- so that the next version shows what it changed, and no more
  from notify.rule r where (r.district_id, r.rule_id, r.version) = (v.district_id, v.rule_id, v.version);

-- Quiet hours of a contact.
alter table people.role
    add column quiet_from time,
    add column quiet_to time,
    add column quiet_priority smallint not null default 9 check (quiet_priority between 1 and 11),
    add constraint role_quiet_check check (num_nulls(quiet_from, quiet_to) <> 1 and quiet_from <> quiet_to
                                           and (role = 'contact' or quiet_from is null));

-- Days that differ from the week: of a school, or of all schools of a district (school_id null). A day without a row is
-- a school day from Monday to Friday.
create table district.calendar_day (
    district_id int not null references district.district,
    school_id   int,
    day         date not null,
    kind        text not null check (kind in ('school', 'early', 'holiday')),
    ends        time,                        -- of kind 'early': when school ends that day
    unique nulls not distinct (district_id, day, school_id),
    foreign key (district_id, school_id) references district.school,
    check ((kind = 'early') = (ends is not null))
);

-- Hours of a school that differ from those of the district. weekday 0: each day that has no row of its own.
create table district.bell (
    district_id int not null,
    school_id   int not null,
    weekday     smallint not null default 0 check (weekday between 0 and 7),
    starts      time not null,
    ends        time not null,
    primary key (district_id, school_id, weekday),
    foreign key (district_id, school_id) references district.school,
    check (starts < ends)
);

-- While somebody is absent, another contact of the district stands in, or nobody.
alter table people.role add unique (role_id, district_id);
create table people.absence (
    absence_id  int generated always as identity primary key,
    district_id int not null,
    role_id     int not null,
    from_at     timestamptz not null,
    to_at       timestamptz not null default 'infinity',
    substitute  int,                         -- another contact; null: nobody
    by          text not null,               -- as in liaison.audit
    foreign key (role_id, district_id) references people.role (role_id, district_id) on delete cascade,
    foreign key (substitute, district_id) references people.role (role_id, district_id) on delete cascade,
    check (to_at >= from_at and substitute <> role_id)
);
create index absence_role on people.absence (role_id);
create index absence_substitute on people.absence (substitute);

-- Until when begins and ends of roles and absences were noted as changes (notify.note_turns).
create table notify.roster_seen (
    one boolean primary key default true check (one),
    at  timestamptz not null
);
insert into notify.roster_seen (at) values (now());
