-- name: schema_lock
-- One schema apply at a time. The lock is held until the connection ends.
select pg_advisory_lock(hashtext('liaison.schema'));

-- name: schema_version
-- One value: the highest number that was applied; null if there is none.
select max(version)
from liaison.schema_version;

-- name: schema_numbered
-- $1 number of a file. One value: the digest of the text that was applied.
select sha256
from liaison.schema_version
where version = $1;

-- name: schema_numbered_add
-- $1 number, $2 name, $3 digest.
insert into liaison.schema_version (version, name, sha256)
values ($1, $2, $3);

-- name: schema_repeatable_table
-- Beside schema_version, whose key is a number. Created here, because it must exist before any file
-- is applied.
create table if not exists liaison.schema_repeatable (
  name text primary key,
  sha256 text not null,
  applied_at timestamptz not null default now());

-- name: schema_repeatable
-- $1 name of a file. One value: the digest of the text that was applied last.
select sha256
from liaison.schema_repeatable
where name = $1;

-- name: schema_repeatable_put
-- $1 name, $2 digest.
insert into liaison.schema_repeatable (name, sha256)
values ($1, $2)
on conflict (name) do update
set sha256 = excluded.sha256, applied_at = now();
