-- Sign-ins that are counted by person, devices that a person has signed in from, and what bounds the
-- rows of the audit. r_sign_in.sql has the functions, which alone may touch these tables.

drop table dashboard.sign_in_failure;

-- Tries that have not succeeded, in the window that is running.
create table dashboard.sign_in_count (
    subject  text primary key,   -- p: a person, d: one of a person's devices, l: the keyed hash of a
                                 -- login that nobody has, a: the keyed hash of an address
    count    int not null,
    first_at timestamptz not null,
    last_at  timestamptz not null
);
create index sign_in_count_last on dashboard.sign_in_count (last_at);

-- A try that was counted and has not been decided: it can be decided once.
create table dashboard.sign_in_ticket (
    ticket_hash bytea primary key,           -- BLAKE2b-256
    subject     text not null,
    by_address  text,                        -- the subject of the address, if that was counted too
    address     inet,
    person_id   int references dashboard.person on delete cascade, -- null: nobody has the login
    device_hash bytea,                       -- of the person's own device
    reason      text,                        -- why it cannot succeed
    made_at     timestamptz not null default now()
);
create index sign_in_ticket_subject on dashboard.sign_in_ticket (subject);
create index sign_in_ticket_made on dashboard.sign_in_ticket (made_at);

-- A browser in which this person has signed in before. Strangers cannot lock it out. Several people
-- may share one.
create table dashboard.device (
    device_hash bytea not null,              -- BLAKE2b-256 of the cookie
    person_id   int not null references dashboard.person on delete cascade,
    made_at     timestamptz not null default now(),
    used_at     timestamptz not null default now(),
    primary key (device_hash, person_id)
);
create index device_person on dashboard.device (person_id, used_at);

-- How many rows of one kind the audit took in this hour. What is over the bound is counted.
create table dashboard.audit_budget (
    key      text primary key,
    hour     timestamptz not null,
    rows     int not null default 0,
    left_out bigint not null default 0
);

-- When the audit last took a reader's look at a sealed call.
create table dashboard.sealed_read (
    reader      text not null,               -- person:N or contact:N
    district_id int not null,
    agency_id   int not null,
    incident_no text not null,
    at          timestamptz not null,
    primary key (reader, district_id, agency_id, incident_no)
);
create index sealed_read_at on dashboard.sealed_read (at);

-- The dashboard answers as the person of a session, and in nobody's name.
drop function if exists district.decide_place(int, int, text, int, boolean, text, text);
