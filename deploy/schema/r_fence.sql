-- The owner of a stream: the fence that a commit checks, and how a stuck process loses its locks.
-- Repeatable: applied again whenever this file changes, so edit it in place (CONTRIBUTING.md).

-- Makes a session the owner of its stream, and creates the stream if it is new. verdict is taken, mode (the stream
-- has another mode) or limit (the agency has created p_most streams within the hour; p_most 0: no limit).
create or replace function agency.take_stream(p_agency int, p_stream uuid, p_epoch bigint, p_mode text,
    p_owner uuid, p_agent text, p_peer text, p_skew bigint, p_most int)
returns table (verdict text, stream_no int, high bigint, epoch bigint) language plpgsql as $$
#variable_conflict use_column
begin
    if p_most > 0
       and not exists (select from agency.stream where (agency_id, stream_id) = (p_agency, p_stream))
       and (select count(*) from agency.stream
             where agency_id = p_agency and created_at > now() - interval '1 hour') >= p_most then
        return query select 'limit', null::int, null::bigint, null::bigint;
        return;
    end if;
    return query
    insert into agency.stream as s (agency_id, stream_id, epoch, mode, owner, agent, peer, connected_at,
                                    heard_at, skew_ms)
    values (p_agency, p_stream, p_epoch, p_mode, p_owner, p_agent, p_peer, now(), now(), p_skew)
    on conflict (agency_id, stream_id) do update set owner = excluded.owner, agent = excluded.agent,
        peer = excluded.peer, connected_at = now(), heard_at = now(), skew_ms = excluded.skew_ms
     where s.mode = excluded.mode
    returning 'taken', s.stream_no, s.high, s.epoch;
    if not found then
        return query select 'mode', null::int, null::bigint, null::bigint;
    end if;
end $$;

-- The fence: raises the high-water marks of streams if these owners still hold all of them, else fails with SQLSTATE
-- LS001. Intake then reads from the table which owners lost a stream. The message names some of them for people.
create or replace function agency.hold(p_stream int[], p_owner text[], p_high bigint[]) returns void
language plpgsql as $$
declare
    lost text;
begin
    with held as (
        update agency.stream s set high = greatest(s.high, k.high), heard_at = now(),
               said_at = case when k.high > 0 then now() else s.said_at end
          from unnest(p_stream, p_owner, p_high) as k(no, owner, high)
         where s.stream_no = k.no and s.owner = k.owner::uuid
        returning s.owner::text
    ), gone as (
        select owner from unnest(p_owner) as k(owner) except select owner from held limit 6
    )
    select string_agg(owner, ' ') into lost from gone;
    if lost is not null then
        raise exception using errcode = 'LS001', message = lost;
    end if;
end $$;

-- Terminates connections of this role that wait for their client inside a transaction for longer than any pause of
-- intake's loop. idle_in_transaction_session_timeout does so between two batches of statements. But a process that
-- stops after sending half a batch is not idle for PostgreSQL, and would hold its row locks as long as it is stuck.
-- Returns how many were terminated.
create or replace function agency.make_way() returns int language sql volatile as $$
    select count(pg_terminate_backend(pid))::int
      from pg_stat_activity
     where usename = current_user and datname = current_database() and pid <> pg_backend_pid()
       and xact_start is not null and wait_event = 'ClientRead'
       and greatest(query_start, state_change) < clock_timestamp() - interval '5 s'
$$;
