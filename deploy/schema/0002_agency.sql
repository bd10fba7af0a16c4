-- What agencies sent: streams, events, incident state, holding area, quarantine, tallies.

-- A stream is (agency, uuid made with the agent's spool). high is the high-water mark: every
-- sequence up to it has been decided (stored, a duplicate, or refused), but for open gaps. Both
-- outlive every purge: they are what makes a replay harmless.
create table agency.stream (
    stream_no    int generated always as identity primary key,
    agency_id    int not null references agency.agency,
    stream_id    uuid not null,
    epoch        bigint not null,            -- microseconds; orders the streams of one agency
    mode         text not null check (mode in ('live', 'replay', 'backfill')),
    high         bigint not null default 0,
    owner        uuid,                       -- the intake session that may write it (fencing)
    agent        text not null default '',
    peer         text not null default '',
    created_at   timestamptz not null default now(),
    connected_at timestamptz,
    heard_at     timestamptz,
    skew_ms      bigint,                     -- agency clock minus ours, at the last hello or ping
    unique (agency_id, stream_id)
);

-- Sequences below high that are wanted: lost on the way, or asked for again by the operator.
create table agency.stream_gap (
    stream_no int not null references agency.stream,
    first     bigint not null,
    last      bigint not null check (last >= first),
    reason    text not null check (reason in ('gap', 'replay')),
    opened_at timestamptz not null default now(),
    asked_at  timestamptz,
    gone_at   timestamptz,                   -- the agent says that it no longer has them
    primary key (stream_no, first)
);

-- Events as received, one row each; never updated. Purged with their incident.
create table agency.event (
    stream_no      int not null,
    seq            bigint not null,
    agency_id      int not null,
    incident_no    text not null,
    kind           smallint not null,        -- common/dictionary.def, EVENT_KIND_WORDS
    mode           smallint not null,        -- 1 live, 2 replay, 3 backfill
    occurred_at    timestamptz not null,
    epoch          bigint not null,          -- of the stream: with occurred_at and seq, the version
    received_at    timestamptz not null default now(),
    content_id     uuid not null,            -- 128 bits of BLAKE2b over what was stored
    time_quality   smallint,
    initiated_by   smallint,
    received_via   smallint,
    call_type      text,
    final_type     text,
    priority       text,
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
    municipality   text,
    cross_streets  text,
    beat           text,
    placed         text,                     -- JSON: what intake's placement said of this place; '[]' is nowhere
    report_numbers text[],
    units          text,                     -- JSON, as encoded by common/event
    dispositions   text,
    outcomes       text,
    merged_into    text,
    split_from     text,
    entered_in_error boolean not null default false,
    event_id       text,
    primary key (stream_no, seq)
);
-- Finds an incident's events, and makes the same fact sent twice one row.
create unique index event_fact on agency.event (agency_id, incident_no, occurred_at, content_id);

-- The state of an incident: each field is the one said by the latest event that says it. Derived
-- from agency.event; agency.fold() computes it again.
create table agency.incident (
    agency_id      int not null,
    incident_no    text not null,
    status         smallint not null,        -- 1 open, 2 closed; 0: only outcomes were heard
    mode           smallint not null,        -- of its latest event
    first_at       timestamptz not null,     -- (first_at, first_epoch, first_seq): of its earliest event
    first_epoch    bigint not null,
    first_seq      bigint not null,
    version_at     timestamptz not null,     -- (version_at, version_epoch, version_seq): the version
    version_epoch  bigint not null,
    version_seq    bigint not null,
    arrived_at     timestamptz not null default now(), -- when we first heard of it: the holding window runs from here
    updated_at     timestamptz not null default now(),
    initiated_by   smallint,
    received_via   smallint,
    call_type      text,
    final_type     text,
    priority       text,
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
    municipality   text,
    cross_streets  text,
    beat           text,
    placed         text,
    report_numbers text[],
    units          text,
    dispositions   text,
    merged_into    text,
    split_from     text,
    entered_in_error boolean not null default false,
    at_school      boolean not null default false, -- ever placed at a school: then it is the district's to keep
    stale          boolean not null default false, -- set and cleared inside one transaction: wants agency.fold()
    primary key (agency_id, incident_no)
);
create index incident_holding on agency.incident (arrived_at) where not at_school;

-- What was refused. Nothing of the message is kept but its size, its hash and the reason; the
-- record itself stays with its sender, and a replay asks for it again.
create table agency.quarantine (
    quarantine_id bigint generated always as identity primary key,
    agency_id     int not null references agency.agency,
    stream_no     int not null references agency.stream,
    seq           bigint not null,
    received_at   timestamptz not null default now(),
    octets        int not null,
    sha256        bytea not null,
    content_type  text not null,
    code          text not null,             -- err_name() of common/fault.h
    field         text not null,
    reason        text not null,
    state         text not null default 'held' check (state in ('held', 'asked', 'replayed', 'discarded', 'gone')),
    decided_at    timestamptz,
    decided_by    text,
    unique (stream_no, seq)
);
create index quarantine_held on agency.quarantine (agency_id, received_at) where state = 'held';

-- Counts by stream and day of receipt (UTC), written in the transaction that stores; they outlive
-- the purge. stored = at_school + no_school.
create table agency.tally (
    stream_no   int not null references agency.stream,
    day         date not null,
    at_school   bigint not null default 0,
    no_school   bigint not null default 0,
    duplicate   bigint not null default 0,   -- the same fact again, under another sequence
    repeated    bigint not null default 0,   -- the same sequence again: a resend
    quarantined bigint not null default 0,
    unknown_fields  bigint not null default 0,
    denied_fields   bigint not null default 0,
    withheld_codes  bigint not null default 0,
    octets      bigint not null default 0,
    primary key (stream_no, day)
);

-- What the agent says of its own source: rows read, rows it refused, and the day's proof.
create table agency.manifest (
    stream_no  int not null references agency.stream,
    source     text not null,                -- 'calls.csv', or a day '2026-11-23'
    at         timestamptz not null default now(),
    rows_read  bigint not null,
    rows_rejected bigint not null,
    rows_duplicate bigint not null default 0, -- dropped by the agent itself
    records    bigint not null,
    first_seq  bigint not null,
    last_seq   bigint not null,
    digest     text not null default '',
    primary key (stream_no, source)
);

-- A sequence that was wanted has come: the gap shrinks around it.
create function agency.fill_gap(p_stream int, p_seq bigint) returns void language plpgsql as $$
declare
    g agency.stream_gap;
begin
    delete from agency.stream_gap
     where stream_no = p_stream and p_seq between first and last
    returning * into g;
    if not found then
        return;
    end if;
    if g.first < p_seq then
        insert into agency.stream_gap values (p_stream, g.first, p_seq - 1, g.reason, g.opened_at, g.asked_at, g.gone_at);
    end if;
    if g.last > p_seq then
        insert into agency.stream_gap values (p_stream, p_seq + 1, g.last, g.reason, g.opened_at, g.asked_at, g.gone_at);
    end if;
    update agency.quarantine set state = 'replayed', decided_at = now()
     where stream_no = p_stream and seq = p_seq and state = 'asked';
end $$;

-- The agent no longer has these: they stay as gaps, marked, as the record of a loss.
create function agency.gone(p_stream int, p_first bigint, p_last bigint) returns void
language plpgsql as $$
declare
    g agency.stream_gap;
begin
    for g in delete from agency.stream_gap
              where stream_no = p_stream and first <= p_last and last >= p_first and gone_at is null
             returning *
    loop
        if g.first < p_first then -- what lies before is still wanted
            insert into agency.stream_gap
            values (p_stream, g.first, p_first - 1, g.reason, g.opened_at, g.asked_at, null);
        end if;
        if g.last > p_last then
            insert into agency.stream_gap
            values (p_stream, p_last + 1, g.last, g.reason, g.opened_at, g.asked_at, null);
        end if;
        insert into agency.stream_gap
        values (p_stream, greatest(g.first, p_first), least(g.last, p_last), g.reason, g.opened_at,
                g.asked_at, now());
    end loop;
    update agency.quarantine set state = 'gone', decided_at = now()
     where stream_no = p_stream and seq between p_first and p_last and state = 'asked';
end $$;
