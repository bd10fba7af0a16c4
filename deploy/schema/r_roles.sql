-- Roles of the database.
-- Repeatable: applied again whenever this file changes, so edit it in place (CONTRIBUTING.md).

-- The roles of the services. The owner, as whom liaisonctl runs, is none of them.
create or replace view liaison.run_time_role (role) as
values ('liaison_intake'), ('liaison_notify'), ('liaison_dashboard'), ('liaison_public');
