-- What a commit has left to do, so that no agency's commit holds up the others: agency.catch_up (r_outcomes.sql) does
-- it in turns. 'merged': incidents that were merged into this one; 'number': outcomes of this report number.
create table agency.later (
    agency_id int not null references agency.agency,
    what      text not null check (what in ('merged', 'number')),
    key       text not null,
    at        timestamptz not null default clock_timestamp(), -- its place in the queue
    primary key (agency_id, what, key)
);
create index later_at on agency.later (at);

-- An outcome that moves is looked for without its district.
create index outcome_agency on district.outcome (agency_id, incident_no, outcome_id);
