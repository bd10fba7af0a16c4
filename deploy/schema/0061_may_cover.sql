-- Whom a call at a school may concern is found by the school, not among all contacts of the district
-- (people.may_cover, r_people.sql).

create index role_school_school on people.role_school (district_id, school_id);
create index role_feeder_feeder on people.role_feeder (district_id, feeder_id);
create index role_whole_district on people.role (district_id) where role = 'contact' and scope = 'district';
create index absence_district on people.absence (district_id, to_at) where substitute is not null;
