-- Digests: calls that no rule wants told one by one are collected, and told once a day in one summary for the school
-- (r_storm.sql, docs/notify.md).

alter table notify.rule
    drop constraint rule_frequency_check,
    add constraint rule_frequency_check check (frequency in ('update', 'material', 'digest')),
    drop constraint rule_acks_check,
    add constraint rule_acks_check check (acks between 0 and 99); -- 0: each person who was told

alter table district.district
    add column digest_at time not null default '16:00'; -- local time of the digests of its schools

alter table notify.alert
    drop constraint alert_held_why_check,
    add constraint alert_held_why_check check (held_why in ('budget', 'folded', 'digest'));

alter table notify.storm
    add column digest boolean not null default false; -- of calls that wait for the digest, and of no budget
drop index notify.storm_running;
create unique index storm_running on notify.storm (district_id, school_id, sealed, digest) where look_at is not null;
drop index notify.storm_last;
create index storm_last on notify.storm (district_id, school_id, sealed, digest, storm_id);
