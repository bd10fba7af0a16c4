-- Ways into the tables that a commit takes for each incident at a school.

-- The districts that have an incident already: agency.* knows no district.
create index incident_agency on district.incident (agency_id, incident_no);
-- The few events that tell outcomes.
create index event_outcomes on agency.event (agency_id, incident_no) where outcomes is not null;
-- An incident is told again and again: room in each page lets its row change in its place.
alter table agency.incident set (fillfactor = 70);
alter table district.incident set (fillfactor = 70);
