-- Schemas, versions, agencies and keys, codes. docs/model.md tells why the tables are cut this way.

create schema liaison;    -- the installation: versions, services, counters, audit
create schema code;       -- common code lists and each agency's map to them
create schema agency;     -- keyed by agency and stream: what was received
create schema district;   -- keyed by district first: incidents at its schools
create schema notify;     -- alerts and deliveries
create schema dashboard;  -- people who sign in
create schema publication; -- what the public role may see, and nothing else

create table liaison.schema_version (
    version    int primary key,
    name       text not null,
    sha256     text not null,
    applied_at timestamptz not null default now()
);

-- Counters of the running services, added up over restarts. label is an agency slug, a key's first
-- characters, or ''. Never a value from an event.
create table liaison.counter (
    service text not null,
    name    text not null,
    label   text not null default '',
    value   bigint not null default 0,
    last_at timestamptz not null default now(),
    primary key (service, name, label)
);

-- One row a running service instance: its last sign of life.
create table liaison.service (
    service    text not null,
    instance   uuid not null,
    started_at timestamptz not null,
    seen_at    timestamptz not null,
    version    text not null,
    primary key (service, instance)
);

-- Who did what, append-only.
create table liaison.audit (
    audit_id bigint generated always as identity primary key,
    at       timestamptz not null default now(),
    actor    text not null,
    action   text not null,
    object   text not null,
    detail   jsonb
);

-- Common codes -----------------------------------------------------------------------------------

create table code.class (
    class text primary key,          -- 'violence', 'weapon', ...
    name  text not null,
    rank  smallint not null          -- order on pages, most urgent first
);

create table code.type (             -- APCO ANS 2.103.2-2019, as in NENA-STA-021.1b table 3-2
    code        text primary key,
    name        text not null,
    class       text not null references code.class,
    sensitivity text not null default 'open' check (sensitivity in ('open', 'restricted', 'sealed')),
    withheld    boolean not null default false
);

create table code.disposition (      -- APCO ANS 1.111.2-2018
    code text primary key,
    name text not null
);

create table code.offense (          -- NIBRS
    code     text primary key,
    name     text not null,
    "group"  text not null,
    against  text not null,
    withheld boolean not null default false
);

-- Agencies ---------------------------------------------------------------------------------------

create table agency.agency (
    agency_id     int generated always as identity primary key,
    slug          text not null unique check (slug ~ '^[a-z0-9][a-z0-9-]{1,38}$'),
    name          text not null,
    kind          text not null default 'police' check (kind in ('police', 'fire', 'security', 'district', 'other')),
    zone          text not null default 'UTC',
    -- 'low': 1 is the most urgent; 'high': 10 is
    priority_top  text not null default 'low' check (priority_top in ('low', 'high')),
    quiet_after_s int not null default 900,  -- silence longer than this is "cut off"
    created_at    timestamptz not null default now()
);
-- The district's own entries (calls made straight to an officer) belong to no agency.
insert into agency.agency (agency_id, slug, name, kind) overriding system value
values (0, 'district', 'The district itself', 'district');

create table agency.feed_key (
    public_key text primary key check (length(public_key) = 40), -- Z85 of the CURVE key
    agency_id  int not null references agency.agency,
    label      text not null default '',
    created_at timestamptz not null default now(),
    revoked_at timestamptz
);
create index feed_key_agency on agency.feed_key (agency_id);

-- Agency's own codes to common ones. A map is never edited: a new version supersedes it, so that
-- history can be mapped again. own is compared after upper() and trimming.
create table code.map (
    agency_id int not null references agency.agency,
    version   int not null,
    kind      text not null check (kind in ('type', 'disposition', 'outcome', 'priority')),
    own       text not null,
    common    text not null,
    primary key (agency_id, kind, version, own)
);
create table code.map_version (
    agency_id  int not null references agency.agency,
    kind       text not null,
    version    int not null,
    current    boolean not null default true,
    created_at timestamptz not null default now(),
    primary key (agency_id, kind, version)
);
create unique index map_version_current on code.map_version (agency_id, kind) where current;
