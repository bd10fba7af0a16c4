-- What a school has lost sight of, and how many alerts an agency may raise at a school.

-- Not null: these schools do not see the call any more. Such a row is made beside the change itself.
alter table district.change add column gone_from int[];

-- An alert of such a call is never held back, however many there are. A type counts with its class.
alter table code.class add column life_safety boolean not null default false;
alter table code.type add column life_safety boolean not null default false;
update code.class set life_safety = true
 where class in ('weapon', 'threat', 'medical', 'fire_hazard', 'child_protection', 'missing_person');
update code.type set life_safety = true
 where code in ('ABDUCTF', 'ABDUCTNF', 'ASSAULT', 'BARICADE', 'CARJACK', 'CU1', 'DVA', 'FAS', 'FASX', 'HLP1', 'HLP2',
                'HOMICIDE', 'HOSTAGE', 'MTLV', 'ROBBERY', 'SEXOFFNS', 'SUICIDE', 'SUICTHRT', 'PURSUIT', 'ESCAPE',
                'MVAINJY', 'MVAUNK');

alter table district.district
    add column alert_budget int not null default 30 check (alert_budget between 0 and 100000), -- 0: no limit
    add column alert_budget_s int not null default 600 check (alert_budget_s between 10 and 86400);

-- held: over the budget. It was told to nobody, and waits to be summed up.
alter table notify.alert
    drop constraint alert_state_check,
    add constraint alert_state_check check (state in ('open', 'acknowledged', 'closed', 'held')),
    add column budgeted boolean not null default false, -- it counts against the budget
    add column held_at timestamptz,
    add column held_why text;
create index alert_budget on notify.alert (district_id, school_id, agency_id, created_at) where budgeted;
create index alert_held on notify.alert (district_id, school_id, agency_id, held_at) where state = 'held';
