-- name: calls_plan
-- Makes PostgreSQL plan each execution in this transaction. A custom plan drops the conditions of
-- filters that are not used; a generic plan would suit no combination of filters.
select set_config('plan_cache_mode', 'force_custom_plan', true);

-- name: calls_{opened_at,updated_at,school,class,type,priority,status,disposition}_{asc,desc}
-- $1 district, $2 the person's schools; null: all, $3 to $13 the filters of enum filter_field, $14
-- true: only calls that figures count, $15 limit, $16 offset. Columns: the number of calls, and the
-- page as JSON. One statement for each order and direction, so that each sorts by one plain column.
with f as materialized (
  select agency_id, incident_no, slug, opened_at, by_{1} as key
  from district.calls_found($1::int, $2::int[], $3::date, $4::date, $5::int, $6::text, $7::text,
    $8::text, $9::text, $10::text, $11::text, $12::text, $13::text, $14::boolean)),
p as (
  select agency_id, incident_no, row_number() over () as at from (
    select * from f order by key {2} nulls last, opened_at desc, slug, incident_no
    limit $15::int offset $16::int) o)
select (select count(*) from f), coalesce((
  select json_agg(c.call order by p.at)
  from p join district.calls_shown($1::int, $2::int[]) c using (agency_id, incident_no)), '[]');
