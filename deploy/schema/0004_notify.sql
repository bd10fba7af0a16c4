-- Alerts: rules, one alert for an incident at a school, its deliveries, acknowledgement tokens.

create table notify.rule (
    district_id  int not null references district.district,
    rule_id      int generated always as identity,
    name         text not null,
    active       boolean not null default true,
    schools      int[],                      -- null: all
    classes      text[],                     -- null: all but sealed ones
    min_priority smallint not null default 0, -- common, 0 to 10
    hours        text not null default 'any' check (hours in ('any', 'school', 'outside')),
    channels     text[] not null default '{email,sms}',
    sealed       boolean not null default false, -- for sealed classes: reaches contacts named for them only
    escalate_s   int not null default 300 check (escalate_s between 30 and 86400), -- until the next wave
    max_age_s    int not null default 86400, -- an incident that began longer ago alerts nobody (live only)
    primary key (district_id, rule_id)
);
create trigger bump after insert or update or delete or truncate on notify.rule
    for each statement execute function liaison.bump('rules');

create table notify.alert (
    district_id int not null references district.district,
    alert_id    bigint generated always as identity,
    agency_id   int not null,
    incident_no text not null,
    school_id   int not null,
    rule_id     int not null,
    mode        text not null check (mode in ('live', 'replay')),
    state       text not null default 'open' check (state in ('open', 'acknowledged', 'closed')),
    said        text not null default '',    -- digest of what was last said, so that no update repeats it
    created_at  timestamptz not null default now(),
    acknowledged_at timestamptz,
    acknowledged_by text,
    primary key (district_id, alert_id),
    unique (district_id, agency_id, incident_no, school_id)
);

create table notify.delivery (
    district_id  int not null,
    delivery_id  bigint generated always as identity,
    alert_id     bigint not null,
    contact_id   int not null,
    channel      text not null check (channel in ('email', 'sms')),
    kind         text not null check (kind in ('first', 'update', 'closed', 'correction')),
    wave         smallint not null default 1,
    state        text not null default 'queued' check (state in ('queued', 'sending', 'sent', 'delivered', 'failed', 'unknown', 'cancelled')),
    attempts     smallint not null default 0,
    next_at      timestamptz not null default now(),
    lease_until  timestamptz,
    leased_by    uuid,
    message_id   text not null,              -- fixed before the first try: a retry is the same message
    provider_id  text,
    error        text,                       -- class and code, never content
    content      jsonb not null default '{}', -- what it says: codes, states and times only; a retry says the same
    created_at   timestamptz not null default now(),
    sent_at      timestamptz,
    primary key (district_id, delivery_id),
    foreign key (district_id, alert_id) references notify.alert
);
create index delivery_due on notify.delivery (next_at) where state in ('queued', 'sending');
-- However many processes look at an alert: each contact hears of it once.
create unique index delivery_first on notify.delivery (district_id, alert_id, contact_id, channel)
    where kind = 'first';
create index delivery_alert on notify.delivery (district_id, alert_id);

-- Acknowledgement links. Only the hash of a token is stored.
create table notify.token (
    token_hash  bytea primary key,           -- BLAKE2b-256
    district_id int not null,
    alert_id    bigint not null,
    contact_id  int not null,
    created_at  timestamptz not null default now(),
    expires_at  timestamptz not null,
    foreign key (district_id, alert_id) references notify.alert
);

-- The dashboard acknowledges through this: by token, or for a signed-in person.
create function notify.acknowledge(p_district int, p_alert bigint, p_by text) returns boolean
language sql security definer set search_path = notify, pg_temp as $$
    update notify.alert
       set state = 'acknowledged', acknowledged_at = now(), acknowledged_by = p_by
     where district_id = p_district and alert_id = p_alert and acknowledged_at is null;
    update notify.delivery set state = 'cancelled'
     where district_id = p_district and alert_id = p_alert and state = 'queued' and wave > 1;
    select true;
$$;
