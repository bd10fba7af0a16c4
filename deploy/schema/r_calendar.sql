-- School hours by calendar and bell schedule, and quiet hours. PostgreSQL knows the zones and computes local times.
-- Repeatable: applied again whenever this file changes, so edit it in place (CONTRIBUTING.md).

-- When school is in at a school on a day, in local time. No row: it is not.
create or replace function district.school_hours(p_district int, p_school int, p_day date)
returns table (starts time, ends time) language sql stable rows 1 as $$
    select coalesce(b.starts, d.hours_start), coalesce(k.ends, b.ends, d.hours_end)
      from district.district d
      left join lateral (select c.kind, c.ends from district.calendar_day c
                          where c.district_id = p_district and c.day = p_day
                            and (c.school_id = p_school or c.school_id is null)
                          order by c.school_id nulls last limit 1) k on true
      left join lateral (select l.starts, l.ends from district.bell l
                          where (l.district_id, l.school_id) = (p_district, p_school)
                            and l.weekday in (0, extract(isodow from p_day))
                          order by l.weekday desc limit 1) b on true
     where d.district_id = p_district and coalesce(k.kind <> 'holiday', extract(isodow from p_day) < 6)
$$;

-- The moment of a local time, as RFC 5545 (3.3.5) reads it: of one that comes twice the first, and one that does not
-- come is as long after the change as it says. PostgreSQL takes the second of two; clocks are set back by half an hour,
-- one or two.
create or replace function district.moment(p_local timestamp, p_zone text) returns timestamptz
language sql stable as $$
    select coalesce((select min(t.at) from (
                select p_local at time zone p_zone - n * interval '30 minutes' as at from generate_series(0, 4) n) t
             where t.at at time zone p_zone = p_local), p_local at time zone p_zone)
$$;

-- The quiet hours that begin on a local day; no row: the clocks skip them.
create or replace function notify.quiet_window(p_day date, p_from time, p_to time, p_zone text)
returns table (begins timestamptz, ends timestamptz) language sql stable as $$
    select w.begins, w.ends
      from (select district.moment(p_day + p_from, p_zone) as begins,
                   district.moment(p_day + case when p_to < p_from then 1 else 0 end + p_to, p_zone) as ends) w
     where w.begins < w.ends
$$;

-- The quiet hours around p_now, as JSON: [[begin, end], ...] in seconds from p_now, one for each day from yesterday to
-- the day after tomorrow. Null: there are none.
create or replace function notify.quiet_windows(p_from time, p_to time, p_zone text, p_now timestamptz) returns jsonb
language plpgsql stable as $$
begin
    return (
        select jsonb_agg(jsonb_build_array(extract(epoch from w.begins - p_now), extract(epoch from w.ends - p_now))
                         order by w.begins)
          from generate_series(-1, case when p_from is null then -2 else 2 end) n
         cross join lateral (select (p_now at time zone p_zone)::date + n as day) d
         cross join lateral notify.quiet_window(d.day, p_from, p_to, p_zone) w);
end $$;
