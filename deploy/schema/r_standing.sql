-- How an alert stands, as the dashboard and the page behind a link show it.
-- Repeatable: applied again whenever this file changes, so edit it in place (CONTRIBUTING.md).

-- The bodies below name functions of a later file.
set local check_function_bodies = off;

-- When a message got into its state, by the clocks that people read: when it was sent, or its last try ended in vain.
-- Of others, when it was made.
create or replace function notify.state_at(d notify.delivery) returns timestamptz
language sql stable as $$
    select case when d.state in ('failed', 'expired', 'unknown') then notify.wall(d.next_at)
                else coalesce(d.sent_at, d.created_at) end
$$;

-- Until when a first message waits that was to go at once: the end of quiet hours. Null of any other.
create or replace function notify.waits_until(d notify.delivery) returns timestamptz
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return (
    select notify.due_wall(d.next_at)
     where d.state = 'queued' and d.kind = 'first' and not notify.tried(d) and d.next_at > notify.steady()
       and d.step = (select min(f.step) from notify.delivery f
                      where (f.district_id, f.alert_id, f.round) = (d.district_id, d.alert_id, d.round)));
end $$;

-- How alerts of a call stand, as one, as JSON of the API: who has them (person: null if only the name is known), how
-- many more people are to take one of them, whether anybody was told, and who will be when quiet hours end. An alert
-- that is over asks nobody.
create or replace function notify.standing(p_district int, p_alerts bigint[]) returns jsonb
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan as $$ -- planning takes longer
begin
    return (
    with a as materialized (
        select * from notify.alert l where l.district_id = p_district and l.alert_id = any(p_alerts)),
    d as materialized (
        select v.*, notify.waits_until(v) as until from a join notify.delivery v using (district_id, alert_id)
         where v.kind = 'first' and v.round = a.round)
    select jsonb_build_object(
        'holders', coalesce((
            select jsonb_agg(jsonb_build_object('name', h.by, 'person', substring(h.who, '^person:(\d+)/')::int)
                             order by h.at, h.by)
              from (select h.who, min(h.by) as by, min(h.at) as at
                      from a cross join notify.holders(a.district_id, a.alert_id) h group by h.who) h), '[]'),
        'wanting', coalesce((select min(notify.wanting(a)) from a where state <> 'closed'), 0),
        'told', exists (select from d where d.state in ('sending', 'sent', 'delivered', 'unknown')),
        'waits', coalesce((
            select jsonb_agg(jsonb_build_object('to', case when c.name is not null
                                 then jsonb_build_object('name', c.name, 'role', c.role) end,
                             'until', liaison.iso(w.until)) order by w.until, c.name)
              from (select d.contact_id, min(d.until) as until from d where d.until is not null group by 1) w
              left join people.contact c on (c.district_id, c.contact_id) = (p_district, w.contact_id)), '[]')));
end $$;
