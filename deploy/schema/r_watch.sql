-- Whether messages go out: one list of findings, which liaisonctl doctor, liaisonctl status, and whatever watches an
-- installation read. docs/notify.md (Watching itself) says what each check means.
-- Repeatable: applied again whenever this file changes, so edit it in place (CONTRIBUTING.md).

-- Steady time of now (services/notify/steady.h). No running process is more than a moment ahead of it.
create or replace function notify.steady() returns timestamptz
language sql stable as $$
    select coalesce((select c.steady_at + greatest(interval '0', now() - c.wall_at) from notify.clock c), now())
$$;

-- The providers of processes that run. Processes move the clock on each second: while it is a minute away from
-- PostgreSQL's, which may have been set back, no process runs.
create or replace view notify.present as
select p.instance, p.channel, p.replay, p.name, p.up, p.since, p.reason, p.answer
  from notify.provider p cross join notify.clock c
 where p.seen_at > notify.steady() - interval '1 minute'
   and c.wall_at between now() - interval '1 minute' and now() + interval '1 minute';

-- Channels that a rule uses and that a contact of its district has an address for, with that district.
create or replace view notify.needed as
select distinct u.channel, r.district_id
  from notify.rule r cross join lateral unnest(r.channels) as u(channel)
 where r.active
   and exists (select from people.contact c
                where c.district_id = r.district_id and c.active
                  and case u.channel when 'email' then c.email is not null when 'sms' then c.phone is not null
                           when 'webhook' then c.webhook is not null else true end);

-- Providers --------------------------------------------------------------------------------------------------

-- By which provider a delivery was tried last.
create or replace function notify.last_provider(p_district int, p_delivery bigint) returns text
language sql stable as $$
    select t.provider from notify.attempt t
     where (t.district_id, t.delivery_id) = (p_district, p_delivery) order by t.attempt desc limit 1
$$;

drop function if exists notify.repeats_by(text, int, bigint, int); -- it knows from now on who can be asked
-- Whether a repetition belongs to this provider, of two: to the one that may have the message, if it can be asked;
-- after it was asked in vain, to the other. If it cannot be asked, to the other; after that failed, to both.
-- p_attempts: tries of the repetition. p_asked, p_other_asked: whether this provider, and the other, can be asked.
create or replace function notify.repeats_by(p_provider text, p_district int, p_repeat_of bigint, p_attempts int,
                                             p_asked boolean default true, p_other_asked boolean default true)
returns boolean language sql stable as $$
    select case when case when l.mine then p_asked else p_other_asked end then l.mine = (p_attempts = 0)
                else p_attempts > 0 or not l.mine end
      from (select coalesce(notify.last_provider(p_district, p_repeat_of), p_provider) = p_provider as mine) l
$$;

-- What became of the last live messages that a provider took: of the 20 last within half an hour of which it is known,
-- how many are lost. Of texts it is known by a receipt. Mail arrived unless a bounce says otherwise.
create or replace function notify.arrivals(p_provider text) returns table (known bigint, lost bigint)
language sql stable as $$
    select count(*), count(*) filter (where k.lost)
      from (select bool_or(r.state = 'failed') and not bool_or(r.state = 'delivered') as lost
              from (select * from notify.attempt
                     where provider = p_provider and began_at > now() - interval '30 minutes'
                     order by began_at desc limit 200) t
              join notify.delivery d using (district_id, delivery_id)
              left join notify.receipt r on (r.district_id, r.delivery_id, r.attempt)
                                          = (t.district_id, t.delivery_id, t.attempt)
                                        and r.state in ('failed', 'delivered')
             where d.lane <> 3 and (r.receipt_id is not null or d.channel = 'email' and t.outcome = 'sent')
             group by t.district_id, t.delivery_id, t.attempt, t.began_at
             order by t.began_at desc limit 20) k
$$;

-- Providers whose messages do not arrive: at least 5 are lost, and more than half of those of which it is known.
create or replace function notify.not_arriving() returns table (name text, known bigint, lost bigint)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select p.name, a.known, a.lost
      from (select distinct s.name from notify.present s where not s.replay) p
     cross join lateral notify.arrivals(p.name) a
     where a.lost >= 5 and a.lost * 2 > a.known
$$;

-- Processes, what each needed channel can be sent by, and the providers that are down.
create or replace view notify.watched_providers as
select 'process' as "check", count(distinct p.instance) > 0 as ok, null::text as channel, null::int as lane,
       null::text as object, count(distinct p.instance) as found,
       (select notify.wall(max(s.seen_at)) from notify.provider s) as since, '{}'::jsonb as detail
  from notify.present p
union all
select 'channel', count(distinct p.instance) > 0, n.channel, null, null, count(distinct p.instance),
       (select notify.wall(max(s.seen_at)) from notify.provider s where s.channel = n.channel and not s.replay), '{}'
  from notify.needed n left join notify.present p on p.channel = n.channel and not p.replay
 group by n.channel
union all
select 'provider', bool_and(p.up) and max(n.lost) is null, p.channel, null, p.name,
       greatest(count(*) filter (where not p.up), max(n.lost)), min(p.since) filter (where not p.up),
       jsonb_strip_nulls(jsonb_build_object('replay', nullif(p.replay, false), 'processes', count(*),
           'reasons', jsonb_agg(distinct p.reason) filter (where not p.up),
           'answers', jsonb_agg(distinct p.answer) filter (where not p.up), 'undelivered', max(n.lost)))
  from notify.present p left join notify.not_arriving() n on n.name = p.name and not p.replay
 group by p.channel, p.replay, p.name;

-- Messages ---------------------------------------------------------------------------------------------------

-- Messages that are to go out. due: those of a lane, whether tried or not, and for how long the oldest may wait;
-- tried: those of a channel that were tried and are not sent. What was tried and is held by quiet hours since has no
-- due_at (notify.put_deliveries): it is due when they end. Alarms are watched by themselves (watched_alarms), and
-- drills by who made them.
create or replace view notify.watched_queue as
with waiting as (
    select d.channel, d.lane, coalesce(d.due_at, d.next_at) as due, d.reason,
           d.due_at is not null and d.attempts > case d.state when 'queued' then 0 else 1 end as tried
      from (select * from notify.delivery where state = 'queued' -- each state has an index of its own
            union all select * from notify.delivery where state = 'sending') d
     where (select a.subject_kind from notify.alert a
             where (a.district_id, a.alert_id) = (d.district_id, d.alert_id)) not in ('alarm', 'drill')
), used as (
    select channel from notify.needed union select channel from notify.present union select channel from waiting
)
select 'due' as "check", min(w.due) > notify.steady() - l.most is not false as ok, u.channel, l.lane,
       null::text as object, count(w.due) as found, notify.wall(min(w.due)) as since,
       jsonb_build_object('tried', count(*) filter (where w.tried), 'most_s', extract(epoch from l.most)::int,
           'later', (select count(*) from waiting a
                      where (a.channel, a.lane) = (u.channel, l.lane) and a.due > notify.steady())) as detail
  from used u
 cross join (values (0, interval '30 s'), (1, interval '1 minute'), (2, interval '5 minutes'),
                    (3, interval '5 minutes')) as l(lane, most)
  left join waiting w on (w.channel, w.lane) = (u.channel, l.lane) and w.due <= notify.steady()
 group by u.channel, l.lane, l.most
union all
select 'tried', min(t.since) > notify.steady() - interval '5 s' is not false, u.channel, null, null,
       coalesce(sum(t.found), 0)::bigint, notify.wall(min(t.since)),
       coalesce(jsonb_object_agg(t.reason, t.found) filter (where t.found > 0), '{}')
  from used u
  left join (select channel, coalesce(reason, 'internal') as reason, count(*) as found, min(due) as since
               from waiting where tried group by 1, 2) t using (channel)
 group by u.channel;

-- What went wrong. failures: tries of the last hour by provider; not ok while one of their messages has not been sent.
-- given_up: messages of the last day that were not sent in time, or refused, or of which nobody knows whether they
-- arrived.
create or replace view notify.watched_failures as
select 'failures' as "check", bool_and(f.over) as ok, f.channel, null::int as lane, f.provider as object,
       sum(f.found)::bigint as found, min(f.since) as since, jsonb_object_agg(f.reason, f.found) as detail
  from (select d.channel, coalesce(t.provider, '') as provider, coalesce(t.reason, 'internal') as reason,
               count(*) as found, min(t.ended_at) as since,
               bool_and(d.state in ('sending', 'sent', 'delivered', 'cancelled')) as over
          from notify.attempt t join notify.delivery d using (district_id, delivery_id)
         where t.outcome <> 'sent' and t.outcome <> 'cancelled' and t.ended_at > now() - interval '1 hour'
           and (select a.subject_kind from notify.alert a
                 where (a.district_id, a.alert_id) = (d.district_id, d.alert_id)) not in ('alarm', 'drill')
         group by 1, 2, 3) f
 group by f.channel, f.provider
union all
select 'given_up', false, g.channel, null, g.state, sum(g.found)::bigint, notify.wall(min(g.since)),
       jsonb_object_agg(g.reason, g.found)
  from (select d.channel, d.state, coalesce(d.reason, 'internal') as reason, count(*) as found, min(d.next_at) as since
          from notify.delivery d join notify.alert a using (district_id, alert_id)
         where d.state in ('failed', 'expired', 'unknown') and d.next_at > notify.steady() - interval '1 day'
           and a.subject_kind not in ('alarm', 'drill')
           and (d.state <> 'unknown'
                or (a.acknowledged_at is null
                    and not exists (select from notify.delivery r
                                     where (r.district_id, r.alert_id, r.repeat_of)
                                           = (d.district_id, d.alert_id, d.delivery_id)
                                       and r.state in ('queued', 'sending', 'sent', 'delivered'))))
         group by 1, 2, 3) g
 group by g.channel, g.state;

-- Providers that took nothing of what three contacts or more were to be told in the last hour: whoever is to blame for
-- each of them, nothing goes out.
create or replace view notify.watched_refusals as
select 'refused' as "check", false as ok, f.channel, null::int as lane, f.provider as object, f.found, f.since,
       '{}'::jsonb as detail
  from (select d.channel, t.provider, count(distinct d.contact_id) as found, min(t.ended_at) as since
          from notify.attempt t join notify.delivery d using (district_id, delivery_id)
         where t.outcome <> 'sent' and t.outcome <> 'cancelled' and t.ended_at > now() - interval '1 hour'
           and t.provider is not null
         group by 1, 2) f
 where f.found >= 3
   and not exists (select from notify.attempt s
                    where s.outcome = 'sent' and s.provider = f.provider and s.ended_at > now() - interval '1 hour');

-- Dashboards that run and cannot open the links of a notify that runs: both name the keys that they have.
create or replace view notify.watched_links as
with running as (
    select s.service, s.instance, s.link_keys, s.started_at from liaison.service s
     where s.seen_at > now() - interval '1 minute' and s.link_keys is not null
)
select 'links' as "check", false as ok, null::text as channel, null::int as lane, null::text as object,
       count(distinct d.instance) as found, min(greatest(d.started_at, n.started_at)) as since, '{}'::jsonb as detail
  from running d join running n on not n.link_keys <@ d.link_keys
 where d.service = 'dashboard' and n.service = 'notify'
having count(*) > 0;

-- Alerts -----------------------------------------------------------------------------------------------------

-- Calls of the last day whose people do not know. nobody: there is nobody to tell, all messages came to nothing, or
-- whoever was told may not be told any more; held: the budget holds the alert; unanswered: the last step was told, by
-- some channel, and its time has passed since then, or since whoever had it has it no more, until somebody answers;
-- skipped: of a step that the contact file has nobody could be told, and a later one was; whoever was told as a
-- substitute, or by another row, in an earlier step was told. A storm is of no agency (r_storm.sql). Of those who were
-- told one who may be told still is enough: offset 0 has them asked one after the other. Only the present round counts:
-- who was told in an earlier one does not know that the call became worse. Where no rule asks anybody (ruled), a round
-- of which no message failed had nothing to say.
create or replace view notify.watched_calls as
with open as (
    select a.district_id, a.alert_id, a.agency_id, a.incident_no, a.school_id, a.created_at, a.asked_at, a.ruled,
           a.round,
           coalesce((select r.escalate_s from notify.rule r
                      where (r.district_id, r.rule_id) = (a.district_id, a.rule_id)), 300) as escalate_s,
           exists (select from notify.delivery d -- each state has an index of its own
                    where (d.district_id, d.alert_id, d.state) = (a.district_id, a.alert_id, 'queued')
                      and notify.tells(d))
           or exists (select from notify.delivery d
                       where (d.district_id, d.alert_id, d.state) = (a.district_id, a.alert_id, 'sending')
                         and notify.tells(d)) as waits,
           a.released_at, t.told
      from notify.alert a
      left join lateral (
           select true as told
             from (select d.contact_id
                     from notify.delivery d
                    where (d.district_id, d.alert_id) = (a.district_id, a.alert_id)
                      and d.state in ('sent', 'delivered', 'unknown') and notify.tells(d)
                      and (d.round = a.round
                           or not a.ruled
                              and not exists (select from notify.delivery l
                                               where (l.district_id, l.alert_id, l.round)
                                                     = (a.district_id, a.alert_id, a.round)
                                                 and l.state in ('failed', 'expired') and notify.tells(l)))
                    offset 0) m
            where notify.alert_sight(m.contact_id, a) is not null limit 1) t on true
     where a.state = 'open' and a.mode = 'live' and a.asked_at > notify.steady() - interval '1 day'
       and a.subject_kind in ('call', 'storm')
), reach as ( -- the last step that was told, and those in which there is a message: in which a contact was told, as a
              -- substitute perhaps, and the contact's own. Each alert's messages are found by its key.
    select o.*, h.last, h.steps
      from open o
     cross join lateral (
           select max(w.step) filter (where d.state in ('sending', 'sent', 'delivered', 'unknown')) as last,
                  array_agg(w.step) || array_agg(own) as steps
             from notify.delivery d join people.role r on r.role_id = d.contact_id
            cross join lateral (
                  select r.step as own, least(r.step, (
                         select min(i.step) from people.substitution i
                          where (i.role_id, i.school_id) = (r.role_id, o.school_id)
                            and coalesce(d.sent_at, d.said_at, now()) >= greatest(i.from_at, i.role_from)
                            and coalesce(d.sent_at, d.said_at, now()) < least(i.to_at, i.role_to))) as step) w
            where (d.district_id, d.alert_id, d.round) = (o.district_id, o.alert_id, o.round)
              and d.state not in ('failed', 'expired', 'cancelled') and notify.tells(d)) h
     where o.ruled
)
select 'nobody' as what, district_id, alert_id, agency_id, school_id, created_at as since
  from open where not waits and told is null
union all
select 'unanswered', o.district_id, o.alert_id, o.agency_id, o.school_id,
       greatest(l.told_at, notify.wall(o.released_at))
  from open o
 cross join lateral ( -- the last step, from the first message that told somebody in it, by whatever channel
       select (array_agg(s.told_at order by s.turn))[1] as told_at,
              (array_agg(s.ended_at order by s.turn))[1] as ended_at,
              (array_agg(s.ended_at is null order by s.turn))[1] is true as waits
         from (select array[-d.round, -d.step] as turn,
                      min(coalesce(d.sent_at, d.said_at)) filter (where k.told) as told_at, -- by the wall clock
                      min(d.next_at) filter (where k.told) as ended_at                      -- and steady
                 from notify.delivery d
                cross join lateral (select d.state in ('sent', 'delivered', 'unknown') as told) k
                where (d.district_id, d.alert_id) = (o.district_id, o.alert_id) and (d.round = o.round or not o.ruled)
                  and (k.told or d.state in ('queued', 'sending')) and notify.tells(d)
                  -- to whom it is handed is asked out of turn
                  and (o.released_at is null or not notify.is_handed(o.district_id, o.alert_id, d.contact_id))
                group by d.round, d.step) s) l
 where o.told and not l.waits and greatest(l.ended_at, o.released_at) < notify.steady() - o.escalate_s * interval '1 s'
       -- who is asked again has not answered
    or exists (select from notify.finding f
                where (f.district_id, f.about) = (o.district_id, o.alert_id) and f."check" = 'unanswered'
                  and f.well_at is null)
union all
select 'skipped', o.district_id, o.alert_id, o.agency_id, o.school_id, o.created_at
  from reach o join district.incident i using (district_id, agency_id, incident_no)
 where exists (
    select from people.role r
     where r.district_id = o.district_id and r.role = 'contact' and r.to_at > (select at from notify.wall_clock)
       -- or it is of before the clock was set back
       and (r.from_at <= o.created_at or r.from_at > now() and r.from_at <= (select at from notify.wall_clock))
       and (not district.is_sealed(i.sensitivity) or r.sealed)
       and (r.scope = 'district' or exists (select from people.named n
                                             where (n.role_id, n.school_id) = (r.role_id, o.school_id)))
       and r.step < o.last and r.step <> all (o.steps)
       and not exists (select from notify.delivery d join people.role w on w.role_id = d.contact_id
                        where (d.district_id, d.alert_id) = (o.district_id, o.alert_id) and w.person_id = r.person_id
                          and d.round = o.round and d.state not in ('failed', 'expired', 'cancelled')
                          and notify.tells(d)))
union all
select 'held', district_id, alert_id, agency_id, school_id, held_at
  from notify.alert where state = 'held' and held_why = 'budget' and held_at > now() - interval '1 day';

-- The same by agency and school.
create or replace view notify.watched_alerts as
select f.what as "check", false as ok, null::text as channel, null::int as lane,
       coalesce(g.slug, 'storm') || ' at ' || d.slug || '/' || s.code as object, count(*) as found,
       min(f.since) as since,
       '{}'::jsonb as detail
  from notify.watched_calls f join district.district d using (district_id)
  join district.school s using (district_id, school_id)
  left join agency.agency g using (agency_id)
 group by f.what, g.slug, d.slug, s.code;

-- Contacts who hear of alarms now.
create or replace view notify.administrator as
select c.district_id, c.contact_id, c.email, c.phone
  from people.contact c
 where c.alarms and c.active and (c.email is not null or c.phone is not null);

-- Alarms of which something is not known two minutes after it was raised: no message said it to who is an administrator
-- still, and none waits for its time after one that was sent. What was raised before somebody took the alarm is known.
-- It raises no alarm itself.
create or replace view notify.watched_alarms as
select 'alarm' as "check", false as ok, null::text as channel, null::int as lane, d.slug as object,
       count(distinct f.alarm_id) as found, min(f.raised_at) as since, '{}'::jsonb as detail
  from notify.finding f join district.district d using (district_id)
  left join notify.alert a using (district_id, alarm_id)
 where f.well_at is null and not f.notice
   and f.raised_at not between now() - interval '2 minutes' and now() + interval '2 minutes'
   and (a.acknowledged_at is null or f.raised_at > a.acknowledged_at)
   and not exists (select from notify.delivery v join notify.administrator m using (district_id, contact_id)
                    where (v.district_id, v.alert_id) = (a.district_id, a.alert_id) and notify.tells(v)
                      and case when v.state in ('sent', 'delivered', 'unknown')
                               then v.content -> 'now' -> 'open' @> to_jsonb(f.finding_id)
                               when v.state in ('queued', 'sending')
                               then coalesce(v.due_at, v.next_at) > notify.steady() - interval '2 minutes'
                                    and (select l.state from notify.delivery l
                                          where (l.district_id, l.alert_id, l.contact_id, l.channel)
                                                = (v.district_id, v.alert_id, v.contact_id, v.channel)
                                            and l.delivery_id < v.delivery_id and l.state <> 'cancelled'
                                          order by l.delivery_id desc limit 1) in ('sent', 'delivered', 'unknown')
                               end)
 group by d.slug;

-- What reaches notify ----------------------------------------------------------------------------------------

-- outbox: changes of calls that wait for notify longer than a minute. agency: when each agency that has a key and sends
-- live was heard last; its agent says something each few seconds.
create or replace view notify.watched_sources as
select 'outbox' as "check", count(*) = 0 as ok, null::text as channel, null::int as lane, null::text as object,
       count(*) as found, min(o.at) as since, '{}'::jsonb as detail
  from district.outbox o where o.at not between now() - interval '1 minute' and now() + interval '1 minute'
union all
select 'agency', bool_or(h.now) is true, null, null, a.slug,
       count(*) filter (where h.now), max(s.heard_at), '{}'
  from agency.agency a left join agency.stream s on s.agency_id = a.agency_id and s.mode = 'live'
 cross join lateral (select s.heard_at between now() - interval '60 s' and now() + interval '60 s' as now) h
 where a.agency_id <> 0
   and exists (select from agency.feed_key k where k.agency_id = a.agency_id and k.revoked_at is null)
   and (s.agency_id is not null or not exists (select from agency.stream b where b.agency_id = a.agency_id))
 group by a.agency_id, a.slug;

-- The way of a test message ---------------------------------------------------------------------------------

-- probe: whether test messages come back. Not ok when none was sent for three times as long as they are apart, or when
-- the last of them were refused or are not back in time. One that came back says that the way is free again, and how
-- long it took. Without a process that sends any there is nothing to say.
create or replace view notify.watched_probe as
with plan as (
    select min(every_s) as every_s, max(within_s) as within_s, max(mailbox_error) as mailbox from notify.prober
), last as (
    select max(sent_at) as at, max(sent_at) filter (where returned_at is not null) as back_at from notify.probe
), missing as (
    select count(*) as found, min(p.sent_at) as since, min(p.provider) as provider,
           jsonb_agg(distinct p.reason) filter (where p.reason is not null) as reasons,
           jsonb_agg(distinct p.answer) filter (where p.answer is not null) as answers
      from notify.probe p cross join plan cross join last
     where p.returned_at is null and p.sent_at > coalesce(last.back_at, '-infinity')
       and (p.outcome = 'failed' or p.sent_at < notify.steady() - plan.within_s * interval '1 s')
)
select 'probe' as "check",
       plan.every_s is null
           or (last.at > notify.steady() - 3 * plan.every_s * interval '1 s' and missing.found = 0) is true as ok,
       case when plan.every_s is not null then 'email' end as channel, null::int as lane,
       missing.provider as object,
       case when plan.every_s is null then 0 else missing.found end as found,
       case when plan.every_s is null then null
            when missing.found > 0 then notify.wall(missing.since)
            when last.at < notify.steady() - 3 * plan.every_s * interval '1 s' then notify.wall(last.at) end as since,
       jsonb_strip_nulls(jsonb_build_object('set_up', plan.every_s is not null, 'every_s', plan.every_s,
           'within_s', plan.within_s, 'mailbox', plan.mailbox, 'reasons', missing.reasons,
           'answers', missing.answers,
           'took_s', (select round(extract(epoch from p.returned_at - p.sent_at), 1)
                        from notify.probe p where p.sent_at = last.back_at limit 1))) as detail
  from plan cross join last cross join missing;

-- Work that notify set aside in the last hour: PostgreSQL refused it, a statement did not give a column, or the mailbox
-- of bounces cannot be read. object: the kind of subject, or the job that runs again and again
-- (services/notify/aside.h).
create or replace view notify.watched_aside as
select 'aside' as "check", false as ok, null::text as channel, null::int as lane, a.subject_kind as object,
       sum(a.found)::bigint as found, min(a.first_at) as since, jsonb_object_agg(a.why, a.found) as detail
  from notify.aside a where a.last_at > now() - interval '1 hour'
 group by a.subject_kind;

-- The whole --------------------------------------------------------------------------------------------------

-- Each check has a row at least. found: how many; since: of the oldest of them, by the clocks that people read; object:
-- the provider, agency, or agency and school; detail: codes and counts, never an address, a name or a text. Runs as
-- the owner: who may call it needs no right to what it reads. Compiling it would take longer than running it, and so
-- would an index for each row, where many are read (session_setup of notify).
create or replace function notify.health()
returns table ("check" text, ok boolean, channel text, lane int, object text, found bigint, since timestamptz,
               detail jsonb)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp set jit = off
set enable_seqscan = on set enable_mergejoin = on as $$
#variable_conflict use_column
begin
    return query
    with f as (
        select * from notify.watched_providers
        union all select * from notify.watched_sources
        union all select * from notify.watched_aside
        union all select * from notify.watched_queue
        union all select * from notify.watched_failures
        union all select * from notify.watched_refusals
        union all select * from notify.watched_links
        union all select * from notify.watched_alerts
        union all select * from notify.watched_alarms
        union all select * from notify.watched_probe
    ), named as (
        select * from unnest(array['process', 'channel', 'provider', 'outbox', 'agency', 'aside', 'due', 'tried',
                                   'failures', 'refused', 'links', 'given_up', 'nobody', 'held', 'unanswered',
                                   'skipped', 'alarm', 'probe'])
            with ordinality as n("check", turn)
    )
    select n."check", coalesce(f.ok, true), f.channel, f.lane, f.object, coalesce(f.found, 0), f.since,
           coalesce(f.detail, '{}')
      from named n left join f using ("check")
     order by n.turn, f.channel, f.lane, f.object;
end $$;
