-- name: sign_in_try
select * from dashboard.sign_in_try($1, $2, $3, $4::inet, $5::bytea, $6::bytea, $7::int, $8::int,
  $9::int, $10::int);

-- name: sign_in_finish
select * from dashboard.sign_in_finish($1::bytea, $2, $3, $4::bytea, $5, $6::bytea, $7::int);

-- name: sign_in_upkeep
select dashboard.sign_in_upkeep($1::int);
