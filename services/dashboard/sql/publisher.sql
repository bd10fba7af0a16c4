-- name: publish
-- $1 district. Publishes the year of the first district after it, and returns that one; null: none.
select publication.publish_next($1::int);
