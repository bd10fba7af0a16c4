-- Whoever had an alert may have it no more: the others have their time to answer from then on (notify.watched_calls).

alter table notify.alert
    add column released_at timestamptz;      -- steady time since which too few people have it again
