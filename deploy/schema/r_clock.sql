-- The clock by which dates of the roster are read.
-- Repeatable: applied again whenever this file changes, so edit it in place (CONTRIBUTING.md).

-- The time of PostgreSQL's clock, which does not go back: when the clock is set back it stands still until the clock is
-- there again, so that whoever was a contact stays one, and whoever has left does not come back. Processes note the
-- time each second (steady_tick), and each change of the roster notes its own. A time that is a day ahead or more was
-- of a clock that was wrong, and does not count. (In PL/pgSQL, so that PostgreSQL does not put it into the statements
-- that read the roster: notify plans without whole tables, and beside the penalty for reading this table of one row
-- all indexes would look alike to the planner.)
create or replace function notify.wall_now() returns timestamptz
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return greatest(now(), (select c.seen_at from notify.clock c where c.seen_at < now() + interval '1 day'),
                    (select max(h.at) from notify.changed h where h.at < now() + interval '1 day'));
end $$;

-- The same for views and statements, which ask once: offset 0 keeps the planner from asking for each row.
create or replace view notify.wall_clock (at) as select notify.wall_now() offset 0;

-- The day in a district.
create or replace function district.today(p_district int) returns date
language sql stable as $$
    select (w.at at time zone d.zone)::date
      from district.district d cross join notify.wall_clock w where d.district_id = p_district
$$;
