-- Whose contacts were told that another agency is there too are told when it is there no more, also of a call that is
-- told by itself by then (r_folded_call.sql).

alter table notify.alert
    add column beside bigint;                -- the alert whose contacts were told of this call's agency; it stays
update notify.alert set beside = folded_into where folded_into is not null;
create index alert_beside on notify.alert (district_id, beside) where beside is not null;
drop function if exists notify.folded_calls(int, bigint);
