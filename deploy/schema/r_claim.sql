-- Which messages go next.
-- Repeatable: applied again whenever this file changes, so edit it in place (CONTRIBUTING.md).

-- The bodies below name functions of later files.
set local check_function_bodies = off;

-- Whether a message that is due may be claimed now: it waits for the one before it to the same person by the same
-- channel, and its subject is of a kind that the claimant knows.
create or replace function notify.may_go(d notify.delivery, p_kinds text[]) returns boolean
language plpgsql stable as $$
begin
    return (
        select not exists (select from notify.delivery s
                            where (s.district_id, s.alert_id, s.contact_id, s.channel)
                                  = (d.district_id, d.alert_id, d.contact_id, d.channel) and s.state = 'sending')
           and (select a.subject_kind from notify.alert a
                 where (a.district_id, a.alert_id) = (d.district_id, d.alert_id)) = any(p_kinds));
end $$;

-- Claims up to p_most deliveries of a channel that are due at steady time p_now, of each of p_lanes in turn, for
-- p_lease in the name of p_worker, about subjects of p_kinds. They go by p_provider. p_other_too: repetitions that
-- belong to the channel's other provider are left for it. p_only_own: only those that belong to p_provider. p_asked,
-- p_other_asked: notify.repeats_by. Gives for each kind of subject the keys of its deliveries, in the order in which
-- they are to go; where there is one, it is named. All is read by indexes and in their order, never sorted: the plan
-- may be made while the table is empty, and is used when a million wait.
create or replace function notify.claim(
    p_most int, p_worker uuid, p_lease interval, p_channel text, p_lanes int[], p_now timestamptz, p_kinds text[],
    p_provider text, p_other_too boolean, p_only_own boolean, p_asked boolean, p_other_asked boolean)
returns table (subject_kind text, count bigint, district_id int, delivery_id bigint, keys jsonb)
language plpgsql set enable_sort = off set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off
set enable_mergejoin = off set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
    v_chosen tid[] := '{}'; -- of rows that are locked, so they stay where they are
    v_lane int;
begin
    foreach v_lane in array p_lanes loop
        exit when cardinality(v_chosen) >= p_most;
        if p_only_own then
            v_chosen := v_chosen || array(
                select d.ctid from notify.delivery d
                 where d.state = 'queued' and d.repeat_of is not null and d.channel = p_channel and d.lane = v_lane
                   and d.next_at <= p_now and notify.may_go(d, p_kinds)
                   and notify.repeats_by(p_provider, d.district_id, d.repeat_of, d.attempts, p_asked, p_other_asked)
                 order by d.next_at limit p_most - cardinality(v_chosen) for update of d skip locked);
        else
            v_chosen := v_chosen || array(
                select d.ctid from notify.delivery d
                 where d.state = 'queued' and d.channel = p_channel and d.lane = v_lane and d.next_at <= p_now
                   and notify.may_go(d, p_kinds)
                   and (d.repeat_of is null or not p_other_too or notify.repeats_by(
                        p_provider, d.district_id, d.repeat_of, d.attempts, p_asked, p_other_asked))
                 order by d.next_at limit p_most - cardinality(v_chosen) for update of d skip locked);
        end if;
    end loop;
    return query
    with c as (
        update notify.delivery d set state = 'sending', attempts = d.attempts + 1, lease_until = p_now + p_lease,
               leased_by = p_worker, due_at = coalesce(d.due_at, d.next_at)
         where d.ctid = any(v_chosen)
        returning d.district_id, d.delivery_id, d.alert_id, d.attempts, d.lane, d.next_at),
    tried as (
        insert into notify.attempt (district_id, delivery_id, attempt, worker, provider, began_at)
        select district_id, delivery_id, attempts, p_worker, p_provider, now() from c
        on conflict (district_id, delivery_id, attempt) do update
           set worker = excluded.worker, provider = excluded.provider, began_at = excluded.began_at,
               ended_at = null, outcome = null)
    select a.subject_kind, count(*), min(c.district_id), min(c.delivery_id),
           jsonb_agg(jsonb_build_object('district_id', c.district_id, 'delivery_id', c.delivery_id)
                     order by c.lane, c.next_at)
      from c join notify.alert a using (district_id, alert_id)
     group by a.subject_kind;
end $$;

-- Whether this message waits for its own next try, because p_provider deferred it within p_age (null: ever). What
-- quiet hours hold since has no due_at (notify.put_deliveries).
create or replace function notify.is_deferred(d notify.delivery, p_provider text, p_age interval) returns boolean
language plpgsql stable as $$
begin
    return d.due_at is not null and d.reason in ('deferred', 'misconfigured') and exists (
        select from notify.attempt t
         where (t.district_id, t.delivery_id, t.attempt) = (d.district_id, d.delivery_id, d.attempts)
           and t.provider = p_provider and (p_age is null or t.ended_at >= now() - p_age));
end $$;

-- Messages of a channel, of each of p_lanes in turn, that p_provider deferred within p_age (null: ever) are due at
-- steady time p_now, in the order in which they were due first: about p_most, with all of an alert. Returns whether
-- there may be more. Their alerts are locked, in the order in which every transaction locks several of them, so that
-- no decision and no end of a try waits for this one while it waits for them.
create or replace function notify.release(p_provider text, p_channel text, p_lanes int[], p_age interval,
                                          p_now timestamptz, p_most int) returns boolean
language plpgsql set enable_sort = off set enable_seqscan = off set enable_bitmapscan = off
set plan_cache_mode = force_generic_plan as $$
declare
    v_chosen notify.delivery[] := '{}';
    v_lane int;
    v_alert record;
    v_count int;
    v_released int := 0;
begin
    foreach v_lane in array p_lanes loop
        exit when cardinality(v_chosen) >= p_most;
        v_chosen := v_chosen || array(
            select d from notify.delivery d
             where d.state = 'queued' and d.channel = p_channel and d.lane = v_lane and d.next_at > p_now
               and notify.is_deferred(d, p_provider, p_age)
             order by d.next_at limit p_most - cardinality(v_chosen));
    end loop;
    for v_alert in
        select distinct d.district_id, d.alert_id from unnest(v_chosen) d order by 1, 2
    loop
        perform from notify.alert a where (a.district_id, a.alert_id) = (v_alert.district_id, v_alert.alert_id)
            for no key update;
        update notify.delivery u set next_at = u.due_at
         where u.ctid = any(array(
            select d.ctid from notify.delivery d
             where (d.district_id, d.alert_id) = (v_alert.district_id, v_alert.alert_id) and d.state = 'queued'
               and d.channel = p_channel and d.lane = any(p_lanes) and d.next_at > p_now
               and notify.is_deferred(d, p_provider, p_age)
               for update skip locked));
        get diagnostics v_count = row_count;
        v_released := v_released + v_count;
    end loop;
    return v_released > 0 and cardinality(v_chosen) >= p_most;
end $$;
