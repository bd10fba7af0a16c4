-- The key of an alert's call began with the district. Until PostgreSQL knows the size of the table, it looks as good as
-- the primary key for one alert, and each look at one read all alerts of the district.

alter table notify.alert
    drop constraint alert_district_id_agency_id_incident_no_school_id_key,
    add constraint alert_call_key unique (incident_no, agency_id, district_id, school_id);
