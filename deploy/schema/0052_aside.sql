-- Work that notify set aside, by reason, so that an operator sees it (check aside of notify.health()).
create table notify.aside (
    subject_kind text not null,
    why          text not null,              -- an SQLSTATE, or the statement and the column that it did not give
    found        bigint not null default 1,  -- how often
    first_at     timestamptz not null default now(),
    last_at      timestamptz not null default now(),
    primary key (subject_kind, why)
);

-- no_subject: what a message is about is gone. The whole list is that of services/notify/channel/reason.c.
alter table notify.delivery drop constraint delivery_reason_check;
alter table notify.delivery add constraint delivery_reason_check check (reason in (
    'acknowledged', 'closed', 'withdrawn', 'nothing_new', 'no_rule', 'first_not_sent', 'contact_inactive',
    'not_of_school', 'sealed', 'opted_out', 'no_address', 'no_channel', 'no_subject', 'unreadable', 'bad_address',
    'refused', 'undelivered', 'deferred', 'unreachable', 'provider_down', 'rate_limited', 'misconfigured', 'no_answer',
    'odd_answer', 'sender_lost', 'internal'));

-- Alarms that are over and drills are deleted after some time (notify.forget_old).
create index alarm_over on notify.alarm (over_at) where over_at is not null;
create index drill_at on notify.drill (at);
create index reply_alert on notify.reply (district_id, alert_id) where alert_id is not null;
