-- name: outcomes
-- $1 district, $2 the person's schools; null: all, $3 to $13 the filters of enum filter_field.
-- Counts each call once, at its first school, by its primary disposition. Each group has its total
-- and its calls by disposition. One row of JSON. Run calls_plan before it.
with f as materialized (
  select school_id, school, class, type, month, opened_at, outcome
  from district.calls_found($1::int, $2::int[], $3::date, $4::date, $5::int, $6::text, $7::text,
    $8::text, $9::text, $10::text, $11::text, $12::text, $13::text, true)),
by_school as (
  select school_id, school, sum(n)::int as total,
    json_object_agg(outcome, n order by n desc, outcome) as outcomes
  from (select school_id, school, outcome, count(*)::int as n from f
    group by school_id, school, outcome) x
  group by school_id, school),
by_class as (
  select class, sum(n)::int as total,
    json_object_agg(outcome, n order by n desc, outcome) as outcomes
  from (select class, outcome, count(*)::int as n from f group by class, outcome) x
  group by class),
by_type as (
  select type, class, sum(n)::int as total,
    json_object_agg(outcome, n order by n desc, outcome) as outcomes
  from (select type, class, outcome, count(*)::int as n from f group by type, class, outcome) x
  group by type, class),
by_month as (
  select month, sum(n)::int as total,
    json_object_agg(outcome, n order by n desc, outcome) as outcomes
  from (select month, outcome, count(*)::int as n from f group by month, outcome) x
  group by month)
select json_build_object(
  'total', (select count(*) from f),
  'complete', (select count(*) from f where outcome <> 'none'),
  'from', $3::date, 'to', $4::date,
  'first_at', (select liaison.iso(min(opened_at)) from f),
  'last_at', (select liaison.iso(max(opened_at)) from f),
  'by_school', coalesce((
    select json_agg(json_build_object('school', json_build_object('id', school_id, 'name', school),
      'total', total, 'outcomes', outcomes) order by total desc, school, school_id)
    from by_school), '[]'),
  'by_class', coalesce((
    select json_agg(json_build_object('class', class,
      'name', coalesce((select c.name from code.class c where c.class = g.class), class),
      'total', total, 'outcomes', outcomes) order by total desc, class)
    from by_class g), '[]'),
  'by_type', coalesce((
    select json_agg(json_build_object('type', type,
      'name', case when type <> 'unmapped'
        then coalesce((select t.name from code.type t where t.code = g.type), type) end,
      'class', class, 'total', total, 'outcomes', outcomes) order by total desc, type, class)
    from by_type g), '[]'),
  'by_month', coalesce((
    select json_agg(json_build_object('month', month, 'total', total, 'outcomes', outcomes)
      order by month)
    from by_month), '[]'),
  'by_class_month', coalesce((
    select json_agg(json_build_object('class', class, 'month', month, 'total', n)
      order by month, class)
    from (select class, month, count(*) as n from f group by class, month) m), '[]'),
  'outcomes', coalesce((
    select json_agg(json_build_object('code', outcome,
      'name', case when outcome not in ('none', 'unmapped')
        then coalesce((select p.name from code.disposition p where p.code = outcome), outcome) end,
      'total', n) order by n desc, outcome)
    from (select outcome, count(*) as n from f group by outcome) b), '[]'));
