-- Alarms: what is wrong with the installation, and what became of calls that nobody hears of, told to contacts who are
-- marked for it (r_watch_alarm.sql). An alarm is a subject of its own: it lasts as long as something is not ok.

alter table people.role
    add column alarms boolean not null default false,
    add constraint role_alarms_check check (role = 'contact' or not alarms);

create table notify.alarm (
    district_id int not null references district.district,
    alarm_id    bigint generated always as identity,
    kind        text not null check (kind in ('health', 'roster')), -- roster: holes ahead, once a day at most
    at          timestamptz not null default now(),
    over_at     timestamptz,                 -- steady time since which nothing of it is wrong
    waits       boolean not null default true, -- it is to be looked at
    primary key (district_id, alarm_id)
);
create index alarm_waits on notify.alarm (alarm_id) where waits;
create index alarm_last on notify.alarm (district_id, kind, alarm_id);
create unique index alarm_open on notify.alarm (district_id, kind) where over_at is null;

-- What is, or was, not ok: a check of notify.health() with what it is about, or one call.
create table notify.finding (
    district_id int not null references district.district,
    finding_id  bigint generated always as identity,
    alarm_id    bigint,                      -- null: it is not raised yet
    "check"     text not null,
    channel     text,
    lane        int,
    object      text,                        -- a provider, an agency or a state, as a code
    school_id   int,
    about       bigint,                      -- the alert of a call
    at          timestamptz,                 -- of a hole in the roster: from when on
    notice      boolean not null default false, -- told once; it does not end
    first_at    timestamptz not null,        -- steady time at which it was seen first
    raised_at   timestamptz,
    well_at     timestamptz,
    primary key (district_id, finding_id),
    foreign key (district_id, alarm_id) references notify.alarm,
    foreign key (district_id, school_id) references district.school
);
create unique index finding_open on notify.finding (district_id, "check", channel, lane, object, school_id, about)
    nulls not distinct where well_at is null;
create index finding_alarm on notify.finding (district_id, alarm_id);
create index finding_about on notify.finding (district_id, about) where about is not null;
