-- What providers and mail servers say of a message after they took it, texts that come in, and who wants no more texts.
-- None of these tables holds an address, a number or a text.

-- One row for each thing that was said of a delivery. Rows are never changed: the state of a delivery follows from all
-- of them, in whatever order they came (notify.receipts_say, r_receipts.sql).
create table notify.receipt (
    receipt_id  bigint generated always as identity primary key,
    district_id int not null,
    delivery_id bigint not null,
    attempt     smallint not null,           -- which try it is about
    at          timestamptz not null default now(),
    provider    text not null check (provider in ('twilio', 'kannel', 'mail')),
    state       text not null check (state in ('sent', 'delayed', 'failed', 'delivered')),
    kind        text not null check (kind ~ '^[A-Za-z0-9_.-]{0,32}$'), -- the provider's own word
    code        text not null check (code ~ '^[A-Za-z0-9_.-]{0,32}$'), -- of an error: 30003, 5.1.1
    part        smallint not null check (part between 1 and parts), -- of a text that went out in several
    parts       smallint not null check (parts between 1 and 255),
    foreign key (district_id, delivery_id) references notify.delivery
);
-- A receipt that comes twice is kept once.
create unique index receipt_once on notify.receipt (district_id, delivery_id, attempt, part, state);

-- How a delivery is found by what a receipt names.
create index delivery_provider on notify.delivery (provider_id) where provider_id is not null;
create index delivery_message on notify.delivery (split_part(message_id, '@', 1)) where channel = 'email';
-- Which alerts were texted to a contact, and to which number.
create index delivery_texted on notify.delivery (district_id, contact_id, created_at) where channel = 'sms';
create index token_alert on notify.token (district_id, alert_id);

-- Numbers that want no texts, since when and until when. The digest hides a number from a glance, not from whoever
-- tries all numbers; contacts hold it in clear anyway. It outlives the contact.
create table notify.opt_out (
    opt_out_id  int generated always as identity primary key,
    district_id int references district.district, -- null: of the whole installation
    number_hash bytea not null,              -- notify.number_hash
    channel     text not null default 'sms' check (channel = 'sms'),
    word        text not null,               -- the word that asked for it, from notify.reply_word
    since       timestamptz not null default now(),
    until       timestamptz                  -- null: it holds
);
create unique index opt_out_holds on notify.opt_out (number_hash, channel, coalesce(district_id, 0))
    where until is null;

-- Texts that came in: what they meant, and never what they said.
create table notify.reply (
    reply_id    bigint generated always as identity primary key,
    at          timestamptz not null default now(),
    provider    text not null check (provider in ('twilio', 'kannel')),
    provider_id text not null check (length(provider_id) between 1 and 64),
    number_hash bytea not null,
    means       text not null check (means in ('stop', 'start', 'help', 'acknowledge', 'other')),
    district_id int,                         -- the alert that it acknowledged
    alert_id    bigint,
    contact_id  int,
    late        boolean not null default false, -- that was acknowledged or over before
    unique (provider, provider_id),          -- a repeated request counts once
    foreign key (district_id, alert_id) references notify.alert
);

-- How far the mailbox of bounces was read: the message with the highest UID, under this UIDVALIDITY (RFC 3501). Written
-- together with what the messages said, so that none is lost or needs a mark on the server.
create table notify.mailbox (
    mailbox     text primary key,            -- digest of its address
    uidvalidity bigint not null,
    uid         bigint not null
);

-- The whole list is that of services/notify/channel/reason.c.
alter table notify.delivery drop constraint delivery_reason_check;
alter table notify.delivery add constraint delivery_reason_check check (reason in (
    'acknowledged', 'closed', 'withdrawn', 'nothing_new', 'no_rule', 'first_not_sent', 'contact_inactive',
    'not_of_school', 'sealed', 'opted_out', 'no_address', 'no_channel', 'unreadable', 'bad_address', 'refused',
    'undelivered', 'deferred', 'unreachable', 'provider_down', 'rate_limited', 'misconfigured', 'no_answer',
    'odd_answer', 'sender_lost', 'internal'));
