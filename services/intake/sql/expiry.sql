-- name: purge
select agency.purge_holding(make_interval(hours => $1), 5000), agency.purge_streams(1000);

-- name: expire_outcomes
select agency, outcomes
from agency.expire_outcomes(make_interval(days => $1), 5000);

-- name: catch_up
-- Runs one step of the work that commits have left for later.
select moved_district, moved_change
from agency.catch_up();

-- name: expire_reviews
select moved_district, moved_change
from district.expire_reviews(100);
