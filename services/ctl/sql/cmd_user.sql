-- name: user_put
-- $1 login, $2 name, $3 hash of the password. One value: the person's id.
select people.put_user($1, $2, $3);

-- name: user_end_sessions
-- $1 person. A new password ends the sessions that the old one began.
select dashboard.end_sessions($1);

-- name: user_rights_end
-- $1 person. Rights are dated: the valid ones end now.
select people.end_rights($1);

-- name: user_right
-- $1 person, $2 district, $3 role: district or school. One value: the id of the role.
insert into people.role (person_id, district_id, role, scope)
values ($1, $2, $3, case when $3 = 'school' then 'schools' else 'district' end)
returning role_id;

-- name: user_right_school
-- $1 role, $2 district, $3 code of a school; no row is stored if there is no such school.
insert into people.role_school (role_id, district_id, school_id)
select $1, district_id, school_id
from district.school
where district_id = $2 and code = $3;

-- name: user_set_active
-- $1 login, $2 whether the person may sign in. One value: whether there is such a person.
select dashboard.set_active($1, $2);

-- name: user_list
-- A list: a row for each right of each person, and for each school that it covers.
select c.login, p.name, p.active, c.password_hash is not null as can_sign_in, d.slug as district,
  r.role, s.code as school
from people.credential c
  join people.person p using (person_id)
  left join people.role r on r.person_id = p.person_id
    and r.role in ('district', 'school')
    and r.from_at <= now() and r.to_at > now()
  left join district.district d using (district_id)
  left join people.covered l using (role_id)
  left join district.school s on s.school_id = l.school_id
order by c.login, s.code;
