-- What was made before PostgreSQL's clock was set back holds on (notify.wall_clock, r_clock.sql).

alter table notify.clock
    add column seen_at timestamptz;          -- the latest time that PostgreSQL's clock was seen to have
update notify.clock set seen_at = wall_at;

alter table notify.changed
    add column at timestamptz not null default now();
create index changed_at on notify.changed (at);

create index place_review_asked on district.place_review (asked_at) where state = 'open';
