-- name: drill_channel_unknown
-- $1 channels, with a comma between. One value: the first that is none; no row if all are.
select n
from unnest(string_to_array($1, ',')) with ordinality u(n, ord)
where btrim(n) not in ('email', 'sms')
order by ord
limit 1;

-- name: drill_school
-- $1 district, $2 code. One value. The school is locked: of two drills that are started together,
-- the second sees the first.
select school_id
from district.school
where district_id = $1 and code = $2
for no key update;

-- name: drill_running
-- $1 district, $2 school. One value: the latest drill that runs there. It has not begun, messages
-- of it wait, or it began within the hour and somebody whom it reached has not confirmed.
select d.drill_id
from notify.drill d
  left join notify.alert a using (district_id, drill_id)
where d.district_id = $1::int and d.school_id = $2::int
  and (a.alert_id is null or exists (
    select from notify.delivery v
    where v.district_id = a.district_id and v.alert_id = a.alert_id
      and (v.state in ('queued', 'sending')
        or (v.state in ('sent', 'delivered', 'unknown') and d.at > now() - interval '1 hour'
          and not exists (
            select from notify.drill_answer k
            where k.district_id = d.district_id and k.drill_id = d.drill_id
              and k.contact_id = v.contact_id)))))
order by d.drill_id desc
limit 1;

-- name: drill_start
-- $1 district, $2 school, $3 who wants it, or null, $4 channels, with a comma between, $5 whether
-- only the first step is told, $6 whether quiet hours do not count. One value: its number.
insert into notify.drill (district_id, school_id, by, channels, first_step, wakes)
select $1::int, $2::int, coalesce($3, liaison.actor()),
  array(select distinct btrim(n) from unnest(string_to_array($4, ',')) n), $5::boolean, $6::boolean
returning drill_id;

-- name: drill_known
-- $1 district, $2 number of a drill. One row if there is such a drill.
select true
from notify.drill
where district_id = $1 and drill_id::text = $2;

-- name: drill_list
-- $1 district. A list, the latest first: people, and how many of them were reached by some channel.
select d.drill_id as drill, s.code as school, d.by, liaison.listed(d.at) as at,
  array_to_string(d.channels, ',') as channels, r.people, r.handed_over, r.delivered, r.confirmed
from notify.drill d
  join district.school s using (district_id, school_id)
  cross join lateral (
    select count(distinct contact_id) as people,
      count(distinct contact_id) filter (where handed_over_s is not null) as handed_over,
      count(distinct contact_id) filter (where delivered_s is not null) as delivered,
      count(distinct contact_id) filter (where confirmed_s is not null) as confirmed
    from notify.drill_reach(d.district_id, d.drill_id)) r
where d.district_id = $1
order by d.drill_id desc;

-- name: drill_show
-- $1 district, $2 drill. A list: a row for each contact and channel.
select c.code, c.name, r.step, r.channel, r.state, r.handed_over_s, r.delivered_s, r.confirmed_s,
  r.why
from notify.drill_reach($1::int, $2::int) r
  left join people.contact c on c.contact_id = r.contact_id
order by r.step, c.code, r.channel;
