-- The kinds of subjects, and how each is known (0022_subject.sql says how to add one): a call at a school, a
-- storm, an alarm, a drill.

-- A drill sends a message, marked as one, to the contacts of a school through the real providers (r_drill.sql).
create table notify.drill (
    district_id int not null references district.district,
    drill_id    int generated always as identity,
    school_id   int not null,
    at          timestamptz not null default now(),
    by          text not null,               -- who wanted it, as people read it
    channels    text[] not null,             -- the only ones that it uses
    first_step  boolean not null default false, -- only who would be told at once
    wakes       boolean not null default false, -- quiet hours of contacts do not count
    waits       boolean not null default true, -- it is to be looked at
    primary key (district_id, drill_id),
    foreign key (district_id, school_id) references district.school
);
create index drill_waits on notify.drill (drill_id) where waits;

-- Who confirmed on the page behind the link that the message came.
create table notify.drill_answer (
    district_id int not null,
    drill_id    int not null,
    contact_id  int not null,
    at          timestamptz not null default now(),
    primary key (district_id, drill_id, contact_id),
    foreign key (district_id, drill_id) references notify.drill
);

alter table notify.alert
    add column alarm_id bigint,
    add column drill_id int,
    add foreign key (district_id, alarm_id) references notify.alarm,
    add foreign key (district_id, drill_id) references notify.drill,
    drop constraint alert_subject_kind_check,
    add constraint alert_subject_kind_check check (subject_kind in ('call', 'storm', 'alarm', 'drill')),
    drop column subject_id;
alter table notify.alert
    add column subject_id text not null generated always as (
        case subject_kind when 'call' then agency_id::text || '/' || incident_no || '/' || school_id::text
                          when 'storm' then school_id::text || '/' || storm_id::text
                          when 'alarm' then alarm_id::text
                          when 'drill' then drill_id::text end) stored,
    add constraint alert_subject_key unique (district_id, subject_kind, subject_id);
create unique index alert_alarm on notify.alert (district_id, alarm_id) where alarm_id is not null;
create unique index alert_drill on notify.alert (district_id, drill_id) where drill_id is not null;

-- Drills have a lane of their own, after all live ones.
alter table notify.delivery
    drop constraint delivery_lane_check,
    add constraint delivery_lane_check check (lane between 0 and 4); -- 0 urgent, 1, 2 later, 3 replay, 4 drill
