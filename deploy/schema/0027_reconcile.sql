-- Notify compares what each contact should have been told by now with what each was told, and sends the difference. A
-- message is composed when it is sent. Times that decide when something is due are steady time: it goes on evenly when
-- a clock is set (notify.clock, services/notify/steady.h).

create table notify.clock (
    one       boolean primary key default true check (one),
    steady_at timestamptz not null,
    wall_at   timestamptz not null           -- PostgreSQL's clock at that moment
);

-- The providers of running processes (services/notify/channel/provider.h). A process that cannot send by a channel
-- leaves its messages to those that can.
create table notify.provider (
    instance uuid not null,                  -- of the process
    channel  text not null check (channel in ('email', 'sms')),
    replay   boolean not null,               -- of the sandbox
    name     text not null,
    seen_at  timestamptz not null,           -- steady time at which the process last said so
    up       boolean not null,
    since    timestamptz not null,           -- when it came up, or went down
    reason   text,                           -- why it is down, as in notify.delivery.reason
    answer   text,                           -- class and code of the last failure
    primary key (instance, channel, replay)
);

-- Districts whose rules, contacts or schools changed: their open calls are looked at again.
-- Each transaction has a row of its own: one that
-- commits late is not taken for one that was looked at.
create table notify.changed (
    district_id int not null references district.district,
    xid         xid8 not null default pg_current_xact_id(),
    primary key (district_id, xid)
);

alter table notify.rule
    add column again_priority smallint not null default 9  -- from this common priority on a call asks everybody again
        check (again_priority between 1 and 11),           -- 11: none does. Life safety always does
    add column acks smallint not null default 1 check (acks between 1 and 99); -- people who must acknowledge

-- A round is one question to the contacts: it begins with the alert, when a call becomes materially worse, and when it
-- is opened again. Acknowledgements and escalation belong to a round.
alter table notify.alert
    add column round int not null default 1,
    add column asked_at timestamptz,         -- steady time at which the round began
    add column severity smallint not null default 0, -- of the facts that were looked at last
    add column acks smallint not null default 1,     -- people who must acknowledge, as the rules said
    add column ruled boolean not null default true,  -- a rule matched when it was looked at last
    add column look_at timestamptz;          -- steady time at which it is looked at again; null: when something changes
-- A call that was open before is not taken for one that became worse.
update notify.alert set asked_at = created_at, severity = 100;
alter table notify.alert alter asked_at set not null, alter asked_at set default now(), drop column said;
create index alert_look on notify.alert (look_at) where look_at is not null;
create index alert_running on notify.alert (district_id, created_at) where state in ('open', 'acknowledged');

create table notify.acknowledgement (
    district_id int not null,
    alert_id    bigint not null,
    ack_id      bigint generated always as identity,
    round       int not null,
    by          text not null,               -- as people read it
    at          timestamptz not null default now(),
    late        boolean not null,            -- the call was over by then
    primary key (district_id, alert_id, ack_id),
    foreign key (district_id, alert_id) references notify.alert
);
insert into notify.acknowledgement (district_id, alert_id, round, by, at, late)
select district_id, alert_id, 1, acknowledged_by, acknowledged_at, false
  from notify.alert where acknowledged_at is not null;

-- A delivery that waits says nothing yet; one that was tried holds what it said.
alter table notify.delivery
    drop constraint delivery_state_check,
    add constraint delivery_state_check check (state in ('queued', 'sending', 'sent', 'delivered', 'failed', 'expired',
        'unknown', 'cancelled')), -- expired: nobody took it in time, through no fault of the receiver's
    drop constraint delivery_kind_check,
    add constraint delivery_kind_check check (kind in ('first', 'update', 'closed', 'correction', 'withdrawn')),
    add column round int not null default 1,
    add column lane smallint not null default 1 check (lane between 0 and 3), -- 0 urgent, 1, 2 later, 3 replay
    add column repeat_of bigint,             -- the delivery with an unknown end that this one repeats
    add column due_at timestamptz,           -- steady time at which it was due first; next_at is the next try
    add column said_at timestamptz;          -- when it was composed: the date of a mail
update notify.delivery d set lane = case when a.mode = 'replay' then 3 when d.kind = 'first' then 1 else 2 end
  from notify.alert a where (a.district_id, a.alert_id) = (d.district_id, d.alert_id);
update notify.delivery set said_at = created_at where attempts > 0;
-- A text whose end was not known waited in its row; now a row of its own repeats it.
update notify.delivery set state = 'unknown' where state = 'queued' and reason in ('no_answer', 'sender_lost');
update notify.delivery d set state = 'cancelled', reason = 'nothing_new'
 where d.state = 'queued' and exists (
    select from notify.delivery e
     where (e.district_id, e.alert_id, e.contact_id, e.channel) = (d.district_id, d.alert_id, d.contact_id, d.channel)
       and e.state = 'queued' and e.delivery_id < d.delivery_id);

drop function if exists notify.open_alert(int, int, text, int, int, text, text, jsonb, jsonb, text);

drop index notify.delivery_first, notify.delivery_due;
-- At most one message waits for a contact and a channel, and one is being sent, however many processes look.
create unique index delivery_waiting on notify.delivery (district_id, alert_id, contact_id, channel)
    where state = 'queued';
create unique index delivery_sending on notify.delivery (district_id, alert_id, contact_id, channel)
    where state = 'sending';
-- What is due in a lane is claimed from here, whatever else waits.
create index delivery_due on notify.delivery (channel, lane, next_at) where state = 'queued';
create index delivery_leased on notify.delivery (lease_until) where state = 'sending';

-- Each try, with its answer.
create table notify.attempt (
    district_id int not null,
    delivery_id bigint not null,
    attempt     smallint not null,
    worker      uuid not null,
    began_at    timestamptz not null default now(),
    ended_at    timestamptz,
    outcome     text check (outcome in ('sent', 'queued', 'failed', 'expired', 'unknown', 'cancelled')),
    reason      text,
    answer      text,                        -- class and code of the provider's answer, never its text
    provider_id text,
    primary key (district_id, delivery_id, attempt),
    foreign key (district_id, delivery_id) references notify.delivery
);
