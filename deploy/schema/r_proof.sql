-- The proof of completeness: keeps the stream digest of 0010, compares it, and finds and requests lost records.
-- Repeatable: applied again whenever this file changes, so edit it in place (CONTRIBUTING.md).
-- agency.gone and agency.fill_gap also stand in 0002 in their first form: numbered files never change.

-- Sets the bits of sequences that need no row.
create or replace function agency.note_absent(p_stream int[], p_seq bigint[]) returns void language sql as $$
    insert into agency.absent as a (stream_no, page, bits)
    select k.no, k.seq / 1024, bit_or(set_bit(repeat('0', 1024)::bit(1024), (k.seq % 1024)::int, 1))
      from unnest(p_stream, p_seq) as k(no, seq) group by 1, 2 order by 1, 2
    on conflict (stream_no, page) do update set bits = a.bits | excluded.bits;
$$;

-- Resets the sections that hold these sequences: they must be compared again.
create or replace function agency.compare_again(p_stream int, p_first bigint, p_last bigint) returns void
language sql as $$
    update agency.proof set verdict = null, compared_at = null, checked = 0
     where stream_no = p_stream and through >= p_first
       and through <= (select coalesce(min(through), p_last) from agency.proof
                        where stream_no = p_stream and through >= p_last);
$$;

-- A wanted sequence has arrived: takes it out of its gap. A sequence that had never arrived before is added to the
-- stream digest, and to the section that already covers it.
create or replace function agency.fill_gap(p_stream int, p_seq bigint, p_digest bigint) returns void
language plpgsql as $$
declare
    g agency.stream_gap;
begin
    delete from agency.stream_gap
     where stream_no = p_stream and p_seq between first and last
    returning * into g;
    if not found then
        return;
    end if;
    if g.first < p_seq then
        insert into agency.stream_gap
        values (p_stream, g.first, p_seq - 1, g.reason, g.opened_at, g.asked_at, g.gone_at, g.reread_at);
    end if;
    if g.last > p_seq then
        insert into agency.stream_gap
        values (p_stream, p_seq + 1, g.last, g.reason, g.opened_at, g.asked_at, g.gone_at, g.reread_at);
    end if;
    update agency.quarantine set state = 'replayed', decided_at = now()
     where stream_no = p_stream and seq = p_seq and state = 'asked';
    if g.reason = 'gap' then
        insert into agency.tally as t (stream_no, day, record_count, record_digest)
        values (p_stream, (now() at time zone 'UTC')::date, 1, p_digest)
        on conflict (stream_no, day) do update set
            record_count = t.record_count + 1, record_digest = t.record_digest # p_digest;
        update agency.proof set our_count = our_count + 1, our_digest = our_digest # p_digest
         where stream_no = p_stream
           and through = (select min(through) from agency.proof where stream_no = p_stream and through >= p_seq);
        if found then
            update agency.stream set told_count = told_count + 1, told_digest = told_digest # p_digest
             where stream_no = p_stream;
        end if;
    end if;
    update agency.absent set bits = set_bit(bits, (p_seq % 1024)::int, 0)
     where stream_no = p_stream and page = p_seq / 1024 and get_bit(bits, (p_seq % 1024)::int) = 1;
    perform agency.compare_again(p_stream, p_seq, p_seq);
end $$;

-- The agent no longer has these records: their gaps stay, marked as gone, as the record of a loss.
create or replace function agency.gone(p_stream int, p_first bigint, p_last bigint) returns void
language plpgsql as $$
declare
    g agency.stream_gap;
    v_first bigint;
    v_last bigint;
begin
    for g in delete from agency.stream_gap
              where stream_no = p_stream and first <= p_last and last >= p_first and gone_at is null
             returning *
    loop
        if g.first < p_first then -- what lies before is still wanted
            insert into agency.stream_gap
            values (p_stream, g.first, p_first - 1, g.reason, g.opened_at, g.asked_at, null,
                    g.reread_at);
        end if;
        if g.last > p_last then
            insert into agency.stream_gap
            values (p_stream, p_last + 1, g.last, g.reason, g.opened_at, g.asked_at, null,
                    g.reread_at);
        end if;
        insert into agency.stream_gap
        values (p_stream, greatest(g.first, p_first), least(g.last, p_last), g.reason, g.opened_at,
                g.asked_at, now(), g.reread_at);
        v_first := least(v_first, greatest(g.first, p_first)); -- ignores null
        v_last := greatest(v_last, least(g.last, p_last));
    end loop;
    if v_first is null then
        return;
    end if;
    update agency.quarantine set state = 'gone', decided_at = now()
     where stream_no = p_stream and seq between v_first and v_last and state = 'asked';
    perform agency.compare_again(p_stream, v_first, v_last);
end $$;

-- Stores an agent's stream digest, which arrives after all records that it covers. p_later_*: records that arrived
-- after it in the same commit, and that the tally already has. The agent has read gone records from p_again_from to
-- p_again again from their source.
create or replace function agency.note_proof(p_stream int, p_through bigint, p_source text, p_from bigint,
    p_digest bigint, p_later_count bigint, p_later_digest bigint, p_again_from bigint,
    p_again bigint) returns void
language plpgsql as $$
declare
    v_count bigint;
    v_digest bigint;
begin
    select sum(record_count) - p_later_count, bit_xor(record_digest) # p_later_digest
      into v_count, v_digest from agency.tally where stream_no = p_stream;
    if v_count is not null then
        insert into agency.proof as p (stream_no, through, source, counts_from, their_digest, our_count,
            our_digest)
        select p_stream, p_through, p_source, p_from, p_digest, v_count - told_count, v_digest # told_digest
          from agency.stream where stream_no = p_stream
        on conflict (stream_no, through) do update set source = excluded.source, told_at = now(),
            counts_from = greatest(p.counts_from, excluded.counts_from), their_digest = excluded.their_digest,
            our_count = p.our_count + excluded.our_count, our_digest = p.our_digest # excluded.our_digest,
            verdict = null, compared_at = null, checked = 0;
        update agency.stream set told_count = v_count, told_digest = v_digest where stream_no = p_stream;
    end if;
    if p_again > 0 then
        -- A gap of which the agent has yet to say that it is gone counts too: its answer may come later.
        update agency.stream_gap set reread_at = now()
         where stream_no = p_stream and first >= p_again_from and last <= p_again and reread_at is null;
        if found then
            perform agency.compare_again(p_stream, p_again_from, p_again);
        end if;
    end if;
end $$;

-- The ranges of sequences whose bit is set in a page of agency.absent.
create or replace function agency.absent_ranges(p_page bigint, p_bits bit)
returns table (first bigint, last bigint) language plpgsql immutable parallel safe as $$
declare
    v_text text := p_bits::text;
    v_at int := 1;
    n int;
begin
    loop
        n := position('1' in substr(v_text, v_at));
        exit when n = 0;
        v_at := v_at + n - 1;
        first := p_page * 1024 + v_at - 1;
        n := position('0' in substr(v_text, v_at));
        v_at := case when n = 0 then length(v_text) + 1 else v_at + n - 1 end;
        last := p_page * 1024 + v_at - 2;
        return next;
    end loop;
end $$;

-- Ranges of sequences that must have a row and have none: no row covers them, and no reason to have none. The cost
-- grows with the number of rows, and not with the range of sequences.
create or replace function agency.missing(p_stream int, p_first bigint, p_last bigint)
returns table (first bigint, last bigint) language sql stable set jit = off set enable_seqscan = off as $$
    with s as materialized (
        select greatest(p_first, digest_from) as a, least(p_last, high) as b
          from agency.stream where stream_no = p_stream
    ), covered as (
        select e.seq as first, e.seq as last from agency.event e
         where e.stream_no = p_stream and e.seq between (select a from s) and (select b from s)
        union all
        select r.first, r.last from agency.absent x, agency.absent_ranges(x.page, x.bits) r
         where x.stream_no = p_stream
           and x.page between (select a from s) / 1024 and (select b from s) / 1024
        union all
        select q.seq, q.seq from agency.quarantine q
         where q.stream_no = p_stream and q.state <> 'replayed'
           and q.seq between (select a from s) and (select b from s)
        union all
        select g.first, g.last from agency.stream_gap g
         where g.stream_no = p_stream and g.first <= (select b from s) and g.last >= (select a from s)
        union all
        select b + 1, b + 1 from s
    ), bare as (
        select greatest(a, max(c.last) over (order by c.first rows between unbounded preceding and 1 preceding) + 1)
               as first, least(b, c.first - 1) as last
          from covered c, s
    )
    select bare.first, bare.last from bare where bare.first <= bare.last order by 1;
$$;

-- The digest of these streams to compare next. Agencies take turns: it is of the first agency after p_after that has
-- one, however many digests another agency has sent. All null: there is none.
create or replace function agency.next_to_prove(p_streams int[], p_after int) returns agency.proof
language plpgsql stable set jit = off set enable_seqscan = off as $$
declare
    v_agency int;
    p agency.proof;
begin
    select s.agency_id into v_agency from agency.stream s
     where s.stream_no = any(p_streams)
       and exists (select from agency.proof x
                    where x.stream_no = s.stream_no and x.verdict is null
                      and (x.compared_at is null or x.compared_at < now() - interval '10 s'))
     order by s.agency_id <= p_after, s.agency_id limit 1;
    select x.* into p from agency.stream s cross join lateral (
           select * from agency.proof y
            where y.stream_no = s.stream_no and y.verdict is null
              and (y.compared_at is null or y.compared_at < now() - interval '10 s')
            order by y.told_at, y.through limit 1) x
     where s.stream_no = any(p_streams) and s.agency_id = v_agency
     order by x.told_at, x.through limit 1;
    return p;
end $$;

-- Where a step that begins at p_from ends: after some thousand rows, so that it never delays commits.
create or replace function agency.end_of_step(p_stream int, p_from bigint, p_through bigint) returns bigint
language sql stable set jit = off set enable_seqscan = off as $$
    select least(p_through, -- least() ignores nulls
        (select seq from agency.event where stream_no = p_stream and seq >= p_from
          order by seq offset 4999 limit 1),
        (select page * 1024 + 1023 from agency.absent where stream_no = p_stream and page >= p_from / 1024
          order by page offset 15 limit 1),
        (select last from agency.stream_gap where stream_no = p_stream and first >= p_from
          order by first offset 4999 limit 1),
        (select seq from agency.quarantine where stream_no = p_stream and seq >= p_from
          order by seq offset 4999 limit 1))
$$;

-- Turns missing rows into gaps, which intake requests from the agent. False: there are more than it requests at once,
-- and the rest waits until some of these have arrived.
create or replace function agency.ask_for_missing(p_stream int, p_from bigint, p_last bigint) returns boolean
language plpgsql set jit = off set enable_seqscan = off as $$
declare
    v_room bigint;
    v_found bigint;
begin
    select greatest(0, 100 - count(*)) into v_room from agency.stream_gap
     where stream_no = p_stream and gone_at is null;
    with m as materialized (
        select * from agency.missing(p_stream, p_from, p_last) limit v_room + 1
    ), asked as (
        insert into agency.stream_gap (stream_no, first, last, reason)
        select p_stream, m.first, m.last, 'replay' from m limit v_room
        on conflict do nothing
    )
    select count(*) into v_found from m;
    return v_found <= v_room;
end $$;

-- How many sequences of a section are wanted, lost, and read again by the agent under new sequences.
create or replace function agency.gaps_of(p_stream int, p_first bigint, p_through bigint,
                                          out wanted bigint, out lost bigint, out reread bigint)
language sql stable set jit = off set enable_seqscan = off as $$
    select coalesce(sum(g.n) filter (where gone_at is null), 0)::bigint,
           coalesce(sum(g.n) filter (where gone_at is not null and reread_at is null), 0)::bigint
           + (select greatest(0, p_through - greatest(high, p_first - 1))
                from agency.stream where stream_no = p_stream), -- lost beyond the high-water mark
           coalesce(sum(g.n) filter (where reread_at is not null), 0)::bigint
      from (select *, least(last, p_through) - greatest(first, p_first) + 1 as n
              from agency.stream_gap
             where stream_no = p_stream and first <= p_through and last >= p_first
               and first >= coalesce((select max(first) from agency.stream_gap
                                       where stream_no = p_stream and first <= p_first), p_first)) g
$$;

-- Does one step of comparing a digest of these streams (next_to_prove). A long section takes several steps. Missing
-- rows become gaps, for which intake sends resend requests. Returns the agency and section of the step, or no row if
-- nothing is left to do; the verdict is null until the last step.
create or replace function agency.prove_next(p_streams int[], p_after int)
returns table (proof_agency int, proof_stream int, proof_through bigint, proof_source text, proof_verdict text,
               proof_records bigint, proof_ours bigint, proof_missing bigint)
language plpgsql set jit = off set enable_seqscan = off as $$
declare
    p agency.proof := agency.next_to_prove(p_streams, p_after);
    base agency.proof;
    s agency.stream;
    v_first bigint;
    v_from bigint;
    v_last bigint;
    n record;
begin
    if p.stream_no is null then
        return;
    end if;
    select * into s from agency.stream where stream_no = p.stream_no;
    select * into base from agency.proof where stream_no = p.stream_no and through < p.through
     order by through desc limit 1;
    proof_agency := s.agency_id;
    proof_stream := p.stream_no;
    proof_through := p.through;
    proof_source := p.source;
    v_first := coalesce(base.through, 0) + 1;
    v_from := greatest(v_first, p.checked + 1);
    v_last := agency.end_of_step(p.stream_no, v_from, p.through);
    if not agency.ask_for_missing(p.stream_no, v_from, v_last) then -- other digests go first
        update agency.proof set compared_at = now()
         where (stream_no, through) = (p.stream_no, p.through);
        return next;
        return;
    elsif v_last < p.through then
        update agency.proof set checked = v_last
         where (stream_no, through) = (p.stream_no, p.through);
        return next;
        return;
    end if;
    select * into n from agency.gaps_of(p.stream_no, v_first, p.through);
    proof_records := p.through - v_first + 1;
    proof_ours := p.our_count;
    proof_missing := n.wanted + n.lost;
    proof_verdict := case
        when v_first < p.counts_from or v_first < s.digest_from then 'unproved'
        when n.wanted > 0 then 'waiting'
        when n.lost > 0 then 'lost'
        when n.reread > 0 then 'reread'
        when proof_ours = proof_records
             and p.our_digest = p.their_digest # coalesce(base.their_digest, 0) then 'same'
        else 'differs' end;
    update agency.proof set verdict = proof_verdict, compared_at = now(),
           faulted_at = case when proof_verdict in ('waiting', 'lost', 'differs')
                             then coalesce(faulted_at, now()) else faulted_at end,
           repaired_at = case when proof_verdict in ('same', 'reread') and faulted_at is not null
                              then coalesce(repaired_at, now()) end
     where (stream_no, through) = (p.stream_no, p.through);
    return next;
end $$;

-- Compares all digests that are due, also of streams whose agent is not connected.
create or replace function agency.prove_all(p_agency int) returns void language plpgsql as $$
declare
    v_streams int[];
    v_after int := 0;
begin
    select array_agg(stream_no) into v_streams from agency.stream
     where p_agency is null or agency_id = p_agency;
    for i in 1 .. 100000 loop
        select proof_agency into v_after from agency.prove_next(v_streams, v_after);
        exit when not found;
    end loop;
end $$;

-- Open findings, by stream and sequence, or by incident. p_day: only the sections of that day. Of each kind a
-- stream's first thousand, so that an agency with endless gaps does not make an endless list.
create or replace function agency.findings(p_agency int, p_day date)
returns table (agency_id int, stream_no int, first bigint, last bigint, incident_no text, what text,
               source text) language sql stable set jit = off as $$
    with section as (
        select p.*, coalesce(lag(through) over w, 0) + 1 as first
          from agency.proof p window w as (partition by p.stream_no order by through)
    ), looked as ( -- ranges to look at: the day's sections, or whole streams
        select s.agency_id, s.stream_no, x.first, x.through as last
          from agency.stream s join section x using (stream_no)
         where p_day is not null and (p_agency is null or s.agency_id = p_agency)
           and (x.source = p_day::text or (x.told_at at time zone 'UTC')::date = p_day)
        union all
        select s.agency_id, s.stream_no, 1, s.high from agency.stream s
         where p_day is null and (p_agency is null or s.agency_id = p_agency)
    ), found as (
        select l.agency_id, l.stream_no, m.first, m.last, 'missing' as what
          from looked l, agency.missing(l.stream_no, l.first, l.last) m
        union all
        select l.agency_id, l.stream_no, greatest(g.first, l.first), least(g.last, l.last),
               case when g.gone_at is null then 'wanted' else 'lost' end
          from looked l join agency.stream_gap g using (stream_no)
         where g.first <= l.last and g.last >= l.first and g.reread_at is null
        union all
        select l.agency_id, l.stream_no, x.first, x.through, 'differs'
          from looked l join section x using (stream_no)
         where x.verdict = 'differs' and x.first <= l.last and x.through >= l.first
    ), first_found as (
        select f.* from (select *, row_number() over (partition by stream_no, what order by first) as place
                           from found where p_agency is null or agency_id = p_agency) f
         where place <= 1000
    ), incidents as (
        select e.agency_id, e.incident_no, 'incident' as what
          from agency.event e
         where not exists (select from agency.incident i
                            where (i.agency_id, i.incident_no) = (e.agency_id, e.incident_no))
           and (p_day is null or (e.received_at at time zone 'UTC')::date = p_day)
        union
        select e.agency_id, e.incident_no, 'district'
          from agency.event e, jsonb_array_elements(e.placed::jsonb) h
         where e.placed is not null and e.placed <> '[]'
           and not exists (select from district.incident d
                            where d.district_id = (h ->> 'district')::int
                              and (d.agency_id, d.incident_no) = (e.agency_id, e.incident_no))
           and (p_day is null or (e.received_at at time zone 'UTC')::date = p_day)
    )
    select f.agency_id, f.stream_no, f.first, f.last, null, f.what,
           (select string_agg(m.source, ', ' order by m.place) filter (where m.place <= 3)
                   || case when count(*) > 3 then ' and ' || count(*) - 3 || ' more' else '' end
              from (select x.source, row_number() over (order by x.first_seq, x.source) as place
                      from agency.manifest x
                     where x.stream_no = f.stream_no and x.first_seq <= f.last and x.last_seq >= f.first
                       and x.last_seq > 0) m)
      from first_found f
    union all
    select i.agency_id, null, null, null, i.incident_no, i.what, null
      from incidents i where p_agency is null or i.agency_id = p_agency
    order by 1, 2 nulls last, 3, 5;
$$;

-- Repairs what can be repaired: requests rows from the agent again, also those that it reported as gone, and derives
-- incidents and districts' rows from the events again.
create or replace function agency.repair(p_agency int, p_day date) returns void
language plpgsql set jit = off as $$
declare
    f record;
    v_agency int[] := '{}';
    v_incident text[] := '{}';
begin
    for f in select * from agency.findings(p_agency, p_day) loop
        if f.what = 'missing' then
            insert into agency.stream_gap (stream_no, first, last, reason)
            values (f.stream_no, f.first, f.last, 'replay') on conflict do nothing;
        elsif f.what = 'lost' then
            update agency.stream_gap set gone_at = null, asked_at = null
             where stream_no = f.stream_no and gone_at is not null and last >= f.first
               and first between coalesce((select max(first) from agency.stream_gap
                                            where stream_no = f.stream_no and first <= f.first), f.first)
                         and f.last;
        elsif f.what in ('incident', 'district') then
            v_agency := v_agency || f.agency_id;
            v_incident := v_incident || f.incident_no;
        end if;
        if f.what in ('missing', 'lost') then
            perform agency.compare_again(f.stream_no, f.first, f.last);
        end if;
    end loop;
    insert into agency.incident (agency_id, incident_no, status, mode, first_at, first_epoch,
        first_seq, version_at, version_epoch, version_seq, stale)
    select distinct on (e.agency_id, e.incident_no) e.agency_id, e.incident_no, 0, e.mode,
           e.occurred_at, e.epoch, e.seq, e.occurred_at, e.epoch, e.seq, true
      from (select distinct * from unnest(v_agency, v_incident) as u(agency_id, incident_no)) k
      join agency.event e using (agency_id, incident_no)
     order by e.agency_id, e.incident_no, e.occurred_at
    on conflict do nothing;
    perform agency.fold(v_agency, v_incident);
    perform district.derive(v_agency, v_incident);
end $$;

-- Each digest with the section that it ends, and the time up to which it covers the stream: for a day's
-- digest the end of that day (UTC), if it was sent later.
create or replace view agency.section as
select p.*, coalesce(lag(through) over (partition by stream_no order by through), 0) + 1 as first,
       case when source ~ '^2\d{3}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$'
            then least(told_at, (make_date(left(source, 4)::int, substr(source, 6, 2)::int, 1)
                                 + right(source, 2)::int)::timestamp at time zone 'UTC')
            else told_at end as proven_to
  from agency.proof p;

-- Stored records that no digest has proven yet, and why: 'untold', no digest covers them; 'pending', the
-- section is not compared yet; or the verdict.
create or replace view agency.unproven as
select s.agency_id, s.stream_no, s.mode, x.first, x.through as last, x.source, x.told_at,
       coalesce(x.verdict, 'pending') as why
  from agency.stream s join agency.section x using (stream_no)
 where x.verdict is null or x.verdict not in ('same', 'reread')
union all
select s.agency_id, s.stream_no, s.mode, coalesce(l.through, 0) + 1, s.high, null, null, 'untold'
  from agency.stream s
  left join lateral (select max(through) as through from agency.proof where stream_no = s.stream_no) l on true
 where s.high > coalesce(l.through, 0);

-- Each stream, with the latest digest before which nothing is open, except records older than the digests, and the
-- number of sequences that are not proven.
create or replace view agency.proven as
select s.agency_id, s.stream_no, s.stream_id, s.mode, p.through, p.source, p.proven_to,
       p.compared_at as proved_at, p.repaired_at, coalesce(u.records, 0) as unproven
  from agency.stream s
  left join lateral (
      select sum(last - first + 1)::bigint as records, min(first) filter (where why <> 'unproved') as first
        from agency.unproven where stream_no = s.stream_no) u on true
  left join lateral (
      select * from agency.section
       where stream_no = s.stream_no and verdict in ('same', 'reread') and through < coalesce(u.first, through + 1)
       order by through desc limit 1) p on true;

-- The completeness of an agency's records, as a district may know it. proven_to: the time up to which all that the
-- agency says it sent is proven in each of its streams. unproven: how many records are not proven. Both leave replays
-- out. missing, lost and differing: what is open.
create or replace view agency.completeness as
select a.agency_id, p.source,
       case when p.source ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' then p.source end as day, p.proved_at,
       coalesce(g.missing, 0) as missing, coalesce(g.lost, 0) as lost, coalesce(p.differing, 0) as differing,
       coalesce(p.told, 0) as told,
       v.proven_to, coalesce(v.unproven, 0) as unproven
  from agency.agency a
  left join lateral (
      select count(*) as told, count(*) filter (where verdict = 'differs') as differing,
             max(compared_at) filter (where verdict in ('same', 'reread')) as proved_at,
             (array_agg(source order by compared_at desc, through desc)
                filter (where verdict in ('same', 'reread')))[1] as source
        from agency.proof join agency.stream s using (stream_no)
       where s.agency_id = a.agency_id) p on true
  left join lateral (
      select sum(last - first + 1)::bigint as missing,
             (sum(last - first + 1) filter (where gone_at is not null))::bigint as lost
        from agency.stream_gap join agency.stream s using (stream_no)
       where s.agency_id = a.agency_id and reread_at is null) g on true
  left join lateral (
      select sum(unproven)::bigint as unproven,
             case when not bool_or(unproven > 0 and proven_to is null)
                  then coalesce(min(proven_to) filter (where unproven > 0), max(proven_to)) end as proven_to
        from agency.proven where agency_id = a.agency_id and mode <> 'replay') v on true;
