-- By which keys a running process makes links, or finds them (common/link_key.h): marks that tell keys apart and
-- nothing of them. Null: it has nothing to do with links. What differs is found by notify.health() (r_watch.sql).
alter table liaison.service add column link_keys text[];
