-- A text tells of no end, so what was told last does not show that a call is open again: the round does.

alter table notify.round
    add column reopened boolean not null default false; -- it began because the call was over, and is open again
