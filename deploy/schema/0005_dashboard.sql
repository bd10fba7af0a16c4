-- People who sign in, their rights and sessions.

create table dashboard.person (
    person_id     int generated always as identity primary key,
    login         text not null unique check (login = lower(login) and length(login) between 3 and 120),
    name          text not null,
    password_hash text,                      -- Argon2id, as libsodium writes it; null: cannot sign in
    active        boolean not null default true,
    created_at    timestamptz not null default now()
);

-- Rights are dated rows, not an enumeration on the person.
create table dashboard.right (
    right_id    int generated always as identity primary key,
    person_id   int not null references dashboard.person,
    district_id int not null references district.district,
    role        text not null check (role in ('district', 'school')),
    school_id   int,                         -- for role 'school'
    from_at     timestamptz not null default now(),
    to_at       timestamptz not null default 'infinity',
    check ((role = 'school') = (school_id is not null))
);
create index right_person on dashboard.right (person_id);

create table dashboard.session (
    token_hash  bytea primary key,           -- BLAKE2b-256 of the cookie
    person_id   int not null references dashboard.person,
    district_id int not null references district.district,
    csrf        text not null,
    created_at  timestamptz not null default now(),
    seen_at     timestamptz not null default now(),
    expires_at  timestamptz not null
);
create index session_person on dashboard.session (person_id);

-- Failed sign-ins by login and by address, for the delay that follows them.
create table dashboard.sign_in_failure (
    subject text primary key,                -- keyed hash of login or address
    count   int not null,
    last_at timestamptz not null
);

-- The public page, until publication is built: last closed school year, district totals by class,
-- only those at or over the threshold, and no total that would give the others away.
create table publication.year_class (
    district_id int not null,
    school_year int not null,                -- the year in which it began
    class       text not null,
    calls       int not null,
    primary key (district_id, school_year, class)
);
create table publication.year (
    district_id int not null,
    school_year int not null,
    from_day    date not null,
    to_day      date not null,
    threshold   smallint not null,
    published_at timestamptz not null default now(),
    primary key (district_id, school_year)
);

create view publication.district as
    select district_id, slug, name from district.district;

create view publication.class as
    select class, name, rank from code.class;

-- Publishes the last closed school year that has calls, once; a published year is never revised here.
create function publication.publish_last_year(p_district int) returns int
language plpgsql security definer set search_path = publication, pg_temp as $$
declare
    d district.district;
    year_start date;
    found_year int;
begin
    select * into strict d from district.district where district_id = p_district;
    -- The first day of the school year that is running now.
    year_start := make_date(extract(year from now() at time zone d.zone)::int, d.year_start_month, 1);
    if year_start > (now() at time zone d.zone)::date then
        year_start := year_start - interval '1 year';
    end if;
    select extract(year from (i.opened_at at time zone d.zone) - make_interval(months => d.year_start_month - 1))::int
      into found_year
      from district.incident i
     where i.district_id = p_district and i.opened_at < year_start::timestamp at time zone d.zone
       and i.mode <> 'replay' and not i.entered_in_error and not i.elsewhere and i.merged_into is null
     order by i.opened_at desc limit 1;
    if found_year is null then
        return null;
    end if;
    insert into publication.year (district_id, school_year, from_day, to_day, threshold)
    values (p_district, found_year, make_date(found_year, d.year_start_month, 1),
            (make_date(found_year, d.year_start_month, 1) + interval '1 year' - interval '1 day')::date,
            d.public_threshold)
    on conflict do nothing;
    if not found then
        return found_year;
    end if;
    insert into publication.year_class (district_id, school_year, class, calls)
    select p_district, found_year, i.class, count(*)
      from district.incident i join publication.year y using (district_id)
     where i.district_id = p_district and y.school_year = found_year
       and (i.opened_at at time zone d.zone)::date between y.from_day and y.to_day
       and i.mode <> 'replay' and not i.entered_in_error and not i.elsewhere and i.merged_into is null
       and i.sensitivity <> 'sealed'
     group by i.class having count(*) >= d.public_threshold;
    return found_year;
end $$;
