-- How values are written for programs: once, so that no statement has a form of its own.
-- Repeatable: applied again whenever this file changes, so edit it in place (CONTRIBUTING.md).

-- A time as the API gives it: UTC, to the millisecond, 2026-11-29T07:30:00.000Z. Plain SQL without settings of its
-- own, so that PostgreSQL puts it into the statements that ask.
create or replace function liaison.iso(p_time timestamptz) returns text
language sql stable as $$ select to_char(p_time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') $$;
