-- A contact is a role, which passes from one person to another. What was said to the former one says nothing to the
-- new one.

alter table notify.delivery
    add column of_former boolean not null default false; -- who it went to is not the contact any more
