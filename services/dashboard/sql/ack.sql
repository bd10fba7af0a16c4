-- name: ack_show
-- $1: the digests that a link's token may have. notify.link() decides what the contact may see now.
-- The first column is false if that is nothing; the second is the page. No row: there is no such
-- link.
select k.says is not null, jsonb_build_object(
  'district', json_build_object('name', d.name, 'zone', d.zone, 'hours24', d.hours24),
  'school', n.name,
  'what', case when k.says <> 'police' then coalesce(t.name,
    case when i.class = 'other' then '' else c.name end, i.class) end,
  'where', case when k.says = 'all' then coalesce(i.place_name, i.address) end,
  'when', liaison.iso(i.opened_at),
  'call', case when k.says = 'former' and i.status <> 'cancelled' then 'moved_away'
    else i.status end,
  'state', case when al.acknowledged_at is not null then 'acknowledged' else al.state end,
  'acknowledged_by', al.acknowledged_by,
  'acknowledged_at', liaison.iso(al.acknowledged_at),
  'you', json_build_object('name', k.contact_name, 'role', k.contact_role),
  'calls', null,
  'units', (select count(*) from jsonb_array_elements(i.units) u
    where k.says <> 'former' and u ->> 'status' in ('dispatched', 'en_route', 'on_scene')),
  'on_scene', case when k.says = 'all' then (
    select count(*) from jsonb_array_elements(i.units) u where u ->> 'status' = 'on_scene') end,
  'en_route', case when k.says = 'all' then (
    select count(*) from jsonb_array_elements(i.units) u where u ->> 'status' = 'en_route') end,
  'told', notify.others_told(k.district_id, k.alert_id, k.contact_id))
  || (notify.standing(k.district_id, array[k.alert_id]) - array['told', 'waits'])
  || notify.link_said(notify.find_link($1::bytea[]))
from notify.link(notify.find_link($1::bytea[])) k join notify.alert al using (district_id, alert_id)
join district.district d using (district_id)
join district.incident i using (district_id, agency_id, incident_no)
join district.school n on n.district_id = al.district_id and n.school_id = al.school_id
left join code.type t on t.code = i.type_code left join code.class c on c.class = i.class;

-- name: ack_storm
-- As ack_show, of a link about a storm: its calls that the contact may see now, at most 500 of
-- them, the latest first.
select k.says is not null, jsonb_build_object(
  'district', json_build_object('name', d.name, 'zone', d.zone, 'hours24', d.hours24),
  'school', n.name,
  'what', null, 'where', null, 'when', liaison.iso(w.began_at),
  'call', case when w.look_at is null then 'closed' else 'open' end,
  'state', case when al.acknowledged_at is not null then 'acknowledged' else al.state end,
  'acknowledged_by', al.acknowledged_by,
  'acknowledged_at', liaison.iso(al.acknowledged_at),
  'you', json_build_object('name', k.contact_name, 'role', k.contact_role),
  'calls', json_build_object('count', c.n, 'list', c.list),
  'units', 0, 'on_scene', null, 'en_route', null,
  'told', notify.others_told(k.district_id, k.alert_id, k.contact_id))
  || (notify.standing(k.district_id, array[k.alert_id]) - array['told', 'waits'])
  || notify.link_said(notify.find_link($1::bytea[]))
from notify.link(notify.find_link($1::bytea[])) k join notify.alert al using (district_id, alert_id)
join notify.storm w using (district_id, storm_id)
join district.district d using (district_id)
join district.school n on n.district_id = al.district_id and n.school_id = al.school_id
cross join lateral (
  select count(*) as n, coalesce(json_agg(json_build_object('what', what,
    'when', liaison.iso(opened_at), 'call', status) order by turn) filter (where turn <= 500),
    '[]') as list
  from notify.link_calls(notify.find_link($1::bytea[])) with ordinality
    as l(agency_id, incident_no, what, opened_at, status, turn)) c
where al.subject_kind = 'storm';

-- name: ack_press
-- $1: the digests that a link's token may have. Columns: district, alert, whether this changed
-- something. No row: the link is not valid any more.
select k.district_id, k.alert_id, notify.acknowledge_link(notify.find_link($1::bytea[]))
from notify.link(notify.find_link($1::bytea[])) k where k.says is not null;

-- name: ack_say
-- $1: as above, $2 what is said (undone, handed_over, comment), $3 to which contact,
-- $4 the comment. Columns: district, alert, why it would not be noted, whether it was noted.
-- No row: the link is not valid.
select k.district_id, k.alert_id,
 notify.refused_by_link(notify.find_link($1::bytea[]), $2, $3::int),
 notify.say_by_link(notify.find_link($1::bytea[]), $2, $3::int, $4)
from notify.link(notify.find_link($1::bytea[])) k where k.says is not null;

-- name: link_shown
-- $1: the digests that a link's token may have. Adds the view of a sealed call to the audit.
select notify.link_shown(notify.find_link($1::bytea[]));

-- name: link_missed
-- $1: the address's network, $2 to $4 as of sign_in_try. Counts a link that is none. Seconds for
-- which no other is answered; 0: none.
select notify.link_missed($1, $2::int, $3::int, $4::int);
