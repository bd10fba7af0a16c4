-- name: make_way
-- Terminates a stuck process that holds the lock on the stream's row, and bounds the wait for the
-- lock.
select set_config('lock_timeout', '6s', true), agency.make_way();

-- name: take
select verdict, stream_no, high, epoch
from agency.take_stream($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: gaps
select first, last
from agency.stream_gap
where stream_no = $1 and gone_at is null
order by first limit 256;

-- name: gaps_asked
update agency.stream_gap
set asked_at = now()
where stream_no = $1 and asked_at is null and gone_at is null;

-- name: held
select seq, code, field, reason
from agency.quarantine
where stream_no = $1 and state = 'held'
order by seq desc limit 256;
