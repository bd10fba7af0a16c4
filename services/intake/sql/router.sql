-- name: alive
-- Rows that a commit has locked are skipped: the commit itself updates heard_at. Waiting for one
-- writer's rows while holding another's would make the writers wait for each other.
with free as (
  select stream_no from agency.stream where stream_no = any($1::int[])
  order by stream_no for no key update skip locked)
update agency.stream s
set heard_at = now(), skew_ms = k.skew
from free, unnest($1::int[], $2::text[], $3::bigint[]) as k(no, owner, skew)
where s.stream_no = free.stream_no and s.stream_no = k.no and s.owner = k.owner::uuid;

-- name: wanted
-- Only for streams that a session of this intake owns.
update agency.stream_gap g
set asked_at = now()
from unnest($1::int[]) as k(no)
where g.stream_no = k.no and g.asked_at is null and g.gone_at is null and g.reason = 'replay'
returning g.stream_no, g.first, g.last;

-- name: prove
select proof_agency, proof_stream, proof_through, proof_source, proof_verdict, proof_records,
  proof_ours, proof_missing
from agency.prove_next($1::int[], $2::int);
