-- name: hold
select agency.hold($1, $2, $3);

-- name: owners_lost
-- $1 streams, $2 owners. Returns the owners that no longer own their streams. Run it after hold has
-- refused.
select k.owner from unnest($1::int[], $2::text[]) as k(no, owner)
where not exists (select from agency.stream s
  where s.stream_no = k.no and s.owner = k.owner::uuid);

-- name: tally
insert into agency.tally as t (stream_no, day, at_school, no_school, duplicate, repeated,
  quarantined, unknown_fields, denied_fields, withheld_codes, withheld_status,
  withheld_birth_place, withheld_birth_date, withheld_name, octets, record_count, record_digest)
select no, (now() at time zone 'UTC')::date, a, n, d, r, q, u, x, w, ws, wp, wd, wn, o, c, h
from unnest($1::int[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
  $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[],
  $13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[])
  as k(no, a, n, d, r, q, u, x, w, ws, wp, wd, wn, o, c, h)
on conflict (stream_no, day) do update set at_school = t.at_school + excluded.at_school,
  no_school = t.no_school + excluded.no_school, duplicate = t.duplicate + excluded.duplicate,
  repeated = t.repeated + excluded.repeated, quarantined = t.quarantined + excluded.quarantined,
  unknown_fields = t.unknown_fields + excluded.unknown_fields,
  denied_fields = t.denied_fields + excluded.denied_fields,
  withheld_codes = t.withheld_codes + excluded.withheld_codes,
  withheld_status = t.withheld_status + excluded.withheld_status,
  withheld_birth_place = t.withheld_birth_place + excluded.withheld_birth_place,
  withheld_birth_date = t.withheld_birth_date + excluded.withheld_birth_date,
  withheld_name = t.withheld_name + excluded.withheld_name, octets = t.octets + excluded.octets,
  record_count = t.record_count + excluded.record_count,
  record_digest = t.record_digest # excluded.record_digest;

-- name: absent
select agency.note_absent($1::int[], $2::bigint[]);

-- name: proof
select agency.note_proof($1, $2, $3, $4, $5, $6, $7, $8, $9);

-- name: open_gap
insert into agency.stream_gap (stream_no, first, last, reason, asked_at)
values ($1, $2, $3, 'gap', now())
on conflict do nothing;

-- name: fill_gap
select agency.fill_gap($1, $2, $3);

-- name: gone
select agency.gone($1, $2, $3);

-- name: quarantine
insert into agency.quarantine (agency_id, stream_no, seq, octets, sha256, content_type, code,
  field, reason)
select a, n, s, o, decode(h, 'hex'), coalesce(t, ''), c, coalesce(f, ''), coalesce(r, '')
from unnest($1::int[], $2::int[], $3::bigint[], $4::int[], $5::text[], $6::text[], $7::text[],
  $8::text[], $9::text[]) as u(a, n, s, o, h, t, c, f, r)
on conflict (stream_no, seq) do update set state = 'held', received_at = now(),
  octets = excluded.octets, sha256 = excluded.sha256, code = excluded.code,
  field = excluded.field, reason = excluded.reason, decided_at = null;

-- name: manifest
insert into agency.manifest (stream_no, source, rows_read, rows_rejected, rows_duplicate, records,
  first_seq, last_seq, digest)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict (stream_no, source) do update set at = now(), rows_read = excluded.rows_read,
  rows_rejected = excluded.rows_rejected, rows_duplicate = excluded.rows_duplicate,
  records = excluded.records, first_seq = excluded.first_seq, last_seq = excluded.last_seq,
  digest = excluded.digest;

-- name: warm
select from agency.settle('{}', '{}', true);

-- name: find
select moved_district, moved_change
from agency.find_outcomes($1::int[], $2::text[], $3::text[]);
