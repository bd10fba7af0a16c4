-- The clock by which dates of the roster are read.
-- Repeatable: applied again whenever this file changes, so edit it in place (CONTRIBUTING.md).

-- The time of PostgreSQL's clock, which does not go back: when the clock is set back it stands still until the clock is
-- there again, so that whoever was a contact stays one, and whoever has left does not come back. Processes note the
-- time each second (steady_tick), and each change of the roster notes its own. A time that is a day ahead or more was
-- of a clock that was wrong, and does not count. A view, so that whoever reads the roster needs no right to it.
create or replace view notify.wall_clock (at) as
select greatest(now(), (select c.seen_at from notify.clock c where c.seen_at < now() + interval '1 day'),
                (select max(h.at) from notify.changed h where h.at < now() + interval '1 day'));
