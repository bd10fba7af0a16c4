-- The owner of a stream: the fence that a commit checks, and how a stuck process loses its locks.
-- Repeatable: applied again whenever this file changes, so edit it in place (CONTRIBUTING.md).

-- A session takes its stream over, or begins it. Returns no stream where it was begun in another mode, or
-- where the agency has begun p_most new ones within the hour (0: no limit).
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

-- The fence: takes the high-water marks of the streams that these owners hold, or refuses all with SQLSTATE LS001.
-- Intake then reads who lost a stream from the table; the message, with some of the owners, is for people.
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

-- Terminates sessions of this role that wait for their client in the middle of a transaction for longer than
-- any pause of intake's loop. idle_in_transaction_session_timeout does so between two flights. A process that
-- was stopped with half a flight sent is not idle to PostgreSQL, and would hold its row locks as long as it is
-- stuck. Returns how many were terminated.
create or replace function agency.make_way() returns int language sql volatile as $$
    select count(pg_terminate_backend(pid))::int
      from pg_stat_activity
     where usename = current_user and datname = current_database() and pid <> pg_backend_pid()
       and xact_start is not null and wait_event = 'ClientRead'
       and greatest(query_start, state_change) < clock_timestamp() - interval '5 s'
$$;
