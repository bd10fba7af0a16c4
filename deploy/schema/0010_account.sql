-- Proof of completeness. An agent and intake each keep an account of a stream: how many records, and
-- a digest, which is the exclusive or of one hash for each (sequence, octets of its body); so neither
-- order nor the purge of rows changes it. The agent tells its own with each MANIFEST; what lies
-- between two of them is a section, which is proven or not. Beside that it is known of each sequence
-- whether a row of agency.event must be there, so that rows that are lost can be named.

-- Streams that are older than the account are proven from here on.
alter table agency.stream add column account_from bigint not null default 1;
update agency.stream set account_from = high + 1 where high > 0;

alter table agency.tally
    add column account_count  bigint not null default 0, -- records received, each sequence once
    add column account_digest bigint not null default 0; -- the exclusive or of their hashes

-- What the agent no longer had, it has read again from its source and sent under new sequences.
alter table agency.stream_gap add column reread_at timestamptz;

-- Sequences that rightly have no row: purged with the holding area, or a fact that was known. One
-- bit each, in pages of 1024.
create table agency.absent (
    stream_no int not null references agency.stream,
    page      bigint not null,               -- sequences from page * 1024
    bits      bit(1024) not null,
    primary key (stream_no, page)
);

-- What agent and intake say of a stream up to a sequence, and whether it is the same.
create table agency.proof (
    stream_no    int not null references agency.stream,
    through      bigint not null,            -- the account is of the sequences up to here
    source       text not null,              -- of the manifest that told it: a file, or a day
    told_at      timestamptz not null default now(),
    counts_from  bigint not null,            -- and from here, by the agent
    their_digest bigint not null,
    our_count    bigint not null,
    our_digest   bigint not null,
    checked      bigint not null default 0,  -- the rows up to here were looked for
    verdict      text check (verdict in ('same', 'reread', 'waiting', 'lost', 'differs', 'unproved')),
    compared_at  timestamptz,                -- null, like verdict: it is to be compared (again)
    faulted_at   timestamptz,                -- when it was not the same
    repaired_at  timestamptz,                -- when it was the same after that
    primary key (stream_no, through)
);
create index proof_pending on agency.proof (stream_no) where verdict is null;

-- r_account.sql has the function that also keeps the account.
drop function agency.fill_gap(int, bigint);
