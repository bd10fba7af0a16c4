-- name: quarantine_list
-- $1 agency's slug, or null for all, $2 state or 'all', $3 how many at most. A list.
select q.quarantine_id as id, a.slug as agency, q.seq, liaison.listed(q.received_at) as received_at,
  q.octets, q.code, q.field, q.reason, q.state
from agency.quarantine q
  join agency.agency a using (agency_id)
  join agency.stream s using (stream_no)
where ($1::text is null or a.slug = $1)
  and ($2::text = 'all' or q.state = $2)
order by q.quarantine_id desc
limit $3::int;

-- name: quarantine_show
-- $1 id. One row, which is shown with the names of its columns.
select q.quarantine_id as id, a.slug as agency, s.stream_id as stream, s.mode, q.seq,
  liaison.listed(q.received_at) as received_at, q.octets, encode(q.sha256, 'hex') as sha256,
  q.content_type, q.code, q.field, q.reason, q.state, liaison.listed(q.decided_at) as decided_at,
  q.decided_by
from agency.quarantine q
  join agency.agency a using (agency_id)
  join agency.stream s using (stream_no)
where q.quarantine_id::text = $1;

-- name: quarantine_decide_all
-- $1 new state, $2 actor, $3 agency's slug, or null for all.
update agency.quarantine q
set state = $1, decided_at = now(), decided_by = $2
from agency.agency a
where a.agency_id = q.agency_id
  and q.state in ('held', 'gone')
  and ($3::text is null or a.slug = $3);

-- name: quarantine_decide
-- $1 new state, $2 actor, $3 id.
update agency.quarantine
set state = $1, decided_at = now(), decided_by = $2
where quarantine_id::text = $3
  and state in ('held', 'gone');

-- name: quarantine_ask
-- Only the sender has the record. An open gap makes intake ask for it.
insert into agency.stream_gap (stream_no, first, last, reason)
select q.stream_no, q.seq, q.seq, 'replay'
from agency.quarantine q
where q.state = 'asked'
  and not exists (
    select 1
    from agency.stream_gap g
    where g.stream_no = q.stream_no
      and q.seq between g.first and g.last
      and g.gone_at is null)
on conflict (stream_no, first) do update
set reason = 'replay', opened_at = now(), asked_at = null, gone_at = null;
