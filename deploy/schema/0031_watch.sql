-- What notify.health() and liaisonctl why read (r_watch.sql, services/ctl/sql/cmd_why.sql).

-- When the rounds after the first began; the first begins with the alert.
create table notify.round (
    district_id int not null,
    alert_id    bigint not null,
    round       int not null,
    began_at    timestamptz not null default now(),
    primary key (district_id, alert_id, round),
    foreign key (district_id, alert_id) references notify.alert
);

-- A long history of what went well is not read.
create index attempt_failed on notify.attempt (ended_at) where outcome <> 'sent';
create index delivery_given_up on notify.delivery (next_at) where state in ('failed', 'expired', 'unknown');
create index alert_open on notify.alert (asked_at) where state = 'open';
create index audit_read_sealed on liaison.audit (object) where action = 'read_sealed';
