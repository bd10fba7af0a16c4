-- How values are written for programs, and compared: once, so that no statement has a form of its own.
-- Repeatable: applied again whenever this file changes, so edit it in place (CONTRIBUTING.md).

-- A time as the API gives it: UTC, to the millisecond, 2026-11-29T07:30:00.000Z. Plain SQL without settings of its
-- own, so that PostgreSQL puts it into the statements that ask.
create or replace function liaison.iso(p_time timestamptz) returns text
language sql stable as $$ select to_char(p_time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') $$;

-- The same to the second, 2026-11-29T07:30:00Z: what liaisonctl lists.
create or replace function liaison.iso_s(p_time timestamptz) returns text
language sql stable as $$ select to_char(p_time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') $$;

-- Words as they are compared where a person writes them: without case, and without regard to how many spaces stand
-- between them.
create or replace function liaison.plain_words(p_words text) returns text
language sql stable as $$ select upper(regexp_replace(btrim(p_words), '\s+', ' ', 'g')) $$;
