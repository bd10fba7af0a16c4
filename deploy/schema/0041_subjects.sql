-- The kinds of subjects, and how each is known (0022_subject.sql says how to add one): a call at a school, a
-- storm, an alarm.

alter table notify.alert
    add column alarm_id bigint,
    add foreign key (district_id, alarm_id) references notify.alarm,
    drop constraint alert_subject_kind_check,
    add constraint alert_subject_kind_check check (subject_kind in ('call', 'storm', 'alarm')),
    drop column subject_id;
alter table notify.alert
    add column subject_id text not null generated always as (
        case subject_kind when 'call' then agency_id::text || '/' || incident_no || '/' || school_id::text
                          when 'storm' then school_id::text || '/' || storm_id::text
                          when 'alarm' then alarm_id::text end) stored,
    add constraint alert_subject_key unique (district_id, subject_kind, subject_id);
create unique index alert_alarm on notify.alert (district_id, alarm_id) where alarm_id is not null;
