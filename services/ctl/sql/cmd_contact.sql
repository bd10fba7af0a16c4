-- name: contact_put
-- $1 district, $2 code, $3 name, $4 role or null, $5 e-mail, $6 telephone, $7 step (the escalation
-- step), $8 sealed, $9 active, $10 language ('' for the district's, null for no change). One value:
-- true if the contact is new, false if it has changed; no row if nothing changed.
select is_new
from people.put_contact($1, $2, $3, coalesce($4, 'principal'), $5, $6, $7, $8, $9,
  $10) as is_new
where is_new is not null;

-- name: contact_now
-- $1 district, $2 code, $3 the name that it is to have, or null. The columns of a contact file as
-- they are stored; another: whether that name is another person's. No row if there is no such
-- contact.
select p.name, r.title as role, case when 'email' = any(r.channels) then p.email end as email,
  case when 'sms' = any(r.channels) then p.phone end as phone, r.step, r.sealed,
  r.to_at > now() as active, p.language, to_char(r.quiet_from, 'HH24:MI') as quiet_from,
  to_char(r.quiet_to, 'HH24:MI') as quiet_to, r.quiet_priority, r.alarms,
  case when r.scope <> 'district' then (
    select string_agg(s.code, ';' order by s.code)
    from people.role_school n
      join district.school s using (district_id, school_id)
    where n.role_id = r.role_id) end as schools,
  liaison.plain_words(p.name) <> liaison.plain_words($3::text) as another
from people.role r
  join people.person p using (person_id)
where r.role = 'contact' and r.district_id = $1 and r.code = $2;

-- name: contact_id
-- $1 district, $2 code. One value.
select contact_id
from people.contact
where district_id = $1 and code = $2;

-- name: contact_scope
-- $1 contact, $2 scope: district (all schools) or schools. Removes its previous schools and
-- feeders.
with no_school as (
  delete from people.role_school
  where role_id = $1),
no_feeder as (
  delete from people.role_feeder
  where role_id = $1)
update people.role
set scope = $2
where role_id = $1 and scope <> $2;

-- name: contact_schools_add
-- $1 district, $2 contact, $3 codes of schools, separated by ;.
insert into people.role_school (role_id, district_id, school_id)
select distinct $2::int, s.district_id, s.school_id
from district.school s
  join unnest(string_to_array($3, ';')) n on s.code = btrim(n)
where s.district_id = $1;

-- name: contact_quiet
-- $1 contact, $2 and $3 begin and end of its quiet hours, or null, $4 the priority that breaks
-- through.
update people.role
set quiet_from = $2::time, quiet_to = $3::time, quiet_priority = $4::smallint
where role_id = $1
  and (quiet_from, quiet_to, quiet_priority) is distinct from ($2::time, $3::time, $4::smallint);

-- name: contact_webhook
-- $1 district, $2 code, $3 URL (null: no webhook any more), $4 secret. One value: whether there is
-- such a contact.
select people.put_webhook($1, $2, $3, $4);

-- name: contact_alarms
-- $1 contact, $2 whether it hears of alarms.
update people.role
set alarms = $2::boolean
where role_id = $1 and alarms <> $2::boolean;

-- name: contact_list
-- $1 district's slug, or null for all. A list. Of a webhook the host alone: the rest of the address
-- may be a secret.
select d.slug as district, c.code, c.name, c.role, c.email, c.phone,
  substring(c.webhook from '^https://[^/?]+') as webhook, c.step, c.sealed, c.alarms, c.active,
  c.language, to_char(c.quiet_from, 'HH24:MI') as quiet_from,
  to_char(c.quiet_to, 'HH24:MI') as quiet_to, case when c.scope = 'district' then 'all'
    else (
      select string_agg(distinct s.code, ';' order by s.code)
      from people.covered l
        join district.school s using (district_id, school_id)
      where l.role_id = c.contact_id) end as schools
from people.contact c
  join district.district d using (district_id)
where $1::text is null or d.slug = $1
order by d.slug, c.code;

-- name: contact_absent
-- $1 district, $2 contact, $3 first and $4 last day, or null, $5 who stands in, or null. One row:
-- how (as people.put_absence says it), from, to (null: it has no end), whether it has begun, and
-- the code of who stood in before.
select p.how, liaison.listed(p.since) as from,
  liaison.listed_end(nullif(p.until, 'infinity')) as to, p.since <= now() as begun,
  c.code as former
from people.put_absence($1, $2, $3::date, $4::date, $5) p
  left join people.role c on c.role_id = p.former;

-- name: contact_absence_over
-- $1 district, $2 a day. One value: whether it is over there.
select $2::date < (now() at time zone zone)::date
from district.district
where district_id = $1;

-- name: contact_back
-- $1 contact, $2 the first day of the absence that is meant, or null. The absence that it ended, if
-- there was one. Columns, by position: from, to (null: it had no end), and whether it had begun.
select liaison.listed(from_at) as from, liaison.listed_end(nullif(to_at, 'infinity')) as to,
  from_at <= now() as begun
from people.end_absence($1, $2::date);

-- name: contact_absences
-- $1 district's slug, or null for all. A list: absences that are not over.
select d.slug as district, c.code, c.name, liaison.listed(a.from_at) as from,
  liaison.listed_end(nullif(a.to_at, 'infinity')) as to, s.code as substitute, a.by
from people.absence a
  join district.district d using (district_id)
  join people.contact c on c.contact_id = a.role_id
  left join people.contact s on s.contact_id = a.substitute
where a.to_at > greatest(now(), a.from_at) and ($1::text is null or d.slug = $1)
order by d.slug, a.from_at, c.code;
