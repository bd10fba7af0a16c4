-- What an alarm told of may be no longer watched: an agency without a valid key, a provider that is not used any more.
-- Then nobody knows whether it is well again (notify.look_for_alarms).
alter table notify.finding add column gone boolean not null default false;
