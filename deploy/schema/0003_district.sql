-- What concerns a district. district_id leads every primary key; nothing here refers to the holding area.

create table district.district (
    district_id int generated always as identity primary key,
    slug        text not null unique check (slug ~ '^[a-z0-9][a-z0-9-]{1,38}$'),
    name        text not null,
    zone        text not null,               -- IANA; school hours and days are in it
    hours_start time not null default '07:30',
    hours_end   time not null default '15:30',
    year_start_month smallint not null default 8 check (year_start_month between 1 and 12),
    public_threshold smallint not null default 10,
    created_at  timestamptz not null default now()
);

create table district.school (
    district_id int not null references district.district,
    school_id   int not null,                -- unique in the installation: from district.school_id_seq
    code        text not null,               -- the district's own
    name        text not null,
    level       text not null default 'other' check (level in ('elementary', 'middle', 'high', 'k8', 'k12', 'other')),
    address     text,
    latitude    double precision not null check (latitude between -90 and 90),
    longitude   double precision not null check (longitude between -180 and 180),
    radius_m    int not null default 150 check (radius_m between 10 and 5000),
    campus      text,                        -- GeoJSON Polygon or MultiPolygon, WGS 84
    active      boolean not null default true,
    primary key (district_id, school_id),
    unique (district_id, code)
);
create sequence district.school_id_seq;
create unique index school_id on district.school (school_id);

-- Former and other names of schools; dated, because figures of a year carry the name of that year.
create table district.school_name (
    district_id int not null,
    school_id   int not null,
    name        text not null,
    from_day    date not null default '-infinity',
    to_day      date not null default 'infinity',
    primary key (district_id, school_id, from_day),
    foreign key (district_id, school_id) references district.school
);

-- How agencies write a school: normalised by intake's rules, kind 'address' or 'name'.
create table district.school_alias (
    district_id int not null,
    school_id   int not null,
    kind        text not null check (kind in ('address', 'name')),
    alias       text not null,
    decided_by  text not null default 'import',
    decided_at  timestamptz not null default now(),
    primary key (district_id, kind, alias),
    foreign key (district_id, school_id) references district.school
);

create table district.feeder (
    district_id int not null references district.district,
    feeder_id   int not null,
    name        text not null,
    primary key (district_id, feeder_id)
);
create table district.school_feeder (
    district_id int not null,
    school_id   int not null,
    feeder_id   int not null,
    from_day    date not null default '-infinity',
    to_day      date not null default 'infinity',
    primary key (district_id, school_id, feeder_id, from_day),
    foreign key (district_id, school_id) references district.school,
    foreign key (district_id, feeder_id) references district.feeder
);

-- Moves whenever schools, aliases or radii change: intake and others load them again.
create table liaison.revision (
    name text primary key,                   -- 'schools', 'keys', 'codes', 'rules'
    rev  bigint not null default 1
);
insert into liaison.revision (name) values ('schools'), ('keys'), ('codes'), ('rules');

create function liaison.bump() returns trigger language plpgsql as $$
begin
    update liaison.revision set rev = rev + 1 where name = tg_argv[0];
    return null;
end $$;
create trigger bump after insert or update or delete or truncate on district.school
    for each statement execute function liaison.bump('schools');
create trigger bump after insert or update or delete or truncate on district.school_alias
    for each statement execute function liaison.bump('schools');
create trigger bump after insert or update or delete or truncate on agency.feed_key
    for each statement execute function liaison.bump('keys');
create trigger bump after insert or update or delete or truncate on agency.agency
    for each statement execute function liaison.bump('keys');
create trigger bump after insert or update or delete or truncate on code.map_version
    for each statement execute function liaison.bump('codes');

create table district.contact (
    district_id int not null references district.district,
    contact_id  int generated always as identity,
    code        text not null,               -- the district's own, for re-import
    name        text not null,
    role        text not null default 'principal',
    email       text,
    phone       text check (phone ~ '^\+[1-9][0-9]{6,14}$'),
    wave        smallint not null default 1 check (wave between 1 and 9), -- who is told at once, who next
    sealed      boolean not null default false, -- named by the district for sealed classes
    active      boolean not null default true,
    primary key (district_id, contact_id),
    unique (district_id, code)
);
create table district.contact_school (       -- no row: all schools of the district
    district_id int not null,
    contact_id  int not null,
    school_id   int not null,
    primary key (district_id, contact_id, school_id),
    foreign key (district_id, contact_id) references district.contact,
    foreign key (district_id, school_id) references district.school
);

-- An incident that concerns a school of the district. Derived by district.derive() from
-- agency.incident (origin cad, rms), or entered by a person (agency_id 0).
create table district.incident (
    district_id    int not null references district.district,
    agency_id      int not null,
    incident_no    text not null,
    origin         text not null check (origin in ('cad', 'rms', 'person')),
    mode           text not null check (mode in ('live', 'replay', 'backfill')),
    status         text not null check (status in ('open', 'closed', 'cancelled')),
    class          text not null references code.class,
    sensitivity    text not null check (sensitivity in ('open', 'restricted', 'sealed')),
    type_own       text,
    type_code      text,                     -- common code, or null: unmapped
    map_version    int not null default 0,   -- of the type map that decided it; 0: none
    first_type_own text,                     -- as first reported, if the agency reclassified it
    priority_own   text,
    priority       smallint,                 -- 0 to 10, 10 the most urgent
    initiated_by   text,
    received_via   text,
    opened_at      timestamptz not null,     -- the best known start
    t_received     timestamptz,
    t_dispatched   timestamptz,
    t_en_route     timestamptz,
    t_on_scene     timestamptz,
    t_cleared      timestamptz,
    t_closed       timestamptz,
    address        text,
    latitude       double precision,
    longitude      double precision,
    place_name     text,
    units          jsonb,
    dispositions   jsonb,                    -- [{"own","code","primary"}]
    disposition_code text,                   -- the primary one, common; null: none or unmapped
    report_numbers text[],
    school_id      int not null,             -- the first of incident_school: what counts use
    relation       text not null,
    merged_into    text,
    entered_in_error boolean not null default false,
    elsewhere      boolean not null default false, -- moved away: kept, counted no more
    version_at     timestamptz not null,
    created_at     timestamptz not null default now(),
    updated_at     timestamptz not null default now(),
    primary key (district_id, agency_id, incident_no)
);
create index incident_opened on district.incident (district_id, opened_at desc);
create index incident_school_opened on district.incident (district_id, school_id, opened_at desc);
create index incident_open on district.incident (district_id) where status = 'open';

create table district.incident_school (
    district_id int not null,
    agency_id   int not null,
    incident_no text not null,
    school_id   int not null,
    rank        smallint not null,           -- 1 is the school that counts use
    relation    text not null check (relation in ('at', 'next_to', 'near', 'zone', 'transport', 'function', 'elsewhere')),
    distance_m  real,
    method      text not null check (method in ('campus', 'radius', 'address', 'name', 'person')),
    confidence  real not null,
    decided_by  text not null default 'placement',
    primary key (district_id, agency_id, incident_no, school_id),
    foreign key (district_id, agency_id, incident_no) references district.incident on delete cascade
);
create index incident_school_school on district.incident_school (district_id, school_id);

create table district.outcome (
    district_id int not null,
    agency_id   int not null,
    incident_no text not null,
    outcome_id  text not null,
    subject     smallint not null,
    own         text not null,
    code        text,                        -- common outcome; null: unmapped
    offense     text,
    decided_at  timestamptz not null,
    voided_by   text,
    recorded_at timestamptz not null default now(),
    primary key (district_id, agency_id, incident_no, outcome_id)
);

-- Everything that changed, in order: read only below pg_snapshot_xmin (live stream, figures).
create table district.change (
    district_id int not null,
    change_id   bigint generated always as identity,
    xid         xid8 not null default pg_current_xact_id(),
    agency_id   int not null,
    incident_no text not null,
    first       boolean not null,            -- the district had not heard of it before
    mode        text not null,
    at          timestamptz not null default now(),
    primary key (district_id, change_id)
);
-- An id drawn early may commit late: who follows the log goes by (xid, change_id).
create index change_xid on district.change (district_id, xid, change_id);

-- What notify must look at. A queue: rows are claimed (FOR UPDATE SKIP LOCKED) and deleted.
-- Backfill never gets here.
create table district.outbox (
    outbox_id   bigint generated always as identity primary key,
    district_id int not null,
    agency_id   int not null,
    incident_no text not null,
    mode        text not null check (mode in ('live', 'replay')),
    first       boolean not null,
    at          timestamptz not null default now(),
    lease_until timestamptz
);
