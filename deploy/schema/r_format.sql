-- Forms of values that all statements share, for output and for comparison.
-- Repeatable: applied again whenever this file changes, so edit it in place (CONTRIBUTING.md).

-- A time in the API's form: UTC, to the millisecond, 2026-11-29T07:30:00.000Z. Plain SQL without settings, so that
-- PostgreSQL inlines it into the calling statements.
create or replace function liaison.iso(p_time timestamptz) returns text
language sql stable as $$ select to_char(p_time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') $$;

-- The same to the second, 2026-11-29T07:30:00Z.
create or replace function liaison.iso_s(p_time timestamptz) returns text
language sql stable as $$ select to_char(p_time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') $$;

-- The zone in which liaisonctl lists times for people (services/ctl/main.c); null: a program reads them.
create or replace function liaison.listed_zone() returns text
language sql stable as $$ select nullif(current_setting('liaison.zone', true), '') $$;

-- A time as liaisonctl lists it: for people 2026-11-29 02:30 in that zone, for programs as iso_s.
create or replace function liaison.listed(p_time timestamptz) returns text
language sql stable as $$
    select coalesce(to_char(p_time at time zone liaison.listed_zone(), 'YYYY-MM-DD HH24:MI'), liaison.iso_s(p_time))
$$;

-- The same of an end: for people, midnight is 24:00 of the day before it.
create or replace function liaison.listed_end(p_time timestamptz) returns text
language sql stable as $$
    select case when (p_time at time zone liaison.listed_zone())::time = '00:00'
      then to_char((p_time at time zone liaison.listed_zone()) - interval '1 day', 'YYYY-MM-DD') || ' 24:00'
      else liaison.listed(p_time) end
$$;

-- A count with its word, which is another one for 1: 1 call waits, 2 calls wait.
create or replace function liaison.counted(p_count numeric, p_one text, p_many text) returns text
language sql immutable as $$ select p_count || ' ' || case p_count when 1 then p_one else p_many end $$;

-- Words that a person wrote, in the form for comparison: upper case, and one space between words.
create or replace function liaison.plain_words(p_words text) returns text
language sql stable as $$ select upper(regexp_replace(btrim(p_words), '\s+', ' ', 'g')) $$;

-- Who changes something: liaisonctl says it for its session (services/ctl/sql.c), else the database's user.
create or replace function liaison.actor() returns text
language sql stable as $$ select coalesce(nullif(current_setting('liaison.actor', true), ''), session_user) $$;
