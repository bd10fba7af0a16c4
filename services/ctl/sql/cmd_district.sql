-- name: district_put
-- $1 slug, $2 name, $3 zone: null for no change. Null for no change, or for the default of a new
-- district: $4 and $5 school hours, $6 month in which a school year starts, $7 smallest count that
-- is published, $8 seconds for a review, $9 alerts of an agency at a school, $10 in so many
-- seconds, $11 language and $12 hours of the clock of its messages, $13 seconds between two
-- summaries of held calls, $14 when digests are told.
insert into district.district as d (slug, name, zone, hours_start, hours_end, year_start_month,
  public_threshold, review_s, alert_budget, alert_budget_s, language, hours24, storm_every_s,
  digest_at)
values ($1,
  coalesce($2, (select o.name from district.district o where o.slug = $1)),
  coalesce($3, (select o.zone from district.district o where o.slug = $1)),
  coalesce($4::time, '07:30'), coalesce($5::time, '15:30'),
  coalesce($6::smallint, 8), coalesce($7::smallint, 10), coalesce($8::int, 180),
  coalesce($9::int, 30), coalesce($10::int, 600), coalesce($11, 'en'),
  coalesce($12::int, 24) = 24, coalesce($13::int, 180),
  coalesce($14::time, '16:00'))
on conflict (slug) do update
set name = excluded.name, zone = excluded.zone,
  hours_start = coalesce($4::time, d.hours_start),
  hours_end = coalesce($5::time, d.hours_end),
  year_start_month = coalesce($6::smallint, d.year_start_month),
  public_threshold = coalesce($7::smallint, d.public_threshold),
  review_s = coalesce($8::int, d.review_s),
  alert_budget = coalesce($9::int, d.alert_budget),
  alert_budget_s = coalesce($10::int, d.alert_budget_s),
  language = coalesce($11, d.language),
  hours24 = coalesce($12::int = 24, d.hours24),
  storm_every_s = coalesce($13::int, d.storm_every_s),
  digest_at = coalesce($14::time, d.digest_at);

-- name: district_list
-- $1 slug, or null for all. A list.
select d.slug as district, d.name, d.zone, to_char(d.hours_start, 'HH24:MI') as hours_start,
  to_char(d.hours_end, 'HH24:MI') as hours_end, d.year_start_month, d.public_threshold, d.review_s,
  d.alert_budget, d.alert_budget_s, d.storm_every_s,
  to_char(d.digest_at, 'HH24:MI') as digest_at, d.language, d.hours24, (
    select count(*)
    from district.school s
    where s.district_id = d.district_id and active) as schools
from district.district d
where $1::text is null or d.slug = $1
order by slug;

-- name: district_publish
-- $1 district. One value: the year in which the school year began; null if none is over.
select publication.publish_last_year($1);
