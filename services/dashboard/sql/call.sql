-- name: call_only
-- $1 district, $2 the person's schools; null: all, $3 the agency's slug, $4 the incident's number.
-- One row of JSON. No row: the person sees no such call.
select json_build_object('call', c.call) from district.calls_shown($1::int, $2::int[]) c
where c.slug = $3 and c.incident_no = $4;

-- name: call_detail
-- The same parameters, $5 the session's hash. The call with its timeline, deliveries, alerts and
-- outcomes.
select json_build_object('call', i.call,
  'left_out', case when i.entered_in_error then 'entered_in_error'
    when i.merged_into is not null then 'merged' when i.elsewhere then 'moved_away' end,
  -- The call that it was merged into, if the person sees that one.
  'merged_into', (select m.incident_no from district.seen($1::int, $2::int[]) m
    where m.agency_id = i.agency_id and m.incident_no = i.merged_into),
  -- The first unit's milestone is left out where a unit's own entry has the same time and kind.
  'timeline', coalesce((
    select json_agg(jsonb_build_object('at', liaison.iso(m.at), 'source', m.source,
      'kind', m.kind) || m.said order by m.at, m.rank, m.step, m.said)
    from (
      select l.*, bool_or(l.rank = 6) over (partition by l.at, l.kind) as by_unit
      from (
        -- Milestones of the whole call.
        select t.at, t.rank, 0 as step, 'dispatch' as source, t.kind, t.said
        from (values
          (coalesce(i.t_received, i.opened_at), 1, 'received',
            jsonb_build_object('via', i.received_via)),
          (i.t_dispatched, 2, 'dispatched', '{"unit": null}'),
          (i.t_en_route, 3, 'en_route', '{"unit": null}'),
          (i.t_on_scene, 4, 'on_scene', '{"unit": null}'),
          (i.t_cleared, 7, 'cleared', '{}'),
          (i.t_closed, 9, 'closed', '{}')) as t(at, rank, kind, said)
        union all
        -- Statuses of units, and changes of type and place.
        select t.at, case when t.unit is null then 5 else 6 end, t.step, 'dispatch', t.kind,
          case when t.kind = 'located' then '{}'
            when t.unit is null then jsonb_build_object('was', t.was, 'became', t.became)
            else jsonb_build_object('unit', t.unit) end
        from district.told(i.district_id, i.agency_id, i.incident_no, $2::int[]) t
        union all
        -- Dispositions and outcomes.
        select coalesce(i.t_closed, i.version_at), 8, 0, 'dispatch', 'disposition',
          jsonb_build_object('own', coalesce(u ->> 'own', ''), 'code', u ->> 'code',
            'name', (select p.name from code.disposition p where p.code = u ->> 'code'))
        from jsonb_array_elements(i.dispositions) u
        union all
        select o.decided_at, 10, 0, 'dispatch', 'outcome',
          jsonb_build_object('subject', o.subject, 'own', o.own, 'code', o.code,
            'name', (select p.name from code.disposition p where p.code = o.code),
            'voided', o.voided_by is not null)
        from district.outcome o
        where o.district_id = i.district_id and o.agency_id = i.agency_id
          and o.incident_no = i.incident_no
          and not district.hides_result(i.sensitivity, i.elsewhere, $2::int[])
        union all
        -- The question about the place: when it was asked, when its time was over, and a person's
        -- answer. A later place that answered it is among the changes of place.
        select t.at, t.rank, 0, t.source, t.kind, t.said
        from district.place_review r cross join lateral (values
          (r.asked_at, 10, 'alert', 'place_asked', '{}'),
          (case when r.state = 'expired' or r.decided_at > r.due_at then r.due_at end, 11,
            'alert', 'place_uncertain', '{}'),
          (case when r.decided_by <> 'placement' then r.decided_at end, 12, 'person', 'placed',
            jsonb_build_object('by', r.decided_by) || case
              when r.school_id is null then '{"answer": "at_none", "school": null}'
              when not district.is_theirs(r.school_id, $2::int[])
              then '{"answer": "at_another", "school": null}'
              else jsonb_build_object('answer', 'at', 'school', (select n.name
                from district.school n
                where n.district_id = r.district_id and n.school_id = r.school_id)) end))
          as t(at, rank, source, kind, said)
        where r.district_id = i.district_id and r.agency_id = i.agency_id
          and r.incident_no = i.incident_no and r.mode <> 'backfill'
        union all
        -- Alerts, messages, and what people said.
        select al.created_at, 11, 0, 'alert', 'alerted', jsonb_build_object('school', (
          select n.name from district.school n
          where n.district_id = al.district_id and n.school_id = al.school_id))
        from notify.alerts_seen(i.district_id, i.agency_id, i.incident_no, $2::int[]) al
        union all
        select notify.state_at(v), 12, 0, 'alert', v.state,
          jsonb_build_object('channel', v.channel, 'message', v.kind, 'to', case
            when k.name is not null then jsonb_build_object('name', k.name, 'role', k.role) end)
        from notify.delivery v left join people.contact k using (district_id, contact_id)
        join notify.alerts_seen(i.district_id, i.agency_id, i.incident_no, $2::int[]) al
          using (district_id, alert_id)
        where v.state in ('sent', 'delivered', 'failed', 'expired', 'unknown')
        union all
        select (k.said ->> 'at')::timestamptz, 13, k.turn, 'person',
          case k.said ->> 'kind' when 'has' then 'acknowledged' else k.said ->> 'kind' end,
          k.said - 'at' - 'kind'
        from notify.alerts_seen(i.district_id, i.agency_id, i.incident_no, $2::int[]) al
        cross join lateral jsonb_array_elements(notify.alert_said($5::bytea, al.alert_id,
            not district.hides_result(i.sensitivity, i.elsewhere, $2::int[])) -> 'log')
          with ordinality as k(said, turn)) l) m
    where m.at is not null and not (m.by_unit and m.rank < 5)), '[]'),
  -- why: the reason why a message was not sent (notify.why_not_sent).
  'deliveries', coalesce((
    select json_agg(json_build_object('channel', v.channel, 'kind', v.kind, 'step', v.step,
      'to', case when k.name is not null
        then json_build_object('name', k.name, 'role', k.role) end,
      'state', v.state, 'at', liaison.iso(notify.state_at(v)),
      'due_at', liaison.iso(case v.state when 'queued' then notify.due_wall(v.next_at) end),
      'why', notify.why_not_sent(v.state, v.reason),
      'quiet', notify.waits_until(v) is not null,
      'attempts', v.attempts) order by v.created_at, v.delivery_id)
    from notify.delivery v left join people.contact k using (district_id, contact_id)
    join notify.alerts_seen(i.district_id, i.agency_id, i.incident_no, $2::int[]) al
      using (district_id, alert_id)), '[]'),
  -- What was said of each alert, and what this person may do. A comment may tell what a school does
  -- not see.
  'alerts', coalesce((
    select json_agg(jsonb_build_object('id', al.alert_id, 'school', n.name,
        'over', al.state = 'closed') || notify.alert_said($5::bytea, al.alert_id,
          not district.hides_result(i.sensitivity, i.elsewhere, $2::int[])) order by al.alert_id)
    from notify.alerts_seen(i.district_id, i.agency_id, i.incident_no, $2::int[]) al
    join district.school n on (n.district_id, n.school_id) = (al.district_id, al.school_id)), '[]'),
  'outcomes', coalesce((
    select json_agg(json_build_object('outcome_id', o.outcome_id, 'subject', o.subject,
      'own', o.own, 'code', o.code,
      'name', (select p.name from code.disposition p where p.code = o.code),
      'decided_at', liaison.iso(o.decided_at), 'voided', o.voided_by is not null)
      order by o.decided_at, o.subject, o.outcome_id)
    from district.outcome o
    where o.district_id = i.district_id and o.agency_id = i.agency_id
      and o.incident_no = i.incident_no
      and not district.hides_result(i.sensitivity, i.elsewhere, $2::int[])), '[]'))
from district.calls_shown($1::int, $2::int[]) i where i.slug = $3 and i.incident_no = $4;

-- name: call_acknowledge
-- The same parameters, $5 the session's hash. Columns: the number of alerts that the person sees,
-- and those of them that this statement acknowledged. No row: there is no such call.
with call as (
  select c.district_id, c.agency_id, c.incident_no
  from district.calls_shown($1::int, $2::int[]) c where c.slug = $3 and c.incident_no = $4),
said as (
  select al.alert_id, notify.acknowledge_as($5::bytea, al.district_id, al.alert_id) as first
  from call c cross join lateral
    notify.alerts_seen(c.district_id, c.agency_id, c.incident_no, $2::int[]) al)
select (select count(*) from said),
  (select array_agg(alert_id order by alert_id) from said where first) from call;

-- name: alert_say
-- $1 the session's hash, $2 district, $3 alert, $4 what is said (undone, handed_over, comment), $5
-- to which contact, $6 the comment. Columns: whether it was noted (null: there is no such alert, or
-- it is not theirs), why it would not be noted.
select notify.say_as($1::bytea, $2::int, $3::bigint, $4, $5::int, $6),
 notify.refused_as($1::bytea, $2::int, $3::bigint, $4, $5::int);
