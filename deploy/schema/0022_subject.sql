-- An alert is about a subject: a kind and, within its district, an id. What identifies a subject stands in columns of
-- its kind, by which others join; alerts of other kinds leave them null. The id is made of them, and where one is
-- missing it is null, which is refused. A call at a school has three. Another kind adds its columns, its name to the
-- check, and its id to the expression (services/notify/decide/subject.h).

alter table notify.alert
    add column subject_kind text not null default 'call'
        constraint alert_subject_kind_check check (subject_kind in ('call')),
    alter column agency_id drop not null,
    alter column incident_no drop not null,
    alter column school_id drop not null;
alter table notify.alert
    add column subject_id text not null generated always as (
        case subject_kind when 'call' then agency_id::text || '/' || incident_no || '/' || school_id::text end) stored,
    add constraint alert_subject_key unique (district_id, subject_kind, subject_id);
