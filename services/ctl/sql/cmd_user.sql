-- name: user_put
-- $1 login, $2 name, $3 hash of the password. One value: the person's id.
insert into dashboard.person (login, name, password_hash)
values ($1, $2, $3)
on conflict (login) do update
set name = excluded.name, password_hash = excluded.password_hash, active = true
returning person_id;

-- name: user_end_sessions
-- $1 person. A new password ends the sessions that the old one began.
select dashboard.end_sessions($1);

-- name: user_rights_end
-- $1 person. Rights are dated: what was valid ends now.
update dashboard.right
set to_at = now()
where person_id = $1 and to_at > now();

-- name: user_right_district
-- $1 person, $2 district.
insert into dashboard.right (person_id, district_id, role)
values ($1, $2, 'district');

-- name: user_right_school
-- $1 person, $2 district, $3 code of a school; no row is stored where there is none.
insert into dashboard.right (person_id, district_id, role, school_id)
select $1, district_id, 'school', school_id
from district.school
where district_id = $2 and code = $3;

-- name: user_set_active
-- $1 login, $2 whether the person may sign in. One value: whether there is such a person.
select dashboard.set_active($1, $2);

-- name: user_list
-- A list: a row for each right of each person.
select p.login, p.name, p.active, p.password_hash is not null as can_sign_in, d.slug as district,
  r.role, s.code as school
from dashboard.person p
  left join dashboard.right r on r.person_id = p.person_id
    and now() between r.from_at and r.to_at
  left join district.district d using (district_id)
  left join district.school s on (s.district_id, s.school_id) = (r.district_id, r.school_id)
order by p.login, s.code;
