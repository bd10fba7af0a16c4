-- Typical parameters of the statements of intake (common.sql).

-- name: intake/hold
select array[3, 4], array_fill('00000000-0000-4000-8000-00000000000a'::text, array[2]), array[0, 0];

-- name: intake/owners_lost
select array[3, 4], array_fill('00000000-0000-4000-8000-00000000000a'::text, array[2]);

-- name: intake/events
-- name: intake/events_if_new
select
@columns(seq = (select max(seq) + 1 from agency.event where stream_no = 3); content_id = gen_random_uuid(); units = units::text)
from agency.event where stream_no = 3 order by seq desc limit 1;

-- name: intake/settle
select
@columns(first_at = now(); version_at = now(); version_seq = version_seq + 1)
from agency.incident where agency_id = 3 and at_school order by version_at desc limit 1;

-- name: intake/tally
select array[3, 4], z, z, z, z, z, z, z, z, z, z, z, z, z, z, z from (select array[1, 2]) v(z);

-- name: intake/absent
select array[3, 3], array[high + 1, high + 2] from agency.stream where stream_no = 3;

-- name: intake/proof
select 3, high, 'today', 1, 17, 0, 0, high - 1000, high - 900 from agency.stream where stream_no = 3;

-- name: intake/open_gap
select 3, high + 1, high + 2 from agency.stream where stream_no = 3;

-- name: intake/fill_gap
select 3, 33, 17;

-- name: intake/gone
select 3, 33, 34;

-- name: intake/quarantine
select array[3], array[3], array[high + 1], array[700], array[repeat('0', 64)], array[''], array['field'],
  array['t_received'], array['bad time'] from agency.stream where stream_no = 3;

-- name: intake/manifest
select 3, 'today', 1340, 0, 0, 1340, high, high + 9, '' from agency.stream where stream_no = 3;

-- name: intake/find
select array[3, 3], array[min(incident_no), null], array['{R-300}', '{N-1}']
from district.incident where agency_id = 3;

-- name: intake/alive
select array[3, 4], array_fill('00000000-0000-4000-8000-00000000000a'::text, array[2]), array[5, 5];

-- name: intake/wanted
select array[3, 4];

-- name: intake/prove
select array_agg(stream_no), 2 from agency.stream;

-- name: intake/take
select 3, '00000000-0000-0000-0000-000000000003', 1, 'live', '00000000-0000-4000-8000-00000000000c', 'feed 1', 'peer',
  12, 100;

-- name: intake/gaps
select 3;

-- name: intake/gaps_asked
select 3;

-- name: intake/held
select 3;

-- name: intake/purge
select 24;

-- name: intake/expire_outcomes
select 30;
