-- Drills, and the page behind the link of a drill or an alarm, where a person confirms it.
-- Repeatable: applied again whenever this file changes, so edit it in place (CONTRIBUTING.md).

-- The contacts of the school of a drill who can be told now, with their steps: of the first step alone, if it says so.
create or replace function notify.drilled(p_district int, p_drill int)
returns table (contact_id int, step int) language sql stable as $$
    with there as (
        select c.contact_id, w.step, d.first_step, min(w.step) over () as first
          from notify.drill d join people.contact c using (district_id)
         cross join lateral (
             select least(c.step, (select min(i.step) from people.standing_in i
                                    where (i.role_id, i.school_id) = (c.contact_id, d.school_id)))::int as step) w
         where (d.district_id, d.drill_id) = (p_district, p_drill) and c.active
           and (c.scope = 'district' or exists (select from people.covered l
                                                 where (l.role_id, l.school_id) = (c.contact_id, d.school_id))))
    select contact_id, step from there where not first_step or step = first
$$;

-- Opens the alert of a drill, with its deliveries (p_wishes as notify.put_deliveries takes them). It is closed: nobody
-- waits for an acknowledgement, and nothing counts it as open. No row: there is one.
create or replace function notify.open_drill(p_district int, p_drill int, p_wishes jsonb, p_domain text,
                                             p_now timestamptz)
returns table (district_id int, alert_id bigint, held boolean, first_held boolean) language plpgsql as $$
#variable_conflict use_column
declare
    v_alert bigint;
begin
    insert into notify.alert (district_id, subject_kind, drill_id, rule_id, mode, asked_at, state)
    select p_district, 'drill', p_drill, 0, 'live', p_now, 'closed'
      from notify.drill d where (d.district_id, d.drill_id) = (p_district, p_drill)
    on conflict do nothing returning alert_id into v_alert;
    if v_alert is not null then
        perform notify.put_deliveries(p_district, v_alert, 1, p_wishes, p_domain, 'nothing_new');
        return query select p_district, v_alert, false, false;
    end if;
end $$;

-- What a drill came to, by person and channel: how many seconds after its start the message was handed over, delivered
-- and confirmed, and why it was not. A contact whom it could not be sent to, or who was absent when it began, has one
-- row, without a channel. Who became a contact or a substitute later is not in it.
create or replace function notify.drill_reach(p_district int, p_drill int)
returns table (contact_id int, step int, channel text, state text, handed_over_s int, delivered_s int, confirmed_s int,
               why text)
language sql stable as $$
    with t as (
        select d.*, a.alert_id, coalesce(a.created_at, (select at from notify.wall_clock)) as then
          from notify.drill d left join notify.alert a using (district_id, drill_id)
         where (d.district_id, d.drill_id) = (p_district, p_drill)),
    sent as (
        select v.contact_id, v.channel, v.state, v.step, v.error, v.sent_at,
               case when v.state = 'queued' and not notify.tried(v) and v.next_at > notify.steady() then 'quiet_hours'
                    else v.reason end as reason,
               (select min(r.at) from notify.receipt r
                 where (r.district_id, r.delivery_id, r.state) = (v.district_id, v.delivery_id, 'delivered')) as arrived
          from t join notify.delivery v using (district_id, alert_id)),
    roster as (
        select r.role_id, least(r.step, i.step)::int as step,
               exists (select from people.absence a
                        where a.role_id = r.role_id and a.from_at <= t.then and a.to_at > t.then) as absent
          from t join people.role r on r.district_id = t.district_id and r.role = 'contact'
          join people.person p on p.person_id = r.person_id and p.active
         cross join lateral (
               select min(s.step) as step from people.substitution s
                where (s.role_id, s.school_id) = (r.role_id, t.school_id)
                  and s.from_at <= t.then and s.to_at > t.then and s.role_from <= t.then and s.role_to > t.then) i
         where r.from_at <= t.then and r.to_at > t.then
           and (r.scope = 'district' or i.step is not null
                or exists (select from people.named n where (n.role_id, n.school_id) = (r.role_id, t.school_id)))),
    who as (
        select s.contact_id, null::int as step, false as absent from sent s
        union
        select r.role_id, r.step, r.absent from t cross join roster r
         where r.role_id not in (select s.contact_id from sent s)
           and (not t.first_step or r.step <= (select min(f.step) from roster f where not f.absent)))
    select w.contact_id, coalesce(s.step, w.step)::int, s.channel,
           case when s.state is not null then s.state when t.alert_id is null and not w.absent then 'queued'
                else 'cancelled' end,
           extract(epoch from s.sent_at - t.at)::int, extract(epoch from s.arrived - t.at)::int,
           extract(epoch from k.at - t.at)::int,
           case when s.channel is not null then nullif(concat_ws(', ', s.reason, s.error), '')
                when w.absent then 'absent'
                when t.alert_id is null then null
                when not l.mail and not l.texts then 'no_address'
                when not l.mail and notify.opted_out(p_district, c.phone) then 'opted_out' else 'no_channel' end
      from t cross join who w left join sent s using (contact_id)
      left join people.contact c on (c.district_id, c.contact_id) = (p_district, w.contact_id)
     cross join lateral (select 'email' = any(t.channels) and c.email is not null as mail,
                                'sms' = any(t.channels) and c.phone is not null as texts) l
      left join notify.drill_answer k on (k.district_id, k.drill_id, k.contact_id) = (p_district, p_drill, w.contact_id)
     order by 2, 1, 3
$$;

-- Confirming -------------------------------------------------------------------------------------------------

-- The link in a message about an alarm or a drill, by the hash of its token. No row: there is no such link. valid is
-- false as of notify.link. When the person confirmed it, or somebody has the alarm, and who.
create or replace function notify.confirmable(p_hash bytea)
returns table (district_id int, alert_id bigint, contact_id int, contact_name text, kind text, valid boolean,
               confirmed_at timestamptz, confirmed_by text, began_at timestamptz, school text, open bigint)
language sql stable rows 1 security definer set search_path = pg_catalog, pg_temp as $$
    select k.district_id, k.alert_id, k.contact_id, p.name, a.subject_kind,
           k.expires_at > now() and coalesce(p.active, false) and (a.subject_kind = 'drill' or p.alarms)
           and k.addressee in (notify.addressee(p.name, p.email), notify.addressee(p.name, p.phone)),
           case a.subject_kind when 'drill' then n.at else a.acknowledged_at end,
           case a.subject_kind when 'drill' then case when n.at is not null then p.name end
                               else a.acknowledged_by end,
           coalesce(d.at, a.created_at), s.name,
           (select count(*) from notify.finding f
             where (f.district_id, f.alarm_id) = (a.district_id, a.alarm_id) and f.raised_at is not null
               and f.well_at is null and not f.notice)
      from notify.token k
      join notify.alert a on (a.district_id, a.alert_id) = (k.district_id, k.alert_id)
      left join people.contact p on (p.district_id, p.contact_id) = (k.district_id, k.contact_id)
      left join notify.drill d on (d.district_id, d.drill_id) = (a.district_id, a.drill_id)
      left join notify.drill_answer n on (n.district_id, n.drill_id, n.contact_id)
                                         = (a.district_id, a.drill_id, k.contact_id)
      left join district.school s on (s.district_id, s.school_id) = (d.district_id, d.school_id)
     where k.token_hash = p_hash and a.subject_kind in ('alarm', 'drill')
$$;

-- What the alarm of a link says to its holder now, in the order of a message. '[]': the link is of a drill.
create or replace function notify.confirmable_said(p_hash bytea) returns jsonb
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select coalesce(jsonb_agg(jsonb_build_object(
               'check', s."check", 'channel', s.channel, 'lane', s.lane, 'object', s.object, 'notice', s.notice,
               'well', s.well, 'gone', s.gone, 'call', s.call, 'summary', s.summary, 'hidden', s.hidden,
               'school', s.school, 'at', liaison.iso(s.at), 'since', liaison.iso(s.since),
               'ended', liaison.iso(s.ended), 'class', s.class, 'type', s.type, 'have', s.have,
               'asked', s.asked)
               order by s.ordinality), '[]')
      from notify.confirmable(p_hash) k join notify.alert a using (district_id, alert_id)
     cross join lateral notify.alarm_shown(a.district_id, a.alarm_id, k.contact_id) with ordinality s
     where k.valid
$$;

-- A contact has an alarm, or got the message of a drill. p_detail: for the audit; null: by the link. Returns whether
-- that is new.
create or replace function notify.confirm_as(p_district int, p_alert bigint, p_contact int, p_name text, p_detail jsonb)
returns boolean language plpgsql as $$
declare
    a notify.alert;
begin
    select * into a from notify.alert l where (l.district_id, l.alert_id) = (p_district, p_alert);
    if a.subject_kind = 'drill' then
        insert into notify.drill_answer (district_id, drill_id, contact_id) values (p_district, a.drill_id, p_contact)
        on conflict do nothing;
        if not found then
            return false;
        end if;
    else
        perform notify.acknowledge(p_district, p_alert, p_name,
                                   (select r.person_id from people.role r where r.role_id = p_contact), p_contact);
    end if;
    insert into liaison.audit (actor, action, object, detail)
    values ('contact:' || p_contact, 'confirm', a.subject_kind || ' ' || p_district || '/{' || p_alert || '}',
            p_detail);
    return true;
end $$;

-- The holder of the link confirms: has the alarm, or got the message of the drill. Returns whether that is new.
create or replace function notify.confirm(p_hash bytea) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    k record;
begin
    select * into k from notify.confirmable(p_hash) c where c.valid;
    if not found or k.confirmed_at is not null then
        return false;
    end if;
    return notify.confirm_as(k.district_id, k.alert_id, k.contact_id, k.contact_name, null);
end $$;

-- Retention --------------------------------------------------------------------------------------------------

-- Deletes alarms that have been over for longer than p_keep, and drills that were started so long ago, with all that
-- belongs to them: findings, answers, and the alert with its messages, tries, receipts, links and acknowledgements.
-- Works in small steps, p_most of each. The alert of a call stays with its call. Returns how many. Runs as the owner,
-- because notify's role may delete none of this.
create or replace function notify.forget_old(p_keep interval, p_most int) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_district int[];
    v_kind text[];
    v_subject bigint[];
    v_alert_district int[];
    v_alert bigint[];
    v_message_district int[];
    v_message bigint[];
begin
    delete from notify.aside where last_at < now() - p_keep;
    with alarms as (
        select a.district_id, 'alarm' as kind, a.alarm_id as subject from notify.alarm a
         where a.over_at < notify.steady() - p_keep order by a.over_at limit p_most for update skip locked),
    drills as (
        select d.district_id, 'drill', d.drill_id from notify.drill d
         where d.at < now() - p_keep order by d.at limit p_most for update skip locked)
    select array_agg(o.district_id), array_agg(o.kind), array_agg(o.subject) into v_district, v_kind, v_subject
      from (select * from alarms union all select * from drills) o;
    select array_agg(l.district_id), array_agg(l.alert_id) into v_alert_district, v_alert
      from (select a.district_id, a.alert_id
              from unnest(v_district, v_kind, v_subject) as k(district_id, kind, subject)
              join notify.alert a on a.district_id = k.district_id
                                 and (k.kind = 'alarm' and a.alarm_id = k.subject
                                      or k.kind = 'drill' and a.drill_id = k.subject)
             order by 1, 2 for update of a) l;
    select array_agg(d.district_id), array_agg(d.delivery_id) into v_message_district, v_message
      from unnest(v_alert_district, v_alert) as k(district_id, alert_id)
      join notify.delivery d using (district_id, alert_id);
    delete from notify.receipt r using unnest(v_message_district, v_message) as k(district_id, delivery_id)
     where (r.district_id, r.delivery_id) = (k.district_id, k.delivery_id);
    delete from notify.attempt t using unnest(v_message_district, v_message) as k(district_id, delivery_id)
     where (t.district_id, t.delivery_id) = (k.district_id, k.delivery_id);
    delete from notify.delivery d using unnest(v_message_district, v_message) as k(district_id, delivery_id)
     where (d.district_id, d.delivery_id) = (k.district_id, k.delivery_id);
    delete from notify.token t using unnest(v_alert_district, v_alert) as k(district_id, alert_id)
     where (t.district_id, t.alert_id) = (k.district_id, k.alert_id);
    delete from notify.acknowledgement c using unnest(v_alert_district, v_alert) as k(district_id, alert_id)
     where (c.district_id, c.alert_id) = (k.district_id, k.alert_id);
    delete from notify.reply r using unnest(v_alert_district, v_alert) as k(district_id, alert_id)
     where (r.district_id, r.alert_id) = (k.district_id, k.alert_id);
    delete from notify.round r using unnest(v_alert_district, v_alert) as k(district_id, alert_id)
     where (r.district_id, r.alert_id) = (k.district_id, k.alert_id);
    delete from notify.alert a using unnest(v_alert_district, v_alert) as k(district_id, alert_id)
     where (a.district_id, a.alert_id) = (k.district_id, k.alert_id);
    delete from notify.finding f using unnest(v_district, v_kind, v_subject) as k(district_id, kind, subject)
     where (f.district_id, f.alarm_id) = (k.district_id, k.subject) and k.kind = 'alarm';
    delete from notify.alarm a using unnest(v_district, v_kind, v_subject) as k(district_id, kind, subject)
     where (a.district_id, a.alarm_id) = (k.district_id, k.subject) and k.kind = 'alarm';
    delete from notify.drill_answer n using unnest(v_district, v_kind, v_subject) as k(district_id, kind, subject)
     where (n.district_id, n.drill_id) = (k.district_id, k.subject) and k.kind = 'drill';
    delete from notify.drill d using unnest(v_district, v_kind, v_subject) as k(district_id, kind, subject)
     where (d.district_id, d.drill_id) = (k.district_id, k.subject) and k.kind = 'drill';
    return coalesce(cardinality(v_subject), 0);
end $$;
