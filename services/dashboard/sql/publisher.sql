-- name: publish
select publication.publish_next($1::int);
