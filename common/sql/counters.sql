-- name: counters_add
-- $1 service, $2 names, $3 labels, $4 what is added to each.
insert into liaison.counter as c (service, name, label, value)
select $1, n, l, v from unnest($2::text[], $3::text[], $4::bigint[]) as u(n, l, v)
on conflict (service, name, label) do update
set value = c.value + excluded.value, last_at = now();

-- name: counters_alive
-- $1 service, $2 instance, $3 version, $4 marks of its link keys; null: it has none.
insert into liaison.service (service, instance, started_at, seen_at, version, link_keys)
values ($1, $2, now(), now(), $3, $4::text[])
on conflict (service, instance) do update set seen_at = now();
