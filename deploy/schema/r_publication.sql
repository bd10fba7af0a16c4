-- What the public page shows.
-- Repeatable: applied again whenever this file changes, so edit it in place (CONTRIBUTING.md).
-- publication.publish_last_year also stands in 0005 in its first form: numbered files never change.

-- The bodies below name functions of a later file.
set local check_function_bodies = off;

-- The first day of the current school year, in the district's zone.
create or replace function publication.running_year_start(d district.district) returns date
language sql stable as $$
    select case when s > today then (s - interval '1 year')::date else s end
      from (select (now() at time zone d.zone)::date as today) t,
           make_date(extract(year from today)::int, d.year_start_month, 1) s;
$$;

-- The last closed school year that has calls; null: none.
create or replace function publication.last_closed_year(d district.district) returns int
language sql stable as $$
    select extract(year from (i.opened_at at time zone d.zone)
                             - make_interval(months => d.year_start_month - 1))::int
      from district.incident i
     where i.district_id = d.district_id
       and i.opened_at < publication.running_year_start(d)::timestamp at time zone d.zone
       and district.is_counted(i.mode, i.entered_in_error)
       and district.is_listable(i.elsewhere, i.merged_into)
     order by i.opened_at desc limit 1;
$$;

-- Publishes the last closed school year that has calls, once; a published year is never revised here.
-- The year is a range of times, so that an index finds its calls and those of other years are not read.
create or replace function publication.publish_last_year(p_district int) returns int
language plpgsql security definer set search_path = publication, pg_temp as $$
declare
    d district.district;
    found_year int;
    year_start date;
    year_end date;
begin
    select * into strict d from district.district where district_id = p_district;
    found_year := publication.last_closed_year(d);
    if found_year is null then
        return null;
    end if;
    year_start := make_date(found_year, d.year_start_month, 1);
    year_end := (year_start + interval '1 year')::date;
    insert into publication.year (district_id, school_year, from_day, to_day, threshold)
    values (p_district, found_year, year_start, year_end - 1, d.public_threshold)
    on conflict do nothing;
    if not found then
        return found_year;
    end if;
    insert into publication.year_class (district_id, school_year, class, calls)
    select p_district, found_year, i.class, count(*)
      from district.incident i
     where i.district_id = p_district
       and i.opened_at >= year_start::timestamp at time zone d.zone
       and i.opened_at < year_end::timestamp at time zone d.zone
       and district.is_counted(i.mode, i.entered_in_error)
       and district.is_listable(i.elsewhere, i.merged_into)
       and not district.hides_call(i.sensitivity)
     group by i.class having count(*) >= d.public_threshold;
    return found_year;
end $$;

-- Publishes for the first district after p_after, and returns that district; null: there is none. The caller
-- publishes one district in each transaction, because readers of the change log wait for the oldest transaction that
-- writes.
create or replace function publication.publish_next(p_after int) returns int
language plpgsql security definer set search_path = publication, pg_temp as $$
declare
    following int;
begin
    select min(district_id) into following from district.district where district_id > p_after;
    if following is not null then
        perform publication.publish_last_year(following);
    end if;
    return following;
end $$;
