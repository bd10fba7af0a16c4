-- The roster: who can be told at which school and when, holes in it, and absences.
-- Repeatable: applied again whenever this file changes, so edit it in place (CONTRIBUTING.md).

-- Who can be told of calls at which school of a district at a time, as people.contact and people.covered say it of now.
create or replace function people.on_duty(p_district int, p_at timestamptz)
returns table (school_id int, role_id int) language sql stable as $$
    with there as (
        select r.role_id, r.scope, (p.email is not null and 'email' = any(r.channels)
                                    or p.phone is not null and 'sms' = any(r.channels)
                                    or 'webhook' = any(r.channels)) and p.active
                   and not exists (select from people.absence a
                                    where a.role_id = r.role_id and a.from_at <= p_at and a.to_at > p_at) as reached
          from people.role r join people.person p using (person_id)
         where r.district_id = p_district and r.role = 'contact' and r.from_at <= p_at and r.to_at > p_at),
    covers as (
        select t.role_id, s.school_id
          from there t join district.school s on s.district_id = p_district
         where t.scope = 'district'
            or exists (select from people.role_school n where (n.role_id, n.school_id) = (t.role_id, s.school_id))
            or exists (select from people.role_feeder f join district.school_feeder m using (district_id, feeder_id)
                         join district.district d using (district_id)
                        where (f.role_id, m.school_id) = (t.role_id, s.school_id)
                          and (p_at at time zone d.zone)::date between m.from_day and m.to_day))
    select c.school_id, c.role_id from covers c join there t using (role_id) where t.reached
    union
    select c.school_id, a.substitute
      from people.absence a join covers c using (role_id) join there t on t.role_id = a.substitute
     where a.from_at <= p_at and a.to_at > p_at and t.reached
$$;

-- When the roster of a district changes by itself: roles of who is told or signs in begin and end, and so do absences,
-- and schools of the feeder patterns of roles.
create or replace view people.turn as
select district_id, from_at as at from people.role where role in ('contact', 'district', 'school')
union all select district_id, to_at from people.role where role in ('contact', 'district', 'school')
union all select district_id, from_at from people.absence
union all select district_id, to_at from people.absence
union all
select m.district_id, district.moment(t.day::timestamp, d.zone)
  from district.school_feeder m join district.district d using (district_id)
 cross join lateral (values (m.from_day), (m.to_day + 1)) as t(day)
 where isfinite(t.day)
   and exists (select from people.role_feeder f where (f.district_id, f.feeder_id) = (m.district_id, m.feeder_id));

-- Schools at which nobody can be told, now or within so many days, and from when on.
create or replace function notify.roster_holes(p_district int, p_days int default 14)
returns table (school_id int, from_at timestamptz) language sql stable as $$
    with moment as (
        select at from notify.wall_clock
        union select t.at from people.turn t
         where t.district_id = p_district and t.at > (select at from notify.wall_clock)
           and t.at < (select at from notify.wall_clock) + make_interval(days => p_days))
    select h.school_id, min(h.at) from (
        select s.school_id, m.at from moment m join district.school s on s.district_id = p_district and s.active
        except
        select o.school_id, m.at from moment m cross join lateral people.on_duty(p_district, m.at) o) h
     group by 1
$$;

drop function if exists people.put_absence(int, int, date, date, int);
-- Writes an absence: whole days of the district (p_from null: from now on; p_to null: until somebody says that it is
-- over). how: 'new'; 'same', of the days that it has already, which changes who stands in; 'overlaps': another absence
-- shares time with it, and nothing is written. since and until are of the absence that there is now, or of that other
-- one; former is who stood in before.
create function people.put_absence(p_district int, p_role int, p_from date, p_to date, p_substitute int)
returns table (how text, since timestamptz, until timestamptz, former int) language plpgsql as $$
declare
    v_other people.absence;
begin
    perform from people.role r where r.role_id = p_role for no key update; -- of two at once, the second sees the first
    select 'new', coalesce(district.moment(p_from::timestamp, d.zone), now()),
           coalesce(district.moment((p_to + 1)::timestamp, d.zone), 'infinity')
      into how, since, until from district.district d where d.district_id = p_district;
    select * into v_other from people.absence a
     where a.role_id = p_role and a.from_at < until and a.to_at > since and a.from_at < a.to_at
     order by a.from_at limit 1;
    if not found then
        insert into people.absence (district_id, role_id, from_at, to_at, substitute, by)
        values (p_district, p_role, since, until, p_substitute, liaison.actor());
        return next;
        return;
    end if;
    how := case when v_other.to_at = until and (v_other.from_at = since or p_from is null and v_other.from_at < since)
      then 'same' else 'overlaps' end;
    if how = 'same' and v_other.substitute is distinct from p_substitute then
        update people.absence a set substitute = p_substitute, by = liaison.actor()
         where a.absence_id = v_other.absence_id;
    end if;
    since := v_other.from_at;
    until := v_other.to_at;
    former := v_other.substitute;
    return next;
end $$;

drop function if exists people.end_absence(int);
-- Ends one absence of a contact: the one that begins on a day of the district, or (p_from null) the one that is now, or
-- the next one if there is none now. Returns it as it was; no row if there is none.
create or replace function people.end_absence(p_role int, p_from date default null) returns setof people.absence
language sql as $$
    with next as (
        select a.* from people.absence a join district.district d using (district_id)
         where a.role_id = p_role and a.to_at > greatest((select at from notify.wall_clock), a.from_at)
           and (p_from is null or (a.from_at at time zone d.zone)::date = p_from)
         order by a.from_at limit 1),
    ended as (
        update people.absence a set to_at = greatest(a.from_at, now()) from next n where a.absence_id = n.absence_id)
    select * from next
$$;

-- A district has another zone. Absences are whole days of the district, so what of them is still to come begins and
-- ends with the same days there; what has begun stays so.
create or replace function people.move_absences() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_now constant timestamptz := (select at from notify.wall_clock);
    v_moved bigint;
begin
    with planned as (
        select a.absence_id, case when a.from_at > v_now then district.moment(
                   (a.from_at at time zone old.zone)::date::timestamp, new.zone) else a.from_at end as from_at,
               case when isfinite(a.to_at) then district.moment(
                   (a.to_at at time zone old.zone)::date::timestamp, new.zone) else a.to_at end as to_at
          from people.absence a
         where a.district_id = new.district_id and a.to_at > greatest(v_now, a.from_at)),
    moved as (
        update people.absence a set from_at = p.from_at, to_at = greatest(p.from_at, p.to_at)
          from planned p where a.absence_id = p.absence_id and (a.from_at, a.to_at) <> (p.from_at, p.to_at)
        returning 1)
    select count(*) into v_moved from moved;
    insert into liaison.audit (actor, action, object, detail)
    select liaison.actor(), 'contact.absences_moved', new.slug,
           jsonb_build_object('absences', v_moved, 'was', old.zone, 'now', new.zone)
     where v_moved > 0;
    return null;
end $$;
create or replace trigger move_absences after update on district.district
    for each row when (old.zone is distinct from new.zone) execute function people.move_absences();
