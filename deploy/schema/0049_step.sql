-- An escalation step, and the digest of a stream, are called so in the schema too: columns were named wave and
-- account_*. What shows such a column, or takes it as a parameter, is made anew by the repeatable files.

alter table people.role rename column wave to step;
alter table notify.delivery rename column wave to step;
alter view if exists people.standing_in rename column wave to step;
alter view if exists people.contact rename column wave to step;
drop function if exists people.put_contact(int, text, text, text, text, text, int, boolean, boolean, text);
drop function if exists people.put_contact(int, text, text, text, text, text, int, boolean, boolean);
drop function if exists notify.contacts_of(int, int);
drop function if exists notify.due(jsonb, bigint);
drop function if exists notify.drilled(int, int);
drop function if exists notify.drill_reach(int, int);

alter table agency.stream rename column account_from to digest_from;
alter table agency.tally rename column account_count to record_count;
alter table agency.tally rename column account_digest to record_digest;
