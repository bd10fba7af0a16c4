-- Test messages that are sent and read back (services/notify/watch/probe.h). All times are steady (notify.clock).

-- The processes that send them, with their settings.
create table notify.prober (
    instance uuid primary key,               -- as notify.provider.instance
    every_s  int not null check (every_s > 0),
    within_s int not null check (within_s > 0), -- a test message must have come back after so long
    mailbox_error text                       -- why the mailbox could not be read: "imap curl-67"
);

-- The test messages of the last days. Each turn of every_s has one, whichever process sends it.
create table notify.probe (
    turn_at     timestamptz primary key,
    sent_at     timestamptz not null,        -- when its sending began
    token_hash  bytea not null unique,       -- of what its subject names
    provider    text not null check (provider ~ '^[a-z0-9_-]{1,32}$'),
    outcome     text check (outcome in ('sent', 'failed', 'unknown')), -- null: it is being sent
    reason      text,                        -- as notify.delivery.reason
    answer      text,                        -- class and code of the relay's answer, never its text
    returned_at timestamptz                  -- when it was read back
);
