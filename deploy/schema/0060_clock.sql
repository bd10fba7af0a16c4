-- What was made before PostgreSQL's clock was set back holds on (notify.wall_clock, r_clock.sql).

alter table notify.clock
    add column seen_at timestamptz;          -- the latest time that PostgreSQL's clock was seen to have
update notify.clock set seen_at = wall_at;

alter table notify.changed
    add column at timestamptz not null default now();
create index changed_at on notify.changed (at);

create index place_review_asked on district.place_review (asked_at) where state = 'open';

-- A hand-over that cannot reach whom it names has ended (notify.end_lost_hand_over).
alter table notify.acknowledgement
    drop constraint acknowledgement_kind_check,
    add constraint acknowledgement_kind_check
        check (kind in ('has', 'undone', 'handed_over', 'comment', 'not_arrived')),
    add column steady_at timestamptz,        -- not_arrived: steady time of that
    add constraint acknowledgement_steady check ((kind = 'not_arrived') = (steady_at is not null));
