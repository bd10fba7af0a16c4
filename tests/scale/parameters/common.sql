-- Typical parameters of each statement: the name is service and statement, and the select returns the parameters ($1,
-- $2, ...) as columns, for the installation of installation.py. District 3 and agency 3 are typical; person 21 sees the
-- whole of district 3. @columns(...) expands to the array parameters of an insertion, one for each column: the column's
-- value, unless the brackets give another.

-- name: common/counters_add
select 'intake', '{a,b}'::text[], '{x,y}'::text[], '{1,2}'::bigint[];

-- name: common/counters_alive
select 'intake', '00000000-0000-4000-8000-00000000000b', '1', null;

-- name: common/connection_settings
select '30000', '2000', '60000';
