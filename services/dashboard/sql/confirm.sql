-- name: confirm_show
-- $1: the digests that a link's token may have. The first column is false if the link is not valid
-- any more; the second is the page. No row: there is no such link.
select k.valid, json_build_object(
  'district', json_build_object('name', d.name, 'zone', d.zone, 'hours24', d.hours24),
  'kind', k.kind,
  'school', k.school, 'began_at', liaison.iso(k.began_at), 'open', k.open,
  'findings', notify.confirmable_said(notify.find_link($1::bytea[])), 'name', k.contact_name,
  'confirmed_by', k.confirmed_by, 'confirmed_at', liaison.iso(k.confirmed_at))
from notify.confirmable(notify.find_link($1::bytea[])) k
  join district.district d using (district_id);

-- name: confirm_press
-- $1: the digests that a link's token may have. Its holder confirms, if the link is valid.
select notify.confirm(notify.find_link($1::bytea[]));
