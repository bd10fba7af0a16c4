-- name: review_list
-- $1 district's slug, or null for all. A list of the open questions.
select d.slug as district, a.slug as agency, r.incident_no as incident, r.mode,
  liaison.listed(r.asked_at) as asked_at, liaison.listed(r.due_at) as due_at,
  nullif(r.place_name, '') as place_name, nullif(r.address, '') as address, (
    select string_agg(s.code, ';' order by c.ord)
    from jsonb_array_elements(r.candidates) with ordinality as c(e, ord)
      join district.school s on s.district_id = r.district_id
        and s.school_id = (c.e ->> 'school')::int) as schools
from district.place_review r
  join district.district d using (district_id)
  join agency.agency a using (agency_id)
where r.state = 'open'
  and ($1::text is null or d.slug = $1)
order by r.due_at, a.slug, r.incident_no;
