-- A row for each budget of alerts that was drawn on: it is locked while its alerts are counted. No service has a right
-- to it beside the function that locks.
create table notify.budget (
    district_id int not null,
    agency_id   int not null,
    school_id   int not null,
    primary key (district_id, agency_id, school_id)
);
