-- What one agency can cost the others: ways to look that do not grow with what it has sent.

-- Streams that an agency began lately are counted; those that never held anything are purged.
create index stream_begun on agency.stream (agency_id, created_at);
-- Gaps that are asked for, among those that an agency gave up.
create index stream_gap_open on agency.stream_gap (stream_no, first) where gone_at is null;
-- The next account of a stream that is to be compared.
drop index agency.proof_pending;
create index proof_pending on agency.proof (stream_no, told_at, through) where verdict is null;

-- our_count and our_digest of a proof are of its section alone, and told_* of the stream is the sum of
-- all sections: a record that fills a gap changes one row, however many accounts follow.
alter table agency.stream
    add column told_count  bigint not null default 0,
    add column told_digest bigint not null default 0;
update agency.stream s set told_count = p.our_count, told_digest = p.our_digest
  from (select distinct on (stream_no) stream_no, our_count, our_digest
          from agency.proof order by stream_no, through desc) p
 where p.stream_no = s.stream_no;
update agency.proof p set our_count = p.our_count - b.our_count, our_digest = p.our_digest # b.our_digest
  from (select stream_no, through, lag(our_count) over w as our_count, lag(our_digest) over w as our_digest
          from agency.proof window w as (partition by stream_no order by through)) b
 where (b.stream_no, b.through) = (p.stream_no, p.through) and b.our_count is not null;
