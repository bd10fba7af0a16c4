-- A storm: calls at a school whose alerts a budget holds. They are told in one summary, which is an alert of a kind of
-- its own (r_storm.sql, docs/notify.md).

alter table district.district
    add column storm_every_s int not null default 180 -- between two summaries of a storm to a person; 0: there are none
        check (storm_every_s between 0 and 86400);

create table notify.storm (
    district_id int not null,
    storm_id    bigint generated always as identity,
    school_id   int not null,
    sealed      boolean not null,            -- of sealed calls and no others, or of all others
    began_at    timestamptz not null default now(),
    grown_at    timestamptz not null,        -- steady time at which it was given a call last
    look_at     timestamptz,                 -- steady time at which it is counted again; null: it is over
    calls       int not null default 0,      -- as counted last
    primary key (district_id, storm_id),
    foreign key (district_id, school_id) references district.school
);
create unique index storm_running on notify.storm (district_id, school_id, sealed) where look_at is not null;
create index storm_last on notify.storm (district_id, school_id, sealed, storm_id);

-- Of a call: the storm that counts it. Of a storm: its id.
alter table notify.alert add column storm_id bigint;
update notify.alert set storm_id = 0 where state = 'held'; -- no storm: from before there were any

alter table notify.alert
    drop constraint alert_subject_kind_check,
    add constraint alert_subject_kind_check check (subject_kind in ('call', 'storm')),
    drop column subject_id;
alter table notify.alert
    add column subject_id text not null generated always as (
        case subject_kind when 'call' then agency_id::text || '/' || incident_no || '/' || school_id::text
                          when 'storm' then school_id::text || '/' || storm_id::text end) stored,
    add constraint alert_subject_key unique (district_id, subject_kind, subject_id);
create index alert_storm on notify.alert (district_id, storm_id) where storm_id is not null;
create index alert_loose on notify.alert (district_id, school_id) where state = 'held' and storm_id is null;
