-- Places that words leave open: who is asked, until when, and what was decided.

alter table district.district
    add column review_s int not null default 180 check (review_s between 10 and 86400); -- a live call waits so long for a person

-- What intake makes of words that are not sure enough: {"address","name","schools":[{"district",
-- "school","method","confidence"}]}. '{}': a place was said later that leaves nothing open.
alter table agency.event add column unsure text;
alter table agency.incident add column unsure text;

-- One question for a district and a call. It holds what is asked, so that nothing here refers to the
-- holding area; while it is open the call is not purged, and when the call is purged it goes too.
create table district.place_review (
    district_id int not null references district.district,
    agency_id   int not null,
    incident_no text not null,
    mode        text not null check (mode in ('live', 'replay', 'backfill')),
    state       text not null default 'open' check (state in ('open', 'decided', 'expired')),
    address     text not null default '',    -- the words, as the agency wrote them
    place_name  text not null default '',
    candidates  jsonb not null,              -- [{"school","method","confidence"}], the likeliest first
    opened_at   timestamptz not null,        -- of the call
    class       text not null,
    type_code   text,
    sensitivity text not null,
    asked_at    timestamptz not null default now(),
    due_at      timestamptz not null,        -- then the alert goes with "place uncertain"
    school_id   int,                         -- decided: at this school; null: at none
    decided_at  timestamptz,
    decided_by  text,                        -- a person's name, or 'placement': a later place settled it
    remembered  boolean not null default false,
    primary key (district_id, agency_id, incident_no)
);
create index place_review_due on district.place_review (due_at) where state = 'open';
create index place_review_incident on district.place_review (agency_id, incident_no);

-- Words that a person said to be no school of the district: nobody is asked about them again.
create table district.not_school (
    district_id int not null references district.district,
    kind        text not null check (kind in ('address', 'name')),
    alias       text not null,
    decided_by  text not null,
    decided_at  timestamptz not null default now(),
    primary key (district_id, kind, alias)
);
create trigger bump after insert or update or delete or truncate on district.not_school
    for each statement execute function liaison.bump('schools');

alter table district.incident_school
    drop constraint incident_school_relation_check,
    drop constraint incident_school_method_check,
    add constraint incident_school_relation_check check (relation in
        ('at', 'next_to', 'near', 'zone', 'transport', 'function', 'elsewhere', 'uncertain')),
    add constraint incident_school_method_check check (method in
        ('campus', 'radius', 'address', 'name', 'block', 'corner', 'spelling', 'person'));
